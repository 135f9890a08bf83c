import AuditTrail
package import Ledger
import Sensitivity

/// Takes what a client sees of a statement: masked columns left out, masked content removed.
///
/// A driver says where its result columns come from and hands over cells and texts; what is looked for in them is the same
/// for every database.
package struct OutputObserver {
  package private(set) var result = ObservedRows()
  private let masks: RecordedMasks
  private let values: [(column: Int, index: VerbatimIndex)]
  /// The same for notices and errors, which may show what no output expression reads.
  private let texts: [(column: Int, index: VerbatimIndex)]
  private let canaries: [(column: Int, index: CanaryIndex)]
  /// What the client sent: its text and the parameters.
  private let sent: [[UInt8]]
  private var hidden: Set<Int> = []
  /// Result columns that show a sensitive column unchanged, with its position.
  private var own: [Int: Int] = [:]

  /// An observer of a statement with its recorded mask, which looks for values of sensitive columns, and for some of them
  /// in other forms; `key` gives a column's name as the engine compares it.
  package init(
    _ statement: StatementEntry, key: (String) -> String, values: [(column: Int, index: VerbatimIndex)],
    texts: [(column: Int, index: VerbatimIndex)] = [], canaries: [(column: Int, index: CanaryIndex)]
  ) {
    masks = RecordedMasks(statement.decision.action == .block ? [] : statement.decision.masked, key: key)
    (self.values, self.texts, self.canaries) = (values, texts.isEmpty ? values : texts, canaries)
    sent = ([statement.sql] + (statement.parameters ?? []).compactMap(\.value)).map { Array($0.utf8) }
  }

  /// Expects rows of so many result columns.
  package mutating func expect(columns count: Int) { result.begin(columns: count) }

  /// Takes the name of a result column, unless the statement holds it: code may have made it of a value.
  package mutating func observe(name: String) {
    let bytes = Array(name.utf8)
    if sent[0].holds(bytes[...]) { return }
    result.names.append(ObservedText(bytes, verbatim: search(bytes, own: nil, texts)))
  }

  /// Notes that a result column shows a table's column, `table.column` in lower case, unchanged; `sensitive` is its position
  /// where it is one.
  package mutating func expect(_ key: String, at column: Int, sensitive position: Int?) {
    if masks.hides(key) {
      hidden.insert(column)
      if let position { result.hidden.insert(position) }
    } else if let position {
      result.origins.insert(position)
      own[column] = position
    }
  }

  /// Takes a row of so many cells, read one after another; `nil` is NULL.
  package mutating func observe(columns count: Int, cell: (Int) -> [UInt8]?) {
    var (row, bare) = (RowHash.basis, RowHash.basis)
    for column in 0..<count where !hidden.contains(column) {
      var hash = RowHash.basis
      let position = own[column]
      if let value = cell(column) {
        let bytes = value.withoutFindings(of: masks.detectors)
        hash = RowHash.hash(compared(bytes), into: hash &+ 1)
        search(bytes, own: position, values)
      }
      row = RowHash.mix(row, hash)
      result.seen.add(cell: hash, in: column)
      guard position == nil else { continue }
      bare = RowHash.mix(bare, hash)
      result.bare.add(cell: hash, in: column)
    }
    result.seen.add(row: row)
    result.bare.add(row: bare)
  }

  /// Whether it is a plan: what that estimates depends on how many pages earlier sessions left a table, and what it measures on
  /// the machine.
  package var showsPlan = false

  /// The number of the connection, where the statement may ask for it: another run has another one.
  package var connection: [UInt8] = []

  /// A text as it is compared with that of another run.
  private func compared(_ bytes: [UInt8]) -> [UInt8] {
    let bytes = showsPlan ? bytes.withoutEstimates : bytes
    return connection.isEmpty ? bytes : bytes.replacing(connection, with: [])
  }

  /// Takes a line of a copy, which names no columns: only a detector masks it.
  package mutating func observe(line: [UInt8]) {
    let bytes = line.withoutFindings(of: masks.detectors)
    search(bytes, own: nil, values)
    let row = RowHash.hash(compared(bytes), into: RowHash.basis)
    result.seen.add(row: row)
    result.bare.add(row: row)
  }

  /// Takes a text of a notice or an error.
  package mutating func observe(text: String) {
    let bytes = Array(text.utf8).withoutFindings(of: masks.detectors)
    let verbatim = search(bytes, own: nil, texts)
    result.texts.append(ObservedText(compared(bytes), verbatim: verbatim))
  }

  /// Notes the error that the statement ended with.
  package mutating func end(failure code: String) { result.seen.failure = code }

  /// Looks for values in a cell or a text; gives the columns of which one stands there verbatim.
  @discardableResult
  private mutating func search(
    _ bytes: [UInt8], own: Int?, _ values: [(column: Int, index: VerbatimIndex)]
  ) -> Set<Int> {
    var verbatim: Set<Int> = []
    for (position, index) in values {
      if result.look(for: index, of: position, in: bytes, isOwn: own == position, besides: sent) {
        verbatim.insert(position)
      }
    }
    for (position, index) in canaries where result.forms[position] != .encoded {
      if let form = index.form(in: bytes) { result.forms[position] = form }
    }
    return verbatim
  }
}

extension [UInt8] {
  /// A plan without its costs, sizes and times, in any of PostgreSQL's formats. Source: PostgreSQL 15, EXPLAIN.
  fileprivate var withoutEstimates: [UInt8] {
    let text = String(decoding: self, as: UTF8.self)
      .replacing(#/\((?:cost|actual)[^)]*\)/#, with: "")
      .replacing(#/(Cost|Rows|Width|Loops|Time|Memory|Usage|Buckets|Batches)([^0-9\n]{0,12})[0-9.]+/#) {
        "\($0.1)\($0.2)"
      }
    return Array(text.utf8)
  }
}
