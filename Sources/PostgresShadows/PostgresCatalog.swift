import AuditTrail
import Postgres
import Replay

/// A table, view or other relation of a clone.
struct PostgresRelation: Sendable, Hashable {
  let oid: UInt32
  let schema: String
  let name: String
  /// `r` a table, `p` a partitioned one, `v` a view, `m` a materialized one, `f` a foreign one.
  let kind: String
  /// The partitioned table it is a part of, at the top; itself where it is none.
  var root: UInt32
  let isTemporary: Bool
  /// Row security, on and forced on the owner.
  var security = RowSecurity()
  var columns: [String] = []
  /// How many columns it has had: a dropped one keeps its number, which no other gets.
  var columnCount: Int64 = 0

  struct RowSecurity: Sendable, Hashable {
    var isOn = false
    var isForced = false
  }

  /// What the engine knows it by.
  var table: TableIdentity { TableIdentity(oid) }
  /// Its name with its schema, as SQL takes it.
  var qualifiedName: String { "\(quoted(schema)).\(quoted(name))" }
  /// Whether it holds rows of its own that a count tells.
  var holdsRows: Bool { kind == "r" || kind == "m" }

  /// The relations of a name, or where none has it, those that have it in other letters, as other engines may spell it.
  static func named(_ name: String, among relations: some Sequence<PostgresRelation>) -> [PostgresRelation] {
    let key = name.nameKey
    let found = relations.filter { $0.name.nameKey == key }
    let same = found.filter { $0.name.isExactly(name) }
    return same.isEmpty ? found : same
  }
}

/// What the baseline of a PostgreSQL shadow holds.
struct PostgresCatalog: Sendable {
  /// A foreign key from one column to one column; a composite key is several of them.
  struct ForeignKey: Sendable {
    let table: UInt32
    let column: String
    let parent: UInt32
    let parentColumn: String
    /// Whether a change of the parent's row changes the child's: `CASCADE`, `SET NULL` or `SET DEFAULT`.
    let acts: Bool
  }

  /// Code of someone's own that runs when a table's rows change: triggers, rules, and functions of defaults and checks.
  struct TableCode: Sendable {
    /// The names that are in it.
    var words: Set<String> = []
    /// Tables from which it deletes, or whose rows it overwrites, by name.
    var deletes: Set<String> = []
    /// Whether it may change what it does not name.
    var isOpaque = false
    /// Whether a rule may answer a write with rows.
    var selects = false
    /// Whether the clock, chance or the server's surroundings decide what it does.
    var isDecidedByChance = false
    var errors = CaughtErrors()
  }

  private(set) var relations: [UInt32: PostgresRelation] = [:]
  private(set) var files: [UInt32: UInt32] = [:]
  private(set) var rows: [UInt32: Int64] = [:]
  /// Names and last values; -1 before the first.
  private(set) var sequences: [UInt32: (name: String, last: Int64)] = [:]
  /// The query of each view, for data flow.
  private(set) var views: [UInt32: String] = [:]
  /// What keeps the rows back that a view is not to show.
  private(set) var viewGuards: [UInt32: Set<String>] = [:]
  private(set) var foreignKeys: [ForeignKey] = []
  /// The columns that each generated column is made from, by relation.
  private(set) var generated: [UInt32: [String: Set<String>]] = [:]
  /// Columns that decide the partition, in lower case, by the table at the top.
  private(set) var partitionKeys: [UInt32: Set<String>] = [:]
  /// Functions that someone made, and those of the server that may change something, in lower case.
  private(set) var userFunctions: Set<String> = []
  /// Those of them whose code says what a replay answers otherwise, such as the time.
  private(set) var changingFunctions: Set<String> = []
  private(set) var volatileFunctions: Set<String> = []
  /// What the functions that someone made delete and overwrite.
  private(set) var codeWrites = CodeWrites()
  /// Tables that run code of someone's own when their rows change: by a trigger or a rule.
  private(set) var code: [UInt32: TableCode] = [:]
  /// Tables whose rows a trigger may write otherwise than the command says, as they come in.
  private(set) var rewriting: Set<UInt32> = []
  /// Tables of which rows are shown by who asks, also to their owner: a clone's role has a name of its own.
  private(set) var shownByRole: Set<UInt32> = []
  /// The tables whose rows a table shows beside its own, since they inherit from it.
  private(set) var heirs: [UInt32: Set<UInt32>] = [:]
  /// Whether some function catches errors, and so undoes what it had done up to there.
  private(set) var hasHandlers = false
  /// Whether some function's own text holds ALTER.
  private(set) var codeAlters = false
  /// Whether some constraint is checked only when a transaction ends.
  private(set) var hasDeferrable = false
  /// Whether some trigger that someone made may run only then.
  private(set) var hasDeferredCode = false
  /// Routines, triggers and rules that someone made, as `type identity`, in the server's own spelling.
  private(set) var objects: Set<String> = []
  /// The server's tables of large objects, where the baseline has any.
  private(set) var largeObjects: [LargeObjects] = []
  private var byName: [String: [UInt32]] = [:]

