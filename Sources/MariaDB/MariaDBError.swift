internal import CMariaDB

/// What the server, or the client's library, reported.
public struct MariaDBError: Error, Equatable, Sendable {
  /// The error's number, such as 1146; 2000 and more are the client's own.
  public var code: UInt32
  /// The five characters of the SQLSTATE.
  public var sqlstate: String
  /// The server's own message. It may quote literals of the statement and values of rows: never log it.
  public var message: String

  /// An error of the given number and message.
  public init(code: UInt32, sqlstate: String = "HY000", message: String) {
    self.code = code
    self.sqlstate = sqlstate
    self.message = message
  }

  /// Whether the connection is gone or was never there.
  ///
  /// Source: MariaDB Connector/C, `errmsg.h`; 1927 is a connection that was killed.
  public var isConnectionLost: Bool { [2002, 2003, 2006, 2013, 2055, 1927, 1053].contains(code) }
}

extension MariaDBError: CustomStringConvertible {
  /// The number and SQLSTATE, without the message: safe for logs.
  public var description: String { "ERROR \(code) (\(sqlstate))" }
}

extension MariaDBError {
  @unsafe init(connection: UnsafeMutablePointer<MYSQL>) {
    self.init(
      code: unsafe mysql_errno(connection), sqlstate: unsafe String(cString: mysql_sqlstate(connection)),
      message: unsafe String(cString: mysql_error(connection)))
  }

  @unsafe init(statement: UnsafeMutablePointer<MYSQL_STMT>) {
    self.init(
      code: unsafe mysql_stmt_errno(statement), sqlstate: unsafe String(cString: mysql_stmt_sqlstate(statement)),
      message: unsafe String(cString: mysql_stmt_error(statement)))
  }
}
