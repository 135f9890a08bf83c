public import AuditTrail
import SQLite

/// The store of everything read, replayed and concluded: one SQLite file.
///
/// One thread at a time uses it. Readers may be called at any time after ``finishIngest()``; what a reader does not find
/// was not in any archive.
public struct Ledger: ~Copyable {
  /// The file.
  public let path: String
  let database: SQLiteDatabase
  /// The digests of what this program wrote.
  let seals: LedgerSeals
  /// Whether the file, or its folder, cannot be written by us.
  let isReadOnly: Bool
  private let lock: LedgerLock
  /// Where a temporary ledger stands.
  private let folder: TemporaryFolder?

  /// Opens the ledger at a path; makes it when it is not there and `create` is set.
  public init(path: String, create: Bool) throws(AssayError) {
    self = try Self.take(try LedgerFile.open(path: path, create: create), path: path)
  }

  private init(_ file: consuming LedgerFile, _ seals: LedgerSeals, path: String) {
    self.path = path
    self.seals = seals
    isReadOnly = file.isReadOnly
    lock = LedgerLock(path: path)
    folder = file.folder
    database = file.takeDatabase()
  }

  private static func take(_ file: consuming LedgerFile, path: String) throws(AssayError) -> Ledger {
    do throws(SQLiteError) {
      let seals = try LedgerSeals(file.database)
      switch file.making {
      case .nothing: break
      case .made: try fill(file.database, seals)
      case .migrated:
        try file.database.execute("UPDATE meta SET value = '\(Schema.version)' WHERE key = 'version'")
        try seals.store(in: file.database)
        try file.database.commit()
      }
      return Ledger(file, seals, path: path)
    } catch { throw failure(error, path: path) }
  }

  /// Makes a ledger that is gone when it is let go of. What a process that was killed left behind, the next one removes.
  public static func temporary() throws(AssayError) -> Ledger {
    let folder = try TemporaryFolder()
    let path = folder.path + "/ledger.db"
    return try take(try LedgerFile.open(path: path, create: true, in: folder), path: path)
  }

  /// Puts into a new ledger what every ledger holds, and ends the transaction in which it is made.
  private static func fill(_ database: borrowing SQLiteDatabase, _ seals: LedgerSeals) throws(SQLiteError) {
    try database.execute(Schema.codes)
    try database.execute("INSERT INTO meta VALUES ('version', '\(Schema.version)'), ('finished', '1')")
    try seals.store(in: database)
    try database.commit()
  }

  /// Keeps other processes from writing until the ledger is let go of; fails where one does, or where we cannot.
  public borrowing func lockForWriting() throws(AssayError) {
    try requireWritable()
    try takeLock()
  }

  /// Throws `in_use` where another process writes the ledger at a path, so that what would write it says so before any work.
  public static func requireUnheld(_ path: String) throws(AssayError) {
    guard let holder = LedgerLock.holder(of: path) else { return }
    throw LedgerLock.inUse(path, by: holder)
  }

  /// Whoever writes waits longer for those who read than they for it: no other process writes, and what it read would be lost.
  private borrowing func takeLock() throws(AssayError) {
    try lock.take()
    do { try database.setBusyTimeout(milliseconds: Self.patienceOfWriters) } catch {
      throw Self.failure(error, path: path)
    }
  }

  /// How long a writer waits for readers of a ledger that has no log yet, in milliseconds.
  private static let patienceOfWriters: Int32 = 60_000

  /// Fails where we cannot write.
  borrowing func requireWritable() throws(AssayError) {
    guard !isReadOnly else {
      throw AssayError(
        .ledger,
        "This ledger cannot be written: it, or its folder, is read-only; copy it, or name another with --ledger.",
        at: Place(path))
    }
  }

  /// Whether we may write now; nobody else does from then on.
  borrowing func mayWrite() -> Bool {
    guard !isReadOnly else { return false }
    do { try takeLock() } catch { return false }
    return true
  }

  /// Calls `body` while nobody else writes; `nil` where somebody may.
  borrowing func whileNobodyWrites<Value>(
    _ body: () throws(AssayError) -> Value
  ) throws(AssayError) -> Value? {
    let wasHeld = lock.isHeld
    guard mayWrite() else { return nil }
    defer { if !wasHeld { lock.release() } }
    return try body()
  }

  /// Starts a write transaction.
  borrowing func begin() throws(SQLiteError) {
    seals.forget()
    try database.begin()
  }

