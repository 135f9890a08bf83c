import AuditTrail
import MariaDB
import Replay

/// What the schemas of a shadow hold at a moment. Tables are known by their keys, `schema.name` with the names' own bytes:
/// on Linux letters' case makes another table.
struct MariaDBCatalog: Sendable, Equatable {
  /// A column of a table or a view.
  struct Column: Sendable, Equatable {
    let name: String
    /// Its type as the server writes it, such as `varchar(20)`, with its collation where it has one.
    let type: String
    let isGenerated: Bool
  }

  /// A table, a view or a sequence.
  struct Table: Sendable, Equatable {
    let schema: String
    let name: String
    /// `BASE TABLE`, `VIEW`, `SEQUENCE` or `SYSTEM VERSIONED`.
    let type: String
    let engine: String
    let isPartitioned: Bool
    var columns: [Column] = []

    /// Whether it holds rows of its own.
    var holdsRows: Bool { type == "BASE TABLE" || type == "SYSTEM VERSIONED" }
    /// Whether InnoDB keeps it, which undoes what is rolled back.
    var isTransactional: Bool { engine.lowercased() == "innodb" }
  }

  /// A piece of code: a routine, a trigger, a view or an event.
  struct Code: Sendable, Equatable {
    /// `procedure`, `function`, `trigger`, `view` or `event`.
    let kind: String
    let schema: String
    let name: String
    /// The key of a trigger's table.
    let table: String?
    /// The words and names of its text.
    let names: Set<String>
    /// Those of them that stand only where rows are inserted into what they name.
    let added: Set<String>
    let text: String
  }

  /// A foreign key.
  struct ForeignKey: Sendable, Equatable {
    let child: String
    let parent: String
    /// Whether a parent's row that goes, or gets another key, changes the child's.
    let actsOnDelete: Bool
    let actsOnUpdate: Bool
    /// Whether either does.
    var acts: Bool { actsOnDelete || actsOnUpdate }
  }

  private(set) var tables: [String: Table] = [:]
  private(set) var code: [String: Code] = [:]
  private(set) var foreignKeys: [ForeignKey] = []
  /// `index table.name` of every index but primary keys.
  private(set) var indexes: Set<String> = []
  /// The keys of tables by the names under which InnoDB keeps them.
  private(set) var stored: [String: String] = [:]
  /// The schemas, in order.
  let schemas: [String]
  /// The schema that names without one mean.
  let main: String

  /// The table by which a dump says what it is.
  static let marker = "assay_shadow"

  /// The key of a name.
  static func tableKey(_ schema: String, _ name: String) -> String { "\(schema).\(name)".exactKey }

  /// Reads what the schemas hold.
  init(_ server: borrowing MariaDB, schemas: [String], main: String) throws(MariaDBError) {
    (self.schemas, self.main) = (schemas, main)
    let list = schemas.map { "'\($0.sqlText)'" }.joined(separator: ",")
    try readTables(server, list)
    try readBodies(server, list)
    let keys = try server.rows(
      "SELECT constraint_schema, table_name, unique_constraint_schema, referenced_table_name, "
        + "delete_rule NOT IN ('RESTRICT', 'NO ACTION'), update_rule NOT IN ('RESTRICT', 'NO ACTION') "
        + "FROM information_schema.referential_constraints WHERE constraint_schema IN (\(list)) ORDER BY 1, 2, 3, 4, 5")
    foreignKeys = keys.map {
      ForeignKey(
        child: Self.tableKey($0.cell(0), $0.cell(1)), parent: Self.tableKey($0.cell(2), $0.cell(3)),
        actsOnDelete: $0.number(4) != 0,
        actsOnUpdate: $0.number(5) != 0)
    }
    let made = try server.rows(
      "SELECT DISTINCT table_name, index_name FROM information_schema.statistics "
        + "WHERE table_schema IN (\(list)) AND index_name <> 'PRIMARY' AND table_name <> '\(Self.marker)'")
    indexes = Set(made.map { "\($0.cell(0)).\($0.cell(1))" })
  }

  private mutating func readTables(_ server: borrowing MariaDB, _ list: String) throws(MariaDBError) {
    let found = try server.rows(
      "SELECT table_schema, table_name, table_type, engine, create_options LIKE '%partitioned%', "
        + "CAST(CONVERT(table_schema USING filename) AS BINARY), CAST(CONVERT(table_name USING filename) AS BINARY) "
        + "FROM information_schema.tables WHERE table_schema IN (\(list)) ORDER BY 1, 2")
    for row in found where row.cell(1) != Self.marker {
      let key = Self.tableKey(row.cell(0), row.cell(1))
      tables[key] = Table(
        schema: row.cell(0), name: row.cell(1), type: row.cell(2), engine: row.cell(3),
        isPartitioned: row.number(4) != 0)
      stored["\(row.cell(5))/\(row.cell(6))"] = key
    }
    let columns = try server.rows(
      "SELECT table_schema, table_name, column_name, column_type, coalesce(collation_name, ''), is_generated <> 'NEVER' "
        + "FROM information_schema.columns WHERE table_schema IN (\(list)) ORDER BY 1, 2, ordinal_position")
    for row in columns {
      let type = row.cell(4).isEmpty ? row.cell(3) : "\(row.cell(3)) \(row.cell(4))"
      tables[Self.tableKey(row.cell(0), row.cell(1))]?.columns.append(
        Column(name: row.cell(2), type: type, isGenerated: row.number(5) != 0))
    }
  }

