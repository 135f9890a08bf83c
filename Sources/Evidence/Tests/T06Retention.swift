import AuditTrail
import Ledger

extension TestID {
  /// Retention of audit records.
  public static let t06 = TestID("T-06")
}

/// T-06: are audit records kept for as long as they must be?
enum Retention: DrawnTest {
  static let description = TestDescription(
    id: .t06, title: "Audit records are kept",
    objective: "Audit records can be searched, and retrieved, for as long as they may be needed.",
    procedure: """
      For each calendar month that ends by the period's end and lies within the limit of months: the inventory must hold \
      records of each of its days. Of the days within the limit of days before the period's end they must be online. A month \
      with a day that is held nowhere, or should be online and is not, is an exception.
      """,
    limitations: [
      "That an archive of the inventory can be opened is shown only for those that were read.",
      "A month before the system was in use is an exception, too: accept it with its reason.",
    ])

  static let sideFiles = ["inventory"]
  static let months = TestLimit("retention_months", 12, "months for which records can be retrieved", isFloor: true)
  static let online = TestLimit(
    "retention_online_days", 90, "days for which records can be searched at once", isFloor: true)
  static let limits = [months, online]

  static let query = PopulationQuery(
    id: "POP-06", title: "Calendar months up to the period's end", purpose: "Each month is one item of T-06.",
    sql: """
      WITH RECURSIVE months(month, number) AS (
        SELECT date(?2 / 1000000000, 'unixepoch', 'start of month', '-1 month'), 1
        UNION ALL SELECT date(month, '-1 month'), number + 1 FROM months WHERE number < ?3)
      SELECT CAST(strftime('%s', m.month) AS INTEGER) * 1000000000 AS time,
        CAST(strftime('%s', m.month, '+1 month') AS INTEGER) * 1000000000 AS until,
        (SELECT count(*) FROM archives a WHERE a.first < CAST(strftime('%s', m.month, '+1 month') AS INTEGER) * 1000000000
          AND a.last >= CAST(strftime('%s', m.month) AS INTEGER) * 1000000000) AS archives_read
      FROM months m ORDER BY m.month
      """,
    columns: [
      Column("time", .time, "The month's first moment."),
      Column("until", .time, "The first moment after it."),
      Column("archives_read", .integer, "Archives with records of that month that were read."),
    ], parameters: ["start of the period", "end of the period", "how many months"])

  /// As many months as the strictest limit asks for, so that each control can judge by its own.
  static func count(_ context: TestContext) -> Int64 {
    min(max(context.plan.limits(of: Self.self)[months.name] ?? months.standard, 1), 1200)
  }

  private static func arguments(_ context: TestContext) -> [Cell] { context.bounds + [.integer(count(context))] }

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    try query.draw(ledger, arguments(context))
  }

  /// The days of which the rows of the inventory say that records are held.
  private static func days(_ rows: [SideRow]) -> MergedSpans {
    MergedSpans(
      rows.compactMap { row in
        guard let from = row.day("from"), let to = row.day("to"), from <= to else { return nil }
        return Int64(from.daysSinceEpoch)...Int64(to.daysSinceEpoch)
      })
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let files = facts.plan.sideFiles.references("inventory")
    let population = query.population(facts[.t06], arguments(context), sources: context.sources + files)
    let kept = context.plan.sideFiles.rows("inventory")
    let held = Self.days(kept ?? [])
    let heldOnline = Self.days((kept ?? []).filter { $0.text("tier") == "online" })
    let most = Int(context.limits[months.name] ?? months.standard)
    let onlineDays = Int(context.limits[online.name] ?? online.standard)
    let firstOnline = context.period.end.day - onlineDays
    let count = facts[.t06].rows.count
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t06)
    try Items(population).forEach { item in
      guard let start = item.time("time"), let until = item.time("until") else { return }
      guard kept != nil else { return tally.add(.inconclusive, at: start) }
      // A control that asks for fewer months looks at the last of them only.
      guard count - item.row <= most else { return tally.add(.passed, at: start) }
      let days = start.day..<until.day
      let missing = days.count { !held.contains(Int64($0)) }
      let offline = days.count {
        $0 >= firstOnline && held.contains(Int64($0)) && !heldOnline.contains(Int64($0))
      }
      tally.add(missing + offline > 0 ? .failed : .passed, at: start)
      guard missing + offline > 0 else { return }
      exceptions.note(
        item.reference("month \(start.date)"), at: start,
        Wording(
          criteria: "Records of \(months.words(Int64(most))), and of \(online.words(Int64(onlineDays))).",
          condition: { _ in
            let parts = [
              missing > 0 ? "\(counted(missing, "day")) held nowhere" : nil,
              offline > 0 ? "\(counted(offline, "day")) not online" : nil,
            ].compactMap(\.self)
            return "The month that began on \(start.date): \(parts.joined(separator: " and "))."
          },
          cause:
            "Not established. Find out whether records were deleted, or are kept where the inventory does not look.",
          effect: "What happened then cannot be looked up any more, or not in time."))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "months",
      operating: tally.failed == 0 ? missing(context) : nil,
      metrics: [
        Metric(
          name: "holds", label: "archives of the inventory that a legal hold keeps",
          share: Share(Int64((kept ?? []).count { $0.flag("hold") }), of: Int64(kept?.count ?? 0)))
      ], remedy: remedyForMissing(context))
  }
}