  private static let space = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"

  /// Reads the catalog of a clone, as its measurer.
  init(of connection: borrowing PostgresConnection) throws(PostgresError) {
    try readRelations(connection)
    try readColumns(connection)
    let sequences = try connection.execute(
      """
      SELECT c.oid, c.relname, coalesce(pg_sequence_last_value(c.oid), -1) FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND \(Self.space)
      """)
    for row in 0..<sequences.rowCount {
      self.sequences[sequences.oid(row, 0)] = (sequences.text(row, 1), sequences.integer(row, 2) ?? -1)
    }
    let keys = try connection.execute(
      """
      SELECT k.conrelid, a.attname, k.confrelid, b.attname,
        k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd') FROM pg_constraint k
      CROSS JOIN unnest(k.conkey, k.confkey) AS u(own, other)
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.own
      JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = u.other
      WHERE k.contype = 'f' ORDER BY 1, 2, 3, 4
      """)
    for row in 0..<keys.rowCount {
      foreignKeys.append(
        ForeignKey(
          table: keys.oid(row, 0), column: keys.text(row, 1), parent: keys.oid(row, 2),
          parentColumn: keys.text(row, 3), acts: keys.text(row, 4) == "t"))
    }
    try readFunctions(connection)
    largeObjects = try LargeObjects.all(in: connection)
    try readCode(connection)
    let made = try connection.execute(
      """
      SELECT i.type, i.identity FROM (
        SELECT tableoid AS class, oid FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT tableoid, oid FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT tableoid, oid FROM pg_rewrite WHERE oid >= 16384
      ) AS made, pg_identify_object(made.class, made.oid, 0) AS i
      """)
    objects = Set((0..<made.rowCount).map { "\(made.text($0, 0)) \(made.text($0, 1))".exactKey })
    shownByRole = Set(
      try connection.execute(
        """
        SELECT p.polrelid FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
        WHERE c.relrowsecurity AND c.relforcerowsecurity
          AND concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
            ~* '\\m(current_user|session_user|current_role|current_database|current_catalog)\\M'
        """
      ).firstColumn.compactMap { UInt32($0) })
    let deferrable = try connection.execute(
      "SELECT EXISTS (SELECT FROM pg_constraint WHERE condeferrable) OR EXISTS (SELECT FROM pg_trigger WHERE tgdeferrable), "
        + "EXISTS (SELECT FROM pg_trigger WHERE tgdeferrable AND NOT tgisinternal)"
    )
    hasDeferrable = deferrable.text(0, 0) == "t"
    hasDeferredCode = deferrable.text(0, 1) == "t"
  }

