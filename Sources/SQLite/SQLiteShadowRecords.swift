import CSQLite

/// Rows inserted, updated and deleted.
public struct SQLiteRowCounts: Sendable, Hashable {
  /// Rows inserted.
  public var inserted = 0
  /// Rows updated, changed or not.
  public var updated = 0
  /// Rows deleted, those that REPLACE removes included.
  public var deleted = 0

  /// Counts; without arguments all zero.
  public init(inserted: Int = 0, updated: Int = 0, deleted: Int = 0) {
    self.inserted = inserted
    self.updated = updated
    self.deleted = deleted
  }
}

/// What a statement did to one table of a shadow, rolled back or not.
public struct SQLiteTableChanges: Sendable, Hashable {
  /// The table's name as the schema spells it.
  public let table: String
  /// Whether it is a temporary table of the session.
  public let isTemporary: Bool
  /// By the statement itself.
  public let direct: SQLiteRowCounts
  /// By triggers and cascading foreign keys.
  public let indirect: SQLiteRowCounts
  /// Updated rows, direct or not, in which no value changed.
  public let unchanged: Int
  /// Deleted rows less those that the statement inserted again with the same values; nil where that was not tracked.
  public let netDeleted: Int?

  /// Direct and indirect inserts.
  public var inserted: Int { direct.inserted + indirect.inserted }
  /// Direct and indirect updates.
  public var updated: Int { direct.updated + indirect.updated }
  /// Direct and indirect deletes.
  public var deleted: Int { direct.deleted + indirect.deleted }

  init(_ counts: csqlite_table_counts) {
    table = unsafe counts.table.map { unsafe String(cString: $0) } ?? ""
    isTemporary = unsafe counts.is_temporary != 0
    direct = unsafe SQLiteRowCounts(
      inserted: Int(counts.inserted.0), updated: Int(counts.updated.0), deleted: Int(counts.deleted.0))
    indirect = unsafe SQLiteRowCounts(
      inserted: Int(counts.inserted.1), updated: Int(counts.updated.1), deleted: Int(counts.deleted.1))
    unchanged = unsafe Int(counts.unchanged)
    netDeleted = unsafe counts.net_deleted < 0 ? nil : Int(counts.net_deleted)
  }
}

/// A column that a statement reads: in its output, a predicate, a view, a trigger.
public struct SQLiteColumnRead: Sendable, Hashable {
  /// The schema, `main` or `temp`; empty where `column` is empty and the text names no schema.
  public let database: String
  /// The table or view.
  public let table: String
  /// The column; empty where only the table's rows count, as in `count(*)`.
  public let column: String
  /// The innermost view or trigger whose text reads it; nil for the statement's own.
  public let source: String?

  /// A read.
  public init(database: String, table: String, column: String, source: String? = nil) {
    self.database = database
    self.table = table
    self.column = column
    self.source = source
  }
}

/// What a statement asks to do, as SQLite's authorizer names it.
public struct SQLiteAction: Sendable, Hashable {
  /// The kind; comments say what `name` and `detail` hold.
  public enum Kind: Int32, Sendable, CaseIterable {
    /// Index, its table.
    case createIndex = 1
    /// Table.
    case createTable = 2
    /// Index, its table.
    case createTemporaryIndex = 3
    /// Table.
    case createTemporaryTable = 4
    /// Trigger, its table.
    case createTemporaryTrigger = 5
    /// View.
    case createTemporaryView = 6
    /// Trigger, its table.
    case createTrigger = 7
    /// View.
    case createView = 8
    /// Table. Also of the schema table, where a command changes that.
    case delete = 9
    /// Index, its table.
    case dropIndex = 10
    /// Table.
    case dropTable = 11
    /// Index, its table.
    case dropTemporaryIndex = 12
    /// Table.
    case dropTemporaryTable = 13
    /// Trigger, its table.
    case dropTemporaryTrigger = 14
    /// View.
    case dropTemporaryView = 15
    /// Trigger, its table.
    case dropTrigger = 16
    /// View.
    case dropView = 17
    /// Table. Also of the schema table, where a command changes that.
    case insert = 18
    /// Pragma, its argument.
    case pragma = 19
    /// `BEGIN`, `COMMIT` or `ROLLBACK`.
    case transaction = 22
    /// Table, column. Also of the schema table, where a command changes that.
    case update = 23
    /// File name.
    case attach = 24
    /// Schema.
    case detach = 25
    /// Schema, table. The only kind whose table is in `detail`.
    case alterTable = 26
    /// Index.
    case reindex = 27
    /// Table.
    case analyze = 28
    /// Table, module.
    case createVirtualTable = 29
    /// Table, module.
    case dropVirtualTable = 30
    /// Nothing, function.
    case function = 31
    /// `BEGIN`, `RELEASE` or `ROLLBACK`, savepoint.
    case savepoint = 32
    /// Nothing: a recursive query.
    case recursive = 33
  }

  /// What is asked.
  public let kind: Kind
  /// The object.
  public let name: String?
  /// What more the kind has.
  public let detail: String?
  /// The schema, where the kind has one.
  public let database: String?
  /// The innermost trigger or view that asks; nil for the statement itself.
  public let source: String?

  /// An action.
  public init(
    kind: Kind, name: String? = nil, detail: String? = nil, database: String? = nil, source: String? = nil
  ) {
    self.kind = kind
    self.name = name
    self.detail = detail
    self.database = database
    self.source = source
  }
}

extension SQLiteAction {
  /// What a refusal of this action is called: `ATTACH`, `VACUUM INTO`, `PRAGMA writable_schema`, `readfile`.
  func refusal(duringStep: Bool) -> String {
    switch kind {
    case .attach: duringStep ? "VACUUM INTO" : "ATTACH"
    case .detach: "DETACH"
    case .pragma: "PRAGMA \((name ?? "").lowercased())"
    case .function: (detail ?? "").lowercased()
    case .createVirtualTable: "module \((detail ?? "").lowercased())"
    default: "\(kind)"
    }
  }
}
