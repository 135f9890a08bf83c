import AuditTrail
import Replay
import SQLite
import Sensitivity

/// Takes the rows of one statement as the client got them: masked columns left out, masked content removed.
struct SQLiteRowObserver {
  private(set) var result = ObservedRows()
  private let hidden: Set<Int>
  private let detectors: [Detector]
  private let values: [(column: Int, index: VerbatimIndex)]
  private let canaries: [(column: Int, index: CanaryIndex)]

  /// An observer of a prepared statement whose recorded mask is `masked`.
  ///
  /// A mask of `table.column` hides result columns of that origin, as proxies resolve it; one of `detector:NAME` removes
  /// what the detector finds.
  init(
    _ statement: borrowing SQLiteStatement, masked: [String], columns: SQLiteSensitiveColumns,
    values: [(column: Int, index: VerbatimIndex)], canaries: [(column: Int, index: CanaryIndex)]
  ) {
    var hidden: Set<Int> = []
    let masks = Set(masked.map(SQLiteSensitiveColumns.key))
    for column in 0..<statement.columnCount {
      guard let origin = statement.columnOrigin(column) else { continue }
      let key = "\(origin.table).\(origin.column)".lowercased()
      if masks.contains(key) {
        hidden.insert(column)
        if let position = columns.position(of: key) { result.hidden.insert(position) }
      } else if let position = columns.position(of: key) {
        result.origins.insert(position)
      }
    }
    self.hidden = hidden
    detectors = masked.compactMap { $0.hasPrefix("detector:") ? Detector(name: String($0.dropFirst(9))) : nil }
    self.values = values
    self.canaries = canaries
    result.seen.columns = Array(repeating: RowHash.basis, count: statement.columnCount)
  }

  /// Takes the row that the statement stands on.
  mutating func take(_ statement: borrowing SQLiteStatement) {
    var row = RowHash.basis
    for column in 0..<statement.columnCount where !hidden.contains(column) {
      var hash = RowHash.basis
      if !statement.isNull(column) {
        let bytes = statement.bytes(column).withoutFindings(of: detectors)
        hash = RowHash.hash(bytes, into: hash &+ 1)
        for (position, index) in values where !result.verbatim.contains(position) {
          if index.occurs(in: bytes) { result.verbatim.insert(position) }
        }
        for (position, index) in canaries where result.forms[position] != .encoded {
          if let form = index.form(in: bytes) { result.forms[position] = form }
        }
      }
      row = RowHash.mix(row, hash)
      result.seen.add(cell: hash, in: column)
    }
    result.seen.add(row: row)
  }
}