  /// The guards that a view's options switch on. The server keeps a truth value as it was written.
  ///
  /// Source: PostgreSQL 15, CREATE VIEW, and 8.6 "Boolean Type".
  static func guards(_ options: String) -> Set<String> {
    Set(
      options.split(separator: " ").compactMap { option in
        let parts = option.split(separator: "=", maxSplits: 1)
        guard let name = parts.first, name == "security_invoker" || name == "security_barrier" else { return nil }
        let value = parts.count == 2 ? parts[1].lowercased() : "true"
        let isOn = value == "1" || value == "on" || "true".hasPrefix(value) || "yes".hasPrefix(value)
        return isOn ? String(name) : nil
      })
  }

  private mutating func readRelations(_ connection: borrowing PostgresConnection) throws(PostgresError) {
    let found = try connection.execute(
      """
      SELECT c.oid, n.nspname, c.relname, c.relkind, coalesce(pg_partition_root(c.oid)::oid, c.oid),
        c.relpersistence = 't', c.relrowsecurity, c.relforcerowsecurity, coalesce(pg_relation_filenode(c.oid), 0),
        CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, pg_catalog.assay_rows(c.oid),
        coalesce(array_to_string(c.reloptions, ' '), ''), c.relnatts
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND \(Self.space) AND c.relname <> 'assay_shadow' ORDER BY c.oid
      """)
    for row in 0..<found.rowCount {
      let oid = found.oid(row, 0)
      var relation = PostgresRelation(
        oid: oid, schema: found.text(row, 1), name: found.text(row, 2), kind: found.text(row, 3),
        root: found.oid(row, 4), isTemporary: found.text(row, 5) == "t")
      relation.security = .init(isOn: found.text(row, 6) == "t", isForced: found.text(row, 7) == "t")
      relation.columnCount = found.integer(row, 12) ?? 0
      relations[oid] = relation
      files[oid] = found.oid(row, 8)
      if let body = found.optionalText(row, 9) { views[oid] = body }
      if let count = found.integer(row, 10) { rows[oid] = count }
      let guards = Self.guards(found.text(row, 11))
      if !guards.isEmpty { viewGuards[oid] = guards }
      byName[relation.name.nameKey, default: []].append(oid)
    }
    let children = try connection.execute(
      """
      WITH RECURSIVE heirs (ancestor, heir) AS (
        SELECT inhparent, inhrelid FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE NOT c.relispartition
        UNION SELECT h.ancestor, i.inhrelid FROM heirs h JOIN pg_inherits i ON i.inhparent = h.heir)
      SELECT ancestor, heir FROM heirs
      """)
    for row in 0..<children.rowCount { heirs[children.oid(row, 0), default: []].insert(children.oid(row, 1)) }
    let parts = try connection.execute(
      """
      SELECT p.partrelid, a.attname FROM pg_partitioned_table p
      CROSS JOIN unnest(p.partattrs::int2[]) AS u(number)
      JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = u.number
      -- A hash's parts are not places that a row moves to.
      WHERE p.partstrat <> 'h'
      """)
    for row in 0..<parts.rowCount {
      let root = relations[parts.oid(row, 0)]?.root ?? parts.oid(row, 0)
      partitionKeys[root, default: []].insert(parts.text(row, 1).nameKey)
    }
  }

