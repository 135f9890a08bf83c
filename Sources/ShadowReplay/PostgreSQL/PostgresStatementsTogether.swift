import AuditTrail
import Ledger
import Postgres

extension StatementEntry {
  /// Whether its text or a value holds a zero byte, which no text on PostgreSQL can.
  var holdsZero: Bool {
    sql.utf8.contains(0) || parameters?.contains { $0.value?.utf8.contains(0) == true } == true
  }
}

/// What groups and blocks of statements have in common: which statements may be sent before the one before them has
/// answered, and how what they measured becomes an effect.
extension PostgresSessionRun {
  /// The one command of a statement that took effect and stands whole in the archive; `nil` for any other statement.
  func onlyCommand(of statement: StatementEntry) -> PostgresCommand? {
    guard tookEffect(statement), !statement.completeness.contains(.statementTruncated),
      !statement.completeness.contains(.redacted), !statement.holdsZero
    else { return nil }
    let commands = world.commands(of: statement)
    return commands.count == 1 ? commands[0] : nil
  }

  /// The values that a command is sent with; `nil` where one is missing, or where someone looks at what the client saw.
  func values(of command: PostgresCommand, _ statement: StatementEntry, _ position: Int) -> [PostgresValue]? {
    let isObserved = plan.includes(position) && (!plan.isFirst || world.mayReadSensitive(statement, state))
    if isObserved { return nil }
    return PostgresBinding.values(statement.parameters, count: command.parameterCount, typed: true)
  }

  /// Adds the next statement's effect to the run, from what `measure` puts into it.
  func record(
    _ statement: StatementEntry, _ position: Int,
    _ measure: (inout PostgresTextRun) throws(PostgresError) -> Void
  ) throws(PostgresError) {
    var text = textRun(statement, position)
    run.effects.append(text.effect)
    run.isReadOnly.append(false)
    try measure(&text)
    finish(&text)
    run.effects[position] = text.effect
    run.isReadOnly[position] = text.isReadOnly
  }
}
