public import AuditTrail

/// The side files' rows; a file that was not given has none, which is not the same as an empty one.
public struct SideFiles: Sendable, Hashable, Codable {
  /// Every side file that was read, with its digest.
  public var sources: [SourceReference] = []
  /// Where each comes from.
  public var extractions: [SideFileExtraction] = []
  /// The rows by the names of the files' kinds.
  private var tables: [String: SideTable] = [:]

  /// No side files.
  public init() {}

  /// Takes the rows of a file.
  public mutating func take(_ table: SideTable) { tables[table.file] = table }

  /// The rows of the file of that name; `nil` where it was not given.
  func rows(_ name: String) -> [SideRow]? { tables[name]?.items }

  /// Whether the file of that name was given.
  func holds(_ name: String) -> Bool { tables[name] != nil }

  /// The files that tests read and that were not given, by their names in `assay.yaml`.
  var notGiven: [String] { neededSideFiles.filter { !holds($0) } }

  /// What the sources say they hold, by day.
  var sourceCounts: [SourceCount]? { rows("source_counts")?.map(SourceCount.init) }
  /// Approved changes.
  var changes: ChangeRegister? { rows("tickets").map(ChangeRegister.init) }
  /// Accounts that several persons may use, by the person's key; the first entry of each counts.
  var sharedAccounts: [String: SharedAccount] {
    let accounts = (rows("shared_accounts") ?? []).map(SharedAccount.init)
    return Dictionary(accounts.map { (personKey($0.account), $0) }, uniquingKeysWith: { first, _ in first })
  }
  /// Exemptions from masking.
  var exemptions: MaskExemptions { MaskExemptions(rows("mask_exemptions") ?? []) }
  /// What became of harm that ran after a review.
  var dispositions: [Disposition]? { rows("dispositions")?.map(Disposition.init) }
  /// Which policies were attached to which connections.
  var bindings: [GuardrailBinding]? { rows("bindings")?.map(GuardrailBinding.init) }
  /// Where the inventory says that files are which are encrypted by themselves.
  public var encryptedFiles: [String] {
    (rows("inventory") ?? []).filter { $0.text("encryption") == "file" }.map { $0.required("archive") }.sortedExactly()
  }
  /// What management answered.
  var responses: [ManagementResponse] { rows("management_responses")?.map(ManagementResponse.init) ?? [] }
  /// Exceptions that management accepted, by their ids; the first acceptance of each counts.
  var acceptances: [String: Acceptance] {
    let accepted = (rows("management_responses") ?? []).compactMap { row in
      Acceptance(row).map { (row.required("exception"), $0) }
    }
    return Dictionary(accepted, uniquingKeysWith: { first, _ in first })
  }
}

/// A cell that its column lets be nothing but a moment.
extension SideRow {
  fileprivate func moment(_ column: String) -> Timestamp { time(column) ?? Timestamp(nanoseconds: 0) }
  fileprivate func date(_ column: String) -> CivilDate { day(column) ?? CivilDate(daysSinceEpoch: 0) }
}

/// What a source says it holds of one UTC day.
public struct SourceCount: Sendable, Hashable, Codable {
  /// The proxy's product name, its instance, or both with a blank between.
  public var source: String
  /// The day.
  public var day: CivilDate
  /// Sessions opened that day; `nil` where the source does not count them.
  public var sessions: Int64?
  /// Statements of that day; `nil` where the source does not count them.
  public var statements: Int64?

  init(_ row: SideRow) {
    (source, day) = (row.required("source"), row.date("day"))
    (sessions, statements) = (row.count("sessions"), row.count("statements"))
  }
}

/// Changes that were approved elsewhere, with their windows.
struct ChangeRegister {
  private let windows: [String: MergedSpans]

  init(_ rows: [SideRow]) {
    windows = Dictionary(grouping: rows) { $0.required("ticket") }.mapValues { MergedSpans($0.compactMap(Self.window)) }
  }

  /// Whether it holds the ticket.
  func holds(_ ticket: String) -> Bool { windows[ticket] != nil }

