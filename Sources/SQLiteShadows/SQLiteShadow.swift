public import AuditTrail
import Digests
import FoundationEssentials
import Ledger
public import Replay
package import SQLite

/// An immutable image of a shadow database with what is known of it; every session gets a clone of its own.
public final class SQLiteShadow: Shadow {
  /// `sqlite`.
  public let engine = "sqlite"

  /// The table by which a database proves that it is a shadow.
  package static let markerTable = "assay_shadow"

  /// Where it came from, as `sqlite:PATH` or as its label says.
  public let source: String
  /// The SHA-256 of the image, in hex.
  public let imageSHA256: String
  /// What its rows are.
  public let basis: Basis
  /// The moment it is a copy of.
  public let asOf: Timestamp?
  /// The server it was copied from, where the marker says.
  public let server: String?
  /// Production's row counts, where they are known.
  public let production: ProductionRows

  /// The image's digest, and that of production's row counts where they are known.
  public var digest: String { production.digest(with: imageSHA256) }

  /// The digest, the settings of a clone and the library's version.
  public var contentDigest: String? {
    "sqlite \(sqliteVersion) \(digest) \(basis.rawValue) foreign_keys \(settings.foreignKeys) \(pragmas)"
  }

  /// The authorizer of its connections (`CSQLite/Authorizer.c`).
  public var containment: String { "in this process, under an authorizer: no files, no programs, no network" }

  /// The size of the image, in bytes.
  public var imageBytes: Int { image.count }

  package let image: [UInt8]
  package let catalog: SQLiteCatalog
  package let settings: SQLiteShadowSettings
  /// Pragmas that the script set, set again on each clone.
  package let pragmas: [String]

  /// Reads a shadow.
  ///
  /// - Throws: `not_a_shadow` for a database without the marker, `missing_input`, `invalid_file` with the line for a
  ///   script that SQLite refuses.
  public convenience init(reading source: ShadowSource, options: ShadowOptions = ShadowOptions()) throws(AssayError) {
    guard FileManager.default.fileExists(atPath: source.path) else {
      throw AssayError(
        .missingInput, "There is no shadow here; check the path in --shadow or in the configuration.",
        at: Place(source.path))
    }
    switch source.kind {
    case .dump, .server:
      throw AssayError(.usage, "This names a shadow of PostgreSQL, not of SQLite.", at: Place(source.path))
    case .database: try self.init(database: source.path, options: options)
    case .script:
      let script: [UInt8]
      do {
        script = [UInt8](try Data(contentsOf: URL(filePath: source.path)))
      } catch {
        throw AssayError(.inputOutput, "The shadow's script cannot be read.", at: Place(source.path))
      }
      try self.init(script: String(decoding: script, as: UTF8.self), path: source.path, options: options)
    }
  }

  /// Builds a shadow from a script.
  public convenience init(
    script: String, path: String, options: ShadowOptions = ShadowOptions()
  ) throws(AssayError) {
    var pragmas: [String: String] = [:]
    let clone = try Self.emptyClone(path)
    let bytes = Array(script.utf8) + [0]
    var (offset, start) = (0, 0)
    do {
      let time = (options.asOf?.nanoseconds ?? 0) / 1_000_000
      while true {
        clone.beginStatement(unixMilliseconds: time, seed: UInt64(offset))
        start = offset
        guard var command = try clone.database.prepareNext(inTerminated: bytes.span, at: &offset) else { break }
        try clone.inTime { () throws(SQLiteError) in while try command.step() {} }
        for action in clone.actions where action.kind == .pragma {
          if let name = action.name?.nameKey, let value = action.detail { pragmas[name] = value }
        }
      }
      if clone.database.isInTransaction { try clone.database.commit() }
    } catch {
      let first = bytes[start...].firstIndex { !" \t\r\n".utf8.contains($0) } ?? start
      let line = 1 + bytes[..<first].count { $0 == UInt8(ascii: "\n") }
      throw AssayError(
        .invalidFile,
        // An endless recursion keeps its rows until no memory is left.
        clone.isBound(error) || error.primaryCode == 7
          ? "A command of the shadow's script takes more time or memory than it may, as an endless recursion does, or makes more than \(mostViews) views; correct the one that starts at this line."
          : "SQLite refuses a command of the shadow's script; correct the one that starts at this line.",
        at: Place(path, line: line), cause: error.description)
    }
    let foreignKeys = pragmas["foreign_keys"].map { !["0", "off", "no", "false"].contains($0.nameKey) } ?? true
    try self.init(
      clone.database, source: "sqlite:\(path)", options: options, foreignKeys: foreignKeys,
      pragmas: Self.kept.compactMap { name in pragmas[name].map { "PRAGMA \(name) = \(quoted($0))" } })
  }

  /// Pragmas of a connection that change what statements do. What else a script sets is in the image.
  private static let kept = [
    "case_sensitive_like", "ignore_check_constraints", "recursive_triggers", "reverse_unordered_selects",
  ]