  private mutating func readBodies(_ server: borrowing MariaDB, _ list: String) throws(MariaDBError) {
    let found = try server.rows(
      """
      SELECT lower(routine_type), routine_schema, routine_name, NULL, coalesce(routine_definition, '')
        FROM information_schema.routines WHERE routine_schema IN (\(list))
      UNION ALL SELECT 'trigger', trigger_schema, trigger_name, event_object_table, action_statement
        FROM information_schema.triggers WHERE trigger_schema IN (\(list))
      UNION ALL SELECT 'view', table_schema, table_name, NULL, view_definition
        FROM information_schema.views WHERE table_schema IN (\(list))
      UNION ALL SELECT 'event', event_schema, event_name, NULL, event_definition
        FROM information_schema.events WHERE event_schema IN (\(list))
      """)
    for row in found {
      let command = MySQLCommand(row.cell(4), QuotingMode())
      let piece = Code(
        kind: row.cell(0), schema: row.cell(1), name: row.cell(2),
        table: row[3].map { Self.tableKey(row.cell(1), $0) }, names: command.names,
        added: command.addedNames, text: row.cell(4))
      code["\(piece.kind) \(Self.tableKey(piece.schema, piece.name))"] = piece
    }
  }

  // MARK: What is named

  /// What effects call a table: its name, with the schema where that is not the main one.
  func shownName(of key: String) -> String {
    guard let table = tables[key] else { return String(nameKey: key) }
    return table.schema.isExactly(main) ? table.name : "\(table.schema).\(table.name)"
  }

  /// The tables of a name in any schema.
  func tables(named name: String) -> [String] {
    schemas.map { Self.tableKey($0, name) }.filter { tables[$0] != nil }
  }

  /// What a command may read, write or run: the tables, and the code on the way.
  struct Reach {
    var tables: Set<String> = []
    var code: [Code] = []

    /// Whether code has handlers, after which a failure goes unseen.
    var hasHandlers: Bool { code.contains { $0.kind != "view" && $0.names.contains { $0.lowercased() == "handler" } } }
    /// Whether code passes errors by.
    var ignoresErrors: Bool { code.contains { $0.kind != "view" && $0.names.contains { $0.lowercased() == "ignore" } } }
    /// Whether chance has a part in it, or what MySQL answers otherwise.
    var asksChance: Bool {
      code.contains { piece in
        let names = piece.names.map { $0.lowercased() }
        return !MySQLChance.functions.isDisjoint(with: names)
          || names.contains { $0.hasPrefix("json_") || $0 == "regexp" }
      }
    }
  }

  /// Everything that the names of a command lead to: views, routines, and, where it writes, triggers and keys that act.
  ///
  /// - Parameter deciding: whether tables to which code only adds rows are left out, for no row of theirs decides anything.
  func reach(from names: Set<String>, writes: Bool, deciding: Bool = false) -> Reach {
    var reach = Reach()
    // What a key does fires no trigger.
    var pending = names.map { (name: $0, isByKey: false) }
    var known = names
    func pursue(_ more: Set<String>, isByKey: Bool) {
      for name in more where known.insert(name).inserted { pending.append((name, isByKey)) }
    }
    func enter(_ piece: Code) {
      reach.code.append(piece)
      pursue(deciding ? piece.names.subtracting(piece.added) : piece.names, isByKey: false)
    }
    while let (name, isByKey) = pending.popLast() {
      for key in tables(named: name) where reach.tables.insert(key).inserted {
        guard writes else { continue }
        for child in foreignKeys where child.acts && child.parent == key {
          if let table = tables[child.child] { pursue([table.name], isByKey: true) }
        }
        if isByKey { continue }
        for piece in code.values where piece.kind == "trigger" && piece.table == key { enter(piece) }
      }
      if isByKey { continue }
      for piece in code.values where piece.kind != "trigger" && piece.kind != "event" && isCalled(piece, name) {
        enter(piece)
      }
    }
    return reach
  }

  /// Routines are called by their names in any case, views are tables.
  private func isCalled(_ piece: Code, _ name: String) -> Bool {
    piece.kind == "view" ? piece.name.isExactly(name) : piece.name.lowercased() == name.lowercased()
  }

  /// The tables whose rows keys may change where rows of others go or are overwritten, all the way.
  func cascading(deleted: Set<String>, updated: Set<String>) -> Set<String> {
    let first = foreignKeys.filter { key in
      key.actsOnDelete && deleted.contains(key.parent) || key.actsOnUpdate && updated.contains(key.parent)
    }
    return Set(
      reached(from: first.map(\.child)) { parent in
        foreignKeys.filter { $0.acts && $0.parent == parent }.map(\.child)
      })
  }

  /// The parents of a table by its keys.
  func parentTables(of key: String) -> Set<String> { Set(foreignKeys.filter { $0.child == key }.map(\.parent)) }

  /// The keys of tables that hold rows, in order.
  var rowTables: [String] { tables.filter { $0.value.holdsRows }.keys.sorted() }
}
