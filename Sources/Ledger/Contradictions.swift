import AuditTrail
import Digests
import SQLite

/// Whether two records of one name are versions of one record, of which one may say more, or contradict each other. What
/// contradicts another record is kept beside it and counted (``ArchiveLoader/conflicts``), never taken for the same again.
extension StoredStatement {
  /// Whether the other one says otherwise what both say.
  func contradicts(_ other: StoredStatement) -> Bool {
    let flags = Completeness(
      rawValue: UInt32(truncatingIfNeeded: (self[.completeness] ?? 0) | (other[.completeness] ?? 0)))
    // An error whose statement's own line is elsewhere: the time is the error's.
    if flags.contains(.statementLineMissing) { return false }
    if flags.isDisjoint(with: .approximateTime), self[.time] != other[.time] { return true }
    // What a session's state tells of its statements, a later export may know better.
    if flags.isDisjoint(with: [.decisionBySession, .maskingBySession, .evaluationUnknown, .noDecision]),
      self[.decision] != other[.decision]
    {
      return true
    }
    if flags.isDisjoint(with: [.redacted, .paramsNotLogged]), differ(parameters, other.parameters) { return true }
    var columns: [StatementColumn] = [.rows, .duration, .error]
    // A unit's number is its session's.
    if self[.session] == other[.session] { columns.append(.unit) }
    if self[.unit] != nil, other[.unit] != nil { columns.append(.unitPosition) }
    if self[.rows] != nil, other[.rows] != nil { columns.append(.rowsKind) }
    return columns.contains { differ(self[$0], other[$0]) } || differ(approval, other.approval)
      || self[.error] != nil && other.hasSucceeded || hasSucceeded && other[.error] != nil
  }

  private var hasSucceeded: Bool {
    self[.hasResult] != 0 && self[.error] == nil && (self[.rows] != nil || self[.duration] != nil)
  }
}

extension Approval {
  /// Whether the other one of its name says otherwise what both say: it is not an earlier or later state of this one.
  func contradicts(_ other: Approval) -> Bool {
    !connection.isExactly(other.connection) || !requestedBy.isExactly(other.requestedBy)
      || requestedAt != other.requestedAt || differ(session, other.session) || differ(reason, other.reason)
      || differ(rule, other.rule) || differ(unitSHA256, other.unitSHA256)
      || status == other.status && (automatic != other.automatic || differ(expiresAt, other.expiresAt))
      || !(isEarlier(than: other) || other.isEarlier(than: self))
  }

  /// Whether it may have become the other one: nothing that was decided is taken back, and no end is undone.
  func isEarlier(than other: Approval) -> Bool {
    let isGoingOn =
      status == other.status || status.place < other.status.place || decisions.count < other.decisions.count
    return isGoingOn && status.place <= other.status.place
      && decisions.allSatisfy { known in
        other.decisions.contains { $0.isExactly(known) }
      }
  }

  /// A digest of all that it says.
  var digest: String {
    var fields: [String?] = [
      connection, session, requestedBy, "\(requestedAt.nanoseconds)", reason, status.rawValue, "\(automatic)", rule,
      validFrom.map { "\($0.nanoseconds)" }, expiresAt.map { "\($0.nanoseconds)" }, unitSHA256,
    ]
    for decision in decisions {
      fields += [
        decision.user, decision.group, decision.decision, "\(decision.time.nanoseconds)", "\(decision.forced)",
      ]
    }
    return SHA256Digest(of: packed(fields)).hex
  }
}

extension ApprovalStatus {
  /// How far a request has come.
  fileprivate var place: Int {
    switch self {
    case .pending: 0
    case .approved, .rejected: 1
    case .revoked, .expired: 2
    }
  }
}

extension ApprovalDecision {
  fileprivate func isExactly(_ other: ApprovalDecision) -> Bool {
    time == other.time && forced == other.forced && user.isExactly(other.user) && decision.isExactly(other.decision)
      && !differ(group, other.group)
  }
}

extension SessionOpening {
  /// All that it says, as a digest is made of it.
  var fields: [UInt8] {
    packed(
      [
        identity?.user, identity?.kind.rawValue, identity?.kindBasis.rawValue, identity?.mfa, client.address,
        client.application, connection.name, connection.engine, connection.database, connection.databaseUser,
        connection.environment, purpose?.ticket, purpose?.reason, actsFor, agent?.name, agent?.model, agent?.task,
        agent?.toolCall, correlation, String(time.nanoseconds), jsonList(identity?.groups ?? []),
        jsonObject(connection.tags),
      ])
  }
}

