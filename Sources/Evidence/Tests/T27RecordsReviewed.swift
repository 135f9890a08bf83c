import AuditTrail
import Ledger

extension TestID {
  /// Audit records are reviewed each week.
  public static let t27 = TestID("T-27")
}

/// T-27: did somebody look at the audit records in each week?
enum RecordsReviewed: DrawnTest {
  static let description = TestDescription(
    id: .t27, title: "Audit records are reviewed",
    objective: "Somebody looks at the audit records often enough to notice what is wrong.",
    procedure: """
      For each ISO week that ended in the period: the log of reviews must hold a review of that week, by a named reviewer, that \
      took time and began after the week had begun. Between one review and the next, and from the last one to the end of the \
      period, no more days may pass than the limit.
      """,
    limitations: ["That somebody looked does not show what they saw; the log counts what they noted."])

  static let sideFiles = ["review_log"]
  static let gap = TestLimit("review_gap_days", 7, "days between reviews of the audit records")
  static let limits = [gap]

  static let query = PopulationQuery(
    id: "POP-27", title: "ISO weeks that ended in the period", purpose: "Each week is one item of T-27.",
    sql: """
      WITH RECURSIVE weeks(monday) AS (
        SELECT ?1 / 86400000000000 - (?1 / 86400000000000 + 3) % 7
        UNION ALL SELECT monday + 7 FROM weeks WHERE (monday + 7) * 86400000000000 < ?2),
      ended(monday) AS (SELECT monday FROM weeks WHERE (monday + 7) * 86400000000000 BETWEEN ?1 AND ?2)
      SELECT w.monday * 86400000000000 AS time, coalesce(p.statements, 0) AS statements
      FROM ended w LEFT JOIN (
        SELECT s.time / 86400000000000 - (s.time / 86400000000000 + 3) % 7 AS monday, count(*) AS statements
        FROM counted_statements s WHERE s.time >= ?1 AND s.time < ?2 GROUP BY 1) p ON p.monday = w.monday
      ORDER BY w.monday
      """,
    columns: [
      Column("time", .time, "The week's Monday."),
      Column("statements", .integer, "Statements of that week in the period."),
    ], parameters: ["start of the period", "end of the period"])

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let files = facts.plan.sideFiles.references("review_log")
    var population = query.population(facts[.t27], context.bounds, sources: context.sources + files)
    let given = context.plan.sideFiles.rows("review_log")
    let reviews = Dictionary(grouping: given ?? []) { $0.required("week") }
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t27)
    var names: [Cell] = []
    try Items(population).forEach { item in
      let monday = item.time("time") ?? context.period.start
      let week = ISOWeek(day: monday.day).label
      names.append(.text(week))
      guard given != nil else { return tally.add(.inconclusive, at: monday) }
      let mine = (reviews[week] ?? []).filter { ($0.time("start") ?? monday) >= monday }
      let isDone = mine.contains { row in
        guard let start = row.time("start"), let end = row.time("end") else { return false }
        return end > start
      }
      tally.add(isDone ? .passed : .failed, at: monday)
      if !isDone {
        exceptions.note(
          item.reference("week \(week)"), at: monday,
          missed(week, item.integer("statements") ?? 0, hasRow: !mine.isEmpty))
      }
    }
    for (start, end) in gaps(given ?? [], context) where given != nil {
      exceptions.note(ItemReference(key: "gap from \(start.date)"), at: start, tooLong(start, end))
    }
    population = try population.adding(Column("week", .text, "The ISO week."), names)
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "weeks",
      operating: tally.failed == 0 && exceptions.isEmpty ? missing(context) : nil,
      metrics: [
        Metric(
          name: "findings", label: "findings that reviewers noted",
          share: Share((given ?? []).reduce(0) { $0 &+ ($1.count("findings") ?? 0) }, of: 0))
      ], remedy: remedyForMissing(context))
  }

  /// Stretches without a review that are longer than the limit.
  private static func gaps(_ rows: [SideRow], _ context: TestContext) -> [(Timestamp, Timestamp)] {
    let limit = (context.limits[gap.name] ?? gap.standard) * 86_400
    let times = rows.compactMap { $0.time("end") }.filter { $0 < context.period.end }.sorted()
    // A week that is reviewed at its end leaves the limit between two reviews, and a day to do it in.
    return zip(times, times.dropFirst() + [context.period.end]).filter {
      $1 > context.period.start && $1.seconds - $0.seconds > limit + 86_400
    }
  }

  private static func missed(_ week: String, _ statements: Int64, hasRow: Bool) -> Wording {
    Wording(
      criteria: "The audit records of each week are reviewed.",
      condition: { _ in
        "\(hasRow ? "The review of \(week) took no time" : "Nobody reviewed \(week)"); its records hold "
          + "\(counted(statements, "statement"))."
      },
      cause: "Not established.", effect: "What went wrong in that week may have been noticed late, or not at all.")
  }

  private static func tooLong(_ start: Timestamp, _ end: Timestamp) -> Wording {
    Wording(
      criteria: "Reviews of the audit records follow each other within the limit.",
      condition: { _ in "From \(start.date) to \(end.date) nobody reviewed the audit records." },
      cause: "Not established.", effect: "What went wrong in that time may have been noticed late, or not at all.")
  }
}
