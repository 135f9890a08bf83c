import AuditTrail
import SeededRandom

/// A proxy's traffic of one quarter: some thousands of distinct texts, parameters, mostly allowed.
///
/// Each session is 50 statements on one connection. Applications run the queries they prepare, whose values travel as
/// parameters; people and agents also type, with the literals in the text. Each identity works on one connection.
struct ProductionTraffic {
  private var random = SplitMix64(seed: 20_260_701)
  private let prepared: [String]
  private let typed: [String]
  private var clock = (CivilDate("2026-07-01")?.start ?? Timestamp(nanoseconds: 0))

  private static let connections = ["orders", "billing", "warehouse", "support", "marketing", "reporting"]
  private static let tables = [
    "customers", "orders", "order_items", "payments", "refunds", "invoices", "shipments", "addresses", "products",
    "stock_levels", "suppliers", "price_lists", "subscriptions", "tickets", "ticket_comments", "sessions", "devices",
    "campaigns", "audit_entries", "reports",
  ]
  private static let columns = [
    "id", "account_id", "status", "created_at", "updated_at", "amount_cents", "currency", "country_code", "reference",
    "channel", "assigned_to", "priority", "external_key", "valid_until", "quantity", "description", "region", "origin",
  ]

  init() {
    var random = SplitMix64(seed: 42)
    prepared = (0..<600).map { Self.query($0, literals: false, &random) }
    typed = (0..<5_000).map { Self.query($0, literals: true, &random) }
  }

  /// A statement of about 230 bytes; every table has its selects, joins, updates, inserts and deletes.
  private static func query(_ number: Int, literals: Bool, _ random: inout SplitMix64) -> String {
    let table = tables[number % tables.count]
    let other = tables[(number + 7) % tables.count]
    var picked: [String] = []
    while picked.count < 7 {
      let column = random.pick(columns)
      if !picked.contains(column) { picked.append(column) }
    }
    func value(_ position: Int) -> String { literals ? String(random.number(in: 1...900_000)) : "$\(position)" }
    func word(_ position: Int) -> String {
      literals ? "'\(random.pick(["open", "closed", "shipped", "on hold", "returned"]))'" : "$\(position)"
    }
    switch random.number(in: 0...9) {
    case 0...4:
      return """
        SELECT \(picked.map { "t.\($0)" }.joined(separator: ", ")) FROM \(table) AS t \
        WHERE t.account_id = \(value(1)) AND t.status = \(word(2)) AND t.created_at >= now() - interval '30 days' \
        ORDER BY t.created_at DESC, t.id LIMIT 50
        """
    case 5, 6:
      return """
        SELECT t.id, t.\(picked[0]), o.\(picked[1]), sum(o.amount_cents) AS total, count(*) AS entries FROM \(table) t \
        JOIN \(other) o ON o.account_id = t.account_id WHERE t.id = \(value(1)) AND o.status <> \(word(2)) \
        GROUP BY t.id, t.\(picked[0]), o.\(picked[1])
        """
    case 7:
      return """
        UPDATE \(table) SET \(picked[2]) = \(word(1)), updated_at = now(), \(picked[3]) = coalesce(\(picked[3]), '') \
        WHERE id = \(value(2)) AND account_id IN (SELECT account_id FROM \(other) WHERE \(picked[4]) IS NOT NULL)
        """
    case 8:
      return """
        INSERT INTO \(table) (account_id, status, \(picked.prefix(3).map { "x_\($0)" }.joined(separator: ", "))) \
        VALUES (\(value(1)), \(word(2)), 'imported by the nightly job', now(), 'from the partner portal, see the manual')
        """
    default:
      return """
        DELETE FROM \(table) WHERE id = \(value(1)) AND status = \(word(2)) AND NOT EXISTS \
        (SELECT 1 FROM \(other) o WHERE o.account_id = \(table).account_id AND o.\(picked[5]) > 0)
        """
    }
  }

