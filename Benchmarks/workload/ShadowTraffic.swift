import AuditTrail
import SeededRandom

/// Traffic that a shadow of about 1 MB answers: look-ups by key, small lists, writes of one row, now and then a block.
///
/// No column of it is named sensitive. Nine in ten statements are parameterised, the others carry their literals.
struct ShadowTraffic {
  private var random = SplitMix64(seed: 7)
  private var clock = (CivilDate("2026-07-01")?.start ?? Timestamp(nanoseconds: 0))

  private static let customers = 2_400
  private static let visits = 7_200
  private static let payments = 6_000

  /// Customers, visits and payments: 1 MB once built.
  static var shadowScript: String {
    var script = """
      PRAGMA foreign_keys = ON;
      CREATE TABLE customers (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE, city TEXT NOT NULL, since TEXT NOT NULL);
      CREATE TABLE visits (
        id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
        day TEXT NOT NULL, kind TEXT NOT NULL, note TEXT);
      CREATE TABLE payments (
        id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
        cents INTEGER NOT NULL, status TEXT NOT NULL, paid_on TEXT);
      CREATE INDEX visits_by_customer ON visits (customer_id);
      CREATE INDEX payments_by_customer ON payments (customer_id);

      """
    func insert(_ table: String, _ count: Int, _ row: (Int) -> String) {
      for start in stride(from: 1, through: count, by: 400) {
        let rows = (start...min(start + 399, count)).map { "(\(row($0)))" }
        script += "INSERT INTO \(table) VALUES\n\(rows.joined(separator: ",\n"));\n"
      }
    }
    insert("customers", customers) {
      "\($0), 'Customer number \($0)', 'c\($0)@example.org', 'City \($0 % 60)', '2024-0\(1 + $0 % 9)-11'"
    }
    insert("visits", visits) {
      "\($0), \(1 + $0 * 7 % customers), '2026-0\(1 + $0 % 6)-\(10 + $0 % 18)', 'check-up', 'note number \($0) of the visit, as usual'"
    }
    insert("payments", payments) {
      "\($0), \(1 + $0 * 11 % customers), \(1_000 + $0 * 37 % 90_000), 'paid', '2026-0\(1 + $0 % 6)-\(10 + $0 % 18)'"
    }
    return script
  }

  /// The next session of 50 statements.
  mutating func session(number: Int) -> WorkloadSession {
    clock = clock.adding(nanoseconds: Int64(random.number(in: 1...300)) * 1_000_000_000)
    let key = "s\(number)"
    let opening = SessionOpening(
      session: key, time: clock,
      identity: Identity(user: "user\(number % 40)@example.org", kind: number % 5 == 0 ? .agent : .human),
      client: Client(address: "10.0.0.\(number % 40)", application: "backend"),
      connection: Connection(name: "clinic", engine: "sqlite", database: "clinic", environment: "production"))
    var statements: [StatementRecord] = []
    var time = clock
    for sequence in 1...50 {
      time = time.adding(nanoseconds: Int64(random.number(in: 20...900)) * 1_000_000)
      statements.append(statement(key, sequence, time))
    }
    return WorkloadSession(opening: opening, approval: nil, statements: statements)
  }

  private mutating func statement(_ session: String, _ sequence: Int, _ time: Timestamp) -> StatementRecord {
    let customer = random.number(in: 1...Self.customers)
    // A key of its own for each position, so that a session never deletes one row twice.
    let visit = sequence * 140 + random.number(in: 0...139)
    var (sql, values, rows, kind): (String, [Int], Int64?, RowsKind)
    switch random.number(in: 0...99) {
    case 0...39:
      (sql, values, rows, kind) = (
        "SELECT id, name, city, since FROM customers WHERE id = ?1", [customer], 1, .returned
      )
    case 40...54:
      (sql, values, rows, kind) = (
        "SELECT v.id, v.day, v.kind FROM visits v WHERE v.customer_id = ?1 ORDER BY v.day", [customer], nil, .returned
      )
    case 55...62:
      (sql, values, rows, kind) = (
        """
        SELECT c.name, p.cents, p.status FROM payments p JOIN customers c ON c.id = p.customer_id \
        WHERE p.customer_id = ?1 AND p.cents > ?2
        """, [customer, 2_000], nil, .returned
      )
    case 63...66:
      (sql, values, rows, kind) = (
        "SELECT count(*), sum(cents) FROM payments WHERE customer_id = ?1", [customer], 1, .returned
      )
    case 67...79:
      (sql, values, rows, kind) = (
        "UPDATE payments SET cents = cents + ?1, status = 'open' WHERE id = ?2", [sequence, 1 + visit % Self.payments],
        1, .affected
      )
    case 80...91:
      (sql, values, rows, kind) = (
        "INSERT INTO visits (customer_id, day, kind, note) VALUES (?1, '2026-07-02', 'follow-up', NULL)", [customer], 1,
        .affected
      )
    case 92...97:
      (sql, values, rows, kind) = ("DELETE FROM visits WHERE id = ?1", [visit], 1, .affected)
    case 98:
      (sql, values, rows, kind) = ("UPDATE customers SET city = 'moved' WHERE id = ?1", [customer], 1, .affected)
    default:
      (sql, values, rows, kind) = ("DELETE FROM payments WHERE customer_id = ?1", [customer], nil, .affected)
    }
    let isBlocked = sql.hasPrefix("DELETE FROM payments")
    var parameters: [Parameter]? = values.map { Parameter(type: "integer", value: String($0)) }
    if random.number(in: 0...9) == 0 {
      for (index, value) in values.enumerated() { sql.replace("?\(index + 1)", with: String(value)) }
      parameters = nil
    }
    return StatementRecord(
      session: session, sequence: Int64(sequence), time: time, sql: sql, parameters: parameters,
      decision: Decision(
        action: isBlocked ? .block : .allow, rule: isBlocked ? "payments-stay" : nil, policy: "clinic",
        policyVersion: "1"),
      result: isBlocked
        ? nil : RecordedResult(rows: rows, rowsKind: kind, durationMicroseconds: 300, error: nil))
  }
}
