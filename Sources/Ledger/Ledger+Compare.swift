public import AuditTrail
import Digests
import SQLite

/// A record in which two ledgers of the same archives differ.
public struct RecordDifference: Sendable, Hashable {
  /// What happened to it.
  public enum Kind: Sendable, Hashable {
    /// The archives do not hold it.
    case added
    /// The archives hold it, this ledger does not.
    case missing
    /// Both hold it, and it says something else.
    case changed
  }

  /// What it is: `statement`, `session`, ….
  public let record: String
  /// Its name: a statement's id, a session's, an entry's number.
  public let name: String
  /// The SHA-256 of the archive that it came from; empty for what several archives share.
  public let archive: String
  /// What happened to it.
  public let kind: Kind
}

extension Ledger {
  /// In what this ledger differs from another that was just made of the same archives, in the same order: every record, not
  /// what was measured or concluded on a shadow. At most `limit` differences of each kind of record.
  public borrowing func differences(
    from fresh: borrowing Ledger, limit: Int = 20
  ) throws(AssayError) -> [RecordDifference] {
    var found: [RecordDifference] = []
    for (record, sql) in Self.records {
      let (own, other) = (try sums(sql), try fresh.sums(sql))
      let differing = Set(own.keys).union(other.keys).filter { own[$0] != other[$0] }
      guard !differing.isEmpty else { continue }
      let (mine, theirs) = (try digests(sql, of: differing), try fresh.digests(sql, of: differing))
      let places = Set(mine.keys).union(theirs.keys).filter { mine[$0] != theirs[$0] }
      found += places.sorted { ($0.archive, $0.name) < ($1.archive, $1.name) }.prefix(limit).map { place in
        RecordDifference(
          record: record, name: place.name, archive: place.archive,
          kind: theirs[place] == nil ? .added : mine[place] == nil ? .missing : .changed)
      }
    }
    return found
  }

  private struct RecordPlace: Hashable {
    let archive: String
    let name: String
  }

  /// The sums of the records' digests, by archive.
  private borrowing func sums(_ sql: String) throws(AssayError) -> [String: SHA256Sum] {
    var sums: [String: SHA256Sum] = [:]
    try forEachDigest(sql) { place, digest in sums[place.archive, default: SHA256Sum()].add(digest) }
    return sums
  }

  /// The records' digests, by their place; several of one place add up.
  private borrowing func digests(
    _ sql: String, of archives: Set<String>
  ) throws(AssayError) -> [RecordPlace: SHA256Sum] {
    var digests: [RecordPlace: SHA256Sum] = [:]
    try forEachDigest(sql) { place, digest in
      if archives.contains(place.archive) { digests[place, default: SHA256Sum()].add(digest) }
    }
    return digests
  }

  private borrowing func forEachDigest(
    _ sql: String, _ body: (RecordPlace, SHA256Digest) -> Void
  ) throws(AssayError) {
    do {
      var hasher = SHA256Hasher()
      var find = try database.prepare(sql)
      while try find.step() {
        let place = RecordPlace(archive: find.text(0), name: find.text(1))
        try seals.read(find) { body(place, hasher.digest(of: $0)) }
      }
    } catch { throw Self.failure(error, path: path) }
  }

