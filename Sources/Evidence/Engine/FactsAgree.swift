public import AuditTrail
import Digests

/// Holds the facts that are next to the populations against them, and tells which of them no population decides.
public struct FactsAgree {
  /// A fact that says something else than the populations.
  public struct Contradiction: Sendable, Hashable {
    /// The fact, as a path into the facts.
    public let fact: String
    /// What it says.
    public let stated: String
    /// What it can be by the populations.
    public let held: String

    /// Whether a population contradicts itself; its path stands before the colon.
    public var isOfPopulation: Bool { fact.hasPrefix("populations/") }
  }

  /// Facts that no population of any package decides: what was declared, and what only the ledger or an archive shows.
  private static let everywhere: Set<String> = [
    "plan", "inputs[].entries", "inputs[].accepted", "inputs[].rejected", "inputs[].blank", "inputs[].duplicates",
    "inputs[].flags", "inputs[].notes", "drawn.T-15.exclusions", "drawn.T-16.exclusions", "drawn.T-30.parameters",
    "drawn.T-20.parameters", "drawn.T-09.parameters", "drawn.T-10.parameters", "drawn.T-11.parameters",
    "drawn.T-13.parameters", "drawn.T-31.exclusions", "drawn.T-39.parameters", "straddling",
    "totals.rejected_kept", "totals.records_read", "totals.records_stored", "totals.statements", "totals.rolled_up",
    "policies[] left out", "shadows[] left out", "short_sessions[] left out", "unread", "kind_conflicts",
  ]

  /// What the populations contradict.
  public internal(set) var contradictions: [Contradiction] = []
  /// Paths of facts that the populations leave open, in order; lists are `[]`.
  public var undecided: [String] { open.sorted() }

  let facts: EvidenceFacts
  let context: TestContext
  let seen: StatementsSeen
  private var open = everywhere

  /// Holds every fact.
  public init(_ facts: EvidenceFacts) throws(AssayError) {
    self.facts = facts
    context = TestContext(plan: facts.plan, inputs: facts.inputs)
    seen = try StatementsSeen(facts)
    try holdInputs()
    try holdChain()
    try holdExclusions()
    try holdConnections()
    try holdCoverage()
    try holdPolicies()
    try holdShadows()
    holdFindings()
    try holdCountedDays()
    try holdShortSessions()
    try holdUnlisted()
    try holdFates()
    try holdTotals()
    try holdRegisters()
    try holdDerived()
  }

  /// The items of a test.
  func items(_ test: TestID) -> Items { Items(columns: drawnColumns(test) ?? [], rows: facts[test].rows) }

  /// Holds a count against what the populations make of it; where that is not a single number, the rest stays open.
  mutating func hold(_ fact: String, _ stated: Int64, _ least: Int64, _ most: Int64? = nil, named path: String? = nil) {
    let most = most ?? least
    if stated < least || stated > most {
      contradict(fact, "\(stated)", least >= most ? "\(least)" : "\(least) to \(most)")
    } else if least < most {
      leaveOpen(path ?? fact)
    }
  }

  /// Holds a text, or what is written as one.
  mutating func hold(_ fact: String, _ stated: Cell, is held: Cell) {
    if stated != held { contradict(fact, stated.plainText, held.plainText) }
  }

  mutating func contradict(_ fact: String, _ stated: String, _ held: String) {
    contradictions.append(Contradiction(fact: fact, stated: stated, held: held))
  }

  mutating func leaveOpen(_ paths: String...) { open.formUnion(paths) }

  /// Statements that are items of no test of decisions: observed ones, and those that a sample left out.
  var unlisted: Int64 { max(0, seen.statements - Int64(facts[.t19].rows.count)) }
}

extension Cell {
  /// A text as populations show it.
  static func shown(_ text: String?) -> Cell { text.map { .shown($0, isPath: false) } ?? .empty }

  /// The value for who reads it.
  var plainText: String {
    switch self {
    case .empty: "nothing"
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .text(let value): value
    case .time(let value): "\(value)"
    case .flag(let value): "\(value)"
    case .date(let value): "\(value)"
    }
  }
}

