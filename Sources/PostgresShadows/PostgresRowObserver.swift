import AuditTrail
import Ledger
import Postgres
import Replay
import Sensitivity

/// Takes what a client sees of a statement: rows, lines of a copy, notices and errors; masked columns left out, masked
/// content removed.
struct PostgresRowObserver {
  private(set) var result = ObservedRows()
  private let masks: RecordedMasks
  private let world: PostgresWorld
  private let columns: [Int]
  private let canaries: [(column: Int, index: CanaryIndex)]
  private var hidden: Set<Int> = []
  /// Result columns that show a sensitive column unchanged, with its position.
  private var own: [Int: Int] = [:]
  private var hasShape = false

  /// An observer of a statement with its recorded mask, which hides result columns also through views.
  ///
  /// - Parameter searched: the sensitive columns whose values are looked for in other forms.
  init(_ statement: StatementEntry, _ world: PostgresWorld, _ state: PostgresState, searched: [Int] = []) {
    masks = RecordedMasks(
      statement.decision.action == .block ? [] : statement.decision.masked, key: world.maskKey)
    self.world = world
    columns = world.sensitiveCandidates(statement, state).sorted()
    canaries = searched.map { ($0, world.canaries(of: $0)) }
  }

  /// Takes the rows of an answer.
  mutating func take(_ answer: borrowing PostgresResult) {
    if !hasShape { readShape(answer) }
    for row in 0..<answer.rowCount {
      var cells = ObservedCells()
      for column in 0..<answer.columnCount where !hidden.contains(column) {
        var cell = RowHash.basis
        if !answer.isNull(row, column) {
          let bytes = answer.bytes(row, column).withoutFindings(of: masks.detectors)
          cell = RowHash.hash(bytes, into: cell &+ 1)
          look(bytes, own: own[column])
        }
        cells.add(cell, at: column, isOwn: own[column] != nil, to: &result)
      }
      cells.finish(&result)
    }
  }

  /// Takes a line of a copy, which names no columns: only a detector masks it.
  mutating func take(line: [UInt8]) {
    let bytes = line.withoutFindings(of: masks.detectors)
    look(bytes)
    let row = RowHash.hash(bytes, into: RowHash.basis)
    result.seen.add(row: row)
    result.bare.add(row: row)
  }

  /// Takes the text of a notice or an error.
  mutating func take(text: String) {
    let bytes = Array(text.utf8).withoutFindings(of: masks.detectors)
    look(bytes)
    result.add(text: bytes)
  }

  /// Notes the error that it ended with.
  mutating func fail(_ code: String) { result.seen.failure = code }

  private mutating func readShape(_ answer: borrowing PostgresResult) {
    hasShape = true
    result.begin(columns: answer.columnCount)
    for column in 0..<answer.columnCount {
      let (table, number) = (answer.columnTable(column), answer.columnNumber(column))
      guard table != 0, let key = world.origin(table, number) else { continue }
      let position = world.sensitive.firstIndex { $0.key == key }
      if masks.hides(key) {
        hidden.insert(column)
        if let position { result.hidden.insert(position) }
      } else if let position {
        result.origins.insert(position)
        own[column] = position
      }
    }
  }

  /// - Parameter own: the sensitive column that the cell is one of.
  private mutating func look(_ bytes: [UInt8], own: Int? = nil) {
    for position in columns {
      result.look(for: world.values(of: position), of: position, in: bytes, isOwn: own == position)
    }
    for (position, index) in canaries where result.forms[position] != .encoded {
      if let form = index.form(in: bytes) { result.forms[position] = form }
    }
  }
}