  /// Whether the ticket was approved by another person than asked for it, and its change may be made at the moment.
  func covers(_ ticket: String, _ time: Timestamp) -> Bool { windows[ticket]?.contains(time.nanoseconds) == true }

  /// From when until when a row lets its change be made; `nil` where it never does.
  private static func window(_ row: SideRow) -> ClosedRange<Int64>? {
    let from = max(row.moment("approved_at"), row.moment("window_from")).nanoseconds
    let until = row.moment("window_to").nanoseconds
    let isApproved = !isSamePerson(row.required("requested_by"), row.required("approved_by"))
    return isApproved && from <= until ? from...until : nil
  }
}

/// What a person decided about harm that had been done.
enum DispositionKind: String, CaseIterable {
  /// It was meant, and is fine.
  case intended
  /// It was made good.
  case corrected
  /// It is handled as an incident.
  case incident
}

/// What became of harm that ran after a review, and who said so.
struct Disposition {
  /// A statement of the unit, as `SESSION/SEQUENCE`.
  let statement: String
  /// Who decided.
  let by: String
  /// When.
  let at: Timestamp
  /// What.
  let kind: DispositionKind

  init(_ row: SideRow) {
    (statement, by, at) = (row.required("statement"), row.required("decided_by"), row.moment("decided_at"))
    kind = DispositionKind(rawValue: row.required("decision")) ?? .incident
  }
}

/// A policy that was attached to a connection.
struct GuardrailBinding {
  /// The connection.
  let connection: String
  /// The policy.
  let policy: String
  /// From when.
  let from: Timestamp
  /// Until before; `nil` where it still is.
  let until: Timestamp?
  /// Whether statements pass where the guardrail does not answer.
  let failsOpen: Bool

  init(_ row: SideRow) {
    (connection, policy) = (row.required("connection"), row.required("policy"))
    (from, until, failsOpen) = (row.moment("from"), row.time("until"), row.flag("fail_open"))
  }
}

/// An account that several persons may use, with who answers for it.
struct SharedAccount {
  /// The identity's user, or the database login.
  let account: String
  /// Who answers for it.
  let owner: String
  /// Why it is shared.
  let justification: String
  /// Who approved that.
  let approvedBy: String
  /// When.
  let approvedOn: CivilDate

  init(_ row: SideRow) {
    (account, owner, justification) = (row.required("account"), row.required("owner"), row.required("justification"))
    (approvedBy, approvedOn) = (row.required("approved_by"), row.date("approved_on"))
  }
}

/// Who may see which sensitive columns unmasked, and when.
struct MaskExemptions {
  private struct Holding: Hashable {
    let person: String
    /// The column's name key, or `*`.
    let column: String
  }

  private let windows: [Holding: MergedSpans]

  init(_ rows: [SideRow]) {
    // Nobody exempts themselves.
    let given = rows.filter { !isSamePerson($0.required("user"), $0.required("approved_by")) }
    windows = Dictionary(grouping: given) {
      Holding(person: personKey($0.required("user")), column: $0.required("column").nameKey)
    }.mapValues { own in
      MergedSpans(
        own.compactMap { row in
          let (from, until) = (row.moment("from").nanoseconds, row.time("until")?.nanoseconds ?? .max)
          return from <= until ? from...until : nil
        })
    }
  }

  /// Whether the person may see all of the columns at the moment.
  func cover(_ user: String, _ columns: [String], _ time: Timestamp) -> Bool {
    let person = personKey(user)
    func holds(_ column: String) -> Bool {
      windows[Holding(person: person, column: column)]?.contains(time.nanoseconds) == true
    }
    return holds("*") || !columns.isEmpty && columns.allSatisfy { holds($0.nameKey) }
  }
}

extension Acceptance {
  /// `nil` where nobody accepted.
  fileprivate init?(_ row: SideRow) {
    guard let by = row.text("accepted_by") else { return nil }
    self.init(by: by, on: row.date("accepted_on"), reason: row.required("reason"))
  }
}

extension ManagementResponse {
  fileprivate init(_ row: SideRow) {
    self.init(
      exception: row.required("exception"), text: row.required("response"), owner: row.text("owner"),
      due: row.day("due"))
  }
}
