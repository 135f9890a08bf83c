import AuditTrail
import Foundation
import Ledger
import Postgres
import Replay
import SQLAnalysis

/// What a command answered.
struct PostgresAnswer {
  var error: PostgresError?
  var rows: Int64 = 0
  var count: Int64?
  var tag = ""
  var observed: ObservedRows?
  /// Whether something happened to objects; then ``events`` say what, once they are asked for.
  var hasEvents = false
  var events: [PostgresEvent] = []
  /// A copy that wants rows which no archive holds.
  var wantsRows = false
}

extension PostgresDriver {
  /// Runs one command in the text's scope and adds its effect.
  func execute(
    _ command: PostgresCommand, _ text: inout TextRun, _ session: inout Session<PostgresDriver>
  ) throws -> CommandEnd {
    let count = command.parameterCount
    guard var values = PostgresBinding.values(text.statement.parameters, count: count, typed: true) else {
      text.fail(.notRun(.missingParams))
      return .failed
    }
    if isolation == .clone, text.keeps, command.needsOwnClone, !session.isInTransaction, scope == .none,
      Self.isBare(command)
    {
      return try executeBare(command, values, &text, &session)
    }
    if command.comesFirst, text.keeps, session.transaction.isOpen { return try runFirst(command, &text, &session) }
    try openScope(session)
    if world.commands(of: text.statement).count > 1 { try beginCommand(session) }
    let locks = command.words.contains { $0.contains("advisory") } ? try meter.advisoryLocks() : nil
    let rights = command.setsSettings || runsCode(command, session.state) ? try meter.rights() : nil
    var codeSince = mayUndoParts(command, session.state) ? try beginCode() : nil
    let sequences = mark()
    let keys = try partitionKeys(before: command, session.state)
    var answer = try send(command, values, text, session)
    if let error = answer.error, PostgresBinding.hasTypes(text.statement.parameters),
      ["42883", "42804", "42725", "42P08", "22P03"].contains(error.sqlstate)
    {
      // The archive's type names are another engine's or too wide: the server infers them.
      try undoCommand(session)
      values = PostgresBinding.values(text.statement.parameters, count: count, typed: false) ?? []
      answer = try send(command, values, text, session)
    }
    if answer.error == nil, answer.hasEvents { answer.events = try meter.readEvents() }
    let retyped = retyped(answer.events, session.state)
    var before: [RowsBefore] = []
    if !retyped.isEmpty {
      try undoCommand(session)
      try restore(sequences, recounts: true, session)
      before = try rows(of: retyped)
      if codeSince != nil { codeSince = try beginCode() }
      answer = try send(command, values, text, session)
      if answer.error == nil, answer.hasEvents { answer.events = try meter.readEvents() }
    }
    if mayReachPrepared(command, session.state) { meter.forgetPrepared() }
    if answer.wantsRows {
      text.fail(.notRun(.unsupported))
      return .failed
    }
    if let error = answer.error {
      // A label of an enumeration serves once the transaction that added it is committed.
      if error.sqlstate == "55P04", isolation == .rolledBack { throw PostgresRunFault.needsOwnClone }
      if error.sqlstate == "57014", try estimate(command, values, &text, session) { return .done }
      return try fail(error, command, answer, &text, &session)
    }
    if meter.connection.transactionStatus == .idle { throw PostgresRunFault.needsOwnClone }
    add(answer, command, &text)
    addEvents(answer.events, command, &text, &session.state)
    try addLostGuards(answer.events, &text, &session.state)
    try followEvents(answer.events, &text, &session.state)
    forgetDiscarded(command, &session.state)
    let reading = try meter.readCounters(session.state)
    try addCounters(reading, command, answer, &text, &session.state, codeSince: codeSince, collapsed: collapsed(keys))
    try addLossyTypes(before, command, &text, session.state)
    if let locks, try meter.advisoryLocks() != locks {
      text.changes.altered.append("advisory lock")
      if !text.keeps, locks == 0 { try meter.script("SELECT pg_catalog.pg_advisory_unlock_all()") }
    }
    if let rights { addRights(since: rights, try meter.rights(), &text) }
    if let escalation = command.escalation { text.changes.escalated.append(escalation) }
    if !text.keeps, command.verb == "prepare", command.words.count > 1 {
      if session.isProbingScript {
        heldPrepared.append(command.words[1])
      } else {
        try meter.script("DEALLOCATE \(quoted(command.words[1]))")
      }
    }
    if command.words.contains("hold"), runsCode(heldQuery(command), session.state) {
      // The cursor's query runs when its transaction ends, and what it does then is not measured.
      text.fail(.notRun(.unsupported))
      holdsCode = text.keeps && session.transaction.isOpen
    }
    return .done
  }

