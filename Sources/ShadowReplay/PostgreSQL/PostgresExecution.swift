import AuditTrail
import Ledger
import Postgres

/// What a command answered.
struct PostgresAnswer {
  var error: PostgresError?
  var rows: Int64 = 0
  var count: Int64?
  var tag = ""
  var observed: ObservedRows?
  var events: [PostgresEvent] = []
  /// A copy that wants rows which no archive holds.
  var wantsRows = false
}

extension PostgresSessionRun {
  /// Runs one command in the text's scope and adds its effect.
  func execute(_ command: PostgresCommand, _ number: Int, _ text: inout PostgresTextRun) throws -> End {
    let count = command.parameterCount
    guard let values = PostgresBinding.values(text.statement.parameters, count: count, typed: true) else {
      text.fail(.notRun(.missingParams))
      return .failed
    }
    if isolation == .clone, command.needsOwnClone, !transaction.isOpen, scope == .none, Self.isBare(command) {
      return try executeBare(command, values, &text)
    }
    try openScope()
    let locks = command.words.contains { $0.contains("advisory") } ? try meter.advisoryLocks() : nil
    let columns = try columnsBefore(command)
    let codeSince = mayUndoParts(command) ? try beginCode() : nil
    var answer = try send(command, values, text)
    if let error = answer.error, PostgresBinding.hasTypes(text.statement.parameters),
      ["42883", "42804", "42725", "42P08", "22P03"].contains(error.sqlstate)
    {
      // The archive's type names are another engine's or too wide: the server infers them.
      _ = try closeScope(keep: false)
      try openScope()
      answer = try send(
        command, PostgresBinding.values(text.statement.parameters, count: count, typed: false) ?? [], text)
    }
    if answer.error == nil, Self.dropsPrepared(command) { meter.forgetPrepared() }
    if answer.wantsRows {
      text.fail(.notRun(.unsupported))
      return .failed
    }
    if let error = answer.error {
      if error.sqlstate == "57014", try estimate(command, values, &text) { return .done }
      return try fail(error, command, answer, &text)
    }
    if meter.connection.transactionStatus == .idle { throw PostgresRunFault.needsOwnClone }
    add(answer, command, &text)
    addEvents(answer.events, command, &text)
    let reading = try meter.readCounters(state)
    try addCounters(reading, command, answer, &text, codeSince: codeSince)
    try addLossyTypes(columns, &text)
    if let locks, try meter.advisoryLocks() != locks {
      text.effect.altered.append("advisory lock")
      if !text.keeps, locks == 0 { try meter.script("SELECT pg_advisory_unlock_all()") }
    }
    if let escalation = command.escalation { text.effect.escalated.append(escalation) }
    if !text.keeps, command.verb == "prepare", command.words.count > 1 {
      if isProbingScript {
        heldPrepared.append(command.words[1])
      } else {
        try meter.script("DEALLOCATE \(quoted(command.words[1]))")
      }
    }
    return .done
  }

  /// Whether every prepared statement goes with it, ours too.
  private static func dropsPrepared(_ command: PostgresCommand) -> Bool {
    ["deallocate", "discard"].contains(command.verb) && command.words.contains("all")
  }

  /// Whether the server refuses the command in any transaction.
  private static func isBare(_ command: PostgresCommand) -> Bool {
    ["vacuum", "discard", "cluster", "reindex", "do", "call"].contains(command.verb)
      || command.words.contains("concurrently")
      || (command.verb == "alter" && command.words.starts(with: ["alter", "type"]))
  }

  /// Sends a command by the extended protocol and reads its answers row by row.
  private func send(
    _ command: PostgresCommand, _ values: [PostgresValue], _ text: PostgresTextRun
  ) throws(PostgresError) -> PostgresAnswer {
    meter.watchdog.arm()
    defer { meter.watchdog.disarm() }
    try meter.connection.send(command.sql, values)
    meter.connection.setSingleRowMode()
    var answer = PostgresAnswer()
    var observer = text.isObserved ? PostgresRowObserver(text.statement, world, state, searched: plan.searched) : nil
    while let result = try meter.connection.nextResult() {
      switch result.status {
      case .singleRow, .rows:
        observer?.take(result)
        answer.rows += Int64(result.rowCount)
        if result.status == .rows { (answer.tag, answer.count) = (result.commandTag, result.commandCount) }
      case .copyIn:
        answer.wantsRows = true
        try meter.connection.endCopy(failing: "no rows were recorded")
      case .copyOut:
        while let line = try meter.connection.nextCopyLine() {
          observer?.take(line: line)
          answer.rows += 1
        }
      case .error: answer.error = result.error
      case .command, .empty: (answer.tag, answer.count) = (result.commandTag, result.commandCount)
      case .pipelineSync, .pipelineAborted: break
      }
    }
    let (events, notices) = meter.takeEvents()
    answer.events = events
    for notice in notices { observer?.take(text: notice.message) }
    if let error = answer.error {
      observer?.take(text: error.message + (error.detail ?? ""))
      observer?.fail(error.sqlstate)
    }
    answer.observed = observer?.result
    return answer
  }

