import AuditTrail
import Evidence

extension EvidenceModel {
  func coverageHoursFile() -> EvidenceFile {
    EvidenceFile(
      "coverage/hours.csv", "How many hours of the period each source's records account for.", coverageHours)
  }

  /// The hours of each source.
  var coverageHours: Table {
    Table(
      [
        Column("source", .text, "The proxy and its instance."),
        Column(
          "hours", .integer, "Hours in which the source is expected: active, nil_proven, gap and unproven together."),
        Column("active", .integer, "Hours with records."),
        Column("nil_proven", .integer, "Hours without records that are shown to be empty."),
        Column("gap", .integer, "Hours without records though something contradicts the silence."),
        Column("unproven", .integer, "Hours without records that nothing speaks for."),
        Column("covered_percent", .text, "Active and proven hours of all, per cent, cut to 2 decimals."),
      ],
      coverage.sources.map { source in
        [
          .text(source.source), .integer(source.hours), .integer(source.active), .integer(source.nilProven),
          .integer(source.gap), .integer(source.unproven), .text(source.covered.percent(decimals: 2)),
        ]
      })
  }

  func coverageGapsFile() -> EvidenceFile {
    EvidenceFile(
      "coverage/gaps.csv", "Runs of hours without records that are not shown to be empty.", coverageGaps)
  }

  /// The runs of hours that are not accounted for.
  var coverageGaps: Table {
    Table(
      [
        Column("source", .text, "The proxy and its instance."),
        Column("state", .text, "gap (something contradicts the silence) or unproven."),
        Column("start", .time, "Its first moment, UTC."),
        Column("end", .time, "The first moment after it, UTC."),
        Column("hours", .integer, "Its hours."),
        Column("reason", .text, "What contradicts the silence, or what would prove it."),
      ],
      coverage.gaps.map { gap in
        [
          .text(gap.source), .text(gap.state.rawValue), .time(gap.start), .time(gap.end), .integer(gap.hours),
          .text(gap.reason),
        ]
      })
  }

  func dailyFile() -> EvidenceFile {
    EvidenceFile(
      "metrics/daily.csv",
      "Every test on every UTC day of the period, days without items among them. Items without a time count on the last day.",
      [
        Column("test", .text, "The test."), Column("day", .date, "The UTC day."),
        Column("tested", .integer, "Items of that day."), Column("passed", .integer, "Those without exception."),
        Column("failed", .integer, "Those with an exception."),
        Column("inconclusive", .integer, "Those that the data cannot decide."),
      ],
      tests.flatMap { test in
        test.daily.map { day in
          [
            .text(test.id.rawValue), .date(day.day), .integer(day.tested), .integer(day.passed), .integer(day.failed),
            .integer(day.inconclusive),
          ]
        }
      })
  }

  func metricsFile() -> EvidenceFile {
    func row(_ subject: String, _ metric: Metric) -> [Cell] {
      [
        .text(subject), .text(metric.name), .text(metric.label), .integer(metric.share.numerator),
        metric.share.denominator == 0 ? .empty : .integer(metric.share.denominator),
        .text(metric.share.percent(decimals: 2)), metric.interval.map { .real($0.low) } ?? .empty,
        metric.interval.map { .real($0.high) } ?? .empty, .text(metric.note),
      ]
    }
    return EvidenceFile(
      "metrics/metrics.csv", "Rates and counts beside the results.",
      [
        Column("subject", .text, "The test, or replay for the grading of all decisions."),
        Column("metric", .text, "Its stable name."), Column("label", .text, "What it says."),
        Column("numerator", .integer, "How many."),
        Column("denominator", .integer, "Of how many; empty for a plain count."),
        Column("percent", .text, "Their share, per cent, cut to 2 decimals; empty of nothing."),
        Column("low", .real, "The lower bound of the 95 % Wilson interval, 0 to 1."),
        Column("high", .real, "The upper bound of the 95 % Wilson interval, 0 to 1."),
        Column("note", .text, "What to keep in mind with it."),
      ],
      grading.metrics.map { row("replay", $0) }
        + tests.flatMap { test in test.metrics.map { row(test.id.rawValue, $0) } })
  }

  func tieOutFile() -> EvidenceFile {
    EvidenceFile(
      "tieout/control-totals.csv", "Equations between totals that were counted apart; a difference of 1 fails T-42.",
      [
        Column("equation", .text, "Its id."), Column("title", .text, "What it shows."),
        Column("left", .text, "The left side in words."), Column("left_value", .integer, "Its value."),
        Column("right", .text, "The right side in words."), Column("right_value", .integer, "Its value."),
        Column("difference", .integer, "Left less right."), Column("holds", .flag, "Whether the difference is 0."),
      ],
      tieOuts.map { equation in
        [
          .text(equation.id), .text(equation.title), .text(equation.left), .integer(equation.leftValue),
          .text(equation.right), .integer(equation.rightValue), .integer(equation.difference), .flag(equation.holds),
        ]
      })
  }

  func verdictsFile() -> EvidenceFile {
    EvidenceFile(
      "replay/verdicts.csv",
      "What replay made of the decisions. The single statements with their verdicts are the population of T-19.",
      [
        Column("verdict", .text, "The verdict's name; not_replayed for statements that replay has not seen."),
        Column("meaning", .text, "What people read for it."),
        Column("statements", .integer, "Statements; with not_replayed they add up to the period's statements."),
        Column("units", .integer, "Units, in which a script counts once; empty where nothing was replayed."),
      ],
      grading.verdicts.map { count in
        [
          .text(count.verdict.rawValue), .text(count.verdict.phrase), .integer(count.statements), .integer(count.units),
        ]
      } + [[.text("not_replayed"), .text("not replayed"), .integer(grading.notReplayed), .empty]])
  }

  func inconclusiveFile() -> EvidenceFile {
    EvidenceFile(
      "replay/inconclusive.csv", "Statements that could not be graded, by reason; never counted as agreement.",
      [
        Column("reason", .text, "Why the statement could not be graded."),
        Column("statements", .integer, "Statements."),
      ], grading.inconclusive.map { [.text($0.reason), .integer($0.statements)] })
  }

  func fatesFile() -> EvidenceFile {
    let table = grading.fateTable
    return EvidenceFile(
      "replay/fates.csv",
      "What became of harmful units: each counts once, by kind of harm and fate. Observed ones had no proxy to decide.",
      table.columns, table.rows)
  }

  func confusionFile() -> EvidenceFile {
    let table = grading.effectTable
    return EvidenceFile(
      "replay/confusion.csv", "Decisions held against measured effects, in units.", table.columns, table.rows)
  }

  func decisionsFile() -> EvidenceFile {
    EvidenceFile(
      "metrics/decisions-by-week.csv", "Statements of each ISO week by the action decided.",
      [
        Column("week", .text, "The ISO 8601 week."), Column("monday", .date, "Its Monday."),
      ]
        + Action.allCases.map { Column($0.rawValue, .integer, "Statements for which the action is: \($0.phrase).") },
      decisionsByWeek.map { week in
        [.text(week.label), .date(week.monday)]
          + Action.allCases.map { action in
            .integer(week.counts.first { $0.action == action }?.statements ?? 0)
          }
      })
  }
}
