import CSQLite

/// What bounds a statement on a shadow.
///
/// Steps, bytes and rows come first, so that every machine measures the same. Time is the last wall, for what is long in
/// one step: what it ends has no measurement.
public struct SQLiteShadowSettings: Sendable, Hashable {
  /// Virtual machine steps of one statement, in effect by the thousand.
  public var stepBudget: Int64 = 20_000_000
  /// Bytes by which one step call may make memory grow.
  public var memoryBudget: Int64 = 128 << 20
  /// Bytes by which the database may outgrow its image.
  public var growthLimit: Int64 = 256 << 20
  /// Bytes of a value or row.
  public var valueLimit: Int32 = 16 << 20
  /// Bytes of a statement's text.
  public var textLimit: Int32 = 16 << 20
  /// Instructions of a statement's program.
  public var programLimit: Int32 = 1_000_000
  /// Seconds that the thread may work between `startClock` and `stopClock`.
  public var secondLimit = 30.0
  /// Deleted rows of one statement, indirect ones included, at which it is interrupted; nil for never.
  public var deleteLimit: Int64?
  /// Whether foreign keys are enforced, and so cascade.
  public var foreignKeys = true
  /// Whether triggers run.
  public var triggers = true

  /// The defaults.
  public init() {}
}

/// A disposable copy of a database in memory on which recorded statements run and are measured.
///
/// Nothing leaves it: no file is opened, no database attached, no library loaded. `now` and `random()` are given.
/// For each statement: `beginStatement`, prepare, step, then read the records. An interrupted write
/// undoes the whole open transaction, as SQLite does.
@safe public struct SQLiteShadowConnection: ~Copyable {
  /// The database, to prepare and run statements on.
  public private(set) var database: SQLiteDatabase
  /// The bounds, the same after a reload.
  public let settings: SQLiteShadowSettings

  private var replay: OpaquePointer? { unsafe database.connection.replay }

  /// Opens a writable copy of `image`, the bytes of a database file.
  public init(image: [UInt8], settings: SQLiteShadowSettings = SQLiteShadowSettings()) throws(SQLiteError) {
    self.settings = settings
    database = try Self.open(image, settings)
  }

  /// Starts again from `image`: nothing of the session is left, its temporary tables and pragmas included.
  public mutating func reload(image: [UInt8]) throws(SQLiteError) {
    database = try Self.open(image, settings)
  }

  private static func open(_ image: [UInt8], _ settings: SQLiteShadowSettings) throws(SQLiteError) -> SQLiteDatabase {
    // First the configuration of the library: the layer's name is known only then.
    let ready = csqlite_initialize()
    guard ready == SQLITE_OK else {
      throw SQLiteError(code: ready, message: "the library was configured by someone else before")
    }
    let connection = try SQLiteConnection(
      path: ":memory:", flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
      vfs: unsafe String(cString: csqlite_replay_vfs))
    let database = SQLiteDatabase(connection: connection)
    let code = unsafe image.withUnsafeBufferPointer { bytes in
      unsafe csqlite_deserialize(
        connection.pointer, bytes.baseAddress, bytes.count,
        settings.growthLimit.addingReportingOverflow(Int64(bytes.count)).partialValue)
    }
    try connection.check(code)
    try database.execute("PRAGMA temp_store = MEMORY")
    for (option, value) in options {
      try connection.check(unsafe csqlite_db_config(connection.pointer, option, value))
    }
    try connection.check(
      unsafe csqlite_db_config(connection.pointer, SQLITE_DBCONFIG_ENABLE_FKEY, settings.foreignKeys ? 1 : 0))
    try connection.check(
      unsafe csqlite_db_config(connection.pointer, SQLITE_DBCONFIG_ENABLE_TRIGGER, settings.triggers ? 1 : 0))
    database.setLimit(.attached, to: 0)
    // As many as the protocols of PostgreSQL and MySQL can number: SQLite looks each up among all before it.
    database.setLimit(.parameters, to: 65_535)
    database.setLimit(.length, to: settings.valueLimit)
    database.setLimit(.sqlLength, to: settings.textLimit)
    database.setLimit(.programLength, to: settings.programLimit)
    try connection.openReplay()
    unsafe csqlite_replay_set_budgets(
      connection.replay, settings.stepBudget, settings.memoryBudget, settings.deleteLimit ?? 0,
      Int64(min(max(settings.secondLimit, 0.001), 1_000_000_000) * 1_000_000_000))
    return database
  }

