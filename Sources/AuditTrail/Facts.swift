/// What a command does, by its text.
public enum CommandKind: String, Sendable, Hashable, CaseIterable {
  case select, insert, update, delete, merge, truncate, create, alter, drop, grant, revoke, copy, call, `do`, set,
    explain, transaction, other

  /// Whether it changes the schema or who may do what.
  public var changesSchemaOrRights: Bool {
    switch self {
    case .create, .alter, .drop, .grant, .revoke, .truncate: true
    default: false
    }
  }
}

/// A `WHERE` clause, by its text.
public enum PredicateState: String, Sendable, Hashable, CaseIterable {
  /// The command takes none.
  case none
  case missing
  /// It folds to true, such as `1=1` or `id = id`.
  case alwaysTrue = "always_true"
  case present
}

/// A table as named in a text; names are folded as PostgreSQL folds them.
public struct TableReference: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The schema, when the text names one.
  public var schema: String?
  /// The table.
  public var name: String

  /// A table.
  public init(schema: String? = nil, name: String) {
    self.schema = schema
    self.name = name
  }

  /// `schema.table` or `table`.
  public var description: String { schema.map { "\($0).\(name)" } ?? name }
  /// By schema and name; those without a schema come first.
  public static func < (left: Self, right: Self) -> Bool {
    let (first, second) = (left.schema ?? "", right.schema ?? "")
    return first.isExactly(second) ? left.name.precedes(right.name) : first.precedes(second)
  }

  /// Whether both have the same bytes: a database holds them for two where Swift does not.
  public static func == (left: Self, right: Self) -> Bool {
    left.name.isExactly(right.name) && (left.schema ?? "").isExactly(right.schema ?? "")
      && (left.schema == nil) == (right.schema == nil)
  }
}

/// A column of a table as named in a text; `*` is every column, the empty name none: the table's rows alone are read, as
/// by `SELECT count(*) FROM t`.
public struct ColumnReference: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The table.
  public var table: TableReference
  /// The column, `*`, or empty for the table alone.
  public var column: String

  /// A column.
  public init(table: TableReference, column: String) {
    self.table = table
    self.column = column
  }

  /// `table.column`, or `table` alone.
  public var description: String { column.isEmpty ? table.description : "\(table).\(column)" }
  /// By table and column.
  public static func < (left: Self, right: Self) -> Bool {
    left.table == right.table ? left.column.precedes(right.column) : left.table < right.table
  }

  /// Whether both have the same bytes.
  public static func == (left: Self, right: Self) -> Bool {
    left.column.isExactly(right.column) && left.table == right.table
  }
}

/// An object that a command creates, alters, drops or grants on.
public struct ObjectReference: Sendable, Hashable, Comparable {
  /// `table`, `index`, `view`, `function`, `schema`, `role`, …
  public var type: String
  /// Its name, with its schema when the text names one.
  public var name: String

  /// An object.
  public init(type: String, name: String) {
    self.type = type
    self.name = name
  }

  /// By type and name.
  public static func < (left: Self, right: Self) -> Bool {
    left.type == right.type ? left.name.precedes(right.name) : left.type < right.type
  }

  /// Whether both have the same bytes.
  public static func == (left: Self, right: Self) -> Bool {
    left.type == right.type && left.name.isExactly(right.name)
  }
}

/// What one command of a text says; a command inside another (a `DELETE` in a CTE) has facts of its own.
public struct CommandFacts: Sendable, Hashable {
  /// Its kinds: one, or two where it carries another (`EXPLAIN ANALYZE DELETE`, `PREPARE`).
  public var kinds: Set<CommandKind>
  /// Its predicate.
  public var predicate: PredicateState = .none
  /// Whether a `SELECT` has a `LIMIT`; `nil` where the command takes none.
  public var hasLimit: Bool?
  /// Columns it reads, sorted; a table of which no column is read stands with an empty column.
  public var reads: [ColumnReference] = []
  /// Columns that are in its output expressions, directly or through a CTE or subquery, sorted; a part of ``reads``.
  public var outputs: [ColumnReference] = []
  /// Columns it writes, sorted; `*` where every column may be.
  public var writes: [ColumnReference] = []
  /// Objects it creates, alters, drops or grants on, sorted; a setting that it sets, and a `file` or `program` (without
  /// name) that it copies to or from.
  public var objects: [ObjectReference] = []
  /// Functions it calls, sorted, in lower case.
  public var functions: [String] = []
  /// Whether it stands inside another command.
  public var isNested = false

  /// Facts of a command of the kind.
  public init(kinds: Set<CommandKind>) { self.kinds = kinds }
}

/// What the text of a statement says.
public struct Facts: Sendable, Hashable {
  /// Whether the grammar of PostgreSQL read it.
  public var parsed: Bool
  /// The shape's name: libpg_query's fingerprint as 16 hex digits; for a text that it does not read `x` and 15 of them.
  public var fingerprint: String
  /// The text without its literals.
  public var normalized: String
  /// Its commands in order, those inside others after them.
  public var commands: [CommandFacts]
  /// How many commands stand at the top level.
  public var commandCount: Int
  /// Whether `*` or an unqualified column was counted for every table in scope.
  public var overApproximate: Bool

  /// Facts.
  public init(
    parsed: Bool, fingerprint: String, normalized: String, commands: [CommandFacts], commandCount: Int,
    overApproximate: Bool
  ) {
    self.parsed = parsed
    self.fingerprint = fingerprint
    self.normalized = normalized
    self.commands = commands
    self.commandCount = commandCount
    self.overApproximate = overApproximate
  }

  /// Every kind that occurs.
  public var kinds: Set<CommandKind> { commands.reduce(into: []) { $0.formUnion($1.kinds) } }
}
