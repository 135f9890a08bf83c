internal import CMariaDB

/// An open connection to a MariaDB server over a Unix socket. Use it from one thread at a time.
///
/// It takes one command a text: several are refused by the server. Files of the client are never sent.
@safe public struct MariaDB: ~Copyable {
  private let pointer: UnsafeMutablePointer<MYSQL>

  /// Connects over a socket's path.
  public init(socket: String, user: String, database: String? = nil) throws(MariaDBError) {
    guard mariaDBLibrary, let made = unsafe mysql_init(nil) else {
      throw MariaDBError(code: 2008, message: "no memory for a connection")
    }
    var (off, seconds) = (UInt32(0), UInt32(10))
    unsafe mysql_options(made, MYSQL_OPT_LOCAL_INFILE, &off)
    unsafe mysql_options(made, MYSQL_OPT_CONNECT_TIMEOUT, &seconds)
    unsafe mysql_options(made, MYSQL_SET_CHARSET_NAME, "utf8mb4")
    guard unsafe mysql_real_connect(made, nil, user, nil, database, 0, socket, 0) != nil else {
      let error = unsafe MariaDBError(connection: made)
      unsafe mysql_close(made)
      throw error
    }
    unsafe pointer = unsafe made
  }

  deinit { unsafe mysql_close(pointer) }

  /// The server's number of the connection.
  public var thread: UInt64 { UInt64(unsafe mysql_thread_id(pointer)) }

  /// The server's version, such as 101119.
  public var serverVersion: Int { Int(unsafe mysql_get_server_version(pointer)) }

  /// Whether a transaction is open, as the server said with its last answer.
  public var isInTransaction: Bool {
    var status: UInt32 = 0
    unsafe mariadb_get_info(pointer, MARIADB_CONNECTION_SERVER_STATUS, &status)
    return status & UInt32(SERVER_STATUS_IN_TRANS) != 0
  }

  // MARK: Texts

  /// Runs a command and drops its rows; a procedure has several results.
  @discardableResult
  public func execute(_ sql: String) throws(MariaDBError) -> [MariaDBResult] {
    try send(sql)
    return try results { _ in }
  }

  /// The rows of a query of ours, as text; `nil` is NULL.
  public func rows(_ sql: String) throws(MariaDBError) -> [[String?]] {
    var found: [[String?]] = []
    try send(sql)
    _ = try results { found.append($0()) }
    return found
  }

  /// The same for a text that holds bytes of no character set, as the values of a dump do.
  public func execute(bytes: [UInt8]) throws(MariaDBError) {
    try send(bytes)
    _ = try results { _ in }
  }

  private func send(_ sql: String) throws(MariaDBError) { try send(Array(sql.utf8)) }

  private func send(_ bytes: [UInt8]) throws(MariaDBError) {
    let status = unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) {
        unsafe mysql_real_query(pointer, $0.baseAddress, UInt($0.count))
      }
    }
    guard status == 0 else { throw unsafe MariaDBError(connection: pointer) }
  }

  /// Takes every result of the text under way; `row` gets what reads each row.
  private func results(_ row: (() -> [String?]) -> Void) throws(MariaDBError) -> [MariaDBResult] {
    var found: [MariaDBResult] = []
    while true {
      if let result = unsafe mysql_use_result(pointer) {
        let columns = Int(unsafe mysql_num_fields(result))
        var count: Int64 = 0
        while let cells = unsafe mysql_fetch_row(result) {
          count += 1
          row { unsafe Self.texts(cells, mysql_fetch_lengths(result), columns) }
        }
        unsafe mysql_free_result(result)
        if unsafe mysql_errno(pointer) != 0 { throw unsafe MariaDBError(connection: pointer) }
        found.append(MariaDBResult(columns: columns, rows: count, affected: nil))
      } else if unsafe mysql_errno(pointer) != 0 {
        throw unsafe MariaDBError(connection: pointer)
      } else {
        found.append(
          MariaDBResult(columns: 0, rows: 0, affected: Int64(truncatingIfNeeded: unsafe mysql_affected_rows(pointer))))
      }
      let next = unsafe mysql_next_result(pointer)
      if next < 0 { return found }
      if next > 0 { throw unsafe MariaDBError(connection: pointer) }
    }
  }

  @unsafe private static func texts(
    _ cells: MYSQL_ROW, _ lengths: UnsafeMutablePointer<UInt>?, _ columns: Int
  ) -> [String?] {
    (0..<columns).map { column in
      guard let cell = unsafe cells[column], let length = unsafe lengths?[column] else { return nil }
      let bytes = unsafe UnsafeRawBufferPointer(start: cell, count: Int(length))
      return unsafe String(decoding: bytes, as: UTF8.self)
    }
  }

  // MARK: Prepared statements

  /// How many values a command takes, as the server prepares it.
  public func parameterCount(of sql: String) throws(MariaDBError) -> Int {
    let statement = try unsafe PreparedText(pointer, sql)
    return statement.parameterCount
  }

  /// Runs a command with as many values as it takes.
  public func execute(_ sql: String, _ values: [MariaDBValue]) throws(MariaDBError) -> [MariaDBResult] {
    let statement = try unsafe PreparedText(pointer, sql)
    return try statement.execute(values)
  }
}
