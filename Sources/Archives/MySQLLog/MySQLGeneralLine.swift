import AuditTrail

/// One entry of the general query log: a line, and the lines behind it that begin no other.
///
/// MySQL 5.7 and later write a moment on each line; MariaDB, and MySQL before, a clock reading on the first line of each
/// second. A client can send a text with a line that looks like an entry; the log cannot tell it from one.
struct MySQLGeneralLine {
  /// When.
  enum Time {
    /// A moment.
    case moment(Timestamp)
    /// A clock reading without a zone, in seconds since 1970 as if it were UTC.
    case local(seconds: Int64)
    /// The second of the line before.
    case same
  }

  let time: Time
  let connection: Int64
  let command: Command
  let argument: ArraySlice<UInt8>

  /// What a line is about. Source: MySQL 8.0, `sql/sql_parse.cc`, `command_name`; MariaDB 10.11 likewise.
  enum Command: String, CaseIterable {
    case query = "Query"
    case execute = "Execute"
    case connect = "Connect"
    case changeUser = "Change user"
    case quit = "Quit"
    case prepare = "Prepare"
    case initDB = "Init DB"
    case closeStatement = "Close stmt"
    case resetStatement = "Reset stmt"
    case resetConnection = "Reset Connection"
    case fieldList = "Field List"
    case longData = "Long Data"
    case fetch = "Fetch"
    case ping = "Ping"
    case statistics = "Statistics"
    case processList = "Processlist"
    case kill = "Kill"
    case refresh = "Refresh"
    case debug = "Debug"
    case shutdown = "Shutdown"
    case setOption = "Set option"
    case createDB = "Create DB"
    case dropDB = "Drop DB"
    case binlogDump = "Binlog Dump"
    case binlogDumpGTID = "Binlog Dump GTID"
    case tableDump = "Table Dump"
    case connectOut = "Connect Out"
    case registerSlave = "Register Slave"
    case registerReplica = "Register Replica"
    case daemon = "Daemon"
    case sleep = "Sleep"
    case time = "Time"
    case delayedInsert = "Delayed insert"
    case clone = "clone"
    case subscribe = "Subscribe Group Replication Stream"
    case error = "Error"
    case bulkExecute = "Bulk_execute"
    case slaveWorker = "Slave_worker"
    case slaveIO = "Slave_IO"
    case slaveSQL = "Slave_SQL"
    case unimpl = "Unimpl get tid"
    case comMulti = "Com_multi"

    /// The longer names first, so that none hides another.
    fileprivate static let byLength: [(Command, [UInt8])] = allCases.map { ($0, Array($0.rawValue.utf8)) }
      .sorted { $0.1.count > $1.1.count }
  }

  private static let tab: UInt8 = 0x09

  /// Reads an entry; `nil` where the bytes begin none.
  init?(_ bytes: ArraySlice<UInt8>) {
    guard let head = Self.head(bytes) else { return nil }
    (time, connection, command) = (head.time, head.connection, head.command)
    var rest = bytes[head.end...]
    if rest.first == Self.tab { rest = rest.dropFirst() }
    argument = rest.last == 0x0D ? rest.dropLast() : rest
  }

  /// Whether an entry, or the lines that a server writes when it starts, begin there.
  static func begins(_ bytes: ArraySlice<UInt8>) -> Bool { head(bytes) != nil || isStart(bytes) || isHeading(bytes) }

  /// Whether the line is the first that a server writes: `mysqld, Version: 8.0.36 (…). started with:`.
  static func isStart(_ bytes: ArraySlice<UInt8>) -> Bool {
    let line = bytes.prefix(300).prefix { $0 != 0x0A }
    return line.range(of: ", Version: ") != nil
      && line.range(of: "started with:") != nil
  }

  /// Whether what follows is the slow query log, which begins with the same lines.
  static func isSlowLog(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.prefix(4096).range(of: "# User@Host: ") != nil
  }

  /// Whether the line is one of the two behind it.
  static func isHeading(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.starts(with: Array("Tcp port: ".utf8)) || bytes.starts(with: Array("Time ".utf8)) && isColumns(bytes)
      || bytes.starts(with: Array("Time\t".utf8)) && isColumns(bytes)
  }

  private static func isColumns(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.prefix(80).prefix { $0 != 0x0A }.range(of: "Argument") != nil
  }

  private static func head(
    _ bytes: ArraySlice<UInt8>
  ) -> (time: Time, connection: Int64, command: Command, end: Int)? {
    guard let first = bytes.first, first == tab || (0x30...0x39).contains(first) else { return nil }
    guard let firstTab = bytes.prefix(40).firstIndex(of: tab), let time = time(bytes[..<firstTab]) else { return nil }
    var rest = bytes[firstTab...]
    rest = rest.drop { $0 == tab || $0 == 0x20 }
    let digits = rest.prefix(20).prefix { (0x30...0x39).contains($0) }
    guard let connection = Int64(digits: digits), rest[digits.endIndex...].first == 0x20 else { return nil }
    let name = rest[(digits.endIndex + 1)...]
    for (command, text) in Command.byLength where name.starts(with: text) {
      let end = name.startIndex + text.count
      guard end == name.endIndex || [tab, 0x0A, 0x0D].contains(name[end]) else { continue }
      return (time, connection, command, end)
    }
    return nil
  }

  /// `2026-07-01T09:00:00.123456Z`, `260701  9:00:00`, or nothing.
  private static func time(_ bytes: ArraySlice<UInt8>) -> Time? {
    if bytes.isEmpty { return .same }
    if let time = Timestamp(utf8: Array(bytes)) { return .moment(time) }
    guard bytes.count == 15, bytes.dropFirst(6).first == 0x20 else { return nil }
    let date = Array("20".utf8) + bytes.prefix(6)
    return ClockReading.seconds(date: date[...], clock: bytes.suffix(8)).map { .local(seconds: $0) }
  }
}
