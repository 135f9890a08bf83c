public import AuditTrail

/// A table that people or another system keep next to the archives: its name, its columns and what it is for. Each is in
/// ``all``; the reader, the template of `assay init --side-files` and the documents follow from it.
public struct SideFile: Sendable {
  /// Its key under `side_files` in assay.yaml.
  public let name: String
  /// What it is for, with the tests that read it.
  public let purpose: String
  /// Its columns; a file may have them in any order.
  public let columns: [SideColumn]
  /// The columns that no two rows have the same cells in; none where rows may be alike.
  let key: [String]
  /// What is wrong with a row whose cells are all right by themselves; `nil` where nothing is.
  let problem: @Sendable (SideRow) -> String?

  init(
    _ name: String, _ purpose: String, _ columns: [SideColumn], key: [String] = [],
    problem: @escaping @Sendable (SideRow) -> String? = { _ in nil }
  ) {
    (self.name, self.purpose, self.columns, self.key, self.problem) = (name, purpose, columns, key, problem)
  }

  /// The side file of that name; `nil` where there is none.
  public static func named(_ name: String) -> SideFile? { all.first { $0.name == name } }
}

/// A column of a side file.
public struct SideColumn: Sendable {
  /// What its cells hold.
  public enum Kind: Sendable, Hashable {
    case text, day, time, count, flag
    /// A time, or a date where only the day is known.
    case moment
    /// One of these words.
    case choice([String])
  }

  /// Its name in the header.
  public let name: String
  /// What its cells hold.
  public let kind: Kind
  /// Whether a cell may be empty.
  public let isOptional: Bool
  /// What it means.
  public let meaning: String
  /// Whether a package keeps its cells. What people write freely may hold values, and no test reads it.
  let isKept: Bool

  init(_ name: String, _ kind: Kind, _ meaning: String, isOptional: Bool = false, isKept: Bool = true) {
    (self.name, self.kind, self.meaning, self.isOptional, self.isKept) = (name, kind, meaning, isOptional, isKept)
  }

  /// What is wrong with a cell; `nil` where nothing is.
  func problem(_ cell: String?) -> String? {
    guard let cell else { return isOptional ? nil : "`\(name)` is empty" }
    switch kind {
    case .text: return nil
    case .day: return CivilDate(cell) == nil ? "`\(name)` must be a date such as 2026-07-01" : nil
    case .time: return Timestamp(cell) == nil ? "`\(name)` must be a time such as 2026-07-01T09:00:00Z" : nil
    case .moment:
      return Timestamp(cell) == nil && CivilDate(cell) == nil
        ? "`\(name)` must be a time such as 2026-07-01T09:00:00Z, or a date" : nil
    case .count:
      return Int64(cell).map { $0 == $0.asCount } ?? false ? nil : "`\(name)` must be a whole number, 0 or more"
    case .flag: return cell == "true" || cell == "false" ? nil : "`\(name)` must be true or false"
    case .choice(let words):
      return words.contains(cell) ? nil : "`\(name)` must be one of \(words.joined(separator: ", "))"
    }
  }
}

/// A row of a side file whose cells were found right.
struct SideRow {
  let file: SideFile
  /// One a column of the file, in its order.
  let cells: [String?]

  private func cell(_ column: String) -> String? {
    file.columns.firstIndex { $0.name == column }.flatMap { cells[$0] }
  }

  /// The text; `nil` where the cell is empty.
  func text(_ column: String) -> String? { cell(column) }
  /// The text of a column that is never empty.
  func required(_ column: String) -> String { cell(column) ?? "" }
  /// The number; `nil` where the cell is empty.
  func count(_ column: String) -> Int64? { cell(column).flatMap { Int64($0) } }
  /// The day; `nil` where the cell is empty.
  func day(_ column: String) -> CivilDate? { cell(column).flatMap { CivilDate($0) } }
  /// The moment; `nil` where the cell is empty or only a date.
  func time(_ column: String) -> Timestamp? { cell(column).flatMap { Timestamp($0) } }
  /// The flag; `false` where the cell is empty.
  func flag(_ column: String) -> Bool { cell(column) == "true" }
}

