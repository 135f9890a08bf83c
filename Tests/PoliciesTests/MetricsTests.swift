import AuditTrail
import Policies
import SeededRandom
import Testing

struct MetricsTests {
  /// A verdict with the harm that it tells of.
  private func graded(
    _ name: VerdictName, _ action: Action, unit: String? = nil, fate: Fate? = nil
  ) -> CountedVerdict {
    var verdict = Verdict(name)
    switch name {
    case .falseAllow: (verdict.kind, verdict.fate) = (.destroys, fate ?? .letThrough)
    case .confirmedBlock: (verdict.kind, verdict.fate) = (.destroys, fate ?? .blocked)
    case .confirmedReview: (verdict.kind, verdict.fate) = (.destroys, fate ?? .held)
    case .maskLeak: (verdict.kind, verdict.fate, verdict.wouldDisclose) = (.discloses, fate ?? .letThrough, true)
    case .confirmedMask: (verdict.kind, verdict.fate, verdict.wouldDisclose) = (.discloses, .masked, true)
    default: break
    }
    return CountedVerdict(session: "s", unit: unit, action: action, verdict: verdict)
  }

  @Test func `a unit counts once`() {
    let matrix = ConfusionMatrix([
      graded(.confirmedBlock, .block, unit: "u1"), graded(.confirmedBlock, .block, unit: "u1"),
      graded(.confirmedBlock, .block, unit: "u2"), graded(.confirmedAllow, .allow), graded(.confirmedAllow, .allow),
    ])
    #expect(matrix.units == 4)
    #expect(matrix.truePositives == 2)
    #expect(matrix.trueNegatives == 2)
  }

  @Test func `each verdict falls into its place`() {
    let matrix = ConfusionMatrix([
      graded(.confirmedBlock, .block), graded(.confirmedReview, .review),
      graded(.confirmedReview, .review, fate: .approved), graded(.confirmedReview, .review, fate: .unapproved),
      graded(.falseAllow, .allow), graded(.confirmedAllow, .allow), graded(.falseBlock, .block),
      graded(.needlessReview, .review), graded(.debatableBlock, .block), graded(.debatableReview, .review),
      graded(.mootBlock, .block), graded(.confirmedMask, .mask), graded(.maskLeak, .mask), graded(.maskLeak, .allow),
      graded(.diverged, .allow), graded(.inconclusive, .allow), graded(.inconclusive, .block),
      graded(.ungraded, .observed),
    ])
    #expect(matrix.recall == Proportion(3, of: 5))
    #expect(matrix.prevented == Proportion(2, of: 5))
    #expect(matrix.disclosureCaught == Proportion(1, of: 3))
    #expect(matrix.disclosurePrevented == Proportion(1, of: 3))
    #expect(matrix.conclusive == 14)
    #expect(matrix.falsePositives == 5)
    #expect(matrix.trueNegatives == 4)
    #expect(matrix.beside == 4)
    #expect(matrix.heldBackParts == (4, 2, 2))
    #expect(matrix.precision == Proportion(4, of: 8))
    #expect(matrix.falseBlocks == Proportion(1, of: 3))
    #expect(matrix.specificity == Proportion(4, of: 9))
    #expect(matrix.maskRecall == Proportion(1, of: 2))
    #expect(matrix.coverage == Proportion(14, of: 17))
    #expect(matrix.recallBounds?.low == 3.0 / 7)
    #expect(matrix.recallBounds?.high == 4.0 / 6)
  }

  @Test func `the Wilson interval is Wilson's`() throws {
    // The interval of 17 of 20 at 95 %, computed by the closed formula with z = 1.959964.
    let interval = try #require(Proportion(17, of: 20).interval)
    #expect(abs(interval.low - 0.6396) < 0.0001)
    #expect(abs(interval.high - 0.9476) < 0.0001)
    #expect(Proportion(0, of: 10).interval?.low == 0)
    #expect(Proportion(10, of: 10).interval?.high == 1)
    #expect(Proportion(0, of: 0).interval == nil)
    #expect(Proportion(0, of: 0).value == nil)
  }

  @Test func `a perfect policy scores one, an inverted one minus one`() {
    let perfect = ConfusionMatrix([graded(.confirmedBlock, .block), graded(.confirmedAllow, .allow)])
    let inverted = ConfusionMatrix([graded(.falseAllow, .allow), graded(.falseBlock, .block)])
    #expect(perfect.matthews == 1)
    #expect(inverted.matthews == -1)
    #expect(ConfusionMatrix().matthews == nil)
    #expect(ConfusionMatrix().recallBounds == nil)
  }

  @Test func `the counts add up, and recall lies within its bounds and interval`() {
    var random = SplitMix64(seed: 2)
    for _ in 0..<500 {
      let statements = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        graded(
          VerdictName.allCases.randomElement(using: &random) ?? .ungraded,
          Action.allCases.filter { $0 != .observed }.randomElement(using: &random) ?? .allow,
          unit: Bool.random(using: &random) ? "u\(Int.random(in: 0..<5, using: &random))" : nil)
      }
      let matrix = ConfusionMatrix(statements)
      #expect(VerdictName.allCases.reduce(0) { $0 + matrix[$1] } == matrix.units)
      #expect(
        matrix.truePositives + matrix.falseNegatives + matrix.falsePositives + matrix.trueNegatives + matrix.beside
          == matrix.units)
      let disclosure = matrix.disclosure
      #expect(
        disclosure.truePositives + disclosure.falseNegatives + disclosure.falsePositives + disclosure.trueNegatives
          == matrix.conclusive)
      #expect(matrix.openLetThrough + matrix.openHeldBack == matrix[.inconclusive] + matrix[.diverged])
      if let value = matrix.recall.value {
        #expect(matrix.recallBounds.map { $0.low <= value && value <= $0.high } == true)
        #expect(matrix.recall.interval.map { $0.low <= value && value <= $0.high } == true)
      }
      // The order of units does not matter.
      var shuffled = statements.filter { $0.unit == nil }
      let ordered = ConfusionMatrix(shuffled)
      shuffled.shuffle(using: &random)
      #expect(ConfusionMatrix(shuffled) == ordered)
    }
  }
}
