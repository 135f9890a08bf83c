public import AuditTrail
public import Ledger

/// Which sessions are worth a look: every condition that is given must hold, those about statements for one and the same
/// statement of the session.
public struct SessionSearch: Sendable {
  /// Connections and the period; sessions have a statement in it, and only statements of it are counted.
  public var sessions = SessionFilter()
  /// Whose sessions; everybody's where neither users nor logins are given.
  public var actors = Actors()
  /// Database logins, by pattern; empty is any.
  public var logins: [String] = []
  /// Names of the clients' programs, by pattern; empty is any.
  public var applications: [String] = []
  /// What sort of actor.
  public var kind: IdentityKind?
  /// Tables that a statement names or that its effect touched, without schema; empty is any.
  public var tables: [String] = []
  /// Only sessions with a statement that writes (or would have, had it not been stopped).
  public var writes = false
  /// Only sessions with a statement whose harm was measured, or with a finding.
  public var harmful = false

  /// Every session.
  public init() {}

  /// Whether who opened the session, by which login and with which program, is what is searched for.
  func isOf(_ session: SessionEntry) -> Bool {
    actors.include(session) && fits(session.connection.databaseUser, logins)
      && fits(session.client.application, applications)
  }

  private func fits(_ name: String?, _ patterns: [String]) -> Bool {
    guard !patterns.isEmpty else { return true }
    guard let name = name?.lowercased() else { return false }
    return patterns.contains { glob(name, $0.lowercased()) }
  }
}

/// Whose sessions are meant.
public struct Actors: Sendable, Hashable {
  /// Identities, by user.
  public var users: [String]
  /// Database logins of sessions in which no identity is recorded.
  public var logins: [String]

  /// Everybody, where neither is given.
  public init(users: [String] = [], logins: [String] = []) {
    self.users = users
    self.logins = logins
  }

  /// What people read.
  public var names: [String] { users + logins.map { "database user \($0)" } }

  func include(_ session: SessionEntry) -> Bool {
    if users.isEmpty && logins.isEmpty { return true }
    guard let identity = session.identity else {
      return session.connection.databaseUser.map(logins.contains) ?? false
    }
    return users.contains(identity.user)
  }
}

/// A session that a search found.
public struct FoundSession: Sendable {
  /// The session.
  public let session: SessionEntry
  /// The first statement that was looked at.
  public var first: Timestamp
  /// The last.
  public var last: Timestamp
  /// How many were looked at.
  public var statements: Int64
  /// How many of them have a measured effect.
  public var measured: Int64
  /// The gravest verdict with its severity; `nil` where none was replayed.
  public var worst: (verdict: VerdictName, severity: Severity)?
  /// Rows that are gone or overwritten, on the shadow: cascades in, what was undone out.
  public var rowsLost: Int64
  /// Rows that the archive records as deleted or overwritten by statements that no shadow could measure.
  public var rowsRecordedOnly: Int64
  /// Objects that are gone, as `index visits_by_customer`, sorted.
  public var objectsLost: [String]
  /// Sensitive columns that reached the client, as `table.column`, sorted.
  public var columnsSeen: [String]
  /// The findings' kinds, sorted.
  public var findings: [String]
  /// Whether a statement of it showed a sensitive column to the client.
  let hasLeak: Bool

  /// How grave the session is; greater is graver.
  var gravity: (Int, Int, Int64) {
    let verdict = worst.map { $0.verdict.gravity } ?? 0
    let finding = findings.map { $0 == "approved_harm" ? 80 : 70 }.max() ?? 0
    return (max(verdict, finding), worst?.severity.rawValue ?? 0, rowsLost &+ rowsRecordedOnly)
  }
}

/// What a search found, gravest first.
public struct FoundSessions: Sendable {
  /// The sessions.
  public var sessions: [FoundSession] = []
  /// Sessions that the ledger holds.
  public var sessionsHeld: Int64 = 0
  /// The ledger's first and last statement; `nil` where it holds none.
  public var held: (first: Timestamp, last: Timestamp)?

  /// Statements of the sessions found.
  public var statements: Int64 { sessions.reduce(0) { $0 + $1.statements } }
  /// Those with a measured effect.
  public var measured: Int64 { sessions.reduce(0) { $0 + $1.measured } }
}

extension VerdictName {
  /// How much the verdict weighs when sessions are put in order: harm that happened, harm that was stopped, what could
  /// not be told, the rest.
  var gravity: Int {
    switch self {
    case .falseAllow: 90
    case .maskLeak: 85
    case .confirmedBlock: 60
    case .confirmedReview: 55
    case .debatableBlock: 40
    case .debatableReview: 35
    case .diverged: 30
    case .inconclusive: 25
    case .falseBlock: 20
    case .needlessReview: 15
    case .mootBlock: 12
    case .confirmedMask: 10
    case .confirmedAllow: 5
    case .ungraded: 3
    }
  }
}