  /// Adds what the answer itself says.
  func add(_ answer: PostgresAnswer, _ command: PostgresCommand, _ text: inout PostgresTextRun) {
    text.effect.rowsReturned &+= answer.rows
    let changes = ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY"].contains { answer.tag.hasPrefix($0 + " ") }
    if changes, let count = answer.count, !(command.verb == "copy" && answer.rows > 0) {
      text.effect.ownCount = (text.effect.ownCount ?? 0) &+ count
      text.isReadOnly = false
    }
    observe(answer, &text)
    if !world.isReadOnly(command) { text.isReadOnly = false }
  }

  private func observe(_ answer: PostgresAnswer, _ text: inout PostgresTextRun) {
    guard var seen = answer.observed else { return }
    seen.seen.ownCount = answer.count
    if var earlier = text.observed {
      earlier.append(seen)
      text.observed = earlier
    } else {
      text.observed = seen
    }
  }

  /// Adds a command that failed.
  func fail(
    _ error: PostgresError, _ command: PostgresCommand, _ answer: PostgresAnswer, _ text: inout PostgresTextRun
  ) throws -> End {
    if error.isConnectionLost { throw error }
    // A procedure that commits, and what the server refuses in a transaction block.
    if ["25001", "2D000"].contains(error.sqlstate) {
      if isolation == .rolledBack, text.keeps { throw PostgresRunFault.needsOwnClone }
      if !text.keeps {
        text.fail(.notRun(.unsupported))
        return .failed
      }
      if !transaction.isOpen {
        _ = try closeScope(keep: false)
        let values = PostgresBinding.values(
          text.statement.parameters, count: command.parameterCount, typed: true)
        return try executeBare(command, values ?? [], &text)
      }
    }
    observe(answer, &text)
    let (execution, refused) = PostgresFailure.execution(of: error, text.statement)
    if let refused { text.effect.refused.append(refused) }
    if ["42704", "42501", "22023"].contains(error.sqlstate), let escalation = command.escalation,
      text.statement.result?.error == nil
    {
      // Roles are the server's: that one is not here says nothing of what the command does where it is.
      text.effect.escalated.append(escalation)
      text.isReadOnly = false
      try undoCommand()
      return .done
    }
    if error.sqlstate == "23503", addMissingParents(error, &text) {
      text.fail(.notRun(.noRows))
      return .failed
    }
    text.fail(execution)
    return .failed
  }

  /// Goes back to the scope's start after a failure that counts as none.
  func undoCommand() throws(PostgresError) {
    _ = try closeScope(keep: false)
    try openScope()
  }

  /// Runs what no transaction may hold, and measures it by the server's own totals.
  private func executeBare(
    _ command: PostgresCommand, _ values: [PostgresValue], _ text: inout PostgresTextRun
  ) throws -> End {
    guard text.keeps else {
      text.fail(.notRun(.unsupported))
      return .failed
    }
    let before = try totals()
    let first = try meter.connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())").integer(0, 0) ?? 0
    let answer = try send(command, values, text)
    if answer.error == nil, Self.dropsPrepared(command) { meter.forgetPrepared() }
    if let error = answer.error {
      if error.isConnectionLost { throw error }
      let (execution, refused) = PostgresFailure.execution(of: error, text.statement)
      if let refused { text.effect.refused.append(refused) }
      text.fail(execution)
      return .failed
    }
    let after = try totals()
    add(answer, command, &text)
    addEvents(answer.events, command, &text)
    var reading = try meter.readCounters(state)
    let files = Dictionary(reading.relations.map { ($0.oid, $0) }, uniquingKeysWith: { first, _ in first })
    meter.forgetCounters()
    reading.relations = []
    for oid in state.relations.keys.sorted() {
      let delta = (after[oid] ?? RowCounters()) - (before[oid] ?? RowCounters())
      guard delta != RowCounters() || files[oid] != nil else { continue }
      let file = files[oid]?.file ?? state.files[oid] ?? 0
      reading.relations.append(.init(oid: oid, counters: delta, file: file, unchanged: state.unchanged[oid] ?? 0))
    }
    // A procedure may roll back what it did, and the totals count that too.
    let mayUndo = ["do", "call"].contains(command.verb)
    try addCounters(reading, command, answer, &text, codeSince: mayUndo ? first : nil)
    meter.forgetCounters()
    return .done
  }

  /// Rows changed in all of the clone's life, once its counters are flushed.
  private func totals() throws(PostgresError) -> [UInt32: RowCounters] {
    try meter.script("SELECT pg_stat_force_next_flush()")
    try meter.script("SELECT pg_stat_clear_snapshot()")
    let oids = state.relations.keys.sorted().map(String.init).joined(separator: ",")
    let found = try meter.connection.execute("SELECT * FROM assay_measure.totals($1)", [PostgresValue("{\(oids)}")])
    var totals: [UInt32: RowCounters] = [:]
    for row in 0..<found.rowCount {
      totals[found.oid(row, 0)] = RowCounters(
        inserted: found.integer(row, 1) ?? 0, updated: found.integer(row, 2) ?? 0, deleted: found.integer(row, 3) ?? 0)
    }
    return totals
  }
}
