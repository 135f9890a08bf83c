public import AuditTrail

/// What a report is made for: the configuration, the side files and what the caller found out, as values.
public struct EvidencePlan: Sendable, Hashable, Codable {
  /// The organisation.
  public var organization: String
  /// Its system.
  public var system: String
  /// The period.
  public var period: Period
  /// The version of the program.
  public var toolVersion: String
  /// The connections in scope; others that are seen are listed as out of scope.
  public var connections: [ScopedConnection] = []
  /// The sensitive columns, as `table.column`.
  public var sensitiveColumns: [String] = []
  /// The frameworks to report, in order.
  public var frameworks: [FrameworkCatalog] = []
  /// What counts as harm; `nil` where nothing was replayed.
  public var thresholds: Thresholds?
  /// Policies that files declare to be in force.
  public var declaredPolicies: [DeclaredPolicy] = []
  /// What the side files say.
  public var sideFiles = SideFiles()
  /// The archives that are encrypted by the inventory's word and were found; `nil` where there are none.
  public var stored: [StoredArchive]?
  /// What hashing the archives again came to, by the digest the ledger holds; archives left out were not hashed.
  public var custody: [String: CustodyCheck] = [:]
  /// Whether every row of the ledger was compared with the digest that was kept when it was written, and none differed.
  public var isLedgerChecked = false
  /// T-19 is inconclusive below that share of decided statements with a conclusive verdict, in percent.
  public var coverageFloor: Int64 = 95
  /// Limits that the configuration sets, by their names; others are the frameworks' or the tests' own.
  public var limits: [String: Int64] = [:]
  /// How many distinct persons must have approved.
  public var requiredApprovers = 1
  /// How exceptions are rated.
  public var ratings = ExceptionRatings.builtIn
  /// Whether the sensitive columns are those that detectors recognise.
  public var detectsSensitiveColumns = false
  /// From where proxies reach databases, and who may go past them; `nil` where nothing is said.
  public var databaseAccess: DatabaseAccess?
  /// Sources that are said to sign nothing.
  public var unsignedSources: [String] = []
  /// The files, besides archives and side files, that the report follows from.
  public var files: [SourceReference] = []
  /// What the package of the period before chose; `nil` where none was named.
  public var previous: PreviousChoices?
  /// What the ledger keeps of the program's own labelled cases; `nil` where nobody asked.
  public var validation: ToolValidation?

  /// A plan without scope.
  public init(organization: String, system: String, period: Period, toolVersion: String) {
    self.organization = organization
    self.system = system
    self.period = period
    self.toolVersion = toolVersion
  }
}

/// A connection of the configuration's scope.
public struct ScopedConnection: Sendable, Hashable, Codable {
  /// Its name.
  public var name: String
  /// `production`, `staging`, ….
  public var environment: String?
  /// Whether its use needs approval.
  public var approvalRequired: Bool

  /// A connection in scope.
  public init(name: String, environment: String?, approvalRequired: Bool) {
    self.name = name
    self.environment = environment
    self.approvalRequired = approvalRequired
  }
}

/// A policy's version as its file declares it.
public struct DeclaredPolicy: Sendable, Hashable, Codable {
  /// The policy.
  public var policy: String
  /// Its version.
  public var version: String?
  /// From when.
  public var effective: Timestamp
  /// The SHA-256 of its file, in hex; `nil` where it was not taken.
  public var sha256: String?
  /// Who approved it, by the file's own word.
  public var approvedBy: String?

  /// A declared version.
  public init(
    policy: String, version: String?, effective: Timestamp, sha256: String? = nil, approvedBy: String? = nil
  ) {
    self.policy = policy
    self.version = version
    self.effective = effective
    self.sha256 = sha256
    self.approvedBy = approvedBy
  }
}

/// What hashing an archive again came to.
public enum CustodyCheck: Sendable, Hashable, Codable {
  /// The file gives the digest that the ledger holds.
  case matches
  /// The file gives another digest (hex SHA-256).
  case differs(actual: String)
  /// The file is not there or cannot be read.
  case unreadable
}

/// Whether two users are one person: letters' case, how Unicode spells an accent, and what follows a `+` in an address are no
/// difference.
func isSamePerson(_ left: String, _ right: String) -> Bool { personKey(left) == personKey(right) }

/// The form of a user's name by which persons are told apart; ``PersonColumn`` says it to a query.
func personKey(_ user: String) -> String {
  let folded = user.lowercased()
  let bytes = folded.utf8
  guard let at = bytes.firstIndex(of: UInt8(ascii: "@")), let plus = bytes[..<at].firstIndex(of: UInt8(ascii: "+"))
  else { return folded }
  return String(decoding: Array(bytes[..<plus]) + Array(bytes[at...]), as: UTF8.self)
}
