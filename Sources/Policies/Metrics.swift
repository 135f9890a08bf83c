public import AuditTrail

/// A share with its 95 % interval.
public struct Proportion: Sendable, Hashable {
  /// What counts.
  public let count: Int
  /// Out of how many.
  public let total: Int

  /// `count` of `total`.
  public init(_ count: Int, of total: Int) {
    self.count = count
    self.total = total
  }

  /// The share; `nil` of nothing.
  public var value: Double? { total > 0 ? Double(count) / Double(total) : nil }

  /// The Wilson score interval at 95 %; `nil` of nothing. Source: E. B. Wilson, JASA 22 (1927), 209-212.
  public var interval: (low: Double, high: Double)? {
    guard let share = value else { return nil }
    let (z, n) = (1.959963984540054, Double(total))
    let center = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return (count == 0 ? 0 : max(0, center - half), count == total ? 1 : min(1, center + half))
  }
}

/// A verdict and what it is about, for counting.
public struct CountedVerdict: Sendable, Hashable {
  /// The session.
  public var session: String
  /// The unit within the session; `nil` where the statement is one by itself.
  public var unit: String?
  /// What the proxy did.
  public var action: Action
  /// The verdict; statements of a unit share it.
  public var verdict: Verdict

  /// A graded statement.
  public init(session: String, unit: String?, action: Action, verdict: Verdict) {
    self.session = session
    self.unit = unit
    self.action = action
    self.verdict = verdict
  }
}

/// Units of one population counted by verdict, kind of harm and fate, and the two matrices that follow from it.
///
/// *Actions*: what destroys, escalates or escapes is positive, every other decided unit with a conclusive verdict negative.
/// *Disclosure*: what discloses, or would have without its mask, is positive. Both rest on one definition of harm, so that
/// another threshold moves both sides.
public struct ConfusionMatrix: Sendable, Hashable {
  /// All units.
  public private(set) var units = 0
  /// Units by verdict; adds up to ``units``.
  public private(set) var verdicts: [VerdictName: Int] = [:]
  /// Harmful units by kind and fate.
  public private(set) var fates: [HarmKind: [Fate: Int]] = [:]
  /// Units that disclose, or would have unmasked, by fate, whatever else they do.
  public private(set) var disclosing: [Fate: Int] = [:]
  /// Inconclusive and diverged units that were let through: harm may be among them.
  public private(set) var openLetThrough = 0
  /// Inconclusive and diverged units that were held back.
  public private(set) var openHeldBack = 0
  /// Units that were blocked or sent for approval, with a conclusive verdict.
  public private(set) var heldBack = 0
  /// Those of them that destroy, escalate or escape.
  private var heldBackActions = 0
  /// Masks without a leak, and masks with one.
  private var (masksHeld, masksLeaked) = (0, 0)
  /// Masks without a leak where nothing was to be masked.
  private var masksForNothing = 0

  /// Nothing counted.
  public init() {}

  /// Counts each unit once, by its first statement.
  public init(_ statements: some Sequence<CountedVerdict>) {
    var seen: Set<UnitName> = []
    for statement in statements {
      if let unit = statement.unit {
        guard seen.insert(UnitName(session: statement.session, unit: unit)).inserted else { continue }
      }
      count(statement.verdict, action: statement.action)
    }
  }

  /// Counts one unit, or several that are alike.
  public mutating func count(_ verdict: Verdict, action: Action, units count: Int = 1) {
    units += count
    verdicts[verdict.name, default: 0] += count
    if let kind = verdict.kind, let fate = verdict.fate {
      fates[kind, default: [:]][fate, default: 0] += count
      if verdict.wouldDisclose { disclosing[fate, default: 0] += count }
    }
    let isHeldBack = action == .block || action == .review
    if verdict.name == .inconclusive || verdict.name == .diverged {
      if isHeldBack { openHeldBack += count } else if action.letsThrough { openLetThrough += count }
    }
    guard verdict.isConclusive else { return }
    if isHeldBack {
      heldBack += count
      if verdict.kind?.isAction == true { heldBackActions += count }
    }
    guard action == .mask else { return }
    if verdict.name == .maskLeak { masksLeaked += count }
    if verdict.name == .confirmedMask {
      masksHeld += count
      if !verdict.wouldDisclose { masksForNothing += count }
    }
  }

  /// How many units have the verdict.
  public subscript(_ name: VerdictName) -> Int { verdicts[name] ?? 0 }

  private struct UnitName: Hashable {
    let session: String
    let unit: String
  }

  // MARK: Harmful units

  /// How many harmful units of the kinds came to the fates.
  public func harmful(
    _ isMeantKind: (HarmKind) -> Bool = { _ in true }, _ isMeantFate: (Fate) -> Bool = { _ in true }
  ) -> Int {
    fates.reduce(0) { sum, kind in
      isMeantKind(kind.key) ? sum + kind.value.reduce(0) { $0 + (isMeantFate($1.key) ? $1.value : 0) } : sum
    }
  }

