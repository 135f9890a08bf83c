import AuditTrail
import Digests
import Ledger

/// A population's definition: its query is evidence, so the text stays as it stands here.
struct PopulationQuery {
  let id: String
  let title: String
  let purpose: String
  let sql: String
  let columns: [Column]
  /// What the parameters mean, in order.
  let parameters: [String]
}

/// A drawn population's rows by column name.
struct Items {
  private let names: [String]
  let rows: ItemRows

  init(_ population: Population) { self.init(columns: population.columns, rows: population.rows) }

  init(columns: [Column], rows: ItemRows) {
    names = columns.map(\.name)
    self.rows = rows
  }

  /// Calls `body` with each row, in order. Throws `input_output`, and what `body` throws.
  func forEach(_ body: (Item) throws(AssayError) -> Void) throws(AssayError) {
    var place = 0
    try rows.forEach { (cells) throws(AssayError) in
      try body(Item(names: names, cells: cells, row: place))
      place += 1
    }
  }
}

/// One row of a population.
struct Item {
  /// The columns' names: few and short, so that looking through them is the fastest way to find one.
  let names: [String]
  let cells: [Cell]
  /// Its place in the population, from 0.
  let row: Int

  /// The value, whatever it is.
  func cell(_ column: String) -> Cell { names.firstIndex(of: column).map { cells[$0] } ?? .empty }

  /// The text; `nil` where there is none.
  func text(_ column: String) -> String? { if case .text(let text) = cell(column) { text } else { nil } }
  /// The text; `nil` where there is none or it is blank or a placeholder.
  func meaningful(_ column: String) -> String? { text(column).flatMap { isPlaceholder($0) ? nil : $0 } }
  /// The integer; `nil` where there is none.
  func integer(_ column: String) -> Int64? { if case .integer(let value) = cell(column) { value } else { nil } }
  /// The moment; `nil` where there is none.
  func time(_ column: String) -> Timestamp? { if case .time(let time) = cell(column) { time } else { nil } }
  /// The day; `nil` where there is none.
  func day(_ column: String) -> CivilDate? { if case .date(let day) = cell(column) { day } else { nil } }
  /// The flag; `false` where there is none.
  func flag(_ column: String) -> Bool { cell(column) == .flag(true) }

  /// Whether a statement waited for approval and nothing says that it ran. What a proxy let through was used, whether or not
  /// the archive holds its result.
  var mayNotHaveRun: Bool {
    text("outcome") == Outcome.unknown.rawValue && text("action") == Action.review.rawValue
  }

  /// The statement, as people write it.
  var statementKey: String { "\(text("session") ?? "")/\(integer("sequence") ?? 0)" }
  /// What was decided as one: the unit, or the statement by itself.
  var unitKey: String { text("unit").map { "\(text("session") ?? "") unit \($0)" } ?? statementKey }

  /// How grave the measured effect is; `nil` where nothing was measured.
  var severity: Severity? { integer("severity").flatMap { Severity(rawValue: Int($0)) } }

  /// Whether replay came to a conclusive verdict on the statement.
  var isGraded: Bool { text("verdict").flatMap(VerdictName.init)?.isConclusive ?? false }

  /// The statement or session the row is about, under a key.
  func reference(_ key: String) -> ItemReference {
    var reference = ItemReference(
      key: key, session: text("session"), sequence: integer("sequence"), user: text("user"),
      connection: text("connection"), archive: text("archive"), archiveSHA256: text("archive_sha256"),
      entry: integer("entry"), row: row)
    (reference.names, reference.cells) = (names, cells)
    return reference
  }
}

/// Whether a text says nothing: blank, or what programs write where they know nothing.
func isPlaceholder(_ text: String) -> Bool {
  var word: [UInt8] = []
  for byte in text.utf8 where byte > 0x20 {
    if byte >= 0x80 { return placeholders.contains(text.lowercased().filter { !$0.isWhitespace }) }
    // Most texts are longer than any of them, and are told by their first bytes.
    if word.count == longestPlaceholder { return false }
    word.append(byte | (byte >= 0x41 && byte <= 0x5A ? 0x20 : 0))
  }
  return placeholders.contains(String(decoding: word, as: UTF8.self))
}

