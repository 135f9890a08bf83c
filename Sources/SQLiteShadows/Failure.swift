import AuditTrail
import Replay
import SQLite

/// What a command's error says, told from SQLite's message: the names that grading knows.
enum Failure {
  /// The execution that an error stands for. `isForeign`: the text was written for another engine than SQLite.
  static func execution(of error: SQLiteError, isForeign: Bool) -> Execution {
    for (head, code) in missing where error.message.hasPrefix(head) {
      let name = toldName(error.message.dropFirst(head.utf8.count))
      let isCatalog = code == "no_such_table" && foreignCatalogs.contains { name.hasPrefix($0) }
      return isForeign && isCatalog
        ? .failed(code: "unsupported", missingObject: nil) : .failed(code: code, missingObject: name)
    }
    if error.message.hasPrefix("table "), error.message.contains(" has no column named ") {
      return .failed(code: "no_such_column", missingObject: "(column)")
    }
    if isSyntax(error) { return .failed(code: "syntax", missingObject: nil) }
    if isForeign, dialect.contains(where: { error.message.hasPrefix($0) }) {
      return .failed(code: "unsupported", missingObject: nil)
    }
    return .failed(code: error.name, missingObject: nil)
  }

  /// Whether SQLite's grammar does not read the text.
  static func isSyntax(_ error: SQLiteError) -> Bool { syntax.contains { error.message.hasPrefix($0) } }

  private static let missing = [
    ("no such table: ", "no_such_table"), ("no such column: ", "no_such_column"),
    ("no such index: ", "no_such_index"), ("no such view: ", "no_such_view"),
    ("no such trigger: ", "no_such_trigger"), ("no such function: ", "no_such_function"),
    ("no such module: ", "no_such_module"), ("no such collation sequence: ", "no_such_collation"),
  ]

  /// Schemas that other engines have and SQLite does not.
  private static let foreignCatalogs = [
    "pg_", "information_schema.", "public.", "sys.", "mysql.", "performance_schema.",
  ]

  private static let syntax = ["near ", "unrecognized token", "incomplete input"]

  /// What SQLite says of constructs that other engines read otherwise.
  private static let dialect = [
    "wrong number of arguments", "unknown database", "unknown table option", "unknown or unsupported join",
    "unknown join type", "RIGHT and FULL", "misuse of", "row value misused", "sub-select returns", "DISTINCT is not",
    "FILTER clause", "cannot use", "unable to identify the object",
  ]
}
