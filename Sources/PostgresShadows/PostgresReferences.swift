import AuditTrail
import Postgres
import Replay

/// Which tables hang together in a PostgreSQL shadow, for telling what a text touches: through views, keys, triggers,
/// rules, defaults and functions.
///
/// The server does not say what a function's body will touch, so every name that is in a definition counts. Of a body
/// that builds its statements nothing is known.
struct PostgresReferences: Sendable {
  /// An object that is read, or written.
  private struct Touch: Hashable {
    let name: String
    let writes: Bool
  }

  /// A relation, index or function, by its name's key.
  private struct Object: Sendable {
    /// Whether it holds rows: what sessions meet each other in.
    var isTable = false
    /// Whether its code builds statements.
    var isOpaque = false
    /// What touching it in any way touches too.
    var always: Set<Touch> = []
    /// What writing it touches besides.
    var onWrite: Set<Touch> = []
  }

  private var objects: [String: Object] = [:]

  /// Reads the definitions, as the measurer of a clone of the baseline.
  init(_ catalog: PostgresCatalog, _ connection: borrowing PostgresConnection) throws(PostgresError) {
    for relation in catalog.relations.values {
      let name = relation.name.nameKey
      if ["r", "p", "m", "f"].contains(relation.kind) { objects[name, default: Object()].isTable = true }
      if let body = catalog.views[relation.oid] {
        for word in PostgresWords.words(of: body).map(\.nameKey) {
          add(Touch(name: word, writes: false), to: name, onWrite: false)
          // A view passes writes on.
          add(Touch(name: word, writes: true), to: name, onWrite: true)
        }
      }
      if relation.root != relation.oid, let root = catalog.relations[relation.root]?.name.nameKey {
        for (one, other) in [(name, root), (root, name)] {
          add(Touch(name: other, writes: false), to: one, onWrite: false)
          add(Touch(name: other, writes: true), to: one, onWrite: true)
        }
      }
    }
    for key in catalog.foreignKeys {
      guard let child = catalog.relations[key.table]?.name.nameKey,
        let parent = catalog.relations[key.parent]?.name.nameKey
      else { continue }
      // A row of the parent takes along those of the child; one of the child asks for its parent.
      add(Touch(name: child, writes: true), to: parent, onWrite: true)
      add(Touch(name: parent, writes: false), to: child, onWrite: true)
    }
    let found = try connection.execute(Self.definitions)
    for row in 0..<found.rowCount {
      let name = found.text(row, 1).nameKey
      let words = Set(PostgresWords.words(of: found.text(row, 2)).map(\.nameKey))
      if found.text(row, 0) == "function" {
        let changes = found.text(row, 3) == "t"
        for word in words { add(Touch(name: word, writes: changes), to: name, onWrite: false) }
        if words.contains("execute") || found.text(row, 4) == "t" { objects[name, default: Object()].isOpaque = true }
      } else {
        for word in words { add(Touch(name: word, writes: true), to: name, onWrite: true) }
      }
    }
  }

  private mutating func add(_ touch: Touch, to name: String, onWrite: Bool) {
    guard touch.name != name else { return }
    if onWrite {
      objects[name, default: Object()].onWrite.insert(touch)
    } else {
      objects[name, default: Object()].always.insert(touch)
    }
  }

  /// What names others: triggers with their function, rules, defaults, indexes with their table, functions; of these
  /// whether they may change something, and whether their language hides what they touch.
  private static let definitions = """
    SELECT 'trigger', c.relname::text, p.proname::text, NULL::boolean, NULL::boolean FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'rule', c.relname, pg_get_ruledef(r.oid), NULL, NULL FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
      WHERE r.rulename <> '_RETURN' AND c.oid >= 16384
    UNION ALL
    SELECT 'default', c.relname, pg_get_expr(d.adbin, d.adrelid), NULL, NULL FROM pg_attrdef d
      JOIN pg_class c ON c.oid = d.adrelid
    UNION ALL
    SELECT 'index', i.relname, c.relname::text, NULL, NULL FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_class c ON c.oid = x.indrelid WHERE i.oid >= 16384
    UNION ALL
    SELECT 'function', p.proname, coalesce(p.prosrc, '') || ' ' || coalesce(pg_get_function_sqlbody(p.oid), ''),
      p.provolatile = 'v', l.lanname NOT IN ('sql', 'plpgsql')
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    WHERE p.oid >= 16384 AND n.nspname <> 'pg_catalog' AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    """