private let placeholders: Set<String> = [
  "", "-", "?", "unknown", "(unknown)", "null", "none", "n/a", "anonymous",
]
private let longestPlaceholder = placeholders.map(\.utf8.count).max() ?? 0

extension PopulationQuery {
  /// Columns that hold paths.
  private static let pathColumns: Set<String> = ["archive"]

  /// Whether the last parameter is what ``PersonColumn`` asks for. Then the lists of side files follow the period's bounds.
  private var asksForPersons: Bool { parameters.last == PersonColumn.meaning }

  /// Draws the items. A package shows no machine's paths, and no file of it tells an empty text from none or holds a NUL:
  /// what a test judges is what the package shows.
  func draw(
    _ ledger: borrowing Ledger, _ arguments: [Cell], exclusions: [Exclusion] = []
  ) throws(AssayError) -> DrawnPopulation {
    var drawn = DrawnPopulation()
    if asksForPersons { drawn.parameters = [try PersonColumn.persons(ledger, Array(arguments.dropFirst(2)))] }
    let isPath = columns.map { Self.pathColumns.contains($0.name) }
    var rows = ItemRows.Writer()
    var cells: [Cell] = []
    cells.reserveCapacity(columns.count)
    try ledger.query(sql, arguments.map(\.ledgerValue) + drawn.parameters.map { .text($0) }) {
      (row) throws(AssayError) in
      cells.removeAll(keepingCapacity: true)
      for index in columns.indices {
        let cell = Cell(row[index], columns[index].type)
        if case .text(let text) = cell {
          cells.append(.shown(text, isPath: isPath[index]))
        } else {
          cells.append(cell)
        }
      }
      try rows.append(cells)
    }
    drawn.rows = try rows.finish()
    drawn.exclusions = exclusions.filter { $0.count > 0 }
    return drawn
  }

  /// The population of what was drawn.
  func population(_ drawn: DrawnPopulation, _ arguments: [Cell], sources: [SourceReference]) -> Population {
    let times = columns.firstIndex { $0.name == "time" }.flatMap { drawn.rows.times(inColumn: $0) }
    return Population(
      id: id, title: title, purpose: purpose, sources: sources, query: sql,
      querySHA256: SHA256Digest(of: Array(sql.utf8)).hex,
      parameters: zip(parameters, arguments + drawn.parameters.map { .text($0) }).enumerated().map { place, pair in
        QueryParameter(name: "?\(place + 1)", meaning: pair.0, value: pair.1)
      },
      columns: columns, rows: drawn.rows, count: Int64(drawn.rows.count), exclusions: drawn.exclusions,
      first: times?.lowerBound, last: times?.upperBound)
  }
}

extension Cell {
  /// A text as a package can show it.
  static func shown(_ text: String, isPath: Bool) -> Cell {
    if text.isEmpty { return .empty }
    guard text.utf8.contains(0) else { return .text(isPath ? portable(text) : text) }
    return .text(text.replacing("\u{0}", with: "\u{FFFD}"))
  }

  /// A ledger's value as a column of the type shows it.
  init(_ value: LedgerValue, _ type: CellType) {
    self =
      switch (value, type) {
      case (.null, _): .empty
      case (.integer(let value), .time): .time(Timestamp(nanoseconds: value))
      case (.integer(let value), .flag): .flag(value != 0)
      case (.integer(let value), .date): .date(CivilDate(daysSinceEpoch: Int(value)))
      case (.integer(let value), .text): .text(String(value))
      case (.integer(let value), _): .integer(value)
      case (.real(let value), _): .real(value)
      case (.text(let value), _): .text(value)
      case (.bytes(let value), _): .text(String(decoding: value, as: UTF8.self))
      }
  }

  /// The value as a query's parameter.
  var ledgerValue: LedgerValue {
    switch self {
    case .empty: .null
    case .integer(let value): .integer(value)
    case .real(let value): .real(value)
    case .text(let value): .text(value)
    case .time(let value): .integer(value.nanoseconds)
    case .flag(let value): .integer(value ? 1 : 0)
    case .date(let value): .integer(Int64(value.daysSinceEpoch))
    }
  }
}

extension Ledger {
  /// A query's single count; 0 where it gives none.
  borrowing func count(_ sql: String, _ arguments: [Cell]) throws(AssayError) -> Int64 {
    try rows(sql, arguments.map(\.ledgerValue)).first?.first?.integer ?? 0
  }
}
