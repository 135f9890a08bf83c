package import AuditTrail
package import Ledger
import SQLAnalysis

/// What the session engine asks of a database: to run one command after another on a clone, and to say what each did.
///
/// How a driver counts rows, compares catalogs or splits a text is its own. What follows from it is the engine's, once for
/// every database: order, transactions, probes, held scripts, judgements.
package protocol ShadowDriver: AnyObject {
  /// What the driver knows of the clone beside its rows, undone with them.
  associatedtype Schema: Sendable
  /// What is left of a text.
  associatedtype Script
  /// A command that is ready to run.
  associatedtype Command
  /// What no rollback of the database undoes.
  associatedtype Mark

  /// What the clone's rows are.
  var basis: Basis { get }
  /// How the clone's sessions are kept apart, as effects say it.
  var mode: String { get }
  /// The clone before anything has run on it.
  var baseline: CloneState<Self> { get }
  /// How transactions behave in sessions that were recorded on an engine.
  func rules(for engine: String) -> TransactionRules

  // MARK: Sessions

  /// Makes the clone ready for a session.
  func prepare(_ start: SessionStart) throws
  /// Opens what a session runs in.
  func beginSession(_ session: inout Session<Self>) throws
  /// Ends what a session has left open.
  func endSession(_ session: inout Session<Self>) throws
  /// Takes out of the state what goes with a session's connection.
  func forgetTemporary(_ state: inout CloneState<Self>)

  // MARK: Texts

  /// Measures statements together, where that is faster; how many of them it measured and recorded, 0 for none.
  func measureAhead(_ statements: [StatementEntry], from position: Int, _ engine: SessionEngine<Self>) throws -> Int
  /// The statement as the session's settings make the database read it.
  func asRead(_ statement: StatementEntry) -> StatementEntry
  /// Why a text cannot reach the database at all; `nil` for most.
  func refusal(of statement: StatementEntry) -> InconclusiveReason?
  /// A text before its first command.
  func script(of text: inout TextRun, _ session: Session<Self>) -> Script
  /// The next command of a text as the shadow's own parser splits it, with what it may read added to the text.
  func nextCommand(
    in script: inout Script, _ text: inout TextRun, _ session: inout Session<Self>
  ) throws -> NextCommand<Command>
  /// Runs a command, in a scope where it may have to be undone, and adds its rows, objects and output to the text.
  func execute(_ command: Command, _ text: inout TextRun, _ session: inout Session<Self>) throws -> CommandEnd
  /// Adds what can be told only when the whole text has run.
  func conclude(_ text: inout TextRun, _ session: Session<Self>)
  /// The tables that a text's commands empty or overwrite without a predicate.
  func unboundedWrites(of text: TextRun) -> UnboundedWrites
  /// A statement's time begins.
  func startClock()
  /// It ends; true where it was up and the clone is good for nothing but a new start.
  func stopClock() -> Bool

  // MARK: Scopes and transactions

  /// Whether commands of a text run in a scope that can be undone.
  var hasScope: Bool { get }
  /// Opens that scope, unless it is open.
  func openScope(_ session: Session<Self>) throws
  /// Ends the scope; gives the execution of one that cannot be kept.
  func closeScope(keep: Bool, _ session: Session<Self>) throws -> Execution?
  /// Runs what waits for the end of a transaction and adds it to the text; gives the execution where that fails. The commit
  /// comes next, or what undoes a probe.
  func settle(_ text: inout TextRun, _ session: inout Session<Self>) throws -> Execution?
  /// What the end of a transaction would find of constraints that wait for it; `nil` where they hold.
  func checkDeferred() throws -> Execution?
  /// Whether the clone's connection is in a transaction.
  var isInTransaction: Bool { get }
  /// Opens a recorded transaction; `command` is the one that did, `nil` for `AND CHAIN`.
  func beginTransaction(_ command: Command?, _ session: Session<Self>) throws
  /// Makes what the text's scope holds the start of a recorded transaction, which `command` opens in the middle of the text.
  func openTransactionOnScope(_ command: Command?) throws
  /// Commits it; gives the execution of a commit that fails.
  func commitTransaction(_ session: Session<Self>) throws -> Execution?
  /// Rolls it back.
  func rollBackTransaction(_ session: Session<Self>) throws
  /// Sets a savepoint.
  func setSavepoint(_ name: String) throws
  /// Releases a savepoint.
  func releaseSavepoint(_ name: String) throws
  /// Goes back to a savepoint, which stays.
  func rollBackToSavepoint(_ name: String) throws
  /// What no rollback undoes, as it is now.
  func mark() -> Mark
  /// Sets back what no rollback has undone, after the state has gone back.
  ///
  /// - Parameters:
  ///   - mark: how it was; `nil` where a database would leave it too, as after a failure.
  ///   - recounts: whether rows were changed that no command has counted.
  func restore(_ mark: Mark?, recounts: Bool, _ session: Session<Self>) throws
  /// Opens a recorded transaction again that the clone has lost though the session went on in it.
  func reopenLostTransaction(_ session: inout Session<Self>) throws
  /// Forgets what a held script has left on the connection.
  func endHeldScript() throws

  // MARK: Tables

  /// The table that a name means to the session now; `nil` for none.
  func table(named name: TableReference, in state: CloneState<Self>) -> TableIdentity?
  /// The tables whose rows a command that names a table or a view takes for that one's.
  func heirs(of table: TableIdentity, in state: CloneState<Self>) -> Set<TableIdentity>
  /// What effects call a table: its name, qualified where another has the same.
  func name(of table: TableIdentity, in state: CloneState<Self>) -> String
  /// Whether what a statement does with the table's rows cannot be known: none are here, and production may have some.
  func isEmptyHere(_ table: TableIdentity) -> Bool
  /// The table's rows in production, where they are known.
  func productionRows(of table: TableIdentity) -> Int64?
  /// Whether any table's rows in production are known.
  var knowsProduction: Bool { get }
}

