import AuditTrail
import SeededRandom

/// A statement with its values and what the clinic's data makes of it.
struct Call {
  var sql: String
  /// Values of `$1`, `$2`, …
  var parameters: [Parameter] = []
  /// Rows returned or affected on the shadow; nil for what has no count, such as BEGIN.
  var rows: Int?
  var kind = RowsKind.unknown
  /// The result as psql prints it, for hoop's exec sessions: a header, then rows.
  var table: [[String]]?

  static func reads(_ sql: String, _ parameters: [Parameter] = [], rows: Int, table: [[String]]? = nil) -> Call {
    Call(sql: sql, parameters: parameters, rows: rows, kind: .returned, table: table)
  }

  static func writes(_ sql: String, _ parameters: [Parameter] = [], rows: Int) -> Call {
    Call(sql: sql, parameters: parameters, rows: rows, kind: .affected)
  }

  /// A command without a row count: BEGIN, ROLLBACK, data definition.
  static func command(_ sql: String) -> Call { Call(sql: sql) }

  /// The same statement with its values written into the text, as people and simple clients send it.
  var inlined: Call {
    var call = self
    for (index, parameter) in parameters.enumerated().reversed() {
      let value = parameter.value ?? "NULL"
      let literal = parameter.type == "text" ? "'\(value)'" : value
      let pieces = call.sql.split(separator: "$\(index + 1)", omittingEmptySubsequences: false)
      call.sql = pieces.joined(separator: literal)
    }
    call.parameters = []
    return call
  }
}

extension Parameter {
  static func integer(_ value: Int) -> Parameter { Parameter(type: "integer", value: String(value)) }
  static func text(_ value: String) -> Parameter { Parameter(type: "text", value: value) }
}

/// The everyday statements of each kind of work, with the row counts that the clinic's data gives.
///
/// Within a session nothing here changes a count that another statement of the session reports: sessions replay on a
/// fresh clone each.
struct Work {
  let clinic: Clinic
  /// Ids already deleted in the session, so that none is deleted twice.
  private var nextCachedSession: Int

  init(_ clinic: Clinic, random: inout SplitMix64) {
    self.clinic = clinic
    nextCachedSession = random.number(in: 1...(clinic.cachedSessions / 2))
  }

  /// What the appointment application does, with values apart from the text.
  mutating func application(_ random: inout SplitMix64) -> Call {
    let customer = random.number(in: 1...clinic.customers)
    switch random.number(in: 0...99) {
    case 0..<24:
      return .reads("SELECT id, name, city FROM customers WHERE id = $1", [.integer(customer)], rows: 1)
    case 24..<42:
      return .reads(
        "SELECT id, visited_on, status FROM visits WHERE customer_id = $1 ORDER BY visited_on, id",
        [.integer(customer)], rows: clinic.visits / clinic.customers)
    case 42..<50:
      return .reads(
        "SELECT p.id, p.drug, p.dose_mg FROM prescriptions p JOIN visits v ON v.id = p.visit_id "
          + "WHERE v.customer_id = $1 ORDER BY p.id",
        [.integer(customer)], rows: clinic.prescriptionCount(ofCustomer: customer))
    case 50..<62:
      return .writes(
        "INSERT INTO appointments (customer_id, doctor_id, starts_at, status) VALUES ($1, $2, $3, 'booked')",
        [
          .integer(customer), .integer(random.number(in: 1...Clinic.doctors)),
          .text("2026-1\(random.number(in: 0...2))-\(padded(random.number(in: 1...28), 2))T09:00:00"),
        ], rows: 1)
    case 62..<72:
      return .writes(
        "UPDATE appointments SET status = 'confirmed' WHERE id = $1",
        [.integer(random.number(in: 1...clinic.appointments))], rows: 1)
    case 72..<80:
      return .reads(
        "SELECT id, name, specialty FROM doctors WHERE id = $1", [.integer(random.number(in: 1...Clinic.doctors))],
        rows: 1)
    case 80..<86:
      return .writes(
        "INSERT INTO feedback (customer_id, score, comment, created_on) VALUES ($1, $2, $3, $4)",
        [
          .integer(customer), .integer(random.number(in: 1...5)),
          .text(random.pick(["kind staff", "très bien", "long wait", "很好"])), .text("2026-08-01"),
        ], rows: 1)
    case 86..<92:
      nextCachedSession += 1
      return .writes("DELETE FROM sessions_cache WHERE id = $1", [.integer(nextCachedSession)], rows: 1)
    case 92..<96:
      return .writes(
        "UPDATE visits SET status = 'done' WHERE id = $1", [.integer(random.number(in: 1...clinic.visits))], rows: 1)
    default:
      return .reads(
        "SELECT count(*) AS n FROM appointments WHERE doctor_id = $1 AND status = 'booked'",
        [.integer(random.number(in: 1...Clinic.doctors))], rows: 1)
    }
  }

