public import AuditTrail
public import Ledger
public import Policies
import SQLAnalysis
import Sensitivity

/// What an incident is read with.
public struct IncidentPlan: Sendable {
  /// The policies in force, by time.
  public var policies: PolicySet?
  /// A policy to be tried.
  public var candidate: PolicySet?
  /// Whether texts keep their literals.
  public var showsLiterals = false
  /// Whether every statement stands by itself.
  public var foldsNothing = false
  /// Only statements of this time.
  public var period: Period?
  /// Whose window it is, where it is one.
  public var window: Incident.Window?

  /// Reads sessions whole, without policies or literals.
  public init() {}
}

/// Reads what sessions did from a ledger: statements, measured effects, verdicts, findings, approvals; and asks the
/// policies about each statement that did harm or was to. Only what is in the timeline is held in memory.
public func readIncident(
  _ ledger: borrowing Ledger, sessions: [SessionEntry], plan: IncidentPlan
) throws(AssayError) -> Incident {
  var reading = try IncidentReading(ledger, sessions, plan)
  for session in reading.ordered { try reading.add(session, ledger) }
  return reading.incident(plan)
}

private struct IncidentReading {
  /// The sessions by their first statement.
  private(set) var ordered: [SessionEntry] = []
  private let plan: IncidentPlan
  private var result = Incident()
  private var tally = BlastTally()
  private var jury: PolicyJury
  private var facts: [Int64: Facts] = [:]
  private var approvals: [Int64: IncidentApproval] = [:]
  private let knownApprovals: [Int64: Approval]
  private let replays: [Int64: ReplayEntry]
  private var usedReplays: Set<Int64> = []
  private let findings: [Int64: [(kind: String, statement: Int64, detail: String)]]

  init(
    _ ledger: borrowing Ledger, _ sessions: [SessionEntry], _ plan: IncidentPlan
  ) throws(AssayError) {
    self.plan = plan
    var known: [Int64: Approval] = [:]
    for (id, approval) in try ledger.approvals() { known[id] = approval }
    knownApprovals = known
    var replays: [Int64: ReplayEntry] = [:]
    for replay in try ledger.replays() { replays[replay.id] = replay }
    self.replays = replays
    var findings: [Int64: [(kind: String, statement: Int64, detail: String)]] = [:]
    try ledger.query("SELECT session, kind, statement, detail FROM findings ORDER BY id") { row in
      findings[row[0].integer ?? 0, default: []].append(
        (row[1].text ?? "", row[2].integer ?? 0, row[3].text ?? ""))
    }
    self.findings = findings
    var starts: [(start: Int64, session: SessionEntry)] = []
    var last = Timestamp(nanoseconds: .min)
    for session in sessions {
      let bounds = try ledger.rows(
        "SELECT min(time), max(time) FROM statements WHERE session = ?1", [.integer(session.id)]
      ).first
      starts.append((bounds?[0].integer ?? session.opened?.nanoseconds ?? .max, session))
      if let time = bounds?[1].integer { last = max(last, Timestamp(nanoseconds: time)) }
    }
    ordered = starts.sorted { ($0.start, $0.session.id) < ($1.start, $1.session.id) }.map(\.session)
    jury = PolicyJury(policies: plan.policies, candidate: plan.candidate, last: last)
  }

  /// Adds a session's statements of the period.
  mutating func add(_ session: SessionEntry, _ ledger: borrowing Ledger) throws(AssayError) {
    let statements = try ledger.statements(of: session.id, in: plan.period)
    guard let first = statements.first else { return }
    let number = result.sessions.count
    result.sessions.append(
      IncidentSession(
        entry: plan.showsLiterals ? session : session.withoutValues, first: statements.map(\.time).min() ?? first.time,
        last: statements.map(\.time).max() ?? first.time, statements: Int64(statements.count)))
    var graded = try ledger.graded(session: session.id)
    if !plan.showsLiterals {
      graded = graded.mapValues { entry in
        var entry = entry
        entry.effect = entry.effect.renaming(Self.name)
        return entry
      }
    }
    let sources = try sources(of: session.id, ledger)
    let found = findings[session.id] ?? []
    let marked = Set(found.map(\.statement))
    let accumulates = found.contains { $0.kind == "accumulated_harm" }
    var fold = TimelineFold(foldsNothing: plan.foldsNothing)
    for (index, statement) in statements.enumerated() {
      let facts = try facts(of: statement, ledger)
      let step = step(statement, session, number, facts, graded[statement.id], sources[statement.id])
      count(step, statement, facts)
      tally.add(step, of: session, asOf: graded[statement.id]?.replay.flatMap { replays[$0]?.asOf })
      if let id = statement.approval?.id { note(approval: id, statement.approval?.link, step) }
      for finding in found where finding.statement == statement.id {
        result.findings.append(IncidentFinding(kind: finding.kind, step: step.id, detail: finding.detail))
      }
      let addsUp = accumulates && step.tookPlace && (step.graded?.effect.rowsDestroyed ?? 0) > 0
      if step.standing == .harm || step.standing == .stopped || addsUp {
        let unit = try unit(of: index, statements, session, ledger)
        jury.hear(step, unit.request, unit: unit.others)
      }
      fold.add(step, isKept: marked.contains(statement.id))
    }
    fold.flush()
    result.timeline += fold.items
  }

