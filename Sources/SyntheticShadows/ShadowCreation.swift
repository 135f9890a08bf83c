public import AuditTrail
public import Ledger
import MariaDBShadows
import PostgresShadows
public import Replay
import SQLiteShadows

/// What a synthetic shadow is to be made of.
public struct ShadowCreation: Sendable {
  /// The schema, which may hold rows.
  public var schema: ShadowSource
  /// Whether the schema's rows tell how many there are, how children spread over parents, and where NULLs stand. No value
  /// of theirs is kept either way.
  public var usesRows: Bool
  /// Production's row counts; they go before those of the schema's rows.
  public var production: ProductionRows
  /// Sensitive columns, as `table.column`; those whose name says so are counted besides.
  public var sensitive: [String]
  /// Where the making of values starts: the same seed gives the same bytes.
  public var seed: UInt64 = 0
  /// The moment that the shadow stands for; its newest rows are from then.
  public var asOf: Timestamp?
  /// Rows of a table of which no count is known.
  public var defaultRows = 100
  /// The most rows of a table.
  public var maximumRows = 100_000
  /// What the making may take besides ten milliseconds a row, in seconds; reading the schema's rows may take as long.
  package var seconds = 300.0

  /// A shadow from a schema.
  public init(
    schema: ShadowSource, usesRows: Bool, production: ProductionRows = ProductionRows(), sensitive: [String] = []
  ) {
    self.schema = schema
    self.usesRows = usesRows
    self.production = production
    self.sensitive = sensitive
  }
}

extension ShadowCreation {
  /// The lines of row counts that none of the names is, in words.
  func uncounted(among names: [String]) -> [String] {
    production.unknown(among: names).map { "\($0), which is not a table of the schema" }
  }
}

/// A synthetic shadow that was made.
public struct CreatedShadow: Sendable {
  /// What was made of a table.
  public struct Table: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// The rows that were asked for.
    public var wanted: Int
    /// The rows that are there.
    public var made: Int
    /// Why there are fewer, in words; `nil` where there are not.
    public var shortfall: String?
  }

  /// The engine that reads it.
  public var engine: String
  /// The file's bytes: a SQL script, or a SQLite database.
  public var bytes: [UInt8]
  /// Its tables, by name.
  public var tables: [Table]
  /// Literals and parameters of recorded predicates that were planted.
  public var planted: Int
  /// What was left out of the schema because it reaches outside, in words, sorted.
  public var omitted: [String]

  /// The first line of every script.
  static let heading =
    "-- A synthetic shadow, made by `assay shadow create` from a schema: no row comes from a real database."
  /// What marks a database file, in its header's `application_id` (https://www.sqlite.org/fileformat2.html, offset 68).
  static let applicationID: [UInt8] = Array("ASHD".utf8)

  /// Whether a file that begins with these bytes is a shadow that was made so.
  package static func isOne(_ head: [UInt8]) -> Bool {
    head.starts(with: heading.utf8)
      || (head.starts(with: "SQLite format 3".utf8) && head.dropFirst(68).starts(with: applicationID))
  }
}

/// The literals and parameters that the ledger's statements asked for, read against a shadow's tables.
struct RecordedStatements {
  /// A statement's text, its parameters and its recorded row count.
  typealias Each = (_ sql: String, _ parameters: [Parameter], _ rows: Int64?) -> Void

  private let read: (Each) throws(AssayError) -> Void

  /// No ledger.
  init() { read = { (_: Each) throws(AssayError) in } }

  /// The statements that ran in the ledger's sessions, in their order; those of some connections where any are named.
  init(_ statements: [(sql: String, parameters: [Parameter], rows: Int64?)]) {
    read = { (each: Each) throws(AssayError) in
      for statement in statements { each(statement.sql, statement.parameters, statement.rows) }
    }
  }

  /// What they say of the model's columns, with what its checks say.
  func predicates(for model: ShadowModel) throws(AssayError) -> RecordedPredicates {
    var predicates = RecordedPredicates()
    try read { predicates.add($0, $1, rows: $2, model: model) }
    for table in model.tables {
      for check in table.checks { predicates.add(check: check, of: table) }
    }
    return predicates
  }
}

