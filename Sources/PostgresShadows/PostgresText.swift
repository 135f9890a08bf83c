package import AuditTrail
package import Postgres
import Replay

extension PostgresError {
  /// What may be told of it: the code and the objects' names, never the message, which may quote a literal or a row.
  ///
  /// `RAISE … USING TABLE = …` makes any text such a name, so only what is written without quotes is told.
  package var withoutLiterals: String {
    let code = sqlstate.utf8.count == 5 && Self.isPlain(sqlstate) ? sqlstate : "unknown"
    var parts = ["SQLSTATE \(code)"]
    if let table, Self.isPlain(table) {
      parts.append("table " + (schema.flatMap { Self.isPlain($0) ? "\($0)." : nil } ?? "") + table)
    }
    if let column, Self.isPlain(column) { parts.append("column \(column)") }
    if let constraint, Self.isPlain(constraint) { parts.append("constraint \(constraint)") }
    return parts.joined(separator: ", ")
  }

  /// Whether it is a name of ASCII letters, digits and underscores, no longer than the server's names are.
  private static func isPlain(_ name: String) -> Bool {
    (1...63).contains(name.utf8.count)
      && name.utf8.allSatisfy { $0 == UInt8(ascii: "_") || $0.isDigit || ($0 | 0x20) &- 0x61 < 26 }
  }
}

extension PostgresResult {
  /// The first column as text, row by row.
  package var firstColumn: [String] { (0..<rowCount).map { text($0, 0) } }
}

/// Connects for work of our own on a shadow's server.
package func connect(_ parameters: PostgresParameters, for purpose: String) throws(AssayError) -> PostgresConnection {
  do {
    return try PostgresConnection(parameters)
  } catch {
    throw AssayError(
      .unavailable,
      "The shadow's server refuses the connection \(purpose); check the address, the role and the password.",
      at: Place(parameters.description), cause: error.withoutLiterals)
  }
}

/// Texts as an array of PostgreSQL's.
package func textArray(_ texts: [String?]) -> String {
  let elements = texts.map { text in
    guard let text else { return "NULL" }
    return "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
  }
  return "{" + elements.joined(separator: ",") + "}"
}