  private mutating func readColumns(_ connection: borrowing PostgresConnection) throws(PostgresError) {
    let found = try connection.execute(
      """
      SELECT a.attrelid, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND \(Self.space)
      ORDER BY a.attrelid, a.attnum
      """)
    for row in 0..<found.rowCount { relations[found.oid(row, 0)]?.columns.append(found.text(row, 1)) }
    // Up to PostgreSQL 14 it is the column that depends on others, from 15 on its expression.
    let made = try connection.execute(
      """
      SELECT g.attrelid, g.attname, b.attname FROM pg_attribute g
      JOIN pg_attrdef e ON e.adrelid = g.attrelid AND e.adnum = g.attnum
      JOIN pg_depend d ON (d.classid, d.objid) IN (('pg_attrdef'::regclass, e.oid), ('pg_class'::regclass, g.attrelid))
        AND (d.classid = 'pg_attrdef'::regclass OR d.objsubid = g.attnum)
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = g.attrelid
      JOIN pg_attribute b ON b.attrelid = g.attrelid AND b.attnum = d.refobjsubid
      WHERE g.attgenerated <> '' AND b.attnum <> g.attnum
      """)
    for row in 0..<made.rowCount {
      generated[made.oid(row, 0), default: [:]][made.text(row, 1), default: []].insert(made.text(row, 2))
    }
  }

  private mutating func readFunctions(_ connection: borrowing PostgresConnection) throws(PostgresError) {
    let found = try connection.execute(
      """
      SELECT p.proname, p.oid >= 16384 AND n.nspname <> 'pg_catalog', p.provolatile = 'v',
        p.oid >= 16384 AND n.nspname <> 'pg_catalog' AND regexp_replace(p.prosrc, '\\mraise\\s+exception\\M', '', 'gi') ~* '\\mexception\\M',
        CASE WHEN p.oid >= 16384 THEN p.prosrc || ' ' || coalesce(pg_get_function_sqlbody(p.oid), '') END
      FROM pg_proc p
      JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid >= 16384 OR p.provolatile = 'v'
      """)
    var bodies: [(name: String, body: String)] = []
    for row in 0..<found.rowCount {
      let name = found.text(row, 0).nameKey
      if found.text(row, 1) == "t" {
        userFunctions.insert(name)
        bodies.append((name, found.text(row, 4)))
        if DecidedByChance.isNamed(in: PostgresWords.words(of: found.text(row, 4))) { changingFunctions.insert(name) }
        codeAlters = codeAlters || found.text(row, 4).lowercased().contains("alter")
      }
      if found.text(row, 2) == "t" { volatileFunctions.insert(name) }
      if found.text(row, 3) == "t" { hasHandlers = true }
    }
    codeWrites = CodeWrites(bodies)
  }

  private mutating func readCode(_ connection: borrowing PostgresConnection) throws(PostgresError) {
    let found = try connection.execute(
      """
      SELECT t.tgrelid, coalesce(p.prosrc, '') || ' ' || coalesce(pg_get_function_sqlbody(p.oid), ''),
        l.lanname NOT IN ('sql', 'plpgsql'), false
      FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang
      WHERE NOT t.tgisinternal
      UNION ALL SELECT ev_class, pg_get_ruledef(oid), false, true FROM pg_rewrite WHERE rulename <> '_RETURN'
      UNION ALL SELECT coalesce(a.adrelid, c.conrelid),
        p.proname || ' ' || p.prosrc || ' ' || coalesce(pg_get_function_sqlbody(p.oid), ''),
        l.lanname NOT IN ('sql', 'plpgsql'), false
      FROM pg_depend d JOIN pg_proc p ON p.oid = d.refobjid JOIN pg_language l ON l.oid = p.prolang
      LEFT JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
      LEFT JOIN pg_constraint c ON d.classid = 'pg_constraint'::regclass AND c.oid = d.objid AND c.conrelid <> 0
      WHERE d.refclassid = 'pg_proc'::regclass AND p.oid >= 16384 AND l.lanname NOT IN ('c', 'internal')
        AND coalesce(a.adrelid, c.conrelid) IS NOT NULL
      """)
    for row in 0..<found.rowCount {
      let all = PostgresWords.words(of: found.text(row, 1))
      let words = Set(all)
      let isOpaque =
        found.text(row, 2) == "t" || words.contains("execute") || all.count >= PostgresWords.most
        || words.contains { userFunctions.contains($0.nameKey) }
      code[found.oid(row, 0), default: TableCode()].words.formUnion(words.map(\.exactKey))
      code[found.oid(row, 0)]?.deletes.formUnion(CodeWrites.tables(in: all))
      if found.text(row, 3) == "t", words.contains("select") { code[found.oid(row, 0)]?.selects = true }
      if isOpaque { code[found.oid(row, 0), default: TableCode()].isOpaque = true }
      if DecidedByChance.code(all) { code[found.oid(row, 0)]?.isDecidedByChance = true }
      code[found.oid(row, 0)]?.errors.formUnion(CaughtErrors(of: found.text(row, 1), all))
    }
    // Before each row that is inserted or updated; code of another language may do so without a word of it.
    let triggers = try connection.execute(
      """
      SELECT DISTINCT t.tgrelid FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
      JOIN pg_language l ON l.oid = p.prolang
      WHERE NOT t.tgisinternal AND t.tgtype & 3 = 3 AND t.tgtype & 20 <> 0 AND t.tgfoid >= 16384
        AND (l.lanname <> 'plpgsql' OR p.prosrc ~* '\\mnew\\M\\s*(\\.\\s*("[^"]+"|\\w+)\\s*)?:?=|\\minto\\s+(strict\\s+)?new\\M')
      """)
    for row in 0..<triggers.rowCount { rewriting.insert(triggers.oid(row, 0)) }
  }

