import AuditTrail
import Ledger
import SQLAnalysis
import SQLite

/// The name of the savepoint under which what must be undone runs.
private let probe = "assay_probe"

extension CloneSession {
  /// Runs a text's commands; what was recorded as without effect is undone.
  mutating func perform(_ text: inout TextRun) throws(SQLiteError) {
    if transaction.isAborted, text.keeps, text.statement.result == nil,
      !isTransactionCommand(text.statement.sql)
    {
      text.effect.execution = .failed(code: "25P02", missingObject: nil)
      text.effect.kept = false
      return
    }
    let before = state
    let wasOpen = transaction.isOpen
    var isInProbe = false
    let end = try commands(&text, &isInProbe)
    let undoes = end == .stopped || (isInProbe && (!(text.keeps || isProbingScript) || end == .failed))
    if isInProbe, clone.database.isInTransaction {
      try clone.withoutRecording { (database) throws(SQLiteError) in
        if undoes { try database.execute("ROLLBACK TO \(probe)") }
        try database.execute("RELEASE \(probe)")
      }
    }
    // A transaction that the statement's failure ended has taken everything back already.
    if undoes, transaction.isOpen || !wasOpen { state = before }
    if end == .failed { text.effect.kept = false }
    try reopenLostTransaction()
  }

  /// An interrupt, and `OR ROLLBACK` in what is only probed, undo the clone's whole transaction though the recorded one went
  /// on: what follows runs in a new one, on what is left.
  private mutating func reopenLostTransaction() throws(SQLiteError) {
    guard transaction.isOpen, !clone.database.isInTransaction, let start = transaction.start else { return }
    try execute("BEGIN")
    state = start
  }

  /// How a text or command ended.
  enum End {
    case done, failed
    /// A budget ended it; what it had done by then is measured.
    case stopped
  }

  /// Goes through the text as SQLite's parser splits it.
  private mutating func commands(_ text: inout TextRun, _ isInProbe: inout Bool) throws(SQLiteError) -> End {
    if let end = try rerun(&text, &isInProbe) { return end }
    let before = state
    let script = Array(text.statement.sql.utf8)
    var learned: [CommandAccess] = []
    var (offset, number, usedParameters) = (0, 0, 0)
    var mayLearn = state.hasBaselineSchema
    while true {
      let access: CommandAccess
      let knownAccess = text.known.flatMap { $0.indices.contains(number) ? $0[number] : nil }
      begin(text.statement, number, trackRowIdentity: knownAccess?.mayInsert ?? true)
      let start = offset
      var command: SQLiteStatement
      do {
        guard let next = try clone.database.prepareNext(in: script.span, at: &offset) else {
          if number > 0, mayLearn, text.known == nil { text.learned = learned }
          return .done
        }
        command = next
      } catch {
        let stop = endOfCommand(in: script.span, from: start)
        if let foreign = foreignTransaction(script.span.extracting(start..<stop)) {
          if isProbingScript {
            try followHeld(foreign, text.position)
            (offset, number, mayLearn) = (stop, number + 1, false)
            continue
          }
          if number > 0 || holdsMore(script.span, from: stop) { try follow(foreign, &text, isInProbe, before) }
          if text.keeps, let failure = try apply(foreign) {
            text.effect.execution = failure
            return .failed
          }
          (offset, number, mayLearn) = (stop, number + 1, false)
          continue
        }
        if number == 0, try truncate(&text, &isInProbe) { return .done }
        refuse(error, &text)
        return .failed
      }
      if let knownAccess, state.hasBaselineSchema {
        access = knownAccess
      } else {
        access = CommandAccess(of: clone, shadow: shadow, sensitive: columns, isExplain: command.isExplain)
        mayLearn = mayLearn && state.hasBaselineSchema
        learned.append(access)
      }
      number += 1
      text.add(access)
      if let transaction = access.transaction {
        if isProbingScript {
          try followHeld(transaction, text.position)
          continue
        }
        if number > 1 || holdsMore(script.span, from: offset) { try follow(transaction, &text, isInProbe, before) }
        // A commit that failed when recorded ends its transaction all the same.
        if text.keeps || (transaction.isCommit && text.statement.result?.error != nil),
          let failure = try apply(transaction)
        {
          text.effect.execution = failure
          return .failed
        }
        continue
      }
      // What PostgreSQL gets as one text it runs as one transaction.
      let isPartOfWhole = isPostgreSQL && number == 1 && holdsMore(script.span, from: offset)
      let end = try run(&command, access, &text, &isInProbe, isPartOfWhole: isPartOfWhole, used: &usedParameters)
      guard end == .done else { return end }
      // SQLite counts an EXPLAIN as running until it is reset.
      if text.known?.count == 1, state.hasBaselineSchema, access.isReusable, !command.isExplain {
        keepReady(command, for: text.statement.textID)
        return .done
      }
    }
  }

