import AuditTrail
import Digests
import SQLite

/// The seldom written tables; their statements are prepared again each time.
extension Ledger {
  borrowing func nextArchiveID() throws(SQLiteError) -> Int64 {
    try DictionaryTable.nextID(of: "archives", database)
  }

  /// Runs a write with values bound in order.
  borrowing func write(_ sql: String, _ values: [LedgerValue]) throws(SQLiteError) {
    var statement = try database.prepare(sql)
    try statement.run(values)
  }

  borrowing func insertArchive(
    _ id: Int64, _ summary: ArchiveSummary, records: Int64, duplicates: Int64
  ) throws(SQLiteError) {
    let values: [LedgerValue] = [
      .integer(id), .text(summary.path), .text(summary.format), .text(summary.sha256), .integer(summary.bytes),
      .integer(summary.expandedBytes), .integer(summary.entries), .integer(summary.accepted),
      .integer(summary.rejected), .integer(summary.blank), .integer(records), .integer(duplicates),
      .text(summary.header?.proxyName ?? ""), .optional(summary.header?.proxyVersion),
      .optional(summary.header?.instance), .optional(summary.header?.environment), .text(summary.seal.rawValue),
      .text(jsonList(summary.sealProblems)), .optional(summary.root), .optional(summary.header?.previous),
      .optional(summary.signatureKey), .optional(summary.first), .optional(summary.last),
      .text(jsonList(summary.flags)), .text(jsonList(summary.notes)),
      .text(jsonObject(summary.unknownKeys.mapValues(String.init))), .optional(summary.damage?.description),
    ]
    let marks = values.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
    try write("INSERT INTO archives VALUES (\(marks))", values)
    if let signature = summary.signature, let value = signature.value, let text = signature.text {
      try write("INSERT INTO archive_signatures VALUES (?1, ?2, ?3)", [.integer(id), .text(value), .bytes(text)])
    }
  }