  /// A misspelt column must not become a text, a schema must not be edited by hand, nothing is loaded.
  private static let options: [(option: Int32, value: Int32)] = [
    (SQLITE_DBCONFIG_DEFENSIVE, 1),
    // A trigger may keep a full-text index. The authorizer judges code of the schema as it judges a statement's.
    (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1),
    (SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0),
    (SQLITE_DBCONFIG_DQS_DML, 0),
    (SQLITE_DBCONFIG_DQS_DDL, 0),
    (SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
    (SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0),
  ]

  /// Turns the enforcement of foreign keys on or off; without effect inside a transaction.
  public func setForeignKeys(_ enabled: Bool) throws(SQLiteError) {
    try database.connection.check(
      unsafe csqlite_db_config(database.connection.pointer, SQLITE_DBCONFIG_ENABLE_FKEY, enabled ? 1 : 0))
  }

  // MARK: One statement

  /// Forgets the last statement's records and starts recording.
  ///
  /// - Parameters:
  ///   - time: what `now` is, in milliseconds since 1970.
  ///   - seed: where `random()` and `randomblob()` start.
  ///   - trackRowIdentity: whether `netDeleted` is measured, which reads every value of each inserted or deleted row.
  public func beginStatement(unixMilliseconds time: Int64, seed: UInt64, trackRowIdentity: Bool = false) {
    unsafe csqlite_replay_begin(replay, time, seed, trackRowIdentity ? 1 : 0)
  }

  /// The time of a statement, with all that is asked about it, begins.
  public func startClock() { unsafe csqlite_replay_start_clock(replay) }

  /// It ends; true where the time was up. The connection is then good for nothing but a reload.
  public func stopClock() -> Bool { unsafe csqlite_replay_stop_clock(replay) != 0 }

  /// Runs `body` without recording and without the step budget; what is refused stays refused.
  public func withoutRecording<Result: ~Copyable, Failure: Error>(
    _ body: (borrowing SQLiteDatabase) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let before = unsafe csqlite_replay_is_recording(replay)
    unsafe csqlite_replay_set_recording(replay, 0)
    defer { unsafe csqlite_replay_set_recording(replay, before) }
    return try body(database)
  }

  // MARK: Its records

  /// What changed, by table: those of `main` first, each by name.
  public var changes: [SQLiteTableChanges] {
    var changes: [SQLiteTableChanges] = []
    let count = unsafe csqlite_replay_table_count(replay)
    for index in 0..<count {
      var counts = unsafe csqlite_table_counts()
      if unsafe csqlite_replay_table(replay, index, &counts) != 0 { changes.append(unsafe SQLiteTableChanges(counts)) }
    }
    return changes.sorted { ($0.isTemporary ? 1 : 0, $0.table) < ($1.isTemporary ? 1 : 0, $1.table) }
  }

  /// The distinct columns read, in order of appearance. Known after prepare.
  public var reads: [SQLiteColumnRead] {
    var reads: [SQLiteColumnRead] = []
    forEachAccess { access in
      guard access.action == SQLITE_READ else { return }
      reads.append(
        unsafe SQLiteColumnRead(
          database: Self.text(access.arguments.2) ?? "", table: Self.text(access.arguments.0) ?? "",
          column: Self.text(access.arguments.1) ?? "", source: Self.text(access.arguments.3)))
    }
    return reads
  }

  /// The distinct actions other than reads, refused ones included, in order of appearance. Known after prepare.
  public var actions: [SQLiteAction] {
    var actions: [SQLiteAction] = []
    forEachAccess { access in
      if let action = Self.action(access) { actions.append(action) }
    }
    return actions
  }

  /// What was refused because it would leave the shadow: `ATTACH`, `VACUUM INTO`, `PRAGMA writable_schema`, `readfile`.
  public var refused: [String] {
    var refused: [String] = []
    forEachAccess { access in
      guard access.is_refused != 0, let action = Self.action(access) else { return }
      let refusal = action.refusal(duringStep: access.is_during_step != 0)
      if !refused.contains(refusal) { refused.append(refusal) }
    }
    return refused
  }

  /// Whether the statement ran out of virtual machine steps and was interrupted.
  public var stepBudgetExhausted: Bool { unsafe csqlite_replay_step_budget_exhausted(replay) != 0 }

  /// Whether the statement ran out of memory, its own budget or the machine's.
  public var memoryBudgetExhausted: Bool { unsafe csqlite_replay_memory_budget_exhausted(replay) != 0 }

  /// Whether the statement was interrupted because it deleted `deleteLimit` rows.
  public var deleteLimitReached: Bool { unsafe csqlite_replay_delete_limit_reached(replay) != 0 }

  /// Whether an error says that the statement ran into one of these bounds, and so nothing of the statement.
  public func isBound(_ error: SQLiteError) -> Bool {
    stepBudgetExhausted || memoryBudgetExhausted || [SQLITE_TOOBIG, SQLITE_FULL].contains(error.primaryCode)
  }

  private func forEachAccess(_ body: (csqlite_access) -> Void) {
    let count = unsafe csqlite_replay_access_count(replay)
    for index in 0..<count {
      var access = csqlite_access()
      unsafe csqlite_replay_access(replay, index, &access)
      body(access)
    }
  }

  private static func action(_ access: csqlite_access) -> SQLiteAction? {
    guard let kind = SQLiteAction.Kind(rawValue: access.action) else { return nil }
    return unsafe SQLiteAction(
      kind: kind, name: text(access.arguments.0), detail: text(access.arguments.1),
      database: text(access.arguments.2), source: text(access.arguments.3))
  }

  private static func text(_ pointer: UnsafePointer<CChar>?) -> String? {
    unsafe pointer.map { unsafe String(cString: $0) }
  }
}
