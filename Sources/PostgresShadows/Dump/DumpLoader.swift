package import AuditTrail
import Digests
import Postgres
import Replay

/// Loads a dump into an empty database of a throw-away cluster, as the database's owner, who has no right of the server's.
///
/// Whatever the dump holds runs as that role. A superuser, on a connection of its own, only makes the roles that the dump
/// mentions, without login, and its extensions, before the dump has made anything that holds code. What reaches outside
/// the database or wants more rights is left out and listed. Errors name the dump's line, the SQLSTATE and the object,
/// never a literal.
package struct DumpLoader: ~Copyable {
  /// Roles that one statement may miss.
  private static let mostRoles = 64

  private let connection: PostgresConnection
  private let superuser: PostgresConnection
  private let owner: String
  private let watchdog: PostgresWatchdog
  private let input: DumpInput
  private var scanner: DumpScanner
  private var filter = DumpFilter()
  private var omitted: Set<String> = []
  private let version: Int

  /// Reads the dump into the database that the settings call a template.
  ///
  /// - Parameter seconds: how long one statement may take; an honest one that builds an index over millions of rows takes
  ///   minutes, one that never ends must not hold whoever called.
  /// - Returns: what was left out, in words, sorted; and the digest of the dump's plain bytes with their number.
  package static func load(
    _ path: String, _ settings: PostgresClonePool.Settings, programs: ServerPrograms, seconds: Double = 1800
  ) throws(AssayError) -> (omitted: [String], sha256: String, bytes: Int) {
    let input = try DumpInput(path, programs: programs)
    var loader = try DumpLoader(input, settings, programs, seconds)
    do { try loader.watchdog.watch(loader.connection) } catch { throw loader.fault(error, 1) }
    var isEmpty = true
    while let statement = try loader.scanner.next() {
      isEmpty = isEmpty && DumpFilter.makesNothing(statement.bytes)
      try loader.load(statement)
    }
    guard !isEmpty else {
      throw AssayError(
        .invalidFile,
        "The dump makes nothing, no table and no view, as where pg_dump failed or an archive's table of contents is damaged; "
          + "make it again.",
        at: loader.scanner.place(1))
    }
    try loader.analyze()
    return (loader.omitted.sorted(), input.finishDigest().hex, input.count)
  }

  private init(
    _ input: DumpInput, _ settings: PostgresClonePool.Settings, _ programs: ServerPrograms, _ seconds: Double
  ) throws(AssayError) {
    let roles = settings.roles
    let loading = try connect(
      settings.connection(settings.template, roles.owner, "assay load"), for: "to load the dump")
    let superuser = try connect(settings.admin.with(["dbname": settings.template]), for: "to make extensions")
    connection = loading
    self.superuser = superuser
    self.input = input
    owner = roles.owner
    version = programs.version
    scanner = DumpScanner(input)
    watchdog = PostgresWatchdog(seconds: seconds)
  }

  private mutating func load(_ statement: DumpScanner.Statement) throws(AssayError) {
    watchdog.arm()
    defer { watchdog.disarm() }
    switch filter.action(for: statement.bytes) {
    case .run: try run(statement)
    case .rewrite(let commands):
      for bytes in commands { try run(DumpScanner.Statement(bytes: bytes, line: statement.line)) }
    case .rows: try copy(statement)
    case .skipRows(let words):
      omitted.insert(words)
      while try scanner.nextRows() != nil {}
    case .makeExtension(let name, let schema): try makeExtension(name, schema, statement)
    case .makeRole(let name):
      do throws(PostgresError) { try makeRole(name) } catch { throw fault(error, statement.line) }
    case .skip(let words): if !words.isEmpty { omitted.insert(words) }
    case .refuse(let words):
      throw AssayError(
        .invalidFile, "A shadow's dump may not do this: \(words). Dump one database without --create.",
        at: scanner.place(statement.line))
    case .tooLarge(let words):
      throw AssayError(
        .invalidFile,
        "This statement, \(words), is larger than \(DumpFilter.limit >> 20) MiB, as no definition of a dump is. Take it out of "
          + "the dump; if it holds rows, dump them with COPY.", at: scanner.place(statement.line))
    }
    omitted.formUnion(filter.changed)
    filter.changed = []
  }

  // MARK: Statements

  private mutating func run(_ statement: DumpScanner.Statement) throws(AssayError) {
    let text = try text(of: statement)
    do {
      try attempt(text)
    } catch {
      if isHarmless(error, statement) { return }
      throw fault(error, statement.line)
    }
    if text.contains("standard_conforming_strings") {
      scanner.hasOldStrings = connection.reported("standard_conforming_strings") == "off"
    }
  }

  /// Runs a command, making the roles that it misses; inside a transaction of the dump an error must not end it.
  private mutating func attempt(_ text: String) throws(PostgresError) {
    var known: Set<String> = []
    while true {
      let isInTransaction = connection.transactionStatus == .inTransaction
      do {
        if isInTransaction { try connection.script("SAVEPOINT assay_load") }
        try runAlone(text)
        if isInTransaction, connection.transactionStatus == .inTransaction {
          try? connection.script("RELEASE SAVEPOINT assay_load")
        }
        return
      } catch {
        if isInTransaction { try connection.script("ROLLBACK TO SAVEPOINT assay_load") }
        // The message may be the dump's own.
        guard let role = error.missingRole, known.count < Self.mostRoles, known.insert(role).inserted else {
          throw error
        }
        try makeRole(role)
      }
    }
  }

  /// Runs one command by the protocol that refuses several: what the filter has not seen as one does not pass as one.
  private func runAlone(_ text: String) throws(PostgresError) {
    let answer = try connection.execute(text)
    _ = connection.takeNotices()
    switch answer.status {
    case .copyOut:
      while try connection.nextCopyLine() != nil {}
      while try connection.nextResult() != nil {}
    case .copyIn:
      try connection.endCopy(failing: "its rows are not in the dump")
      while try connection.nextResult() != nil {}
    default: break
    }
  }

  /// Makes a role without login or any right, of which the one who loads is a member, unless there is one of that name. Names
  /// of our own roles are not taken.
  private func makeRole(_ name: String) throws(PostgresError) {
    let known = try superuser.execute("SELECT FROM pg_roles WHERE rolname = $1", [PostgresValue(name)])
    guard known.rowCount == 0, name != "public", !name.hasPrefix("assay_") else { return }
    try superuser.script("CREATE ROLE \(quoted(name)) NOLOGIN; GRANT \(quoted(name)) TO \(quoted(owner))")
  }

  /// Errors that leave the shadow as the dump means it: dropping what is not there, making the schema that is, a setting
  /// of a newer server, what only a superuser may define, and what rests on something that was left out, which is then left
  /// out too.
  private mutating func isHarmless(_ error: PostgresError, _ statement: DumpScanner.Statement) -> Bool {
    let words = SQLTokens(statement.bytes).prefix(4).map(\.text)
    let isMissing = ["42P01", "42704", "42883", "3F000", "42703"].contains(error.sqlstate)
    switch words.first {
    case "drop": return isMissing
    case "alter" where words.count > 1 && words[1] == "table" && isMissing:
      if SQLTokens(statement.bytes).contains(where: { $0.is("drop") }) { return true }
    case "create" where words.count > 2 && words[1] == "schema" && words[2] == "public":
      return error.sqlstate == "42P06"
    case "set" where error.sqlstate == "42704" || error.sqlstate == "42501":
      omitted.insert("setting \(words.dropFirst().first ?? "") (unknown to this server)")
      return true
    case "create", "alter", "comment", "grant", "revoke", "security":
      guard error.sqlstate == "42501" else { break }
      omitted.insert("\(Self.title(of: statement)) on line \(statement.line) (needs a superuser's rights)")
      return true
    default: break
    }
    guard isMissing, !filter.missingExtensions.isEmpty || omitted.contains(where: { $0.contains("untrusted") }) else {
      return false
    }
    omitted.insert("\(Self.title(of: statement)) on line \(statement.line) (needs what is not loaded)")
    return true
  }

  /// What a statement makes, by its first words: `create materialized view public.recent`.
  private static func title(of statement: DumpScanner.Statement) -> String {
    let ends: Set<String> = ["(", "as", "using", "for", "on", "returns", "default", "with", ";"]
    let words = SQLTokens(statement.bytes).prefix(10).map(\.text).prefix { !ends.contains($0) }
    return words.joined(separator: " ").replacing(" . ", with: ".")
  }

  private func text(of statement: DumpScanner.Statement) throws(AssayError) -> String {
    guard let text = String(validating: statement.bytes, as: UTF8.self) else {
      throw AssayError(
        .invalidFile, "This statement is not UTF-8; make the dump with pg_dump --encoding=UTF8.",
        at: scanner.place(statement.line))
    }
    return text
  }

  private mutating func makeExtension(
    _ name: String, _ schema: String?, _ statement: DumpScanner.Statement
  ) throws(AssayError) {
    let place = scanner.place(statement.line)
    do {
      let known = try superuser.execute(
        "SELECT coalesce(bool_or(trusted), false) FROM pg_available_extension_versions WHERE name = $1 HAVING count(*) > 0",
        [PostgresValue(name)])
      let isTrusted = known.rowCount == 1 && known.text(0, 0) == "t"
      guard
        PostgresTemplate.isInward(name, isTrusted: isTrusted) || known.rowCount == 0 && !DebianPackages.reachesOut(name)
      else {
        filter.missingExtensions.insert(name)
        omitted.insert("extension \(name)")
        return
      }
      guard known.rowCount == 1 else {
        throw AssayError(
          .unavailable,
          "The dump needs the extension \(name), which is not installed here; install the Debian package "
            + "\(DebianPackages.package(of: name, version: version)), or one that holds it.", at: place)
      }
      // A version that the dump asks for may not be the one installed here.
      let target = schema.map { " SCHEMA \(quoted($0))" } ?? ""
      let command = "CREATE EXTENSION IF NOT EXISTS \(quoted(name))\(target) CASCADE"
      if filter.hasCode {
        guard isTrusted else {
          throw AssayError(
            .invalidFile,
            "The extension \(name) is made by a superuser, which is done only before the dump defines anything that could run "
              + "then. Move this line to the top of the dump.", at: place)
        }
        try attempt(command)
      } else {
        try makeExtension(command, in: schema ?? "public")
      }
    } catch let error as PostgresError {
      throw fault(error, statement.line)
    } catch let error as AssayError {
      throw error
    } catch {
      throw AssayError(.internalFault, "The extension could not be made.", at: place)
    }
  }

  /// Makes an extension as the superuser, while there is no code but the server's, and lets the owner fill its tables.
  private func makeExtension(_ command: String, in schema: String) throws(PostgresError) {
    // A schema that an open transaction has made is not there for others.
    let isInTransaction = connection.transactionStatus == .inTransaction
    if isInTransaction { try connection.script("COMMIT") }
    try superuser.script(
      """
      SET search_path = \(quoted(schema));
      \(command);
      SET search_path = pg_catalog, pg_temp;
      DO $rights$
        DECLARE relation regclass; BEGIN
          FOR relation IN SELECT unnest(extconfig) FROM pg_extension LOOP
            EXECUTE format('GRANT ALL ON %s TO %I', relation, \(literal(owner)));
          END LOOP;
        END $rights$
      """)
    if isInTransaction { try connection.script("BEGIN") }
  }

  // MARK: Rows

  private mutating func copy(_ statement: DumpScanner.Statement) throws(AssayError) {
    let text = try text(of: statement)
    let line = scanner.line + 1
    do {
      let answer = try connection.execute(text)
      guard answer.status == .copyIn else {
        throw AssayError(.invalidFile, "This COPY takes no rows.", at: scanner.place(statement.line))
      }
    } catch let error as PostgresError {
      if isHarmless(error, statement) {
        while try scanner.nextRows() != nil {}
        return
      }
      throw fault(error, statement.line)
    } catch let error as AssayError {
      throw error
    } catch {
      throw AssayError(.internalFault, "The rows could not be loaded.", at: scanner.place(statement.line))
    }
    while let rows = try scanner.nextRows() {
      do throws(PostgresError) { try connection.putCopy(rows) } catch { throw fault(error, line) }
    }
    do throws(PostgresError) {
      try connection.endCopy()
      while let answer = try connection.nextResult() { if let error = answer.error { throw error } }
    } catch {
      throw fault(error, line)
    }
  }

  private func analyze() throws(AssayError) {
    watchdog.arm()
    defer { watchdog.disarm() }
    do {
      if connection.transactionStatus != .idle { try connection.script("COMMIT") }
      try connection.script("RESET ALL")
      try connection.script("VACUUM (ANALYZE)")
    } catch {
      throw fault(error, scanner.line)
    }
  }

  private func fault(_ error: PostgresError, _ line: Int) -> AssayError {
    let place = scanner.place(line)
    if error.isConnectionLost {
      return AssayError(
        .unavailable, "The throw-away server ended while it loaded the dump at this line; check memory and disk.",
        at: place, cause: error.withoutLiterals)
    }
    let message =
      switch error.sqlstate {
      case "42501":
        "The dump wants more at this line than a shadow may do: it is loaded without any right of the server's. Leave it out."
      case "57014": "The dump's statement at this line does not end in time. Leave it out, or load less."
      default: "PostgreSQL refuses the dump at this line; correct it, or dump again with the server's own pg_dump."
      }
    return AssayError(.invalidFile, message, at: place, cause: error.withoutLiterals)
  }
}

extension PostgresError {
  /// The role whose absence is the error. The cluster's messages are not translated.
  fileprivate var missingRole: String? {
    guard sqlstate == "42704", message.hasPrefix("role \""), message.hasSuffix("\" does not exist") else { return nil }
    return String(message.dropFirst(6).dropLast(16))
  }
}
