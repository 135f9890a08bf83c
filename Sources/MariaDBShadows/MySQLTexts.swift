import AuditTrail
import Ledger
import Replay

/// What is left of a text.
struct MySQLScript {
  fileprivate var commands: ArraySlice<MySQLCommand>
  fileprivate let isAlone: Bool
}

/// Goes through a text command by command, and stops what must not run at all.
extension MariaDBDriver {
  func script(of text: inout TextRun, _ session: Session<MariaDBDriver>) -> MySQLScript {
    usedParameters = 0
    let commands = MySQLCommand.splitting(in: text.statement.sql, quoting)
    return MySQLScript(commands: commands[...], isAlone: commands.count == 1)
  }

  func nextCommand(
    in script: inout MySQLScript, _ text: inout TextRun, _ session: inout Session<MariaDBDriver>
  ) throws -> NextCommand<MySQLCommand> {
    guard let command = script.commands.popFirst() else { return .none }
    guard ["mysql", "mariadb"].contains(where: session.engine.lowercased().contains) else {
      // What another engine means by a text shows in no error where both read it, such as double quotes.
      return refuse(.engineMismatch, &text)
    }
    if command.holdsOtherVersion { return refuse(.engineMismatch, &text) }
    if isLost { return refuse(.unsupported, &text) }
    text.isRepeatable = text.isRepeatable && command.isQuery && !command.asksChance && !command.namesVariable
    if let change = command.transaction {
      return try followRecorded(change, command, isAlone: script.isAlone, &text, &session)
    }
    if let refusal = MySQLRefusal(command) {
      if refusal.losesSession { isLost = true }
      if let escape = refusal.escape, !text.failedWhenRecorded {
        text.effect.refused.append(escape)
        text.effect.execution = .failed(code: "42000", missingObject: nil)
        text.isReadOnly = false
        return .ended(.failed)
      }
      return refuse(refusal.reason, &text)
    }
    if ["lock", "unlock"].contains(command.verb) {
      // One session is alone on its copy; what is left of a lock is that it ends a transaction.
      if session.transaction.isOpen { return .transaction(.commit(andChain: false), nil, isAlone: script.isAlone) }
      return .ended(.done)
    }
    noteReads(command, &text, session.state)
    return .command(command)
  }

  private func refuse(_ reason: InconclusiveReason, _ text: inout TextRun) -> NextCommand<MySQLCommand> {
    text.fail(.notRun(reason))
    text.isReadOnly = false
    return .ended(.failed)
  }

  /// A transaction command as the session engine has it: in MySQL `BEGIN` commits what is open.
  private func followRecorded(
    _ change: TransactionCommand, _ command: MySQLCommand, isAlone: Bool, _ text: inout TextRun,
    _ session: inout Session<MariaDBDriver>
  ) throws -> NextCommand<MySQLCommand> {
    if session.isProbingScript || !text.keeps && !isAlone { return refuse(.unsupported, &text) }
    text.isTransactional = false
    text.touchesClone = true
    let isOpen = session.transaction.isOpen
    switch change {
    case .begin where isOpen: return .transaction(.commit(andChain: true), command, isAlone: isAlone)
    case .commit(andChain: true) where !isOpen, .rollback(andChain: true) where !isOpen:
      return .transaction(.begin, nil, isAlone: isAlone)
    case .savepoint(let name):
      if session.transaction.position(of: name) != nil { return refuse(.unsupported, &text) }
      if !isOpen { return .ended(.done) }
    case .release where !isOpen, .rollbackTo where !isOpen:
      text.fail(.failed(code: "42000", missingObject: nil))
      return .ended(.failed)
    case .begin, .commit, .rollback, .release, .rollbackTo: break
    }
    return .transaction(change, command, isAlone: isAlone)
  }

