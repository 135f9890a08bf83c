public import AuditTrail
public import Ledger
public import Policies
public import SQLAnalysis

/// A shadow and the connection it stands for.
public struct PlannedShadow: Sendable {
  /// The connection; `nil` for every connection that has no shadow of its own.
  public let connection: String?
  /// The shadow.
  public let shadow: any Shadow
  /// The columns of it whose values must not reach a client, as `table.column`.
  public let sensitive: [String]
  /// Those of them that detectors found, since nobody named any.
  public let detected: [String]
  /// Lines of production's row counts that name no table of it, in words.
  public let uncounted: [String]
  /// What evidence calls the shadow's source: a name that does not depend on where the command was run.
  public let label: String

  /// A shadow for a connection; its source is its label unless another is given.
  public init(
    connection: String?, shadow: any Shadow, sensitive: [String], detected: [String] = [],
    label: String? = nil, uncounted: [String] = []
  ) {
    self.uncounted = uncounted
    self.detected = detected
    self.connection = connection
    self.shadow = shadow
    self.sensitive = sensitive
    self.label = label ?? shadow.source
  }
}

/// Which sessions share a clone.
public enum Isolation: String, Sendable, CaseIterable {
  /// Each session has a fresh one: the effect on the baseline.
  case session
  /// Sessions that touch the same tables run in recorded order on one: the effect in history.
  case history
}

/// How many plain reads a sample takes.
public enum SampleSize: Sendable, Hashable {
  /// A share above 0 and below 1.
  case share(Double)
  /// So many, or all where there are fewer.
  case count(Int64)
}

/// What a replay is to do.
public struct ReplayPlan: Sendable {
  /// The shadows; several for one connection are dated, and each session is replayed on the latest that is not after it.
  public var shadows: [PlannedShadow]
  /// Which sessions.
  public var filter = SessionFilter()
  /// What counts as harm, by the version in force; `nil` is the standard harm.
  public var policies: PolicySet?
  /// The SHA-256 of the policies' files; without it a replay under policies that was stopped begins again.
  public var policyDigest: String?
  /// Which sessions share a clone.
  public var isolation = Isolation.session
  /// How many plain reads are replayed; `nil` for all. Everything else always is.
  public var sample: SampleSize?
  /// Whether every session is run, also one whose measurements the ledger holds; the results depend on it only where a
  /// verdict is `timeout` or `volatile`.
  public var measuresAgain = false
  /// Whether a read that was measured on an unchanged clone is measured again; the results do not depend on it.
  public var reusesReads = true
  /// Where `random()` starts.
  public var seed: UInt64 = 0
  /// Threads that measure; the results do not depend on it.
  public var workers = 2
  /// Rows from which on what has come together is stored, whole sessions at a time.
  var batchRows = 4096
  /// Facts of a text in a dialect.
  public var analyze: @Sendable (String, SQLDialect) -> Facts

  /// A plan for the shadows.
  public init(shadows: [PlannedShadow], analyze: @escaping @Sendable (String, SQLDialect) -> Facts) {
    self.shadows = shadows
    self.analyze = analyze
  }

  /// Whether the filter names sessions, so that what is known of others stays.
  var namesSessions: Bool { !filter.keys.isEmpty || !filter.connections.isEmpty || filter.user != nil }

  /// The shadow for a session: of its connection (or of every connection), the latest that is not after it, else the
  /// earliest. A shadow without a date is not after anything.
  public func shadow(for session: SessionEntry, at time: Timestamp) -> Int? {
    let own = shadows.indices.filter { shadows[$0].connection?.isExactly(session.connection.name) == true }
    let candidates = own.isEmpty ? shadows.indices.filter { shadows[$0].connection == nil } : own
    func asOf(_ index: Int) -> Timestamp { shadows[index].shadow.asOf ?? Timestamp(nanoseconds: .min) }
    let ordered = candidates.sorted { (asOf($0), $0) < (asOf($1), $1) }
    return ordered.last { asOf($0) <= time } ?? ordered.first
  }

  /// What opens clones of the shadows, in their order.
  func cloneSources() throws(AssayError) -> [any CloneSource] {
    var sources: [any CloneSource] = []
    for planned in shadows {
      var measuring = Measuring(sensitive: planned.sensitive, analyze: analyze)
      measuring.seed = seed
      measuring.reusesReads = reusesReads
      sources.append(try planned.shadow.clones(measuring))
    }
    return sources
  }

  /// Whether a statement is one that the filter asks for.
  func isInPeriod(_ statement: StatementEntry) -> Bool { filter.period?.contains(statement.time) ?? true }

  /// What counts as harm for each statement of a session.
  func harms(on connection: Connection, of statements: [StatementEntry]) -> [Harm] {
    guard policies != nil else { return Array(repeating: .standard, count: statements.count) }
    return statements.map { harm(on: connection, at: $0.time) }
  }

  /// What a stored verdict was drawn from.
  func input(_ job: SessionJob, _ statement: StatementEntry, _ grade: GradedStatement) -> GradeInput {
    GradeInput(
      decision: statement.decision, outcome: statement.outcome, effect: grade.effect, recorded: statement.result,
      completeness: statement.completeness, connectionEngine: job.session.connection.engine,
      shadowEngine: job.shadow.map { shadows[$0].shadow.engine } ?? "", isReadOnly: grade.isReadOnly,
      sensitiveOutputs: grade.sensitiveOutputs, approval: grade.approval)
  }

  /// What counts as harm on a connection at a moment.
  func harm(on connection: Connection, at time: Timestamp) -> Harm {
    guard let policies else { return .standard }
    return policies.version(at: time)?.harm.harm(on: connection) ?? .standard
  }
}

/// How far a replay has come.
public struct ReplayProgress: Sendable {
  /// Sessions whose verdicts are stored.
  public var sessions: Int
  /// Their statements.
  public var statements: Int
}