  /// Commits the open transaction, with the digests of what it wrote.
  borrowing func commit() throws(SQLiteError) {
    try seals.store(in: database)
    try database.commit()
  }

  /// Undoes the open transaction.
  borrowing func rollback() throws(SQLiteError) {
    seals.forget()
    try database.rollback()
  }

  /// From the first finished load on, readers need not wait for a writer (a write-ahead log).
  borrowing func useLog() throws(SQLiteError) {
    try database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
  }

  borrowing func meta(_ key: String) throws(SQLiteError) -> String? {
    var statement = try database.prepare("SELECT value FROM meta WHERE key = ?1")
    try statement.bind(1, key)
    return try statement.step() ? statement.text(0) : nil
  }

  borrowing func setMeta(_ key: String, _ value: String) throws(SQLiteError) {
    var statement = try database.prepare("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")
    try statement.bind(1, key)
    try statement.bind(2, value)
    try statement.run()
  }

  static func failure(_ error: SQLiteError, path: String) -> AssayError {
    if error.isBusy { return LedgerLock.busy(path) }
    if error.isDamage {
      return AssayError(
        .damagedLedger, "The ledger is damaged, or it is not a ledger; make it again with `assay ingest`.",
        at: Place(path),
        cause: error.description)
    }
    if error.isOutOfMemory {
      return AssayError(
        .inputOutput, "There is not enough memory to read or write the ledger; raise the limit.", at: Place(path),
        cause: error.description)
    }
    if error.isTooLong {
      return AssayError(
        .changedLedger,
        "The ledger holds a value that is longer than any that this program writes: another program changed it; make it again "
          + "with `assay ingest`.", at: Place(path), cause: error.description)
    }
    if error.isOfContent {
      return AssayError(
        .changedLedger,
        "The ledger holds values that this program does not write: another program changed it; make it again with "
          + "`assay ingest`.", at: Place(path), cause: error.description)
    }
    return AssayError(
      .ledger,
      "The ledger could not be read or written; check its disk, its permissions and the limits of the process.",
      at: Place(path), cause: error.description)
  }

  /// What is named in the ledger is not in it: this program writes no such ledger.
  public static func incomplete(_ thing: String, _ path: String) -> AssayError {
    AssayError(
      .changedLedger,
      "The ledger names \(thing) that it does not hold whole: another program changed it. `assay ledger fsck` says where; make "
        + "the ledger again with `assay ingest`.", at: Place(path))
  }

  /// Runs a read-only query; `body` gets each row's values. The query's text is evidence: it is what a report prints.
  public borrowing func query(
    _ sql: String, _ parameters: [LedgerValue] = [], _ body: ([LedgerValue]) throws(AssayError) -> Void
  ) throws(AssayError) {
    do {
      var statement = try database.prepare(sql)
      guard statement.isReadOnly else {
        throw AssayError(.internalFault, "A query of evidence must not write.", at: Place(path))
      }
      for (index, value) in parameters.enumerated() {
        switch value {
        case .null: try statement.bindNull(index + 1)
        case .integer(let integer): try statement.bind(index + 1, integer)
        case .real(let real): try statement.bind(index + 1, real)
        case .text(let text): try statement.bind(index + 1, text)
        case .bytes(let bytes): try statement.bind(index + 1, blob: bytes.span)
        }
      }
      let count = statement.columnCount
      var row: [LedgerValue] = []
      while try statement.step() {
        row.removeAll(keepingCapacity: true)
        for column in 0..<count { row.append(Self.value(statement, column)) }
        try body(row)
      }
    } catch let error as AssayError {
      throw error
    } catch let error as SQLiteError {
      throw Self.failure(error, path: path)
    } catch {
      throw AssayError(.internalFault, "An unknown failure in a query.", at: Place(path))
    }
  }

  static func value(_ statement: borrowing SQLiteStatement, _ column: Int) -> LedgerValue {
    switch statement.type(column) {
    case .integer: .integer(statement.int64(column))
    case .double: .real(statement.double(column))
    case .text: .text(statement.text(column))
    case .blob: .bytes(statement.bytes(column))
    case .null: .null
    }
  }

  /// The rows of a read-only query, for results that are small.
  public borrowing func rows(_ sql: String, _ parameters: [LedgerValue] = []) throws(AssayError) -> [[LedgerValue]] {
    var rows: [[LedgerValue]] = []
    try query(sql, parameters) { row in rows.append(row) }
    return rows
  }
}
