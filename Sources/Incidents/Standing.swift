import AuditTrail
import Ledger

extension IncidentStep.Standing {
  /// What a graded statement comes to; the facts decide where nothing was measured.
  ///
  /// - Parameter failed: whether it failed when it was recorded.
  init(_ graded: GradedStatement?, outcome: Outcome, decision: Decision, failed: Bool) {
    guard let graded, graded.verdict.name != .inconclusive, graded.verdict.name != .diverged,
      !(graded.verdict.name == .ungraded && graded.verdict.reason != nil)
    else {
      self = .unmeasured
      return
    }
    let effect = graded.effect
    // Where nothing was graded, nothing says either that a failure on the shadow is one of the record.
    if graded.verdict.name == .ungraded, !effect.tookEffect, !failed {
      self = .unmeasured
      return
    }
    let tookPlace = effect.tookPlace(outcome)
    switch graded.verdict.name {
    case .falseAllow, .maskLeak: self = .harm
    case .confirmedBlock: self = .stopped
    case .confirmedReview where graded.verdict.severity >= .s3: self = tookPlace ? .harm : .stopped
    // Nothing was decided, so nothing was graded; what it did counts all the same.
    case .ungraded where graded.verdict.severity >= .s3 && tookPlace: self = .harm
    default: self = effect.isNil ? .harmless : tookPlace ? .changed : .undone
    }
  }
}

extension Effect {
  /// Whether nothing was changed, gained or seen that should not be.
  var isNil: Bool {
    tables.values.allSatisfy { $0.inserted == 0 && $0.updated == 0 && $0.deleted == 0 } && dropped.isEmpty
      && altered.isEmpty && truncated.isEmpty && escalated.isEmpty && refused.isEmpty && leak < .derived
  }
}
