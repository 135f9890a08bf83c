import AuditTrail
import Ledger
import Policies

/// What a statement's effect is, as far as a shadow could tell.
enum Harmfulness: Int, Comparable {
  case harmless
  /// Harm within limits, or harm that was attempted and undone.
  case withinLimits
  case unknown, harmful

  static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// What a statement of a recorded decision did and kept, or would have done and kept had it been let through.
  init(_ graded: GradedStatement?, _ harm: Harm, _ recorded: Decision, _ outcome: Outcome) {
    guard let graded, graded.isConclusive else {
      self = .unknown
      return
    }
    let assessment = assess(graded.effect, harm: harm)
    if !graded.effect.refused.isEmpty {
      self = .harmful
    } else if assessment.destroysOrEscalates {
      self = graded.effect.isUndone(recorded, outcome) ? .withinLimits : .harmful
    } else {
      self = assessment.change >= .s2 ? .withinLimits : .harmless
    }
  }
}

extension GradedStatement {
  /// Whether the effect was measured and agrees with the record.
  var isConclusive: Bool { verdict.isConclusive }
}

extension Effect {
  /// Whether the statement ran and nothing of what it did is left; what was held back is judged by what it would have done.
  func isUndone(_ recorded: Decision, _ outcome: Outcome) -> Bool {
    let ran =
      recorded.action.letsThrough || recorded.action == .observed
      || recorded.action == .review && (outcome == .ran || outcome == .ranUnapproved)
    return ran && (!kept || outcome == .notRun)
  }
}

extension Verdict {
  /// Whether the effect was measured and agrees with the record.
  var isConclusive: Bool {
    switch name {
    case .inconclusive, .diverged: false
    case .ungraded: reason == nil
    default: true
    }
  }
}

/// Whether sensitive values would reach the client.
enum Disclosing { case no, unknown, yes }

/// A changed statement against its measured effect.
struct Crossing {
  let changed: ChangedStatement
  let graded: GradedStatement?
  let harm: Harm
  /// The gravest of its script; its own, where it is decided by itself.
  let harmfulness: Harmfulness
  /// What the archive says was done, which is what the effect was measured under.
  let recorded: Decision

  /// Whether it reached harm and was undone: an attempt.
  var isAttempt: Bool {
    guard let graded, graded.isConclusive else { return false }
    return assess(graded.effect, harm: harm).destroysOrEscalates
      && graded.effect.isUndone(recorded, changed.occurrence.outcome)
  }

  /// What the change means.
  func finding() -> (severity: DiffSeverity, isLeak: Bool, isUnknown: Bool) {
    switch changed.transition.change {
    case .newlyAllowed: return lessProtection(leaks: true)
    case .approvalRemoved: return lessProtection(leaks: false)
    case .unmasked:
      guard let before = shown(behind: changed.old.masked), let after = shown(behind: changed.new.masked) else {
        return (.none, false, true)
      }
      let isLeak = graded?.effect.disclosesHarmfully(after.columns.subtracting(before.columns), harm: harm) ?? false
      return (isLeak ? .leak : .none, isLeak, !isLeak && (before.isUnknown || after.isUnknown))
    case .newlyBlocked, .approvalAdded:
      let disclosed = disclosing(behind: changed.old.masked)
      if harmfulness == .harmful || disclosed == .yes { return (.fixedMiss, false, false) }
      return (harmfulness == .harmless && disclosed == .no ? .friction : .none, false, false)
    case .newlyMasked:
      // A miss is fixed where nothing is left that reaches the client.
      let isFixed = disclosing(behind: changed.old.masked) == .yes && disclosing(behind: changed.new.masked) == .no
      return (isFixed ? .fixedMiss : .none, false, false)
    case .maybe:
      let disclosed = disclosing(behind: changed.new.masked)
      let isSafe = harmfulness <= .withinLimits && disclosed == .no
      return (.none, false, changed.transition.mayWeaken && !isSafe)
    case .unreplayable: return (.none, false, false)
    }
  }

  private func lessProtection(leaks: Bool) -> (DiffSeverity, Bool, Bool) {
    let disclosing = disclosing(behind: changed.new.masked)
    let isLeak = leaks && disclosing == .yes
    if harmfulness == .harmful || !leaks && disclosing == .yes { return (.risk, isLeak, false) }
    if isLeak { return (.leak, true, harmfulness == .unknown) }
    if harmfulness == .unknown || disclosing == .unknown { return (.none, false, true) }
    return (harmfulness == .harmless ? .fixedFriction : .none, false, false)
  }

  /// What reaches the client behind some masks; `nil` where it was not measured.
  private func shown(behind masks: [String]) -> ShownColumns? {
    guard let graded, graded.isConclusive else { return nil }
    return graded.effect.shown(behind: masks, recorded: recorded)
  }

  /// Whether sensitive values would reach the client behind some masks.
  private func disclosing(behind masks: [String]) -> Disclosing {
    guard let graded, let shown = shown(behind: masks) else { return .unknown }
    let effect = graded.effect
    let isUnnamed = effect.leak >= .derived && effect.leakedColumns.isEmpty && assess(effect, harm: harm).discloses
    if isUnnamed || effect.disclosesHarmfully(shown.columns, harm: harm) { return .yes }
    return shown.isUnknown ? .unknown : .no
  }
}