  /// The tables that a text's commands touch; `nil` where that cannot be told.
  func tables(of commands: [PostgresCommand]) -> TouchedTables? {
    var tables = TouchedTables()
    var touches: Set<Touch> = []
    // What no grammar reads does nothing, here or there; what leaves the shadow, or is the server's, is never run.
    for command in commands where command.facts.parsed && command.escape == nil && command.global == nil {
      if command.hidesWhatItTouches { return nil }
      let named = TouchedTables(command.facts)
      if command.makesTemporary { tables.temporary.formUnion(named.written) }
      // What a session makes that holds no rows, such as a function or a type, others meet by its name.
      tables.written.formUnion(command.madeNames)
      tables.touched.formUnion(command.namesThatOthersMayHaveMade)
      tables.touched.formUnion(named.touched)
      tables.written.formUnion(named.written)
      touches.formUnion(named.written.map { Touch(name: $0, writes: true) })
      touches.formUnion(command.words.map { Touch(name: $0.nameKey, writes: command.mayWriteWhatItNames) })
    }
    guard let all = follow(touches) else { return nil }
    for touch in all where objects[touch.name]?.isTable == true {
      tables.touched.insert(touch.name)
      if touch.writes { tables.written.insert(touch.name) }
    }
    tables.written.subtract(tables.temporary)
    tables.touched.formUnion(tables.written)
    return tables
  }

  /// All that touching objects leads to; `nil` where code that builds statements is among it.
  private func follow(_ touches: Set<Touch>) -> Set<Touch>? {
    var seen = touches.filter { objects[$0.name] != nil }
    var pending = Array(seen)
    while let touch = pending.popLast() {
      guard let object = objects[touch.name] else { continue }
      if object.isOpaque { return nil }
      let next = touch.writes ? object.always.union(object.onWrite) : object.always
      for touch in next where objects[touch.name] != nil && seen.insert(touch).inserted { pending.append(touch) }
    }
    return seen
  }
}

extension PostgresCommand {
  /// The keys of names that it gives: to what has another one, or to what it makes.
  fileprivate var madeNames: [String] {
    if verb == "alter", let place = words.firstIndex(of: "rename"), words.dropFirst(place + 1).first == "to" {
      return words.dropFirst(place + 2).prefix(1).map(\.nameKey)
    }
    guard verb == "create" else { return [] }
    let noise: Set<String> = [
      "or", "replace", "temp", "temporary", "unlogged", "trusted", "procedural", "if", "not", "exists",
    ]
    let rest = words.dropFirst().filter { !noise.contains($0) }
    // The facts name tables and views.
    if ["table", "view", "materialized", "index", "unique", "recursive"].contains(rest.first) { return [] }
    guard let first = rest.dropFirst().first else { return [] }
    // The name may follow its schema's.
    return rest.dropFirst().prefix(sql.lowercased().contains("\(first).") ? 2 : 1).map(\.nameKey)
  }

  /// The keys of names that an earlier session may have given, to what no table is: functions that a query calls, and every
  /// word of what is not a query, or of the names in a query's literals.
  fileprivate var namesThatOthersMayHaveMade: [String] {
    let isQuery = facts.kinds.isSubset(of: [.select, .insert, .update, .delete, .merge])
    if !isQuery { return words.map(\.nameKey) }
    if !functionNames.contains(where: { ["nextval", "currval", "setval"].contains($0) }) { return functionNames }
    return functionNames + sql.matches(of: #/'(?:\w+\.)?"?(\w+)"?'/#).map { String($0.output.1).nameKey }
  }

  /// Whether it makes a temporary table or view.
  fileprivate var makesTemporary: Bool {
    let rest = words.dropFirst().drop { ["or", "replace", "local", "global"].contains($0) }
    return verb == "create" && ["temp", "temporary"].contains(rest.first)
  }

  /// Whether it touches what its text does not name.
  fileprivate var hidesWhatItTouches: Bool {
    switch verb {
    case "do": words.contains("execute")
    case "drop":
      words.dropFirst().first.map { ["owned", "schema", "type", "domain", "extension"].contains($0) } == true
    // Its functions and types have names that no text shows.
    case "create": words.dropFirst().first == "extension"
    case "reassign": true
    case "alter": words.dropFirst().first == "schema"
    default: false
    }
  }

  /// Whether every name in its text may be one that it writes.
  fileprivate var mayWriteWhatItNames: Bool {
    if verb == "explain" { return words.contains("analyze") || words.contains("analyse") }
    if verb == "create" { return !words.contains("select") }
    return !facts.kinds.isSubset(of: [.select, .insert, .update, .delete, .merge, .truncate, .set, .transaction])
  }
}

extension PostgresClones {
  /// What hangs together in the shadow, read from a clone.
  func references() throws(AssayError) -> PostgresReferences {
    let clone = try pool.take()
    defer { pool.discard(clone) }
    do {
      return try PostgresReferences(world.catalog, try PostgresConnection(clone.measurer))
    } catch {
      throw fault(.server(PostgresRunError(error)))
    }
  }
}
