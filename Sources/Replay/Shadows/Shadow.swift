public import AuditTrail
public import Ledger
public import SQLAnalysis
public import Sensitivity

/// A disposable copy of a database, on whose clones recorded sessions are measured; never production.
public protocol Shadow: Sendable {
  /// The engine's name as archives write it, such as `sqlite` or `postgresql`.
  var engine: String { get }
  /// Where it came from, as it was typed or as its label says.
  var source: String { get }
  /// The SHA-256 of what the clones are made from, in hex.
  var imageSHA256: String { get }
  /// The SHA-256 of the marker by which a running server's database proves that it is a shadow, in hex; `nil` where the image
  /// holds the marker or needs none.
  var markerSHA256: String? { get }
  /// The size of what the clones are made from, in bytes.
  var imageBytes: Int { get }
  /// What its rows are.
  var basis: Basis { get }
  /// The moment it is a copy of.
  var asOf: Timestamp? { get }
  /// Names everything that results depend on: the same digest, the same results.
  var digest: String { get }
  /// Names everything that a measurement on it depends on, the engine's version and every row included; `nil` where rows
  /// may have changed without a sign, so that nothing that was measured before may be used again.
  var contentDigest: String? { get }
  /// The server it was copied from, where the marker says.
  var server: String? { get }

  /// What was left out of it because it reaches outside of it, in words, sorted.
  var omitted: [String] { get }
  /// What keeps in what runs on it, in words.
  var containment: String { get }

  /// What a replay on it takes; `nil` where that was not measured.
  var costs: ReplayCosts? { get }
  /// Whether a session with the text may share a clone with others, in a transaction that is rolled back at its end.
  func sharesClone(_ sql: String, analyze: (String, SQLDialect) -> Facts) -> Bool

  /// What opens replays on clones: made once for a run, shared by its threads.
  func clones(_ measuring: Measuring) throws(AssayError) -> any CloneSource
  /// The columns whose sampled values a detector recognises, as `table.column`, sorted.
  func classifyColumns() throws(AssayError) -> [ClassifiedColumn]
  /// Every column of its tables and views, as `table.column`, sorted.
  func columnNames() throws(AssayError) -> [String]
}

extension Shadow {
  /// For an engine whose catalog is not read yet.
  public func columnNames() throws(AssayError) -> [String] {
    throw AssayError(
      .usage, "The columns of a shadow of this engine cannot be listed; name a shadow of another.", at: Place(source))
  }
}

extension Shadow {
  /// Its image says all of it.
  public var markerSHA256: String? { nil }

  /// Nothing.
  public var omitted: [String] { [] }

  /// Not measured.
  public var costs: ReplayCosts? { nil }

  /// Each session has a clone of its own.
  public func sharesClone(_ sql: String, analyze: (String, SQLDialect) -> Facts) -> Bool { false }

  /// The image's digest.
  public var digest: String { imageSHA256 }

  /// Unless an engine says, not known.
  public var contentDigest: String? { nil }
}

/// What a replay asks of a shadow's clones.
public struct Measuring: Sendable {
  /// The columns whose values must not reach a client, as `table.column`; names that the shadow lacks are left out.
  public var sensitive: [String]
  /// Where `random()` starts, with the statement's id.
  public var seed: UInt64 = 0
  /// Destroyed rows from which a statement that ran out of its budget counts as measured all the same.
  public var conclusiveDeletes: Int64 = 10_000
  /// Seconds after which a statement has no verdict but `timeout`: a server's command by the clock, an embedded engine's text
  /// by what its thread has worked.
  public var secondsPerStatement = 30.0
  /// Whether a read that was measured on an unchanged clone need not be measured again.
  public var reusesReads = true
  /// Facts of a text in a dialect; asked only where something depends on them.
  public var analyze: @Sendable (String, SQLDialect) -> Facts

  /// Measures with the given columns and analysis.
  public init(sensitive: [String], analyze: @escaping @Sendable (String, SQLDialect) -> Facts) {
    self.sensitive = sensitive
    self.analyze = analyze
  }
}

/// Opens replays on the clones of one shadow.
public protocol CloneSource: Sendable {
  /// A replay for one thread.
  func open() throws(AssayError) -> any SessionReplay
}

/// Measures recorded sessions, each on a clone of its own; one thread uses it.
public protocol SessionReplay: AnyObject {
  /// Measures a session's statements, which must be in their order; `engine` is the recorded connection's.
  func measure(_ statements: [StatementEntry], engine: String) throws(AssayError) -> [MeasuredStatement]

