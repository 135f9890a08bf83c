import AuditTrail
import Ledger
import MariaDB
import Replay

/// What an error of the server says of a recorded statement.
///
/// Source: MariaDB 10.11, `errmsg-utf8.txt`; the refusals of MySQL 8's dialect are measured in `mariadb-effects.md` 6.
enum MariaDBFailure {
  /// Syntax, functions, types, settings and options that this server does not have, or not in this way.
  private static let dialect: Set<UInt32> = [
    1064, 1115, 1128, 1149, 1193, 1231, 1235, 1238, 1248, 1273, 1286, 1289, 1305, 1349, 1582, 1583, 1584, 1628, 1630,
    1791, 1911, 1965, 4037, 4038, 4041, 4079, 4161,
  ]
  private static let privilege: Set<UInt32> = [
    1044, 1045, 1095, 1142, 1143, 1211, 1227, 1290, 1345, 1370, 1410, 1419, 1449, 1698, 4166,
  ]
  private static let missing: Set<UInt32> = [1046, 1049, 1051, 1054, 1072, 1091, 1109, 1146, 1176, 1347, 1356, 1360]
  /// Bounds of the server: what a command would have done beyond them is not known.
  private static let bounds: Set<UInt32> = [
    1021, 1030, 1037, 1038, 1041, 1105, 1114, 1135, 1153, 1205, 1213, 1301, 1317, 1456, 1614, 1690, 1969, 3024, 4031,
  ]

  /// The execution that an error stands for.
  static func meaning(of error: MariaDBError, _ statement: StatementEntry) -> Execution {
    let recorded = statement.result?.error?.sqlstate
    switch error.code {
    case let code where dialect.contains(code):
      return .failed(code: code == 1064 || code == 1149 ? "42601" : "0A000", missingObject: nil)
    case let code where privilege.contains(code):
      // It was refused there too.
      return recorded == error.sqlstate ? .failed(code: error.sqlstate, missingObject: nil) : .notRun(.privilege)
    case let code where missing.contains(code):
      return .failed(code: error.sqlstate, missingObject: missingName(error.message))
    case let code where bounds.contains(code):
      return recorded == error.sqlstate ? .failed(code: error.sqlstate, missingObject: nil) : .notRun(.timeout)
    case 2031: return .notRun(.missingParams)
    default: return .failed(code: error.sqlstate, missingObject: nil)
    }
  }

  /// The name that a message has between its first quotes, in lower case and without a schema. One that is none is not
  /// repeated.
  private static func missingName(_ message: String) -> String {
    let parts = message.split(separator: "'", omittingEmptySubsequences: false)
    guard parts.count > 2 else { return "(unnamed)" }
    return toldName(parts[1].split(separator: ".").last ?? "")
  }
}
