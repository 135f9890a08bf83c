import AuditTrail
import Ledger
import Postgres
import Replay
import SQLAnalysis

/// What is left of a text: its commands, and which comes next.
struct PostgresScript {
  fileprivate let commands: [PostgresCommand]
  fileprivate var next = 0
}

extension PostgresDriver {
  /// Errors with which the server refuses such a command before it does anything: no such database or schema, in a transaction,
  /// in use.
  private static let undone: Set<String> = ["3D000", "25001", "55006", "3F000"]

  func refusal(of statement: StatementEntry) -> InconclusiveReason? { statement.holdsZero ? .unparseable : nil }

  func script(of text: inout TextRun, _ session: Session<PostgresDriver>) -> PostgresScript {
    let commands = world.commands(of: text.statement)
    let isSensitive = world.mayReadSensitive(text.statement, session.state)
    watchesRows = text.isObserved && (!session.plan.isFirst || isSensitive)
    toldColumns.removeAll()
    let onlyReads = commands.count == 1 && world.onlyReads(commands[0])
    text.touchesClone = !onlyReads
    text.isRepeatable = onlyReads && !isSensitive && world.reads(commands[0]).isRepeatable
    return PostgresScript(commands: commands)
  }

  func nextCommand(
    in script: inout PostgresScript, _ text: inout TextRun,
    _ session: inout Session<PostgresDriver>
  ) throws -> NextCommand<PostgresCommand> {
    guard script.next < script.commands.count else { return .none }
    let command = script.commands[script.next]
    script.next += 1
    let isAlone = script.commands.count == 1
    if let transaction = command.transaction {
      if let name = command.preparedTransaction {
        if let error = text.statement.result?.error, text.failedWhenRecorded {
          // What could not be prepared was undone; whether a server prepares any is its own setting.
          text.fail(.failed(code: error.sqlstate ?? "55000", missingObject: nil))
          return .transaction(.rollback(andChain: false), command, isAlone: isAlone)
        }
        if text.keeps { preparedTransactions.insert(name) }
      }
      return .transaction(transaction, command, isAlone: isAlone)
    }
    world.addReads(command, to: &text)
    addEmptyTables(command, &text, session.state)
    if let escape = command.escape {
      refuseEscape(escape, &text)
      return .ended(.failed)
    }
    if let made = command.madeWhileExplained {
      // The lines of its plan are what was recorded.
      text.effect.rowsReturned &+= text.statement.result?.rows ?? 0
      return .command(PostgresCommand(made, world.analyze(made, .postgreSQL)))
    }
    if let end = endPrepared(command, &text) { return .ended(end) }
    if addGlobalChange(command, &text, &session.state) { return .ended(.done) }
    // The first error would end the connection, and with it what measures the session.
    if command.verb == "set", command.words.contains("exit_on_error") { return .ended(.done) }
    if command.needsTransactionBlock, !session.transaction.isOpen, isAlone {
      text.fail(.failed(code: "25P01", missingObject: nil))
      return .ended(.failed)
    }
    if isolation == .rolledBack, command.needsOwnClone, text.keeps { throw PostgresRunFault.needsOwnClone }
    if !text.keeps, !text.failedWhenRecorded, !probed.contains(text.position),
      try takesFromConnection(command, session.state)
    {
      leftOut.append(text.position)
      return .ended(.done)
    }
    return .command(command)
  }

  /// Ends a transaction that the session has prepared: its rows are there since then, and no rollback takes them back.
  private func endPrepared(_ command: PostgresCommand, _ text: inout TextRun) -> CommandEnd? {
    guard ["commit", "rollback"].contains(command.verb), let name = command.preparedTransaction,
      preparedTransactions.contains(name)
    else { return nil }
    text.isReadOnly = false
    if text.keeps { preparedTransactions.remove(name) }
    if command.verb == "commit" { return .done }
    text.fail(.notRun(.unsupported))
    return .failed
  }

  /// Adds the tables without rows here on which the command depends: what is prepared depends on them when it is executed.
  private func addEmptyTables(_ command: PostgresCommand, _ text: inout TextRun, _ state: PostgresState) {
    let tables = world.emptyTables(command)
    if command.verb == "prepare", command.words.count > 1 {
      prepared[command.words[1].exactKey] = PreparedStatement(command, emptyTables: tables)
      return
    }
    text.emptyTables.formUnion(tables)
    text.emptyTables.formUnion(executed(by: command)?.emptyTables ?? [])
    if state.schema.code.mayDelete(with: command) {
      text.isReadOnly = false
      text.emptyTables.formUnion(world.emptyTables(named: state.schema.code.deletes))
    }
  }

