import CSQLite

/// Tells of each row of some tables that comes or goes, as bytes, whatever statement did it: an update is one of each.
///
/// The bytes are the same where a row is written and where it is read (`CSQLiteRows.h`); what happens to a table as a
/// whole (`DROP TABLE`) is not told.
@safe public final class SQLiteRowWatch {
  /// A table to watch.
  public struct Table: Sendable {
    /// Its name.
    public let name: String
    /// The column, from 0, whose value says which part of the table a row belongs to; `nil` where there is one part only.
    public let partColumn: Int?
    /// Whether inserts are left to the caller, who knows the row's bytes already.
    public let skipsInserts: Bool

    /// A table.
    public init(name: String, partColumn: Int?, skipsInserts: Bool = false) {
      self.name = name
      self.partColumn = partColumn
      self.skipsInserts = skipsInserts
    }
  }

  /// What is told: the table by its position, the part, whether the row came or went, and its bytes.
  public typealias Change = (_ table: Int, _ part: Int64, _ isNew: Bool, _ row: Span<UInt8>) -> Void

  private let connection: SQLiteConnection
  private let change: Change
  private var rows: OpaquePointer?

  /// Watches the tables from now on.
  public init(
    _ database: borrowing SQLiteDatabase, tables: [Table], change: @escaping Change
  ) throws(SQLiteError) {
    connection = database.connection
    self.change = change
    let opened = unsafe csqlite_rows_open(
      connection.pointer,
      { context, table, part, isNew, bytes, count in
        guard let context = unsafe context else { return }
        let watch = unsafe Unmanaged<SQLiteRowWatch>.fromOpaque(context).takeUnretainedValue()
        let row = unsafe UnsafeBufferPointer(start: bytes, count: count)
        unsafe watch.change(Int(table), part, isNew != 0, row.span)
      }, Unmanaged.passUnretained(self).toOpaque())
    guard let opened = unsafe opened else { throw SQLiteError(code: SQLITE_NOMEM, message: "out of memory") }
    unsafe rows = opened
    for table in tables {
      let number = unsafe csqlite_rows_watch(
        opened, table.name, Int32(table.partColumn ?? -1), table.skipsInserts ? 1 : 0)
      guard number >= 0 else { throw SQLiteError(code: SQLITE_NOMEM, message: "out of memory") }
    }
  }

  deinit {
    unsafe csqlite_rows_set_watching(rows, 0)
    unsafe csqlite_rows_free(rows)
  }

  /// Throws where a change could not be told for lack of memory.
  public func check() throws(SQLiteError) {
    guard unsafe csqlite_rows_failed(rows) == 0 else { throw SQLiteError(code: SQLITE_NOMEM, message: "out of memory") }
  }

  /// Runs `body` without being told of what it does.
  public func pause<Result: ~Copyable, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    unsafe csqlite_rows_set_watching(rows, 0)
    defer { unsafe csqlite_rows_set_watching(rows, 1) }
    return try body()
  }

  /// Gives `body` the part and the bytes of the statement's present row.
  public func read(
    _ statement: borrowing SQLiteStatement, partColumn: Int?, _ body: (Int64, Span<UInt8>) -> Void
  ) throws(SQLiteError) {
    var part: Int64 = 0
    var count = 0
    let bytes = unsafe csqlite_rows_read(rows, statement.handle, Int32(partColumn ?? -1), &part, &count)
    guard let bytes = unsafe bytes else { throw SQLiteError(code: SQLITE_NOMEM, message: "out of memory") }
    let row = unsafe UnsafeBufferPointer(start: bytes, count: count)
    unsafe body(part, row.span)
  }
}