  /// Tells the clone which statement is coming: its time, and where its random numbers start.
  func begin(_ statement: StatementEntry, _ number: Int, trackRowIdentity: Bool) {
    clone.beginStatement(
      unixMilliseconds: statement.time.nanoseconds / 1_000_000,
      seed: seed &+ UInt64(bitPattern: statement.id) &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(number),
      trackRowIdentity: trackRowIdentity)
  }

  /// Runs a prepared command that is no transaction command: shielded where it must be undone, with its parameters.
  mutating func run(
    _ command: inout SQLiteStatement, _ access: CommandAccess, _ text: inout TextRun, _ isInProbe: inout Bool,
    isPartOfWhole: Bool, used: inout Int
  ) throws(SQLiteError) -> End {
    let isWrite = access.mayWrite || access.changesSchema || access.setPragma != nil
    if !isInProbe, (!text.keeps && isWrite) || (text.keeps && isPartOfWhole && !transaction.isOpen) {
      try clone.withoutRecording { (database) throws(SQLiteError) in try database.execute("SAVEPOINT \(probe)") }
      isInProbe = true
    }
    if isWrite { text.touchesClone = true }
    // A pragma outlives a rollback: one that did not run when recorded is not run here.
    if access.setPragma != nil, !text.keeps, command.columnCount == 0 { return .done }
    let bound = try ParameterBinding.bind(text.statement.parameters, to: &command, used: used)
    guard let bound else {
      text.effect.execution = .notRun(.missingParams)
      return .failed
    }
    used = bound
    return try step(&command, access, &text)
  }

  /// Runs a prepared command to its end and adds its effect.
  private mutating func step(
    _ command: inout SQLiteStatement, _ access: CommandAccess, _ text: inout TextRun
  ) throws(SQLiteError) -> End {
    let isSensitive = !access.sensitive.isEmpty || !state.tainted.isDisjoint(with: access.dependsOn)
    var observer: RowObserver?
    if text.isObserved, isSensitive {
      let masked = text.statement.decision.action == .block ? [] : text.statement.decision.masked
      // What was written from a sensitive column is looked for by the values of all of them.
      let sources = state.tainted.isEmpty ? access.sensitive : Array(columns.list.indices)
      let values = try sources.map { (column) throws(SQLiteError) in
        (column: column, index: try columns.values(column))
      }
      let canaries = try text.searched.map { (column) throws(SQLiteError) in
        (column: column, index: try columns.canaries(column))
      }
      observer = RowObserver(command, masked: masked, columns: columns, values: values, canaries: canaries)
    }
    let columnsBefore = try access.alteredTable.map { (table) throws(SQLiteError) in try columnsNow(of: table) } ?? []
    var rows: Int64 = 0
    var failure: SQLiteError?
    do {
      while try command.step() {
        rows += 1
        observer?.take(command)
      }
    } catch {
      failure = error
    }
    text.effect.rowsReturned += rows
    var seen = observer?.result
    if let failure {
      seen?.seen.failure = failure.name
      keep(seen, access, text)
      return try fail(failure, access, &text)
    }
    let before = state
    if access.mayWrite { addRowChanges(access, &text) }
    if access.changesSchema { try addSchemaChange(access, since: before, columnsBefore, &text) }
    if let pragma = access.setPragma, ["user_version", "application_id"].contains(pragma) {
      text.effect.altered.append("pragma \(pragma)")
    }
    if isSensitive, access.mayWrite {
      // Triggers write too.
      state.tainted.formUnion(access.targets.map { $0.lowercased() } + clone.changes.map { $0.table.lowercased() })
    }
    seen?.seen.ownCount = text.effect.ownCount
    keep(seen, access, text)
    return .done
  }

