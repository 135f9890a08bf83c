import AuditTrail
import Digests
import Ledger

extension TestID {
  /// Processing control totals.
  public static let t42 = TestID("T-42")
}

/// T-42: does every total tie out with the one counted another way?
enum ControlTotals: EvidenceTest {
  static let description = TestDescription(
    id: .t42, title: "Processing control totals",
    objective: "Nothing is lost, added or counted twice between the archives and the report.",
    procedure: """
      Each equation holds two totals that were counted apart: entries read, records stored, statements by time, decision, \
      week and verdict, hours by state, and items by test and day. Both sides must be equal. What the sources say they \
      hold belongs to T-02.
      """)

  static let drawnColumns: [Column]? = nil

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) -> DrawnPopulation { DrawnPopulation() }

  static let columns = [
    Column("equation", .text, "The equation's name."),
    Column("title", .text, "What it shows."),
    Column("left", .text, "The left side."),
    Column("left_value", .integer, "Its value."),
    Column("right", .text, "The right side."),
    Column("right_value", .integer, "Its value."),
    Column("difference", .integer, "Left less right."),
    Column("holds", .flag, "Whether both are equal."),
  ]

  static let judgesResults = true

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let tieOuts = shared.tieOuts(facts, context.results)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t42)
    for equation in tieOuts {
      tally.add(equation.holds ? .passed : .failed, at: nil)
      guard !equation.holds else { continue }
      exceptions.note(
        ItemReference(key: equation.title), at: nil,
        Wording(
          criteria: "\(equation.left) equals \(equation.right).",
          condition: { _ in
            "\(equation.id) \(equation.title): \(equation.leftValue) against \(equation.rightValue), a difference of "
              + "\(equation.difference)."
          },
          cause: "Records were lost, added or counted twice on the way.",
          effect: "Figures that rest on these totals may be wrong by the difference."))
    }
    let query = tieOuts.map { "\($0.id): \($0.left) = \($0.right)" }.joined(separator: "\n")
    let population = Population(
      id: "POP-42", title: "Equations between control totals", purpose: "Each equation is one item of T-42.",
      sources: context.sources + context.plan.sideFiles.sources, query: query,
      querySHA256: SHA256Digest(of: Array(query.utf8)).hex, parameters: [], columns: columns,
      rows: try ItemRows(
        tieOuts.map {
          [
            .text($0.id), .text($0.title), .text($0.left), .integer($0.leftValue), .text($0.right),
            .integer($0.rightValue), .integer($0.difference), .flag($0.holds),
          ]
        }), count: Int64(tieOuts.count))
    // Equations of nothing hold, and show nothing.
    let isEmpty = context.sources.isEmpty
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "equations",
      operating: isEmpty
        ? Conclusion(.inconclusive, "Unable to test: no archive with records of the period was read.") : nil,
      remedy: isEmpty ? "Read the period's archives, then report again." : nil)
  }
}
