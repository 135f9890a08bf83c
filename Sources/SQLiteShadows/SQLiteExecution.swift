import AuditTrail
import Ledger
import Replay
import SQLAnalysis
import SQLite

extension SQLiteDriver {
  /// How many commands a connection has ready.
  private static let readyCommands = 512

  func execute(
    _ command: SQLiteCommand, _ text: inout TextRun, _ session: inout Session<SQLiteDriver>
  ) throws -> CommandEnd {
    let end = try run(command, &text, &session)
    guard command.isReusable else { return end }
    if end != .done {
      ready[text.statement.textID] = nil
    } else if ready.count < Self.readyCommands {
      ready[text.statement.textID] = command
    }
    return end
  }

  /// Runs a command that is not a transaction command: in a scope where it must be undone, with its parameters.
  private func run(
    _ command: SQLiteCommand, _ text: inout TextRun, _ session: inout Session<SQLiteDriver>
  ) throws(SQLiteError) -> CommandEnd {
    let access = command.access
    let isWrite = access.mayWrite || access.changesSchema || access.setPragma != nil
    let isWhole = text.keeps && command.isPartOfWhole && !session.transaction.isOpen
    if isWhole || (!text.keeps && isWrite) { try openScope(session) }
    if isWrite { text.touchesClone = true }
    // A pragma outlives a rollback: one that did not run when recorded is not run here.
    if access.setPragma != nil, !text.keeps, command.statement.columnCount == 0 { return .done }
    let parameters = text.statement.parameters
    guard let used = try ParameterBinding.bind(parameters, to: &command.statement, used: usedParameters) else {
      text.effect.execution = .notRun(.missingParams)
      return .failed
    }
    usedParameters = used
    return try step(command, &text, &session)
  }

  /// Runs a prepared command to its end and adds its effect.
  private func step(
    _ command: SQLiteCommand, _ text: inout TextRun, _ session: inout Session<SQLiteDriver>
  ) throws(SQLiteError) -> CommandEnd {
    let access = command.access
    let tainted = session.state.schema.tainted
    let isModule = readsSensitiveModule(access, session.state)
    let isSensitive =
      !access.sensitive.isEmpty || !tainted.isDisjoint(with: access.dependsOn) || isModule
      || access.showsLastRow && !tainted.isEmpty || numbersRows(access, tainted)
    var observer =
      try text.isObserved && isSensitive ? makeObserver(of: command, text, ofAny: isModule || !tainted.isEmpty) : nil
    let columnsBefore = try access.alteredTable.map { (table) throws(SQLiteError) in try columnsNow(of: table) } ?? []
    var rows: Int64 = 0
    var failure: SQLiteError?
    do throws(SQLiteError) {
      while try command.statement.step() {
        rows += 1
        observer?.observe(columns: command.statement.columnCount) { column in
          command.statement.isNull(column) ? nil : command.statement.bytes(column)
        }
      }
    } catch {
      failure = error
    }
    text.effect.rowsReturned += rows
    // What a constraint says names columns and what the schema holds, no values.
    if let failure, failure.primaryCode != 19 { observer?.observe(text: failure.message) }
    var seen = observer?.result
    if let failure {
      seen?.seen.failure = failure.name
      addSeen(seen, access, &text, session.state)
      return endFailed(failure, access, &text, &session)
    }
    let before = session.state
    if access.mayWrite { addRowChanges(access, &text, &session.state) }
    if access.changesSchema { try addSchemaChange(access, since: before, columnsBefore, &text, &session.state) }
    if let pragma = access.setPragma {
      // What SQLite's compiler said of a text before may not hold any more: without foreign keys it reads no parents.
      session.state.schema.isBaseline = false
      try followPragma(pragma, &text, &session)
    }
    if isSensitive, access.mayWrite {
      // Triggers write too.
      session.state.schema.tainted.formUnion(
        access.targets.map { $0.nameKey } + clone.changes.map { $0.table.nameKey })
    }
    seen?.seen.ownCount = text.effect.ownCount
    addSeen(seen, access, &text, session.state)
    return .done
  }

  /// Whether rows that a command inserts may get numbers that follow from such values: the next one after the largest, or
  /// after the last one ever given. Source: sqlite.org/autoinc.html.
  private func numbersRows(_ access: CommandAccess, _ tainted: Set<String>) -> Bool {
    guard access.mayInsert, !tainted.isEmpty else { return false }
    return tainted.contains("sqlite_sequence") || access.targets.contains { tainted.contains($0.nameKey) }
  }

