public import AuditTrail

/// Where a shadow comes from: a database file, which must hold the marker, or a script, which makes a shadow by birth.
public struct ShadowSource: Sendable, Hashable, CustomStringConvertible {
  /// A database or a script.
  public enum Kind: Sendable, Hashable {
    case database, script
  }

  /// Which of the two.
  public let kind: Kind
  /// The file, as the user gave it.
  public let path: String

  /// Reads `sqlite:PATH`; a path that ends in `.sql` is a script.
  public init(_ text: String) throws(AssayError) {
    guard text.hasPrefix("sqlite:"), text.utf8.count > 7 else {
      throw AssayError(.usage, "A shadow is named as sqlite:PATH, where PATH is a .sql script or a SQLite database.")
    }
    path = String(text.dropFirst(7))
    kind = path.lowercased().hasSuffix(".sql") ? .script : .database
  }

  /// `sqlite:PATH`.
  public var description: String { "sqlite:\(path)" }
}

/// What a user says of a shadow beyond its files.
public struct ShadowOptions: Sendable {
  /// What its rows are; overrides the marker.
  public var basis: Basis?
  /// The moment it is a copy of; overrides the marker.
  public var asOf: Timestamp?
  /// Production's row counts, where they are known.
  public var production = ProductionRows()
  /// What evidence calls the source, so that a package does not depend on where a command was run; `nil` is as typed.
  public var label: String?

  /// Nothing said.
  public init(
    basis: Basis? = nil, asOf: Timestamp? = nil, production: ProductionRows = ProductionRows(), label: String? = nil
  ) {
    self.basis = basis
    self.asOf = asOf
    self.production = production
    self.label = label
  }
}

/// Production's row counts by table, from `rows.csv`.
public struct ProductionRows: Sendable, Hashable, CustomStringConvertible {
  private var counts: [String: Int64] = [:]

  /// No table's count is known.
  public init() {}

  /// Reads lines of `table,rows`, with or without that header; a schema before the table is dropped.
  public init(csv text: String, path: String) throws(AssayError) {
    for (offset, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      if line.allSatisfy(\.isWhitespace) { continue }
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map { field in
        field.filter { $0 != "\"" && !$0.isWhitespace }
      }
      if offset == 0, fields.last == "rows" { continue }
      guard fields.count == 2, !fields[0].isEmpty, let rows = Int64(fields[1]), rows >= 0 else {
        throw AssayError(
          .invalidFile, "Expected a line of table,rows with a count of 0 or more.", at: Place(path, line: offset + 1))
      }
      self[String(fields[0].split(separator: ".").last ?? "")] = rows
    }
  }

  /// The table's rows in production; names are compared without case.
  public subscript(table: String) -> Int64? {
    get { counts.isEmpty ? nil : counts[table.lowercased()] }
    set { counts[table.lowercased()] = newValue }
  }

  /// Lines of `table,rows`, sorted.
  public var description: String { counts.sorted { $0.key < $1.key }.map { "\($0.key),\($0.value)\n" }.joined() }

  /// Whether no table's count is known.
  public var isEmpty: Bool { counts.isEmpty }
}
