public import AuditTrail
import SQLite

/// The store of everything read, replayed and concluded: one SQLite file.
///
/// One thread at a time uses it. Readers (`query`, `forEachSession`, `statements`) may be called at any time after
/// ``finishIngest()``; what a reader does not find was not in any archive.
public struct Ledger: ~Copyable {
  /// The file.
  public let path: String

  /// Opens the ledger at a path, and makes it when it is not there and `create` is set.
  public init(path: String, create: Bool) throws(AssayError) {
    self.path = path
    throw AssayError(.internalFault, "not built yet")
  }

  /// Runs a read-only query; `body` gets each row's values. The query's text is evidence: it is what a report prints.
  public borrowing func query(
    _ sql: String, _ parameters: [LedgerValue] = [], _ body: ([LedgerValue]) throws(AssayError) -> Void
  ) throws(AssayError) {
    throw AssayError(.internalFault, "not built yet")
  }

  /// Calls `body` with each session that the filter lets through, in the order of their ids.
  public borrowing func forEachSession(
    _ filter: SessionFilter, _ body: (SessionEntry) throws(AssayError) -> Void
  ) throws(AssayError) {
    throw AssayError(.internalFault, "not built yet")
  }

  /// The session's statements in order of their sequence, those outside the period left out.
  public borrowing func statements(of session: Int64, in period: Period?) throws(AssayError) -> [StatementEntry] {
    throw AssayError(.internalFault, "not built yet")
  }

  /// The facts of a text, by its id.
  public borrowing func facts(ofText id: Int64) throws(AssayError) -> Facts {
    throw AssayError(.internalFault, "not built yet")
  }

  /// Every approval, in the order of their ids.
  public borrowing func approvals() throws(AssayError) -> [(id: Int64, approval: Approval)] {
    throw AssayError(.internalFault, "not built yet")
  }

  /// Forgets every measurement, verdict and finding: the next replay starts anew.
  public borrowing func clearReplay() throws(AssayError) {
    throw AssayError(.internalFault, "not built yet")
  }

  /// Stores a replay and returns its id.
  public borrowing func store(_ replay: ReplayEntry) throws(AssayError) -> Int64 {
    throw AssayError(.internalFault, "not built yet")
  }

  /// Stores measurements and verdicts, in one transaction.
  public borrowing func store(_ graded: [GradedStatement]) throws(AssayError) {
    throw AssayError(.internalFault, "not built yet")
  }

  /// Stores findings.
  public borrowing func store(_ findings: [Finding]) throws(AssayError) {
    throw AssayError(.internalFault, "not built yet")
  }
}
