public import AuditTrail

/// What of a statement's sensitive columns reaches the client behind some masks.
public struct ShownColumns: Sendable, Hashable {
  /// The columns that reach it.
  public var columns: Set<String>
  /// Whether more may, or fewer: a mask by content was or would be applied, and no run of the replay says what it hides.
  public var isUnknown: Bool
}

/// The masks of a decision that name columns, by `*` too.
package struct ColumnMasks: Sendable {
  private let patterns: [ColumnPattern]

  /// The masks but for those by content.
  package init(_ masks: [String]) {
    patterns = masks.compactMap { $0.hasPrefix("detector:") ? nil : ColumnPattern(lowercasedASCII($0)) }
  }

  /// Whether one of them names the column, as effects spell it.
  package func hide(_ column: String) -> Bool {
    patterns.contains { $0.matches(effectName: column, isColumn: true) }
  }
}

extension Effect {
  /// What would reach the client had other masks been applied than the recorded ones, by what the replay saw.
  ///
  /// A mask of `table.column` hides the result columns that show that column, as proxies apply it. What reaches the client in
  /// another way as well, in a sum, a row as JSON, a notice, no such mask stops. What the recorded mask hid is shown again
  /// where it is not masked.
  public func shown(behind masks: [String], recorded: Decision) -> ShownColumns {
    let hidden = ColumnMasks(masks)
    var columns = Set(leak >= .derived ? leakedColumns : []).filter {
      !hidden.hide($0) || unmaskableColumns.contains($0)
    }
    // An empty answer had nothing to hide.
    if rowsReturned > 0 { columns.formUnion(maskedColumns.filter { !hidden.hide($0) }) }
    let applied = recorded.action == .mask ? recorded.masked : []
    let isUnnamed = recorded.action == .mask && applied.isEmpty
    let lifted = applied.contains { $0.hasPrefix("detector:") && !masks.contains($0) }
    let added = masks.contains { $0.hasPrefix("detector:") && !applied.contains($0) } && !columns.isEmpty
    return ShownColumns(columns: columns, isUnknown: isUnnamed || lifted || added)
  }

  /// Whether the disclosure of some columns, as many rows or values as the replay saw, is harm.
  public func disclosesHarmfully(_ columns: Set<String>, harm: Harm) -> Bool {
    guard !columns.isEmpty else { return false }
    var effect = self
    (effect.leak, effect.leakedColumns) = (max(leak, .derived), columns.sorted())
    return assess(effect, harm: harm).discloses
  }
}
