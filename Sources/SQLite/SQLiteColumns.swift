import CSQLite

/// The type of a value as it is stored.
public enum SQLiteType: Sendable {
  /// A 64-bit signed integer.
  case integer
  /// A 64-bit floating-point number.
  case double
  /// A text.
  case text
  /// Bytes.
  case blob
  /// NULL.
  case null
}

/// Where a result column comes from, as SQLite says it.
///
/// It sees through views and subqueries, but of a `UNION` it names the first branch only: never clear a statement by it.
public struct SQLiteColumnOrigin: Sendable, Hashable {
  /// The schema: `main` or `temp`.
  public let database: String
  /// The table.
  public let table: String
  /// The column in that table.
  public let column: String

  /// An origin.
  public init(database: String, table: String, column: String) {
    self.database = database
    self.table = table
    self.column = column
  }
}

extension SQLiteStatement {
  /// How many columns a row has; 0 for a statement that returns none.
  public var columnCount: Int { Int(unsafe sqlite3_column_count(handle)) }

  /// The name of a column in the result.
  public func columnName(_ column: Int) -> String {
    unsafe sqlite3_column_name(handle, Int32(clamping: column)).map { unsafe String(cString: $0) } ?? ""
  }

  /// The table column that a result column shows unchanged; nil for expressions.
  public func columnOrigin(_ column: Int) -> SQLiteColumnOrigin? {
    let index = Int32(clamping: column)
    guard let database = unsafe sqlite3_column_database_name(handle, index),
      let table = unsafe sqlite3_column_table_name(handle, index),
      let name = unsafe sqlite3_column_origin_name(handle, index)
    else { return nil }
    return unsafe SQLiteColumnOrigin(
      database: String(cString: database), table: String(cString: table), column: String(cString: name))
  }

  /// The stored type of the current row's value.
  public func type(_ column: Int) -> SQLiteType {
    switch unsafe sqlite3_column_type(handle, Int32(clamping: column)) {
    case SQLITE_INTEGER: .integer
    case SQLITE_FLOAT: .double
    case SQLITE_TEXT: .text
    case SQLITE_BLOB: .blob
    default: .null
    }
  }

  /// Whether the value is NULL.
  public func isNull(_ column: Int) -> Bool {
    unsafe sqlite3_column_type(handle, Int32(clamping: column)) == SQLITE_NULL
  }

  /// The value as an integer; 0 for NULL.
  public func int64(_ column: Int) -> Int64 {
    unsafe sqlite3_column_int64(handle, Int32(clamping: column))
  }

  /// The value as an integer, or nil for NULL.
  public func optionalInt64(_ column: Int) -> Int64? {
    isNull(column) ? nil : int64(column)
  }

  /// The value as a floating-point number; 0 for NULL.
  public func double(_ column: Int) -> Double {
    unsafe sqlite3_column_double(handle, Int32(clamping: column))
  }

  /// The value as a text, invalid UTF-8 repaired; empty for NULL.
  public func text(_ column: Int) -> String {
    withBytes(column) { bytes in
      unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
  }

  /// The value as a text, or nil for NULL.
  public func optionalText(_ column: Int) -> String? {
    isNull(column) ? nil : text(column)
  }

  /// Gives `body` the bytes of a text or blob (a number as its text, NULL as none) without a copy.
  public func withBytes<Result: ~Copyable, Failure: Error>(
    _ column: Int, _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var count = 0
    let bytes = unsafe csqlite_column_bytes(handle, Int32(clamping: column), &count)
    let buffer = unsafe UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : count)
    return try body(unsafe buffer.span)
  }

  /// Appends the bytes of a text or blob to `bytes`.
  public func appendBytes(_ column: Int, to bytes: inout [UInt8]) {
    var count = 0
    if let start = unsafe csqlite_column_bytes(handle, Int32(clamping: column), &count) {
      unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: count))
    }
  }

  /// A copy of the bytes of a text or blob.
  public func bytes(_ column: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    appendBytes(column, to: &bytes)
    return bytes
  }
}
