import AuditTrail
import Ledger
import Postgres
import Replay

/// What no transaction may hold: VACUUM, DISCARD ALL, code that ends transactions itself.
extension PostgresDriver {
  /// Whether the server refuses the command in any transaction.
  static func isBare(_ command: PostgresCommand) -> Bool {
    ["vacuum", "discard", "cluster", "reindex", "do", "call"].contains(command.verb)
      || command.words.contains("concurrently")
      || (command.words.starts(with: ["alter", "type"]) && !command.words.contains("attribute"))
  }

  /// Judges a command that did not run and that the server refuses in any transaction: what failed there fails here, what
  /// only maintains, or lets go of the session's own, changes no row, and an index is made or dropped in one step as well as
  /// beside others.
  func probeBare(
    _ error: PostgresError, _ command: PostgresCommand, _ text: inout TextRun,
    _ session: inout Session<PostgresDriver>
  ) throws -> CommandEnd {
    if text.statement.result?.error?.sqlstate == error.sqlstate {
      text.fail(.failed(code: error.sqlstate, missingObject: nil))
      return .failed
    }
    if text.statement.result?.error == nil, ["vacuum", "cluster", "reindex", "discard"].contains(command.verb) {
      try undoCommand(session)
      return .done
    }
    guard text.statement.result?.error == nil, let inOneStep = command.inOneStep else {
      text.fail(.notRun(.unsupported))
      return .failed
    }
    try undoCommand(session)
    return try execute(PostgresCommand(inOneStep, command.facts), &text, &session)
  }

  /// Runs what no transaction may hold, and measures it by the server's own totals.
  func executeBare(
    _ command: PostgresCommand, _ values: [PostgresValue], _ text: inout TextRun,
    _ session: inout Session<PostgresDriver>
  ) throws -> CommandEnd {
    let rows = try rowsBeforeBare(command, values, text, session)
    let before = try totals(session.state)
    let rights = try meter.rights()
    let first = try meter.connection.execute(Self.nextTransaction).integer(0, 0) ?? 0
    var answer = try send(command, values, text, session)
    meter.forgetPrepared()
    if let error = answer.error {
      if error.isConnectionLost { throw error }
      let (execution, refused) = PostgresFailure.execution(
        of: error, text.statement, takesValues: command.parameterCount > 0)
      if let refused { text.effect.refused.append(refused) }
      text.fail(execution)
    }
    if answer.error == nil { forgetDiscarded(command, &session.state) }
    // What it has committed before a failure stays.
    let hasFailed = answer.error != nil
    let after = try totals(session.state)
    if answer.hasEvents { answer.events = try meter.readEvents() }
    add(answer, command, &text)
    addEvents(answer.events, command, &text, &session.state)
    try addLostGuards(answer.events, &text, &session.state)
    try followEvents(answer.events, &text, &session.state)
    var reading = try meter.readCounters(session.state)
    let files = Dictionary(reading.relations.map { ($0.oid, $0) }, uniquingKeysWith: { first, _ in first })
    let unchanged = try meter.unchangedRows()
    meter.forgetCounters()
    reading.relations = []
    for oid in session.state.schema.relations.keys.sorted() {
      let delta = (after[oid] ?? RowCounters()) - (before[oid] ?? RowCounters())
      guard delta != RowCounters() || files[oid] != nil else { continue }
      let file = files[oid]?.file ?? session.state.schema.files[oid] ?? 0
      reading.relations.append(
        .init(oid: oid, counters: delta, file: file, unchanged: unchanged[oid] ?? 0))
    }
    // A procedure may roll back what it did, and the totals count that too.
    let mayUndo = ["do", "call"].contains(command.verb)
    try addCounters(reading, command, answer, &text, &session.state, codeSince: mayUndo ? first : nil)
    meter.forgetCounters()
    try addLossyTypes(rows, command, &text, session.state)
    addRights(since: rights, try meter.rights(), &text)
    if let escalation = command.escalation { text.changes.escalated.append(escalation) }
    if retyped(answer.events, session.state).contains(where: { oid in !rows.contains { $0.relation == oid } }) {
      // It ends its own transactions, so what the tables held before is not known.
      text.fail(.notRun(.unsupported))
      return .failed
    }
    if hasFailed { text.leaves = text.changes }
    return hasFailed ? .failed : .done
  }

  /// Forgets the temporary tables that a command lets go of, which no event trigger tells.
  ///
  /// Source: PostgreSQL 15, 40.2 "Event Trigger Firing Matrix".
  func forgetDiscarded(_ command: PostgresCommand, _ state: inout PostgresState) {
    guard command.verb == "discard", ["all", "temp", "temporary"].contains(command.words.last) else { return }
    for (oid, relation) in state.schema.relations where relation.isTemporary { state.forget(oid) }
  }

  /// Rows changed in all of the clone's life, once its counters are flushed.
  private func totals(_ state: PostgresState) throws(PostgresError) -> [UInt32: RowCounters] {
    try meter.script("SELECT pg_catalog.pg_stat_force_next_flush()")
    try meter.script("SELECT pg_catalog.pg_stat_clear_snapshot()")
    let oids = state.schema.relations.keys.sorted().map(String.init).joined(separator: ",")
    let found = try meter.connection.execute("SELECT * FROM pg_catalog.assay_totals($1)", [PostgresValue("{\(oids)}")])
    var totals: [UInt32: RowCounters] = [:]
    for row in 0..<found.rowCount {
      totals[found.oid(row, 0)] = RowCounters(
        inserted: found.integer(row, 1) ?? 0, updated: found.integer(row, 2) ?? 0, deleted: found.integer(row, 3) ?? 0)
    }
    return totals
  }
}