  private mutating func count(_ step: IncidentStep, _ statement: StatementEntry, _ facts: Facts) {
    result.totals.statements += 1
    result.totals.recordedOnly.add(step, facts)
    guard let graded = step.graded else {
      result.totals.notReplayed += 1
      return
    }
    result.totals.verdicts[graded.verdict.name, default: 0] += 1
    if let replay = graded.replay { usedReplays.insert(replay) }
    if step.standing != .unmeasured { result.totals.measured += 1 }
    guard step.tookPlace, !graded.effect.tables.isEmpty else { return }
    if let recorded = step.recorded, recorded.kind == .affected {
      result.totals.recordedChanges += 1
      result.totals.recordedRows = result.totals.recordedRows &+ recorded.rows
    } else {
      result.totals.unrecordedChanges += 1
    }
  }

  private mutating func note(approval id: Int64, _ link: ApprovalLink?, _ step: IncidentStep) {
    guard let approval = knownApprovals[id] else { return }
    approvals[id, default: IncidentApproval(approval: approval, link: link ?? .recorded, steps: [])].steps
      .append(step.id)
  }

  /// A name, or a text of names, without what a detector finds in it.
  private static func name(_ text: String) -> String { redactingNames(in: text) }

  private func sources(
    of session: Int64, _ ledger: borrowing Ledger
  ) throws(AssayError) -> [Int64: (archive: String, entry: Int64)] {
    var sources: [Int64: (archive: String, entry: Int64)] = [:]
    try ledger.query(
      "SELECT s.id, a.path, s.entry FROM statements s JOIN archives a ON a.id = s.archive WHERE s.session = ?1",
      [.integer(session)]
    ) { row in sources[row[0].integer ?? 0] = (row[1].text ?? "", row[2].integer ?? 0) }
    return sources
  }

  private mutating func facts(of statement: StatementEntry, _ ledger: borrowing Ledger) throws(AssayError) -> Facts {
    if let known = facts[statement.textID] { return known }
    let read = try Facts(encoded: try ledger.encodedFacts(ofText: statement.textID))
    facts[statement.textID] = read
    return read
  }

  private func step(
    _ statement: StatementEntry, _ session: SessionEntry, _ number: Int, _ facts: Facts, _ graded: GradedStatement?,
    _ source: (archive: String, entry: Int64)?
  ) -> IncidentStep {
    var tables = Set((facts.commands.flatMap { $0.reads + $0.writes }).map { $0.table.description })
    tables.formUnion(facts.commands.flatMap(\.objects).filter { $0.type == "table" }.map(\.name))
    tables.remove("")
    let rows = statement.result?.rows.map { (rows: $0, kind: statement.result?.rowsKind ?? .unknown) }
    return IncidentStep(
      id: "\(session.key)/\(statement.sequence)", session: number, sequence: statement.sequence, time: statement.time,
      text: plan.showsLiterals ? statement.sql : redactingLiterals(in: facts.normalized),
      fingerprint: facts.fingerprint,
      kinds: facts.kinds.map(\.rawValue).sorted(),
      tables: plan.showsLiterals ? tables.sorted() : Set(tables.map(Self.name)).sorted(), decision: statement.decision,
      outcome: statement.outcome, approval: statement.approval.flatMap { knownApprovals[$0.id]?.id },
      approved: statement.approved, recorded: rows,
      failure: statement.result?.error.map { $0.sqlstate ?? "error" }, completeness: statement.completeness,
      graded: graded, source: source,
      standing: IncidentStep.Standing(
        graded, outcome: statement.outcome, decision: statement.decision, failed: statement.result?.error != nil))
  }

  /// The request of a statement, and those of the rest of its script.
  private mutating func unit(
    of index: Int, _ statements: [StatementEntry], _ session: SessionEntry, _ ledger: borrowing Ledger
  ) throws(AssayError) -> (request: Request, others: [Request]) {
    let statement = statements[index]
    let together = statement.unit.map { unit in statements.filter { $0.unit == unit } } ?? [statement]
    let script = together.count > 1 ? together.map(\.sql).joined(separator: ";\n") : nil
    var others: [Request] = []
    for other in together where other.id != statement.id {
      others.append(Request(other, of: session, facts: try facts(of: other, ledger), script: script))
    }
    return (Request(statement, of: session, facts: try facts(of: statement, ledger), script: script), others)
  }

  /// The whole, when every session was added.
  func incident(_ plan: IncidentPlan) -> Incident {
    var incident = result
    incident.window = plan.window
    incident.showsLiterals = plan.showsLiterals
    incident.timeline.sort { ($0.time, $0.session, $0.sequence) < ($1.time, $1.session, $1.sequence) }
    incident.blast = tally.sum
    incident.judgements = jury.judgements
    incident.approvals = approvals.sorted { $0.key < $1.key }.map(\.value)
    incident.shadows = usedReplays.sorted().compactMap { replays[$0] }
    return incident
  }
}

extension SessionEntry {
  /// The session with what a detector recognises taken out of the words that people and agents wrote freely.
  fileprivate var withoutValues: SessionEntry {
    func clean(_ text: String?) -> String? { text.map(redactingProse) }
    return SessionEntry(
      id: id, proxy: proxy, key: key, opened: opened, closed: closed, identity: identity, connection: connection,
      client: Client(address: clean(client.address), application: clean(client.application)),
      purpose: purpose.map { Purpose(ticket: clean($0.ticket), reason: clean($0.reason)) }, actsFor: actsFor,
      agent: agent.map {
        AgentDescription(name: $0.name, model: $0.model, task: clean($0.task), toolCall: clean($0.toolCall))
      })
  }
}

extension Request {
  /// What is known of a recorded statement when it is decided.
  init(_ statement: StatementEntry, of session: SessionEntry, facts: Facts, script: String?) {
    self.init(
      facts: PreparedFacts(facts), text: statement.sql, script: script, identity: session.identity,
      connection: session.connection, client: session.client, purposeGiven: session.purpose?.isGiven ?? false,
      approved: statement.approved, time: statement.time)
  }
}
