public import AuditTrail

/// What a test or a control came to.
public enum TestStatus: String, Sendable, Hashable, CaseIterable {
  case fail
  case inconclusive
  case notRun = "not_run"
  case passWithAccepted = "pass_with_accepted"
  case pass
  case notApplicable = "not_applicable"

  /// The worst of several, in the order of the cases; `not_run` of none.
  public static func worst(_ statuses: some Sequence<TestStatus>) -> TestStatus {
    let found = Set(statuses)
    return allCases.first { found.contains($0) } ?? .notRun
  }
}

/// A status with the sentence that explains it.
public struct Conclusion: Sendable, Hashable {
  /// What it came to.
  public var status: TestStatus
  /// The sentence that a report prints; never “compliant”.
  public var sentence: String

  /// An assessment.
  public init(_ status: TestStatus, _ sentence: String) {
    self.status = status
    self.sentence = sentence
  }
}

/// A test's result.
public struct TestResult: Sendable, Hashable {
  /// Which test.
  public let id: TestID
  /// Its name.
  public let title: String
  /// What it gives evidence for, in one sentence.
  public let objective: String
  /// What is done to each item, in words.
  public let procedure: String
  /// Whether the control as configured would meet the objective; `not_run` where the test does not assess design.
  public var design: Conclusion
  /// Whether it worked over the period.
  public var operating: Conclusion
  /// What was tested.
  public var population: Population
  /// Items that were tested: the population less what could not be.
  public var tested: Int64
  /// Items without exception.
  public var passed: Int64
  /// Items with at least one exception, accepted ones among them.
  public var failed: Int64
  /// Items that the data cannot decide.
  public var inconclusive: Int64
  /// The exceptions, gravest first.
  public var exceptions: [ExceptionNoted]
  /// Rates and counts beside the result.
  public var metrics: [Metric]
  /// Tables such as the AU-3 attribute matrix.
  public var tables: [AttributeTable]
  /// One point a UTC day of the period, in order, days without items among them.
  public var daily: [DailyPoint]
  /// What the result does not show, one sentence each.
  public var limitations: [String]
  /// The command lines that re-perform the test, in order.
  public var recipe: [String]
  /// What would make it testable; `nil` for a test that could be decided.
  public var remedy: String?
  /// What became of each item, in the order of the population's rows; empty where its items are not rows.
  public var outcomes: [ItemOutcome] = []

  /// The limits that it was judged by, by their names.
  public var limits: [String: Int64] = [:]

  /// Whether it is a test of design, whose conclusion is the test's.
  public var isOfDesign = false

  /// What the test came to.
  public var conclusion: Conclusion { isOfDesign ? design : operating }
  /// The same in one word.
  public var status: TestStatus { conclusion.status }

  /// A result.
  public init(
    id: TestID, title: String, objective: String, procedure: String, design: Conclusion, operating: Conclusion,
    population: Population, tested: Int64, passed: Int64, failed: Int64, inconclusive: Int64,
    exceptions: [ExceptionNoted] = [], metrics: [Metric] = [], tables: [AttributeTable] = [],
    daily: [DailyPoint] = [], limitations: [String] = [], recipe: [String] = [], remedy: String? = nil
  ) {
    self.id = id
    self.title = title
    self.objective = objective
    self.procedure = procedure
    self.design = design
    self.operating = operating
    self.population = population
    self.tested = tested
    self.passed = passed
    self.failed = failed
    self.inconclusive = inconclusive
    self.exceptions = exceptions
    self.metrics = metrics
    self.tables = tables
    self.daily = daily
    self.limitations = limitations
    self.recipe = recipe
    self.remedy = remedy
  }
}

/// A test's counts on one UTC day; `tested = passed + failed + inconclusive`.
public struct DailyPoint: Sendable, Hashable {
  /// The day.
  public let day: CivilDate
  /// Items of that day.
  public var tested: Int64 = 0
  /// Those without exception.
  public var passed: Int64 = 0
  /// Those with an exception.
  public var failed: Int64 = 0
  /// Those that the data cannot decide.
  public var inconclusive: Int64 = 0

  /// A day without items.
  public init(day: CivilDate) { self.day = day }
}

/// A share of items, kept as both of its numbers.
public struct Share: Sendable, Hashable, Codable {
  /// How many.
  public var numerator: Int64
  /// Of how many; 0 gives no percentage.
  public var denominator: Int64

  /// A share.
  public init(_ numerator: Int64, of denominator: Int64) {
    self.numerator = numerator
    self.denominator = denominator
  }

  /// The percentage, cut to that many decimals; `nil` of nothing.
  public func percent(decimals: Int) -> String? { percentage(numerator, of: denominator, decimals: decimals) }
}

/// A rate or count beside a result.
public struct Metric: Sendable, Hashable {
  /// Its stable name, in snake_case.
  public let name: String
  /// What it says, as a label for people.
  public let label: String
  /// The numbers; a plain count has the denominator 0.
  public let share: Share
  /// The value of what is not a share of a count, such as a mean or a coefficient.
  public var value: Double?
  /// The bounds of a 95 % Wilson interval, 0 to 1; `nil` for plain counts and without items.
  public var interval: Interval?
  /// What to keep in mind with it.
  public var note: String?

  /// A metric.
  public init(
    name: String, label: String, share: Share, value: Double? = nil, interval: Interval? = nil, note: String? = nil
  ) {
    self.name = name
    self.label = label
    self.share = share
    self.value = value
    self.interval = interval
    self.note = note
  }
}

/// A closed interval of shares.
public struct Interval: Sendable, Hashable {
  /// The lower bound, 0 to 1.
  public let low: Double
  /// The upper bound, 0 to 1.
  public let high: Double

  /// From `low` to `high`.
  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}

/// A table beside a result.
public struct AttributeTable: Sendable, Hashable {
  /// Its stable name, in snake_case.
  public let name: String
  /// Its title.
  public let title: String
  /// Its columns.
  public let columns: [Column]
  /// Its rows.
  public let rows: [[Cell]]

  /// A table.
  public init(name: String, title: String, columns: [Column], rows: [[Cell]]) {
    self.name = name
    self.title = title
    self.columns = columns
    self.rows = rows
  }
}