  /// Every record with its dictionaries resolved: the archive's digest, the record's name, then what it says.
  private static let records = [
    (
      "archive",
      """
      SELECT sha256, 'as a whole', format, bytes, expanded_bytes, entries, accepted, rejected, blank, records, duplicates,
        proxy, proxy_version, instance, environment, root, previous, first, last, unknown_keys, damage FROM archives
      """
    ),
    (
      "rejected entry",
      """
      SELECT a.sha256, CAST(r.entry AS TEXT), r.byte_offset, r.bytes, r.reason, r.message
      FROM rejected r JOIN archives a ON a.id = r.archive
      """
    ),
    (
      "session",
      """
      SELECT coalesce(a.sha256, ''), se.proxy || '/' || se.key, se.opened, se.closed, i.user, i.recorded_kind,
        i.recorded_basis, i.groups, i.mfa, cn.name, cn.engine, cn.database, cn.database_user, cn.recorded_environment,
        cn.tags, cl.address, cl.application, se.ticket, se.reason, se.acts_for, se.agent_name, se.agent_model,
        se.agent_task, se.agent_tool_call, se.correlation, se.declared_statements, se.counted_bytes, se.read_bytes, se.entry,
        (SELECT group_concat(o.detector || ' ' || o.count, ', ') FROM recorded_outputs o WHERE o.session = se.id)
      FROM sessions se LEFT JOIN archives a ON a.id = se.archive LEFT JOIN connections cn ON cn.id = se.connection
        LEFT JOIN clients cl ON cl.id = se.client LEFT JOIN identities i ON i.id = se.identity AND i.recorded_basis <> 'login'
      """
    ),
    (
      "statement",
      """
      SELECT coalesce(a.sha256, ''), coalesce(se.proxy || '/' || se.key, '') || '/' || s.sequence, s.time, t.sql,
        t.parsed, t.kinds, t.facts, h.normalized, d.action, d.rule, d.policy, d.policy_version, d.message, d.masked,
        s.has_result, s.rows, rk.name, s.duration, e.sqlstate, e.message, u.key, u.sha256, u.statements,
        s.unit_position, s.completeness, s.entry, s.parameters, s.approval_key, o.name, al.name, p.key, i.user,
        cn.name, cl.address, cl.application, c.purpose_given, c.approved
      FROM statements s LEFT JOIN archives a ON a.id = s.archive LEFT JOIN sessions se ON se.id = s.session
        LEFT JOIN texts t ON t.id = s.text LEFT JOIN shapes h ON h.id = t.shape LEFT JOIN decisions d ON d.id = s.decision
        LEFT JOIN errors e ON e.id = s.error LEFT JOIN units u ON u.id = s.unit LEFT JOIN contexts c ON c.id = s.context
        LEFT JOIN identities i ON i.id = c.identity AND i.recorded_basis <> 'login' LEFT JOIN connections cn ON cn.id = c.connection
        LEFT JOIN clients cl ON cl.id = c.client LEFT JOIN outcomes o ON o.id = s.outcome
        LEFT JOIN rows_kinds rk ON rk.id = s.rows_kind LEFT JOIN approval_links al ON al.id = s.approval_link
        LEFT JOIN approvals p ON p.id = s.approval
      """
    ),
    (
      "approval",
      """
      SELECT coalesce(a.sha256, ''), p.proxy || '/' || p.key, p.connection, p.session_key, p.requested_by,
        p.requested_at, p.reason, p.status, p.automatic, p.rule, p.valid_from, p.expires_at, p.granted_at, p.unit_sha256,
        p.entry, d.position, d.user, d.reviewer_group, d.decision, d.time, d.forced
      FROM approvals p LEFT JOIN archives a ON a.id = p.archive LEFT JOIN approval_decisions d ON d.approval = p.id
      """
    ),
    (
      "policy change",
      """
      SELECT coalesce(a.sha256, ''), CAST(c.entry AS TEXT), c.time, c.actor, c.approved_by, c.policy, c.from_version,
        c.to_version, c.sha256 FROM policy_changes c LEFT JOIN archives a ON a.id = c.archive
      """
    ),
    (
      "access change",
      """
      SELECT coalesce(a.sha256, ''), CAST(c.entry AS TEXT), c.time, c.actor, c.subject, c.change, c.role, c.connection,
        c.approved_by, c.ticket FROM access_changes c LEFT JOIN archives a ON a.id = c.archive
      """
    ),
    (
      "heartbeat",
      """
      SELECT coalesce(a.sha256, ''), CAST(h.entry AS TEXT), h.time
      FROM heartbeats h LEFT JOIN archives a ON a.id = h.archive
      """
    ),
  ]
}
