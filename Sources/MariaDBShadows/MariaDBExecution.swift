import AuditTrail
import Ledger
import MariaDB
import Replay

extension MariaDBDriver {
  /// Runs a command that is not a transaction command, on a spare copy where it must be undone, and adds what it did.
  func execute(
    _ command: MySQLCommand, _ text: inout TextRun, _ session: inout Session<MariaDBDriver>
  ) throws -> CommandEnd {
    let isPlain = isPlainRead(command, session.state)
    if !isPlain {
      text.isReadOnly = text.isReadOnly && command.isQuery && !command.isCompound
      text.touchesClone = true
    }
    if !isPlain, !text.keeps {
      do { try openScope(session) } catch let error as MariaDBError {
        // What ran before gives something else the second time.
        if error.isConnectionLost || watchdog.hasFired { throw error }
        text.fail(.notRun(.volatile))
        return .failed
      }
    }
    if isUnsure { try recount(&session.state) }
    if meter.isStale { _ = try meter.countNow(of: session.state.schema.catalog) }
    let isSafe = isSafe(command, session.state)
    let mayShow = !isSafe || isTainted && mayCarry(command, session.state)
    if !isSafe, !isPlain { isTainted = true }
    let (before, changes) = (session.state, text.changes)
    let counted = meter.reading
    let wasOpen = session.transaction.isOpen
    guard var entry = try journalEntry(command, &text) else { return .failed }
    var failure: MariaDBError?
    var isShown = false
    do {
      let results = try run(entry, on: meter)
      addCounts(results, command, &text)
      isShown = mayShow && command.verb != "show" && results.contains { $0.columns > 0 }
    } catch {
      if error.isConnectionLost { throw error }
      failure = error
      entry.fails = true
    }
    if watchdog.hasFired {
      text.fail(.notRun(.timeout))
      return .stopped
    }
    if let failure { text.effect.execution = MariaDBFailure.meaning(of: failure, text.statement) }
    if !isPlain {
      remember(entry)
      var doubt: EffectDoubt?
      do throws(EffectDoubt) {
        try addEffects(of: command, since: counted, failed: failure != nil, &text, &session.state)
      } catch {
        doubt = error
      }
      if let doubt {
        text.changes = changes
        return endDoubted(doubt, since: before, &text, &session)
      }
      try followTransaction(command, wasOpen: wasOpen, since: before, &text, &session)
    }
    if ["set", "call", "execute"].contains(command.verb), failure == nil, spare == nil { quoting = try own.quoting() }
    if isShown || !isSafe && mayTell(text.effect.execution) {
      // How much of a sensitive column a client saw is not measured on this engine.
      text.fail(.notRun(.unsupported))
      return .failed
    }
    guard failure == nil else {
      text.leaves = text.changes
      return .failed
    }
    return .done
  }

  /// What effects are not known of: the rest of the session goes on with rows that are counted again.
  private func endDoubted(
    _ doubt: EffectDoubt, since before: CloneState<MariaDBDriver>, _ text: inout TextRun,
    _ session: inout Session<MariaDBDriver>
  ) -> CommandEnd {
    if spare == nil {
      isUnsure = true
      followServer(&session, since: before)
    }
    text.fail(.notRun(doubt.reason))
    return .failed
  }

  /// Follows what the command did to the session's transaction.
  private func followTransaction(
    _ command: MySQLCommand, wasOpen: Bool, since before: CloneState<MariaDBDriver>, _ text: inout TextRun,
    _ session: inout Session<MariaDBDriver>
  ) throws(MariaDBError) {
    if spare != nil {
      if text.failedWhenRecorded { try followFailedEnd(&session) }
      return
    }
    followServer(&session, since: before)
    if wasOpen, session.transaction.isOpen, command.isCompound, mayEndTransaction(command, before) {
      // Code may have committed and begun again: what came before is not said to be undone later.
      session.transaction.open(session.state)
    }
    // What no rollback undoes is not part of a transaction.
    let isKept = text.changes.tables.keys.contains { table in
      before.schema.catalog.tables[table.name].map { !$0.isTransactional } ?? false
    }
    if isKept, session.transaction.isOpen {
      text.marks = EffectMarks(text.changes)
      isMixed = true
    }
  }

  private func mayEndTransaction(_ command: MySQLCommand, _ state: CloneState<MariaDBDriver>) -> Bool {
    guard command.verb == "call" else { return true }
    let ending: Set<String> = [
      "commit", "rollback", "start", "xa", "create", "alter", "drop", "truncate", "rename", "lock", "execute",
      "immediate", "autocommit",
    ]
    return state.schema.catalog.reach(from: command.names, writes: true).code.contains { piece in
      !ending.isDisjoint(with: piece.names.map { $0.lowercased() })
    }
  }

  // MARK: What runs

