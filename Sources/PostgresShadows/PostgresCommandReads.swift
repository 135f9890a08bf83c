import AuditTrail
import Replay
import SQLAnalysis

extension PostgresWorld {
  /// What a command reads, through views.
  struct CommandReads: Sendable {
    /// As `table.column`, sorted.
    var columns: [String] = []
    /// Tables whose rows decide what it does.
    var tables: Set<UInt32> = []
    /// Sensitive columns that it may read, by position.
    var sensitive: Set<Int> = []
    /// Sensitive columns that may be in its output.
    var outputs: Set<Int> = []
    /// Those of them whose rows a table shows that they inherit from: for these the server asks no right of its own.
    /// Source: PostgreSQL 15, 5.10 "Inheritance".
    var inherited: Set<Int> = []
    /// Sensitive columns that the server reads for it and that its text does not show.
    var unseen: Set<Int> = []
    /// Whether it reads a view, of which the server asks for more than the command does.
    var readsViews = false
    /// Whether it runs code whose reads the text does not show.
    var isOpaque = false
    /// Whether it can change nothing.
    var isReadOnly = false
    /// Whether it would come to the same again on the same rows: neither the clock nor chance decides.
    var isRepeatable = false
    /// Whether a trigger's or a rule's code runs when it changes rows.
    var firesCode = false
    /// Whether that code may put sensitive values into the rows.
    var carriesByCode = false
    /// Whether row counters tell all that it does: no code whose effects the text does not show, nothing that outlives a
    /// rollback.
    var isCountable = false
    /// What it is in a block; `nil` where it has no place in one.
    var blockStep: PostgresBlockMember.Step?

    /// Whether it may read a sensitive column.
    var isSensitive: Bool { isOpaque || !sensitive.isEmpty || !outputs.isEmpty || !unseen.isEmpty }

    /// Takes what the server says in place of what the text says.
    mutating func take(_ read: Set<Int>) {
      if readsViews, !read.isEmpty { return }
      unseen = read.subtracting(sensitive).subtracting(outputs)
      sensitive.formIntersection(read.union(inherited))
      outputs.formIntersection(read.union(inherited))
    }
  }

  /// Whether a command touches a table with a sensitive column at all.
  func mayMeetSensitive(_ command: PostgresCommand, _ reads: CommandReads) -> Bool {
    let written = command.facts.commands.flatMap(\.writes).compactMap { catalog.relation($0.table)?.root }
    return sensitive.contains { reads.tables.contains($0.relation) || written.contains($0.relation) }
  }

  /// The server's own functions that run a query which is in a literal. Source: PostgreSQL 15, 9.15.3 and 9.13.
  static let queryingFunctions: Set<String> = [
    "query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "table_to_xml", "table_to_xmlschema",
    "table_to_xml_and_xmlschema", "cursor_to_xml", "schema_to_xml", "schema_to_xml_and_xmlschema", "database_to_xml",
    "database_to_xml_and_xmlschema", "ts_stat", "ts_rewrite",
  ]

  /// The server's views of what columns hold: their commonest values and the bounds between them. Source: PostgreSQL 15,
  /// 54.27 to 54.29.
  private static let statistics: Set<String> = ["pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"]

  /// What a command reads, by its text.
  func findReads(_ facts: Facts) -> CommandReads {
    var reads = CommandReads()
    var columns: Set<String> = []
    let functions = Set(
      facts.commands.flatMap(\.functions).map { ($0.split(separator: ".").last.map(String.init) ?? $0).nameKey })
    reads.isOpaque =
      !facts.parsed || !functions.isDisjoint(with: catalog.userFunctions)
      || !functions.isDisjoint(with: Self.queryingFunctions)
      || !facts.kinds.isDisjoint(with: [.call, .do, .other])
      || facts.commands.contains { $0.reads.contains { Self.statistics.contains($0.table.name) } }
    let harmless: Set<String> = ["random", "clock_timestamp", "timeofday", "gen_random_uuid", "pg_sleep", "setseed"]
    reads.isReadOnly =
      facts.parsed && facts.kinds.isSubset(of: [.select, .explain, .transaction])
      && functions.isDisjoint(with: catalog.userFunctions)
      && functions.intersection(catalog.volatileFunctions).isSubset(of: harmless)
    for command in facts.commands {
      let alters = !command.kinds.isDisjoint(with: [.update, .delete, .merge, .truncate])
      for reference in command.reads
        + (alters ? command.writes.map { ColumnReference(table: $0.table, column: "") } : [])
      {
        add(reference, to: &reads, &columns, outputs: false, depth: 0)
      }
      for reference in command.outputs { add(reference, to: &reads, &columns, outputs: true, depth: 0) }
    }
    reads.columns = columns.sorted()
    return reads
  }

  /// The tables that a view of the baseline shows, through other views.
  func tables(behind view: PostgresRelation) -> Set<UInt32> {
    findReads(analyze("TABLE \(view.qualifiedName)", .postgreSQL)).tables
  }

  private func add(
    _ reference: ColumnReference, to reads: inout CommandReads, _ columns: inout Set<String>, outputs: Bool, depth: Int
  ) {
    guard let relation = catalog.relation(reference.table) else { return }
    if let body = catalog.views[relation.oid], relation.kind == "v" {
      reads.readsViews = true
      guard depth < 8 else {
        reads.isOpaque = true
        return
      }
      let facts = analyze(body, .postgreSQL)
      if !facts.parsed { reads.isOpaque = true }
      let shown = reference.column.nameKey
      for inner in facts.commands {
        for column in inner.reads { add(column, to: &reads, &columns, outputs: false, depth: depth + 1) }
        // A column of a view shows the column of its name, where there is one; else it may show any.
        let named = inner.outputs.filter { $0.column.nameKey == shown }
        let through = shown == "*" || named.isEmpty ? inner.outputs : named
        if outputs { for column in through { add(column, to: &reads, &columns, outputs: true, depth: depth + 1) } }
      }
      let functions = facts.commands.flatMap(\.functions).map(\.nameKey)
      if functions.contains(where: catalog.userFunctions.contains) { reads.isOpaque = true }
      return
    }
    reads.tables.insert(relation.root)
    let table = catalog.relations[relation.root] ?? relation
    let name = catalog.displayName(table)
    let shown =
      reference.column == "*"
      ? relation.columns
      : reference.column.isEmpty
        ? [] : relation.columns.filter { $0.nameKey == reference.column.nameKey }
    columns.formUnion(shown.map { "\(name).\($0)" })
    // A generated column shows what it is made from.
    let made = shown.reduce(into: Set(shown)) { $0.formUnion(catalog.generated[relation.oid]?[$1] ?? []) }
    let heirs = catalog.heirs[table.oid] ?? []
    for (index, column) in sensitive.enumerated()
    where (column.relation == table.oid || heirs.contains(column.relation)) && made.contains(column.column) {
      if outputs { reads.outputs.insert(index) } else { reads.sensitive.insert(index) }
      if column.relation != table.oid { reads.inherited.insert(index) }
    }
  }
}