  /// An escape is never tried; one that the server refused when it was recorded failed there as it would here.
  private func refuseEscape(_ escape: String, _ text: inout TextRun) {
    let recorded = text.statement.result?.error?.sqlstate ?? ""
    let wasRefused = recorded.hasPrefix("42") || Self.undone.contains(recorded)
    if !wasRefused { text.effect.refused.append(escape) }
    text.fail(.failed(code: Self.undone.contains(recorded) ? recorded : "42501", missingObject: nil))
    text.isReadOnly = false
  }

  /// What changes the server as a whole is said by its text and not run: other clones share the server.
  private func addGlobalChange(
    _ command: PostgresCommand, _ text: inout TextRun, _ state: inout PostgresState
  ) -> Bool {
    guard let change = command.global else { return false }
    text.isReadOnly = false
    if let code = text.statement.result?.error?.sqlstate {
      text.fail(.failed(code: code, missingObject: nil))
      return true
    }
    switch change {
    case .altered(let what):
      if let escalation = command.escalation { text.changes.escalated.append(escalation) }
      text.changes.altered.append(what)
      if let role = command.madeRole { state.madeObjects.insert("role \(role)") }
    case .droppedDatabase(let name):
      let rows = catalog.rows.values.reduce(0, +)
      text.changes.drop(DroppedObject(type: "database", name: name, rows: rows, isScratch: false))
    }
    return true
  }

  func conclude(_ text: inout TextRun, _ session: Session<PostgresDriver>) {
    let commands = world.commands(of: text.statement)
    let code = session.state.schema.code
    text.choosesByChance = commands.contains {
      world.choosesByChance($0) || code.isDecidedByChance && code.runs(with: $0)
        || isExecutedByChance($0) || world.takesClock($0, session.state)
    }
    text.mayHideErrors = commands.contains { command in
      if command.definesCode { return false }
      var errors = catalog.codeWrites.errors(of: command)
      let fired = command.facts.commands.flatMap(\.writes).compactMap { catalog.relation($0.table)?.oid }
      for table in fired { if let own = catalog.code[table]?.errors { errors.formUnion(own) } }
      if code.runs(with: command) { errors.formUnion(code.errors) }
      return errors.mayHide
    }
    guard text.observed != nil else { return }
    text.sensitiveReads = world.sensitiveCandidates(text.statement, session.state).union(toldColumns)
    text.isIndirect = commands.contains { world.isTainted($0, session.state) }
  }
}

extension PostgresDriver {
  /// Whether chance decides what a prepared statement does, by its own words or by what it is executed with.
  private func isExecutedByChance(_ command: PostgresCommand) -> Bool {
    guard let executed = executed(by: command) else { return false }
    return executed.isDecidedByChance || executed.choosesRows && DecidedByChance.isNamed(in: command.words)
  }
}

/// How a session is kept apart from others.
enum PostgresIsolation: String, Sendable {
  /// In an outer transaction that is rolled back at its end; the clone serves the next session.
  case rolledBack = "rolled_back"
  /// On a clone of its own, in transactions as recorded.
  case clone
}

/// Why a run of a session cannot go on.
enum PostgresRunFault: Error {
  /// The server failed outside of a recorded statement.
  case server(PostgresRunError)
  /// No clone could be had.
  case unavailable(AssayError)
  /// The session does something that an outer transaction does not bear.
  case needsOwnClone

  /// The fault that an error of a run stands for.
  init(_ error: any Error) {
    switch error {
    case let fault as PostgresRunFault: self = fault
    case let error as AssayError: self = .unavailable(error)
    case let error as PostgresError: self = .server(PostgresRunError(error))
    default: self = .server(PostgresRunError(PostgresError(sqlstate: "XX000", message: "")))
    }
  }
}

/// An error's code, for a fault's cause.
struct PostgresRunError: Sendable {
  let sqlstate: String
  let isConnectionLost: Bool

  init(_ error: PostgresError) {
    sqlstate = error.sqlstate
    isConnectionLost = error.isConnectionLost
  }
}
