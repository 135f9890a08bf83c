import AuditTrail
import Ledger
import Postgres
import Replay

/// What an error of the server says of a recorded statement.
enum PostgresFailure {
  /// The execution that an error stands for, and the escape that the server refused, if it did.
  static func execution(
    of error: PostgresError, _ statement: StatementEntry, takesValues: Bool
  ) -> (execution: Execution, refused: String?) {
    let recordedClass = statement.result?.error?.sqlstate?.prefix(2)
    switch error.sqlstate {
    case "42501":
      if recordedClass == "42" { return (.failed(code: "42501", missingObject: nil), nil) }
      if let escape = escape(error.message) { return (.failed(code: "42501", missingObject: nil), escape) }
      return (.notRun(.privilege), nil)
    // Its time was up there too, by a limit that the session or the server had.
    case "57014" where statement.result?.error?.sqlstate == error.sqlstate:
      return (.failed(code: error.sqlstate, missingObject: nil), nil)
    case "57014", "55P03", "25P03": return (.notRun(.timeout), nil)
    case "08P01" where takesValues, "42P18" where takesValues, "42P02" where takesValues:
      return (.notRun(.missingParams), nil)
    case "42725" where takesValues && statement.parameters != nil: return (.notRun(.missingParams), nil)
    case let code where code.hasPrefix("53"): return (.notRun(.timeout), nil)
    case "42P01", "42703", "3F000", "42704", "42883":
      return (.failed(code: error.sqlstate, missingObject: objectName(error.message)), nil)
    default: return (.failed(code: error.sqlstate, missingObject: nil), nil)
    }
  }

  /// The way out that a refusal of the server names.
  private static func escape(_ message: String) -> String? {
    let ways = [
      ("external program", "COPY PROGRAM"), ("COPY from a file", "COPY FILE"), ("COPY to a file", "COPY FILE"),
      ("pg_execute_server_program", "COPY PROGRAM"), ("pg_read_server_files", "COPY FILE"),
      ("pg_write_server_files", "COPY FILE"), ("untrusted", "LANGUAGE"), ("foreign-data wrapper", "CREATE FOREIGN"),
      ("tablespace", "CREATE TABLESPACE"), ("extension", "CREATE EXTENSION"), ("server", "CREATE SERVER"),
      ("ALTER SYSTEM", "ALTER SYSTEM"), ("absolute path", "file"), ("create database", "CREATE DATABASE"),
      ("create role", "CREATE ROLE"), ("superusers", "ALTER ROLE"), ("owner of database", "ALTER DATABASE"),
    ]
    for function in [
      "pg_terminate_backend", "pg_cancel_backend", "pg_reload_conf", "pg_rotate_logfile", "lo_import", "lo_export",
      "pg_read_file", "pg_read_binary_file", "pg_ls_dir", "pg_stat_file", "dblink",
    ] where message.contains("permission denied for function \(function)") {
      return function
    }
    if message.contains("language"), message.contains("permission denied") { return "LANGUAGE" }
    return ways.first { message.contains($0.0) && !message.contains("permission denied for") }?.1
  }

  /// The name that a message quotes, in lower case. One that is none is not repeated.
  private static func objectName(_ message: String) -> String {
    var name = Substring()
    if let open = message.firstIndex(of: "\""),
      let close = message[message.index(after: open)...].firstIndex(of: "\"")
    {
      name = message[message.index(after: open)..<close]
    } else if message.hasPrefix("function "), let open = message.firstIndex(of: "(") {
      name = message[message.index(message.startIndex, offsetBy: 9)..<open]
    } else if message.hasPrefix("column ") {
      name = message.dropFirst(7).prefix { $0 != " " }
    }
    return toldName(name)
  }
}
