import AuditTrail
import Evidence
import FoundationEssentials
import Ledger
import Policies
import SQLAnalysis
import Testing

/// A folder of its own for a test, removed at its end.
struct TemporaryFolder: ~Copyable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "assay-evidence-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// An archive for a small ledger.
struct SmallArchive {
  var name = "a"
  var proxy = "hoop"
  var instance: String? = "gw-1"
  var seal = SealState.valid
  var format = "assay.archive/1"
  var root: String?
  var previous: String?
  var rejected: Int64 = 0
  var openings: [SessionOpening] = []
  var closings: [SessionClosing] = []
  var statements: [StatementRecord] = []
  var approvals: [Approval] = []
  var changes: [PolicyChange] = []
  var accessChanges: [AccessChange] = []
  var heartbeats: [Timestamp] = []

  var batch: RecordBatch {
    var batch = RecordBatch()
    var entry: Int64 = 0
    func next() -> Int64 {
      entry += 1
      return entry
    }
    for opening in openings { batch.openings.append(Entered(opening, entry: next())) }
    for statement in statements { batch.append(statement, entry: next()) }
    for closing in closings { batch.closings.append(Entered(closing, entry: next())) }
    for approval in approvals { batch.approvals.append(Entered(approval, entry: next())) }
    for change in changes { batch.policyChanges.append(Entered(change, entry: next())) }
    for change in accessChanges { batch.accessChanges.append(Entered(change, entry: next())) }
    for heartbeat in heartbeats { batch.heartbeats.append(Entered(heartbeat, entry: next())) }
    for _ in 0..<rejected {
      batch.rejected.append(
        RejectedEntry(entry: next(), byteOffset: 0, bytes: 1, reason: "invalid_json", message: "no"))
    }
    return batch
  }

  var times: [Timestamp] {
    openings.map(\.time) + statements.map(\.time) + closings.map(\.time) + approvals.map(\.requestedAt)
      + changes.map(\.time) + accessChanges.map(\.time) + heartbeats
  }

  /// A digest of its own, by its name.
  var sha256: String {
    let hex = name.utf8.map { String($0, radix: 16) }.joined()
    return String((hex + String(repeating: "0", count: 64)).prefix(64))
  }

  var summary: ArchiveSummary {
    var summary = ArchiveSummary(path: "\(name).jsonl", format: format, sha256: sha256, bytes: 100)
    let batch = batch
    summary.entries = Int64(batch.recordCount) + rejected
    summary.accepted = Int64(batch.recordCount)
    summary.rejected = rejected
    summary.header = ArchiveHeader(proxyName: proxy, instance: instance, previous: previous)
    summary.seal = seal
    summary.root = root
    summary.first = times.min()
    summary.last = times.max()
    return summary
  }
}

/// Records and ledgers for the tests, spelt briefly. The period is one day, 2026-07-01.
enum Small {
  static let period = Period(
    label: "2026-07-01", start: time("00:00:00"), end: time("00:00:00").adding(nanoseconds: 86_400_000_000_000))

  /// A time on 2026-07-01, as `09:00:01`, or any RFC 3339 text.
  static func time(_ text: String) -> Timestamp {
    Timestamp(text) ?? Timestamp("2026-07-01T\(text)Z") ?? Timestamp(nanoseconds: 0)
  }

  static func opening(
    _ session: String, at: String = "09:00:00", user: String? = "ana@example.org", kind: IdentityKind = .human,
    basis: KindBasis = .recorded, connection: String = "clinic", client: String? = "10.0.0.8", ticket: String? = nil,
    environment: String = "production", mfa: String? = nil, actsFor: String? = nil, owner: String? = nil
  ) -> SessionOpening {
    SessionOpening(
      session: session, time: time(at),
      identity: user.map { Identity(user: $0, kind: kind, kindBasis: basis, mfa: mfa, owner: owner) },
      client: Client(address: client),
      connection: Connection(
        name: connection, engine: "postgresql", databaseUser: "app", environment: environment),
      purpose: ticket.map { Purpose(ticket: $0) }, actsFor: actsFor)
  }

  static func statement(
    _ session: String, _ sequence: Int64, _ sql: String = "SELECT 1", at: String = "09:00:01",
    _ action: Action = .allow,
    masked: [String] = [], approval: String? = nil, ran: Bool = true, failed: Bool = false,
    rows: Int64 = 1, completeness: Completeness = []
  ) -> StatementRecord {
    StatementRecord(
      session: session, sequence: sequence, time: time(at), sql: sql,
      decision: Decision(action: action, policy: "guardrails", policyVersion: "1", masked: masked), approval: approval,
      result: ran
        ? RecordedResult(
          rows: rows, rowsKind: rows > 1 ? .returned : .affected, durationMicroseconds: 9,
          error: failed ? RecordedError(sqlstate: "42501", message: nil) : nil) : nil, completeness: completeness)
  }

  static func approval(
    _ id: String, by approver: String? = "bo@example.org", for user: String = "ana@example.org",
    connection: String = "clinic", granted: String = "08:55:00", expires: String? = "10:55:00",
    status: ApprovalStatus = .approved, automatic: Bool = false, reason: String? = "why", revoked: String? = nil
  ) -> Approval {
    var decisions =
      approver.map {
        [
          ApprovalDecision(
            user: $0, group: "dba", decision: status == .rejected ? "rejected" : "approved", time: time(granted),
            forced: false)
        ]
      } ?? []
    if let revoked {
      decisions.append(
        ApprovalDecision(user: "cy@example.org", group: nil, decision: "revoked", time: time(revoked), forced: false))
    }
    return Approval(
      id: id, connection: connection, session: nil, requestedBy: user, requestedAt: time("08:50:00"), reason: reason,
      status: status, automatic: automatic, rule: nil, decisions: decisions, validFrom: time(granted),
      expiresAt: expires.map(time), unitSHA256: nil)
  }

