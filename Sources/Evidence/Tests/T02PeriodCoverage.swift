import AuditTrail
import Ledger

extension TestID {
  /// Period coverage and gaps.
  public static let t02 = TestID("T-02")
}

/// T-02: is every hour of the period accounted for?
enum PeriodCoverage: DrawnTest {
  static let description = TestDescription(
    id: .t02, title: "Period coverage and gaps",
    objective: "No hour of the period is missing from the records.",
    procedure: """
      For each proxy instance and UTC hour: an hour with records is active. A silent one is shown to be empty by a heartbeat \
      or by the source's own count for the day, equal to what was read; it is a gap where something contradicts the silence \
      (a session that held more statements than were read, a missing segment, a higher count by the source, heartbeats \
      that stopped); otherwise it is unproven. Gaps are exceptions, unproven hours leave the test undecided. Exceptions beside the hours \
      are sessions of which less was read than they say they held, in statements or in bytes, and days of which the source \
      counts other than was read, unless a gap already stands for what is missing.
      """,
    limitations: [
      "A total that is in the archive itself was written by who wrote the archive: a seal shows whether it was changed."
    ])
  static let lasting = ["user", "connection"]

  static let sideFiles = ["source_counts"]

  static let query = PopulationQuery(
    id: "POP-02", title: "Proxy instances by UTC hour", purpose: "Each hour of each instance is one item of T-02.",
    sql: """
      WITH RECURSIVE hours(hour) AS (
        SELECT ?1 / 3600000000000 UNION ALL SELECT hour + 1 FROM hours WHERE (hour + 1) * 3600000000000 < ?2),
      sources AS (
        SELECT DISTINCT coalesce(nullif(trim(proxy || ' ' || coalesce(instance, '')), ''), '(unnamed)') AS source
        FROM archives WHERE first < ?2 AND last >= ?1),
      moments AS (
        SELECT s.archive, s.time, 0 AS beat FROM statements s
        UNION ALL SELECT archive, opened, 0 FROM sessions UNION ALL SELECT archive, closed, 0 FROM sessions
        UNION ALL SELECT archive, requested_at, 0 FROM approvals UNION ALL SELECT archive, time, 0 FROM policy_changes
        UNION ALL SELECT archive, time, 0 FROM access_changes UNION ALL SELECT archive, time, 1 FROM heartbeats),
      counts AS (
        SELECT coalesce(nullif(trim(a.proxy || ' ' || coalesce(a.instance, '')), ''), '(unnamed)') AS source,
          m.time / 3600000000000 AS hour, sum(1 - m.beat) AS records, sum(m.beat) AS heartbeats
        FROM moments m JOIN archives a ON a.id = m.archive WHERE m.time >= ?1 AND m.time < ?2 GROUP BY 1, 2)
      SELECT s.source, h.hour * 3600000000000 AS time, coalesce(c.records, 0) AS records,
        coalesce(c.heartbeats, 0) AS heartbeats
      FROM sources s CROSS JOIN hours h LEFT JOIN counts c ON c.source = s.source AND c.hour = h.hour
      ORDER BY s.source, h.hour
      """,
    columns: [
      Column("source", .text, "The proxy and its instance."),
      Column("time", .time, "The hour's first moment."),
      Column("records", .integer, "Records other than heartbeats."),
      Column("heartbeats", .integer, "Heartbeats."),
    ], parameters: ["start of the period", "end of the period"])

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    var population = shared.hours
    let (states, coverage) = (shared.states, shared.coverage)
    var tally = Tally(context.period)
    for hour in states.hours {
      let outcome: ItemOutcome =
        switch hour.state {
        case .active, .nilProven: .passed
        case .gap: .failed
        case .unproven: .inconclusive
        }
      tally.add(outcome, at: Contradictions.time(ofHour: hour.hour))
    }
    let exceptions = exceptions(states.hours, coverage, shared.contradictions, shared.days)
    population = try population.adding(
      Column("state", .text, "What T-02 makes of the hour: active, nil_proven, gap or unproven."),
      states.hours.map { .text($0.state.rawValue) })
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "hours",
      metrics: coverage.sources.map {
        Metric(name: "covered_hours", label: "hours of \($0.source) that are accounted for", share: $0.covered)
      }, tables: [shared.completeness.table, shared.days.differences, shared.days.tieOutTable],
      limitations: shared.days.comparisons == nil
        ? ["No source_counts.csv was given: what the sources hold is not known."] : [],
      remedy: "Collect heartbeats, or the sources' own counts by day (source_counts.csv).")
  }

  private static func exceptions(
    _ hours: [HourStates.Hour], _ coverage: Coverage, _ contradictions: Contradictions, _ days: SourceDays
  ) -> ExceptionList {
    var exceptions = ExceptionList(.t02)
    let gaps = coverage.gaps.filter { $0.state == .gap }
    // Gaps are runs of hours, in the hours' order.
    var coming = gaps[...]
    for (row, hour) in hours.enumerated() where hour.state == .gap {
      while let gap = coming.first,
        !gap.source.isExactly(hour.source) || gap.end <= Contradictions.time(ofHour: hour.hour)
      {
        coming.removeFirst()
      }
      guard let gap = coming.first else { break }
      exceptions.note(
        ItemReference(key: "\(gap.source) \(gap.start)", row: row), at: gap.start,
        Wording(
          criteria: "Each hour has records, or is shown to be empty.",
          condition: { _ in
            "\(gap.source) has no record from \(gap.start) to \(gap.end) (\(counted(gap.hours, "hour")))."
          }, cause: gap.reason,
          effect: gap.reason == HourStates.countsMore
            ? "Records of that day are missing, and some may be of that time."
            : "What happened in that time is in no archive."))
    }
    for session in contradictions.sessions {
      let isInGap = gaps.contains {
        $0.source.isExactly(session.source) && session.opened < $0.end && session.closed >= $0.start
      }
      guard !isInGap else { continue }
      exceptions.note(
        session.item, at: session.opened,
        Wording(
          criteria: "A session is read whole, by its own count of statements and by its source's count of bytes.",
          condition: { _ in "Session \(session.item.session ?? "") \(session.sentence)" },
          cause: "Records of the session were rejected, left out, changed or lost.",
          effect: "What is missing of the session is not known."))
    }
    for day in days.unexplained(contradictions, gaps) {
      exceptions.note(
        ItemReference(key: "\(day.count.source) \(day.count.day) counts"), at: day.count.day.start,
        Wording(
          criteria: "As much is read of each day as the source itself counts.",
          condition: { _ in day.sentence },
          cause: "Not established. Find out whether records were left out, lost or counted twice.",
          effect: "Figures of that day may be wrong by the difference."))
    }
    for name in days.unread {
      exceptions.note(
        ItemReference(key: "source \(name)"), at: nil,
        Wording(
          criteria: "Archives of every source are read.",
          condition: { _ in "\(name) counts records in the period, and none of its archives was read." },
          cause: "Its archives were not collected, or not named.",
          effect: "Everything that went through \(name) is missing."))
    }
    return exceptions
  }
}

extension Population {
  /// The population with a column that its test computed.
  func adding(_ column: Column, _ cells: [Cell]) throws(AssayError) -> Population {
    Population(
      id: id, title: title, purpose: purpose, sources: sources, query: query, querySHA256: querySHA256,
      parameters: parameters, columns: columns + [column], rows: try rows.adding(cells), count: count,
      exclusions: exclusions, first: first, last: last)
  }
}
