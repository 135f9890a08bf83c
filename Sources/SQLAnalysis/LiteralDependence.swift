/// Which predicates fold to the same whatever the values in them: facts of a text that has no other are those of every
/// text of its shape. Where it cannot be told, they depend on values.
extension Tree {
  /// Whether folding the expression in a wrapper comes to the same whatever its numbers and strings are.
  func foldsAlikeWhateverItsValues(_ node: Int) -> Bool {
    guard let inner = unwrapped(node) else { return true }
    switch key(inner) {
    case .BoolExpr:
      // `a = 1 OR a <> 1` is true, `a = 1 OR a <> 2` is not: arms are compared.
      guard !text(inner, .boolop, is: "OR_EXPR") || !holdsValue(inner) else { return false }
      guard let arms = member(inner, .args) else { return true }
      var arm = arms + 1
      while arm < end(arms) {
        if !foldsAlikeWhateverItsValues(arm) { return false }
        arm = end(arm)
      }
      return true
    case .A_Expr:
      return comparesColumn(inner) || !holdsValue(inner)
    default: return !holdsValue(inner)
    }
  }

  private static let comparisons = ["=", "<>", "<", ">", "<=", ">="]

  /// `column = …`, `column IN (…)`, `column BETWEEN …`: unknown, since the column is.
  private func comparesColumn(_ node: Int) -> Bool {
    guard let left = member(node, .lexpr), unwrapped(left, as: .ColumnRef) != nil else { return false }
    guard let kind = member(node, .kind) else { return false }
    if text(kind, is: "AEXPR_OP") {
      guard let name = member(node, .name).flatMap({ lastNamePlace($0) }) else { return false }
      return Self.comparisons.contains { text(name, is: $0) }
    }
    return text(kind, is: "AEXPR_IN") || text(kind, is: "AEXPR_BETWEEN") || text(kind, is: "AEXPR_NOT_BETWEEN")
  }

  /// Whether a number or string is in the subtree.
  private func holdsValue(_ node: Int) -> Bool {
    var index = node
    while index < Int(nodes[node].end) {
      if nodes[index].key == .A_Const {
        // TRUE, FALSE and NULL are words of the shape.
        guard member(index, .boolval) != nil || flag(index, .isnull) else { return true }
      }
      index += 1
    }
    return false
  }
}