  private func makeObserver(
    of command: SQLiteCommand, _ text: TextRun, ofAny isAny: Bool
  ) throws(SQLiteError) -> OutputObserver {
    // What was written from a sensitive column is looked for by the values of all of them.
    let sources = isAny ? Array(columns.list.indices) : command.access.sensitive
    let values = try sources.map { (column) throws(SQLiteError) in
      (column: column, index: try columns.valueIndex(column))
    }
    let canaries = try text.searched.map { (column) throws(SQLiteError) in
      (column: column, index: try columns.canaryIndex(column))
    }
    var observer = OutputObserver(
      text.statement, key: SQLiteSensitiveColumns.comparedName, values: values, canaries: canaries)
    observer.expect(columns: command.statement.columnCount)
    for column in 0..<command.statement.columnCount {
      guard let origin = command.statement.columnOrigin(column) else { continue }
      let key = "\(origin.table).\(origin.column)".nameKey
      observer.expect(key, at: column, sensitive: columns.position(of: key))
    }
    return observer
  }

  /// Whether a command reads a virtual table that may show values of sensitive columns.
  func readsSensitiveModule(_ access: CommandAccess, _ state: CloneState<SQLiteDriver>) -> Bool {
    !columns.list.isEmpty && access.dependsOn.contains { mayShowSensitive($0, state) }
  }

  /// Whether a virtual table, or a table in which one keeps its contents, may show values of sensitive columns under names
  /// of its own: the session has made it, or its definition names what holds such values.
  private func mayShowSensitive(_ table: String, _ state: CloneState<SQLiteDriver>) -> Bool {
    guard let module = state.schema.objects.module(behind: table) else { return false }
    let name = module.name.nameKey
    if state.made.contains(state.schema.table(module.tableKey)) { return true }
    let own = columns.list.contains { $0.table.nameKey == name }
    if own, table.nameKey != name { return true }
    let words = wordsAsKeys(module.sql)
    let holders = Set(columns.list.map { $0.table.nameKey }).subtracting([name])
    return words.contains { holders.contains(String($0)) }
  }

  private func addSeen(
    _ seen: ObservedRows?, _ access: CommandAccess, _ text: inout TextRun,
    _ state: CloneState<SQLiteDriver>
  ) {
    guard let seen else { return }
    text.observe(seen)
    text.sensitiveReads.formUnion(access.sensitive)
    if readsSensitiveModule(access, state) {
      text.sensitiveReads.formUnion(columns.list.indices)
      text.isIndirect = true
    }
    if state.schema.inheritsTaint { text.sensitiveReads.formUnion(columns.list.indices) }
    // Of which columns the values are that were written into a table, its name does not say.
    let tainted = state.schema.tainted
    if !tainted.isDisjoint(with: access.dependsOn) || numbersRows(access, tainted) { text.isIndirect = true }
  }

  /// Adds a command that failed while it ran.
  private func endFailed(
    _ error: SQLiteError, _ access: CommandAccess, _ text: inout TextRun,
    _ session: inout Session<SQLiteDriver>
  ) -> CommandEnd {
    text.touchesClone = true
    if clone.isBound(error) {
      if access.mayWrite { addRowChanges(access, &text, &session.state) }
      text.effect.ownCount = nil
      // A delete that has already gone far beyond any limit need not end.
      if text.changes.rowsDestroyed < conclusiveDeletes { text.fail(.notRun(.timeout)) }
      return .stopped
    }
    addError(error, &text, session)
    if access.mayWrite, session.state.schema.hasNoJournal {
      text.fail(.notRun(.unsupported))
      return .failed
    }
    if access.mayWrite, leavesChanges(access, session.state) {
      addRowChanges(access, &text, &session.state)
      text.leaves = text.changes
    }
    // INSERT OR ROLLBACK and the like end the recorded transaction, where they failed there too.
    let failedToo = !session.isForeign && text.statement.result?.error != nil
    if text.keeps || failedToo, session.transaction.isOpen, !clone.database.isInTransaction {
      session.undo(session.transaction.rollBack())
    }
    return .failed
  }

