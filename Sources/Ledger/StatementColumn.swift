/// The whole-number columns of `statements`, in the order in which a row lists them.
enum StatementColumn: Int, CaseIterable {
  case id, session, sequence, time, text, decision, context, outcome, hasResult, rows, rowsKind, duration, error, unit
  case unitPosition, completeness, archive, entry

  /// What stands for NULL in a row of numbers: no column holds it, and a row of optional numbers would be twice as large.
  static let null = Int64.min

  /// Its name in the table.
  var name: String {
    switch self {
    case .hasResult: "has_result"
    case .rowsKind: "rows_kind"
    case .unitPosition: "unit_position"
    case .id, .session, .sequence, .time, .text, .decision, .context, .outcome, .rows, .duration, .error, .unit,
      .completeness, .archive, .entry:
      "\(self)"
    }
  }

  /// All names, as a list of a query.
  static let names = allCases.map(\.name)
}
