import AuditTrail
import FoundationEssentials
import SQLite

/// The file of a ledger, opened and found to be one.
struct LedgerFile: ~Copyable {
  /// What opening a file did to its tables.
  enum Making { case nothing, made, migrated }

  let database: SQLiteDatabase
  /// Whether we cannot write it.
  let isReadOnly: Bool
  /// What was done to its tables just now, in a transaction that is open.
  let making: Making
  /// Where it stands, if in a folder that goes with it.
  let folder: TemporaryFolder?

  /// Opens the file; makes it where it is missing and `create` is set.
  static func open(path: String, create: Bool, in folder: TemporaryFolder? = nil) throws(AssayError) -> LedgerFile {
    do {
      let isReadOnly = isReadOnly(path)
      let copy = isReadOnly && needsCopy(path) ? try TemporaryFolder() : nil
      let place = try copy.map { (folder) throws(AssayError) in try folder.copy(database: path) } ?? path
      let database =
        isReadOnly
        ? try openReadOnly(place) : try SQLiteDatabase(path: path, access: create ? .readWriteCreate : .readWrite)
      var making = try prepare(database, isReadOnly: isReadOnly) ? Making.made : .nothing
      if making == .nothing, try migrate(database, path, isReadOnly: isReadOnly) { making = .migrated }
      if making != .made { try check(database, path) }
      return LedgerFile(database: database, isReadOnly: isReadOnly, making: making, folder: copy ?? folder)
    } catch let error as AssayError {
      throw error
    } catch let error as SQLiteError {
      throw Ledger.failure(error, path: path)
    } catch {
      throw AssayError(.internalFault, "An unknown failure in opening a ledger.", at: Place(path))
    }
  }

  consuming func takeDatabase() -> SQLiteDatabase { database }

  /// Opens the file for reading, by whatever way its folder leaves.
  static func openReadOnly(_ path: String) throws(SQLiteError) -> SQLiteDatabase {
    do throws(SQLiteError) {
      let database = try SQLiteDatabase(path: path, access: .readOnly)
      database.setLimit(.length, to: mostBytesOfRow)
      _ = try isEmpty(database)
      return database
    } catch {
      guard isReadOnly(path), error.isUnopened, !hasLog(path) else { throw error }
      // Readers note themselves beside a ledger with a log. Where they cannot, nobody can write either.
      let database = try SQLiteDatabase(path: path, access: .immutable)
      database.setLimit(.length, to: mostBytesOfRow)
      return database
    }
  }

  /// The most bytes of a value or a row: twice what the parts of one entry may hold in sum while they wait for each other. What
  /// is longer only another program wrote, and reading it would take minutes.
  private static let mostBytesOfRow: Int32 = 128 << 20

  private static func isReadOnly(_ path: String) -> Bool {
    let files = FileManager.default
    guard files.fileExists(atPath: path) else { return false }
    let folder = (URL(filePath: path).resolvingSymlinksInPath().path as String).split(separator: "/").dropLast()
    return !files.isWritableFile(atPath: path) || !files.isWritableFile(atPath: "/" + folder.joined(separator: "/"))
  }

