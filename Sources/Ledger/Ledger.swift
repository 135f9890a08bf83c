public import AuditTrail
import Digests
import SQLite

/// The store of everything read, replayed and concluded: one SQLite file.
///
/// One thread at a time uses it. Readers may be called at any time after ``finishIngest()``; what a reader does not find
/// was not in any archive.
public struct Ledger: ~Copyable {
  /// The file.
  public let path: String
  let database: SQLiteDatabase
  /// Where a temporary ledger stands.
  private let folder: TemporaryFolder?

  /// Opens the ledger at a path; makes it when it is not there and `create` is set.
  public init(path: String, create: Bool) throws(AssayError) {
    self.path = path
    folder = nil
    database = try Self.open(path, create: create)
  }

  private init(in folder: TemporaryFolder) throws(AssayError) {
    self.folder = folder
    path = folder.path + "/ledger.db"
    database = try Self.open(path, create: true)
  }

  /// Makes a ledger that is gone when it is let go of. What a process that was killed left behind, the next one removes.
  public static func temporary() throws(AssayError) -> Ledger { try Ledger(in: try TemporaryFolder()) }

  private static func open(_ path: String, create: Bool) throws(AssayError) -> SQLiteDatabase {
    do {
      let database = try SQLiteDatabase(path: path, access: create ? .readWriteCreate : .readWrite)
      try prepare(database)
      guard let version = try version(of: database) else {
        throw AssayError(
          .ledger, "This file is no ledger; name another with --ledger, or delete it to start anew.", at: Place(path))
      }
      guard version == String(Schema.version) else {
        throw AssayError(
          .ledger,
          "This ledger is of version \(version), this program writes version \(Schema.version); make it anew.",
          at: Place(path))
      }
      try database.execute(Schema.additions)
      return database
    } catch let error as AssayError {
      throw error
    } catch let error as SQLiteError {
      throw failure(error, path: path)
    } catch {
      throw AssayError(.internalFault, "An unknown failure in opening a ledger.", at: Place(path))
    }
  }

  private static func version(of database: borrowing SQLiteDatabase) throws(SQLiteError) -> String? {
    var table = try database.prepare("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'meta'")
    try table.step()
    guard table.int64(0) == 1 else { return nil }
    var statement = try database.prepare("SELECT value FROM meta WHERE key = 'version'")
    return try statement.step() ? statement.text(0) : nil
  }

  private static func prepare(_ database: borrowing SQLiteDatabase) throws(SQLiteError) {
    try database.setBusyTimeout(milliseconds: 5000)
    // What is removed is not overwritten with zeros as well (Debian's SQLite would): the file keeps the recorded texts anyhow.
    try database.execute("PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF")
    try createIfEmpty(database)
    // Only now: SQLite counts pages by the size it knows, and another page size would make the cache as much larger.
    try database.execute("PRAGMA cache_size = -65536")
  }

  private static func createIfEmpty(_ database: borrowing SQLiteDatabase) throws(SQLiteError) {
    var probe = try database.prepare("SELECT count(*) FROM sqlite_master")
    try probe.step()
    let isEmpty = probe.int64(0) == 0
    probe.reset()
    guard isEmpty else {
      var mode = try database.prepare("PRAGMA journal_mode")
      try mode.step()
      let hasLog = mode.text(0) == "wal"
      mode.reset()
      if hasLog { try database.execute("PRAGMA synchronous = NORMAL") }
      return
    }
    // Larger pages than SQLite's own choice: archives are loaded in bulk and read in long runs.
    try database.execute("PRAGMA page_size = 16384")
    try database.begin()
    try database.execute(Schema.tables + Schema.sparseIndexes)
    try database.execute(Schema.codes)
    try database.execute("INSERT INTO meta VALUES ('version', '\(Schema.version)'), ('finished', '1')")
    try database.commit()
  }

  /// From the first finished load on, readers need not wait for a writer (a write-ahead log).
  ///
  /// Not before: into a new file a rollback journal writes each page once, a log twice. Either way a transaction is whole
  /// or undone.
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
    AssayError(
      .ledger, "The ledger could not be read or written; check its disk and that no other program holds it.",
      at: Place(path), cause: error.description)
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