  /// What billing does besides its masked reads.
  func billing(_ random: inout SplitMix64) -> Call {
    let payment = random.number(in: 1...clinic.payments)
    let customer = clinic.customer(ofPayment: payment)
    switch random.number(in: 0...9) {
    case 0..<5:
      return .reads(
        "SELECT id, amount_cents, status FROM payments WHERE customer_id = $1 ORDER BY id", [.integer(customer)],
        rows: clinic.payments / clinic.customers)
    case 5..<8:
      return .writes(
        "UPDATE payments SET status = 'paid', paid_on = $1 WHERE id = $2", [.text("2026-08-03"), .integer(payment)],
        rows: 1)
    default:
      return .reads(
        "SELECT count(*) AS n FROM payments WHERE status = $1", [.text(random.pick(["open", "paid"]))], rows: 1)
    }
  }

  /// What billing reads of customers: the proxy masks addresses and numbers.
  func customerRead(_ random: inout SplitMix64) -> Call {
    if random.number(in: 0...3) == 0 {
      return .reads(
        "SELECT id, name, email FROM customers WHERE city = $1 ORDER BY id LIMIT 25",
        [.text(random.pick(Clinic.cities))], rows: min(25, clinic.customers / 20))
    }
    return .reads(
      "SELECT id, name, email, ssn FROM customers WHERE id = $1", [.integer(random.number(in: 1...clinic.customers))],
      rows: 1)
  }

  /// What the report agent reads and writes when it keeps to its task.
  func report(_ random: inout SplitMix64) -> Call {
    switch random.number(in: 0...5) {
    case 0: .reads("SELECT status, count(*) AS n FROM visits GROUP BY status ORDER BY status", rows: 3)
    case 1: .reads("SELECT doctor_id, count(*) AS n FROM visits GROUP BY doctor_id ORDER BY doctor_id", rows: 40)
    case 2: .reads("SELECT city, count(*) AS n FROM customers GROUP BY city ORDER BY city", rows: 20)
    case 3:
      .reads(
        "SELECT id, title, period FROM reports WHERE id = \(random.number(in: 1...clinic.reports))", rows: 1)
    case 4:
      .reads(
        "SELECT avg(score) AS mean FROM feedback WHERE created_on >= '2026-0\(random.number(in: 1...5))-01'", rows: 1)
    default:
      .writes(
        "INSERT INTO reports (title, period, body, created_at) VALUES ('Care report', '2026-W\(random.number(in: 27...39))', "
          + "'Figures of the week.', '2026-07-06')", rows: 1)
    }
  }

