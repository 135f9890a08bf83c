import AuditTrail
import SQLite

/// Why a command did not run to its end, told from SQLite's error and the engine the text was written for.
enum Failure {
  /// The execution that an error stands for. `isForeign`: the text was written for another engine than SQLite.
  static func execution(of error: SQLiteError, isForeign: Bool) -> Execution {
    let message = error.message
    if let missing = missingObject(in: message) {
      let isCatalog = ["pg_", "information_schema.", "public.", "sys.", "mysql."].contains { missing.hasPrefix($0) }
      if isForeign, isCatalog || message.hasPrefix("no such function") || missing.contains("::") {
        return .notRun(.engineMismatch)
      }
      return .failed(code: error.name, missingObject: missing)
    }
    if isForeign, isRefusedByGrammar(message) { return .notRun(.engineMismatch) }
    return .failed(code: error.name, missingObject: nil)
  }

  /// The object that is not there. A name that is none (a misquoted value) is not repeated.
  private static func missingObject(in message: String) -> String? {
    let heads = [
      "no such table: ", "no such column: ", "no such index: ", "no such view: ", "no such trigger: ",
      "no such function: ",
    ]
    for head in heads where message.hasPrefix(head) {
      let name = message.dropFirst(head.utf8.count).lowercased()
      let isName = name.utf8.count <= 128 && name.utf8.allSatisfy { byte in
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || "_.$:".utf8.contains(byte)
      }
      return isName ? name : "(unnamed)"
    }
    if message.hasPrefix("table "), message.contains(" has no column named ") { return "(column)" }
    return nil
  }

  /// What SQLite says of syntax, functions and types that it does not have.
  private static func isRefusedByGrammar(_ message: String) -> Bool {
    let heads = [
      "near ", "unrecognized token", "incomplete input", "wrong number of arguments", "unknown database",
      "no such collation", "no such module", "unknown table option", "unknown or unsupported join", "syntax error",
      "RIGHT and FULL", "unable to identify the object", "misuse of", "unknown join type", "row value misused",
      "sub-select returns", "DISTINCT is not supported", "FILTER clause", "cannot use",
    ]
    return heads.contains { message.hasPrefix($0) } || message.hasSuffix("syntax error")
  }
}
