import AuditTrail
import FoundationEssentials
import Ledger
import SQLAnalysis

/// A ledger of small sessions in a folder of its own, removed at its end.
struct ExportLedger: ~Copyable {
  let folder: String
  let ledger: Ledger
  private var archives = 0

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "assay-tests-export-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    let ledger = try Ledger(path: url.path + "/l.db", create: true)
    folder = url.path
    self.ledger = ledger
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Adds an archive with one session on the connection.
  mutating func add(_ session: String, on connection: String = "clinic", _ texts: [String]) throws {
    var batch = RecordBatch()
    let time = Timestamp(nanoseconds: 1_782_896_400_000_000_000)
    batch.openings.append(
      Entered(
        SessionOpening(
          session: session, time: time, identity: Identity(user: "ana@example.org", kind: .human),
          client: Client(address: "10.0.0.8", application: "psql"),
          connection: Connection(name: connection, engine: "postgresql"), purpose: nil), entry: 1))
    for (index, text) in texts.enumerated() {
      batch.append(
        StatementRecord(
          session: session, sequence: Int64(index + 1), time: time, sql: text,
          parameters: [Parameter(type: "text", value: "parameter-secret")], decision: Decision(action: .allow),
          approval: nil, result: nil), entry: Int64(index + 2))
    }
    var loader = try ArchiveLoader(ledger) { sql, dialect in
      let facts = SQLAnalysis.analyze(sql, as: dialect)
      return ArchiveLoader.TextAnalysis(facts: facts, encoded: facts.encoded)
    }
    archives += 1
    try loader.begin(ledger)
    try loader.add(batch, proxy: "gate", to: ledger)
    var summary = ArchiveSummary(path: "a\(archives)", format: "test", sha256: "\(archives)", bytes: 10)
    summary.accepted = Int64(batch.recordCount)
    summary.entries = summary.accepted
    _ = try loader.commit(summary, records: Int64(batch.recordCount), to: ledger)
    try ledger.finishIngest()
  }

  /// Stores a verdict for each of the statements, by their row ids.
  func grade(_ statements: ClosedRange<Int64>, _ verdict: VerdictName) throws {
    try ledger.store(
      statements.map { GradedStatement(statement: $0, replay: nil, effect: Effect(.ran), verdict: Verdict(verdict)) })
  }
}
