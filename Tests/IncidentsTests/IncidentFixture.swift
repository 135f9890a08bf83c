import AuditTrail
import Incidents
import Ledger
import Policies
import SQLAnalysis

/// A statement of a small ledger, spelt briefly.
struct Sent {
  var sql = "SELECT 1"
  var user: String? = "ana@example.org"
  var kind = IdentityKind.human
  var actsFor: String?
  var connection = "clinic"
  var decision = Decision(action: .allow)
  var at = "2026-07-01T09:00:00Z"
  /// Statements of one session with the same unit are one script.
  var unit: String?
  var session = "s1"
  var parameters: [Parameter]?
  var rows: Int64?
  var rowsKind = RowsKind.affected
  var hasResult = true
  /// What the shadow measured; `nil` for no replay of it.
  var effect: Effect?
  var verdict = Verdict(.confirmedAllow)
  var completeness: Completeness = []
  var reason: String?
}

enum Fixture {
  /// A ledger of these statements; what was measured is stored as if one shadow had measured it.
  static func ledger(_ sent: [Sent], findings: [(kind: String, statement: String)] = []) throws -> Ledger {
    let ledger = try Ledger.temporary()
    var loader = try ArchiveLoader(ledger) { sql in
      let facts = SQLAnalysis.analyze(sql)
      return ArchiveLoader.TextAnalysis(facts: facts, encoded: facts.encoded)
    }
    var batch = RecordBatch()
    var sequences: [String: Int64] = [:]
    for (index, statement) in sent.enumerated() {
      let time = Timestamp(statement.at) ?? Timestamp(nanoseconds: 0)
      if sequences[statement.session] == nil {
        batch.openings.append(Entered(opening(statement, time), entry: Int64(2 * index + 1)))
      }
      let sequence = sequences[statement.session, default: 0] + 1
      sequences[statement.session] = sequence
      let unit = statement.unit.map { id in
        UnitReference(
          id: id, sha256: nil, position: sequence,
          count: Int64(sent.count { $0.unit == id && $0.session == statement.session }))
      }
      batch.append(
        StatementRecord(
          session: statement.session, sequence: sequence, time: time, sql: statement.sql,
          parameters: statement.parameters, decision: statement.decision,
          result: statement.hasResult
            ? RecordedResult(
              rows: statement.rows, rowsKind: statement.rowsKind, durationMicroseconds: 900, error: nil) : nil,
          unit: unit, completeness: statement.completeness), entry: Int64(2 * index + 2))
    }
    try loader.begin(ledger)
    try loader.add(batch, proxy: "gw", to: ledger)
    var summary = ArchiveSummary(path: "a.jsonl", format: "test", sha256: "0", bytes: 10)
    summary.entries = Int64(batch.recordCount)
    summary.accepted = summary.entries
    _ = try loader.commit(summary, records: Int64(batch.recordCount), to: ledger)
    try ledger.finishIngest()
    try measure(sent, findings, ledger)
    return ledger
  }

  private static func opening(_ statement: Sent, _ time: Timestamp) -> SessionOpening {
    SessionOpening(
      session: statement.session, time: time,
      identity: statement.user.map { Identity(user: $0, kind: statement.kind) },
      client: Client(address: "10.0.0.8", application: "psql"),
      connection: Connection(name: statement.connection, engine: "sqlite", environment: "production"),
      purpose: statement.reason.map { Purpose(ticket: "OPS-1", reason: $0) }, actsFor: statement.actsFor)
  }

  private static func measure(
    _ sent: [Sent], _ findings: [(kind: String, statement: String)], _ ledger: borrowing Ledger
  ) throws {
    var ids: [String: (id: Int64, session: Int64)] = [:]
    try ledger.query(
      "SELECT s.id, se.key, s.sequence, se.id FROM statements s JOIN sessions se ON se.id = s.session"
    ) { row in
      ids["\(row[1].text ?? "")/\(row[2].integer ?? 0)"] = (row[0].integer ?? 0, row[3].integer ?? 0)
    }
    let replay = try ledger.store(
      ReplayEntry(
        connection: "clinic", engine: "sqlite", source: "sqlite:clinic.sql", imageSHA256: "0", mode: "session",
        basis: .copy, asOf: Timestamp("2026-07-01T00:00:00Z"), seed: 0))
    var sequences: [String: Int64] = [:]
    var graded: [GradedStatement] = []
    for statement in sent {
      sequences[statement.session, default: 0] += 1
      guard let effect = statement.effect, let key = ids["\(statement.session)/\(sequences[statement.session] ?? 0)"]
      else { continue }
      graded.append(
        GradedStatement(statement: key.id, replay: replay, effect: effect, verdict: statement.verdict))
    }
    try ledger.store(graded)
    try ledger.store(
      findings.compactMap { finding in
        ids[finding.statement].map {
          Finding(kind: finding.kind, session: $0.session, statement: $0.id, detail: "in all 12,000 rows")
        }
      })
  }

  /// The incident of every session of a ledger.
  static func incident(
    _ ledger: borrowing Ledger, _ plan: IncidentPlan = IncidentPlan()
  ) throws -> Incident {
    var sessions: [SessionEntry] = []
    try ledger.forEachSession(SessionFilter()) { sessions.append($0) }
    return try readIncident(ledger, sessions: sessions, plan: plan)
  }

  static func incident(
    of sent: [Sent], findings: [(kind: String, statement: String)] = [], plan: IncidentPlan = IncidentPlan()
  ) throws -> Incident {
    let loaded = try ledger(sent, findings: findings)
    return try incident(loaded, plan)
  }

  /// A policy from its rules in YAML, each beginning with `- `.
  static func policy(_ rules: [String], version: String = "1") throws -> PolicySet {
    let list = rules.isEmpty ? "rules: []" : "rules:\n" + rules.map { "  " + $0 }.joined(separator: "\n")
    let text = "policy: p\nversion: \"\(version)\"\neffective: 2026-01-01T00:00:00Z\n\(list)\n"
    return PolicySet(always: .rules(CompiledPolicy(try Policy(yaml: text, path: "p.yaml"))))
  }

  /// An effect that deleted rows of a table, so many of them by cascade.
  static func deleted(_ rows: Int64, of table: String = "visits", before: Int64 = 12_000, cascade: Int64 = 0) -> Effect
  {
    var change = TableEffect()
    (change.deleted, change.before, change.indirect, change.cascaded) = (rows, before, cascade, cascade)
    var effect = Effect(.ran)
    effect.tables = [table: change]
    effect.ownCount = rows - cascade
    return effect
  }

  /// An effect that showed an address.
  static func leaked(_ leak: Leak = .raw, rows: Int64 = 100) -> Effect {
    var effect = Effect(.ran)
    effect.leak = leak
    effect.leakedColumns = ["customers.email"]
    effect.reads = ["customers.email"]
    effect.rowsReturned = rows
    return effect
  }

  /// An effect that dropped an index.
  static var dropped: Effect {
    var effect = Effect(.ran)
    effect.dropped = [DroppedObject(type: "index", name: "visits_idx")]
    return effect
  }

  /// The effect of a read.
  static var read: Effect {
    var effect = Effect(.ran)
    effect.rowsReturned = 3
    return effect
  }

  static let harm = Verdict(.falseAllow, severity: .s4)
}