  private mutating func keep(_ seen: ObservedRows?, _ access: CommandAccess, _ text: TextRun) {
    guard let seen else { return }
    // A statement of several commands is compared as a whole.
    if var earlier = run.observed[text.position] {
      earlier.append(seen)
      run.observed[text.position] = earlier
    } else {
      run.observed[text.position] = seen
    }
    run.sensitiveReads[text.position, default: []].formUnion(access.sensitive)
    if state.inheritsTaint { run.sensitiveReads[text.position, default: []].formUnion(columns.list.indices) }
  }

  private func columnsNow(of table: String) throws(SQLiteError) -> [String] {
    try clone.withoutRecording { (database) throws(SQLiteError) in try columnNames(of: table, in: database) }
  }

  /// Adds a command that failed while it ran.
  private mutating func fail(
    _ error: SQLiteError, _ access: CommandAccess, _ text: inout TextRun
  ) throws(SQLiteError) -> End {
    text.touchesClone = true
    if clone.isBound(error) {
      if access.mayWrite { addRowChanges(access, &text) }
      text.effect.ownCount = nil
      // A delete that has already gone far beyond any limit need not end.
      if text.effect.rowsDestroyed >= conclusiveDeletes { return .stopped }
      text.effect.execution = .notRun(.timeout)
      text.effect.kept = false
      return .stopped
    }
    refuse(error, &text)
    // INSERT OR ROLLBACK and the like end the recorded transaction, where they failed there too.
    let failedToo = !isForeign && text.statement.result?.error != nil
    if text.keeps || failedToo, transaction.isOpen, !clone.database.isInTransaction { forget(transaction.rollBack()) }
    return .failed
  }

  /// Takes back what a transaction had done.
  private mutating func forget(_ end: (undone: [Int], state: CloneState?)) {
    for position in end.undone { run.effects[position].kept = false }
    if let earlier = end.state { state = earlier }
  }

  /// Adds an error: a refused escape, or a failure.
  private func refuse(_ error: SQLiteError, _ text: inout TextRun) {
    text.effect.refused += clone.refused
    if text.effect.refused.isEmpty, clone.isBound(error) {
      text.effect.execution = .notRun(.timeout)
      return
    }
    text.effect.execution =
      text.effect.refused.isEmpty
      ? Failure.execution(of: error, isForeign: isForeign) : .failed(code: error.name, missingObject: nil)
  }

  // MARK: Transactions

  private func foreignTransaction(_ text: Span<UInt8>) -> TransactionCommand? {
    isForeign ? TransactionCommand(foreign: text) : nil
  }

  private func isTransactionCommand(_ sql: String) -> Bool {
    let bytes = Array(sql.utf8)
    return TransactionCommand(foreign: bytes.span) != nil
  }

  /// Follows a transaction command of a text of several: what it undoes of them was not done.
  private mutating func follow(
    _ command: TransactionCommand, _ text: inout TextRun, _ isInProbe: Bool, _ before: CloneState
  ) throws(SQLiteError) {
    // What PostgreSQL gets as one text is one transaction, which a rollback ends though none was opened.
    let isWhole = isPostgreSQL && isInProbe && !transaction.isOpen
    var marks = text.marks ?? EffectMarks(Effect(.ran))
    marks.follow(command, &text.effect, isOpen: transaction.isOpen || isWhole)
    text.marks = marks
    guard case .rollback = command, isWhole, clone.database.isInTransaction else { return }
    try execute("ROLLBACK TO \(probe)")
    state = before
  }

