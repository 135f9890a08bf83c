import AuditTrail

/// An error number of MySQL or MariaDB. Source: MySQL 8.0, "Server Error Message Reference"; MariaDB shares the numbers below 1900.
struct MySQLError {
  let number: Int64

  /// The number that a log writes; `nil` for 0, which is success.
  init?(_ number: Int64) {
    guard number != 0 else { return nil }
    self.number = number
  }

  /// Whether the database refused for want of a privilege.
  var isRefusal: Bool { Self.refusals.contains(number) }

  /// What is recorded of it.
  var recorded: RecordedError { RecordedError(sqlstate: sqlstate, message: "error \(number)") }

  /// The SQLSTATE, where it is known.
  private var sqlstate: String? {
    switch number {
    case 1044, 1049, 1064, 1065, 1142, 1143, 1227, 1305, 1370: "42000"
    case 1045: "28000"
    case 1046: "3D000"
    case 1048, 1062, 1451, 1452: "23000"
    case 1050: "42S01"
    case 1051, 1146: "42S02"
    case 1054: "42S22"
    case 1213: "40001"
    case 1317: "70100"
    default: nil
    }
  }

  private static let refusals: Set<Int64> = [1044, 1045, 1142, 1143, 1227, 1370]
  /// The refusals, for people.
  static let refusalNumbers = refusals.sorted().map { "\($0)" }.joined(separator: ", ")
}