  /// Runs what says how a transaction behaves, as the first command of it.
  private func runFirst(
    _ command: PostgresCommand, _ text: inout TextRun, _ session: inout Session<PostgresDriver>
  ) throws -> CommandEnd {
    let answer = try send(command, [], text, session)
    text.isReadOnly = false
    guard let error = answer.error else { return .done }
    session.transaction.isAborted = true
    return try fail(error, command, answer, &text, &session)
  }

  /// The query of a cursor.
  private func heldQuery(_ command: PostgresCommand) -> PostgresCommand {
    let start = command.sql.range(of: " for ", options: .caseInsensitive)?.upperBound
    let query = start.map { String(command.sql[$0...]) } ?? command.sql
    return PostgresCommand(query, world.analyze(query, .postgreSQL))
  }

  /// Adds rights that code has changed, which no event trigger tells of.
  func addRights(since before: PostgresMeter.Rights, _ now: PostgresMeter.Rights, _ text: inout TextRun) {
    if now.stored != before.stored { text.changes.escalated.append("alter database set") }
    if now.role != before.role, !now.role.hasPrefix("none ") { text.changes.escalated.append("set role") }
    if now.rowSecurity != before.rowSecurity, now.rowSecurity == "off" { text.changes.escalated.append("row_security") }
  }

  /// Whether code of someone's own may run, of which the text does not show what it does.
  func runsCode(_ command: PostgresCommand, _ state: PostgresState) -> Bool {
    let reads = world.reads(command)
    return reads.isOpaque || reads.firesCode || state.schema.hasNewCode
  }

  /// Whether prepared statements, ours too, may be gone or others by now: all but plain commands may run code.
  private func mayReachPrepared(_ command: PostgresCommand, _ state: PostgresState) -> Bool {
    !world.reads(command).isCountable || runsCode(command, state)
  }

  /// Sends a command by the extended protocol and reads its answers row by row.
  func send(
    _ command: PostgresCommand, _ values: [PostgresValue], _ text: TextRun,
    _ session: Session<PostgresDriver>
  ) throws(PostgresError) -> PostgresAnswer {
    meter.watchdog.arm()
    defer { meter.watchdog.disarm() }
    // Two worlds are compared: they differ in a column's values, and in nothing that chance brings.
    if watchesRows, !session.plan.isFirst, meter.connection.transactionStatus != .failed, world.mayAskChance(command) {
      try meter.script("SELECT pg_catalog.setseed(0)")
    }
    let settings = reportedSettings(command, session.state)
    if values.isEmpty, world.showsByRule(command, session.state) {
      try meter.connection.sendSimply(command.sql)
    } else {
      try meter.connection.send(command.sql, values)
    }
    meter.connection.setSingleRowMode()
    var answer = PostgresAnswer()
    var observer = watchesRows ? self.observer(of: text, session.state) : nil
    observer?.showsPlan = command.verb == "explain"
    var isShaped = false
    while let result = try meter.connection.nextResult() {
      switch result.status {
      case .singleRow, .rows:
        if !isShaped { expectColumns(of: result, &observer) }
        isShaped = true
        for row in 0..<result.rowCount {
          observer?.observe(columns: result.columnCount) { column in
            result.isNull(row, column) ? nil : result.bytes(row, column)
          }
        }
        answer.rows += Int64(result.rowCount)
        if result.status == .rows { (answer.tag, answer.count) = (result.commandTag, result.commandCount) }
      case .copyIn:
        answer.wantsRows = true
        try meter.connection.endCopy(failing: "no rows were recorded")
      case .copyOut:
        while let line = try meter.connection.nextCopyLine() {
          observer?.observe(line: line)
          answer.rows += 1
        }
      case .error: answer.error = result.error
      case .command, .empty: (answer.tag, answer.count) = (result.commandTag, result.commandCount)
      case .pipelineSync, .pipelineAborted: break
      }
    }
    let hasLost = meter.connection.lostNotices > 0
    let (hasEvents, notices) = meter.takeNotices()
    // What the client was told is not known any more.
    if hasLost, answer.error == nil {
      answer.error = PostgresError(sqlstate: "53000", message: "too many notices")
    }
    answer.hasEvents = hasEvents
    let texts =
      notices.flatMap(\.said) + (answer.error?.said ?? [])
      + reportedSettings(command, session.state).filter { !settings.contains($0) }
    let isTextOnly = observer == nil
    if isTextOnly, !texts.isEmpty, text.isObserved, !world.sensitive.isEmpty {
      observer = self.observer(of: text, session.state)
    }
    for said in texts { observer?.observe(text: meter.clone.anonymous(said)) }
    if let error = answer.error { observer?.end(failure: error.sqlstate) }
    guard let seen = observer?.result else { return answer }
    let told = texts.isEmpty ? [] : toldColumns(seen, command, answer, session)
    toldColumns.formUnion(told)
    if !isTextOnly || !told.isEmpty { answer.observed = seen }
    return answer
  }

