import CSQLite
import Glibc

/// How a database file is opened.
public enum SQLiteAccess: Sendable {
  /// The file must exist and is not changed.
  case readOnly
  /// The file must exist.
  case readWrite
  /// The file is made if it is missing.
  case readWriteCreate
  /// The file must exist, and nobody changes it: it is read without locks and without its write-ahead log.
  case immutable
}

/// A run-time limit of a connection, as in `sqlite3_limit`.
public enum SQLiteLimit: Sendable, CaseIterable {
  /// Bytes of a string, blob or row.
  case length
  /// Bytes of a statement's text.
  case sqlLength
  /// Columns of a table, index, result or `SET`.
  case columns
  /// Depth of an expression's tree.
  case expressionDepth
  /// Terms of a compound `SELECT`.
  case compoundSelect
  /// Instructions of one statement's program.
  case programLength
  /// Arguments of a function.
  case functionArguments
  /// Attached databases.
  case attached
  /// Bytes of a `LIKE` or `GLOB` pattern.
  case likePatternLength
  /// The highest parameter number.
  case parameters
  /// Depth of triggers that fire triggers.
  case triggerDepth

  var code: Int32 {
    switch self {
    case .length: SQLITE_LIMIT_LENGTH
    case .sqlLength: SQLITE_LIMIT_SQL_LENGTH
    case .columns: SQLITE_LIMIT_COLUMN
    case .expressionDepth: SQLITE_LIMIT_EXPR_DEPTH
    case .compoundSelect: SQLITE_LIMIT_COMPOUND_SELECT
    case .programLength: SQLITE_LIMIT_VDBE_OP
    case .functionArguments: SQLITE_LIMIT_FUNCTION_ARG
    case .attached: SQLITE_LIMIT_ATTACHED
    case .likePatternLength: SQLITE_LIMIT_LIKE_PATTERN_LENGTH
    case .parameters: SQLITE_LIMIT_VARIABLE_NUMBER
    case .triggerDepth: SQLITE_LIMIT_TRIGGER_DEPTH
    }
  }
}

/// An open SQLite database. Use it and its statements from one thread at a time.
@safe public struct SQLiteDatabase: ~Copyable {
  let connection: SQLiteConnection

  /// Opens the file at `path`, which is always a path: never a URI, never `:memory:`.
  public init(path: String, access: SQLiteAccess) throws(SQLiteError) {
    guard !path.isEmpty else { throw SQLiteError(code: SQLITE_CANTOPEN, message: "the path is empty") }
    try Self.refuseOthers(path)
    let flags =
      switch access {
      case .readOnly: SQLITE_OPEN_READONLY
      case .readWrite: SQLITE_OPEN_READWRITE
      case .readWriteCreate: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      case .immutable: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
      }
    if case .immutable = access {
      connection = try SQLiteConnection(path: Self.uri(path) + "?immutable=1", flags: flags)
      return
    }
    let plain = path.hasPrefix("file:") || path == ":memory:" ? "./" + path : path
    connection = try SQLiteConnection(path: plain, flags: flags)
  }

