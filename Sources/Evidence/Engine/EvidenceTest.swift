import AuditTrail
import Ledger

/// How evidence for a control is computed: a file under `Tests`, a line in ``evidenceTests``, its lines in the catalogs.
protocol EvidenceTest: SendableMetatype {
  /// What it is, in words.
  static var description: TestDescription { get }
  /// The columns of what it draws from the ledger; `nil` where it draws nothing.
  static var drawnColumns: [Column]? { get }

  /// The side files without which it cannot be decided, by their names.
  static var sideFiles: [String] { get }
  /// The numbers that it judges by.
  static var limits: [TestLimit] { get }

  /// Columns of its population that say what an exception is about and that outlast the period, besides the words of the
  /// exception's key: `user`, `connection`, a shape, a rule.
  static var lasting: [String] { get }

  /// Columns of its population whose values do not outlast the period, where the exception's key holds them.
  static var passing: [String] { get }

  /// Whether it judges the results of the other tests, and is judged after them.
  static var judgesResults: Bool { get }

  /// Draws its population from the ledger, with what is left out.
  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation
  /// Judges what was drawn. It sees the facts and nothing else, for a package is judged again from them.
  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
}

extension EvidenceTest {
  static var sideFiles: [String] { [] }
  static var limits: [TestLimit] { [] }
  static var lasting: [String] { [] }
  static var passing: [String] { [] }
  static var judgesResults: Bool { false }
}

/// Every test, in the order in which reports show them.
let evidenceTests: [any EvidenceTest.Type] = [
  ArchiveIntegrity.self,
  PeriodCoverage.self,
  RecordContent.self,
  DeclaredEvents.self,
  ClockQuality.self,
  Retention.self,
  IndividualAccountability.self,
  StrongAuthentication.self,
  AccessAuthorised.self,
  LeaverAccess.self,
  DormantAccounts.self,
  EntitlementReview.self,
  UnusedRights.self,
  ApprovalPrecedes.self,
  SegregationOfDuties.self,
  TemporaryAccessExpires.self,
  EmergencyAccess.self,
  GuardrailCoverage.self,
  GuardrailEffectiveness.self,
  KnownBadStopped.self,
  PrivilegedRecorded.self,
  PrivilegedStatements.self,
  ChangesAuthorised.self,
  TriedBefore.self,
  PolicyChangeControl.self,
  AuditAccess.self,
  RecordsReviewed.self,
  ApprovedHarmDisposed.self,
  Recurrence.self,
  SensitiveColumnsMasked.self,
  BulkReads.self,
  EnvironmentsApart.self,
  EncryptedSessions.self,
  EncryptedAtRest.self,
  SessionsEnd.self,
  FailedLogons.self,
  AtypicalUse.self,
  NoBypass.self,
  Deletions.self,
  DelegatedAuthority.self,
  ApprovalsWorthTheName.self,
  Movers.self,
  InputCustody.self,
  ControlTotals.self,
]

/// The side files that tests cannot do without, by name.
let neededSideFiles = Set(evidenceTests.flatMap { $0.sideFiles }).sorted()

/// A test whose population a query draws.
protocol DrawnTest: EvidenceTest {
  /// The population's query.
  static var query: PopulationQuery { get }
}

extension DrawnTest {
  static var drawnColumns: [Column]? { query.columns }

  /// Draws the items of the period.
  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    try query.draw(ledger, context.bounds)
  }
}

/// The columns of each population that is drawn from the ledger.
public func drawnColumns(_ test: TestID) -> [Column]? {
  evidenceTests.first { $0.description.id == test }?.drawnColumns
}

/// The columns of a test's population by which exceptions of two periods are the same kind of thing, besides the words of
/// their keys, and those whose values are left out of these words; none of a test that is not here.
public func kindColumns(_ test: String) -> (lasting: [String], passing: [String]) {
  let known = evidenceTests.first { $0.description.id.rawValue == test }
  return (known?.lasting ?? [], known?.passing ?? [])
}

/// A test, by the name that reports and catalogs use. Each is next to its test; the list is ``evidenceTests``.
public struct TestID: RawRepresentable, Sendable, Hashable, CaseIterable, Comparable, Codable, CodingKeyRepresentable {
  /// The name, such as `T-01`.
  public let rawValue: String

  /// Every test, in the order of reports.
  public static var allCases: [TestID] { evidenceTests.map { $0.description.id } }

  /// The name of a test; for the test's own file.
  init(_ name: String) { rawValue = name }

  /// The test of that name; `nil` where there is none.
  public init?(rawValue: String) {
    guard Self.allCases.contains(where: { $0.rawValue == rawValue }) else { return nil }
    self.rawValue = rawValue
  }

  /// Whether it judges the results of the others.
  var judgesResults: Bool { evidenceTests.contains { $0.description.id == self && $0.judgesResults } }

  /// By name.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