  /// The next session; sessions begin six minutes of traffic apart at most.
  mutating func session(number: Int) -> WorkloadSession {
    clock = clock.adding(nanoseconds: Int64(random.number(in: 1...780)) * 1_000_000_000)
    // Services open three sessions of four.
    let person = random.number(in: 0...3) > 0 ? random.number(in: 0...39) : random.number(in: 40...249)
    let place = person % Self.connections.count
    let isService = person < 40
    let key = "\(hex(random.next(), 16))-\(hex(UInt64(number), 8))"
    let user = "\(["ana", "bo", "cy", "dee", "eli"][person % 5]).\(person)@example.org"
    let connection = Self.connections[place]
    let opening = SessionOpening(
      session: key, time: clock,
      identity: Identity(
        user: user, kind: isService ? .service : person < 220 ? .human : .agent,
        groups: [["dev"], ["support"], ["dba", "dev"]][person % 3], mfa: !isService && person < 220 ? "webauthn" : nil),
      client: Client(address: "10.0.\(person % 8).\(person)", application: person % 2 == 0 ? "psql" : "backend"),
      connection: Connection(
        name: connection, engine: "postgresql", database: connection, databaseUser: "app", environment: "production"),
      purpose: !isService && number % 3 == 0 ? Purpose(ticket: "OPS-\(number % 997)", reason: nil) : nil)
    var statements: [StatementRecord] = []
    var time = clock
    for sequence in 1...50 {
      time = time.adding(nanoseconds: Int64(random.number(in: 20...9_000)) * 1_000_000)
      statements.append(statement(key, sequence, time, place: place, isTyped: !isService))
    }
    return WorkloadSession(
      opening: opening, approval: number % 50 == 0 ? approval(of: opening, number) : nil, statements: statements)
  }

  private mutating func statement(
    _ session: String, _ sequence: Int, _ time: Timestamp, place: Int, isTyped: Bool
  ) -> StatementRecord {
    let isPrepared = !isTyped || random.number(in: 0...2) == 0
    // Few texts are most of the traffic: the smaller of two draws, squared.
    let draw = Double(random.number(in: 0...999_999)) / 1_000_000
    // Each connection has its own hundred prepared queries and its share of the typed ones.
    let sql =
      isPrepared
      ? prepared[Int(draw * draw * 100) * Self.connections.count + place]
      : typed[Int(draw * draw * 833) * Self.connections.count + place]
    let parameters =
      isPrepared
      ? [
        Parameter(type: "integer", value: String(random.number(in: 1...900_000))),
        Parameter(type: "text", value: random.pick(["open", "closed", "shipped", "on hold", "returned"])),
      ] : nil
    var decision = Decision(action: .allow, policy: "production-guardrails", policyVersion: "2026.3")
    switch random.number(in: 0...199) {
    case 0...5:
      decision.action = .mask
      decision.rule = "agents-read-masked"
      decision.masked = ["addresses.description", "customers.reference"]
    case 6, 7:
      decision.action = .block
      decision.rule = "unbounded-write"
      decision.message = "A write without a predicate touches every row."
    case 8:
      decision.action = .review
      decision.rule = "schema-change"
    default: break
    }
    var result: RecordedResult?
    if decision.action != .block, decision.action != .review {
      let error =
        random.number(in: 0...99) == 0
        ? RecordedError(sqlstate: "57014", message: "canceling statement due to statement timeout") : nil
      result = RecordedResult(
        rows: error == nil ? Int64(random.number(in: 0...50)) : nil,
        rowsKind: sql.hasPrefix("SELECT") ? .returned : .affected,
        durationMicroseconds: Int64(random.number(in: 120...45_000)), error: error)
    }
    return StatementRecord(
      session: session, sequence: Int64(sequence), time: time, sql: sql, parameters: parameters, decision: decision,
      result: result)
  }

  private func approval(of opening: SessionOpening, _ number: Int) -> Approval {
    let asked = opening.time.adding(nanoseconds: -600_000_000_000)
    let granted = opening.time.adding(nanoseconds: -60_000_000_000)
    return Approval(
      id: "approval-\(number)", connection: opening.connection.name, session: nil,
      requestedBy: opening.identity?.user ?? "", requestedAt: asked, reason: "maintenance", status: .approved,
      automatic: false, rule: "schema-change",
      decisions: [
        ApprovalDecision(user: "lead@example.org", group: "dba", decision: "approved", time: granted, forced: false)
      ], validFrom: granted, expiresAt: granted.adding(nanoseconds: 7_200_000_000_000), unitSHA256: nil)
  }

  private func hex(_ value: UInt64, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