  /// The values of settings that the server reports to the client when they change, where a command may set one to what it
  /// read. Source: PostgreSQL 15, chapter 34.2 (`PQparameterStatus`); those that may hold any text.
  private func reportedSettings(_ command: PostgresCommand, _ state: PostgresState) -> [String] {
    guard watchesRows || !world.sensitive.isEmpty,
      command.functionNames.contains("set_config") || runsCode(command, state)
    else { return [] }
    return ["application_name", "TimeZone", "search_path"].compactMap { meter.connection.reported($0) }
  }

  /// The sensitive columns of which notices or an error may tell: those whose values they hold beyond what the client sent, and
  /// any where code chose the words, or a definition made values of the rows.
  private func toldColumns(
    _ seen: ObservedRows, _ command: PostgresCommand, _ answer: PostgresAnswer, _ session: Session<PostgresDriver>
  ) -> Set<Int> {
    let ofValues = answer.error.map { ["22", "23"].contains($0.sqlstate.prefix(2)) } ?? false
    let isChosen =
      runsCode(command, session.state)
      || ofValues && ["create", "alter"].contains(command.verb) && world.namesSensitive(command)
    if isChosen { return seen.learnt.union(world.sensitive.indices.filter { world.sensitive[$0].isNamed }) }
    // Another column may hold the same value.
    let touched = seen.learnt.intersection(world.sensitiveColumns(touchedBy: command))
    return touched.isEmpty ? seen.learnt : touched
  }

  /// An observer of a statement with its recorded mask, which hides result columns also through views.
  private func observer(of text: TextRun, _ state: PostgresState) -> OutputObserver {
    var observer = OutputObserver(
      text.statement, key: world.maskKey,
      values: world.sensitiveCandidates(text.statement, state).sorted().map { ($0, world.values(of: $0)) },
      texts: world.sensitive.indices.map { ($0, world.values(of: $0)) },
      canaries: text.searched.map { ($0, world.canaries(of: $0)) })
    if world.asksOfConnection(text.statement) {
      observer.connection = Array(String(meter.connection.backendProcess).utf8)
    }
    return observer
  }

  /// Tells the observer where an answer's columns come from.
  private func expectColumns(of answer: borrowing PostgresResult, _ observer: inout OutputObserver?) {
    observer?.expect(columns: answer.columnCount)
    for column in 0..<answer.columnCount {
      observer?.observe(name: answer.columnName(column))
      let (table, number) = (answer.columnTable(column), answer.columnNumber(column))
      guard table != 0, let key = world.origin(table, number) else { continue }
      observer?.expect(key, at: column, sensitive: world.sensitive.firstIndex { $0.key == key })
    }
  }

