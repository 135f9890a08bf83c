import CSQLite

/// A prepared statement: bind, step, read columns, reset. Parameters count from 1, columns from 0, as in SQLite.
///
/// It keeps its connection open. Changing calls are `mutating`, so no borrowed column outlives a step.
@safe public struct SQLiteStatement: ~Copyable {
  let handle: OpaquePointer
  let connection: SQLiteConnection
  private let replay: OpaquePointer?

  /// How many bytes of the text this command took, leading space and comments and its semicolon included.
  public let consumedBytes: Int

  @unsafe init(handle: OpaquePointer, connection: SQLiteConnection, consumedBytes: Int) {
    unsafe self.handle = handle
    self.connection = connection
    unsafe replay = connection.replay
    self.consumedBytes = consumedBytes
  }

  deinit {
    unsafe sqlite3_finalize(handle)
  }

  // MARK: Running

  /// Goes to the next row: true when there is one, false when the statement is done.
  @discardableResult
  public mutating func step() throws(SQLiteError) -> Bool {
    switch unsafe csqlite_step(replay, handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw unsafe SQLiteError(code: code, connection: connection.pointer)
    }
  }

  /// Back to before the first row; the bindings stay. The error of the last step was thrown there.
  public mutating func reset() {
    unsafe sqlite3_reset(handle)
  }

  /// Runs a statement to its end, drops its rows and resets it, also after an error: for writes in a loop.
  public mutating func run() throws(SQLiteError) {
    var code: Int32
    repeat { code = unsafe csqlite_step(replay, handle) } while code == SQLITE_ROW
    guard code == SQLITE_DONE else {
      let error = unsafe SQLiteError(code: code, connection: connection.pointer)
      unsafe sqlite3_reset(handle)
      throw error
    }
    unsafe sqlite3_reset(handle)
  }

  // MARK: Parameters

  /// Sets every parameter to NULL.
  public mutating func clearBindings() {
    unsafe sqlite3_clear_bindings(handle)
  }

  /// Binds an integer.
  public mutating func bind(_ index: Int, _ value: Int64) throws(SQLiteError) {
    try check(unsafe sqlite3_bind_int64(handle, Int32(clamping: index), value))
  }

  /// Binds an integer or NULL.
  public mutating func bind(_ index: Int, _ value: Int64?) throws(SQLiteError) {
    if let value { try bind(index, value) } else { try bindNull(index) }
  }

  /// Binds a floating-point number.
  public mutating func bind(_ index: Int, _ value: Double) throws(SQLiteError) {
    try check(unsafe sqlite3_bind_double(handle, Int32(clamping: index), value))
  }

  /// Binds NULL.
  public mutating func bindNull(_ index: Int) throws(SQLiteError) {
    try check(unsafe sqlite3_bind_null(handle, Int32(clamping: index)))
  }

  /// Binds a copy of a text.
  public mutating func bind(_ index: Int, _ value: String) throws(SQLiteError) {
    try bind(index, text: value.utf8.span)
  }

  /// Binds a copy of a text, or NULL.
  public mutating func bind(_ index: Int, _ value: String?) throws(SQLiteError) {
    if let value { try bind(index, value) } else { try bindNull(index) }
  }

  /// Binds a copy of UTF-8 bytes as text.
  public mutating func bind(_ index: Int, text: Span<UInt8>) throws(SQLiteError) {
    let code = unsafe text.withUnsafeBufferPointer { bytes in
      unsafe csqlite_bind_text(handle, Int32(clamping: index), bytes.baseAddress, bytes.count)
    }
    try check(code)
  }

  /// Binds a copy of bytes as a blob.
  public mutating func bind(_ index: Int, blob: Span<UInt8>) throws(SQLiteError) {
    let code = unsafe blob.withUnsafeBufferPointer { bytes in
      unsafe csqlite_bind_blob(handle, Int32(clamping: index), bytes.baseAddress, bytes.count)
    }
    try check(code)
  }

  /// Binds a copy of a range of UTF-8 bytes as text.
  public mutating func bind(_ index: Int, text: ArraySlice<UInt8>) throws(SQLiteError) {
    try bind(index, text: text.span)
  }

  /// Binds a copy of a range of bytes as a blob.
  public mutating func bind(_ index: Int, blob: ArraySlice<UInt8>) throws(SQLiteError) {
    try bind(index, blob: blob.span)
  }

  /// The highest parameter number.
  public var parameterCount: Int { Int(unsafe sqlite3_bind_parameter_count(handle)) }

  /// The name of a parameter with its prefix (`:a`, `@a`, `$1`, `?3`); nil for a plain `?`.
  public func parameterName(_ index: Int) -> String? {
    unsafe sqlite3_bind_parameter_name(handle, Int32(clamping: index)).map { unsafe String(cString: $0) }
  }

  /// The number of the parameter with this name, prefix included; nil if there is none.
  public func parameterIndex(_ name: String) -> Int? {
    let index = unsafe sqlite3_bind_parameter_index(handle, name)
    return index == 0 ? nil : Int(index)
  }

  // MARK: The statement itself

  /// Whether it does not write to the database file. True for COMMIT, ATTACH and some PRAGMAs: not a guard.
  public var isReadOnly: Bool { unsafe sqlite3_stmt_readonly(handle) != 0 }

  /// Whether it is an `EXPLAIN` or `EXPLAIN QUERY PLAN`.
  public var isExplain: Bool { unsafe sqlite3_stmt_isexplain(handle) != 0 }

  private func check(_ code: Int32) throws(SQLiteError) {
    guard code == SQLITE_OK else { throw unsafe SQLiteError(code: code, connection: connection.pointer) }
  }
}
