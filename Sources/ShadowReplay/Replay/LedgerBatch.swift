import AuditTrail
import Ledger

/// Rows on their way into the ledger, a few thousand in one transaction.
struct LedgerBatch {
  private var graded: [GradedStatement] = []
  private var findings: [Finding] = []
  private var known: Set<String> = []

  /// Whether it is time to store.
  var isFull: Bool { graded.count >= 4096 }

  /// Takes a graded statement.
  mutating func add(_ entry: GradedEntry, replay: Int64?) {
    graded.append(
      GradedStatement(
        statement: entry.statement.id, replay: replay, effect: entry.effect, verdict: entry.verdict))
  }

  /// Takes a session's findings.
  mutating func add(_ new: [Finding]) {
    findings += new.filter { !known.contains("\($0.kind) \($0.statement)") }
  }

  /// Learns which findings the ledger holds, so that none is stored twice.
  mutating func learnFindings(of ledger: borrowing Ledger) throws(AssayError) {
    for row in try ledger.rows("SELECT kind, statement FROM findings", []) {
      known.insert("\(row.first?.text ?? "") \(row.last?.integer ?? 0)")
    }
  }

  /// Stores everything and starts anew.
  mutating func store(in ledger: borrowing Ledger) throws(AssayError) {
    if !graded.isEmpty { try ledger.store(graded) }
    if !findings.isEmpty { try ledger.store(findings) }
    graded.removeAll(keepingCapacity: true)
    findings.removeAll(keepingCapacity: true)
  }
}
