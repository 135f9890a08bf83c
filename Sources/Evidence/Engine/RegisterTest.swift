import AuditTrail
import JSONReader
import Ledger

/// A test whose items are the rows of a side file, each with what the ledger says of it.
protocol RegisterTest: EvidenceTest {
  /// The name of the file.
  static var register: String { get }
  /// The population's query: `?3` holds the file's rows, in whose order the items are; `?4` persons, where it asks for them.
  /// Columns of the file keep their names, but for those that are ``renamed``.
  static var query: PopulationQuery { get }
  /// Columns of the file with their names in the population, where what a test makes of an item has the name.
  static var renamed: [String: String] { get }
}

extension RegisterTest {
  static var sideFiles: [String] { [register] }
  static var renamed: [String: String] { [:] }
  static var drawnColumns: [Column]? { query.columns }

  /// Draws the items; none where the file was not given.
  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    guard let rows = context.plan.sideFiles.rows(register) else { return DrawnPopulation() }
    return try query.draw(ledger, context.bounds + [.text(rows.json)])
  }

  /// The population, with the file among its sources and named in place of its rows.
  static func population(_ facts: EvidenceFacts, _ context: TestContext) -> Population {
    let files = facts.plan.sideFiles.references(register)
    return query.population(
      facts[description.id], context.bounds + [SideFiles.shown(files)], sources: context.sources + files)
  }

  /// The result. A file with no rows passes where its sidecar says that there are none.
  static func result(
    _ context: TestContext, _ population: Population, _ tally: Tally, _ exceptions: ExceptionList, noun: String,
    operating: Conclusion? = nil, metrics: [Metric] = [], tables: [AttributeTable] = [], limitations: [String] = [],
    remedy: String? = nil
  ) -> TestResult {
    var operating = missing(context) ?? operating
    if operating == nil, population.count == 0 {
      let isExplained = context.plan.sideFiles.extractions.contains {
        $0.name == register && $0.sidecarSHA256 != nil && $0.rows == 0
      }
      operating =
        isExplained
        ? Conclusion(.pass, "No exceptions noted; vacuous: the file holds 0 \(noun), as its sidecar says.")
        : Conclusion(
          .inconclusive, "Unable to test: the file holds 0 \(noun), and no sidecar says that there are none.")
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: noun, operating: operating,
      metrics: metrics, tables: tables, limitations: limitations,
      remedy: remedyForMissing(context) ?? remedy
        ?? "Extract the file again with what it lacks, and write its sidecar (`FILE.meta.yaml`).")
  }
}

extension EvidenceTest {
  /// Why it cannot be decided: a side file is missing; `nil` where none is.
  static func missing(_ context: TestContext) -> Conclusion? {
    let names = sideFiles.filter { !context.plan.sideFiles.holds($0) }
    return names.isEmpty
      ? nil : Conclusion(.inconclusive, "Unable to test: no side file \(names.joined(separator: ", ")) was given.")
  }

  /// What would make it testable; `nil` where all side files were given.
  static func remedyForMissing(_ context: TestContext) -> String? {
    let names = sideFiles.filter { !context.plan.sideFiles.holds($0) }
    guard !names.isEmpty else { return nil }
    let entries = names.map { "\($0): …" }.joined(separator: ", ")
    return
      "Give what is missing (`side_files: { \(entries) }` in assay.yaml); `assay init --side-files` writes templates."
  }
}

extension SideFiles {
  /// The file of that name as a source; empty where it was not given.
  func references(_ name: String) -> [SourceReference] {
    extractions.filter { $0.name == name }.map { SourceReference(path: $0.path, kind: "side file", sha256: $0.sha256) }
  }

  /// How a page shows a file whose rows are a parameter of a query.
  static func shown(_ files: [SourceReference]) -> Cell {
    .text(files.first.map { "the rows of \($0.path), SHA-256 \($0.sha256)" } ?? "not given")
  }
}

extension [SideRow] {
  /// The rows for a query, as a JSON list of objects by column: times in nanoseconds since 1970, days since then, flags as 0 or 1.
  /// A moment is there as it was written, and as `NAME_time` where it is a time.
  var json: String {
    var json = JSONWriter()
    json.beginArray()
    for row in self {
      json.beginObject()
      for column in row.file.columns {
        json.key(column.name)
        switch column.kind {
        case .text, .choice: json.string(row.text(column.name))
        case .day: json.integer(row.day(column.name).map { Int64($0.daysSinceEpoch) })
        case .time: json.integer(row.time(column.name)?.nanoseconds)
        case .count: json.integer(row.count(column.name))
        case .flag: json.integer(row.flag(column.name) ? 1 : 0)
        case .moment:
          json.string(row.text(column.name))
          json.key("\(column.name)_time")
          json.integer(row.time(column.name)?.nanoseconds)
        }
      }
      json.endObject()
    }
    json.endArray()
    return json.text
  }
}

extension SideRow {
  /// The cell of a column as a population shows it.
  func shown(_ column: SideColumn) -> Cell {
    switch column.kind {
    case .text, .choice, .moment: .shown(text(column.name))
    case .day: day(column.name).map(Cell.date) ?? .empty
    case .time: time(column.name).map(Cell.time) ?? .empty
    case .count: count(column.name).map(Cell.integer) ?? .empty
    case .flag: .flag(flag(column.name))
    }
  }
}

extension FactsAgree {
  /// Holds what populations show of side files against the files' rows.
  mutating func holdRegisters() throws(AssayError) {
    for test in evidenceTests {
      guard let drawn = test as? any RegisterTest.Type, let kind = SideFile.named(drawn.register) else { continue }
      let id = test.description.id
      let rows = facts.plan.sideFiles.rows(drawn.register) ?? []
      hold("populations/\(id.rawValue).csv: items", Int64(facts[id].rows.count), Int64(rows.count))
      try items(id).forEach { item in
        guard item.row < rows.count else { return }
        for column in kind.columns {
          let name = drawn.renamed[column.name] ?? column.name
          guard item.names.contains(name) else { continue }
          hold(
            "populations/\(id.rawValue).csv: line \(item.row + 2): \(name)", item.cell(name),
            is: rows[item.row].shown(column))
        }
      }
    }
  }
}
