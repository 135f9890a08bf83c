import PgQuery

/// What Assay asks of PostgreSQL's grammar; it answers `nil` for text that the grammar does not read, or not safely.
enum Grammar {
  /// Reads the parse tree of a text into `tree`; `false` when it is not PostgreSQL's, or too long or too deep.
  static func parse(_ bytes: [UInt8], into tree: inout Tree) -> Bool {
    guard let parsed = try? PostgresSQL.parse(bytes.span) else { return false }
    return tree.read(parsed, of: bytes)
  }

  /// The same, with the fingerprint of the text for one reading of it.
  static func parseNamed(_ bytes: [UInt8], into tree: inout Tree) -> String? {
    guard let parsed = try? PostgresSQL.parseNamed(bytes.span), tree.read(parsed, of: bytes) else { return nil }
    return parsed.fingerprint?.hex
  }

  /// Whether a text is PostgreSQL's.
  static func reads(_ bytes: [UInt8]) -> Bool { (try? PostgresSQL.fingerprint(bytes.span)) != nil }

  /// The fingerprint of a text that parses.
  static func fingerprint(_ bytes: [UInt8]) -> String? { (try? PostgresSQL.fingerprint(bytes.span))?.hex }

  /// Reads the PL/pgSQL trees of a text's functions into `tree`.
  static func parseProcedures(_ bytes: [UInt8], into tree: inout Tree) -> Bool {
    guard let parsed = try? PostgresSQL.parsePlpgsql(bytes.span) else { return false }
    return tree.read(parsed, of: bytes)
  }
}
