public import AuditTrail

/// What a test was run on, with everything that an auditor needs to draw it again.
public struct Population: Sendable, Hashable {
  /// Its name, such as `POP-19`.
  public let id: String
  /// What the items are.
  public let title: String
  /// What it is used for.
  public let purpose: String
  /// The archives and side files it was drawn from.
  public var sources: [SourceReference]
  /// The query's text, as it ran over the ledger.
  public let query: String
  /// The SHA-256 of that text, in hex.
  public let querySHA256: String
  /// The query's parameters by number (`?1`) with their meaning.
  public let parameters: [QueryParameter]
  /// The columns of the rows.
  public let columns: [Column]
  /// The items, in the query's order; as many as ``count``.
  public var rows: ItemRows
  /// How many items there are.
  public var count: Int64
  /// What the query left out, with how many and why.
  public var exclusions: [Exclusion]
  /// The least time of an item.
  public var first: Timestamp?
  /// The greatest time of an item.
  public var last: Timestamp?

  /// Whether ``query`` is SQL, and not a rule in words.
  public var isDrawnBySQL: Bool { ["SELECT", "WITH"].contains { query.hasPrefix($0) } }

  /// A population.
  public init(
    id: String, title: String, purpose: String, sources: [SourceReference], query: String, querySHA256: String,
    parameters: [QueryParameter], columns: [Column], rows: ItemRows, count: Int64, exclusions: [Exclusion] = [],
    first: Timestamp? = nil, last: Timestamp? = nil
  ) {
    self.id = id
    self.title = title
    self.purpose = purpose
    self.sources = sources
    self.query = query
    self.querySHA256 = querySHA256
    self.parameters = parameters
    self.columns = columns
    self.rows = rows
    self.count = count
    self.exclusions = exclusions
    self.first = first
    self.last = last
  }
}

/// A file that a population was drawn from.
public struct SourceReference: Sendable, Hashable, Codable {
  /// The path as the user gave it.
  public let path: String
  /// What it is: a format's name, or `side file`.
  public let kind: String
  /// The SHA-256 of the file as stored, in hex.
  public let sha256: String

  /// A source.
  public init(path: String, kind: String, sha256: String) {
    self.path = path
    self.kind = kind
    self.sha256 = sha256
  }
}

/// A parameter of a population's query.
public struct QueryParameter: Sendable, Hashable {
  /// Its place in the text, such as `?1`.
  public let name: String
  /// What it means.
  public let meaning: String
  /// Its value.
  public let value: Cell

  /// A parameter.
  public init(name: String, meaning: String, value: Cell) {
    self.name = name
    self.meaning = meaning
    self.value = value
  }
}

/// A column of a population or table.
public struct Column: Sendable, Hashable {
  /// Its name, in snake_case.
  public let name: String
  /// What its cells hold.
  public let type: CellType
  /// What it means, for the data dictionary.
  public let meaning: String

  /// A column.
  public init(_ name: String, _ type: CellType, _ meaning: String) {
    self.name = name
    self.type = type
    self.meaning = meaning
  }
}

/// What a column's cells hold; any cell may be empty.
public enum CellType: String, Sendable, Hashable, CaseIterable {
  case integer, real, text, time, flag, date
}

/// A value of a population or table.
public enum Cell: Sendable, Hashable {
  case empty
  case integer(Int64)
  case real(Double)
  case text(String)
  case time(Timestamp)
  case flag(Bool)
  case date(CivilDate)

  /// Whether both are the same value; texts are, where their bytes are.
  public static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.empty, .empty): true
    case (.integer(let left), .integer(let right)): left == right
    case (.real(let left), .real(let right)): left == right
    case (.text(let left), .text(let right)): left.isExactly(right)
    case (.time(let left), .time(let right)): left == right
    case (.flag(let left), .flag(let right)): left == right
    case (.date(let left), .date(let right)): left == right
    case (.empty, _), (.integer, _), (.real, _), (.text, _), (.time, _), (.flag, _), (.date, _): false
    }
  }
}

/// Items that a population leaves out.
public struct Exclusion: Sendable, Hashable, Codable {
  /// Why.
  public let reason: String
  /// How many.
  public let count: Int64

  /// An exclusion.
  public init(reason: String, count: Int64) {
    self.reason = reason
    self.count = count
  }
}
