public import AuditTrail

/// An item that did not meet its test's criteria.
public struct ExceptionNoted: Sendable, Hashable {
  /// `EX-` and 16 hex digits of the SHA-256 of the test and the item's key: the same item has the same id in every run.
  public let id: String
  /// The test.
  public let test: TestID
  /// The controls that the test supports and by whose limits it is an exception, in the frameworks reported.
  public var controls: [ControlReference]
  /// What should be.
  public let criteria: String
  /// What is.
  public let condition: String
  /// Why it came about, as far as the data says.
  public let cause: String
  /// What it led to, or could.
  public let effect: String
  /// Where it is.
  public let item: ItemReference
  /// Its earliest time.
  public let firstSeen: Timestamp?
  /// Its latest time.
  public let lastSeen: Timestamp?
  /// How grave the measured effect on data is; `nil` where none was measured.
  public let severity: Severity?
  /// Who accepted it, from the side file; `nil` while it is open.
  public var acceptance: Acceptance?
  /// What management answered, from the side file.
  public var response: ManagementResponse?

  /// What happened once in the world, of which several tests may note an exception: `EV-` and 16 hex digits.
  public var event = ""
  /// What kind of thing it is about, which outlasts the period.
  public var kind: ExceptionKind?
  /// The earlier periods in which one of its kind was noted, in order, as far back as packages were named; none where it is new,
  /// or where nobody named a package.
  public var notedBefore: [String] = []
  /// Whether the ratings of harm apply to it.
  public var isHarmful = false
  /// How grave it is for the organisation, by the plan's ratings.
  public var rating = Rating.moderate
  /// The items of its test's population that it is about, as their places from 0.
  public var rows = RowNumbers()
  /// Whether all of them are of one session, and of one statement.
  var (isOfOneSession, isOfOneStatement) = (true, true)

  /// `open` or `accepted`.
  public var status: ExceptionStatus { acceptance == nil ? .open : .accepted }

  /// An exception.
  public init(
    id: String, test: TestID, controls: [ControlReference] = [], criteria: String, condition: String, cause: String,
    effect: String, item: ItemReference, firstSeen: Timestamp?, lastSeen: Timestamp?, severity: Severity?,
    acceptance: Acceptance? = nil, response: ManagementResponse? = nil
  ) {
    self.id = id
    self.test = test
    self.controls = controls
    self.criteria = criteria
    self.condition = condition
    self.cause = cause
    self.effect = effect
    self.item = item
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.severity = severity
    self.acceptance = acceptance
    self.response = response
  }
}

/// Where an exception stands.
public enum ExceptionStatus: String, Sendable, Hashable, CaseIterable {
  case open, accepted
}

/// What an exception is about, with its place in the archive.
public struct ItemReference: Sendable, Hashable, Codable {
  /// The item's key within its test, such as `s1/4`, `approval a7` or `gw-1 2026-07-03T04:00:00Z`; stable over runs.
  public let key: String
  /// The session's key, when it is about one.
  public var session: String?
  /// The statement's number in the session.
  public var sequence: Int64?
  /// The identity's user.
  public var user: String?
  /// The connection's name.
  public var connection: String?
  /// The archive's path.
  public var archive: String?
  /// The archive's SHA-256, in hex.
  public var archiveSHA256: String?
  /// The entry in the archive, counted from 1.
  public var entry: Int64?
  /// The item's place in its test's population, from 0.
  package var row: Int?
  /// The item itself, with the names of its columns.
  var (names, cells): ([String], [Cell]) = ([], [])

  private enum CodingKeys: String, CodingKey {
    case key, session, sequence, user, connection, archive, archiveSHA256, entry
  }

  /// An item.
  public init(
    key: String, session: String? = nil, sequence: Int64? = nil, user: String? = nil, connection: String? = nil,
    archive: String? = nil, archiveSHA256: String? = nil, entry: Int64? = nil, row: Int? = nil
  ) {
    self.key = key
    self.session = session
    self.sequence = sequence
    self.user = user
    self.connection = connection
    self.archive = archive
    self.archiveSHA256 = archiveSHA256
    self.entry = entry
    self.row = row
  }
}

/// Who accepted an exception, when and why.
public struct Acceptance: Sendable, Hashable, Codable {
  /// Who.
  public let by: String
  /// When.
  public let on: CivilDate
  /// Why.
  public let reason: String

  /// An acceptance.
  public init(by: String, on: CivilDate, reason: String) {
    self.by = by
    self.on = on
    self.reason = reason
  }
}

/// What management answered to an exception; unaudited.
public struct ManagementResponse: Sendable, Hashable, Codable {
  /// The exception's id.
  public let exception: String
  /// The answer.
  public let text: String
  /// Who sees to it.
  public let owner: String?
  /// Until when.
  public let due: CivilDate?

  /// A response.
  public init(exception: String, text: String, owner: String?, due: CivilDate?) {
    self.exception = exception
    self.text = text
    self.owner = owner
    self.due = due
  }
}

/// A control of a framework.
public struct ControlReference: Sendable, Hashable, Comparable {
  /// The framework's id.
  public let framework: String
  /// The control's id.
  public let control: String

  /// A control.
  public init(framework: String, control: String) {
    self.framework = framework
    self.control = control
  }

  /// By framework, then control.
  public static func < (left: Self, right: Self) -> Bool {
    (left.framework, left.control) < (right.framework, right.control)
  }
}
