import AuditTrail
import Digests

/// One sealed segment of the native format, `assay.archive/1`.
struct NativeSegment {
  /// The records in order of arrival, by time.
  private var records: [(time: Timestamp, json: JSON)] = []

  static let proxy = "dbgate"
  static let instance = "gw-1"

  mutating func append(_ session: NativeSession) {
    records.append((session.opening.time, Self.json(session.opening)))
    for statement in session.statements { records.append((statement.time, Self.json(statement))) }
    records.append(
      (
        session.closing.time,
        .object([
          ("type", .string("session_close")), ("session", .string(session.closing.session)),
          ("time", .string(session.closing.time.description)),
          ("statements", session.closing.statements.map { .number(Int($0)) } ?? .null),
        ])
      ))
  }

  /// Appends an approval at the moment it was decided, or asked for where it still is not.
  mutating func append(_ approval: Approval) {
    records.append((approval.decisions.map(\.time).max() ?? approval.requestedAt, Self.json(approval)))
  }

  mutating func append(_ change: PolicyChange) {
    records.append(
      (
        change.time,
        .object([
          ("type", .string("policy_change")), ("time", .string(change.time.description)),
          ("actor", .optional(change.actor)), ("approved_by", .optional(change.approvedBy)),
          ("policy", .string(change.policy)), ("from_version", .optional(change.fromVersion)),
          ("to_version", .optional(change.toVersion)), ("sha256", .optional(change.sha256)),
        ])
      ))
  }

  mutating func append(_ change: AccessChange) {
    records.append(
      (
        change.time,
        .object([
          ("type", .string("access_change")), ("time", .string(change.time.description)),
          ("actor", .optional(change.actor)), ("subject", .string(change.subject)), ("change", .string(change.change)),
          ("role", .optional(change.role)), ("connection", .optional(change.connection)),
          ("approved_by", .optional(change.approvedBy)), ("ticket", .optional(change.ticket)),
        ])
      ))
  }

  mutating func appendHeartbeat(at time: Timestamp) {
    records.append((time, .object([("type", .string("heartbeat")), ("time", .string(time.description))])))
  }

  /// The segment's text with its seal, and the root that the next segment names.
  func sealed(after previous: String?) -> (text: [UInt8], root: String) {
    let header = JSON.object([
      ("type", .string("archive")), ("format", .string("assay.archive/1")),
      (
        "proxy",
        .object([
          ("name", .string(Self.proxy)), ("version", .string("3.4.1")), ("instance", .string(Self.instance)),
        ])
      ),
      ("environment", .string("production")), ("previous", .optional(previous)),
    ])
    // Sorted by time; the order of what shares a moment is kept, as the index is the second key.
    let sorted = records.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
    var tree = MerkleTree()
    var text: [UInt8] = []
    for line in [header.bytes] + sorted.map(\.element.json.bytes) {
      tree.append(line)
      text += line + [UInt8(ascii: "\n")]
    }
    let root = tree.root().hex
    let times = records.map(\.time)
    let seal = JSON.object([
      ("type", .string("seal")), ("records", .number(records.count)), ("first", .optional(times.min()?.description)),
      ("last", .optional(times.max()?.description)), ("root", .string(root)), ("signature", .null),
    ])
    return (text + seal.bytes + [UInt8(ascii: "\n")], root)
  }
}

extension NativeSegment {
  private static func json(_ opening: SessionOpening) -> JSON {
    let connection = opening.connection
    let identity = opening.identity.map { identity in
      JSON.object([
        ("user", .string(identity.user)), ("kind", .string(identity.kind.rawValue)),
        ("groups", .array(identity.groups.map { .string($0) })), ("mfa", .optional(identity.mfa)),
      ])
    }
    let purpose = opening.purpose.map {
      JSON.object([("ticket", .optional($0.ticket)), ("reason", .optional($0.reason))])
    }
    let agent = opening.agent.map { agent in
      JSON.object([
        ("name", .optional(agent.name)), ("model", .optional(agent.model)), ("task", .optional(agent.task)),
        ("tool_call", .optional(agent.toolCall)),
      ])
    }
    return .object([
      ("type", .string("session_open")), ("session", .string(opening.session)),
      ("time", .string(opening.time.description)), ("identity", identity ?? .null),
      (
        "client",
        .object([
          ("address", .optional(opening.client.address)), ("application", .optional(opening.client.application)),
        ])
      ),
      (
        "connection",
        .object([
          ("name", .string(connection.name)), ("engine", .string(connection.engine)),
          ("database", .optional(connection.database)), ("database_user", .optional(connection.databaseUser)),
          ("environment", .optional(connection.environment)),
          ("tags", .object(connection.tags.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
        ])
      ),
      ("purpose", purpose ?? .null), ("acts_for", .optional(opening.actsFor)), ("agent", agent ?? .null),
      ("correlation", .optional(opening.correlation)),
    ])
  }

  private static func json(_ statement: StatementRecord) -> JSON {
    let decision = statement.decision
    let parameters = statement.parameters.map { list in
      JSON.array(list.map { .object([("type", .optional($0.type)), ("value", .optional($0.value))]) })
    }
    let result = statement.result.map { result in
      JSON.object([
        ("rows", result.rows.map { .number(Int($0)) } ?? .null), ("rows_kind", .string(result.rowsKind.rawValue)),
        ("duration_us", result.durationMicroseconds.map { .number(Int($0)) } ?? .null),
        (
          "error",
          result.error.map { .object([("sqlstate", .optional($0.sqlstate)), ("message", .optional($0.message))]) }
            ?? .null
        ),
      ])
    }
    let unit = statement.unit.map { unit in
      JSON.object([
        ("id", .string(unit.id)), ("sha256", .optional(unit.sha256)), ("position", .number(Int(unit.position))),
        ("of", .number(Int(unit.count))),
      ])
    }
    return .object([
      ("type", .string("statement")), ("session", .string(statement.session)),
      ("seq", .number(Int(statement.sequence))), ("time", .string(statement.time.description)),
      ("sql", .string(statement.sql)), ("params", parameters ?? .null),
      (
        "decision",
        .object([
          ("action", .string(decision.action.rawValue)), ("rule", .optional(decision.rule)),
          ("policy", .optional(decision.policy)), ("policy_version", .optional(decision.policyVersion)),
          ("masked", .array(decision.masked.map { .string($0) })), ("message", .optional(decision.message)),
        ])
      ),
      ("approval", .optional(statement.approval)), ("result", result ?? .null), ("unit", unit ?? .null),
    ])
  }

  private static func json(_ approval: Approval) -> JSON {
    let decisions = approval.decisions.map { decision in
      JSON.object([
        ("user", .string(decision.user)), ("group", .optional(decision.group)),
        ("decision", .string(decision.decision)),
        ("time", .string(decision.time.description)), ("forced", .bool(decision.forced)),
      ])
    }
    return .object([
      ("type", .string("approval")), ("id", .string(approval.id)), ("connection", .string(approval.connection)),
      ("session", .optional(approval.session)), ("requested_by", .string(approval.requestedBy)),
      ("requested_at", .string(approval.requestedAt.description)), ("reason", .optional(approval.reason)),
      ("status", .string(approval.status.rawValue)), ("automatic", .bool(approval.automatic)),
      ("rule", .optional(approval.rule)), ("decisions", .array(decisions)),
      ("valid_from", .optional(approval.validFrom?.description)),
      ("expires_at", .optional(approval.expiresAt?.description)), ("unit_sha256", .optional(approval.unitSHA256)),
    ])
  }
}
