/// What one command of a text came to: the rows it returned, or the count of those it changed.
public struct MariaDBResult: Sendable, Equatable {
  /// How many columns its rows have; 0 for a command that returns none.
  public var columns: Int
  /// Rows returned.
  public var rows: Int64
  /// Rows changed by the server's own count; `nil` for a command that returns rows.
  public var affected: Int64?
}

/// A value for a prepared statement.
public enum MariaDBValue: Sendable, Equatable {
  case null
  case integer(Int64)
  /// Text in UTF-8, or any bytes.
  case text([UInt8])
}