  /// What the nightly jobs do.
  mutating func nightly(_ random: inout SplitMix64) -> Call {
    switch random.number(in: 0...4) {
    case 0, 1:
      return .writes(
        "INSERT INTO job_runs (name, started_at, duration_ms) VALUES ($1, $2, $3)",
        [.text(random.pick(Clinic.jobs)), .text("2026-07-06T02:00:00"), .integer(random.number(in: 20...3900))], rows: 1
      )
    case 2:
      return .writes(
        "UPDATE job_runs SET duration_ms = $1 WHERE id = $2",
        [.integer(random.number(in: 20...3900)), .integer(random.number(in: 1...clinic.jobRuns))], rows: 1)
    case 3:
      let first = nextCachedSession + 1
      nextCachedSession += random.number(in: 5...40)
      return .writes(
        "DELETE FROM sessions_cache WHERE id BETWEEN $1 AND $2", [.integer(first), .integer(nextCachedSession)],
        rows: nextCachedSession - first + 1)
    default:
      return .reads(
        "SELECT id, name, duration_ms FROM job_runs WHERE name = $1 ORDER BY id LIMIT 20",
        [.text(random.pick(Clinic.jobs))],
        rows: 20)
    }
  }

  /// What the tuning agent reads.
  func tuning(_ random: inout SplitMix64) -> Call {
    random.number(in: 0...1) == 0
      ? .reads(
        "SELECT name, duration_ms FROM job_runs WHERE duration_ms > \(random.number(in: 5...25) * 100) ORDER BY id LIMIT 20",
        rows: 20)
      : .reads("SELECT name, max(duration_ms) AS slowest FROM job_runs GROUP BY name ORDER BY name", rows: 5)
  }

  /// What a person writes to correct data: small updates by key.
  func correction(_ random: inout SplitMix64) -> Call {
    switch random.number(in: 0...2) {
    case 0:
      .writes(
        "UPDATE customers SET city = '\(random.pick(Clinic.cities))' WHERE id = \(random.number(in: 1...clinic.customers))",
        rows: 1)
    case 1:
      .writes(
        "UPDATE appointments SET status = 'cancelled' WHERE id = \(random.number(in: 1...clinic.appointments))", rows: 1
      )
    default: .writes("UPDATE visits SET status = 'done' WHERE id = \(random.number(in: 1...clinic.visits))", rows: 1)
    }
  }

  /// What a person reads, with the output psql prints.
  func lookup(_ random: inout SplitMix64) -> Call {
    let customer = random.number(in: 1...clinic.customers)
    switch random.number(in: 0...3) {
    case 0:
      return .reads(
        "SELECT id, name, city FROM customers WHERE id = \(customer)", rows: 1,
        table: [
          ["id", "name", "city"],
          [String(customer), clinic.name(ofCustomer: customer), clinic.city(ofCustomer: customer)],
        ])
    case 1:
      let visits = clinic.visits(ofCustomer: customer)
      return .reads(
        "SELECT id, visited_on, status FROM visits WHERE customer_id = \(customer) ORDER BY id", rows: visits.count,
        table: [["id", "visited_on", "status"]]
          + visits.map { [String($0), clinic.date(ofVisit: $0), clinic.status(ofVisit: $0)] })
    case 2:
      let doctor = random.number(in: 1...Clinic.doctors)
      let count = (1...clinic.appointments).count { clinic.doctor(ofAppointment: $0) == doctor }
      return .reads(
        "SELECT count(*) AS n FROM appointments WHERE doctor_id = \(doctor)", rows: 1, table: [["n"], [String(count)]])
    default:
      let doctor = random.number(in: 1...Clinic.doctors)
      return .reads(
        "SELECT id, specialty FROM doctors WHERE id = \(doctor)", rows: 1,
        table: [["id", "specialty"], [String(doctor), clinic.specialty(ofDoctor: doctor)]])
    }
  }

  /// What a developer does to staging, where nothing is harmful: bulk changes too.
  func staging(_ random: inout SplitMix64) -> Call {
    let last = random.number(in: 100...clinic.visits)
    return switch random.number(in: 0...3) {
    case 0: .writes("UPDATE visits SET status = 'done' WHERE id <= \(last)", rows: last)
    case 1: .writes("UPDATE feedback SET score = \(random.number(in: 1...5))", rows: clinic.feedback)
    case 2:
      .writes(
        "INSERT INTO doctors (name, specialty) VALUES ('Dr. Test \(random.number(in: 1...99))', 'general')", rows: 1)
    default: .reads("SELECT id, status FROM appointments ORDER BY id LIMIT 50", rows: 50)
    }
  }
}
