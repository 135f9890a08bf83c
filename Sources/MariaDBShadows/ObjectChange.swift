import AuditTrail
import MariaDB
import Replay

/// What is gone, new and changed between two moments of the schemas.
struct ObjectChange {
  /// An object that is no table.
  struct Other: Hashable, Comparable {
    let type: String
    let name: String

    static func < (left: Self, right: Self) -> Bool { (left.type, left.name) < (right.type, right.name) }
  }

  let before: MariaDBCatalog
  let after: MariaDBCatalog
  /// Keys of tables, views and sequences that are gone, and of new ones.
  private(set) var gone: [String] = []
  private(set) var come: [String] = []
  /// Tables that have another name.
  private(set) var renamed: [(from: String, to: String)] = []
  /// Tables whose rows InnoDB keeps in other files by now.
  private(set) var rebuilt: [String] = []
  /// Tables that have other columns, indexes or options.
  private(set) var altered: [String] = []
  private(set) var lostColumns: [(table: String, column: String)] = []
  private(set) var newColumns: [(table: String, column: String)] = []
  /// Columns whose type is another one.
  private(set) var retyped: [(table: String, from: String, to: String)] = []
  private(set) var lostObjects: [Other] = []
  private(set) var newObjects: [Other] = []
  private(set) var otherObjects: [Other] = []
  /// The rows of every table now.
  private(set) var rows: [String: Int64] = [:]

  /// Reads what there is now, opens it and counts it.
  init(from before: MariaDBCatalog, _ counted: CounterReading, to meter: MariaDBMeter) throws(MariaDBError) {
    self.before = before
    after = try meter.catalogNow()
    try meter.openTables(after)
    let now = try meter.countNow(of: after)
    for (key, table) in after.tables where table.holdsRows { rows[key] = try meter.countRows(of: table) }
    compareTables(counted, now)
    compareColumns()
    compareOthers()
  }

  /// Whether nothing is another.
  var isNothing: Bool {
    gone.isEmpty && come.isEmpty && renamed.isEmpty && rebuilt.isEmpty && altered.isEmpty && lostObjects.isEmpty
      && newObjects.isEmpty && otherObjects.isEmpty
  }

  private mutating func compareTables(_ counted: CounterReading, _ now: CounterReading) {
    func files(_ key: String, _ reading: CounterReading) -> [Int64] { reading.tables[key]?.numbers ?? [] }
    var owners: [[Int64]: String] = [:]
    for key in before.tables.keys where !files(key, counted).isEmpty { owners[files(key, counted)] = key }
    gone = before.tables.keys.filter { after.tables[$0] == nil }.sorted()
    come = after.tables.keys.filter { before.tables[$0] == nil }.sorted()
    for key in after.tables.keys.sorted() {
      let numbers = files(key, now)
      if !numbers.isEmpty, let owner = owners[numbers], owner != key {
        renamed.append((owner, key))
      } else if before.tables[key] != nil, !numbers.isEmpty, numbers != files(key, counted) {
        rebuilt.append(key)
      }
    }
    // What InnoDB does not keep has no number.
    let (oldOthers, newOthers) = (
      gone.filter { files($0, counted).isEmpty }, come.filter { files($0, now).isEmpty }
    )
    if oldOthers.count == 1, newOthers.count == 1, let from = oldOthers.first, let to = newOthers.first,
      before.tables[from]?.columns == after.tables[to]?.columns, before.tables[from]?.type == after.tables[to]?.type
    {
      renamed.append((from, to))
    }
    let (sources, targets) = (Set(renamed.map(\.from)), Set(renamed.map(\.to)))
    gone.removeAll(where: sources.contains)
    come.removeAll(where: targets.contains)
    // Whose name another table has taken is gone itself, unless it has gone on under another one.
    for target in targets.sorted() where before.tables[target] != nil && !sources.contains(target) {
      gone.append(target)
    }
  }

  private mutating func compareColumns() {
    let origin = Dictionary(renamed.map { ($0.to, $0.from) }) { first, _ in first }
    for (key, table) in after.tables.sorted(by: { $0.key < $1.key }) {
      let source = origin[key] ?? key
      guard let was = before.tables[source], !come.contains(key), table.type != "VIEW" else { continue }
      let (old, new) = (was.columns, table.columns)
      let isOther = old != new || was.engine != table.engine || was.type != table.type
      if isOther || indexes(of: was, before) != indexes(of: table, after) { altered.append(key) }
      let has = Dictionary(new.map { ($0.name.lowercased(), $0) }) { first, _ in first }
      let had = Set(old.map { $0.name.lowercased() })
      for column in old {
        guard let next = has[column.name.lowercased()] else {
          lostColumns.append((key, column.name))
          continue
        }
        if next.type != column.type, !column.isGenerated { retyped.append((key, column.type, next.type)) }
      }
      for column in new where !had.contains(column.name.lowercased()) { newColumns.append((key, column.name)) }
    }
  }