/// The rows of a side file.
public struct SideTable: Sendable, Hashable, Codable {
  /// The name of the file's kind.
  let file: String
  /// The cells of each row, in the order of the kind's columns; `nil` is an empty cell.
  private(set) var rows: [[String?]] = []

  /// The rows, to be looked at by their columns.
  var items: [SideRow] { SideFile.named(file).map { kind in rows.map { SideRow(file: kind, cells: $0) } } ?? [] }

  /// Reads a file. Throws `invalid_file` with the line and the reason: for a header with other columns than those of the kind,
  /// and for the first row that is not as its columns say, or is there twice. `lines` are the numbers by which people know the
  /// rows, the header's first, where those are not the bytes' own.
  public init(_ kind: SideFile, path: String, bytes: [UInt8], lines numbers: [Int]? = nil) throws(AssayError) {
    file = kind.name
    var reader = CSVReader(path: path, bytes: bytes)
    var lines = try reader.rows()
    let places = try Self.places(lines.removeFirst().fields, kind, path)
    var known: [[String?]: Int] = [:]
    for (index, line) in lines.enumerated() {
      let cells = places.map { line.fields[$0].isEmpty ? nil : line.fields[$0] }
      let number = numbers.map { $0[index + 1] } ?? line.line
      if let problem = Self.problem(cells, kind) {
        throw AssayError(.invalidFile, problem, at: Place(path, line: number))
      }
      let key = zip(kind.columns, cells).filter { kind.key.contains($0.0.name) }.map(\.1)
      if !key.isEmpty, let first = known.updateValue(number, forKey: key) {
        let names = kind.key.map { "`\($0)`" }.joined(separator: " and ")
        throw AssayError(
          .invalidFile, "the same \(names) is in line \(first) already; keep one of the two",
          at: Place(path, line: number))
      }
      rows.append(zip(kind.columns, cells).map { $0.isKept ? $1 : nil })
    }
  }

  /// Where each column of the kind is in a header.
  private static func places(_ header: [String], _ kind: SideFile, _ path: String) throws(AssayError) -> [Int] {
    let known = kind.columns.map(\.name)
    var found: [String: Int] = [:]
    for (place, name) in header.enumerated() {
      guard known.contains(name) else {
        // A file that was named by mistake may hold anything there: only what can be a misspelt name is repeated.
        let isName = name.count <= 40 && name.allSatisfy { $0.isLetter || $0.isNumber || "_- ".contains($0) }
        throw AssayError(
          .invalidFile,
          "unknown column \(isName ? "`\(name)`" : "at place \(place + 1)"); expected \(known.joined(separator: ", "))",
          at: Place(path, line: 1))
      }
      guard found.updateValue(place, forKey: name) == nil else {
        throw AssayError(.invalidFile, "column `\(name)` occurs twice", at: Place(path, line: 1))
      }
    }
    var places: [Int] = []
    for name in known {
      guard let place = found[name] else {
        throw AssayError(.invalidFile, "column `\(name)` is missing", at: Place(path, line: 1))
      }
      places.append(place)
    }
    return places
  }

  private static func problem(_ cells: [String?], _ kind: SideFile, isKeptOnly: Bool = false) -> String? {
    zip(kind.columns, cells).lazy.filter { $0.0.isKept || !isKeptOnly }.compactMap { $0.problem($1) }.first
      ?? kind.problem(SideRow(file: kind, cells: cells))
  }

  private enum CodingKeys: String, CodingKey {
    case file, rows
  }

  /// Reads what a package's facts hold; whoever changed them there gets no cell past its column.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    file = try values.decode(String.self, forKey: .file)
    rows = try values.decode([[String?]].self, forKey: .rows)
    guard let kind = SideFile.named(file),
      rows.allSatisfy({ $0.count == kind.columns.count && Self.problem($0, kind, isKeptOnly: true) == nil })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .rows, in: values, debugDescription: "the rows are none of the side file \(file)")
    }
  }
}
