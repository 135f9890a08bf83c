import AuditTrail
import Digests
import JSONReader
import Ledger
import Policies

/// What every test works with besides the ledger.
struct TestContext {
  let plan: EvidencePlan
  /// The archives with records in the period, as sources of populations.
  let sources: [SourceReference]
  /// Every archive that was read, as a source.
  let allSources: [SourceReference]
  /// The results of the other tests, for a test that judges them.
  var results: [TestResult] = []
  /// Whether T-02 and the sources' own counts show that nothing is missing: only then may an empty population pass.
  var isComplete = false

  /// The limits to judge by, where they are not the test's own.
  var limits: [String: Int64] = [:]

  /// The policies as they were loaded; `nil` where facts are judged, which hold what they decided.
  var policies: PolicySet?

  /// What the seals of the archives do not show; `nil` where there is nothing of the kind.
  var seals: String?

  var period: Period { plan.period }

  /// The parameters that most queries have.
  var bounds: [Cell] { [.time(period.start), .time(period.end)] }

  init(plan: EvidencePlan, inputs: [ArchiveInput]) {
    self.plan = plan
    sources = inputs.filter { input in
      guard let first = input.first, let last = input.last else { return true }
      return first < plan.period.end && last >= plan.period.start
    }.map(\.reference)
    allSources = inputs.map(\.reference)
  }

  /// How to perform a test again, as a shell runs it. It makes a package of its own and leaves the one that is read alone.
  func recipe(_ test: TestID) -> [String] {
    // A period that no option can name is the configuration's.
    let period = Period(plan.period.label) == plan.period ? " --period \(plan.period.label)" : ""
    let frameworks = plan.frameworks.map { " --framework \($0.id)" }.joined()
    return [
      "# In the folder that holds assay.yaml, once for all tests; everything is written into the new folder reperformed/.",
      "test -d reperformed || assay run --config assay.yaml\(period)\(frameworks) --ledger reperformed/ledger.db --output reperformed --quiet",
      "# The same line must be in this package's SHA256SUMS:",
      "grep -h ' populations/\(test.rawValue).csv$' reperformed/*/SHA256SUMS",
      "# All files at once, each difference by name: assay verify --reperform PACKAGE --config assay.yaml",
    ]
  }

  /// Names of connections in scope that the condition holds for, as a JSON array for a query.
  func connectionNames(_ condition: (ScopedConnection) -> Bool) -> String {
    jsonList(plan.connections.filter(condition).map(\.name).sorted())
  }
}

extension ArchiveInput {
  fileprivate var reference: SourceReference { SourceReference(path: path, kind: format, sha256: sha256) }
}

/// A list of texts as a JSON array.
func jsonList(_ values: [String]) -> String {
  var json = JSONWriter()
  json.strings(values)
  return json.text
}

/// The texts of a JSON array; what is not text counts as an empty one.
func listedTexts(_ json: String) -> [String] {
  var parser = JSONParser()
  guard let root = try? parser.parse(json) else { return [] }
  return parser.elements(of: root).map { parser.string($0) ?? "" }
}

/// What a test is, in words.
struct TestDescription {
  let id: TestID
  let title: String
  let objective: String
  let procedure: String
  var limitations: [String] = []
}

/// What became of one item.
public enum ItemOutcome: String, Sendable, Hashable {
  case passed
  case failed = "exception"
  case inconclusive = "undecided"
}

/// Items counted, over all and by day.
struct Tally {
  private let firstDay: Int
  private(set) var days: [DailyPoint]
  private(set) var tested: Int64 = 0
  private(set) var passed: Int64 = 0
  private(set) var failed: Int64 = 0
  private(set) var inconclusive: Int64 = 0
  /// What became of each item, in the population's order.
  private(set) var outcomes: [ItemOutcome] = []

  init(_ period: Period) {
    firstDay = period.days.lowerBound
    days = period.days.map { DailyPoint(day: CivilDate(daysSinceEpoch: $0)) }
  }