  /// Whether a write-ahead log with something in it is next to the file.
  private static func hasLog(_ path: String) -> Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
    guard let size = attributes?[.size] as? any BinaryInteger else { return false }
    return Int64(size) > 0
  }

  /// Whether what a killed process left in the log can only be read elsewhere: here nobody can make the log's index.
  private static func needsCopy(_ path: String) -> Bool {
    hasLog(path) && !FileManager.default.fileExists(atPath: path + "-shm")
  }

  /// What the pages that are kept take, as long as nobody asks for another number.
  static let cachedMegabytes = 64

  /// Sets the connection up, and begins to make the tables where there are none; says whether it did.
  private static func prepare(
    _ database: borrowing SQLiteDatabase, isReadOnly: Bool
  ) throws(SQLiteError) -> Bool {
    try database.setBusyTimeout(milliseconds: 5000)
    database.setLimit(.length, to: mostBytesOfRow)
    // What is removed is not overwritten with zeros as well (Debian's SQLite would): the file keeps the recorded texts anyhow.
    try database.execute("PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF; PRAGMA trusted_schema = OFF")
    if !isReadOnly, try isEmpty(database) {
      // Larger pages than SQLite's own choice: archives are loaded in bulk and read in long runs.
      try database.execute("PRAGMA page_size = 16384")
    } else if !isReadOnly, try usesLog(database) {
      try database.execute("PRAGMA synchronous = NORMAL")
    }
    // Only now: SQLite counts pages by the size it knows, and another page size would make the cache as much larger.
    try database.execute("PRAGMA cache_size = -\(cachedMegabytes << 10)")
    guard !isReadOnly, try isEmpty(database) else { return false }
    return try beginMaking(database)
  }

  /// Makes the tables in a transaction of its own, unless another process did so meanwhile.
  private static func beginMaking(_ database: borrowing SQLiteDatabase) throws(SQLiteError) -> Bool {
    try database.begin()
    guard try isEmpty(database) else {
      try database.rollback()
      return false
    }
    try database.execute(Schema.tables + Schema.sparseIndexes)
    return true
  }

  private static func isEmpty(_ database: borrowing SQLiteDatabase) throws(SQLiteError) -> Bool {
    var probe = try database.prepare("SELECT count(*) FROM sqlite_master")
    try probe.step()
    return probe.int64(0) == 0
  }

  private static func usesLog(_ database: borrowing SQLiteDatabase) throws(SQLiteError) -> Bool {
    var mode = try database.prepare("PRAGMA journal_mode")
    try mode.step()
    return mode.text(0) == "wal"
  }

  /// Begins to bring a ledger of an earlier version to this one; says whether it did. Fails for what is not a ledger, and for
  /// a version that this program cannot read.
  private static func migrate(
    _ database: borrowing SQLiteDatabase, _ path: String, isReadOnly: Bool
  ) throws -> Bool {
    guard let text = try version(of: database) else {
      throw AssayError(
        .damagedLedger, "This file is not a ledger; name another with --ledger, or delete it to start again.",
        at: Place(path))
    }
    guard let version = Int(text), (Migration.oldest...Schema.version).contains(version) else {
      throw AssayError(
        .ledger,
        "This ledger is of version “\(text.prefix(20))”, this program reads versions \(Migration.oldest) to \(Schema.version); make it "
          + "again with `assay ingest`.", at: Place(path))
    }
    guard version < Schema.version else { return false }
    guard !isReadOnly else {
      throw AssayError(
        .ledger,
        "This ledger is of version \(version) and must be brought to version \(Schema.version), but it, or its folder, is "
          + "read-only; copy it to where it can be written.", at: Place(path))
    }
    try database.begin()
    // Another process may have done it meanwhile.
    guard try Self.version(of: database) == text else {
      try database.rollback()
      return false
    }
    try Migration.migrate(database, from: version)
    return true
  }

  /// Fails for what has other tables than this program makes.
  private static func check(_ database: borrowing SQLiteDatabase, _ path: String) throws {
    for name in ["user_version", "application_id"] {
      var number = try database.prepare("PRAGMA main.\(name)")
      guard try number.step(), number.int64(0) != 0 else { continue }
      throw AssayError(
        .changedLedger,
        "The ledger was changed by another program: its \(name) is \(number.int64(0)), and Assay sets none. Make the ledger again with `assay ingest`.",
        at: Place(path))
    }
    if let name = try Schema.difference(of: database) {
      throw AssayError(
        .changedLedger,
        "The ledger was changed by another program: \(name) is not as Assay makes it. Make the ledger again with `assay ingest`.",
        at: Place(path))
    }
  }

  private static func version(of database: borrowing SQLiteDatabase) throws(SQLiteError) -> String? {
    var table = try database.prepare("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'meta'")
    try table.step()
    guard table.int64(0) == 1 else { return nil }
    var statement = try database.prepare("SELECT value FROM meta WHERE key = 'version'")
    return try statement.step() ? statement.text(0) : nil
  }
}

extension SQLiteError {
  /// Another connection holds what is needed.
  var isBusy: Bool { primaryCode == 5 || primaryCode == 6 }
  /// What is in the file is not a database, or no whole one.
  var isDamage: Bool { primaryCode == 11 || primaryCode == 26 }
  /// What is stored does not fit the query, as where a sum overflows or a table is another.
  var isOfContent: Bool { primaryCode == 1 || primaryCode == 20 }
  /// A value is longer than is read or written.
  var isTooLong: Bool { primaryCode == 18 }
  /// Memory is missing.
  var isOutOfMemory: Bool { primaryCode == 7 || code == 3082 }
  /// The file, or one beside it, could not be opened or made.
  var isUnopened: Bool { primaryCode == 14 || primaryCode == 8 || primaryCode == 10 }
}
