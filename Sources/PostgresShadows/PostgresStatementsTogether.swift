import AuditTrail
import Ledger
import Postgres
import Replay

extension StatementEntry {
  /// Whether its text or a value holds a zero byte, which no text on PostgreSQL can.
  var holdsZero: Bool {
    sql.utf8.contains(0) || parameters?.contains { $0.value?.utf8.contains(0) == true } == true
  }
}

/// Which statements of a session may be measured together, by what became of earlier ones.
struct StatementsTogether {
  /// A block that had to be undone makes the next ones shorter, one that held longer.
  static let blockLengths = 8...256

  /// Whether no block is tried at all.
  var avoidsBlocks = false
  /// Up to where no block is tried, since one was undone.
  var carefulUntil = 0
  /// Up to where statements run one by one, since one of them failed in a group.
  var aloneUntil = 0
  /// How many statements the next block may have.
  var longestBlock = blockLengths.upperBound
  /// How many statements blocks have measured.
  var measuredInBlocks = 0

  /// A session begins, of which nothing is known.
  mutating func beginSession() {
    (carefulUntil, aloneUntil, measuredInBlocks) = (0, 0, 0)
    longestBlock = Self.blockLengths.upperBound
  }
}

/// What groups and blocks of statements have in common: which statements may be sent before the one before them has
/// answered, and how what they measured becomes an effect.
extension PostgresDriver {
  func measureAhead(
    _ statements: [StatementEntry], from position: Int, _ engine: SessionEngine<PostgresDriver>
  ) throws -> Int {
    let session = engine.session
    guard isolation == .rolledBack, session.rules.failureAborts, !session.transaction.isAborted,
      !session.state.schema.hasNewCode, position >= together.aloneUntil, !meter.hasOldStrings
    else { return 0 }
    if meter.isStale { try meter.rebase(session.state) }
    let block = block(statements, from: position, engine)
    if block.count > 1 {
      let count = block.count
      if try measureBlock(block, statements, from: position, engine) { return count }
    }
    let group = groupLength(statements, from: position, engine)
    return group > 1 ? try measureGroup(statements, from: position, count: group, engine) : 0
  }

  /// The one command of a statement that took effect and stands whole in the archive; `nil` for any other statement.
  func onlyCommand(of statement: StatementEntry, _ engine: SessionEngine<PostgresDriver>) -> PostgresCommand? {
    guard engine.tookEffect(statement), !statement.completeness.contains(.statementTruncated),
      !statement.completeness.contains(.redacted), !statement.holdsZero
    else { return nil }
    let commands = world.commands(of: statement)
    return commands.count == 1 ? commands[0] : nil
  }

  /// The values that a command is sent with; `nil` where one is missing, or where someone looks at what the client saw.
  func values(
    of command: PostgresCommand, _ statement: StatementEntry, _ position: Int,
    _ session: Session<PostgresDriver>
  ) -> [PostgresValue]? {
    let plan = session.plan
    let isObserved =
      plan.includes(position) && (!plan.isFirst || world.mayReadSensitive(statement, session.state))
    if isObserved { return nil }
    return PostgresBinding.values(statement.parameters, count: command.parameterCount, typed: true)
  }
}
