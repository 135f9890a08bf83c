import AuditTrail
import Policies

/// How a decision changes from the old side to the new.
public enum Change: String, Sendable, Hashable, CaseIterable {
  case newlyBlocked = "newly_blocked"
  case newlyAllowed = "newly_allowed"
  case newlyMasked = "newly_masked"
  case unmasked
  case approvalAdded = "approval_added"
  case approvalRemoved = "approval_removed"
  /// Whether it changes, or how, depends on something unknown.
  case maybe
  /// One side decides nothing.
  case unreplayable

  /// Whether less is in the statement's way than before.
  var isLessProtection: Bool { self == .newlyAllowed || self == .approvalRemoved || self == .unmasked }
}

/// An action with the columns it masks: what of a decision a diff compares.
struct Treatment: Hashable {
  var action: Action
  var masked: [String]

  /// The change to another treatment; `nil` is none. A mask that loses columns is unmasked, whatever it gains.
  func change(to new: Treatment) -> Change? {
    switch (action, new.action) {
    case (.mask, .mask):
      if masked == new.masked { return nil }
      // A record that names no column does not say what was masked.
      if masked.isEmpty || new.masked.isEmpty { return .maybe }
      return Set(masked).isSubset(of: new.masked) ? .newlyMasked : .unmasked
    case (let old, let new) where old == new: return nil
    case (_, .block): return .newlyBlocked
    case (.block, _): return .newlyAllowed
    case (_, .review): return .approvalAdded
    case (.review, _): return .approvalRemoved
    case (_, .mask): return .newlyMasked
    default: return .unmasked
    }
  }
}

/// What one side decides about a statement.
struct SideDecision: Hashable {
  /// Why a side decides nothing.
  enum Absence: String, Hashable {
    /// The log of a database without a proxy.
    case noDecision = "no_decision"
    /// The statement is older than the first version of the policy.
    case noPolicy = "no_policy"
    /// The archive holds only a part of the text, and the sides differ about that part.
    case truncated = "truncated_sql"
  }

  var decision: PolicyDecision
  /// Why there is none.
  var absence: Absence?
  /// The predicates whose truth is unknown; they matter only where the outcome depends on them.
  var unknown: [String] = []

  static func absent(_ absence: Absence) -> Self { Self(decision: PolicyDecision(.observed), absence: absence) }

  /// Every treatment that it may come to.
  var treatments: Set<Treatment> {
    guard decision.maybe else { return [Treatment(action: decision.action, masked: decision.masked)] }
    var treatments: Set<Treatment> = []
    let most = Set(decision.masked + decision.maybeMasked).sorted()
    for action in decision.possible.actions {
      guard action == .mask else {
        treatments.insert(Treatment(action: action, masked: decision.masked))
        continue
      }
      if !decision.masked.isEmpty { treatments.insert(Treatment(action: .mask, masked: decision.masked)) }
      if !decision.maybeMasked.isEmpty { treatments.insert(Treatment(action: .mask, masked: most)) }
    }
    if !decision.maybeMasked.isEmpty, decision.action == .allow {
      treatments.insert(Treatment(action: .mask, masked: most))
    }
    return treatments
  }

  /// Whether both come to the same, on the same unknowns; which rule decides does not count.
  func isSame(as other: Self) -> Bool {
    guard absence == nil, other.absence == nil else { return false }
    return decision.action == other.decision.action && decision.masked == other.decision.masked
      && decision.possible == other.decision.possible && decision.maybeMasked == other.decision.maybeMasked
      && unknown == other.unknown
  }
}

/// The change between two sides' decisions.
struct Transition: Hashable {
  var change: Change
  /// Why it is unreplayable.
  var reason: String?
  /// Whether less may be in the statement's way than before.
  var mayWeaken: Bool

  /// Nothing is decided, for a reason.
  init(unreplayable absence: SideDecision.Absence) {
    (change, reason, mayWeaken) = (.unreplayable, absence.rawValue, false)
  }

  /// `nil` where nothing changes.
  init?(from old: SideDecision, to new: SideDecision) {
    if let absence = old.absence ?? new.absence {
      (change, reason, mayWeaken) = (.unreplayable, absence.rawValue, false)
      return
    }
    if old.isSame(as: new) { return nil }
    var changes: Set<Change?> = []
    for before in old.treatments {
      for after in new.treatments { changes.insert(before.change(to: after)) }
    }
    let weaker = changes.contains { $0?.isLessProtection ?? false || $0 == .maybe }
    guard changes.count == 1 else {
      (change, reason, mayWeaken) = (.maybe, nil, weaker)
      return
    }
    guard let only = changes.first, let only else { return nil }
    (change, reason, mayWeaken) = (only, nil, weaker)
  }
}
