/// What the proxy did with a unit.
public enum Action: String, Sendable, Hashable, CaseIterable, Codable {
  case allow, mask, review, block
  /// The log of a database with no proxy in the path: nothing was decided.
  case observed

  /// How strict the action is; a policy's strictest matching action wins.
  public var strictness: Int {
    switch self {
    case .observed: -1
    case .allow: 0
    case .mask: 1
    case .review: 2
    case .block: 3
    }
  }

  /// Whether the unit reached the database without waiting for a person.
  public var letsThrough: Bool { self == .allow || self == .mask }
}

/// A recorded decision.
public struct Decision: Sendable, Hashable {
  /// What was done.
  public var action: Action
  /// The rule that decided, when recorded.
  public var rule: String?
  /// The policy the rule belongs to, when recorded.
  public var policy: String?
  /// The policy's version, when recorded.
  public var policyVersion: String?
  /// The columns that were masked, as `table.column` or `detector:NAME`, sorted.
  public var masked: [String]
  /// The text shown to the client, when recorded.
  public var message: String?

  /// A decision.
  public init(
    action: Action, rule: String? = nil, policy: String? = nil, policyVersion: String? = nil, masked: [String] = [],
    message: String? = nil
  ) {
    self.action = action
    self.rule = rule
    self.policy = policy
    self.policyVersion = policyVersion
    self.masked = masked
    self.message = message
  }
}

/// What happened to a decided unit.
public enum Outcome: String, Sendable, Hashable, CaseIterable {
  case ran
  case notRun = "not_run"
  /// It waited for approval in the proxy's terms, yet it ran without one that was in force.
  case ranUnapproved = "ran_unapproved"
  case unknown
}

/// Where an approval stands.
public enum ApprovalStatus: String, Sendable, Hashable, CaseIterable {
  case approved, rejected, revoked, expired, pending
}

/// One person's part in an approval.
public struct ApprovalDecision: Sendable, Hashable {
  /// Who decided.
  public var user: String
  /// The group in whose name.
  public var group: String?
  /// `approved` or `rejected` (or `revoked`), as recorded.
  public var decision: String
  /// When.
  public var time: Timestamp
  /// Whether it overrode the other reviewers.
  public var forced: Bool

  /// A decision on a request.
  public init(user: String, group: String?, decision: String, time: Timestamp, forced: Bool) {
    self.user = user
    self.group = group
    self.decision = decision
    self.time = time
    self.forced = forced
  }
}

/// How an approval came to be joined to a unit.
public enum ApprovalLink: String, Sendable, Hashable, CaseIterable {
  /// The archive names it.
  case recorded
  /// Joined by person, connection and time.
  case inferred
}

/// A request for approval and its result.
public struct Approval: Sendable, Hashable {
  /// The proxy's name for it, unique within the proxy.
  public var id: String
  /// The connection it is for.
  public var connection: String
  /// The session it is for, when recorded.
  public var session: String?
  /// Who asked.
  public var requestedBy: String
  /// When.
  public var requestedAt: Timestamp
  /// The reason given.
  public var reason: String?
  /// The result.
  public var status: ApprovalStatus
  /// Whether a rule approved it without a person.
  public var automatic: Bool
  /// The rule that demanded it.
  public var rule: String?
  /// Who decided, in order of time.
  public var decisions: [ApprovalDecision]
  /// From when it is in force.
  public var validFrom: Timestamp?
  /// Until when.
  public var expiresAt: Timestamp?
  /// The SHA-256 of the unit's text it is bound to, in hex.
  public var unitSHA256: String?

  /// An approval.
  public init(
    id: String, connection: String, session: String?, requestedBy: String, requestedAt: Timestamp, reason: String?,
    status: ApprovalStatus, automatic: Bool, rule: String?, decisions: [ApprovalDecision], validFrom: Timestamp?,
    expiresAt: Timestamp?, unitSHA256: String?
  ) {
    self.id = id
    self.connection = connection
    self.session = session
    self.requestedBy = requestedBy
    self.requestedAt = requestedAt
    self.reason = reason
    self.status = status
    self.automatic = automatic
    self.rule = rule
    self.decisions = decisions
    self.validFrom = validFrom
    self.expiresAt = expiresAt
    self.unitSHA256 = unitSHA256
  }

  /// When the approval was granted: the last approving decision, or `validFrom` of an automatic one.
  public var grantedAt: Timestamp? {
    guard status == .approved || status == .expired || status == .revoked else { return nil }
    return decisions.filter { $0.decision == "approved" }.map(\.time).max() ?? validFrom
  }

  /// Whether it was granted and in force at the moment. One revoked at an unknown time was never in force.
  public func isInForce(at time: Timestamp) -> Bool {
    guard let granted = grantedAt, granted <= time else { return false }
    if let validFrom, time < validFrom { return false }
    if let expiresAt, time > expiresAt { return false }
    guard status == .revoked else { return true }
    guard let revoked = decisions.filter({ $0.decision == "revoked" }).map(\.time).min() else { return false }
    return time < revoked
  }
}