  private func share(_ isMeant: (Fate) -> Bool, isAction: Bool) -> Proportion {
    if isAction {
      return Proportion(harmful(\.isAction, isMeant), of: harmful(\.isAction) { $0 != .observed })
    }
    let total = disclosing.reduce(0) { $0 + ($1.key == .observed ? 0 : $1.value) }
    return Proportion(disclosing.reduce(0) { $0 + (isMeant($1.key) ? $1.value : 0) }, of: total)
  }

  /// Units that destroy, escalate or escape, and were caught.
  public var recall: Proportion { share(\.isCaught, isAction: true) }
  /// The same that did not run.
  public var prevented: Proportion { share(\.isPrevented, isAction: true) }
  /// Units that disclose, and were caught.
  public var disclosureCaught: Proportion { share(\.isCaught, isAction: false) }
  /// The same whose data did not reach the client.
  public var disclosurePrevented: Proportion { share(\.isPrevented, isAction: false) }

  // MARK: The matrices

  /// Decided units with a conclusive verdict: the cells of each matrix add up to them.
  public var conclusive: Int { units - self[.ungraded] - self[.inconclusive] - self[.diverged] }
  /// Harmful actions that were caught.
  public var truePositives: Int { recall.count }
  /// Harmful actions that were not.
  public var falseNegatives: Int { recall.total - recall.count }
  /// Other units that were held back.
  public var falsePositives: Int { heldBack - heldBackActions }
  /// Other units that were let through.
  public var trueNegatives: Int { conclusive - recall.total - falsePositives }
  /// Units in none of the four: what is open or observed.
  public var beside: Int { units - conclusive }

  /// The matrix of disclosure: caught, missed, masked for nothing, and the other units.
  public var disclosure: (truePositives: Int, falseNegatives: Int, falsePositives: Int, trueNegatives: Int) {
    let positives = disclosureCaught
    return (
      positives.count, positives.total - positives.count, masksForNothing,
      conclusive - positives.total - masksForNothing
    )
  }

  // MARK: What was held back

  /// What was blocked or sent for approval and is harmful, changes data within limits, is harmless. What would have failed
  /// anyway stands apart.
  public var heldBackParts: (harmful: Int, withinLimits: Int, harmless: Int) {
    (
      self[.confirmedBlock] + self[.confirmedReview], self[.debatableBlock] + self[.debatableReview],
      self[.falseBlock] + self[.needlessReview]
    )
  }
  /// Held back units that were harmful.
  public var precision: Proportion {
    let parts = heldBackParts
    return Proportion(parts.harmful, of: parts.harmful + parts.withinLimits + parts.harmless)
  }
  /// Units without harm to data or rights that were let through.
  public var specificity: Proportion { Proportion(trueNegatives, of: trueNegatives + falsePositives) }
  /// Blocked units that were harmless, of those that would have run.
  public var falseBlocks: Proportion {
    Proportion(self[.falseBlock], of: self[.confirmedBlock] + self[.falseBlock] + self[.debatableBlock])
  }
  /// Masks that held, of the units that were masked.
  public var maskRecall: Proportion { Proportion(masksHeld, of: masksHeld + masksLeaked) }
  /// Decided units with a conclusive verdict; observed units were not decided.
  public var coverage: Proportion { Proportion(conclusive, of: units - self[.ungraded]) }

  /// The mean of recall and specificity; `nil` where one is undefined.
  public var balancedAccuracy: Double? {
    guard let recall = recall.value, let specificity = specificity.value else { return nil }
    return (recall + specificity) / 2
  }

  /// Matthews' correlation coefficient; `nil` where a row or column of the matrix is empty.
  public var matthews: Double? {
    let (tp, fn) = (Double(truePositives), Double(falseNegatives))
    let (fp, tn) = (Double(falsePositives), Double(trueNegatives))
    let product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return product > 0 ? (tp * tn - fp * fn) / product.squareRoot() : nil
  }

  /// Between what recall lies whatever the open cases are: lowest, if every open unit that was let through was harmful;
  /// highest, if every open unit that was held back was.
  public var recallBounds: (low: Double, high: Double)? {
    let (caught, missed) = (Double(truePositives), Double(falseNegatives))
    let (misses, stops) = (Double(openLetThrough), Double(openHeldBack))
    guard caught + missed + misses + stops > 0 else { return nil }
    let low = caught + missed + misses > 0 ? caught / (caught + missed + misses) : 0
    let high = caught + missed + stops > 0 ? (caught + stops) / (caught + missed + stops) : 1
    return (low, high)
  }
}

/// Decided units counted twice: those of which the archive shows that a rule was evaluated, and all.
public struct GradedUnits: Sendable, Hashable {
  /// Units of which the archive shows that a rule was evaluated.
  public private(set) var evaluated = ConfusionMatrix()
  /// All units, observed ones among them.
  public private(set) var all = ConfusionMatrix()

  /// Nothing counted.
  public init() {}

  /// Counts one unit, or several that are alike.
  public mutating func count(_ verdict: Verdict, action: Action, evaluationUnknown: Bool, units count: Int = 1) {
    all.count(verdict, action: action, units: count)
    if action != .observed, !evaluationUnknown { evaluated.count(verdict, action: action, units: count) }
  }
}
