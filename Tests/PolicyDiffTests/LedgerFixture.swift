import AuditTrail
import FoundationEssentials
import Ledger
import Policies
import PolicyDiff
import SQLAnalysis

/// A folder of its own for a test, removed at its end.
struct TemporaryFolder: ~Copyable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "assay-diff-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A statement of a small ledger, spelt briefly.
struct Sent {
  var sql = "SELECT 1"
  var user = "ana@example.org"
  var kind = IdentityKind.human
  var connection = "clinic"
  var engine = "postgresql"
  var environment: String? = "production"
  var decision = Decision(action: .allow)
  var at = "2026-07-01T09:00:00Z"
  /// Statements of one session with the same unit are one script.
  var unit: String?
  var session: String?
  /// What the shadow measured; `nil` for no replay of it.
  var effect: Effect?
  var verdict = Verdict(.confirmedAllow)
  var completeness: Completeness = []
}

enum Fixture {
  /// Loads statements, each in a session of its own unless it names one, and stores what was measured.
  static func load(_ sent: [Sent], into ledger: borrowing Ledger) throws {
    var loader = try ArchiveLoader(ledger) { sql in
      let facts = SQLAnalysis.analyze(sql)
      return ArchiveLoader.TextAnalysis(facts: facts, encoded: facts.encoded)
    }
    var batch = RecordBatch()
    var sequences: [String: Int64] = [:]
    for (index, statement) in sent.enumerated() {
      let session = statement.session ?? "s\(index)"
      let time = Timestamp(statement.at) ?? Timestamp(nanoseconds: 0)
      if sequences[session] == nil {
        let opening = SessionOpening(
          session: session, time: time, identity: Identity(user: statement.user, kind: statement.kind),
          client: Client(address: "10.0.0.8", application: "psql"),
          connection: Connection(
            name: statement.connection, engine: statement.engine, environment: statement.environment),
          purpose: nil)
        batch.openings.append(Entered(opening, entry: Int64(2 * index + 1)))
      }
      sequences[session, default: 0] += 1
      let unit = statement.unit.map { id in
        UnitReference(
          id: id, sha256: nil, position: sequences[session] ?? 1,
          count: Int64(sent.count { $0.unit == id && $0.session == statement.session }))
      }
      let record = StatementRecord(
        session: session, sequence: sequences[session] ?? 1, time: time, sql: statement.sql,
        decision: statement.decision,
        result: RecordedResult(rows: nil, rowsKind: .affected, durationMicroseconds: 900, error: nil),
        unit: unit, completeness: statement.completeness)
      batch.append(record, entry: Int64(2 * index + 2))
    }
    try loader.begin(ledger)
    try loader.add(batch, proxy: "hoop", to: ledger)
    var summary = ArchiveSummary(path: "a", format: "test", sha256: "0", bytes: 10)
    summary.entries = Int64(batch.recordCount)
    summary.accepted = summary.entries
    _ = try loader.commit(summary, records: Int64(batch.recordCount), to: ledger)
    try ledger.finishIngest()
    try measure(sent, ledger)
  }

  private static func measure(_ sent: [Sent], _ ledger: borrowing Ledger) throws {
    var ids: [String: Int64] = [:]
    try ledger.query(
      "SELECT s.id, se.key, s.sequence FROM statements s JOIN sessions se ON se.id = s.session"
    ) { row in ids["\(row[1].text ?? "")/\(row[2].integer ?? 0)"] = row[0].integer }
    var sequences: [String: Int64] = [:]
    var graded: [GradedStatement] = []
    for (index, statement) in sent.enumerated() {
      let session = statement.session ?? "s\(index)"
      sequences[session, default: 0] += 1
      guard let effect = statement.effect, let id = ids["\(session)/\(sequences[session] ?? 1)"] else { continue }
      graded.append(GradedStatement(statement: id, replay: nil, effect: effect, verdict: statement.verdict))
    }
    try ledger.store(graded)
  }

  /// A policy from its rules in YAML, each beginning with `- `.
  static func policy(_ rules: [String], harm: String = "") throws -> PolicySource {
    let list = rules.isEmpty ? "rules: []" : "rules:\n" + rules.map { "  " + $0 }.joined(separator: "\n")
    let text = "policy: p\nversion: \"1\"\neffective: 2026-01-01T00:00:00Z\n\(list)\n\(harm)"
    return .policies(PolicySet(always: .rules(CompiledPolicy(try Policy(yaml: text, path: "p.yaml")))))
  }

  /// An effect that deleted rows.
  static func deleted(_ rows: Int64) -> Effect {
    var table = TableEffect()
    table.deleted = rows
    table.before = 50_000
    var effect = Effect(.ran)
    effect.tables = ["visits": table]
    return effect
  }

  /// An effect that showed an address.
  static var leaked: Effect {
    var effect = Effect(.ran)
    effect.leak = .raw
    effect.leakedColumns = ["customers.email"]
    effect.rowsReturned = 3
    return effect
  }
}

/// A policy that treats every statement alike.
enum OneRule {
  static func policy(_ action: String, columns: String = "customers.email") throws -> PolicySource {
    switch action {
    case "allow": try Fixture.policy([])
    case "mask": try Fixture.policy(["- { id: m, then: { mask: [\(columns)], method: redact } }"])
    case "review": try Fixture.policy(["- { id: r, then: { review: [dba] } }"])
    default: try Fixture.policy(["- { id: b, then: block }"])
    }
  }
}
