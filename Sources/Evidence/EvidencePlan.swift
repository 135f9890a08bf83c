public import AuditTrail

/// What a report is made for: the configuration, the side files and what the caller found out, as values.
public struct EvidencePlan: Sendable, Hashable, Codable {
  /// The organisation.
  public var organization: String
  /// Its system.
  public var system: String
  /// The period.
  public var period: Period
  /// The version of the program.
  public var toolVersion: String
  /// The connections in scope; others that are seen are listed as out of scope.
  public var connections: [ScopedConnection] = []
  /// The sensitive columns, as `table.column`.
  public var sensitiveColumns: [String] = []
  /// The frameworks to report, in order.
  public var frameworks: [FrameworkCatalog] = []
  /// What counts as harm; `nil` where nothing was replayed.
  public var thresholds: Thresholds?
  /// Policies that files declare to be in force.
  public var declaredPolicies: [DeclaredPolicy] = []
  /// What the side files say.
  public var sideFiles = SideFiles()
  /// What hashing the archives again came to, by the digest the ledger holds; archives left out were not hashed.
  public var custody: [String: CustodyCheck] = [:]
  /// Whether every row of the ledger was compared with the digest that was kept when it was written, and none differed.
  public var isLedgerChecked = false
  /// T-19 is inconclusive below that share of decided statements with a conclusive verdict, in percent.
  public var coverageFloor: Int64 = 95
  /// How many distinct persons must have approved.
  public var requiredApprovers = 1
  /// How exceptions are rated.
  public var ratings = ExceptionRatings.builtIn
  /// Whether the sensitive columns are those that detectors recognise.
  public var detectsSensitiveColumns = false
  /// Sources that are said to sign nothing.
  public var unsignedSources: [String] = []
  /// The files, besides archives and side files, that the report follows from.
  public var files: [SourceReference] = []
  /// What the package of the period before chose; `nil` where none was named.
  public var previous: PreviousChoices?

  /// A plan without scope.
  public init(organization: String, system: String, period: Period, toolVersion: String) {
    self.organization = organization
    self.system = system
    self.period = period
    self.toolVersion = toolVersion
  }
}

/// A connection of the configuration's scope.
public struct ScopedConnection: Sendable, Hashable, Codable {
  /// Its name.
  public var name: String
  /// `production`, `staging`, ….
  public var environment: String?
  /// Whether its use needs approval.
  public var approvalRequired: Bool

  /// A connection in scope.
  public init(name: String, environment: String?, approvalRequired: Bool) {
    self.name = name
    self.environment = environment
    self.approvalRequired = approvalRequired
  }
}

/// A policy's version as its file declares it.
public struct DeclaredPolicy: Sendable, Hashable, Codable {
  /// The policy.
  public var policy: String
  /// Its version.
  public var version: String?
  /// From when.
  public var effective: Timestamp
  /// The SHA-256 of its file, in hex; `nil` where it was not taken.
  public var sha256: String?
  /// Who approved it, by the file's own word.
  public var approvedBy: String?

  /// A declared version.
  public init(
    policy: String, version: String?, effective: Timestamp, sha256: String? = nil, approvedBy: String? = nil
  ) {
    self.policy = policy
    self.version = version
    self.effective = effective
    self.sha256 = sha256
    self.approvedBy = approvedBy
  }
}

/// What hashing an archive again came to.
public enum CustodyCheck: Sendable, Hashable, Codable {
  /// The file gives the digest that the ledger holds.
  case matches
  /// The file gives another digest (hex SHA-256).
  case differs(actual: String)
  /// The file is not there or cannot be read.
  case unreadable
}

/// The side files' rows; `nil` where a file was not given, which is not the same as an empty one.
public struct SideFiles: Sendable, Hashable, Codable {
  /// Every side file that was read, with its digest.
  public var sources: [SourceReference] = []
  /// Where each comes from.
  public var extractions: [SideFileExtraction] = []
  /// What the sources say they hold, by day.
  public var sourceCounts: [SourceCount]?
  /// Approved changes.
  public var changes: [ApprovedChange]?
  /// Accounts that several persons may use.
  public var sharedAccounts: [SharedAccount]?
  /// Exemptions from masking.
  public var exemptions: [MaskExemption]?
  /// What became of harm that ran after a review.
  public var dispositions: [Disposition]?
  /// Which policies were attached to which connections.
  public var bindings: [GuardrailBinding]?
  /// Exceptions that management accepted.
  public var acceptances: [AcceptedException] = []
  /// What management answered.
  public var responses: [ManagementResponse] = []

  /// No side files.
  public init() {}

  /// The files that tests read and that were not given, by their names in `assay.yaml`.
  var notGiven: [String] {
    [
      ("bindings", bindings == nil), ("dispositions", dispositions == nil), ("source_counts", sourceCounts == nil),
      ("tickets", changes == nil),
    ].filter(\.1).map(\.0)
  }
}

