import AuditTrail

/// What the rules seen so far, the strictest first, come to.
struct RuleOutcome {
  private var action = Action.allow
  private var rule: String?
  private var masks: [String] = []
  private var maskedBySeveral = false
  private var possibleMasks: [String] = []
  /// Actions of rules that may match.
  private var possible: ActionSet = []
  /// Whether every review that matched may approve itself.
  private var mayApproveItself = false
  /// Whether a rule matched on columns that `*` or an unqualified name may stand for.
  var isOverApproximate = false
  private var autoApproved: String?

  /// Whether no rule of that action, or a less strict one, can change the outcome.
  func isSettled(before next: Action) -> Bool {
    switch action {
    case .block: true
    case .review, .mask: next == .allow
    case .allow, .observed: false
    }
  }

  /// Adds a rule that applies, or may.
  mutating func add(_ rule: CompiledPolicy.CompiledRule, applies truth: Truth, approvesItself approved: Truth) {
    switch rule.action {
    case .block:
      if truth == .yes { settle(.block, rule) } else { possible.insert(.block) }
    case .review: addReview(rule, truth, approved)
    case .mask: addMask(rule, truth)
    case .allow, .observed:
      if truth == .yes, self.rule == nil { self.rule = rule.rule.id }
    }
  }

  private mutating func settle(_ stricter: Action, _ rule: CompiledPolicy.CompiledRule) {
    guard action == .allow else { return }
    action = stricter
    self.rule = rule.rule.id
  }

  private mutating func addReview(_ rule: CompiledPolicy.CompiledRule, _ truth: Truth, _ approved: Truth) {
    switch (truth, approved) {
    case (.yes, .yes):
      if autoApproved == nil { autoApproved = rule.rule.id }
    case (.yes, _):
      mayApproveItself = approved == .unknown && (action != .review || mayApproveItself)
      settle(.review, rule)
    case (_, .yes): break
    default: possible.insert(.review)
    }
  }

  private mutating func addMask(_ rule: CompiledPolicy.CompiledRule, _ truth: Truth) {
    guard truth == .yes else {
      possible.insert(.mask)
      possibleMasks += rule.masks
      return
    }
    settle(.mask, rule)
    if masks.isEmpty {
      masks = rule.masks
    } else {
      masks += rule.masks
      maskedBySeveral = true
    }
  }

  var decision: PolicyDecision {
    var decision = PolicyDecision(action, rule: rule, flags: isOverApproximate ? .overApproximate : [])
    if let autoApproved, action == .allow || action == .mask {
      decision.flags.insert(.autoApproved)
      decision.rule = rule ?? autoApproved
    }
    if action != .block { decision.masked = maskedBySeveral ? Set(masks).sorted() : masks }
    if action != .block, !possible.isEmpty || mayApproveItself { settlePossible(&decision) }
    return decision
  }

  /// What may come of the unknown rules: only what changes the outcome counts.
  private func settlePossible(_ decision: inout PolicyDecision) {
    decision.maybeMasked = Set(possibleMasks).subtracting(decision.masked).sorted()
    if action == .review, mayApproveItself {
      decision.possible.insert(masks.isEmpty ? .allow : .mask)
      if !decision.maybeMasked.isEmpty { decision.possible.insert(.mask) }
    }
    for stricter in possible.actions where stricter.strictness > action.strictness {
      decision.possible.insert(ActionSet(stricter))
    }
    decision.maybe = decision.possible != ActionSet(action) || !decision.maybeMasked.isEmpty
  }
}