/// The statements and openings of the period, counted from the population of all audit events.
struct StatementsSeen {
  /// A session's statements in the period.
  struct Session {
    var statements: Int64 = 0
    var lastSequence: Int64 = 0
    var last: Timestamp?
  }

  /// An archive on a day.
  struct ArchiveDay: Hashable {
    let archive: Cell
    let day: Int
  }

  /// An identity on a day.
  struct UserDay: Hashable {
    let user: ExactText
    let day: Int
  }

  /// A connection on a day.
  struct ConnectionDay: Hashable {
    let connection: Cell
    let day: Int
  }

  private static let changes = ["create", "alter", "drop", "truncate", "grant", "revoke"]

  private(set) var statements: Int64 = 0
  private(set) var byConnection: [Cell: Int64] = [:]
  private(set) var byDay: [Int: Int64] = [:]
  private(set) var byUserDay: [UserDay: Int64] = [:]
  private(set) var byConnectionDay: [ConnectionDay: Int64] = [:]
  private(set) var bySession: [Cell: Session] = [:]
  private(set) var byArchive: [ArchiveDay: (openings: Int64, statements: Int64)] = [:]
  /// Statements that did not run, by connection.
  private(set) var notRun: [Cell: Int64] = [:]
  /// Changes of schema and rights by connection: those that did not run, and the others.
  private(set) var changes: [Cell: (notRun: Int64, others: Int64)] = [:]
  /// Findings whose statement is not among the events.
  private(set) var unknownFindings: Set<[Cell]>

  static func key(_ finding: FindingNoted) -> [Cell] {
    [
      .shown(finding.session), .integer(finding.sequence), .time(finding.time), .shown(finding.user),
      .shown(finding.connection),
    ]
  }

  init(_ facts: EvidenceFacts) throws(AssayError) {
    unknownFindings = Set(facts.findings.map(Self.key))
    let columns = (drawnColumns(.t03) ?? []).map(\.name)
    let place = { (name: String) in columns.firstIndex(of: name) ?? 0 }
    let (event, session, sequence) = (place("event"), place("session"), place("sequence"))
    let (time, type, connection) = (place("time"), place("type"), place("connection"))
    let (outcome, user, archive) = (place("outcome"), place("user"), place("archive_sha256"))
    let mapped = place("mapped_user")
    try facts[.t03].rows.forEach { row in
      guard case .time(let moment) = row[time] else { return }
      let day = ArchiveDay(archive: row[archive], day: moment.day)
      if row[event] == .text("session_open") { byArchive[day, default: (0, 0)].openings += 1 }
      guard row[event] == .text("statement") else { return }
      statements += 1
      byConnection[row[connection], default: 0] += 1
      byDay[moment.day, default: 0] += 1
      let who = row[user] == .empty ? row[mapped] : row[user]
      if case .text(let name) = who {
        byUserDay[UserDay(user: ExactText(name), day: moment.day), default: 0] += 1
      }
      byConnectionDay[ConnectionDay(connection: row[connection], day: moment.day), default: 0] += 1
      byArchive[day, default: (0, 0)].statements += 1
      if case .integer(let number) = row[sequence] {
        var known = bySession[row[session]] ?? Session()
        known.statements += 1
        known.lastSequence = max(known.lastSequence, number)
        known.last = max(known.last ?? moment, moment)
        bySession[row[session]] = known
      }
      let didNotRun = row[outcome] == .text(Outcome.notRun.rawValue)
      if didNotRun { notRun[row[connection], default: 0] += 1 }
      if case .text(let kinds) = row[type], listedTexts(kinds).contains(where: Self.changes.contains) {
        if didNotRun {
          changes[row[connection], default: (0, 0)].notRun += 1
        } else {
          changes[row[connection], default: (0, 0)].others += 1
        }
      }
      if !unknownFindings.isEmpty {
        unknownFindings.remove([row[session], row[sequence], row[time], who, row[connection]])
      }
    }
  }
}