  /// Reads a schema with its rows, of which a shadow is to be made; a database here need carry no marker, for nothing is
  /// replayed on it.
  package convenience init(schemaOf source: ShadowSource) throws(AssayError) {
    guard source.kind == .database, FileManager.default.fileExists(atPath: source.path) else {
      try self.init(reading: source)
      return
    }
    try self.init(database: source.path, options: ShadowOptions(), needsMarker: false)
  }

  private convenience init(
    database path: String, options: ShadowOptions, needsMarker: Bool = true
  ) throws(AssayError) {
    let file = URL(filePath: path).resolvingSymlinksInPath().path as String
    let before = Self.state(of: file)
    let folder = Self.hasLog(file) ? try TemporaryFolder("shadow") : nil
    let database = try Self.open(try folder?.copy(database: path) ?? path, named: path)
    guard try Self.isMarked(database, path) || !needsMarker else {
      throw AssayError(
        .notAShadow,
        "This database does not prove that it is a shadow: it has no table assay_shadow (basis, as_of, server, created). "
          + "Add it to a disposable copy, or name a .sql script; never replay on production.", at: Place(path))
    }
    try self.init(database, source: "sqlite:\(path)", options: options, foreignKeys: true, pragmas: [])
    guard before == Self.state(of: file) else {
      throw AssayError(
        .inputOutput, "The shadow's database changed while it was read; end what writes it, and try again.",
        at: Place(path))
    }
    try requireWhole(path)
  }

  /// Fails for a file that is damaged: what statements do on it would be no evidence.
  private func requireWhole(_ path: String) throws(AssayError) {
    let found: String
    do {
      found = try Self.withCopy(of: image) { (copy) throws(SQLiteError) in
        var check = try copy.prepare("PRAGMA quick_check(1)")
        try check.step()
        return check.text(0)
      }
    } catch { throw Self.unreadable(error, path) }
    guard found == "ok" else {
      throw AssayError(
        .damagedContainer, "The shadow's database is damaged; make the copy again.", at: Place(path),
        cause: "PRAGMA quick_check")
    }
  }

  private static func unreadable(_ error: SQLiteError, _ place: String) -> AssayError {
    switch error.primaryCode {
    case 11, 26:
      AssayError(
        .damagedContainer, "The shadow's database is damaged; make the copy again.", at: Place(place),
        cause: error.description)
    case 9, 18:
      AssayError(
        .invalidFile,
        "Reading the shadow takes more time or memory than it may; look for generated columns and checks that do much work.",
        at: Place(place), cause: error.description)
    case 7:
      AssayError(
        .inputOutput, "There is not enough memory for the shadow; raise the limit.", at: Place(place),
        cause: error.description)
    default:
      AssayError(
        .inputOutput, "The shadow could not be copied; check its disk and its permissions.", at: Place(place),
        cause: error.description)
    }
  }

  /// The bounds of who builds or reads a shadow, which may do more than a statement may.
  package static var buildingSettings: SQLiteShadowSettings {
    var settings = SQLiteShadowSettings()
    settings.stepBudget = 10_000_000_000
    settings.memoryBudget = 4 << 30
    settings.growthLimit = 4 << 30
    return settings
  }

  private static func emptyClone(_ path: String) throws(AssayError) -> SQLiteShadowConnection {
    do {
      return try SQLiteShadowConnection(image: [], settings: buildingSettings)
    } catch {
      throw AssayError(.internalFault, "No clone could be opened.", at: Place(path), cause: error.description)
    }
  }

  /// Opens the file so that nothing is written, not even beside it: SQLite would make an index of a write-ahead log, and
  /// undo what a journal holds. Where there is one, a copy is read.
  private static func open(_ path: String, named name: String) throws(AssayError) -> SQLiteDatabase {
    do {
      return try SQLiteDatabase(path: path, access: path == name ? .immutable : .readWrite)
    } catch {
      throw AssayError(
        .inputOutput, "The shadow's database cannot be opened.", at: Place(name), cause: error.description)
    }
  }

  private static func hasLog(_ path: String) -> Bool {
    ["-wal", "-journal"].contains { FileManager.default.fileExists(atPath: path + $0) }
  }

  /// What changes when somebody writes the file or its log.
  private static func state(of path: String) -> [String] {
    ["", "-wal", "-journal"].map { ending in
      let attributes = try? FileManager.default.attributesOfItem(atPath: path + ending)
      return "\(attributes?[.size] ?? 0) \(attributes?[.modificationDate] ?? 0)"
    }
  }

  private static func isMarked(_ database: borrowing SQLiteDatabase, _ path: String) throws(AssayError) -> Bool {
    do {
      var marker = try database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")
      try marker.bind(1, Self.markerTable)
      return try marker.step()
    } catch {
      throw AssayError(
        .unknownFormat, "This file is not a SQLite database, or it is damaged; name a database or a script (.sql).",
        at: Place(path), cause: error.description)
    }
  }

