import CSQLite
import Glibc

/// One open connection. The database and each of its statements hold it, so that it is closed after the last of them.
@safe final class SQLiteConnection {
  let pointer: OpaquePointer
  /// The hooks and records of a shadow; nil for a plain database.
  private(set) var replay: OpaquePointer?

  /// Opens without SQLite's own locks: an owner uses its connection from one thread at a time.
  init(path: String, flags: Int32, vfs: String? = nil) throws(SQLiteError) {
    let ready = csqlite_initialize()
    guard ready == SQLITE_OK else {
      throw SQLiteError(code: ready, message: "the library was configured by someone else before")
    }
    guard !path.utf8.contains(0) else {
      throw SQLiteError(code: SQLITE_CANTOPEN, message: "the path holds a NUL byte")
    }
    var opened: OpaquePointer?
    let code = unsafe sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs)
    guard let connection = unsafe opened else {
      throw SQLiteError(code: code, message: "out of memory")
    }
    guard code == SQLITE_OK else {
      let error = unsafe SQLiteError(code: code, connection: connection)
      unsafe sqlite3_close_v2(connection)
      throw error
    }
    unsafe pointer = connection
    // A file may come from anyone: its schema calls no function that reaches out, and is not edited as data.
    // Source: sqlite.org/security.html, "Untrusted SQLite Database Files".
    for (option, value): (Int32, Int32) in [(SQLITE_DBCONFIG_DEFENSIVE, 1), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)] {
      try check(unsafe csqlite_db_config(connection, option, value))
    }
  }

  deinit {
    unsafe csqlite_replay_retire(replay)
    unsafe sqlite3_close_v2(pointer)
    unsafe csqlite_replay_free(replay)
  }

  /// Installs the hooks of a shadow, before the first statement is prepared.
  func openReplay() throws(SQLiteError) {
    guard let opened = unsafe csqlite_replay_open(pointer) else {
      throw SQLiteError(code: SQLITE_NOMEM, message: "out of memory or threads")
    }
    unsafe replay = opened
  }

  /// Throws what the connection says about `code`, unless that is `SQLITE_OK`.
  func check(_ code: Int32) throws(SQLiteError) {
    guard code == SQLITE_OK else { throw unsafe SQLiteError(code: code, connection: pointer) }
  }

  /// Prepares the first command of `sql`. The statement is nil where there is none, only space and comments.
  ///
  /// A text whose last byte is a NUL that ends it, and that holds no other, is read in place; of any other SQLite makes a
  /// copy each time.
  func prepare(
    _ sql: UnsafeBufferPointer<UInt8>, persistent: Bool, isTerminated: Bool = false
  ) throws(SQLiteError) -> (statement: OpaquePointer?, consumed: Int) {
    guard let length = Int32(exactly: sql.count) else {
      throw SQLiteError(code: SQLITE_TOOBIG, message: "the text is longer than 2 GiB")
    }
    guard let base = sql.baseAddress, length > 0 else { return (nil, 0) }
    guard unsafe isTerminated || memchr(base, 0, sql.count) == nil else {
      throw SQLiteError(code: SQLITE_ERROR, message: "the text holds a NUL byte")
    }
    var statement: OpaquePointer?
    var tail: UnsafePointer<CChar>?
    let flags = persistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
    let code = unsafe base.withMemoryRebound(to: CChar.self, capacity: sql.count) { text in
      let code = unsafe csqlite_prepare(replay, pointer, text, length, flags, &statement, &tail)
      return unsafe (code, tail.map { unsafe $0 - text } ?? sql.count)
    }
    try check(code.0)
    return unsafe (statement, code.1)
  }
}