  /// Follows a transaction command; gives the execution of one that fails.
  private mutating func apply(_ command: TransactionCommand) throws(SQLiteError) -> Execution? {
    let failed = Execution.failed(code: isPostgreSQL ? "25P01" : "SQLITE_ERROR", missingObject: nil)
    switch command {
    case .begin:
      // PostgreSQL and MySQL warn of a second BEGIN (or commit first); SQLite refuses it.
      if transaction.isOpen { return isForeign ? nil : failed }
      try execute("BEGIN")
      transaction.open(state)
    case .commit(let andChain):
      guard transaction.isOpen else { return isForeign ? nil : failed }
      if transaction.isAborted {
        try rollBack()
      } else {
        do {
          if clone.database.isInTransaction { try execute("COMMIT") }
          transaction.commit()
        } catch {
          // A deferred key that does not hold: PostgreSQL rolls back, SQLite stays inside.
          if isForeign { try rollBack() }
          return Failure.execution(of: error, isForeign: isForeign)
        }
      }
      if andChain { return try apply(.begin) }
    case .rollback(let andChain):
      guard transaction.isOpen else { return isForeign ? nil : failed }
      try rollBack()
      if andChain { return try apply(.begin) }
    case .savepoint(let name):
      if !transaction.isOpen {
        if isForeign { return failed }
        transaction.open(state, bySavepoint: true)
      }
      try execute("SAVEPOINT \(quoted(name))")
      transaction.mark(name, state)
    case .release(let name):
      guard let position = transaction.position(of: name) else { return failed }
      try executeIfThere("RELEASE \(quoted(name))")
      transaction.release(position)
      if position == 0, transaction.isOpenedBySavepoint { transaction.commit() }
    case .rollbackTo(let name):
      guard let position = transaction.position(of: name) else { return failed }
      try executeIfThere("ROLLBACK TO \(quoted(name))")
      let (undone, earlier) = transaction.rollBack(to: position)
      forget((undone, earlier))
    }
    return nil
  }

  private mutating func rollBack() throws(SQLiteError) {
    if clone.database.isInTransaction { try execute("ROLLBACK") }
    forget(transaction.rollBack())
  }

  /// Runs a command about a savepoint, which a lost transaction has taken along.
  private func executeIfThere(_ sql: String) throws(SQLiteError) {
    do {
      try execute(sql)
    } catch  where error.message.hasPrefix("no such savepoint") {
      return
    }
  }

  /// Runs commands of ours, which count as nothing that the session did.
  func execute(_ sql: String) throws(SQLiteError) {
    try clone.withoutRecording { (database) throws(SQLiteError) in try database.execute(sql) }
  }

  /// Measures a `TRUNCATE`, which SQLite does not have, as a delete of every row of the tables that the facts name.
  ///
  /// With `CASCADE` the tables that refer to them go too; without it a table that another refers to is refused, as
  /// PostgreSQL does. Triggers on delete do not count: a truncate fires none.
  private mutating func truncate(_ text: inout TextRun, _ isInProbe: inout Bool) throws(SQLiteError) -> Bool {
    guard isForeign else { return false }
    let facts = facts.facts(of: text.statement)
    guard facts.parsed, facts.commandCount == 1, facts.commands.count == 1, facts.kinds == [.truncate] else {
      return false
    }
    let named = Set(facts.commands[0].writes.map(\.table.name)).sorted()
    guard !named.isEmpty, named.allSatisfy({ state.objects.byKey["main.table.\($0.lowercased())"] != nil }) else {
      return false
    }
    let all = shadow.catalog.tablesReferring(to: named)
    let cascades = facts.normalized.lowercased().split(separator: " ").last?.hasPrefix("cascade") == true
    (text.mayWrite, text.isReadOnly, text.touchesClone) = (true, false, true)
    if all.count > named.count, !cascades {
      text.effect.execution = .failed(code: "0A000", missingObject: nil)
      return true
    }
    let tables = cascades ? all : named
    if !text.keeps, !isInProbe {
      try execute("SAVEPOINT \(probe)")
      isInProbe = true
    }
    for table in tables {
      let key = table.lowercased()
      let before = state.rows[key] ?? 0
      let isScratch = state.made.contains("table.\(key)")
      var lost = TableEffect()
      (lost.deleted, lost.before, lost.isScratch) = (before, before, isScratch)
      text.effect.tables[table] = lost
      if !isScratch, before > 0 || shadow.isEmptyHere(table) { text.effect.truncated.append(table) }
      text.targets.append(table)
      state.rows[key] = 0
    }
    let references = "PRAGMA defer_foreign_keys = ON"
    try execute(references)
    for table in tables.reversed() { try execute("DELETE FROM \(quoted(table))") }
    return true
  }
}
