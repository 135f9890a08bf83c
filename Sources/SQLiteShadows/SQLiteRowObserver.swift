import AuditTrail
import Replay
import SQLite
import Sensitivity

/// Takes the rows of one statement as the client got them: masked columns left out, masked content removed.
struct SQLiteRowObserver {
  private(set) var result = ObservedRows()
  private let hidden: Set<Int>
  /// Result columns that show a sensitive column unchanged, with its position.
  private let own: [Int: Int]
  private let detectors: [Detector]
  private let values: [(column: Int, index: VerbatimIndex)]
  private let canaries: [(column: Int, index: CanaryIndex)]

  /// An observer of a prepared statement whose recorded mask is `masked`.
  init(
    _ statement: borrowing SQLiteStatement, masked: [String], columns: SQLiteSensitiveColumns,
    values: [(column: Int, index: VerbatimIndex)], canaries: [(column: Int, index: CanaryIndex)]
  ) {
    var hidden: Set<Int> = []
    var own: [Int: Int] = [:]
    let masks = RecordedMasks(masked, key: SQLiteSensitiveColumns.key)
    for column in 0..<statement.columnCount {
      guard let origin = statement.columnOrigin(column) else { continue }
      let key = "\(origin.table).\(origin.column)".lowercased()
      if masks.hides(key) {
        hidden.insert(column)
        if let position = columns.position(of: key) { result.hidden.insert(position) }
      } else if let position = columns.position(of: key) {
        result.origins.insert(position)
        own[column] = position
      }
    }
    self.hidden = hidden
    self.own = own
    detectors = masks.detectors
    self.values = values
    self.canaries = canaries
    result.begin(columns: statement.columnCount)
  }

  /// Takes the row that the statement stands on.
  mutating func take(_ statement: borrowing SQLiteStatement) {
    var cells = ObservedCells()
    for column in 0..<statement.columnCount where !hidden.contains(column) {
      var hash = RowHash.basis
      if !statement.isNull(column) {
        let bytes = statement.bytes(column).withoutFindings(of: detectors)
        hash = RowHash.hash(bytes, into: hash &+ 1)
        look(bytes, own: own[column])
      }
      cells.add(hash, at: column, isOwn: own[column] != nil, to: &result)
    }
    cells.finish(&result)
  }

  /// Takes the text of an error.
  mutating func take(text: String) {
    let bytes = Array(text.utf8).withoutFindings(of: detectors)
    look(bytes)
    result.add(text: bytes)
  }

  /// - Parameter own: the sensitive column that the cell is one of.
  private mutating func look(_ bytes: [UInt8], own: Int? = nil) {
    for (position, index) in values { result.look(for: index, of: position, in: bytes, isOwn: own == position) }
    for (position, index) in canaries where result.forms[position] != .encoded {
      if let form = index.form(in: bytes) { result.forms[position] = form }
    }
  }
}