/// What a source says it holds of one UTC day.
public struct SourceCount: Sendable, Hashable, Codable {
  /// The proxy's product name, its instance, or both with a blank between.
  public var source: String
  /// The day.
  public var day: CivilDate
  /// Sessions opened that day; `nil` where the source does not count them.
  public var sessions: Int64?
  /// Statements of that day; `nil` where the source does not count them.
  public var statements: Int64?

  /// A count.
  public init(source: String, day: CivilDate, sessions: Int64?, statements: Int64?) {
    self.source = source
    self.day = day
    self.sessions = sessions
    self.statements = statements
  }
}

/// A change that was approved elsewhere, with its window.
public struct ApprovedChange: Sendable, Hashable, Codable {
  /// The ticket's key.
  public var ticket: String
  /// Who asked for it.
  public var requestedBy: String
  /// Who approved it.
  public var approvedBy: String
  /// When.
  public var approvedAt: Timestamp
  /// From when it may be made.
  public var from: Timestamp
  /// Until when.
  public var until: Timestamp

  /// A change.
  public init(
    ticket: String, requestedBy: String, approvedBy: String, approvedAt: Timestamp, from: Timestamp, until: Timestamp
  ) {
    self.ticket = ticket
    self.requestedBy = requestedBy
    self.approvedBy = approvedBy
    self.approvedAt = approvedAt
    self.from = from
    self.until = until
  }

  /// Whether it was approved by another person and may be made at the moment.
  func covers(_ time: Timestamp) -> Bool {
    approvedAt <= time && from <= time && time <= until && !isSamePerson(requestedBy, approvedBy)
  }
}

/// What a person decided about harm that had been done.
public enum DispositionKind: String, Sendable, Hashable, CaseIterable, Codable {
  /// It was meant, and is fine.
  case intended
  /// It was made good.
  case corrected
  /// It is handled as an incident.
  case incident
}

/// What became of harm that ran after a review, and who said so.
public struct Disposition: Sendable, Hashable, Codable {
  /// A statement of the unit, as `SESSION/SEQUENCE`.
  public var statement: String
  /// Who decided.
  public var by: String
  /// When.
  public var at: Timestamp
  /// What.
  public var kind: DispositionKind
  /// Why.
  public var reason: String

  /// A disposition.
  public init(statement: String, by: String, at: Timestamp, kind: DispositionKind, reason: String) {
    (self.statement, self.by, self.at, self.kind, self.reason) = (statement, by, at, kind, reason)
  }
}

/// A policy that was attached to a connection.
public struct GuardrailBinding: Sendable, Hashable, Codable {
  /// The connection.
  public var connection: String
  /// The policy.
  public var policy: String
  /// From when.
  public var from: Timestamp
  /// Until before; `nil` where it still is.
  public var until: Timestamp?
  /// Whether statements pass where the guardrail does not answer.
  public var failsOpen: Bool

  /// A binding.
  public init(connection: String, policy: String, from: Timestamp, until: Timestamp?, failsOpen: Bool) {
    (self.connection, self.policy, self.from, self.until, self.failsOpen) = (connection, policy, from, until, failsOpen)
  }
}

/// An account that several persons may use, with who answers for it.
public struct SharedAccount: Sendable, Hashable, Codable {
  /// The identity's user, or the database login.
  public var account: String
  /// Who answers for it.
  public var owner: String
  /// Why it is shared.
  public var justification: String
  /// Who approved that.
  public var approvedBy: String
  /// When.
  public var approvedOn: CivilDate

  /// A registered account.
  public init(account: String, owner: String, justification: String, approvedBy: String, approvedOn: CivilDate) {
    self.account = account
    self.owner = owner
    self.justification = justification
    self.approvedBy = approvedBy
    self.approvedOn = approvedOn
  }
}

/// A person, service or agent who may see a sensitive column unmasked.
public struct MaskExemption: Sendable, Hashable, Codable {
  /// The identity's user.
  public var user: String
  /// The column, as `table.column`, or `*`.
  public var column: String
  /// Who approved it.
  public var approvedBy: String
  /// From when.
  public var from: Timestamp
  /// Until when; `nil` is open-ended.
  public var until: Timestamp?

  /// An exemption.
  public init(user: String, column: String, approvedBy: String, from: Timestamp, until: Timestamp?) {
    self.user = user
    self.column = column
    self.approvedBy = approvedBy
    self.from = from
    self.until = until
  }
}

/// An exception that management accepted.
public struct AcceptedException: Sendable, Hashable, Codable {
  /// The exception's id.
  public var exception: String
  /// By whom, when and why.
  public var acceptance: Acceptance

  /// An acceptance of an exception.
  public init(exception: String, acceptance: Acceptance) {
    self.exception = exception
    self.acceptance = acceptance
  }
}

/// Whether two users are one person: letters' case and what follows a `+` in an address are no difference.
func isSamePerson(_ left: String, _ right: String) -> Bool { personKey(left) == personKey(right) }

/// The form of a user's name by which persons are told apart.
func personKey(_ user: String) -> String {
  let folded = user.lowercased()
  guard let at = folded.lastIndex(of: "@"), let plus = folded[..<at].firstIndex(of: "+") else { return folded }
  return String(folded[..<plus] + folded[at...])
}
