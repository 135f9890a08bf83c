package import AuditTrail
package import Postgres
import Replay

extension PostgresError {
  /// What may be told of it: the code and the objects' names, never the message, which may quote a literal or a row.
  package var withoutLiterals: String {
    var parts = ["SQLSTATE \(sqlstate)"]
    if let table { parts.append("table " + (schema.map { "\($0)." } ?? "") + table) }
    if let column { parts.append("column \(column)") }
    if let constraint { parts.append("constraint \(constraint)") }
    return parts.joined(separator: ", ")
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
      .unavailable, "The shadow's server does not let us in \(purpose); check the address, the role and the password.",
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
