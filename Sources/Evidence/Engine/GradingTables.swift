import AuditTrail
import Policies

extension Grading {
  /// Verdicts with their counts and phrases.
  var verdictTable: AttributeTable {
    AttributeTable(
      name: "verdicts", title: "Verdicts",
      columns: [
        Column("verdict", .text, "The verdict."), Column("phrase", .text, "What it means."),
        Column("statements", .integer, "Statements."), Column("units", .integer, "Units: a script counts once."),
      ],
      rows: verdicts.map {
        [.text($0.verdict.rawValue), .text($0.verdict.phrase), .integer($0.statements), .integer($0.units)]
      })
  }

  /// Harmful units by what became of them.
  public var fateTable: AttributeTable {
    let fates = units.all.fates
    return AttributeTable(
      name: "fates", title: "What became of harmful units",
      columns: [
        Column("fate", .text, "What became of the unit."), Column("phrase", .text, "What it means."),
      ] + HarmKind.allCases.map { Column($0.rawValue, .integer, $0.meaning) },
      rows: Fate.allCases.map { fate in
        [.text(fate.rawValue), .text(fate.phrase)]
          + HarmKind.allCases.map { .integer(Int64(fates[$0]?[fate] ?? 0)) }
      })
  }

  /// The rows of ``fateTable`` that hold something.
  public var shownFates: [[Cell]] { fateTable.rows.filter { $0.dropFirst(2).contains { $0 != .integer(0) } } }

  /// The two matrices, each for what was evaluated and for all decided units.
  public var matrixTable: AttributeTable {
    AttributeTable(
      name: "confusion_matrix", title: "Actions and disclosure held against decisions, in units",
      columns: [
        Column("matrix", .text, "actions (destroys, escalates or escapes) or disclosure."),
        Column("population", .text, "evaluated (the archive shows that a rule was evaluated) or all decided units."),
        Column("caught", .integer, "Harmful: blocked, held, masked, or approved by another person."),
        Column("missed", .integer, "Harmful, and none of these."),
        Column(
          "others_held_back", .integer,
          "Not harmful, and blocked or sent for approval, whatever came of that (within limits, harmless, or failing anyway); for disclosure, masked."
        ),
        Column(
          "let_through", .integer,
          "All other units with a conclusive verdict; for disclosure, those blocked or held among them."),
      ],
      rows: [("evaluated", units.evaluated), ("all", units.all)].flatMap { name, matrix -> [[Cell]] in
        let disclosure = matrix.disclosure
        return [
          [
            .text("actions"), .text(name), .integer(Int64(matrix.truePositives)),
            .integer(Int64(matrix.falseNegatives)), .integer(Int64(matrix.falsePositives)),
            .integer(Int64(matrix.trueNegatives)),
          ],
          [
            .text("disclosure"), .text(name), .integer(Int64(disclosure.truePositives)),
            .integer(Int64(disclosure.falseNegatives)), .integer(Int64(disclosure.falsePositives)),
            .integer(Int64(disclosure.trueNegatives)),
          ],
        ]
      })
  }

  /// What each decision came to, in units.
  public var effectTable: AttributeTable {
    AttributeTable(
      name: "decisions", title: "What each decision came to, in units",
      columns: [
        Column("decision", .text, "What the proxy did."),
        Column("harmful", .integer, "Units whose effect, kept and unmasked, reaches harm."),
        Column("within_limits", .integer, "Units that change data within limits."),
        Column("harmless", .integer, "Units that do neither."),
        Column("would_have_failed", .integer, "Units that would have failed anyway."),
        Column("open", .integer, "Units without a conclusive verdict."),
      ],
      rows: effects.map {
        [
          .text($0.action.rawValue), .integer($0.harmful), .integer($0.withinLimits), .integer($0.harmless),
          .integer($0.wouldHaveFailed), .integer($0.open),
        ]
      })
  }

  /// How much of each part of the traffic was graded.
  public var gradedTable: AttributeTable {
    AttributeTable(
      name: "graded", title: "How much of each part has a conclusive verdict, in statements",
      columns: [
        Column("part", .text, "A connection, all writes, or all changes of schema and rights."),
        Column("statements", .integer, "Decided statements."),
        Column("graded", .integer, "Those with a conclusive verdict."),
        Column("percent", .text, "Their share, per cent, cut to 2 decimals."),
      ],
      rows: graded.map {
        [
          .text($0.part), .integer($0.share.denominator), .integer($0.share.numerator),
          .text($0.share.percent(decimals: 2) ?? ""),
        ]
      })
  }
}

extension HarmKind {
  /// What it means.
  var meaning: String {
    switch self {
    case .escapes: "It tried to leave the database."
    case .escalates: "It gained rights."
    case .destroys: "Rows or objects are gone."
    case .discloses: "Sensitive data reached the client, or would have without its mask."
    }
  }
}