/// The statements of a ledger, each text with its parameters and row count once.
public func recordedStatements(
  of ledger: borrowing Ledger, connections: [String] = []
) throws(AssayError) -> [(sql: String, parameters: [Parameter], rows: Int64?)] {
  var filter = SessionFilter()
  filter.connections = connections
  var sessions: [Int64] = []
  try ledger.forEachSession(filter) { (session) throws(AssayError) in sessions.append(session.id) }
  struct Key: Hashable {
    var text: Int64
    var parameters: [Parameter]
    var rows: Int64?
  }
  var known: Set<Key> = []
  var found: [(sql: String, parameters: [Parameter], rows: Int64?)] = []
  for session in sessions {
    for statement in try ledger.statements(of: session, in: nil) {
      let rows = statement.result?.error == nil ? statement.result?.rows : nil
      let key = Key(text: statement.textID, parameters: statement.parameters ?? [], rows: rows)
      guard known.insert(key).inserted else { continue }
      found.append((statement.sql, key.parameters, rows))
    }
  }
  return found
}

/// Makes a shadow of synthetic rows.
///
/// - Parameter recorded: what `recordedStatements` read, whose literals and parameters are planted.
/// - Throws: `invalid_file` with the line for a schema that its engine refuses; `unavailable` where PostgreSQL is needed.
public func createShadow(
  _ creation: ShadowCreation, recorded: [(sql: String, parameters: [Parameter], rows: Int64?)] = [], asDatabase: Bool
) throws(AssayError) -> CreatedShadow {
  let statements = RecordedStatements(recorded)
  switch creation.schema.kind {
  case .script, .database:
    return try SQLiteCreation(creation, statements).create(asDatabase: asDatabase)
  case .dump where MariaDBEngine().source(creation.schema.text) != nil:
    throw AssayError(
      .usage,
      "A shadow without data is not made for MariaDB yet; take a dump of a disposable copy, and name it as mariadb:DUMP.",
      at: Place(creation.schema.path))
  case .dump:
    guard !asDatabase else {
      throw AssayError(.usage, "A shadow for PostgreSQL is written as a .sql script; name one with --output.")
    }
    return try PostgresCreation.create(creation, statements)
  case .server:
    throw AssayError(.usage, "A shadow is made from a dump; name a file with --schema or --from.")
  }
}

/// What a run of the generator over all tables came to.
struct GeneratedRows {
  var tables: [CreatedShadow.Table] = []
  var planted = 0

  /// Makes every table's rows, parents first, and hands each to the engine, which says whether it takes the row.
  ///
  /// - Parameter insert: takes the row's values; `nil` where the row was taken, else the constraint that refuses it.
  mutating func fill(
    _ model: ShadowModel, _ predicates: RecordedPredicates, seed: UInt64, asOf: Timestamp, seconds: Double,
    insert: (TableModel, [SyntheticValue]) throws(AssayError) -> String?
  ) throws(AssayError) {
    var time = MakingTime(seconds: seconds)
    var keys: [String: [SyntheticValue]] = [:]
    var groups: [String: [Int]] = [:]
    let referenced = Set(
      model.tables.flatMap { $0.foreignKeys }.flatMap { key in
        key.parentColumns.map { "\(key.parent).\($0)".nameKey }
      })
    for table in model.tables {
      let maker = SyntheticTable(table, predicates, parents: keys, grandparents: groups, seed: seed, asOf: asOf)
      var kept = table.columns.map { _ in [SyntheticValue]() }
      let watched = table.columns.indices.filter {
        referenced.contains("\(table.name).\(table.columns[$0].name)".nameKey)
      }
      var (made, inVain, reason) = (0, 0, String?.none)
      for index in 0..<table.rows where inVain < 200 {
        var isTaken = false
        for attempt in 0..<8 where !isTaken {
          try time.takeRow(of: table.name)
          let row = maker.row(index, attempt: attempt)
          if let refusal = try insert(table, row) {
            reason = refusal
            continue
          }
          isTaken = true
          for column in watched { kept[column].append(row[column]) }
          if let group = maker.group(index) { groups[table.name.nameKey, default: []].append(group) }
        }
        made += isTaken ? 1 : 0
        inVain = isTaken ? 0 : inVain + 1
      }
      for column in watched { keys["\(table.name).\(table.columns[column].name)".nameKey] = kept[column] }
      tables.append(
        CreatedShadow.Table(
          name: table.name, wanted: table.rows, made: made,
          shortfall: made < table.rows ? "refused by \(reason ?? "the database")" : nil))
    }
    planted = predicates.wanted.values.reduce(0) { $0 + $1.count }
  }
}

/// Whether a column's name says that it holds what must not be seen.
func namesSensitiveColumn(_ name: String) -> Bool {
  let words = name.lowercased().split { !$0.isLetter }.map(String.init)
  return words.contains {
    ["email", "mail", "ssn", "iban", "phone", "mobile", "passport", "card", "password", "token", "secret"].contains($0)
  }
}
