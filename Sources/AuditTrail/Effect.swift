/// What ran rows did to one table.
public struct TableEffect: Sendable, Hashable {
  /// Rows inserted.
  public var inserted: Int64 = 0
  /// Rows updated, whether their values changed or not.
  public var updated: Int64 = 0
  /// Rows deleted, with cascades, triggers, and rows lost by TRUNCATE and DROP.
  public var deleted: Int64 = 0
  /// Of the updated rows, those whose values stayed the same.
  public var unchanged: Int64 = 0
  /// Of the deleted rows, those that the same statement put back unchanged.
  public var restored: Int64 = 0
  /// Of the changes, those that the statement's own command did not make: cascades, triggers, rules and functions did.
  public var indirect: Int64 = 0
  /// Of the indirect changes, those that only a foreign key can have made.
  public var cascaded: Int64 = 0
  /// Of the indirect changes, those that only code can have made: a trigger, a rule or a function.
  public var coded: Int64 = 0
  /// Rows in the table before the statement; `nil` for a table that was not there.
  public var before: Int64?
  /// Whether the session itself made the table, or it is temporary.
  public var isScratch = false

  /// No effect.
  public init() {}

  /// Rows whose old values are gone: deleted and not put back, or overwritten with other values.
  public var destroyed: Int64 { max(0, deleted - restored) + max(0, updated - unchanged) }
}

/// How much of a sensitive value reached the client.
public enum Leak: String, Sendable, Hashable, CaseIterable, Comparable {
  case none
  /// Only a predicate, join, order or limit depends on it, or the output only on the shape of its values: no leak in the
  /// verdict.
  case predicate
  /// An output expression reads the column.
  case derived
  /// A value stands verbatim in what was returned.
  case raw

  /// How grave.
  public var rank: Int {
    switch self {
    case .none: 0
    case .predicate: 1
    case .derived: 2
    case .raw: 3
    }
  }
  /// Less grave than.
  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

/// What of a sensitive column the output shows, told by which change of its values changes the output.
public enum LeakForm: String, Sendable, Hashable, CaseIterable, Comparable {
  /// Only how long values are, how many there are or which are missing: no value can be read from it.
  case shape
  /// It depends on the values themselves, as a hash, a comparison or a sum does.
  case value
  /// Six or more bytes of a value in a row.
  case part
  /// A value in another case, reversed, or in base64, hexadecimal digits, MD5 or SHA-256.
  case encoded
  /// A value as it is.
  case verbatim

  /// By how much of the value is shown.
  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .shape: 0
    case .value: 1
    case .part: 2
    case .encoded: 3
    case .verbatim: 4
    }
  }
}

/// Why a statement has no verdict.
public enum InconclusiveReason: String, Sendable, Hashable, CaseIterable {
  case noShadow = "no_shadow"
  case noRows = "no_rows"
  case shadowTooLate = "shadow_too_late"
  case schemaMissing = "schema_missing"
  case engineMismatch = "engine_mismatch"
  case missingParams = "missing_params"
  case truncatedSQL = "truncated_sql"
  case redactedSQL = "redacted_sql"
  case unparseable
  case privilege
  case timeout
  case volatile
  case unsupported
  case baselineMismatch = "baseline_mismatch"
  case poisoned
  case sessionStartMissing = "session_start_missing"
  case shadowError = "shadow_error"

  /// Whether the statement ran on the shadow all the same and only the session as a whole says that its rows do not count.
  public var isMeasured: Bool {
    switch self {
    case .baselineMismatch, .poisoned, .shadowTooLate, .sessionStartMissing: true
    default: false
    }
  }
}

/// How a statement ended on the shadow.
public enum Execution: Sendable, Hashable {
  case ran
  /// It failed with the engine's error; `missingObject` names the table, column or function that is not there.
  case failed(code: String, missingObject: String?)
  case notRun(InconclusiveReason)
}

/// An object that a statement removed.
public struct DroppedObject: Sendable, Hashable, Comparable {
  /// `table`, `view`, `index`, `trigger`, `column`.
  public var type: String
  /// Its name; `table.column` for a column.
  public var name: String
  /// How many rows it held, for a table.
  public var rows: Int64?
  /// Whether the session itself had made it.
  public var isScratch: Bool

  /// An object.
  public init(type: String, name: String, rows: Int64? = nil, isScratch: Bool = false) {
    self.type = type
    self.name = name
    self.rows = rows
    self.isScratch = isScratch
  }

  /// By type and name.
  public static func < (left: Self, right: Self) -> Bool {
    left.type == right.type ? left.name.precedes(right.name) : left.type < right.type
  }

  /// Whether both say the same, and their names have the same bytes.
  public static func == (left: Self, right: Self) -> Bool {
    left.type == right.type && left.rows == right.rows && left.isScratch == right.isScratch
      && left.name.isExactly(right.name)
  }
}

/// How far the planner's estimate goes, where a statement that changes rows did not end in time.
public enum RowEstimate: String, Sendable, Hashable, CaseIterable {
  /// Nothing but the rows of its own tables depends on it.
  case whole
  /// Keys, triggers, rules or output depend on it, which no plan counts.
  case atLeast = "at_least"

