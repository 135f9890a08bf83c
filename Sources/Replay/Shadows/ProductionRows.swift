public import AuditTrail
import Digests

/// Production's row counts by table, from `rows.csv`.
public struct ProductionRows: Sendable, Hashable, CustomStringConvertible {
  /// By the name's key; `schema.table` where the file names a schema other than `public`.
  private var counts: [String: Int64] = [:]
  /// The name in ``counts`` by the table's name alone, where only one schema has it.
  private var unqualified: [String: String] = [:]
  /// Where the file counts each.
  private var places: [String: Place] = [:]

  /// No table's count is known.
  public init() {}

  /// Reads lines of `table,rows` (RFC 4180), with or without that header; `schema.table` where several schemas have a table.
  ///
  /// - Throws: `invalid_file` with the line of what is not a count, or names a table again.
  public init(csv text: String, path: String) throws(AssayError) {
    var reader = CSVReader(path: path, bytes: Array(text.utf8))
    var named: [String: String?] = [:]
    for (index, row) in try reader.rows().enumerated() {
      if index == 0, row.fields.last == "rows" { continue }
      let number = row.fields.last.flatMap { Int64($0.filter { !$0.isWhitespace }) }
      guard row.fields.count == 2, !row.fields[0].isEmpty, let number, number >= 0 else {
        throw AssayError(
          .invalidFile, "Expected a line of table,rows with a count of 0 or more.", at: Place(path, line: row.line))
      }
      let name = Self.key(row.fields[0])
      guard counts.updateValue(number, forKey: name) == nil else {
        throw AssayError(
          .invalidFile, "This line names a table again; keep one count for each.", at: Place(path, line: row.line))
      }
      places[name] = Place(path, line: row.line)
      guard let dot = name.firstIndex(of: ".") else { continue }
      let table = String(name[name.index(after: dot)...])
      named[table] = .some(named[table] == nil ? name : nil)
    }
    unqualified = named.compactMapValues(\.self)
  }

  /// A shadow's digest, and that of the counts where there are any.
  package func digest(with image: String) -> String {
    isEmpty ? image : image + " " + SHA256Digest(of: Array(description.utf8)).hex
  }

  private static func key(_ name: String) -> String {
    let name = name.nameKey
    return name.hasPrefix("public.") ? String(name.dropFirst(7)) : name
  }

  /// The table's rows in production; names are compared without case, and without a schema where that leaves one table.
  public subscript(table: String) -> Int64? {
    get { name(of: table).flatMap { counts[$0] } }
    set { counts[Self.key(table)] = newValue }
  }

  /// What the file calls a table; `nil` where it does not count it.
  private func name(of table: String) -> String? {
    if counts.isEmpty { return nil }
    let name = Self.key(table)
    if counts[name] != nil { return name }
    if let qualified = unqualified[name] { return qualified }
    // The file may leave the schema out, as long as it names no other table of the name.
    guard let dot = name.firstIndex(of: ".") else { return nil }
    let alone = String(name[name.index(after: dot)...])
    return unqualified[alone] == nil && counts[alone] != nil ? alone : nil
  }

  /// What the file counts and none of the tables is, each with its place: `rows.csv:3: visitz`, in the file's order.
  public func unknown(among tables: some Sequence<String>) -> [String] {
    let known = Set(tables.compactMap(name))
    return places.filter { !known.contains($0.key) }
      .sorted { ($0.value.line ?? 0, $0.key) < ($1.value.line ?? 0, $1.key) }
      .map { "\($0.value): \(String(nameKey: $0.key))" }
  }

  /// Lines of `table,rows`, sorted.
  public var description: String {
    counts.sorted { $0.key < $1.key }.map { "\(String(nameKey: $0.key)),\($0.value)\n" }.joined()
  }

  /// Whether no table's count is known.
  public var isEmpty: Bool { counts.isEmpty }
}
