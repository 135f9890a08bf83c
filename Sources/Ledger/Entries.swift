public import AuditTrail
public import SQLAnalysis

/// An archive that was read, as the ledger keeps it.
public struct ArchiveEntry: Sendable {
  /// The row's id.
  public let id: Int64
  /// What reading it found.
  public let summary: ArchiveSummary
  /// Records that the ledger already held from another archive.
  public let duplicates: Int64
  /// Whether the ledger held this very file (by digest) before the call.
  public let alreadyIngested: Bool

  /// An archive.
  public init(id: Int64, summary: ArchiveSummary, duplicates: Int64, alreadyIngested: Bool) {
    self.id = id
    self.summary = summary
    self.duplicates = duplicates
    self.alreadyIngested = alreadyIngested
  }
}

/// A session as the ledger keeps it.
public struct SessionEntry: Sendable, Hashable {
  /// The row's id.
  public let id: Int64
  /// The proxy's product name.
  public let proxy: String
  /// The proxy's name of the session.
  public let key: String
  /// When it was opened; `nil` where no archive says.
  public let opened: Timestamp?
  /// When it ended; `nil` where no archive says.
  public let closed: Timestamp?
  /// Who; `nil` where the archive names only a database login.
  public let identity: Identity?
  /// What.
  public let connection: Connection
  /// From where.
  public let client: Client
  /// Why.
  public let purpose: Purpose?
  /// The person an agent works for.
  public let actsFor: String?
  /// What an agent said of itself.
  public let agent: AgentDescription?

  /// A session.
  public init(
    id: Int64, proxy: String, key: String, opened: Timestamp?, closed: Timestamp?, identity: Identity?,
    connection: Connection, client: Client, purpose: Purpose?, actsFor: String?, agent: AgentDescription?
  ) {
    self.id = id
    self.proxy = proxy
    self.key = key
    self.opened = opened
    self.closed = closed
    self.identity = identity
    self.connection = connection
    self.client = client
    self.purpose = purpose
    self.actsFor = actsFor
    self.agent = agent
  }
}

/// A statement as the ledger keeps it, with its dictionaries resolved.
public struct StatementEntry: Sendable {
  /// The row's id.
  public let id: Int64
  /// The session's row id.
  public let session: Int64
  /// Its number in the session.
  public let sequence: Int64
  /// When.
  public let time: Timestamp
  /// The text's id; statements of the same text share it.
  public let textID: Int64
  /// The text.
  public let sql: String
  /// Which engine's SQL it is written in.
  public let dialect: SQLDialect
  /// The parameters; `nil` where none were logged.
  public let parameters: [Parameter]?
  /// What the proxy did.
  public let decision: Decision
  /// What happened to it.
  public let outcome: Outcome
  /// The approval's row id, with how it was joined.
  public let approval: (id: Int64, link: ApprovalLink)?
  /// Whether an approval was in force when it ran.
  public let approved: Bool
  /// What the archive says came of it.
  public let result: RecordedResult?
  /// The unit's row id; `nil` for a unit of its own.
  public let unit: Int64?
  /// What the source could not show.
  public let completeness: Completeness
  /// Where chance starts for it on a shadow: made from the proxy's name of the session and its number there, so that the
  /// same statement meets the same chance in every ledger.
  public let chance: UInt64

  /// The same statement with another spelling of its text.
  public func with(sql: String) -> StatementEntry {
    StatementEntry(
      id: id, session: session, sequence: sequence, time: time, textID: textID, sql: sql, parameters: parameters,
      decision: decision, outcome: outcome, approval: approval, approved: approved, result: result, unit: unit,
      completeness: completeness, dialect: dialect, chance: chance)
  }

  /// A statement; its number in the session is its chance unless another is given.
  public init(
    id: Int64, session: Int64, sequence: Int64, time: Timestamp, textID: Int64, sql: String,
    parameters: [Parameter]?, decision: Decision, outcome: Outcome, approval: (id: Int64, link: ApprovalLink)?,
    approved: Bool, result: RecordedResult?, unit: Int64?, completeness: Completeness,
    dialect: SQLDialect = .postgreSQL, chance: UInt64? = nil
  ) {
    self.id = id
    self.session = session
    self.sequence = sequence
    self.time = time
    self.textID = textID
    self.sql = sql
    self.dialect = dialect
    self.parameters = parameters
    self.decision = decision
    self.outcome = outcome
    self.approval = approval
    self.approved = approved
    self.result = result
    self.unit = unit
    self.completeness = completeness
    self.chance = chance ?? UInt64(bitPattern: sequence)
  }
}

