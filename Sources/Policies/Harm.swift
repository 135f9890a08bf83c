public import AuditTrail

/// What an organisation calls harmful on one connection, as thresholds over effects; bounds are inclusive.
///
/// In a file, a section that is left out keeps the standard thresholds; `destroys: none`, `discloses: none` and
/// `escalates: false` switch one off. Inside a section only the thresholds that are given count.
public struct Harm: Sendable, Hashable {
  /// Thresholds over destroyed rows; any of them is enough.
  public struct Limit: Sendable, Hashable {
    /// Rows destroyed.
    public var rows: Int64?
    /// Share of a table's rows destroyed, above 0 and at most 1.
    public var share: Double?
    /// The share counts only in tables with at least that many rows before.
    public var shareOfAtLeast: Int64

    /// A limit.
    public init(rows: Int64? = nil, share: Double? = nil, shareOfAtLeast: Int64 = 0) {
      self.rows = rows
      self.share = share
      self.shareOfAtLeast = shareOfAtLeast
    }
  }

  /// What counts as destruction; an object that is dropped, or emptied with rows in it, always does.
  public struct Destruction: Sendable, Hashable {
    /// Rows over all tables, and the share of one.
    public var limit: Limit
    /// Rows over a whole session: the finding `accumulated_harm`.
    public var sessionRows: Int64?

    /// Thresholds.
    public init(limit: Limit, sessionRows: Int64? = nil) {
      self.limit = limit
      self.sessionRows = sessionRows
    }
  }

  /// A table's own limit, instead of the general one.
  public struct TableLimit: Sendable, Hashable {
    /// The table, folded.
    public let table: String
    let pattern: ColumnPattern
    /// Its limit.
    public let limit: Limit
  }

  /// What counts as disclosure.
  public struct Disclosure: Sendable, Hashable {
    /// The columns that count; `nil` is every sensitive one.
    var columns: [ColumnPattern]?
    /// Rows that must reach the client.
    public var rows: Int64

    /// Disclosure of any sensitive column in that many rows.
    public init(rows: Int64) {
      columns = nil
      self.rows = rows
    }

    init(columns: [ColumnPattern]?, rows: Int64) {
      self.columns = columns
      self.rows = rows
    }
  }

  /// What counts as destruction; `nil` is nothing.
  public var destroys: Destruction?
  /// Limits of single tables.
  public var tables: [TableLimit]
  /// What counts as disclosure; `nil` is nothing.
  public var discloses: Disclosure?
  /// Whether gaining rights is harm.
  public var escalates: Bool

  /// Thresholds.
  public init(
    destroys: Destruction?, tables: [TableLimit] = [], discloses: Disclosure?, escalates: Bool
  ) {
    self.destroys = destroys
    self.tables = tables
    self.discloses = discloses
    self.escalates = escalates
  }

  /// What holds without a policy.
  public static let standard = Harm(
    destroys: Destruction(limit: Limit(rows: 1000, share: 0.5, shareOfAtLeast: 50), sessionRows: 10_000),
    discloses: Disclosure(rows: 1), escalates: true)

  /// Nothing is harmful.
  public static let none = Harm(destroys: nil, discloses: nil, escalates: false)
}

/// Which harm counts on which connection.
public struct HarmRules: Sendable {
  struct Entry: Sendable {
    /// Conditions about the connection; none match every connection.
    let when: [Condition]
    let harm: Harm
    let place: Place
  }

  let entries: [Entry]

  /// The standard thresholds everywhere.
  public static let standard = HarmRules(.standard)

  /// The same harm everywhere.
  public init(_ harm: Harm) { entries = [Entry(when: [], harm: harm, place: Place(""))] }

  init(entries: [Entry]) { self.entries = entries }

  /// The harm of the first entry that matches; none: nothing is harmful there. Where a record does not say enough for any
  /// entry to match with certainty, the first that may match counts, so that a gap in a record never hides harm.
  public func harm(on connection: Connection?) -> Harm {
    let request = Request(facts: nil, connection: connection)
    var possible: Harm?
    for entry in entries {
      switch entry.when.reduce(Truth.yes, { $0.and($1.test.matches(request)) }) {
      case .yes: return entry.harm
      case .unknown: possible = possible ?? entry.harm
      case .no: continue
      }
    }
    return possible ?? .none
  }

  /// Every harm, in the order of the file.
  public var all: [Harm] { entries.map(\.harm) }
}
