import AuditTrail

/// Traffic of exactly 20,000 distinct (text, context, decision) triples, however many statements there are: 1,000 texts
/// from 20 identities. What a diff costs should follow the triples, not the statements.
struct PolicyTraffic {
  private var clock = (CivilDate("2026-07-01")?.start ?? Timestamp(nanoseconds: 0))
  private let texts: [String]

  static let identities = 20

  init() {
    texts = (0..<1_000).map { number in
      let table = "table_\(number % 50)"
      return switch number % 10 {
      case 0: "DELETE FROM \(table) WHERE 1 = 1 OR shard = \(number)"
      case 1: "UPDATE \(table) SET status = 'closed' WHERE id = \(number)"
      case 2: "DELETE FROM \(table) WHERE id = \(number)"
      case 3: "INSERT INTO \(table) (id, note) VALUES (\(number), 'imported')"
      case 4: "SELECT email, ssn FROM customers WHERE id = \(number)"
      default: "SELECT id, status, created_at FROM \(table) WHERE account_id = \(number) ORDER BY id LIMIT 50"
      }
    }
  }

  /// The next session of 50 statements; each identity goes through all texts in turn.
  mutating func session(number: Int) -> WorkloadSession {
    clock = clock.adding(nanoseconds: 30_000_000_000)
    let person = number % Self.identities
    let key = "s\(number)"
    let opening = SessionOpening(
      session: key, time: clock,
      identity: Identity(
        user: "user\(person)@example.org", kind: [.human, .service, .agent][person % 3], groups: ["team\(person % 4)"]),
      client: Client(address: "10.0.0.\(person)", application: "backend"),
      connection: Connection(name: "main", engine: "postgresql", database: "main", environment: "production"))
    let turn = number / Self.identities
    let statements = (0..<50).map { position in
      let text = (turn * 50 + position) % texts.count
      var decision = Decision(action: .allow, policy: "guardrails", policyVersion: "1")
      if text % 10 == 0 {
        decision = Decision(action: .block, rule: "unbounded-write", policy: "guardrails", policyVersion: "1")
      }
      let time = clock.adding(nanoseconds: Int64(position) * 100_000_000)
      return StatementRecord(
        session: key, sequence: Int64(position + 1), time: time, sql: texts[text], parameters: nil, decision: decision,
        result: decision.action == .block
          ? nil : RecordedResult(rows: 1, rowsKind: .unknown, durationMicroseconds: 900, error: nil))
    }
    return WorkloadSession(opening: opening, approval: nil, statements: statements)
  }
}