  private func indexes(of table: MariaDBCatalog.Table, _ catalog: MariaDBCatalog) -> Set<String> {
    Set(catalog.indexes.filter { $0.hasPrefix(table.name + ".") }.map { String($0.dropFirst(table.name.count)) })
  }

  private mutating func compareOthers() {
    func others(_ catalog: MariaDBCatalog) -> [Other: String] {
      var found: [Other: String] = [:]
      for piece in catalog.code.values { found[Other(type: piece.kind, name: piece.name)] = piece.text }
      for index in catalog.indexes { found[Other(type: "index", name: index)] = "" }
      return found
    }
    let (old, new) = (others(before), others(after))
    let goneNames = Set((gone + renamed.map(\.from)).compactMap { before.tables[$0]?.name })
    lostObjects = old.keys.filter { object in
      guard new[object] == nil else { return false }
      // What goes with its table is no object of its own.
      if object.type == "index" { return !goneNames.contains { object.name.hasPrefix($0 + ".") } }
      if object.type == "trigger" {
        let table = before.code.values.first { $0.kind == "trigger" && $0.name == object.name }?.table
        return table.map { !gone.contains($0) } ?? true
      }
      return true
    }.sorted()
    newObjects = new.keys.filter { old[$0] == nil && $0.type != "index" }.sorted()
    otherObjects = new.keys.filter { object in old[object].map { $0 != new[object] } ?? false }.sorted()
  }

  // MARK: What cannot be decided

  /// Takes columns with another name for those that they are.
  ///
  /// - Throws: where a definition may have changed values in a way that no count shows.
  mutating func resolveColumns(by command: MySQLCommand, rows: (String) -> Int64) throws(EffectDoubt) {
    if command.verb == "create" {
      // Another table has taken the place of one that is gone.
      (lostColumns, newColumns, retyped, altered) = ([], [], [], [])
      return
    }
    // Who names no column that goes gives one another name; of both at once the catalog does not tell which is which.
    if !lostColumns.isEmpty, !newColumns.isEmpty, !command.keywords.contains("drop") {
      guard lostColumns.count == newColumns.count else { throw .undecided }
      for (old, new) in zip(lostColumns, newColumns) {
        guard old.table == new.table, let from = columnType(of: old, in: before),
          let to = columnType(of: new, in: after)
        else {
          throw .undecided
        }
        if from != to { retyped.append((old.table, from, to)) }
      }
      (lostColumns, newColumns) = ([], [])
    }
    for change in retyped where rows(change.table) > 0 {
      guard Self.keepsValues(change.from, change.to) else { throw .undecided }
    }
  }

  private func columnType(of column: (table: String, column: String), in catalog: MariaDBCatalog) -> String? {
    catalog.tables[column.table]?.columns.first { $0.name.isExactly(column.column) }?.type
  }

  /// Whether every value of a type is one of the other.
  private static func keepsValues(_ from: String, _ to: String) -> Bool {
    func parts(_ type: String) -> (base: String, size: Int, rest: Substring) {
      let words = type.split(separator: " ", maxSplits: 1)
      let head = words.first ?? ""
      let base = head.prefix { $0 != "(" }
      let size = Int(head.dropFirst(base.count).filter(\.isNumber)) ?? 0
      return (String(base), size, words.count > 1 ? words[1] : "")
    }
    let (old, new) = (parts(from), parts(to))
    guard old.rest == new.rest else { return false }
    if old.base == new.base, ["varchar", "char", "varbinary", "binary"].contains(old.base) {
      return new.size >= old.size
    }
    let integers = ["tinyint", "smallint", "mediumint", "int", "bigint"]
    if let first = integers.firstIndex(of: old.base), let last = integers.firstIndex(of: new.base) {
      return last >= first
    }
    let texts = ["tinytext", "text", "mediumtext", "longtext"]
    if let last = texts.firstIndex(of: new.base) {
      if let first = texts.firstIndex(of: old.base) { return last >= first }
      return old.base == "varchar" && last >= 2
    }
    return false
  }
}