  borrowing func insert(_ entry: RejectedEntry, archive: Int64) throws(SQLiteError) {
    try write(
      "INSERT INTO rejected VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      [
        .integer(archive), .integer(entry.entry), .integer(entry.byteOffset), .integer(entry.bytes),
        .text(entry.reason), .text(entry.message),
      ])
  }

  borrowing func insert(_ change: Entered<PolicyChange>, archive: Int64) throws(SQLiteError) {
    let value = change.value
    try write(
      """
      INSERT INTO policy_changes (archive, entry, time, actor, approved_by, policy, from_version, to_version, sha256)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
      """,
      [
        .integer(archive), .integer(change.entry), .integer(value.time.nanoseconds), .optional(value.actor),
        .optional(value.approvedBy), .text(value.policy), .optional(value.fromVersion), .optional(value.toVersion),
        .optional(value.sha256),
      ])
  }

  borrowing func insert(_ change: Entered<AccessChange>, archive: Int64) throws(SQLiteError) {
    let value = change.value
    try write(
      """
      INSERT INTO access_changes (archive, entry, time, actor, subject, change, role, connection, approved_by, ticket)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
      """,
      [
        .integer(archive), .integer(change.entry), .integer(value.time.nanoseconds), .optional(value.actor),
        .text(value.subject), .text(value.change), .optional(value.role), .optional(value.connection),
        .optional(value.approvedBy), .optional(value.ticket),
      ])
  }

  borrowing func insert(_ heartbeat: Entered<Timestamp>, archive: Int64) throws(SQLiteError) {
    try write(
      "INSERT INTO heartbeats VALUES (?1, ?2, ?3)",
      [.integer(archive), .integer(heartbeat.entry), .integer(heartbeat.value.nanoseconds)])
  }

  /// What came of an approval.
  enum ApprovalFate {
    /// It is new, or a later state of one that was there.
    case new
    /// The ledger held it, or a later state of it.
    case known
    /// The ledger holds another one of its name; it is kept beside that.
    case contradicting
  }

  /// Stores an approval, or the newer state of one that is there. What contradicts one is kept under its name with its digest.
  borrowing func upsert(
    _ entered: Entered<Approval>, proxy: String, archive: Int64
  ) throws(SQLiteError) -> ApprovalFate {
    var (approval, fate) = (entered.value, ApprovalFate.new)
    var known = try self.approval(approval.id, proxy: proxy)
    if let stored = known?.approval, stored.contradicts(approval) {
      approval.id += "#\(approval.digest.prefix(16))"
      known = try self.approval(approval.id, proxy: proxy)
      guard known == nil else { return .known }
      fate = .contradicting
    }
    if let known {
      guard known.approval.digest != approval.digest, known.approval.isEarlier(than: approval) else { return .known }
      try write("DELETE FROM approvals WHERE id = ?1", [.integer(known.id)])
      try write("DELETE FROM approval_decisions WHERE approval = ?1", [.integer(known.id)])
    }
    try write(
      """
      INSERT INTO approvals (id, proxy, key, connection, session_key, requested_by, requested_at, reason, status,
        automatic, rule, valid_from, expires_at, granted_at, unit_sha256, archive, entry)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
      """,
      [
        known.map { .integer($0.id) } ?? .null, .text(proxy), .text(approval.id), .text(approval.connection),
        .optional(approval.session), .text(approval.requestedBy), .integer(approval.requestedAt.nanoseconds),
        .optional(approval.reason), .text(approval.status.rawValue), .integer(approval.automatic ? 1 : 0),
        .optional(approval.rule), .optional(approval.validFrom), .optional(approval.expiresAt),
        .optional(approval.grantedAt), .optional(approval.unitSHA256), .integer(archive), .integer(entered.entry),
      ])
    let id = known?.id ?? database.lastInsertRowID
    for (position, decision) in approval.decisions.enumerated() {
      try write(
        "INSERT INTO approval_decisions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        [
          .integer(id), .integer(Int64(position)), .text(decision.user), .optional(decision.group),
          .text(decision.decision), .integer(decision.time.nanoseconds), .integer(decision.forced ? 1 : 0),
        ])
    }
    return known == nil ? fate : .known
  }

  /// The number of a session's unit, and whether it was just stored beside another one of its name.
  borrowing func unitID(
    session: Int64, key: String, sha256: String?, count: Int64
  ) throws(SQLiteError) -> (id: Int64, isOther: Bool) {
    var isOther = false
    for name in [key, "\(key)#\(count).\((sha256 ?? "").prefix(16))"] {
      var find = try database.prepare(
        "SELECT id, sha256 IS ?3 AND statements = ?4 FROM units WHERE session = ?1 AND key = ?2")
      try find.bind(1, session)
      try find.bind(2, name)
      try find.bind(3, sha256)
      try find.bind(4, count)
      if try find.step() {
        if find.int64(1) != 0 || isOther { return (find.int64(0), false) }
        isOther = true
        continue
      }
      try write(
        "INSERT INTO units (session, key, sha256, statements) VALUES (?1, ?2, ?3, ?4)",
        [.integer(session), .text(name), .optional(sha256), .integer(count)])
      break
    }
    return (database.lastInsertRowID, isOther)
  }

  static let setOpening = """
    UPDATE sessions SET opened = ?2, identity = ?3, connection = ?4, client = ?5, ticket = ?6, reason = ?7,
      acts_for = ?8, agent_name = ?9, agent_model = ?10, agent_task = ?11, agent_tool_call = ?12, correlation = ?13,
      opening_digest = ?14, archive = ?15, entry = ?16 WHERE id = ?1
    """

  /// A session that one archive gave whole stays whole, whatever another one holds of it; of two ends the later stays, and
  /// of two counts the larger, so that no later record hides that statements are missing.
  static let setClosing = """
    UPDATE sessions SET closed = max(coalesce(closed, ?2), ?2),
      declared_statements = CASE WHEN ?3 IS NULL THEN declared_statements ELSE max(coalesce(declared_statements, ?3), ?3) END,
      counted_bytes = CASE WHEN ?4 IS NULL OR counted_bytes = read_bytes THEN counted_bytes ELSE ?4 END,
      read_bytes = CASE WHEN ?4 IS NULL OR counted_bytes = read_bytes THEN read_bytes ELSE ?5 END WHERE id = ?1
    """

  /// What ``setOpening`` is run with.
  static func openingValues(
    _ id: Int64, _ entered: Entered<SessionOpening>, identity: Int64?, connection: Int64, client: Int64,
    digest: String, archive: Int64
  ) -> [LedgerValue] {
    let value = entered.value
    return [
      .integer(id), .integer(value.time.nanoseconds), .optional(identity), .integer(connection), .integer(client),
      .optional(value.purpose?.ticket), .optional(value.purpose?.reason), .optional(value.actsFor),
      .optional(value.agent?.name), .optional(value.agent?.model), .optional(value.agent?.task),
      .optional(value.agent?.toolCall), .optional(value.correlation), .text(digest), .integer(archive),
      .integer(entered.entry),
    ]
  }

  /// The session's opening came after its statements: they get its context.
  borrowing func moveStatements(of session: Int64, to context: Int64) throws(SQLiteError) {
    let flag = Int64(Completeness.sessionOpenMissing.rawValue)
    try write(
      "UPDATE statements SET context = ?2, completeness = completeness & ~?3 WHERE session = ?1",
      [.integer(session), .integer(context), .integer(flag)])
  }

  /// The distinct texts of a session's statements, by their ids.
  borrowing func texts(ofSession session: Int64) throws(SQLiteError) -> [(id: Int64, sql: String)] {
    var find = try database.prepare(
      "SELECT DISTINCT t.id, t.sql FROM statements s JOIN texts t ON t.id = s.text WHERE s.session = ?1 ORDER BY 1")
    try find.bind(1, session)
    var texts: [(id: Int64, sql: String)] = []
    while try find.step() { texts.append((find.int64(0), find.text(1))) }
    return texts
  }

  borrowing func insertSuperseded(
    session: Int64, sequence: Int64, archive: Int64, entry: Int64, old: String, new: String, kept: String
  ) throws(SQLiteError) {
    try write(
      "INSERT INTO superseded VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      [
        .integer(session), .integer(sequence), .integer(archive), .integer(entry), .text(old), .text(new), .text(kept),
      ])
  }

  /// The statement of that number, if the ledger holds it. Makes the index that finds it when it is not there yet.
  borrowing func statement(_ session: Int64, _ sequence: Int64) throws(SQLiteError) -> StoredStatement? {
    try database.execute(Schema.indexes)
    var find = try database.prepare(
      """
      SELECT \(StatementColumn.names.joined(separator: ", ")), parameters, approval_key
      FROM statements WHERE session = ?1 AND sequence = ?2
      """)
    try find.bind(1, session)
    try find.bind(2, sequence)
    guard try find.step() else { return nil }
    let columns = StatementColumn.allCases.count
    return StoredStatement(
      integers: StatementColumn.allCases.map { find.optionalInt64($0.rawValue) ?? StatementColumn.null },
      parameters: find.isNull(columns) ? nil : find.bytes(columns), approval: find.optionalText(columns + 1))
  }
}