extension ShadowDriver {
  /// A driver that measures one statement after another.
  package func measureAhead(_ statements: [StatementEntry], from position: Int, _ engine: SessionEngine<Self>) throws
    -> Int
  {
    0
  }

  /// A driver that reads every text in one way.
  package func asRead(_ statement: StatementEntry) -> StatementEntry { statement }

  /// A driver that takes every text.
  package func refusal(of statement: StatementEntry) -> InconclusiveReason? { nil }

  /// A driver that knows all when a command has run.
  package func conclude(_ text: inout TextRun, _ session: Session<Self>) {}

  /// A driver whose commands end by themselves.
  package func startClock() {}

  /// A driver whose commands end by themselves.
  package func stopClock() -> Bool { false }

  /// A driver that loses no transaction.
  package func reopenLostTransaction(_ session: inout Session<Self>) throws {}

  /// A driver whose connection keeps nothing that a rollback leaves.
  package func endHeldScript() throws {}
}

/// How a clone is made ready for a session.
package enum SessionStart {
  /// As the clone was made; `isPristine` says that nothing has touched it.
  case anew(isPristine: Bool)
  /// As the last session left the database, with nothing of its connection; `isTouched` says that it changed something.
  case next(isTouched: Bool)
  /// As at the last start.
  case again
}

/// What comes next in a text.
package enum NextCommand<Command> {
  /// Nothing.
  case none
  /// A command that opens, ends or marks a transaction; `isAlone` says that the text holds no other.
  case transaction(TransactionCommand, Command?, isAlone: Bool)
  /// Any other command.
  case command(Command)
  /// A command that the driver has measured or refused by itself.
  case ended(CommandEnd)
}

/// How a command, or a text, ended.
package enum CommandEnd {
  case done, failed
  /// A bound ended it; what it had done by then is measured.
  case stopped
}

/// How transactions behave where a session was recorded.
package struct TransactionRules {
  /// Whether a second `BEGIN`, and the end of a transaction that is not there, are errors rather than warnings.
  package var isStrict = false
  /// Whether a savepoint outside a transaction opens one.
  package var savepointOpens = false
  /// Whether a commit that fails ends the transaction.
  package var failedCommitEnds = true
  /// Whether a failure makes all that follows fail until the end.
  package var failureAborts: Bool
  /// Whether what is sent as one text is one transaction.
  package var textIsWhole: Bool
  /// How a command fails that needs a transaction.
  package var noTransaction = Execution.failed(code: "25P01", missingObject: nil)
  /// How a command fails that names no savepoint.
  package var noSavepoint = Execution.failed(code: "3B001", missingObject: nil)

  /// PostgreSQL's rules, but for what is said.
  package init(failureAborts: Bool, textIsWhole: Bool) {
    self.failureAborts = failureAborts
    self.textIsWhole = textIsWhole
  }
}

extension ShadowDriver {
  /// None, in a database without inheritance.
  package func heirs(of table: TableIdentity, in state: CloneState<Self>) -> Set<TableIdentity> { [] }
}
