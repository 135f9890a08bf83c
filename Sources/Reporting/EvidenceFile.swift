import AuditTrail
import Digests
import Evidence
import Sensitivity

/// A CSV file of the package, declared once: its path, what it holds, its columns and rows. A population's rows are read as
/// they are asked for.
struct EvidenceFile: Sendable {
  private enum Content {
    case rows([[Cell]])
    case items(TestResult)
  }

  /// The path inside the package.
  let path: String
  /// What its rows are, for the data dictionary and the index.
  let purpose: String
  let columns: [Column]
  /// How many rows it has.
  let count: Int
  private let content: Content

  init(_ path: String, _ purpose: String, _ columns: [Column], _ rows: [[Cell]]) {
    (self.path, self.purpose, self.columns) = (path, purpose, columns)
    (count, content) = (rows.count, .rows(rows))
  }

  init(_ path: String, _ purpose: String, _ table: Table) { self.init(path, purpose, table.columns, table.rows) }

  /// The items of a test as rows, each with what the test makes of it.
  init(itemsOf test: TestResult) {
    path = test.populationPath
    purpose = "\(test.population.id): \(test.population.title). The items of test \(test.id.rawValue), one a row."
    columns =
      test.population.columns
      + (test.outcomes.isEmpty
        ? []
        : [
          Column("result", .text, "What the test makes of the item: passed, exception or undecided."),
          Column("exceptions", .text, "The ids of the exceptions about it."),
        ])
    (count, content) = (test.population.rows.count, .items(test))
  }

  /// Calls `body` with each row, in order. Throws `input_output`, and what `body` throws.
  func forEach(_ body: ([Cell]) throws(AssayError) -> Void) throws(AssayError) {
    switch content {
    case .rows(let rows): for row in rows { try body(row) }
    case .items(let test):
      var redaction = Redaction(test.population.columns)
      var exceptions = ExceptionsByRow(test.exceptions)
      var place = 0
      try test.population.rows.forEach { (row) throws(AssayError) in
        var row = redaction.redacted(row)
        if !test.outcomes.isEmpty {
          row += [.text(test.outcomes[place].rawValue), .text(exceptions.ids(of: place))]
        }
        place += 1
        try body(row)
      }
    }
  }
}

/// The ids of the exceptions about each row, asked for in the rows' order.
private struct ExceptionsByRow {
  private var coming: [(run: Range<Int>, id: String)]
  private var current: [(run: Range<Int>, id: String)] = []

  init(_ exceptions: [ExceptionNoted]) {
    // The next one is the last, which is cheap to take.
    coming = exceptions.flatMap { exception in exception.rows.runs.map { (run: $0, id: exception.id) } }
      .sorted { $0.run.lowerBound > $1.run.lowerBound }
  }

  /// The ids, sorted, with blanks between; `nil` where there are none.
  mutating func ids(of row: Int) -> String? {
    if !current.isEmpty { current.removeAll { $0.run.upperBound <= row } }
    while let next = coming.last, next.run.lowerBound <= row {
      coming.removeLast()
      current.append(next)
    }
    return current.isEmpty ? nil : current.map(\.id).sorted().joined(separator: " ")
  }
}

extension EvidenceModel {
  /// Every CSV file of the package, in order of path.
  func evidenceFiles() -> [EvidenceFile] {
    var files = [
      controlMatrixFile(), frameworksFile(), exceptionsFile(), coverageHoursFile(), coverageGapsFile(), dailyFile(),
      metricsFile(), tieOutFile(), verdictsFile(), fatesFile(), confusionFile(),
      inconclusiveFile(), decisionsFile(),
      inputDigestsFile(), sideFilesFile(), policiesFile(), connectionsFile(), straddlingFile(), shadowsFile(),
      findingsFile(), validationFile(),
      resultsFile(),
      responsesFile(),
    ]
    for test in tests {
      files.append(EvidenceFile(itemsOf: test))
      files += test.attributeFiles()
    }
    return files.sorted { $0.path < $1.path }
  }
}

/// The path of a test's population inside the package.
func populationPath(_ test: TestID) -> String { "populations/\(test.rawValue).csv" }

extension TestResult {
  /// The path of its population inside the package.
  var populationPath: String { Reporting.populationPath(id) }

  /// The path of its page inside the package.
  var pagePath: String { "tests/\(id.rawValue).md" }

  func attributeFiles() -> [EvidenceFile] {
    tables.map { table in
      EvidenceFile(
        "attributes/\(id.rawValue)-\(fileName(table.name)).csv", "\(table.title), of test \(id.rawValue).",
        table.columns, redacted(table.rows, table.columns))
    }
  }
}

/// Whether a name can be a folder's or a file's as it is, so that no two names share one.
public func isFolderName(_ name: String) -> Bool { !name.isEmpty && fileName(name).utf8.elementsEqual(name.utf8) }

/// `name` with nothing in it that means anything in a path.
func fileName(_ name: String) -> String {
  let kept = name.unicodeScalars.map { scalar -> Character in
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": Character(scalar)
    default: "-"
    }
  }
  let text = String(kept)
  return text.allSatisfy { $0 == "." } ? "unnamed" : text
}

/// Columns that hold text of statements; no literal may be in one.
private let statementColumns: Set<String> = ["sql", "shape", "statement", "text", "command"]
/// Columns that hold paths.
private let pathColumns: Set<String> = ["path", "archive", "source_path", "file"]

/// Takes literals out of statements and machines out of paths.
struct Redaction {
  private let isStatement: [Bool]
  private let isPath: [Bool]
  private let isNeeded: Bool
  /// Most statements of a population are of a few shapes.
  private var known: [ExactText: Cell] = [:]

  /// A redaction of rows with these columns.
  init(_ columns: [Column]) {
    isStatement = columns.map { statementColumns.contains($0.name) }
    isPath = columns.map { pathColumns.contains($0.name) }
    isNeeded = isStatement.contains(true) || isPath.contains(true)
  }

  /// The row as a package may show it.
  mutating func redacted(_ row: [Cell]) -> [Cell] {
    guard isNeeded else { return row }
    var row = row
    for column in row.indices {
      guard isStatement.indices.contains(column), isStatement[column] || isPath[column],
        case .text(let text) = row[column]
      else { continue }
      let key = ExactText(text)
      if let cell = known[key] {
        row[column] = cell
        continue
      }
      let cell = Cell.text(isStatement[column] ? redactingLiterals(in: text) : portable(text))
      if known.count < 4096 { known[key] = cell }
      row[column] = cell
    }
    return row
  }
}

/// `rows` with literals taken out of statements and machines out of paths.
func redacted(_ rows: [[Cell]], _ columns: [Column]) -> [[Cell]] {
  var redaction = Redaction(columns)
  return rows.map { redaction.redacted($0) }
}
