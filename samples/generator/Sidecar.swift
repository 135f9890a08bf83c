import AuditTrail
import SeededRandom

/// Sessions of an agent whose hoopinspect sidecar writes one JSON line an event, with a verdict per statement, and what the
/// server answered under the same kind. Source: a log that the sidecar of hoop 1.148 wrote.
struct Sidecar {
  private(set) var lines: [UInt8] = []
  private(set) var sessionsByDay: [Int: Int] = [:]
  private(set) var incidents: [Incident] = []

  /// How much of a statement a sidecar writes, in bytes.
  private static let limit = 8192

  init(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for day in Days.quarter where !Days.isWeekend(day) && day % 4 == 0 {
      var work = Work(.production, random: &random)
      let calls = (0..<random.number(in: 5...10)).map { _ in
        (call: work.application(&random).inlined, rule: String?.none)
      }
      append("sidecar-\(CivilDate(daysSinceEpoch: day))", at: Days.time(day, 11, 20), &random, calls)
    }
    plant(&random)
  }

  private mutating func plant(_ random: inout SplitMix64) {
    let blocked = "sidecar-blocked-0812"
    append(
      blocked, at: Days.time(8, 12, at: 10, 5), &random,
      [
        (.reads("SELECT count(*) AS n FROM visits", rows: 1), nil),
        (.command("DELETE FROM visits"), "no-unfiltered-delete"),
      ])
    incidents.append(
      Incident(
        session: blocked, sequence: 2, decision: .block, verdict: .confirmedBlock, severity: "S4",
        story: "The agent's sidecar evaluated each statement and stopped a delete of every visit"))
    let long = "sidecar-long-0916"
    let list = (1...2000).map(String.init).joined(separator: ", ")
    append(
      long, at: Days.time(9, 16, at: 10, 25), &random,
      [(.reads("SELECT id, status FROM visits WHERE id IN (\(list)) ORDER BY id", rows: 2000), nil)])
    incidents.append(
      Incident(
        session: long, sequence: 1, decision: .allow, verdict: .inconclusive, reason: "truncated_sql",
        story: "The sidecar cuts long statements: never replayed"))
  }

  private mutating func append(
    _ session: String, at start: Timestamp, _ random: inout SplitMix64, _ calls: [(call: Call, rule: String?)]
  ) {
    var time = start
    func entry(_ kind: String, at time: Timestamp, _ rest: [(String, JSON)]) -> [UInt8] {
      let head: [(String, JSON)] = [
        ("kind", .string(kind)), ("timestamp", .string(time.description)), ("session_id", .string(session)),
        ("principal", .string(People.careBot.user)), ("protocol", .string("postgres")),
        ("connection", .string(Connections.clinic.name)),
      ]
      return JSON.object(head + rest).bytes + [UInt8(ascii: "\n")]
    }
    func message(_ name: String) -> (String, JSON) { ("metadata", .object([("pg.message", .string(name))])) }
    var counted = 0
    lines += entry("session_start", at: time, [("allowed", .bool(false))])
    for (call, rule) in calls {
      time = time.adding(milliseconds: random.number(in: 300...9000))
      let text = call.sql.utf8.count > Self.limit ? String(call.sql.prefix(Self.limit)) + "...[truncated]" : call.sql
      var rest: [(String, JSON)] = [
        ("operation", .string(call.sql.prefix { $0 != " " }.lowercased())), ("statement", .string(text)),
        ("allowed", .bool(rule == nil)),
      ]
      if let rule { rest += [("rule", .string(rule)), ("message", .string("A delete needs a WHERE."))] }
      rest += [("direction", .string("client")), message("Query")]
      lines += entry(rule == nil ? "statement" : "violation", at: time, rest)
      counted += 1
      let answered = time.adding(nanoseconds: Int64(random.number(in: 200_000...9_000_000)))
      guard rule == nil else { continue }
      lines += entry(
        "statement", at: answered,
        [
          ("operation", .string("unknown")), ("statement", .string(Self.tag(of: call))), ("allowed", .bool(true)),
          ("direction", .string("server")), message("CommandComplete"),
        ])
      counted += 1
    }
    time = time.adding(milliseconds: random.number(in: 300...9000))
    let denied = calls.count { $0.rule != nil }
    lines += entry(
      "session_end", at: time,
      [
        ("allowed", .bool(false)), ("duration_ns", .number(Int(time.nanoseconds - start.nanoseconds))),
        ("statement_count", .number(counted)),
      ] + (denied > 0 ? [("denied_count", .number(denied))] : []))
    sessionsByDay[start.day, default: 0] += 1
  }

  /// The command tag that PostgreSQL answers with.
  private static func tag(of call: Call) -> String {
    let verb = call.sql.prefix { $0 != " " }.uppercased()
    guard let rows = call.rows else { return verb }
    return verb == "INSERT" ? "INSERT 0 \(rows)" : "\(verb) \(rows)"
  }
}