  /// What people read beside the rows.
  public var phrase: String {
    switch self {
    case .whole: "did not end in time; its rows are the planner's estimate"
    case .atLeast: "did not end in time; its rows are the planner's estimate, without what keys and triggers do"
    }
  }
}

/// What the shadow measured when a statement ran. Every list is sorted.
public struct Effect: Sendable, Hashable {
  /// How it ended.
  public var execution: Execution
  /// Row effects by table; only tables that something happened to.
  public var tables: [String: TableEffect] = [:]
  /// Objects removed.
  public var dropped: [DroppedObject] = []
  /// Tables emptied by a statement that names no row (TRUNCATE, or DELETE without a predicate).
  public var truncated: [String] = []
  /// Objects whose definition changed or that were created, as `create table t` or `alter table t`.
  public var altered: [String] = []
  /// Rights gained, such as `grant` or `role`.
  public var escalated: [String] = []
  /// Escapes that were refused, such as `ATTACH`.
  public var refused: [String] = []
  /// Columns read, as `table.column`.
  public var reads: [String] = []
  /// The gravest leak.
  public var leak = Leak.none
  /// The sensitive columns that leaked (or that a predicate depends on).
  public var leakedColumns: [String] = []
  /// What of them the output shows; `nil` where no run told, as on empty tables, and without a leak.
  public var leakForm: LeakForm?
  /// Of the columns that leaked, those that reach the client otherwise than as a result column of their own too: no mask by
  /// column stops them.
  public var unmaskableColumns: [String] = []
  /// The sensitive columns that the recorded mask hid.
  public var maskedColumns: [String] = []
  /// How many sensitive values were in the output as they are, of the column of which most did.
  public var valuesShown: Int64 = 0
  /// Rows returned to the client.
  public var rowsReturned: Int64 = 0
  /// The command's own count of changed rows, without cascades and triggers; `nil` for what changes no rows.
  public var ownCount: Int64?
  /// Whether what it did outlived its transaction; `false` for probes of blocked statements too.
  public var kept = true
  /// Whether it failed and what it had changed by then stays: a text of several commands, `OR FAIL`, a commit inside.
  public var leavesChanges = false
  /// Whether its effect depends on rows that the shadow may not hold: tables that are empty there and not known to be empty.
  public var emptyTables: [String] = []
  /// Tables whose row counts were taken from production's counts rather than the shadow's.
  public var countedInProduction: [String] = []
  /// How far its row counts go where they are the planner's estimate; `nil` where they were measured.
  public var estimate: RowEstimate?
  /// What the tables it touched are made of.
  public var basis = Basis.copy
  /// How its session was kept apart from others: `session`, or for PostgreSQL `rolled_back` (in an outer transaction that
  /// is undone) or `clone` (a clone of its own).
  public var mode = "session"

  /// An effect that ended in a way.
  public init(_ execution: Execution) { self.execution = execution }

  /// The effect with the names of tables, columns and objects as `name` gives them.
  public func renaming(_ name: (String) -> String) -> Effect {
    var effect = self
    effect.tables = Dictionary(tables.map { (name($0.key), $0.value) }) { first, _ in first }
    effect.dropped = dropped.map {
      DroppedObject(type: $0.type, name: name($0.name), rows: $0.rows, isScratch: $0.isScratch)
    }
    effect.truncated = truncated.map(name)
    effect.altered = altered.map(name)
    effect.reads = reads.map(name)
    effect.leakedColumns = leakedColumns.map(name)
    effect.unmaskableColumns = unmaskableColumns.map(name)
    effect.maskedColumns = maskedColumns.map(name)
    effect.emptyTables = emptyTables.map(name)
    effect.countedInProduction = countedInProduction.map(name)
    return effect
  }

  /// Whether what it changed is what it would leave: it ran, or failed and leaves what it had changed by then.
  public var tookEffect: Bool { execution == .ran || leavesChanges }

  /// Whether its counts are the shadow's own, so that a recorded count can be compared with them.
  public var isCounted: Bool { emptyTables.isEmpty && countedInProduction.isEmpty && estimate == nil }
  /// Rows inserted, over all tables.
  public var rowsInserted: Int64 { tables.values.reduce(0) { $0 + $1.inserted } }
  /// Rows updated, over all tables.
  public var rowsUpdated: Int64 { tables.values.reduce(0) { $0 + $1.updated } }
  /// Rows deleted, over all tables.
  public var rowsDeleted: Int64 { tables.values.reduce(0) { $0 + $1.deleted } }
  /// Rows destroyed, over all tables that the session did not make itself.
  public var rowsDestroyed: Int64 { tables.values.reduce(0) { $0 + ($1.isScratch ? 0 : $1.destroyed) } }
}

/// What a shadow's rows are.
public enum Basis: String, Sendable, Hashable, CaseIterable, Codable {
  case copy
  case maskedCopy = "masked_copy"
  case synthetic
  case schemaOnly = "schema_only"
}
