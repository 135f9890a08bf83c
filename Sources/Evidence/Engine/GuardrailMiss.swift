import AuditTrail

/// How a guardrail failed on a harmful unit.
enum GuardrailMiss {
  /// It was let through, or ran though it was blocked.
  case letThrough
  /// Sensitive data reached the client.
  case leak
  /// It waited for approval and ran without one that counts.
  case unapproved

  /// `nil` where the unit is not harmful, was caught, or nobody decided.
  init?(_ item: Item) {
    guard let kind = item.text("kind").flatMap(HarmKind.init), let fate = item.text("fate").flatMap(Fate.init)
    else { return nil }
    switch fate {
    case .letThrough, .letThroughUnevaluated: self = kind == .discloses ? .leak : .letThrough
    case .unapproved, .autoApproved: self = .unapproved
    case .blocked, .held, .masked, .approved, .observed: return nil
    }
  }

  /// A unit is one exception; leaks of one shape by one identity on one connection are one exception.
  func key(_ item: Item) -> String {
    if self == .leak {
      return "leak \(item.text("user") ?? "-") \(item.text("connection") ?? "-") \(item.text("fingerprint") ?? "-")"
    }
    return item.unitKey
  }

  /// `isInArchive`: the archive holds the output, with sensitive values in it.
  func wording(_ item: Item, _ deeds: UnitDeeds, isInArchive: Bool) -> Wording {
    let isUnknown = item.flag("evaluation_unknown")
    let effect = deeds.words(item) ?? "did harm"
    switch self {
    case .letThrough:
      let what =
        item.text("action") == Action.block.rawValue
        ? "A harmful unit was blocked, and ran all the same" : "A harmful unit was let through"
      return Wording(
        criteria: "A unit that harms is blocked or waits for approval.",
        condition: { _ in
          what + (isUnknown ? " (whether a rule was evaluated is not known)" : "")
            + (item.text("outcome") == Outcome.unknown.rawValue ? ", and the archive does not show whether it ran" : "")
            + "; on the shadow (\(item.text("basis") ?? "unknown basis")) it \(effect)."
        }, cause: cause(item),
        effect: "If production held what the shadow does, data or objects were lost, or rights gained.")
    case .leak:
      return Wording(
        criteria: "Sensitive columns do not reach a client unmasked.",
        condition: {
          "\(counted($0, "statement")) of one shape returned sensitive data (\(item.text("leak") ?? "")) on the shadow."
            + (isInArchive ? Self.inArchive : "")
        }, cause: cause(item),
        effect: isInArchive
          ? "Whoever ran it saw sensitive data that no mask hid."
          : "If production held what the shadow does, whoever ran them saw sensitive data that no mask hid.")
    case .unapproved:
      return Wording(
        criteria: "A harmful unit runs only if another person approved it, and nothing more, before.",
        condition: { _ in
          "A harmful unit ran \(Self.approval(item)); on the shadow it \(effect)."
        },
        cause:
          "Not established. Find out whether the proxy checks approvals at the moment of use, and what they cover.",
        effect: "Harm was done that no other person had approved.")
    }
  }

  /// What is said where the archive holds what the client was sent.
  static let inArchive = " The archive holds production's own output, with sensitive values in it."

  /// What the archive says of the decision. Which rule should have seen it is not established by it.
  private func cause(_ item: Item) -> String {
    if item.flag("evaluation_unknown") { return "The archive does not show whether a rule was evaluated." }
    if let rule = item.text("rule") {
      return "Rule \(rule) decided. Find out whether it should see what the unit does."
    }
    return "The archive names no rule that decided. Find out which rule of the policy in force should have."
  }

  /// Under which approval a unit ran, as it is.
  static func approval(_ item: Item) -> String {
    let scope =
      switch item.text("approval_scope").flatMap(ApprovalScope.init) {
      case .session: " for the whole session"
      case .window: " for whatever the person does in a time"
      case .unit, nil: ""
      }
    return switch item.text("approval").flatMap(ApprovalStanding.init) {
    case .anotherPerson where scope.isEmpty: "without an approval in force for all of it"
    case .anotherPerson: "under an approval\(scope), not of this unit"
    case .automatic: "under an approval\(scope) that a rule gave"
    case .own: "under an own approval\(scope)"
    case .late: "before its approval\(scope) was in force"
    case .expired: "after its approval\(scope) had expired"
    case .revoked: "after its approval\(scope) was revoked"
    case .rejected: "although the request was rejected"
    case .pending: "although nobody had decided on the request"
    case .unnamed: "under an approval\(scope) of which the archive names nobody who gave it"
    case nil: "without an approval"
    }
  }
}