extension SQLiteStatement {
  /// Runs a write with values bound in order.
  mutating func run(_ values: [LedgerValue]) throws(SQLiteError) {
    for (index, value) in values.enumerated() {
      switch value {
      case .null: try bindNull(index + 1)
      case .integer(let integer): try bind(index + 1, integer)
      case .real(let real): try bind(index + 1, real)
      case .text(let text): try bind(index + 1, text)
      case .bytes(let bytes): try bind(index + 1, blob: bytes.span)
      }
    }
    try run()
  }
}

/// A statement's row, for comparing two versions of one record.
struct StoredStatement {
  /// A number for each ``StatementColumn``.
  private let integers: [Int64]
  let parameters: [UInt8]?
  let approval: String?

  /// Joined later, or where it was read: no part of what the record says.
  private static let circumstances: Set<StatementColumn> = [.id, .context, .outcome, .archive, .entry]

  init(integers: [Int64], parameters: [UInt8]?, approval: String?) {
    self.integers = integers
    self.parameters = parameters
    self.approval = approval
  }

  /// A column's value; `nil` for NULL.
  subscript(_ column: StatementColumn) -> Int64? {
    let value = integers[column.rawValue]
    return value == StatementColumn.null ? nil : value
  }

  /// What the record says.
  var content: [UInt8] {
    var fields: [String?] = StatementColumn.allCases.filter { !Self.circumstances.contains($0) }.map {
      String(integers[$0.rawValue])
    }
    fields.append(parameters.map { String(decoding: $0, as: UTF8.self) })
    fields.append(approval)
    return packed(fields)
  }

  /// The digest of what it says, in hex.
  var digest: String { SHA256Digest(of: content).hex }

  /// How many things it says; a flag of incompleteness is one less.
  var fullness: Int {
    let present = [StatementColumn.rows, .duration, .error, .unit].count { self[$0] != nil }
    let flags = self[.completeness]?.nonzeroBitCount ?? 0
    return present + (self[.hasResult] != 0 ? 1 : 0) + (parameters == nil ? 0 : 1) + (approval == nil ? 0 : 1) - flags
  }
}

extension LedgerValue {
  static func optional(_ text: String?) -> LedgerValue { text.map { .text($0) } ?? .null }
  static func optional(_ integer: Int64?) -> LedgerValue { integer.map { .integer($0) } ?? .null }
  static func optional(_ time: Timestamp?) -> LedgerValue { time.map { .integer($0.nanoseconds) } ?? .null }
}