  /// What the clone holds after the session measured last, the values of the named tables included; `nil` where the
  /// engine cannot tell.
  func endState(contentsOf tables: Set<String>) throws(AssayError) -> EndState?
}

extension SessionReplay {
  /// Unless an engine counts, the end is not known.
  public func endState(contentsOf tables: Set<String>) throws(AssayError) -> EndState? { nil }
}

/// What a clone holds when a session has ended.
public struct EndState: Sendable, Hashable {
  /// Rows by table; temporary tables are left out.
  public var rows: [String: Int64]
  /// The objects that are there, as `index visits_by_customer`.
  public var objects: Set<String>
  /// By table and column, a number for what stands at which key, whatever the order of the rows; `nil` for a column that
  /// does not come out the same each time. Only of tables that were asked for.
  public var contents: [String: [String: UInt64?]]

  /// A state.
  public init(rows: [String: Int64], objects: Set<String>, contents: [String: [String: UInt64?]] = [:]) {
    self.rows = rows
    self.objects = objects
    self.contents = contents
  }

  /// Forgets what another end of the same session has otherwise, such as the server's clock.
  package mutating func forgetVolatile(comparedWith other: EndState) {
    for (table, columns) in contents {
      for (column, number) in columns where other.contents[table]?[column] != .some(number) {
        contents[table]?[column] = .some(nil)
      }
    }
  }
}

/// A replay that can also run a session on the clone that the one before it left: isolation `history`.
public protocol HistoryReplay: SessionReplay {
  /// Measures a session on the clone as the last session left it, with a connection of its own: no temporary table, open
  /// transaction or setting of the last session is there.
  func measureNext(_ statements: [StatementEntry], engine: String) throws(AssayError) -> [MeasuredStatement]
  /// The tables that a text touches, as keys, cascades and triggers included; `nil` where that cannot be told.
  func tables(of statement: StatementEntry, facts: Facts) throws(AssayError) -> TouchedTables?
}

/// The tables that a text touches, as keys of their names.
public struct TouchedTables: Sendable, Hashable {
  /// Tables that it reads or writes.
  public var touched: Set<String>
  /// Those that it writes, makes, alters or drops.
  public var written: Set<String>
  /// Temporary tables that it makes, which no other session sees.
  public var temporary: Set<String> = []

  /// Tables touched, and those of them written.
  public init(touched: Set<String> = [], written: Set<String> = []) {
    self.touched = touched.union(written)
    self.written = written
  }
}

/// What was measured of a statement.
public struct MeasuredStatement: Sendable {
  /// What the shadow measured.
  public var effect: Effect
  /// Whether the statement can change nothing, as the shadow's own parser says.
  public var isReadOnly: Bool
  /// Sensitive columns that its output expressions read, as `table.column`, where the shadow's tables are empty.
  public var sensitiveOutputs: [String]

  /// A measurement.
  public init(effect: Effect, isReadOnly: Bool = false, sensitiveOutputs: [String] = []) {
    self.effect = effect
    self.isReadOnly = isReadOnly
    self.sensitiveOutputs = sensitiveOutputs
  }
}

/// A column whose values a detector recognises.
public struct ClassifiedColumn: Sendable {
  /// `table.column`.
  public var column: String
  /// Which detector, and how sure.
  public var classification: Classification

  /// A column and what it holds.
  public init(column: String, classification: Classification) {
    self.column = column
    self.classification = classification
  }
}

/// A database engine on which shadows are opened. A new one is a target with a driver, and a line in `shadowEngines`.
public protocol ShadowEngine: Sendable {
  /// How its shadows are named, in words.
  var usage: String { get }
  /// Reads a shadow's name; `nil` for one of another engine. No error repeats the text itself, for it may hold a password.
  func source(_ text: String) throws(AssayError) -> ShadowSource?
  /// Opens the shadow that a source of this engine names.
  ///
  /// - Throws: `not_a_shadow` for a database without the marker, `missing_input`, `invalid_file` with the line for a script
  ///   that the engine refuses, `unavailable` where a server is needed and not there.
  func open(_ source: ShadowSource, options: ShadowOptions) throws(AssayError) -> any Shadow
}

/// What a replay takes on one thread, in seconds.
public struct ReplayCosts: Sendable {
  /// A statement.
  public let statement: Double
  /// A session.
  public let session: Double
  /// A clone.
  public let clone: Double
  /// A byte of what a clone is made from.
  public let cloneByte: Double

  /// Costs; what gives the figures says how they were measured.
  public init(statement: Double, session: Double, clone: Double, cloneByte: Double) {
    self.statement = statement
    self.session = session
    self.clone = clone
    self.cloneByte = cloneByte
  }
}
