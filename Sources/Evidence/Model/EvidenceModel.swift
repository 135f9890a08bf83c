public import AuditTrail

/// Everything a report says, as values: renderers format it and compute nothing.
public struct EvidenceModel: Sendable, Hashable {
  /// What all of it follows from.
  public var facts: EvidenceFacts
  /// The organisation.
  public var organization: String
  /// Its system.
  public var system: String
  /// The period, half-open, in UTC.
  public var period: Period
  /// The version of the program that computed it.
  public var toolVersion: String
  /// What was read.
  public var inputs: [ArchiveInput]
  /// The SHA-256, in hex, over the sorted lines `<sha256 of an input>\n`: one value that names the whole input.
  public var inputsSHA256: String
  /// The side files that were read.
  public var sideFiles: [SourceReference]
  /// Every file besides archives that the report follows from, the side files among them.
  public var files: [SourceReference] = []
  /// The choices that can make the report say less.
  public var choices: [ReportChoice] = []
  /// What the archives' seals do not show, in a sentence; `nil` where there is nothing of the kind.
  public var seals: String?
  /// Connections, in scope and seen, by name.
  public var connections: [ConnectionSeen]
  /// The shadows that statements were replayed on.
  public var shadows: [ShadowUsed]
  /// What counts as harm.
  public var thresholds: Thresholds?
  /// The policies in force over the period, in order of time.
  public var policies: [PolicyInForce]
  /// Whether the extraction is complete.
  public var completeness: Conclusion
  /// Whether the archives are as they were written.
  public var integrity: Conclusion
  /// The tests, in order.
  public var tests: [TestResult]
  /// The frameworks reported, in the order they were asked for.
  public var frameworks: [FrameworkResult]
  /// Every test's exceptions, gravest first.
  public var exceptions: [ExceptionNoted]
  /// Hours by source, and their gaps.
  public var coverage: Coverage
  /// The control totals, in order.
  public var tieOuts: [TieOut]
  /// Decisions by ISO week, weeks without decisions among them.
  public var decisionsByWeek: [WeeklyDecisions]
  /// What replay made of the decisions.
  public var grading: Grading
  /// `approved_harm`, `accumulated_harm`, ….
  public var findings: [FindingNoted]
  /// What every figure in the report is subject to, one sentence each.
  public var limitations: [String]
  /// Responses in the side file whose exception is not in this report.
  public var orphanedResponses: [ManagementResponse]

  /// The gravest open exception of each of the five gravest events.
  public var gravest: [ExceptionNoted] {
    var events: Set<String> = []
    return Array(exceptions.filter { $0.status == .open && events.insert($0.event).inserted }.prefix(5))
  }

  /// `25 exceptions noted about 17 events`.
  public var exceptionSentence: String {
    "\(counted(exceptions.count, "exception")) noted about \(counted(Set(exceptions.map(\.event)).count, "event"))"
  }

  /// How many tests have the status.
  public func count(_ status: TestStatus) -> Int { tests.filter { $0.status == status }.count }

  /// The result of a test.
  public subscript(test: TestID) -> TestResult? { tests.first { $0.id == test } }

  /// A model.
  public init(
    facts: EvidenceFacts, organization: String, system: String, period: Period, toolVersion: String,
    inputs: [ArchiveInput],
    inputsSHA256: String, sideFiles: [SourceReference], connections: [ConnectionSeen], shadows: [ShadowUsed],
    thresholds: Thresholds?, policies: [PolicyInForce], completeness: Conclusion, integrity: Conclusion,
    tests: [TestResult], frameworks: [FrameworkResult], exceptions: [ExceptionNoted], coverage: Coverage,
    tieOuts: [TieOut], decisionsByWeek: [WeeklyDecisions], grading: Grading, findings: [FindingNoted],
    limitations: [String], orphanedResponses: [ManagementResponse]
  ) {
    self.facts = facts
    self.organization = organization
    self.system = system
    self.period = period
    self.toolVersion = toolVersion
    self.inputs = inputs
    self.inputsSHA256 = inputsSHA256
    self.sideFiles = sideFiles
    self.connections = connections
    self.shadows = shadows
    self.thresholds = thresholds
    self.policies = policies
    self.completeness = completeness
    self.integrity = integrity
    self.tests = tests
    self.frameworks = frameworks
    self.exceptions = exceptions
    self.coverage = coverage
    self.tieOuts = tieOuts
    self.decisionsByWeek = decisionsByWeek
    self.grading = grading
    self.findings = findings
    self.limitations = limitations
    self.orphanedResponses = orphanedResponses
  }
}

/// An archive that was read.
public struct ArchiveInput: Sendable, Hashable, Codable {
  /// The path as the user gave it.
  public let path: String
  /// The format's name.
  public let format: String
  /// The SHA-256 of the file as stored, in hex.
  public let sha256: String
  /// Its size as stored, in bytes.
  public let bytes: Int64
  /// Lines, or elements of arrays; `entries = accepted + rejected + blank`.
  public let entries: Int64
  /// Entries that gave records.
  public let accepted: Int64
  /// Entries that could not be read.
  public let rejected: Int64
  /// Blank entries.
  public let blank: Int64
  /// Records that another archive held already.
  public let duplicates: Int64
  /// The proxy's product name and, when recorded, its instance (`hoop gw-1`).
  public let source: String
  /// Whether its seal holds.
  public let seal: SealState
  /// Whether the seal is signed, and by which key.
  public let signatureKey: String?
  /// Flags such as `chain_gap`, sorted.
  public let flags: [String]
  /// Sentences on what the export lacks.
  public let notes: [String]
  /// The least record time.
  public let first: Timestamp?
  /// The greatest record time.
  public let last: Timestamp?

