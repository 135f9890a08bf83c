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
  /// Whether the archive does not show that a rule was evaluated.
  public var evaluationUnknown: Bool

  /// A graded statement.
  public init(session: String, unit: String?, action: Action, verdict: Verdict, evaluationUnknown: Bool) {
    self.session = session
    self.unit = unit
    self.action = action
    self.verdict = verdict
    self.evaluationUnknown = evaluationUnknown
  }
}

/// Verdicts counted by units: the confusion matrix, the matrix of masks, and what stands beside them.
public struct ConfusionMatrix: Sendable, Hashable {
  /// Units by verdict; adds up to ``units``.
  public private(set) var verdicts: [VerdictName: Int] = [:]
  /// `false_allow` where the archive does not show that a rule was evaluated; a part of `verdicts`.
  public private(set) var falseAllowUnknown = 0
  /// Inconclusive and diverged units that were let through: harm may be among them.
  public private(set) var openLetThrough = 0
  /// Inconclusive and diverged units that were held back.
  public private(set) var openHeldBack = 0
  /// All units.
  public private(set) var units = 0

  /// Nothing counted.
  public init() {}

  /// Counts each unit once, by its first statement.
  public init(_ statements: some Sequence<CountedVerdict>) {
    var seen: Set<UnitName> = []
    for statement in statements {
      if let unit = statement.unit {
        guard seen.insert(UnitName(session: statement.session, unit: unit)).inserted else { continue }
      }
      count(statement.verdict, action: statement.action, evaluationUnknown: statement.evaluationUnknown)
    }
  }

  /// Counts one unit, or several that are alike.
  public mutating func count(_ verdict: Verdict, action: Action, evaluationUnknown: Bool, units count: Int = 1) {
    units += count
    verdicts[verdict.name, default: 0] += count
    switch verdict.name {
    case .falseAllow where evaluationUnknown: falseAllowUnknown += count
    case .inconclusive, .diverged:
      if action.letsThrough { openLetThrough += count } else { openHeldBack += count }
    default: break
    }
  }

  /// How many units have the verdict.
  public subscript(_ name: VerdictName) -> Int { verdicts[name] ?? 0 }

  private struct UnitName: Hashable {
    let session: String
    let unit: String
  }

  // MARK: The matrix

  /// Harmful and held back.
  public var truePositives: Int { self[.confirmedBlock] + self[.confirmedReview] }
  /// Harmful and let through, where a rule was evaluated.
  public var falseNegatives: Int { self[.falseAllow] - falseAllowUnknown }
  /// Harmless and held back.
  public var falsePositives: Int { self[.falseBlock] + self[.needlessReview] }
  /// Harmless and let through.
  public var trueNegatives: Int { self[.confirmedAllow] }
  /// Units in none of the four: masks, moot and debatable blocks, what is open, observed or of unknown evaluation.
  public var beside: Int { units - truePositives - falseNegatives - falsePositives - trueNegatives }

  // MARK: Metrics

  /// Harmful statements stopped: of those that were evaluated.
  public var recall: Proportion { Proportion(truePositives, of: truePositives + falseNegatives) }
  /// Stops that were right.
  public var precision: Proportion { Proportion(truePositives, of: truePositives + falsePositives) }
  /// Harmless statements let through.
  public var specificity: Proportion { Proportion(trueNegatives, of: trueNegatives + falsePositives) }
  /// Masks that held.
  public var maskRecall: Proportion {
    Proportion(self[.confirmedMask], of: self[.confirmedMask] + self[.maskLeak])
  }
  /// Decided units with a conclusive verdict; observed units were not decided.
  public var coverage: Proportion {
    let decided = units - self[.ungraded]
    return Proportion(decided - self[.inconclusive] - self[.diverged], of: decided)
  }

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

  /// Between what recall lies whatever the open cases are: lowest, if every open unit that was let through was harmful,
  /// and so were the misses of unknown evaluation; highest, if every open unit that was held back was.
  public var recallBounds: (low: Double, high: Double)? {
    let (stopped, missed) = (Double(truePositives), Double(falseNegatives))
    let unknownMisses = Double(falseAllowUnknown + openLetThrough)
    let unknownStops = Double(openHeldBack)
    guard stopped + missed + unknownMisses + unknownStops > 0 else { return nil }
    let low = stopped + missed + unknownMisses > 0 ? stopped / (stopped + missed + unknownMisses) : 0
    let high = stopped + missed + unknownStops > 0 ? (stopped + unknownStops) / (stopped + missed + unknownStops) : 1
    return (low, high)
  }
}