/// Whether both are there and differ.
private func differ<Value: Equatable>(_ one: Value?, _ other: Value?) -> Bool {
  guard let one, let other else { return false }
  return one != other
}

/// Whether both are there and differ in their bytes.
func differ(_ one: String?, _ other: String?) -> Bool {
  guard let one, let other else { return false }
  return !one.isExactly(other)
}

extension Ledger {
  /// The approval of that name, with its number.
  borrowing func approval(
    _ key: String, proxy: String
  ) throws(SQLiteError) -> (id: Int64, approval: Approval)? {
    var find = try database.prepare(
      """
      SELECT id, connection, session_key, requested_by, requested_at, reason, status, automatic, rule, valid_from,
        expires_at, unit_sha256 FROM approvals WHERE proxy = ?1 AND key = ?2
      """)
    try find.bind(1, proxy)
    try find.bind(2, key)
    guard try find.step() else { return nil }
    let id = find.int64(0)
    var decided = try database.prepare(
      "SELECT user, reviewer_group, decision, time, forced FROM approval_decisions WHERE approval = ?1 ORDER BY position"
    )
    try decided.bind(1, id)
    var decisions: [ApprovalDecision] = []
    while try decided.step() {
      decisions.append(
        ApprovalDecision(
          user: decided.text(0), group: decided.optionalText(1), decision: decided.text(2),
          time: Timestamp(nanoseconds: decided.int64(3)), forced: decided.int64(4) != 0))
    }
    return (
      id,
      Approval(
        id: key, connection: find.text(1), session: find.optionalText(2), requestedBy: find.text(3),
        requestedAt: Timestamp(nanoseconds: find.int64(4)), reason: find.optionalText(5),
        status: ApprovalStatus(rawValue: find.text(6)) ?? .pending, automatic: find.int64(7) != 0,
        rule: find.optionalText(8), decisions: decisions,
        validFrom: find.optionalInt64(9).map { Timestamp(nanoseconds: $0) },
        expiresAt: find.optionalInt64(10).map { Timestamp(nanoseconds: $0) }, unitSHA256: find.optionalText(11))
    )
  }

  /// Whether a session's opening says otherwise what both say. The time and the application are those of where a file
  /// begins in the session.
  borrowing func contradicts(_ opening: SessionOpening, session: Int64) throws(SQLiteError) -> Bool {
    var find = try database.prepare(
      """
      SELECT c.name, c.engine, c.database, c.database_user, c.recorded_environment, l.address, i.user, i.mfa,
        CASE i.recorded_basis WHEN 'recorded' THEN i.recorded_kind END, i.groups, s.ticket, s.reason, s.acts_for,
        s.agent_name, s.agent_model, s.agent_task, s.agent_tool_call, s.correlation, c.tags
      FROM sessions s JOIN connections c ON c.id = s.connection JOIN clients l ON l.id = s.client
        LEFT JOIN identities i ON i.id = s.identity AND i.recorded_basis <> '\(Login.basis)' WHERE s.id = ?1
      """)
    try find.bind(1, session)
    guard try find.step() else { return false }
    let (connection, identity, agent) = (opening.connection, opening.identity, opening.agent)
    let kind = identity.flatMap { $0.kindBasis == .recorded ? $0.kind.rawValue : nil }
    let groups = identity.flatMap { $0.groups.isEmpty || find.optionalText(9) == "[]" ? nil : jsonList($0.groups) }
    let values = [
      connection.name, connection.engine, connection.database, connection.databaseUser, connection.environment,
      opening.client.address, identity?.user, identity?.mfa, kind, groups, opening.purpose?.ticket,
      opening.purpose?.reason, opening.actsFor, agent?.name, agent?.model, agent?.task, agent?.toolCall,
      opening.correlation,
    ]
    if values.indices.contains(where: { differ(find.optionalText($0), values[$0]) }) { return true }
    var json = StoredJSON()
    let tags = json.object(find.text(18))
    return connection.tags.contains { differ(tags[$0.key], $0.value) }
  }
}
