import AuditTrail
import Digests
import Ledger

extension TestID {
  /// Approved harm is disposed of.
  public static let t28 = TestID("T-28")
}

/// T-28: did somebody say what became of harm that ran after a review?
enum ApprovedHarmDisposed: DrawnTest {
  static let description = TestDescription(
    id: .t28, title: "Approved harm is disposed of",
    objective: "Harm that a review let run is looked at again by a person, and what became of it is on record.",
    procedure: """
      For each statement that waited for approval and ran: where its unit is harmful by what replay measured, find a \
      disposition. It names a statement of the unit, and is given after the statement by another person than the one who \
      ran it. Harm without one is an exception. A statement without a conclusive verdict is not decided.
      """,
    limitations: [
      "Only harm that ran after a review is looked at; blocks and alerts are not.",
      "A disposition of the approver's own counts. Whether it is right is for a person to judge.",
    ])
  static let lasting = ["user", "connection", "kind", "fingerprint"]

  static let notRunReason = "did not run: it did no harm"
  static let unapprovedReason = "ran without an approval: T-14 and T-19 look at it"

  private static let selection = """
    v.time >= ?1 AND v.time < ?2 AND v.action = 'review' AND v.id NOT IN (SELECT statement FROM not_sampled)
    """

  static let sideFiles = ["dispositions"]

  static let query = PopulationQuery(
    id: "POP-28", title: "Statements that waited for approval and ran", purpose: "Each statement is one item of T-28.",
    sql: """
      \(StatementColumns.selection), u.key AS unit, v.rows_destroyed,
        v.harm_kind IS NOT NULL AS harmful, v.harm_kind AS kind, v.fate, a.key AS approval, a.requested_at, a.granted_at,
        (SELECT group_concat(user, ', ') FROM (SELECT DISTINCT r.user FROM approval_decisions r
          WHERE r.approval = a.id AND r.decision = 'approved' ORDER BY r.user)) AS approved_by,
        \(StatementColumns.source)
        LEFT JOIN units u ON u.id = v.unit LEFT JOIN approvals a ON a.id = v.approval
      WHERE \(selection) AND v.outcome IN ('ran', 'unknown')
      \(StatementColumns.order)
      """,
    columns: StatementColumns.with([
      Column("unit", .text, "The unit that was decided as one, where that is more than the statement."),
      Column("rows_destroyed", .integer, "Rows destroyed on the shadow."),
      Column("harmful", .flag, "Whether its unit is harmful."),
      Column("kind", .text, "The unit's kind of harm: escapes, escalates, destroys or discloses."),
      Column("fate", .text, "What became of the harmful unit."),
      Column("approval", .text, "The approval's key."),
      Column("requested_at", .time, "When it was asked for."),
      Column("granted_at", .time, "When it was granted."),
      Column("approved_by", .text, "Who approved it."),
    ]), parameters: ["start of the period", "end of the period"])

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    var exclusions: [Exclusion] = []
    for (outcome, reason) in [(Outcome.notRun, notRunReason), (.ranUnapproved, unapprovedReason)] {
      let count = try ledger.count(
        "SELECT count(*) FROM statement_view v WHERE \(selection) AND v.outcome = '\(outcome.rawValue)'", context.bounds
      )
      exclusions.append(Exclusion(reason: reason, count: count))
    }
    return try query.draw(ledger, context.bounds, exclusions: exclusions)
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t28], context.bounds, sources: context.sources)
    let given = context.plan.sideFiles.dispositions
    let units = try DisposedUnits(population, given ?? [])
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t28)
    var harmful: [ExactText: DispositionKind?] = [:]
    try Items(population).forEach { item in
      let time = item.time("time")
      guard item.flag("harmful") else { return tally.add(item.isGraded ? .passed : .inconclusive, at: time) }
      let unit = ExactText(item.unitKey)
      let disposition = units.counting[unit]
      harmful[unit] = .some(disposition)
      guard disposition == nil else { return tally.add(.passed, at: time) }
      guard !item.mayNotHaveRun else { return tally.add(.inconclusive, at: time) }
      tally.add(.failed, at: time)
      exceptions.note(
        item.reference(unit.text), at: time, severity: item.severity, isHarmful: true,
        wording(item, shared.deeds, hasOther: units.others.contains(unit)))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "statements that ran after a review",
      operating: given == nil && tally.failed == 0
        ? Conclusion(.inconclusive, "Unable to test: no file of dispositions was given.") : nil,
      tables: [
        AttributeTable(
          name: "dispositions", title: "What became of harmful units that ran after a review",
          columns: [
            Column("disposition", .text, "What was decided; none where nobody did."),
            Column("units", .integer, "How many."),
          ],
          rows: (DispositionKind.allCases.map(Optional.some) + [nil]).map { kind in
            [.text(kind?.rawValue ?? "none"), .integer(Int64(harmful.values.count { $0 == kind }))]
          })
      ],
      limitations: units.strays == 0
        ? []
        : ["\(counted(units.strays, "disposition")) name no harmful statement that ran after a review in the period."],
      remedy: given == nil ? "Give the dispositions (`side_files: { dispositions: … }` in assay.yaml)." : nil)
  }

  private static func wording(_ item: Item, _ deeds: UnitDeeds, hasOther: Bool) -> Wording {
    var delay = ""
    if let asked = item.time("requested_at"), let granted = item.time("granted_at") {
      delay = " \(granted.seconds - asked.seconds) s after the request"
    }
    let approver = item.text("approved_by").map { ", approved by \($0)\(delay)" } ?? ""
    return Wording(
      criteria: "Harm that ran after a review has a disposition by another person than the one who ran it.",
      condition: { _ in
        "A harmful unit ran after a review\(approver); on the shadow it \(deeds.words(item) ?? "did harm"). "
          + (hasOther
            ? "Its disposition is older than the statement, or of the person who ran it."
            : "No disposition is on file.")
      },
      cause: "Not established. Find out whether somebody looked at the harm, and what came of it.",
      effect: "Whether the harm was meant, and was made good where it was not, is not shown.")
  }
}

/// Dispositions, as they fall to the units of T-28.
private struct DisposedUnits {
  /// What counts, by unit.
  private(set) var counting: [ExactText: DispositionKind] = [:]
  /// Units with a disposition that does not count.
  private(set) var others: Set<ExactText> = []
  /// Dispositions of no harmful unit.
  private(set) var strays: Int64

  init(_ population: Population, _ given: [Disposition]) throws(AssayError) {
    let byStatement = Dictionary(grouping: given) { ExactText($0.statement) }
    strays = Int64(given.count)
    guard !given.isEmpty else { return }
    try Items(population).forEach { item in
      guard item.flag("harmful"), let own = byStatement[ExactText(item.statementKey)], let time = item.time("time")
      else { return }
      strays -= Int64(own.count)
      for disposition in own {
        if disposition.at >= time, !isSamePerson(disposition.by, item.text("user") ?? "") {
          counting[ExactText(item.unitKey)] = disposition.kind
        } else {
          others.insert(ExactText(item.unitKey))
        }
      }
    }
  }
}
