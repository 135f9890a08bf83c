import AuditTrail
import Ledger
import Postgres
import Replay
import Sensitivity

/// Takes what a client sees of a statement: rows, lines of a copy, notices and errors; masked columns left out, masked
/// content removed.
struct PostgresRowObserver {
  private(set) var result = ObservedRows()
  private let masks: Set<String>
  private let detectors: [Detector]
  private let world: PostgresWorld
  private let columns: [Int]
  private let canaries: [(column: Int, index: CanaryIndex)]
  private var hidden: Set<Int> = []
  private var hasShape = false
  private var texts: UInt64 = RowHash.basis

  /// An observer of a statement with its recorded mask.
  ///
  /// A mask of `table.column` hides result columns of that origin, also through views, as proxies resolve it; one of
  /// `detector:NAME` removes what the detector finds.
  ///
  /// - Parameter searched: the sensitive columns whose values are looked for in other forms.
  init(_ statement: StatementEntry, _ world: PostgresWorld, _ state: PostgresState, searched: [Int] = []) {
    let masked = statement.decision.action == .block ? [] : statement.decision.masked
    masks = Set(masked.map(world.maskKey))
    detectors = masked.compactMap { $0.hasPrefix("detector:") ? Detector(name: String($0.dropFirst(9))) : nil }
    self.world = world
    columns = world.sensitiveCandidates(statement, state).sorted()
    canaries = searched.map { ($0, world.canaries(of: $0)) }
  }

  /// Takes the rows of an answer.
  mutating func take(_ answer: borrowing PostgresResult) {
    if !hasShape { readShape(answer) }
    for row in 0..<answer.rowCount {
      var hash = RowHash.basis
      for column in 0..<answer.columnCount where !hidden.contains(column) {
        var cell = RowHash.basis
        if !answer.isNull(row, column) {
          let bytes = answer.bytes(row, column).withoutFindings(of: detectors)
          cell = RowHash.hash(bytes, into: cell &+ 1)
          look(bytes)
        }
        hash = RowHash.mix(hash, cell)
        result.seen.add(cell: cell, in: column)
      }
      result.seen.add(row: hash)
    }
  }

  /// Takes a line of a copy, which names no columns: only a detector masks it.
  mutating func take(line: [UInt8]) {
    let bytes = line.withoutFindings(of: detectors)
    look(bytes)
    result.seen.add(row: RowHash.hash(bytes, into: RowHash.basis))
  }

  /// Takes the text of a notice or an error.
  mutating func take(text: String) {
    let bytes = Array(text.utf8).withoutFindings(of: detectors)
    look(bytes)
    texts = RowHash.hash(bytes, into: texts)
    result.texts = texts
  }

  /// Notes the error that it ended with.
  mutating func fail(_ code: String) { result.seen.failure = code }

  private mutating func readShape(_ answer: borrowing PostgresResult) {
    hasShape = true
    result.seen.columns = Array(repeating: RowHash.basis, count: answer.columnCount)
    for column in 0..<answer.columnCount {
      let (table, number) = (answer.columnTable(column), answer.columnNumber(column))
      guard table != 0, let key = world.origin(table, number) else { continue }
      let position = world.sensitive.firstIndex { $0.key == key }
      if masks.contains(key) {
        hidden.insert(column)
        if let position { result.hidden.insert(position) }
      } else if let position {
        result.origins.insert(position)
      }
    }
  }

  private mutating func look(_ bytes: [UInt8]) {
    for position in columns where !result.verbatim.contains(position) {
      if world.values(of: position).occurs(in: bytes) { result.verbatim.insert(position) }
    }
    for (position, index) in canaries where result.forms[position] != .encoded {
      if let form = index.form(in: bytes) { result.forms[position] = form }
    }
  }
}
