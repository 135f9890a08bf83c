import AuditTrail
import Evidence
import Sensitivity

/// A CSV file of the package, declared once: its path, what it holds, its columns and rows.
struct EvidenceFile: Sendable {
  /// The path inside the package.
  let path: String
  /// What its rows are, for the data dictionary and the index.
  let purpose: String
  let table: Table

  init(_ path: String, _ purpose: String, _ columns: [Column], _ rows: [[Cell]]) {
    self.path = path
    self.purpose = purpose
    self.table = Table(columns, rows)
  }
}

extension EvidenceModel {
  /// Every CSV file of the package, in order of path.
  func evidenceFiles() -> [EvidenceFile] {
    var files = [
      controlMatrixFile(), frameworksFile(), exceptionsFile(), coverageHoursFile(), coverageGapsFile(), dailyFile(),
      metricsFile(), tieOutFile(), verdictsFile(), fatesFile(), confusionFile(),
      inconclusiveFile(), decisionsFile(),
      inputDigestsFile(), sideFilesFile(), policiesFile(), connectionsFile(), shadowsFile(), findingsFile(),
      resultsFile(),
      responsesFile(),
    ]
    for test in tests {
      files.append(test.populationFile())
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

  func populationFile() -> EvidenceFile {
    let purpose = "\(population.id): \(population.title). The items of test \(id.rawValue), one a row."
    var rows = redacted(population.rows, population.columns)
    guard !outcomes.isEmpty else { return EvidenceFile(populationPath, purpose, population.columns, rows) }
    var noted: [Int: [String]] = [:]
    for exception in exceptions {
      for row in exception.rows { noted[row, default: []].append(exception.id) }
    }
    for place in rows.indices {
      let ids = noted[place].map { $0.sorted().joined(separator: " ") }
      rows[place] += [.text(outcomes[place].rawValue), .text(ids)]
    }
    return EvidenceFile(
      populationPath, purpose,
      population.columns + [
        Column("result", .text, "What the test makes of the item: passed, exception or undecided."),
        Column("exceptions", .text, "The ids of the exceptions about it."),
      ], rows)
  }

  func attributeFiles() -> [EvidenceFile] {
    tables.map { table in
      EvidenceFile(
        "attributes/\(id.rawValue)-\(fileName(table.name)).csv", "\(table.title), of test \(id.rawValue).",
        table.columns, redacted(table.rows, table.columns))
    }
  }
}

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

/// Columns that hold text of statements; no literal may stand in one.
private let statementColumns: Set<String> = ["sql", "shape", "statement", "text", "command"]
/// Columns that hold paths.
private let pathColumns: Set<String> = ["path", "archive", "source_path", "file"]

/// `rows` with literals taken out of statements and machines out of paths.
func redacted(_ rows: [[Cell]], _ columns: [Column]) -> [[Cell]] {
  let isStatement = columns.map { statementColumns.contains($0.name) }
  let isPath = columns.map { pathColumns.contains($0.name) }
  guard isStatement.contains(true) || isPath.contains(true) else { return rows }
  // Most statements of a population are of a few shapes.
  var known: [String: Cell] = [:]
  func redacted(_ text: String) -> Cell {
    if let cell = known[text] { return cell }
    let cell = Cell.text(redactingLiterals(in: text))
    if known.count < 4096 { known[text] = cell }
    return cell
  }
  return rows.map { row in
    row.enumerated().map { index, cell in
      guard case .text(let text) = cell, isStatement.indices.contains(index) else { return cell }
      if isStatement[index] { return redacted(text) }
      return isPath[index] ? .text(portable(text)) : cell
    }
  }
}
