import AuditTrail

/// The control totals, counted apart on both sides.
struct TieOutEquations {
  private(set) var equations: [TieOut] = []

  mutating func add(_ title: String, _ left: String, _ leftValue: Int64, _ right: String, _ rightValue: Int64) {
    let number = equations.count + 1
    equations.append(
      TieOut(
        id: "TO-\(number < 10 ? "0" : "")\(number)", title: title, left: left, leftValue: leftValue, right: right,
        rightValue: rightValue))
  }

  /// From the archives' entries to the ledger's records.
  mutating func addIngest(_ inputs: [ArchiveInput], _ totals: LedgerTotals) {
    func sum(_ value: (ArchiveInput) -> Int64) -> Int64 { inputs.reduce(0) { $0 &+ value($1) } }
    add(
      "Entries", "entries read", sum(\.entries), "accepted + rejected + blank",
      sum { $0.accepted &+ $0.rejected &+ $0.blank })
    add(
      "Archives that tie out", "archives", Int64(inputs.count),
      "archives whose entries are accepted + rejected + blank",
      Int64(inputs.count { $0.entries == $0.accepted &+ $0.rejected &+ $0.blank }))
    add(
      "Rejected entries", "rejected, by the archives", sum(\.rejected), "rejected entries kept with place and reason",
      totals.rejectedKept)
    if sum(\.duplicates) == 0 {
      add(
        "Records", "records read", totals.recordsRead,
        "statements + openings + closings + approvals + changes + heartbeats stored", totals.recordsStored)
    }
    add("Roll-up", "statements stored", totals.statements, "statements in the roll-up", totals.rolledUp)
  }

  /// From the ledger's statements to the period's figures.
  mutating func addPeriod(_ totals: LedgerTotals, _ weeks: [WeeklyDecisions], _ grading: Grading) {
    add(
      "Cut-off", "statements stored", totals.statements,
      "before + in + after the period" + (totals.witnessed == nil ? "" : " + told by a log and a proxy"),
      totals.before + totals.inside + (totals.witnessed ?? 0) + totals.after)
    add("Joined rows", "statements in the period", totals.inside, "rows of statement_view in the period", totals.joined)
    for action in Action.allCases {
      add(
        "Decisions: \(action.rawValue)", "statements decided \(action.rawValue)",
        totals.decided.reduce(0) { $0 + ($1.action == action ? $1.statements : 0) }, "the same by ISO week",
        weeks.reduce(0) { total, week in
          total + week.counts.reduce(0) { $0 + ($1.action == action ? $1.statements : 0) }
        })
    }
    add(
      "Verdicts", "statements in the period", totals.inside, "verdicts of every name + statements never replayed",
      grading.verdicts.reduce(grading.notReplayed) { $0 + $1.statements })
    add(
      "Inconclusive", "statements with the verdict inconclusive",
      grading.verdicts.first { $0.verdict == .inconclusive }?.statements ?? 0, "the same by reason",
      grading.inconclusive.reduce(0) { $0 + $1.statements })
    add(
      "False allows", "statements with the verdict false_allow",
      grading.verdicts.first { $0.verdict == .falseAllow }?.statements ?? 0, "evaluated + evaluation_unknown",
      grading.falseAllowEvaluated + grading.falseAllowEvaluationUnknown)
  }

  /// From the period's figures to the tests.
  mutating func addTests(_ tests: [TestResult], _ coverage: Coverage, statements: Int64) {
    for source in coverage.sources {
      add(
        "Hours of \(source.source)", "hours", source.hours, "active + nil_proven + gap + unproven",
        source.active + source.nilProven + source.gap + source.unproven)
    }
    for test in tests {
      add(
        "\(test.id.rawValue) items", "items in the population", test.population.count, "passed + failed + inconclusive",
        test.passed + test.failed + test.inconclusive)
      add(
        "\(test.id.rawValue) days", "items tested", test.tested, "the same by day",
        test.daily.reduce(0) { $0 + $1.tested })
    }
    if let test = tests.first(where: { $0.id == .t19 }) {
      add(
        "T-19 population", "statements in the period", statements, "decided + left out as observed",
        test.population.count + test.population.exclusions.reduce(0) { $0 + $1.count })
    }
  }
}
