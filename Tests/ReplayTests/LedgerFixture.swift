import AuditTrail
import Foundation
import GoldenCorpus
import Ledger
import SQLAnalysis

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// A folder that goes with the test.
final class Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/assay-replay-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A recorded session for a ledger.
struct RecordedSession {
  var key: String
  var statements: [StatementRecord]
  var connection = "clinic"
  var engine = "postgresql"
  var user = "ana@example.org"
  var kind = IdentityKind.human
}

/// Puts sessions and approvals into a ledger.
func load(
  _ sessions: [RecordedSession], approvals: [Approval] = [], outputs: [OutputFinding] = [],
  into ledger: borrowing Ledger
) throws {
  var batch = RecordBatch()
  for (index, session) in sessions.enumerated() {
    let opening = SessionOpening(
      session: session.key, time: session.statements.first?.time ?? Timestamp(nanoseconds: 0),
      identity: Identity(user: session.user, kind: session.kind), client: Client(),
      connection: Connection(name: session.connection, engine: session.engine))
    batch.openings.append(Entered(opening, entry: Int64(index + 1)))
    for statement in session.statements { batch.append(statement, entry: Int64(index + 1)) }
  }
  batch.outputs = outputs
  batch.approvals = approvals.map { Entered($0, entry: 1) }
  var loader = try ArchiveLoader(ledger) { sql in .init(facts: analyze(sql), encoded: []) }
  try loader.begin(ledger)
  try loader.add(batch, proxy: "test", to: ledger)
  var summary = ArchiveSummary(path: "test", format: "test", sha256: sessions.map(\.key).joined(), bytes: 0)
  summary.entries = Int64(sessions.count)
  summary.accepted = summary.entries
  _ = try loader.commit(summary, records: Int64(batch.recordCount), to: ledger)
  try ledger.finishIngest()
}

extension GoldenCase {
  /// The case as a session of an archive; `number` makes keys and times its own.
  func recorded(_ key: String) -> RecordedSession {
    let records = entries().map { entry in
      var unit: UnitReference?
      if let number = entry.unit {
        let members = entries().filter { $0.unit == number }
        unit = UnitReference(
          id: "u\(number)", sha256: nil, position: Int64((members.firstIndex { $0.id == entry.id } ?? 0) + 1),
          count: Int64(members.count))
      }
      // In an archive what has no result did not run.
      let ran = RecordedResult(rows: nil, rowsKind: .unknown, durationMicroseconds: nil, error: nil)
      return StatementRecord(
        session: key, sequence: entry.sequence, time: entry.time, sql: entry.sql, parameters: entry.parameters,
        decision: entry.decision, result: entry.result ?? (entry.outcome == .ran ? ran : nil), unit: unit,
        completeness: entry.completeness)
    }
    return RecordedSession(key: key, statements: records, engine: engineName)
  }
}

extension GoldenFile {
  /// Every case as a session.
  var recorded: [RecordedSession] { cases.enumerated().map { $0.element.recorded("s\($0.offset + 1)") } }

  /// A plan on the file's shadow.
  func plan(workers: Int = 2) throws -> ReplayPlan {
    let (shadow, sensitive) = try makeShadow()
    var plan = ReplayPlan(
      shadows: [PlannedShadow(connection: "clinic", shadow: shadow, sensitive: sensitive)],
      analyze: { analyze($0, as: $1) })
    plan.workers = workers
    return plan
  }
}

/// The verdict lines of a ledger.
func verdictLines(_ ledger: borrowing Ledger) throws -> [String] {
  var lines: [String] = []
  try forEachVerdictLine(ledger) { line in lines.append(String(decoding: line, as: UTF8.self)) }
  return lines
}
