/// What sort of harm a harmful unit does or would have done; of several the first counts, in this order.
public enum HarmKind: String, Sendable, Hashable, CaseIterable, Codable, Comparable {
  /// It tried to leave the database.
  case escapes
  /// It gained rights.
  case escalates
  /// Rows or objects are gone.
  case destroys
  /// Sensitive data reached the client, or would have without its mask.
  case discloses

  /// Whether the matrix of actions counts it; what discloses is counted in a matrix of its own.
  public var isAction: Bool { self != .discloses }

  /// Graver than.
  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// What became of a harmful unit: exactly one.
public enum Fate: String, Sendable, Hashable, CaseIterable, Codable {
  case blocked
  /// It waited for approval and did not run.
  case held
  /// It ran; what it would have disclosed was masked.
  case masked
  /// Another person approved this unit before it ran.
  case approved
  /// A rule approved it.
  case autoApproved = "auto_approved"
  /// It ran without approval, or under an own, late, expired or session-wide one.
  case unapproved
  /// A rule was evaluated and let it through.
  case letThrough = "let_through"
  /// It was let through, and the archive does not show that a rule was evaluated.
  case letThroughUnevaluated = "let_through_unevaluated"
  /// No proxy decided.
  case observed

  /// Whether it did not run, or ran with what it would have disclosed masked.
  public var isPrevented: Bool { self == .blocked || self == .held || self == .masked }

  /// Whether a guardrail or another person saw it for what it was.
  public var isCaught: Bool { isPrevented || self == .approved }

  /// What people read for it.
  public var phrase: String {
    switch self {
    case .blocked: "blocked"
    case .held: "waited for approval and did not run"
    case .masked: "ran; what it would have disclosed was masked"
    case .approved: "ran; another person had approved it"
    case .autoApproved: "ran; a rule had approved it"
    case .unapproved: "ran without an approval that counts"
    case .letThrough: "let through by the rules"
    case .letThroughUnevaluated: "let through; whether a rule was evaluated is unknown"
    case .observed: "logged; nothing decided"
    }
  }
}

/// What an approval is worth for a unit, at the moment the unit was sent.
public enum ApprovalStanding: String, Sendable, Hashable, CaseIterable, Codable {
  /// Another person granted it, and it was in force.
  case anotherPerson = "another_person"
  /// A rule granted it.
  case automatic
  /// Nobody but who asked, or the agent's own principal, granted it.
  case own
  /// It was granted, or came into force, after the unit was sent.
  case late
  /// It had expired.
  case expired
  /// It had been revoked.
  case revoked
  case rejected
  /// Nobody has decided.
  case pending
  /// It was granted, and the archive names nobody who did.
  case unnamed
}

/// What an approval is for.
public enum ApprovalScope: String, Sendable, Hashable, CaseIterable, Codable {
  /// This unit and no other.
  case unit
  /// A whole session.
  case session
  /// Whatever the person does on the connection while it is in force.
  case window
}

/// An approval as it stands to one unit.
public struct ApprovalJudgement: Sendable, Hashable {
  /// What it is worth.
  public let standing: ApprovalStanding
  /// What it is for.
  public let scope: ApprovalScope

  /// A judgement.
  public init(_ standing: ApprovalStanding, for scope: ApprovalScope) {
    self.standing = standing
    self.scope = scope
  }

  /// Whether another person approved this very unit before it ran.
  public var counts: Bool { standing == .anotherPerson && scope == .unit }
}