  /// An archive.
  public init(
    path: String, format: String, sha256: String, bytes: Int64, entries: Int64, accepted: Int64, rejected: Int64,
    blank: Int64, duplicates: Int64, source: String, seal: SealState, signatureKey: String?, flags: [String],
    notes: [String], first: Timestamp?, last: Timestamp?
  ) {
    self.path = path
    self.format = format
    self.sha256 = sha256
    self.bytes = bytes
    self.entries = entries
    self.accepted = accepted
    self.rejected = rejected
    self.blank = blank
    self.duplicates = duplicates
    self.source = source
    self.seal = seal
    self.signatureKey = signatureKey
    self.flags = flags
    self.notes = notes
    self.first = first
    self.last = last
  }
}

/// A connection that is in scope or was seen.
public struct ConnectionSeen: Sendable, Hashable {
  /// Its name.
  public let name: String
  /// Its environment, when recorded or configured.
  public let environment: String?
  /// Whether the configuration's scope names it.
  public let inScope: Bool
  /// Whether the configuration says that its use needs approval.
  public let approvalRequired: Bool
  /// Sessions in the period.
  public let sessions: Int64
  /// Statements in the period.
  public let statements: Int64

  /// A connection.
  public init(
    name: String, environment: String?, inScope: Bool, approvalRequired: Bool, sessions: Int64, statements: Int64
  ) {
    self.name = name
    self.environment = environment
    self.inScope = inScope
    self.approvalRequired = approvalRequired
    self.sessions = sessions
    self.statements = statements
  }
}

/// A shadow that statements were replayed on.
public struct ShadowUsed: Sendable, Hashable, Codable {
  /// The connection it stands for.
  public let connection: String
  /// `sqlite` or `postgresql`.
  public let engine: String
  /// Where it came from, such as `sqlite:shadow/clinic.sql`.
  public let source: String
  /// The SHA-256 of the image every clone was made from, in hex; of a running server's database, that of its schema and row
  /// counts.
  public let imageSHA256: String
  /// The SHA-256 of the marker of a running server's database, in hex.
  public let markerSHA256: String?
  /// `session` or `history`.
  public let mode: String
  /// What its rows are.
  public let basis: Basis
  /// The moment it is a copy of.
  public let asOf: Timestamp?
  /// Statements measured on it.
  public let measured: Int64
  /// Of the statements with a recorded count that can be compared, those whose count the shadow reproduced;
  /// denominator 0 where fidelity cannot be measured.
  public let fidelity: Share

  /// A shadow.
  public init(
    connection: String, engine: String, source: String, imageSHA256: String, mode: String, basis: Basis,
    asOf: Timestamp?, measured: Int64, fidelity: Share, markerSHA256: String? = nil
  ) {
    self.connection = connection
    self.engine = engine
    self.source = source
    self.imageSHA256 = imageSHA256
    self.markerSHA256 = markerSHA256
    self.mode = mode
    self.basis = basis
    self.asOf = asOf
    self.measured = measured
    self.fidelity = fidelity
  }
}

/// What counts as harm, and who said so.
public struct Thresholds: Sendable, Hashable, Codable {
  /// The policy that states them, with its version; “Assay's own defaults” where none does.
  public let source: String
  /// One sentence each, such as “destroys: 1,000 rows or more”.
  public let lines: [String]
  /// Who approved them; `nil` where that is not recorded.
  public let approvedBy: String?
  /// When.
  public let approvedAt: Timestamp?
  /// Policies with their versions whose files are not those that were approved.
  public var otherFiles: [String] = []

  private enum CodingKeys: String, CodingKey {
    case source, lines, approvedBy, approvedAt
  }

  /// Thresholds.
  public init(source: String, lines: [String], approvedBy: String?, approvedAt: Timestamp?) {
    self.source = source
    self.lines = lines
    self.approvedBy = approvedBy
    self.approvedAt = approvedAt
  }
}

/// A policy's version and the time in which it was in force.
public struct PolicyInForce: Sendable, Hashable, Codable {
  /// The policy.
  public let policy: String
  /// Its version.
  public let version: String?
  /// From when.
  public let from: Timestamp
  /// Until before; `nil` where it still is.
  public let until: Timestamp?
  /// Whether the archives show it (a recorded change, or decisions that name it) or the file only says so.
  public let basis: InForceBasis
  /// Who changed it, when recorded.
  public let actor: String?
  /// Who approved the change, when recorded.
  public let approvedBy: String?
  /// Statements in the period whose decision names this version.
  public let statements: Int64

  /// A policy in force.
  public init(
    policy: String, version: String?, from: Timestamp, until: Timestamp?, basis: InForceBasis, actor: String?,
    approvedBy: String?, statements: Int64
  ) {
    self.policy = policy
    self.version = version
    self.from = from
    self.until = until
    self.basis = basis
    self.actor = actor
    self.approvedBy = approvedBy
    self.statements = statements
  }
}

/// Where it is known from that a policy was in force.
public enum InForceBasis: String, Sendable, Hashable, CaseIterable, Codable {
  case evidenced, declared
}