/// Which sessions a command is about; an empty filter is all of them.
public struct SessionFilter: Sendable {
  /// Sessions with a statement in the period (statements outside it are left out).
  public var period: Period?
  /// Sessions by key.
  public var keys: [String] = []
  /// Sessions of these connections, by name.
  public var connections: [String] = []
  /// Sessions of this identity, by user.
  public var user: String?

  /// Everything.
  public init() {}
}

/// A replay's shadow, kept with every measurement made on it.
public struct ReplayEntry: Sendable, Hashable {
  /// The row's id; 0 before it is stored.
  public var id: Int64 = 0
  /// The connection it stands for.
  public var connection: String
  /// `sqlite` or `postgresql`.
  public var engine: String
  /// Where it came from, such as `sqlite:shadow/clinic.sql`.
  public var source: String
  /// The SHA-256 of the database image every clone was made from, in hex; of a running server's database, that of its
  /// schema and row counts.
  public var imageSHA256: String
  /// The SHA-256 of the marker of a running server's database, in hex.
  public var markerSHA256: String?
  /// `session` or `history`.
  public var mode: String
  /// What its rows are.
  public var basis: Basis
  /// The moment it is a copy of.
  public var asOf: Timestamp?
  /// The seed of `random()`.
  public var seed: UInt64

  /// A replay.
  public init(
    connection: String, engine: String, source: String, imageSHA256: String, mode: String, basis: Basis,
    asOf: Timestamp?, seed: UInt64, markerSHA256: String? = nil
  ) {
    self.connection = connection
    self.engine = engine
    self.source = source
    self.imageSHA256 = imageSHA256
    self.markerSHA256 = markerSHA256
    self.mode = mode
    self.basis = basis
    self.asOf = asOf
    self.seed = seed
  }
}

/// What was measured for a statement and how its decision was graded.
public struct GradedStatement: Sendable {
  /// The statement's row id.
  public var statement: Int64
  /// The replay it was measured in; `nil` where there was no shadow.
  public var replay: Int64?
  /// What was measured, as the session as a whole lets it count.
  public var effect: Effect
  /// How it ended on the shadow, where the session as a whole lets it count otherwise.
  public var measuredExecution: Execution?
  /// The grade.
  public var verdict: Verdict
  /// Whether the statement can change nothing, as the shadow's own parser says.
  public var isReadOnly: Bool
  /// Sensitive columns that its output expressions read, as `table.column`, where the shadow's tables are empty.
  public var sensitiveOutputs: [String]
  /// The approval that it was joined to, as it stands to its unit.
  public var approval: ApprovalJudgement?

  /// A graded statement.
  public init(
    statement: Int64, replay: Int64?, effect: Effect, measuredExecution: Execution? = nil, verdict: Verdict,
    isReadOnly: Bool = false, sensitiveOutputs: [String] = [], approval: ApprovalJudgement? = nil
  ) {
    self.measuredExecution = measuredExecution
    self.statement = statement
    self.replay = replay
    self.effect = effect
    self.verdict = verdict
    self.isReadOnly = isReadOnly
    self.sensitiveOutputs = sensitiveOutputs
    self.approval = approval
  }
}

/// Something a session did that no single verdict shows.
public struct Finding: Sendable, Hashable {
  /// `approved_harm`, `accumulated_harm`, ….
  public var kind: String
  /// The session's row id.
  public var session: Int64
  /// The statement at which it came about.
  public var statement: Int64
  /// What people should know, without literals.
  public var detail: String

  /// A finding.
  public init(kind: String, session: Int64, statement: Int64, detail: String) {
    self.kind = kind
    self.session = session
    self.statement = statement
    self.detail = detail
  }
}

/// A value of a query's row or parameter.
public enum LedgerValue: Sendable, Hashable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case bytes([UInt8])

  /// The integer, when it is one.
  public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  /// The text, when it is one.
  public var text: String? { if case .text(let value) = self { value } else { nil } }
  /// The bytes, when they are.
  var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
}
