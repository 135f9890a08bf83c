import AuditTrail
import Digests

/// Populations that follow from another population, held against it.
extension FactsAgree {
  mutating func holdDerived() throws(AssayError) {
    try holdSessions(.t08, legs: 1) { $0 == IdentityKind.human.rawValue }
    try holdSessions(.t33, legs: 2) { _ in true }
    try holdSessions(.t35, legs: 1) { $0 != IdentityKind.service.rawValue }
    try holdSessions(.t43, legs: 1) { $0 == IdentityKind.agent.rawValue }
    try holdSame(
      .t44, as: .t15, ["proxy", "approval"], ["connection", "session", "user", "requested_at", "time", "forced"])
    for test in [TestID.t22, .t24] {
      try holdSame(
        test, as: .t23, ["proxy", "session", "sequence"], ["time", "user", "environment", "outcome", "severity"])
    }
    try holdWeeks()
    try holdHabits()
    hold("populations/T-06.csv: items", Int64(facts[.t06].rows.count), Retention.count(context))
    var changes: Int64 = 0
    try items(.t03).forEach { changes += $0.text("event") == "access_change" ? 1 : 0 }
    var (listed, days): (Int64, Int64) = (0, 0)
    try items(.t09).forEach { listed += $0.text("item") == "change" ? 1 : 0 }
    hold("populations/T-09.csv: changes", listed, changes)
    try items(.t05).forEach { days = days.addingReportingOverflow($0.integer("statements") ?? 0).partialValue }
    hold("populations/T-05.csv: statements", days, seen.statements)
  }

  /// Sessions of some kinds of identity are those of T-07.
  private mutating func holdSessions(_ test: TestID, legs: Int64, _ isMeant: (String?) -> Bool) throws(AssayError) {
    let shared = ["time", "connection", "user"]
    var known: [[Cell]: [Cell]] = [:]
    var services: Int64 = 0
    try items(.t07).forEach { item in
      let kind = item.text("identity_kind")
      services += kind == IdentityKind.service.rawValue ? 1 : 0
      if isMeant(kind) { known[[item.cell("proxy"), item.cell("session")]] = shared.map(item.cell) }
    }
    let path = "populations/\(test.rawValue).csv"
    hold("\(path): items", Int64(facts[test].rows.count), Int64(known.count) * legs)
    try items(test).forEach { item in
      if known[[item.cell("proxy"), item.cell("session")]] != shared.map(item.cell) {
        contradict("\(path): \(item.text("session") ?? "")", "another session", "as in populations/T-07.csv")
      }
    }
    if test == .t35 { hold(.t35, [(SessionsEnd.servicesReason, services, nil)]) }
  }

  /// One population shows the items of another.
  private mutating func holdSame(
    _ test: TestID, as other: TestID, _ key: [String], _ shared: [String]
  ) throws(AssayError) {
    var known: [[Cell]: [Cell]] = [:]
    try items(other).forEach { item in known[key.map(item.cell)] = shared.map(item.cell) }
    let path = "populations/\(test.rawValue).csv"
    hold("\(path): items", Int64(facts[test].rows.count), Int64(facts[other].rows.count))
    try items(test).forEach { item in
      if known[key.map(item.cell)] != shared.map(item.cell) {
        contradict("\(path): line \(item.row + 2)", "another item", "as in populations/\(other.rawValue).csv")
      }
    }
  }

  /// T-37: every identity's day with statements is an item or left out, and has the statements of the events.
  private mutating func holdHabits() throws(AssayError) {
    let young = Int64(seen.byUserDay.count - facts[.t37].rows.count)
    hold(.t37, [(AtypicalUse.withoutHabit, young, nil)])
    try items(.t37).forEach { item in
      let day = StatementsSeen.UserDay(
        user: ExactText(item.text("user") ?? ""), day: item.time("time")?.day ?? 0)
      hold(
        "populations/T-37.csv: line \(item.row + 2): statements", item.integer("statements") ?? 0,
        seen.byUserDay[day] ?? -1)
    }
  }

  /// T-27: every week that ended in the period, with the statements of the events.
  private mutating func holdWeeks() throws(AssayError) {
    var counts: [Int: Int64] = [:]
    for day in context.period.days {
      let monday = ISOWeek(day: day).monday
      guard CivilDate(daysSinceEpoch: monday + 7).start <= context.period.end else { continue }
      counts[monday, default: 0] += seen.byDay[day] ?? 0
    }
    hold("populations/T-27.csv: items", Int64(facts[.t27].rows.count), Int64(counts.count))
    try items(.t27).forEach { item in
      let monday = item.time("time")?.day ?? 0
      hold(
        "populations/T-27.csv: line \(item.row + 2): statements", item.integer("statements") ?? 0, counts[monday] ?? -1)
    }
  }
}
