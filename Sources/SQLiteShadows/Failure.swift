import AuditTrail
import Replay
import SQLite

/// What a command's error says, told from SQLite's message: the names that grading knows.
enum Failure {
  /// Whether SQLite's grammar does not read the text.
  static func isSyntax(_ error: SQLiteError) -> Bool { syntax.contains { error.message.hasPrefix($0) } }

  fileprivate static let missing = [
    ("no such table: ", "no_such_table"), ("no such column: ", "no_such_column"),
    ("no such index: ", "no_such_index"), ("no such view: ", "no_such_view"),
    ("no such trigger: ", "no_such_trigger"), ("no such function: ", "no_such_function"),
    ("no such module: ", "no_such_module"), ("no such collation sequence: ", "no_such_collation"),
  ]

  /// Schemas that other engines have and SQLite does not.
  fileprivate static let foreignCatalogs = [
    "pg_", "information_schema.", "public.", "sys.", "mysql.", "performance_schema.",
  ]

  private static let syntax = ["near ", "unrecognized token", "incomplete input"]

  /// What SQLite says of constructs that other engines read otherwise.
  fileprivate static let dialect = [
    "wrong number of arguments", "unknown database", "unknown table option", "unknown or unsupported join",
    "unknown join type", "RIGHT and FULL", "misuse of", "row value misused", "sub-select returns", "DISTINCT is not",
    "FILTER clause", "cannot use", "unable to identify the object",
  ]
}

extension Execution {
  /// What an error stands for. `isForeign`: the text was written for another engine than SQLite.
  init(of error: SQLiteError, isForeign: Bool) {
    for (head, code) in Failure.missing where error.message.hasPrefix(head) {
      let name = toldName(error.message.dropFirst(head.utf8.count))
      let isCatalog = code == "no_such_table" && Failure.foreignCatalogs.contains { name.hasPrefix($0) }
      self =
        isForeign && isCatalog
        ? .failed(code: "unsupported", missingObject: nil) : .failed(code: code, missingObject: name)
      return
    }
    if error.message.hasPrefix("table "), error.message.contains(" has no column named ") {
      self = .failed(code: "no_such_column", missingObject: "(column)")
    } else if Failure.isSyntax(error) {
      self = .failed(code: "syntax", missingObject: nil)
    } else if isForeign, Failure.dialect.contains(where: { error.message.hasPrefix($0) }) {
      self = .failed(code: "unsupported", missingObject: nil)
    } else {
      self = .failed(code: error.name, missingObject: nil)
    }
  }
}
