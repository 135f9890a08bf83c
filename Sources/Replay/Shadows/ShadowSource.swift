public import AuditTrail

/// Where a shadow comes from: a script or a dump, which make a shadow by birth, or a database, which must hold the marker.
public struct ShadowSource: Sendable, Hashable, CustomStringConvertible {
  /// What is named.
  public enum Kind: Sendable, Hashable {
    /// An embedded database's file, which must hold the marker.
    case database
    /// A script for an embedded database.
    case script
    /// A dump of a server's database, loaded into a throw-away server.
    case dump
    /// A database of a running server, which must hold the marker.
    case server
  }

  /// Which of them.
  public let kind: Kind
  /// The file, as the user gave it; of a running server, its address without role and password.
  public let path: String
  /// What stands before the path, such as `sqlite:`.
  package let prefix: String
  /// The text itself, which may hold a password.
  package let text: String

  /// A source as an engine reads it.
  package init(_ kind: Kind, path: String, prefix: String, text: String) {
    self.kind = kind
    self.path = path
    self.prefix = prefix
    self.text = text
  }

  /// Whether a server's processes are needed.
  public var needsServer: Bool { kind == .dump || kind == .server }

  /// The source as it was typed, without role and password.
  public var description: String { label(path) }

  /// The source with another name for its file, such as one that does not depend on where a command was run.
  public func label(_ path: String) -> String { kind == .server ? self.path : prefix + path }
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
  /// Whether a running server may be used as its superuser.
  public var allowSuperuser = false

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