  /// Adds what the facts say that the command reads, and which of the tables that decide what it does hold no rows here.
  private func noteReads(_ command: MySQLCommand, _ text: inout TextRun, _ state: CloneState<MariaDBDriver>) {
    let catalog = state.schema.catalog
    let writes = !command.isQuery
    var reach = catalog.reach(from: command.names, writes: writes, deciding: true).tables
    let facts = world.textFacts(of: text.statement)
    if facts.parsed {
      for read in facts.commands.flatMap(\.reads) where !read.column.isEmpty {
        guard let table = table(named: read.table, in: state), let known = catalog.tables[table.name] else { continue }
        let columns = read.column == "*" ? known.columns.map(\.name) : [read.column]
        text.effect.reads += columns.map { "\(catalog.shownName(of: table.name)).\($0)" }
      }
      if command.verb == "insert", !command.mayReplace {
        // Rows that are in the target decide nothing of an insert but whether a key is taken.
        let targets = facts.commands.filter { $0.kinds.contains(.insert) }.flatMap(\.writes)
        let read = Set(facts.commands.flatMap(\.reads).compactMap { self.table(named: $0.table, in: state)?.name })
        let added = Set(targets.compactMap { self.table(named: $0.table, in: state)?.name }).subtracting(read)
        reach.subtract(added.filter { target in !catalog.code.values.contains { $0.table == target } })
      }
    }
    if !["create", "alter", "drop", "rename"].contains(command.verb) {
      text.emptyTables.formUnion(
        reach.filter(world.holdsNoRows).map { state.schema.identity($0) }.filter { $0.number == 0 })
    }
  }

  /// A key that finds no parent here may find one in production.
  func conclude(_ text: inout TextRun, _ session: Session<MariaDBDriver>) {
    guard case .failed(let code, _) = text.effect.execution, code == "23000" else { return }
    let catalog = session.state.schema.catalog
    let names = MySQLCommand(text.statement.sql, quoting).names
    let parents = names.flatMap(catalog.tables(named:)).flatMap(catalog.parentTables)
    if parents.contains(where: world.holdsNoRows) { text.effect.execution = .notRun(.noRows) }
  }
}

/// Why a command does not run at all.
struct MySQLRefusal {
  let reason: InconclusiveReason
  /// The way out of the database that it is.
  var escape: String?
  /// Whether what the session's transactions are cannot be followed from here on.
  var losesSession = false

  /// What is the matter with a command; `nil` for most.
  init?(_ command: MySQLCommand) {
    let (words, verb, second) = (command.keywords, command.verb, command.second)
    if let way = Self.way(words, verb, second) {
      (reason, escape, losesSession) = (.privilege, way, verb == "load")
      return
    }
    switch verb {
    // The client's own file, which no archive has: what it brings, later statements meet.
    case "load", "xa": (reason, losesSession) = (.unsupported, true)
    case "grant", "revoke": reason = .privilege
    case "create" where ["user", "role"].contains(second), "drop" where ["user", "role"].contains(second),
      "alter" where second == "user", "rename" where second == "user":
      reason = .privilege
    case "create" where words.prefix(4).contains("user") || words.prefix(4).contains("role"): reason = .privilege
    case "set" where ["password", "role"].contains(second) || words.contains("default") && words.contains("role"):
      reason = .privilege
    // What runs later, or on another connection.
    case "create" where words.prefix(6).contains("event"), "alter" where words.prefix(4).contains("event"):
      reason = .unsupported
    case "kill", "handler", "flush", "reset", "purge", "binlog", "backup", "cache", "change", "start", "stop", "signal",
      "resignal":
      reason = .unsupported
    // Rows change places, or come and go, by other ways than a count shows.
    case "alter" where !Set(["exchange", "discard", "import", "convert", "versioning"]).isDisjoint(with: words):
      (reason, losesSession) = (.unsupported, true)
    default: return nil
    }
  }

  private static func way(_ words: [String], _ verb: String, _ second: String) -> String? {
    let pairs = zip(words, words.dropFirst())
    if pairs.contains(where: { $0 == "into" && ($1 == "outfile" || $1 == "dumpfile") }) { return "INTO OUTFILE" }
    if words.contains("load_file") { return "LOAD_FILE" }
    switch verb {
    case "load" where !words.prefix(5).contains("local"): return "LOAD DATA INFILE"
    case "install", "uninstall": return "INSTALL PLUGIN"
    case "create" where words.contains("soname"): return "CREATE FUNCTION SONAME"
    case "create" where words.prefix(4).contains("server"), "alter" where second == "server": return "CREATE SERVER"
    case "create" where words.contains("federated") || words.contains("connect") && words.contains("engine"):
      return "ENGINE FEDERATED"
    case "shutdown", "restart": return "SHUTDOWN"
    default: return nil
    }
  }
}