  /// Adds what the answer itself says.
  func add(_ answer: PostgresAnswer, _ command: PostgresCommand, _ text: inout TextRun) {
    text.effect.rowsReturned &+= answer.rows
    let changes = ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY"].contains { answer.tag.hasPrefix($0 + " ") }
    if changes, let count = answer.count, !(command.verb == "copy" && answer.rows > 0) {
      text.effect.ownCount = (text.effect.ownCount ?? 0) &+ count
      text.isReadOnly = false
    }
    observe(answer, &text)
    if !world.isReadOnly(command) { text.isReadOnly = false }
  }

  func observe(_ answer: PostgresAnswer, _ text: inout TextRun) {
    guard var seen = answer.observed else { return }
    seen.seen.ownCount = answer.count
    text.observe(seen)
  }

  /// Adds a command that failed.
  func fail(
    _ error: PostgresError, _ command: PostgresCommand, _ answer: PostgresAnswer, _ text: inout TextRun,
    _ session: inout Session<PostgresDriver>
  ) throws -> CommandEnd {
    if error.isConnectionLost { throw error }
    // A procedure that commits, and what the server refuses in a transaction block.
    if ["25001", "2D000"].contains(error.sqlstate) {
      // Code that commits leaves what it did before it failed.
      let isRun = text.keeps || text.failedWhenRecorded && ["do", "call"].contains(command.verb)
      if isolation == .rolledBack, isRun { throw PostgresRunFault.needsOwnClone }
      if !isRun { return try probeBare(error, command, &text, &session) }
      if !session.transaction.isOpen {
        _ = try closeScope(keep: false, session)
        let values = PostgresBinding.values(
          text.statement.parameters, count: command.parameterCount, typed: true)
        return try executeBare(command, values ?? [], &text, &session)
      }
    }
    // The trigger that measures is the server's own to the session, whose owner may reach all others.
    if error.sqlstate == "42501", error.message.contains("zzz_assay_unchanged"), let own = command.onUserTriggers {
      try undoCommand(session)
      return try execute(PostgresCommand(own, command.facts), &text, &session)
    }
    observe(answer, &text)
    let (execution, refused) = PostgresFailure.execution(
      of: error, text.statement, takesValues: command.parameterCount > 0)
    if let refused { text.effect.refused.append(refused) }
    if case .failed("42704", let role?) = execution, session.state.madeObjects.contains("role \(role.nameKey)") {
      // A role that the session made was said, not made: what names it does there what its words say.
      if let escalation = command.escalation { text.changes.escalated.append(escalation) }
      if !world.isReadOnly(command) { text.changes.altered.append(command.verb) }
      try undoCommand(session)
      return .done
    }
    if ["42704", "42501", "22023"].contains(error.sqlstate), let escalation = command.escalation,
      text.statement.result?.error == nil
    {
      // Roles are the server's: that one is not here says nothing of what the command does where it is.
      text.changes.escalated.append(escalation)
      text.isReadOnly = false
      try undoCommand(session)
      return .done
    }
    if command.verb == "revoke", error.sqlstate == "42704", text.keeps {
      text.changes.altered.append("revoke")
      text.isReadOnly = false
      try undoCommand(session)
      return .done
    }
    if error.sqlstate == "23503", addMissingParents(error, &text) {
      text.fail(.notRun(.noRows))
      return .failed
    }
    text.fail(execution)
    return .failed
  }

  /// Goes back to the command's start after a failure that counts as none.
  func undoCommand(_ session: Session<PostgresDriver>) throws {
    if hasCommandMark { return try meter.script("ROLLBACK TO assay_command") }
    _ = try closeScope(keep: false, session)
    try openScope(session)
  }

  /// Marks where one of several commands of a text begins: what went before it stays when it is undone.
  private func beginCommand(_ session: Session<PostgresDriver>) throws(PostgresError) {
    if hasCommandMark { try endCommandMark() }
    try meter.script("SAVEPOINT assay_command")
    hasCommandMark = true
    if meter.isStale { try meter.rebase(session.state) }
  }

  func endCommandMark() throws(PostgresError) {
    try meter.script("RELEASE assay_command")
    hasCommandMark = false
    meter.noteEnded()
  }
}