  /// Refuses what SQLite would wait for, or write through: a pipe, also one where its journal is looked for, and a log that
  /// is another file too.
  private static func refuseOthers(_ path: String) throws(SQLiteError) {
    var status = stat()
    if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw SQLiteError(code: SQLITE_CANTOPEN, message: "it is not a regular file")
    }
    // SQLite looks beside the file that a link leads to.
    let path = resolved(path)
    for ending in ["-journal", "-wal", "-shm"] where unsafe lstat(path + ending, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
        throw SQLiteError(
          code: SQLITE_CANTOPEN, message: "what ends in \(ending) beside it is not a regular file of its own")
      }
    }
    guard !namesOtherFile(path + "-journal") else {
      throw SQLiteError(code: SQLITE_CANTOPEN, message: "its journal names another file, which SQLite would delete")
    }
  }

  /// The path without symbolic links; as it is where nothing is there yet.
  private static func resolved(_ path: String) -> String {
    guard let found = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(found) }
    return unsafe String(cString: found)
  }

  /// Whether a journal ends with the name of another one, as that of a transaction over several databases does; none of ours
  /// is one. What stands under that name SQLite deletes when it rolls the journal back.
  ///
  /// Source: sqlite.org/fileformat.html#the_rollback_journal, and `readSuperJournal` of SQLite's pager.
  private static func namesOtherFile(_ journal: String) -> Bool {
    let descriptor = unsafe open(journal, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_size >= 16 else { return false }
    var end = [UInt8](repeating: 0, count: 8)
    let count = unsafe pread(descriptor, &end, end.count, status.st_size - 8)
    return count == 8 && end == [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7]
  }

  /// The path as a URI, every byte that means something there spelt out.
  private static func uri(_ path: String) -> String {
    let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~/".utf8)
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes = Array((path.hasPrefix("//") ? "file:/./" : "file:").utf8)
    for byte in path.utf8 {
      if plain.contains(byte) {
        bytes.append(byte)
      } else {
        bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  init(connection: SQLiteConnection) {
    self.connection = connection
  }

  /// Opens a new, empty database in memory.
  public static func inMemory() throws(SQLiteError) -> SQLiteDatabase {
    SQLiteDatabase(
      connection: try SQLiteConnection(path: ":memory:", flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE))
  }

  /// Whether a deferred foreign key does not hold now, so that a commit would fail. Source: `SQLITE_DBSTATUS_DEFERRED_FKS`.
  public var hasBrokenDeferredKeys: Bool {
    var (broken, highest): (Int32, Int32) = (0, 0)
    let code = unsafe sqlite3_db_status(connection.pointer, SQLITE_DBSTATUS_DEFERRED_FKS, &broken, &highest, 0)
    return code == SQLITE_OK && broken != 0
  }

  // MARK: Statements

  /// Prepares the one command of `sql`. `persistent` says that it will be used many times.
  public func prepare(_ sql: String, persistent: Bool = false) throws(SQLiteError) -> SQLiteStatement {
    try prepare(sql.utf8.span, persistent: persistent)
  }

  /// Prepares the first command of UTF-8 text; `consumedBytes` of the result says where the next one starts.
  public func prepare(_ sql: Span<UInt8>, persistent: Bool = false) throws(SQLiteError) -> SQLiteStatement {
    var offset = 0
    guard let statement = try prepareNext(in: sql, at: &offset, persistent: persistent) else {
      throw SQLiteError(code: SQLITE_ERROR, message: "the text holds no command")
    }
    return statement
  }

  /// Prepares the command of a script that starts at byte `offset` and moves `offset` behind it; nil at the end.
  ///
  /// Prepare one, run it, then prepare the next: a command may need what the one before it made.
  /// After an error `offset` is where it was.
  public func prepareNext(
    in script: Span<UInt8>, at offset: inout Int, persistent: Bool = false
  ) throws(SQLiteError) -> SQLiteStatement? {
    try prepareNext(in: script, at: &offset, persistent: persistent, isTerminated: false)
  }

  /// As above, for a script of any length that a NUL was put behind: going through it costs no more than its length.
  public func prepareNext(
    inTerminated script: Span<UInt8>, at offset: inout Int
  ) throws(SQLiteError) -> SQLiteStatement? {
    let end = script.count - 1
    guard end >= 0, script[end] == 0 else {
      throw SQLiteError(code: SQLITE_ERROR, message: "no NUL ends the script")
    }
    if offset == 0 {
      // The byte behind the script is a NUL, so one is found.
      let length = unsafe script.withUnsafeBytes { text in
        unsafe text.baseAddress.map { unsafe strlen($0.assumingMemoryBound(to: CChar.self)) }
      }
      guard length == end else { throw SQLiteError(code: SQLITE_ERROR, message: "the text holds a NUL byte") }
    }
    if offset >= end { return nil }
    return try prepareNext(in: script, at: &offset, persistent: false, isTerminated: true)
  }

  private func prepareNext(
    in script: Span<UInt8>, at offset: inout Int, persistent: Bool, isTerminated: Bool
  ) throws(SQLiteError) -> SQLiteStatement? {
    let end = isTerminated ? script.count - 1 : script.count
    var start = offset
    while start < end {
      let rest = script.extracting(start...)
      let prepared = try unsafe rest.withUnsafeBufferPointer { (text) throws(SQLiteError) in
        try unsafe connection.prepare(text, persistent: persistent, isTerminated: isTerminated)
      }
      start += unsafe prepared.consumed
      if let handle = unsafe prepared.statement {
        let statement = unsafe SQLiteStatement(
          handle: handle, connection: connection, consumedBytes: start - offset)
        offset = start
        return statement
      }
    }
    offset = end
    return nil
  }

  /// Runs every command of `sql` and drops the rows.
  public func execute(_ sql: String) throws(SQLiteError) {
    let script = Array(sql.utf8) + [0]
    var offset = 0
    while var statement = try prepareNext(inTerminated: script.span, at: &offset) {
      while try statement.step() {}
    }
  }

  // MARK: Transactions

  /// Starts a write transaction.
  public func begin() throws(SQLiteError) { try execute("BEGIN IMMEDIATE") }

  /// Commits the open transaction.
  public func commit() throws(SQLiteError) { try execute("COMMIT") }

  /// Undoes the open transaction; does nothing where an error has already undone it.
  public func rollback() throws(SQLiteError) {
    if isInTransaction { try execute("ROLLBACK") }
  }

  /// Whether a transaction is open.
  public var isInTransaction: Bool { unsafe sqlite3_get_autocommit(connection.pointer) == 0 }

  // MARK: State

  /// The rowid of the last inserted row.
  public var lastInsertRowID: Int64 { unsafe sqlite3_last_insert_rowid(connection.pointer) }

  /// The rows that the last `INSERT`, `UPDATE` or `DELETE` changed directly, without triggers and cascades.
  public var changes: Int { Int(unsafe sqlite3_changes64(connection.pointer)) }

  /// The rows changed since the connection was opened, those of triggers and cascades included.
  public var totalChanges: Int { Int(unsafe sqlite3_total_changes64(connection.pointer)) }

  /// Byte offset into the text of the last error, if it has one.
  public var errorOffset: Int? {
    let offset = unsafe sqlite3_error_offset(connection.pointer)
    return offset < 0 ? nil : Int(offset)
  }

  /// Waits this long for a lock that another process holds before it gives up.
  public func setBusyTimeout(milliseconds: Int32) throws(SQLiteError) {
    try connection.check(unsafe sqlite3_busy_timeout(connection.pointer, milliseconds))
  }

  /// Makes the running statement fail with `SQLITE_INTERRUPT`.
  public func interrupt() { unsafe sqlite3_interrupt(connection.pointer) }

  /// Sets a limit, or with a negative value only reads it; gives the value before.
  @discardableResult
  public func setLimit(_ limit: SQLiteLimit, to value: Int32) -> Int32 {
    unsafe sqlite3_limit(connection.pointer, limit.code, value)
  }

  // MARK: Images

  /// The database as the bytes of its file.
  public func serialize() throws(SQLiteError) -> [UInt8] {
    var size: Int64 = 0
    guard let bytes = unsafe sqlite3_serialize(connection.pointer, "main", &size, 0) else {
      guard size == 0 else { throw SQLiteError(code: SQLITE_NOMEM, message: "out of memory") }
      return []
    }
    defer { unsafe sqlite3_free(bytes) }
    return unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(size)))
  }

  /// Replaces the main database by a writable copy of `image`, in memory; the file stays untouched.
  public func deserialize(_ image: [UInt8]) throws(SQLiteError) {
    let code = unsafe image.withUnsafeBufferPointer { image in
      unsafe csqlite_deserialize(connection.pointer, image.baseAddress, image.count, 0)
    }
    try connection.check(code)
  }
}