  /// Whether what the last command had changed before it failed stays, as `OR FAIL` and `RAISE(FAIL)` want it.
  ///
  /// Source: sqlite.org/lang_conflict.html; `sqlite3_changes` is set to 0 where the command was undone. What only its
  /// triggers had done by then shows in the number of rows.
  private func leavesChanges(_ access: CommandAccess, _ state: CloneState<SQLiteDriver>) -> Bool {
    guard !access.targets.isEmpty, !access.changesSchema else { return false }
    if clone.database.changes > 0 { return true }
    return clone.changes.contains { change in
      guard change.inserted != change.deleted else { return false }
      let schema = change.isTemporary ? "temp" : "main"
      let before = state.rows[state.schema.table((change.isTemporary ? "temp." : "") + change.table.nameKey)] ?? 0
      return (try? rowCount(of: change.table, in: schema)).map { $0 != before } ?? false
    }
  }

  /// Adds an error: a refused escape, or a failure.
  func addError(_ error: SQLiteError, _ text: inout TextRun, _ session: Session<SQLiteDriver>) {
    text.effect.refused += clone.refused
    if text.effect.refused.isEmpty, clone.isBound(error) {
      text.effect.execution = .notRun(.timeout)
      return
    }
    text.effect.execution =
      text.effect.refused.isEmpty
      ? Execution(of: error, isForeign: session.isForeign) : .failed(code: error.name, missingObject: nil)
  }

  /// Judges tables that are empty here and may only be asked whether a key is there.
  func conclude(_ text: inout TextRun, _ session: Session<SQLiteDriver>) {
    guard !text.emptyTables.isEmpty else { return }
    if case .failed(let code, _) = text.effect.execution {
      // A key that finds no parent here may find one in production.
      let isMissing = code.hasPrefix("SQLITE_CONSTRAINT") && !text.emptyTables.isSubset(of: session.state.made)
      if isMissing { text.effect.execution = .notRun(.noRows) }
    } else if !emptyParents.isEmpty {
      // That the key is there, the statement's success has shown.
      let facts = facts.facts(of: text.statement)
      guard facts.parsed else { return }
      let named = Set(facts.commands.flatMap { $0.reads + $0.writes }.map { $0.table.name.nameKey })
      for parent in Set(emptyParents.map { $0.nameKey }).subtracting(named) {
        text.emptyTables.remove(TableIdentity(parent))
      }
    }
  }

  // MARK: Truncate

  /// Measures a `TRUNCATE`, which SQLite does not have, as a delete of every row of the tables that the facts name.
  ///
  /// With `CASCADE` the tables that refer to them go too; without it a table that another refers to is refused, as
  /// PostgreSQL does. Triggers on delete do not count: a truncate fires none.
  func truncate(
    _ text: inout TextRun, _ session: inout Session<SQLiteDriver>
  ) throws(SQLiteError) -> Bool {
    guard session.isForeign, !session.transaction.isAborted else { return false }
    let facts = facts.facts(of: text.statement)
    guard facts.parsed, facts.commandCount == 1, facts.commands.count == 1, facts.kinds == [.truncate] else {
      return false
    }
    let named = Dictionary(facts.commands[0].writes.map { ($0.table.name.nameKey, $0.table.name) }) { first, _ in first
    }
    .values.sorted()
    let objects = session.state.schema.objects.byKey
    guard !named.isEmpty, named.allSatisfy({ objects["main.table.\($0.nameKey)"] != nil }) else { return false }
    let all = shadow.catalog.tablesReferring(to: named)
    let cascades = facts.normalized.lowercased().split(separator: " ").last?.hasPrefix("cascade") == true
    (text.isReadOnly, text.touchesClone) = (false, true)
    if all.count > named.count, !cascades {
      text.effect.execution = .failed(code: "0A000", missingObject: nil)
      return true
    }
    let tables = cascades ? all : named
    if !text.keeps { try openScope(session) }
    for name in tables {
      let table = session.state.schema.table(name.nameKey)
      let before = session.state.rows[table] ?? 0
      let isScratch = session.state.made.contains(table)
      text.changes.note(table, name, before: before, isScratch: isScratch)
      text.changes.add(RowChange(deleted: before), to: table)
      if !isScratch, before > 0 || isEmptyHere(table) { text.changes.truncated.insert(table) }
      session.state.rows[table] = 0
    }
    try execute("PRAGMA defer_foreign_keys = ON")
    for table in tables.reversed() { try execute("DELETE FROM \(quoted(table))") }
    return true
  }
}
