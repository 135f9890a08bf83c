import Archives
import AuditTrail

/// Native archives for tests, made by the product's own writer.
enum NativeSamples {
  static func time(_ text: String) -> Timestamp { Timestamp(text) ?? Timestamp(nanoseconds: 0) }

  static let header = ArchiveHeader(
    proxyName: "hoop", proxyVersion: "1.148.0", instance: "gw-1", environment: "production")

  static let opening = SessionOpening(
    session: "s1", time: time("2026-07-01T09:00:00Z"),
    identity: Identity(user: "ana@example.org", kind: .human, groups: ["dev"], mfa: "webauthn"),
    client: Client(address: "10.0.0.8", application: "psql"),
    connection: Connection(
      name: "clinic", engine: "postgresql", database: "clinic", databaseUser: "app", environment: "production",
      tags: ["team": "care", "tier": "1"]),
    purpose: Purpose(ticket: "OPS-1", reason: "close duplicate visits"), actsFor: "bo@example.org",
    agent: AgentDescription(name: "closer", model: "m-1", task: "t", toolCall: "c7"), correlation: "k1")

  static let statement = StatementRecord(
    session: "s1", sequence: 1, time: time("2026-07-01T09:00:01.25Z"),
    sql: "DELETE FROM visits WHERE id = $1 -- é\n\t\"x\"",
    parameters: [Parameter(type: "integer", value: "17"), Parameter(type: nil, value: nil)],
    decision: Decision(
      action: .mask, rule: "r1", policy: "production-guardrails", policyVersion: "2026.3",
      masked: ["customers.email", "customers.ssn"], message: "masked"),
    approval: "a1",
    result: RecordedResult(
      rows: 1, rowsKind: .affected, durationMicroseconds: 900,
      error: RecordedError(sqlstate: "42501", message: "permission denied")),
    unit: UnitReference(id: "u7", sha256: String(repeating: "ab", count: 32), position: 2, count: 11))

  static let approval = Approval(
    id: "a1", connection: "clinic", session: nil, requestedBy: "ana@example.org",
    requestedAt: time("2026-07-01T08:50:00Z"), reason: "duplicates", status: .approved, automatic: false,
    rule: "writes-need-review",
    decisions: [
      ApprovalDecision(
        user: "bo@example.org", group: "dba", decision: "approved", time: time("2026-07-01T08:55:00Z"), forced: true)
    ],
    validFrom: time("2026-07-01T08:55:00Z"), expiresAt: time("2026-07-01T10:55:00Z"), unitSHA256: nil)

  static let policyChange = PolicyChange(
    time: time("2026-07-01T00:00:00Z"), actor: "cy@example.org", approvedBy: nil, policy: "production-guardrails",
    fromVersion: "2026.2", toVersion: "2026.3", sha256: nil)

  static let accessChange = AccessChange(
    time: time("2026-07-02T00:00:00Z"), actor: "cy@example.org", subject: "ana@example.org", change: "grant",
    role: "writer", connection: "clinic", approvedBy: "bo@example.org", ticket: "OPS-2")

  static let bareStatement = StatementRecord(
    session: "s1", sequence: 2, time: time("2026-07-01T09:00:02.000000001Z"), sql: "", parameters: [],
    decision: Decision(action: .block))

  static let everything: [ArchiveRecord] = [
    .opening(opening), .statement(statement), .statement(bareStatement), .approval(approval),
    .closing(SessionClosing(session: "s1", time: time("2026-07-01T09:05:00Z"), statements: 2)),
    .policyChange(policyChange), .accessChange(accessChange), .heartbeat(time("2026-07-02T01:00:00Z")),
  ]

  /// The records as a sealed archive.
  static func sealed(_ records: [ArchiveRecord] = everything, header: ArchiveHeader = header) -> [UInt8] {
    var writer = NativeArchiveWriter(header: header)
    for record in records { writer.append(record) }
    _ = writer.seal()
    return writer.takeBytes()
  }

  /// The lines of a sealed archive.
  static func lines(_ records: [ArchiveRecord] = everything) -> [String] {
    String(decoding: sealed(records), as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
