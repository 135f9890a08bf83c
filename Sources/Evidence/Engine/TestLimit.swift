import AuditTrail

/// A number that a test judges by, such as hours within which access must be disabled. A catalog states it for a control
/// (`limits`), the configuration may set another, and what holds is printed. A lower number is stricter, but for floors.
public struct TestLimit: Sendable, Hashable {
  /// Its stable name, in snake_case, its unit last.
  public let name: String
  /// What holds where neither a catalog nor the configuration says.
  public let standard: Int64
  /// What it limits, after the number: “hours until access is disabled”.
  public let meaning: String
  /// Whether it is the least that must be, so that a higher number is stricter.
  let isFloor: Bool

  init(_ name: String, _ standard: Int64, _ meaning: String, isFloor: Bool = false) {
    (self.name, self.standard, self.meaning, self.isFloor) = (name, standard, meaning, isFloor)
  }

  /// The strictest of several numbers; `nil` of none.
  func strictest(_ values: [Int64]) -> Int64? { isFloor ? values.max() : values.min() }

  /// The number and what it limits.
  public func words(_ value: Int64) -> String { "\(grouped(value)) \(meaning)" }

  /// Every limit of every test, by name. A lower number is stricter.
  public static var all: [TestLimit] { evidenceTests.flatMap { $0.limits }.sorted { $0.name < $1.name } }
}

extension TestResult {
  /// The limits that it was judged by, in words and by name.
  public var limitWords: [String] {
    TestLimit.all.compactMap { limit in limits[limit.name].map(limit.words) }
  }
}

extension EvidencePlan {
  /// The limits that hold for a test by itself: the configuration's, else the strictest of the reported controls', else the
  /// standard.
  func limits(of test: any EvidenceTest.Type) -> [String: Int64] {
    let mapped = frameworks.flatMap(\.controls).filter(\.inScope).flatMap(\.mappings)
      .filter { $0.test == test.description.id }
    return Dictionary(
      uniqueKeysWithValues: test.limits.map { limit in
        (
          limit.name,
          limits[limit.name] ?? limit.strictest(mapped.compactMap { $0.limits[limit.name] }) ?? limit.standard
        )
      })
  }

  /// The limits that hold for a test where it supports a control: what the configuration says holds for all controls.
  func limits(of test: any EvidenceTest.Type, for mapping: ControlMapping) -> [String: Int64] {
    Dictionary(
      uniqueKeysWithValues: test.limits.map { limit in
        (limit.name, limits[limit.name] ?? mapping.limits[limit.name] ?? limit.standard)
      })
  }
}

/// What tests come to by the limits of the controls that they support.
struct LimitedJudgements {
  private struct Key: Hashable {
    let test: TestID
    let limits: [String: Int64]
  }

  private struct Judgement {
    let conclusion: Conclusion
    /// The exceptions, by the keys of their items without the limit that some name.
    let exceptions: Set<String>

    init(_ result: TestResult) {
      conclusion = result.conclusion
      exceptions = Set(result.exceptions.map { LimitedJudgements.key($0) })
    }
  }

  private var known: [Key: Judgement] = [:]

  /// Judges each test again by every set of limits that a reported control has and that is not the test's own.
  init(
    _ results: [TestResult], _ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures
  ) throws(AssayError) {
    for result in results { known[Key(test: result.id, limits: result.limits)] = Judgement(result) }
    let mappings = context.plan.frameworks.flatMap(\.controls).filter(\.inScope).flatMap(\.mappings)
    for test in evidenceTests where !test.limits.isEmpty {
      for mapping in mappings where mapping.test == test.description.id {
        let key = Key(test: mapping.test, limits: context.plan.limits(of: test, for: mapping))
        guard known[key] == nil else { continue }
        var own = context
        own.limits = key.limits
        known[key] = Judgement(try test.judge(facts, own, shared))
      }
    }
  }

  /// What the test comes to for the control; `nil` where it was not judged.
  func conclusion(_ mapping: ControlMapping, _ plan: EvidencePlan) -> Conclusion? {
    judgement(mapping, plan)?.conclusion
  }

  /// The limits that the test is judged by for the control, in words: the control's own, and those by which the test is not
  /// judged by itself.
  func limits(_ mapping: ControlMapping, _ plan: EvidencePlan) -> [String] {
    guard let test = evidenceTests.first(where: { $0.description.id == mapping.test }) else { return [] }
    let (here, alone) = (plan.limits(of: test, for: mapping), plan.limits(of: test))
    return test.limits.sorted { $0.name < $1.name }.compactMap { limit in
      guard let number = here[limit.name], mapping.limits[limit.name] != nil || number != alone[limit.name] else {
        return nil
      }
      return limit.words(number)
    }
  }

  /// Whether the exception is one by the limits of the control that the test supports.
  func holds(_ exception: ExceptionNoted, for mapping: ControlMapping, _ plan: EvidencePlan) -> Bool {
    judgement(mapping, plan)?.exceptions.contains(Self.key(exception)) ?? true
  }

  private static func key(_ exception: ExceptionNoted) -> String {
    exception.item.key.replacing(#/ within [0-9]+/#, with: " within")
  }

  private func judgement(_ mapping: ControlMapping, _ plan: EvidencePlan) -> Judgement? {
    guard let test = evidenceTests.first(where: { $0.description.id == mapping.test }) else { return nil }
    return known[Key(test: mapping.test, limits: plan.limits(of: test, for: mapping))]
      ?? known[Key(test: mapping.test, limits: plan.limits(of: test))]
  }
}