  /// Counts an item on its day. An item without a time, or from outside the period, counts on the nearest day: the last
  /// without a time.
  mutating func add(_ outcome: ItemOutcome, at time: Timestamp?, count: Int64 = 1) {
    tested += count
    if count == 1 { outcomes.append(outcome) }
    switch outcome {
    case .passed: passed += count
    case .failed: failed += count
    case .inconclusive: inconclusive += count
    }
    guard !days.isEmpty else { return }
    let index = min(max((time?.day ?? Int.max) - (time == nil ? 0 : firstDay), 0), days.count - 1)
    days[index].tested += count
    switch outcome {
    case .passed: days[index].passed += count
    case .failed: days[index].failed += count
    case .inconclusive: days[index].inconclusive += count
    }
  }
}

extension TestDescription {
  /// The result of a test whose items were all looked at.
  func result(
    _ context: TestContext, population: Population, tally: Tally, exceptions: ExceptionList, noun: String,
    operating: Conclusion? = nil, design: Conclusion? = nil, metrics: [Metric] = [], tables: [AttributeTable] = [],
    limitations: [String] = [], remedy: String? = nil
  ) -> TestResult {
    let noted = exceptions.noted(context.plan.sideFiles)
    let status =
      operating ?? conclude(tally, exceptions: noted, population: population.count, noun: noun, context)
    var result = TestResult(
      id: id, title: title, objective: objective, procedure: procedure,
      design: design ?? Conclusion(.notRun, "This test does not assess the design of the control."),
      operating: status, population: population, tested: tally.tested, passed: tally.passed, failed: tally.failed,
      inconclusive: tally.inconclusive, exceptions: noted, metrics: metrics, tables: tables, daily: tally.days,
      limitations: self.limitations + limitations + (id == .t01 ? [] : [context.seals].compactMap(\.self)),
      recipe: context.recipe(id),
      remedy: status.status == .inconclusive ? remedy ?? Self.remedy(of: population) : nil)
    if tally.outcomes.count == population.rows.count { result.outcomes = tally.outcomes }
    return result
  }

  private static func remedy(of population: Population) -> String {
    population.count == 0
      ? "Show that nothing is missing: heartbeats or the sources' own counts (source_counts.csv) for every hour."
      : "Supply records that hold what the items lack; the limitations name it."
  }
}

/// The conclusion that follows from the counts alone: exceptions first, then what could not be decided.
func conclude(
  _ tally: Tally, exceptions: [ExceptionNoted], population: Int64, noun: String, _ context: TestContext
) -> Conclusion {
  let isAllAccepted = exceptions.allSatisfy { $0.status == .accepted }
  if tally.failed > 0 || !exceptions.isEmpty, !isAllAccepted {
    let open = exceptions.count { $0.status == .open }
    return Conclusion(
      .fail,
      "Exceptions noted in the automated test: \(grouped(tally.failed)) of \(grouped(tally.tested)) \(noun) (\(counted(open, "open exception")))."
    )
  }
  guard population > 0 else {
    return context.isComplete
      ? Conclusion(
        .pass, "No exceptions noted; vacuous: 0 \(noun) in the period, and its records are shown to be complete.")
      : Conclusion(
        .inconclusive, "Unable to test: 0 \(noun) in the period, and it is not shown that none are missing.")
  }
  if tally.inconclusive > 0 {
    return Conclusion(
      .inconclusive,
      "Unable to test \(grouped(tally.inconclusive)) of \(grouped(tally.tested)) \(noun); no open exceptions noted in the other "
        + "\(grouped(tally.tested - tally.inconclusive)).")
  }
  if !exceptions.isEmpty {
    return Conclusion(
      .passWithAccepted,
      "No unaccepted exceptions noted in the automated test of \(grouped(tally.tested)) of \(grouped(population)) \(noun); "
        + "\(counted(exceptions.count, "exception")) accepted.")
  }
  return Conclusion(
    .pass, "No exceptions noted in the automated test of \(grouped(tally.tested)) of \(grouped(population)) \(noun).")
}
