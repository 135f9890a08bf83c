import AuditTrail
import Ledger

extension TestID {
  /// Quality of the clocks.
  public static let t05 = TestID("T-05")
}

/// T-05: can the times be relied on?
enum ClockQuality: DrawnTest {
  static let description = TestDescription(
    id: .t05, title: "Quality of the clocks",
    objective: "Records say when something happened, to the second, and in the right order.",
    procedure: """
      For each source and UTC day: within a session, statements that follow each other must not go back in time; no statement \
      lies before its session was opened or after it was closed; and not all times of the day may be cut to whole minutes. A \
      day on which one of them shows is an exception.
      """,
    limitations: [
      "How far a source's clock is from the true time is not in its archive.",
      "A source that flags its times as approximate is not decided.",
    ])

  static let query = PopulationQuery(
    id: "POP-05", title: "Sources by UTC day", purpose: "Each day of each source is one item of T-05.",
    sql: """
      WITH ordered AS (
        SELECT s.archive, s.time, s.completeness, se.opened, se.closed,
          lag(s.time) OVER (PARTITION BY s.session ORDER BY s.sequence) AS before
        FROM counted_statements s JOIN sessions se ON se.id = s.session WHERE s.time >= ?1 AND s.time < ?2)
      SELECT trim(ar.proxy || ' ' || coalesce(ar.instance, '')) AS source,
        (o.time / 86400000000000) * 86400000000000 AS time, count(*) AS statements,
        sum(coalesce(o.before > o.time, 0)) AS backwards, sum(coalesce(o.time < o.opened, 0)) AS before_session,
        sum(coalesce(o.time > o.closed, 0)) AS after_session, sum(o.time % 1000000000 = 0) AS whole_seconds,
        sum(o.time % 60000000000 = 0) AS whole_minutes, sum(o.completeness & ?3 <> 0) AS approximate
      FROM ordered o JOIN archives ar ON ar.id = o.archive GROUP BY 1, 2 ORDER BY 1, 2
      """,
    columns: [
      Column("source", .text, "The proxy's name and instance."),
      Column("time", .time, "The day's first moment."),
      Column("statements", .integer, "Statements of that day."),
      Column("backwards", .integer, "Those with an earlier time than the statement before them in their session."),
      Column("before_session", .integer, "Those before their session was opened."),
      Column("after_session", .integer, "Those after it was closed."),
      Column("whole_seconds", .integer, "Those with a time of whole seconds."),
      Column("whole_minutes", .integer, "Those with a time of whole minutes."),
      Column("approximate", .integer, "Those whose time the source cannot say exactly."),
    ], parameters: ["start of the period", "end of the period", "the flag of approximate times"])

  private static func arguments(_ context: TestContext) -> [Cell] {
    context.bounds + [.integer(Int64(Completeness.approximateTime.rawValue))]
  }

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    try query.draw(ledger, arguments(context))
  }

  /// As many statements as make it plain that times are cut, and not that a few fell on a minute.
  private static let telling: Int64 = 5

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t05], arguments(context), sources: context.sources)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t05)
    var approximate: Int64 = 0
    try Items(population).forEach { item in
      let time = item.time("time")
      func count(_ column: String) -> Int64 { item.integer(column) ?? 0 }
      let statements = count("statements")
      let problems = [
        (count("backwards"), "go back in time within their session"),
        (count("before_session"), "lie before their session was opened"),
        (count("after_session"), "lie after their session was closed"),
        (statements >= telling && count("whole_minutes") == statements ? statements : 0, "are cut to whole minutes"),
      ].filter { $0.0 > 0 }
      approximate += count("approximate")
      // What the source itself calls approximate shows no order.
      guard count("approximate") == 0 else { return tally.add(.inconclusive, at: time) }
      tally.add(problems.isEmpty ? .passed : .failed, at: time)
      for (number, problem) in problems {
        exceptions.note(
          item.reference("\(item.text("source") ?? "") \(problem)"), at: time,
          Wording(
            criteria: "Times of records are exact to the second and in the right order.",
            condition: { days in
              "Times of \(item.text("source") ?? "") \(problem): \(counted(number, "statement")) on \(time.map { "\($0.date)" } ?? "")"
                + (days > 1 ? ", and others on \(counted(days - 1, "more day", "more days"))." : ".")
            },
            cause:
              "Not established. Find out whether the clock was set, or records were put together from several hosts.",
            effect: "What came before what may be told wrongly."))
      }
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "days of sources",
      metrics: [
        Metric(
          name: "approximate_times", label: "statements whose time the source cannot say exactly",
          share: Share(approximate, of: 0))
      ], remedy: "Collect a source that says its times exactly.")
  }
}
