import AuditTrail
import FoundationEssentials
import Ledger
import SQLAnalysis

/// A folder of its own for a test, removed at its end.
struct TemporaryFolder: ~Copyable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "assay-tests-ledger-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Records for the tests, spelt briefly.
enum Fixture {
  static func time(_ text: String) -> Timestamp { Timestamp(text) ?? Timestamp(nanoseconds: 0) }

  static func opening(_ session: String, user: String = "ana@example.org", at: String = "2026-07-01T09:00:00Z")
    -> SessionOpening
  {
    SessionOpening(
      session: session, time: time(at), identity: Identity(user: user, kind: .human, groups: ["dev"]),
      client: Client(address: "10.0.0.8", application: "psql"),
      connection: Connection(name: "clinic", engine: "postgresql", environment: "production", tags: ["team": "care"]),
      purpose: Purpose(ticket: "OPS-1"))
  }

  static func statement(
    _ session: String, _ sequence: Int64, _ sql: String = "SELECT 1", action: Action = .allow,
    at: String = "2026-07-01T09:00:01Z", approval: String? = nil, rows: Int64? = 1, hasResult: Bool = true
  ) -> StatementRecord {
    StatementRecord(
      session: session, sequence: sequence, time: time(at), sql: sql,
      parameters: [Parameter(type: "integer", value: "17"), Parameter(type: "text", value: nil)],
      decision: Decision(action: action, rule: action == .allow ? nil : "r1", masked: ["customers.email"]),
      approval: approval,
      result: hasResult
        ? RecordedResult(rows: rows, rowsKind: .affected, durationMicroseconds: 900, error: nil) : nil)
  }

  static func approval(
    _ id: String, session: String? = nil, user: String = "ana@example.org", granted: String = "2026-07-01T08:55:00Z",
    expires: String = "2026-07-01T10:55:00Z", status: ApprovalStatus = .approved
  ) -> Approval {
    Approval(
      id: id, connection: "clinic", session: session, requestedBy: user, requestedAt: time("2026-07-01T08:50:00Z"),
      reason: "duplicates", status: status, automatic: false, rule: "writes-need-review",
      decisions: [
        ApprovalDecision(
          user: "bo@example.org", group: "dba", decision: status == .rejected ? "rejected" : "approved",
          time: time(granted), forced: false)
      ], validFrom: time(granted), expiresAt: time(expires), unitSHA256: nil)
  }

  /// Loads a session of one statement.
  static func loadOneStatement(into ledger: borrowing Ledger) throws {
    _ = try load([batch(openings: [opening("s1")], statements: [statement("s1", 1)])], into: ledger)
  }

  static func batch(
    openings: [SessionOpening] = [], statements: [StatementRecord] = [], approvals: [Approval] = []
  ) -> RecordBatch {
    var batch = RecordBatch()
    var entry: Int64 = 1
    for opening in openings {
      batch.openings.append(Entered(opening, entry: entry))
      entry += 1
    }
    for statement in statements {
      batch.append(statement, entry: entry)
      entry += 1
    }
    for approval in approvals {
      batch.approvals.append(Entered(approval, entry: entry))
      entry += 1
    }
    return batch
  }

  static func analysis(_ sql: String) -> ArchiveLoader.TextAnalysis {
    var facts = CommandFacts(kinds: [sql.hasPrefix("DELETE") ? .delete : .select])
    facts.predicate = .missing
    return ArchiveLoader.TextAnalysis(
      facts: Facts(
        parsed: true, fingerprint: String(sql.prefix(6)), normalized: "shape", commands: [facts], commandCount: 1,
        overApproximate: false), encoded: Array(sql.utf8))
  }

  /// Loads each batch as an archive of its own.
  static func load(
    _ batches: [RecordBatch], into ledger: borrowing Ledger, finish: Bool = true,
    analyze: @escaping (String, SQLDialect) -> ArchiveLoader.TextAnalysis = { sql, _ in analysis(sql) }
  ) throws -> [Int64] {
    try loadCounting(batches, into: ledger, finish: finish, analyze: analyze).duplicates
  }

  /// Loads each batch as an archive of its own; gives how many records of each were known, and contradict what was there.
  static func loadCounting(
    _ batches: [RecordBatch], into ledger: borrowing Ledger, finish: Bool = true,
    analyze: @escaping (String, SQLDialect) -> ArchiveLoader.TextAnalysis = { sql, _ in analysis(sql) }
  ) throws -> (duplicates: [Int64], conflicts: [Int64]) {
    var loader = try ArchiveLoader(ledger, analyze: analyze)
    var duplicates: [Int64] = []
    var conflicts: [Int64] = []
    for (index, batch) in batches.enumerated() {
      try loader.begin(ledger)
      try loader.add(batch, proxy: "hoop", to: ledger)
      var summary = ArchiveSummary(path: "a\(index)", format: "test", sha256: "\(index)", bytes: 10)
      summary.accepted = Int64(batch.recordCount)
      summary.rejected = Int64(batch.rejected.count)
      summary.entries = summary.accepted + summary.rejected
      conflicts.append(loader.conflicts)
      try duplicates.append(loader.commit(summary, records: Int64(batch.recordCount), to: ledger).duplicates)
    }
    if finish { try ledger.finishIngest() }
    return (duplicates, conflicts)
  }

  /// Everything a ledger holds, as text, for comparing two of them.
  static func contents(_ ledger: borrowing Ledger) throws -> [String] {
    var lines: [String] = []
    for table in [
      "texts", "shapes", "identities", "connections", "clients", "decisions", "contexts", "sessions", "units",
      "statements", "approvals", "approval_decisions", "rollup", "rejected", "superseded", "archives",
    ] {
      for row in try ledger.rows("SELECT * FROM \(table) ORDER BY 1, 2, 3") { lines.append("\(table) \(row)") }
    }
    return lines
  }
}
