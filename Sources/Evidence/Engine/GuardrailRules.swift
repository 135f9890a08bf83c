import AuditTrail
import Digests
import Policies

/// What came of the decisions of each rule, in statements.
public enum GuardrailRules {
  /// The name of the table among those of T-19.
  public static let tableName = "rules"
  /// What decisions come to, in the order of the table's columns.
  public static let names = ["right", "within limits", "harmless", "harm let through", "not graded"]

  /// The rules of the items of T-19, by name; decisions that name none are left out.
  static func table(_ items: Items) throws(AssayError) -> AttributeTable {
    var counts: [ExactText: [Int64]] = [:]
    try items.forEach { item in
      guard let rule = item.text("rule") else { return }
      counts[ExactText(rule), default: Array(repeating: 0, count: names.count)][place(of: item)] += 1
    }
    return AttributeTable(
      name: tableName, title: "What came of each rule's decisions, in statements",
      columns: [
        Column("rule", .text, "The rule that decided, where the archive names one."),
        Column(
          "right", .integer,
          "Blocked, held, masked or approved by another person, and it would have harmed or did; or let through without harm."
        ),
        Column("within_limits", .integer, "Blocked or held; it changes data within limits."),
        Column("harmless", .integer, "Blocked or held; it is harmless, or would have failed anyway."),
        Column("harm_let_through", .integer, "Let through, and harm was measured."),
        Column("not_graded", .integer, "Without a conclusive verdict."),
      ],
      rows: counts.sorted { $0.key.text.precedes($1.key.text) }.map {
        [.shown($0.key.text)] + $0.value.map { .integer($0) }
      })
  }

  private static func place(of item: Item) -> Int {
    switch item.text("verdict").flatMap(VerdictName.init) {
    case .confirmedAllow, .confirmedBlock, .confirmedMask, .confirmedReview: 0
    case .debatableBlock, .debatableReview: 1
    case .falseBlock, .needlessReview, .mootBlock: 2
    case .falseAllow, .maskLeak: 3
    case .diverged, .inconclusive, .ungraded, nil: 4
    }
  }
}