  /// A heartbeat in each hour of the day but those.
  static func heartbeats(except silent: Set<Int> = []) -> [Timestamp] {
    (0..<24).filter { !silent.contains($0) }.map { time("\($0 < 10 ? "0" : "")\($0):30:00") }
  }

  /// A ledger of the archives, in their order; `verdicts` are stored for statements `SESSION/SEQ`.
  static func ledger(
    _ archives: [SmallArchive], in folder: borrowing TemporaryFolder, name: String = "ledger",
    verdicts: [String: (Verdict, Effect)] = [:], basis: Basis? = nil
  ) throws -> Ledger {
    let ledger = try Ledger(path: "\(folder.path)/\(name).db", create: true)
    var loader = try ArchiveLoader(ledger) { sql in
      let facts = analyze(sql)
      return ArchiveLoader.TextAnalysis(facts: facts, encoded: facts.encoded)
    }
    for archive in archives {
      let batch = archive.batch
      try loader.begin(ledger)
      try loader.add(batch, proxy: archive.proxy, to: ledger)
      _ = try loader.commit(archive.summary, records: Int64(batch.recordCount), to: ledger)
    }
    try ledger.finishIngest()
    try ledger.reconcile([])
    guard let basis else { return ledger }
    var replays: [String: Int64] = [:]
    var graded: [GradedStatement] = []
    for (key, (verdict, effect)) in verdicts.sorted(by: { $0.key < $1.key }) {
      let parts = key.split(separator: "/").map(String.init)
      guard parts.count == 2, let sequence = Int64(parts[1]),
        let row = try ledger.rows(
          """
          SELECT id, connection, action, outcome, completeness, approved FROM statement_view
          WHERE session_key = ?1 AND sequence = ?2
          """,
          [.text(parts[0]), .integer(sequence)]
        ).first, let id = row[0].integer, let connection = row[1].text
      else { throw NoSuchStatement(key: key) }
      let replay =
        try replays[connection]
        ?? ledger.store(
          ReplayEntry(
            connection: connection, engine: "sqlite", source: "sqlite:shadow.sql",
            imageSHA256: String(repeating: "a", count: 64), mode: "session", basis: basis, asOf: nil, seed: 1))
      replays[connection] = replay
      var effect = effect
      effect.basis = basis
      let input = GradeInput(
        decision: Decision(action: row[2].text.flatMap(Action.init) ?? .allow),
        outcome: row[3].text.flatMap(Outcome.init) ?? .ran, effect: effect,
        completeness: Completeness(rawValue: UInt32(row[4].integer ?? 0)), connectionEngine: "", shadowEngine: "",
        approval: row[5].integer == 1 ? ApprovalJudgement(.anotherPerson, for: .unit) : nil)
      graded.append(
        GradedStatement(
          statement: id, replay: replay, effect: effect, verdict: harm(of: verdict, input), approval: input.approval))
    }
    try ledger.store(graded)
    return ledger
  }

  /// The verdict with the kind of harm that its name tells of, and the fate that follows.
  private static func harm(of verdict: Verdict, _ input: GradeInput) -> Verdict {
    var verdict = verdict
    switch verdict.name {
    case .falseAllow, .confirmedBlock, .confirmedReview: verdict.kind = verdict.kind ?? .destroys
    case .maskLeak, .confirmedMask: (verdict.kind, verdict.wouldDisclose) = (.discloses, true)
    default: break
    }
    verdict.fate = fate(of: [input], verdict)
    return verdict
  }

  static var plan: EvidencePlan {
    EvidencePlan(organization: "Meridian Clinic", system: "Clinical data", period: period, toolVersion: "1.0.0")
  }

  /// The model of a ledger made from the archives, whose facts agree with its populations as every ledger's do.
  static func model(
    _ archives: [SmallArchive], verdicts: [String: (Verdict, Effect)] = [:], basis: Basis? = nil,
    policies: PolicySet? = nil, _ change: (inout EvidencePlan) -> Void = { _ in }
  ) throws -> EvidenceModel {
    let folder = try TemporaryFolder()
    let ledger = try ledger(archives, in: folder, verdicts: verdicts, basis: basis)
    var plan = plan
    change(&plan)
    let model = try evaluate(ledger, plan, policies: policies)
    let contradictions = try FactsAgree(model.facts).contradictions
    #expect(contradictions == [], "\(contradictions)")
    return model
  }

  static func effect(destroyed: Int64 = 0, leak: Leak = .none, columns: [String] = [], reads: [String] = []) -> Effect {
    var effect = Effect(.ran)
    if destroyed > 0 {
      var table = TableEffect()
      table.deleted = destroyed
      effect.tables["visits"] = table
    }
    effect.leak = leak
    effect.leakedColumns = columns
    effect.reads = reads
    return effect
  }
}

struct NoSuchStatement: Error {
  let key: String
}

/// What a test is expected to come to.
struct Expected: Sendable, CustomTestStringConvertible {
  let name: String
  let archives: @Sendable () -> [SmallArchive]
  var verdicts: @Sendable () -> [String: (Verdict, Effect)] = { [:] }
  var basis: Basis?
  var change: @Sendable (inout EvidencePlan) -> Void = { _ in }
  let status: TestStatus
  var population: Int64?
  var exceptions = 0

  var testDescription: String { name }
}

extension ItemRows {
  /// Puts another value into one cell.
  mutating func change(row: Int, column: Int, to cell: Cell) throws {
    var rows = try all()
    rows[row][column] = cell
    self = try ItemRows(rows)
  }
}
