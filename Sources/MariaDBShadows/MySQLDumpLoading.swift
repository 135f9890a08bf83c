import AuditTrail
import MariaDB
import Replay

/// What a dump came to.
struct LoadedDump: Sendable {
  var sha256 = ""
  /// The bytes of its plain text.
  var bytes = 0
  /// What was left out or changed, in words, sorted.
  var omitted: [String] = []
  /// The schemas that it fills, in order.
  var schemas: [String] = []
  /// The one that names without a schema mean.
  var main = ""
}

/// Loads a dump into a server of our own, as an account that has no right beyond the dump's schemas, and ends at the first
/// error. Errors name the dump's line, the server's code and no literal.
struct MySQLDumpLoading: ~Copyable {
  private let input: MySQLDumpInput
  private let administrator: MariaDB
  private let loader: MariaDB
  private let watchdog: MariaDBWatchdog
  private var filter = MySQLDumpFilter()
  private var omitted: Set<String> = []
  private var schemas: Set<String> = []
  private var current: String?
  private var main: String?

  /// Reads the dump into the server.
  ///
  /// - Parameter seconds: how long one statement may take; an honest one that fills or keys a large table takes minutes.
  static func readAll(
    _ path: String, into server: MariaDBServer, seconds: Double = 1800
  ) throws(AssayError) -> LoadedDump {
    var loading = try MySQLDumpLoading(path, server, seconds)
    while let statement = try loading.input.nextStatement() { try loading.handle(statement) }
    if loading.main == nil { try loading.enter(loading.input.namedDatabase ?? "app", 1) }
    return LoadedDump(
      sha256: loading.input.sha256(), bytes: loading.input.count,
      omitted: loading.omitted.union(loading.filter.changed).sorted(), schemas: loading.schemas.sorted(),
      main: loading.main ?? "")
  }

  private init(_ path: String, _ server: MariaDBServer, _ seconds: Double) throws(AssayError) {
    let input = try MySQLDumpInput(path)
    let administrator = try Self.signIn(MariaDBServer.administrator, server, path)
    let loader = try Self.signIn(MariaDBBase.loader, server, path)
    self.input = input
    watchdog = MariaDBWatchdog(seconds: seconds)
    watchdog.guardThread(loader.thread, of: server)
    self.administrator = administrator
    self.loader = loader
  }

  private static func signIn(_ user: String, _ server: MariaDBServer, _ path: String) throws(AssayError) -> MariaDB {
    do {
      return try server.login(as: user)
    } catch {
      throw AssayError(
        .unavailable, "The throw-away server does not answer; check the memory of this machine.", at: Place(path),
        cause: error.description)
    }
  }

  private mutating func handle(_ statement: MySQLDumpInput.Statement) throws(AssayError) {
    switch filter.treatment(of: statement.bytes) {
    case .run(let text):
      if current == nil, !Self.isSetting(text) { try enter(input.namedDatabase ?? "app", statement.line) }
      try run(text, statement.line)
    case .schema(let name, let isMade):
      if isMade { try makeSchema(name, statement.line) } else { try enter(name, statement.line) }
    case .skip(let words): if !words.isEmpty { omitted.insert(words) }
    case .refuse(let words):
      throw AssayError(
        .invalidFile, "A shadow's dump may not do this: \(words). Dump one database with mysqldump or mariadb-dump.",
        at: Place(input.path, line: statement.line))
    }
  }

  private static func isSetting(_ text: [UInt8]) -> Bool {
    MySQLTokens(text).first { $0.isName }?.isWord("set") == true
  }

  private mutating func makeSchema(_ name: String, _ line: Int) throws(AssayError) {
    guard schemas.insert(name).inserted else { return }
    try asAdministrator("CREATE DATABASE \(ticked(name)) CHARACTER SET utf8mb4", line)
    try asAdministrator("GRANT ALL PRIVILEGES ON \(ticked(name)).* TO \(MariaDBBase.loader)@localhost", line)
  }

  /// Goes on in a schema; the first one is what names without one mean.
  private mutating func enter(_ name: String, _ line: Int) throws(AssayError) {
    try makeSchema(name, line)
    if main == nil { main = name }
    current = name
    try run(Array("USE \(ticked(name))".utf8), line)
  }

  private borrowing func asAdministrator(_ sql: String, _ line: Int) throws(AssayError) {
    do { try administrator.execute(sql) } catch { throw refused(error, line) }
  }

  private borrowing func run(_ text: [UInt8], _ line: Int) throws(AssayError) {
    watchdog.beginTime()
    do {
      try loader.execute(bytes: text)
    } catch {
      _ = watchdog.endTime()
      throw refused(error, line)
    }
    guard !watchdog.endTime() else {
      throw AssayError(
        .invalidFile, "This statement of the dump takes longer than it may.", at: Place(input.path, line: line))
    }
  }

  private borrowing func refused(_ error: MariaDBError, _ line: Int) -> AssayError {
    AssayError(
      .invalidFile, "The server refuses a statement of the dump; correct the one that starts at this line.",
      at: Place(input.path, line: line), cause: error.description)
  }
}
