import AuditTrail
import Ledger
import Policies

/// What a statement's effect is, as far as a shadow could tell.
enum Harmfulness: Int, Comparable {
  case harmless, withinLimits, unknown, harmful

  static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  init(_ graded: GradedStatement?, _ harm: Harm) {
    guard let graded, graded.isConclusive else {
      self = .unknown
      return
    }
    let assessment = assess(graded.effect, harm: harm)
    if assessment.destroysOrEscalates || !graded.effect.refused.isEmpty {
      self = .harmful
    } else {
      self = assessment.change >= .s2 ? .withinLimits : .harmless
    }
  }
}

extension GradedStatement {
  /// Whether the effect was measured and agrees with the record.
  var isConclusive: Bool { verdict.isConclusive }
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
  let outputs: [String]

  /// What the change means.
  func finding() -> (severity: DiffSeverity, isLeak: Bool, isUnknown: Bool) {
    switch changed.transition.change {
    case .newlyAllowed: return lessProtection(leaks: true)
    case .approvalRemoved: return lessProtection(leaks: false)
    case .unmasked:
      switch disclosing(amongst: Set(lost), behind: changed.new.masked) {
      case .yes: return (.leak, true, false)
      case .unknown: return (.none, false, true)
      case .no: return (.none, false, false)
      }
    case .newlyBlocked, .approvalAdded:
      let disclosed = disclosing(amongst: nil, behind: changed.old.masked)
      if harmfulness == .harmful && wasDone || disclosed == .yes { return (.fixedMiss, false, false) }
      return (harmfulness == .harmless && disclosed == .no ? .friction : .none, false, false)
    case .newlyMasked:
      let disclosed = disclosing(amongst: gained, behind: changed.old.masked)
      // A mask by column does not hide what is derived from the column.
      let isHidden = graded?.effect.leak != .derived
      return (disclosed == .yes && isHidden ? .fixedMiss : .none, false, false)
    case .maybe:
      let disclosed = disclosing(amongst: nil, behind: changed.new.masked)
      let isSafe = harmfulness <= .withinLimits && disclosed == .no
      return (.none, false, changed.transition.mayWeaken && !isSafe)
    case .unreplayable: return (.none, false, false)
    }
  }

  private func lessProtection(leaks: Bool) -> (DiffSeverity, Bool, Bool) {
    let disclosing = disclosing(amongst: nil, behind: changed.new.masked)
    let isLeak = leaks && disclosing == .yes
    if harmfulness == .harmful || !leaks && disclosing == .yes { return (.risk, isLeak, false) }
    if isLeak { return (.leak, true, harmfulness == .unknown) }
    if harmfulness == .unknown || disclosing == .unknown { return (.none, false, true) }
    return (harmfulness == .harmless ? .fixedFriction : .none, false, false)
  }

  private var lost: [String] { changed.old.masked.filter { !changed.new.masked.contains($0) } }
  private var gained: Set<String> { Set(changed.new.masked).subtracting(changed.old.masked) }

  /// Whether what was let through was kept; what was held back is judged on all of its effect.
  private var wasDone: Bool {
    guard recorded.action.letsThrough || recorded.action == .observed else { return true }
    return graded?.effect.kept == true && changed.occurrence.outcome != .notRun
  }

  /// Whether sensitive values would reach the client behind some masks. The effect was measured under the recorded
  /// ones, so what they hid is looked up in the statement's output columns.
  private func disclosing(amongst columns: Set<String>?, behind masks: [String]) -> Disclosing {
    guard let graded, graded.isConclusive else { return .unknown }
    var effect = graded.effect
    let masked = Set(masks)
    // A mask by column hides a value that is returned as it is, not one that was derived from it.
    var shown = effect.leak >= .derived ? effect.leakedColumns : []
    if effect.leak == .raw { shown.removeAll(where: masked.contains) }
    let isUnnamed = effect.leak >= .derived && effect.leakedColumns.isEmpty
    var hidden: [String] = []
    if recorded.action == .mask {
      hidden = recorded.masked.filter { !masked.contains($0) && columns?.contains($0) ?? true }
      if recorded.masked.isEmpty || hidden.contains(where: { $0.hasPrefix("detector:") }) { return .unknown }
    }
    if effect.rowsReturned > 0 { shown += hidden.filter(isOutput) }
    if let columns { shown.removeAll { !columns.contains($0) } }
    guard !shown.isEmpty || isUnnamed else {
      return columns?.contains { $0.hasPrefix("detector:") } ?? false ? .unknown : .no
    }
    effect.leak = max(effect.leak, .derived)
    effect.leakedColumns = Set(shown).sorted()
    return assess(effect, harm: harm).discloses ? .yes : .no
  }

  /// Whether the column stands in the statement's output, or is read through a view that does.
  private func isOutput(_ column: String) -> Bool {
    guard let dot = column.lastIndex(of: ".") else { return true }
    let table = column[..<dot]
    if outputs.contains(column) || outputs.contains("\(table).*") { return true }
    let isNamed = outputs.contains { $0.hasPrefix("\(table).") || $0 == table }
    return !isNamed && graded?.effect.reads.contains(column) ?? false
  }
}