  /// Whether a command can change nothing, neither rows nor the connection.
  private func isPlainRead(_ command: MySQLCommand, _ state: CloneState<MariaDBDriver>) -> Bool {
    guard command.isQuery, !command.namesVariable else { return false }
    let words = Set(command.keywords)
    let acting: Set<String> = [
      "into", "nextval", "setval", "next", "get_lock", "release_lock", "last_insert_id", "sql_calc_found_rows",
      "update",
      "delete", "insert", "replace", "procedure", "analyze", "lastval", "previous",
    ]
    guard acting.isDisjoint(with: words) else { return command.verb == "show" }
    return !state.schema.catalog.reach(from: command.names, writes: false).code.contains { $0.kind != "view" }
  }

  /// The command with its values and its clock; `nil` where a value is missing.
  private func journalEntry(_ command: MySQLCommand, _ text: inout TextRun) throws -> JournalEntry? {
    let asksBefore = !Set(["row_count", "found_rows", "diagnostics", "warnings", "errors"]).isDisjoint(
      with: command.keywords)
    let clock = asksBefore ? "" : clockText(text.statement)
    guard command.sql.utf8.contains(UInt8(ascii: "?")) else {
      return JournalEntry(sql: command.sql, values: nil, clock: clock)
    }
    let count: Int
    do {
      count = try meter.session.parameterCount(of: command.sql)
    } catch {
      if error.isConnectionLost { throw error }
      // What cannot be prepared is sent as it stands, and says itself why.
      return JournalEntry(sql: command.sql, values: nil, clock: clock)
    }
    guard let values = MariaDBBinding.taken(text.statement.parameters, count, after: usedParameters) else {
      text.effect.execution = .notRun(.missingParams)
      return nil
    }
    usedParameters += count
    return JournalEntry(sql: command.sql, values: values, clock: clock)
  }

  /// The recorded time, and where chance starts.
  private func clockText(_ statement: StatementEntry) -> String {
    let microseconds = statement.time.nanoseconds / 1_000
    let seed = world.measuring.seed &+ statement.chance &* 0x9e37_79b9_7f4a_7c15
    let (whole, part) = (max(1, microseconds / 1_000_000), max(0, microseconds % 1_000_000))
    let digits = String(part + 1_000_000).dropFirst()
    return
      "SET timestamp = \(whole).\(digits), rand_seed1 = \(seed % 1_073_741_823), rand_seed2 = \((seed >> 32) % 1_073_741_823)"
  }

  /// Remembers what ran, to run it again on another copy.
  private func remember(_ entry: JournalEntry) {
    if spare != nil { spareJournal.append(entry) } else { journal.append(entry) }
  }

  private func addCounts(_ results: [MariaDBResult], _ command: MySQLCommand, _ text: inout TextRun) {
    for result in results {
      text.effect.rowsReturned += result.rows
      let isCounted = ["insert", "replace", "update", "delete", "with"].contains(command.verb)
      if isCounted, result.columns == 0, let affected = result.affected, affected >= 0 {
        text.effect.ownCount = (text.effect.ownCount ?? 0) &+ affected
      }
    }
  }

  /// Counts every table again and reads what there is.
  private func recount(_ state: inout CloneState<MariaDBDriver>) throws(MariaDBError) {
    let catalog = try meter.catalogNow()
    try meter.openTables(catalog)
    for (key, table) in catalog.tables where table.holdsRows {
      state.rows[state.schema.identity(key)] = try meter.countRows(of: table)
    }
    state.schema.catalog = catalog
    if spare == nil { isUnsure = false }
  }

  // MARK: Sensitive columns

  /// Whether a command neither shows nor carries values of sensitive columns, as a user who may not read them can prepare it.
  private func isSafe(_ command: MySQLCommand, _ state: CloneState<MariaDBDriver>) -> Bool {
    if world.sensitiveTables.isEmpty || ["use", "show", "drop", "truncate"].contains(command.verb) { return true }
    let reach = state.schema.catalog.reach(from: command.names, writes: !command.isQuery)
    guard reach.code.isEmpty, !command.isCompound else { return false }
    return reach.tables.isDisjoint(with: world.sensitiveTables) || own.passesGate(command.sql)
  }

  /// Whether a command reads what earlier ones may have carried values into.
  private func mayCarry(_ command: MySQLCommand, _ state: CloneState<MariaDBDriver>) -> Bool {
    command.namesVariable || command.isCompound
      || !state.schema.catalog.reach(from: command.names, writes: false).tables.isEmpty
      || command.isQuery && command.keywords.contains("from")
  }

  /// Whether an error may hold values of rows, which one of the text itself does not.
  private func mayTell(_ execution: Execution) -> Bool {
    guard case .failed(let code, nil) = execution else { return false }
    return !code.hasPrefix("42") && code != "0A000"
  }
}