  /// The relation that a text names; without a schema the public one's first.
  func relation(_ name: String, schema: String? = nil) -> PostgresRelation? {
    let found = PostgresRelation.named(name, among: (byName[name.nameKey] ?? []).lazy.compactMap { relations[$0] })
    if let schema { return found.first { $0.schema == schema } }
    return found.first { $0.schema == "public" } ?? found.first
  }

  /// The relation that facts name.
  func relation(_ reference: TableReference) -> PostgresRelation? {
    relation(reference.name, schema: reference.schema)
  }

  /// What effects call a relation: its name, with its schema where another schema has the same.
  func displayName(_ relation: PostgresRelation) -> String {
    guard !relation.isTemporary, relation.schema != "public", byName[relation.name.nameKey]?.count ?? 0 > 1 else {
      return relation.name
    }
    return "\(relation.schema).\(relation.name)"
  }

  /// Whether the baseline has another relation of the name.
  func hasOther(_ relation: PostgresRelation) -> Bool {
    byName[relation.name.nameKey]?.contains { $0 != relation.oid } ?? false
  }

  /// The rows of a table with those of its partitions at the start; `nil` for what is not a table.
  func baselineRows(of relation: PostgresRelation) -> Int64? {
    guard ["r", "p", "m"].contains(relation.kind) else { return nil }
    return relations.values.reduce(0) {
      $0 + ($1.root == relation.oid || $1.oid == relation.oid ? rows[$1.oid] ?? 0 : 0)
    }
  }

  /// A table's column.
  struct ColumnName: Hashable {
    let table: UInt32
    let column: String
  }

  /// A column and every column that a foreign key joins it to.
  func family(of column: ColumnName) -> [ColumnName] {
    let keys = foreignKeys.map { key in
      (
        child: ColumnName(table: key.table, column: key.column),
        parent: ColumnName(table: key.parent, column: key.parentColumn)
      )
    }
    return joinedColumns(to: column, by: keys).filter { relations[$0.table] != nil }
  }

  /// The tables that a foreign key of the given one's referrers leads from, all the way, with its partitions.
  func referrers(of oid: UInt32) -> [UInt32] {
    reached(from: [oid]) { parent in
      foreignKeys.filter { $0.parent == parent }.map(\.table)
        + relations.values.filter { $0.root == parent }.map(\.oid).sorted()
    }.sorted()
  }
}

extension PostgresResult {
  /// An oid; 0 for NULL.
  func oid(_ row: Int, _ column: Int) -> UInt32 { UInt32(exactly: integer(row, column) ?? 0) ?? 0 }
}