  private init(
    _ database: borrowing SQLiteDatabase, source: String, options: ShadowOptions, foreignKeys: Bool, pragmas: [String]
  ) throws(AssayError) {
    self.source = options.label ?? source
    self.pragmas = pragmas
    production = options.production
    var settings = SQLiteShadowSettings()
    settings.foreignKeys = foreignKeys
    self.settings = settings
    let marker: Marker
    let stored: [UInt8]
    do {
      try database.requireFewViews()
      stored = try database.serialize()
      catalog = try SQLiteCatalog(of: database)
      marker = try Self.withCopy(of: stored) { (copy) throws(SQLiteError) in try Marker(of: copy) }
      image = try Self.withWholeRows(stored)
    } catch { throw Self.unreadable(error, source) }
    imageSHA256 = SHA256Digest(of: stored).hex
    server = marker.server
    asOf = options.asOf ?? marker.asOf
    basis =
      options.basis ?? marker.basis ?? (catalog.tables.values.allSatisfy { $0.rows == 0 } ? .schemaOnly : .synthetic)
  }

  /// The image in which each row stores every column. A row that is older than an added column does not store it, and what a
  /// change takes from it would read as NULL in place of the default.
  ///
  /// Source: sqlite.org/lang_altertable.html, "ALTER TABLE ADD COLUMN".
  static func withWholeRows(_ image: [UInt8]) throws(SQLiteError) -> [UInt8] {
    try withCopy(of: image, foreignKeys: false, triggers: false) { (copy) throws(SQLiteError) in
      var isWhole = true
      let objects = try SchemaObjects(of: copy)
      for table in objects.sorted where table.type == "table" && !table.isVirtual {
        let columns = try SQLiteCatalog.storedColumns(of: table.name, in: copy)
        guard let column = columns.first(where: { $0.hasDefault && !$0.isGenerated }).map({ quoted($0.name) }),
          !objects.isShadowTable(table.name, isTemporary: false)
        else { continue }
        // A row that breaks a check stays as it is.
        try copy.execute("UPDATE OR IGNORE \(quoted(table.name)) SET \(column) = \(column)")
        isWhole = false
      }
      return isWhole ? image : try copy.serialize()
    }
  }

  /// Opens a copy of an image as a replayed statement would, under the authorizer and within bounds: generated columns,
  /// checks and views are the image's own code.
  static func withCopy<Result>(
    of image: [UInt8], foreignKeys: Bool = true, triggers: Bool = true,
    _ body: (borrowing SQLiteDatabase) throws(SQLiteError) -> Result
  ) throws(SQLiteError) -> Result {
    var settings = buildingSettings
    settings.foreignKeys = foreignKeys
    settings.triggers = triggers
    let clone = try SQLiteShadowConnection(image: image, settings: settings)
    clone.beginStatement(unixMilliseconds: 0, seed: 0)
    return try clone.inTime { () throws(SQLiteError) in try body(clone.database) }
  }

  /// What the marker table says; every field may be missing.
  private struct Marker {
    var basis: Basis?
    var asOf: Timestamp?
    var server: String?

    init(of database: borrowing SQLiteDatabase) throws(SQLiteError) {
      var columns: Set<String> = []
      var info = try database.prepare("SELECT name FROM pragma_table_info(?)")
      try info.bind(1, SQLiteShadow.markerTable)
      while try info.step() { columns.insert(info.text(0).nameKey) }
      func orNull(_ name: String) -> String { columns.contains(name) ? name : "NULL" }
      guard !columns.isEmpty else { return }
      var row = try database.prepare(
        "SELECT \(orNull("basis")), \(orNull("as_of")), \(orNull("server")) FROM \(SQLiteShadow.markerTable)")
      guard try row.step() else { return }
      basis = row.optionalText(0).flatMap(Basis.init(rawValue:))
      asOf = row.optionalText(1).flatMap { Timestamp($0) }
      server = row.optionalText(2)
    }
  }

  /// Source: Benchmarks/results/2026-11-23-replay.md (rounded up), and `sqlite3_deserialize` of images of 0.2, 12 and 121 MB
  /// (0.12, 2.0 and 98 ms).
  public var costs: ReplayCosts? { ReplayCosts(statement: 20e-6, session: 0, clone: 120e-6, cloneByte: 0.8e-9) }

  /// Opens replays on clones of the image.
  public func clones(_ measuring: Measuring) -> any CloneSource {
    SQLiteClones(
      shadow: self, columns: SQLiteSensitiveColumns(measuring.sensitive, of: self, analyze: measuring.analyze),
      measuring: measuring)
  }

  /// Whether what a statement does with the table's rows cannot be known: none are here, and production may have some.
  package func isEmptyHere(_ table: String) -> Bool {
    // What a virtual table keeps is that table's own: a small R-tree has no rows in its table of parents.
    catalog.tables[table.nameKey].map { $0.rows == 0 } == true && production[table] != 0
      && !catalog.objects.isShadowTable(table, isTemporary: false)
  }
}

extension SQLiteShadowConnection {
  /// Runs `body` within the time of a statement.
  ///
  /// - Throws: `SQLITE_INTERRUPT` where its time was up.
  package func inTime<Result>(_ body: () throws(SQLiteError) -> Result) throws(SQLiteError) -> Result {
    startClock()
    do throws(SQLiteError) {
      let result = try body()
      guard !stopClock() else { throw SQLiteError(code: 9, message: "its time is up") }
      return result
    } catch {
      _ = stopClock()
      throw error
    }
  }
}
