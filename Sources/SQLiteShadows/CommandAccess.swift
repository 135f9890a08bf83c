import AuditTrail
import Replay
import SQLite

/// What SQLite's compiler says one command touches: the same for a text as long as the schema is.
struct CommandAccess: Sendable {
  /// Columns of tables read, as `table.column`, sorted.
  var reads: [String] = []
  /// Tables whose rows decide what the command does: read, updated or deleted from; as keys, sorted.
  var dependsOn: [String] = []
  /// Of those, the tables that are empty in the baseline and may not be in production; as the schema spells them, sorted.
  var emptyTables: [String] = []
  /// Of those, parents of the tables it writes that may be asked only whether a key is there.
  var emptyParents: [String] = []
  /// Tables the command itself writes, as the schema spells them.
  var targets: [String] = []
  /// What it does to those tables itself.
  var writes: [String: SQLiteAction.Kind] = [:]
  /// Whether it writes through a view's triggers, which the engine's own count leaves out.
  var writesView = false
  /// The transaction command it is, if it is one.
  var transaction: TransactionCommand?
  /// Whether it makes, drops or alters objects.
  var changesSchema = false
  /// Whether it makes a virtual table, whose module makes tables of its own.
  var makesModule = false
  /// The table that `ALTER TABLE` names.
  var alteredTable: String?
  /// Whether rows may change.
  var mayWrite = false
  /// Whether rows may be inserted, so that deleted ones may come back.
  var mayInsert = false
  /// A pragma that is set.
  var setPragma: SetPragma?
  /// Whether it shows the last row's number, which may be a value that was written there.
  var showsLastRow = false
  /// Whether it only reads, nothing sensitive, by functions whose results depend on their arguments alone.
  var isRepeatable = true
  /// Which sensitive columns it reads, by position in the list of the run.
  var sensitive: [Int] = []

  /// Whether the prepared command can run again for another statement of the same text: it changes rows, or reads columns.
  /// What does neither, such as `VACUUM` and `ANALYZE`, is prepared each time.
  var isReusable: Bool {
    transaction == nil && !changesSchema && setPragma == nil && (mayWrite || !reads.isEmpty)
  }

  /// Sorts what the connection recorded when it prepared a command.
  ///
  /// - Parameter isExplain: whether the command only explains another, which touches nothing.
  init(
    of clone: borrowing SQLiteShadowConnection, shadow: SQLiteShadow, sensitive columns: SQLiteSensitiveColumns,
    isExplain: Bool
  ) {
    if isExplain { return }
    var depends: Set<String> = []
    var readByOthers: Set<String> = []
    for read in clone.reads {
      if read.table == "sqlite_sequence", read.source == nil { showsLastRow = true }
      if Self.isInternal(read.table) { continue }
      if read.source != nil { readByOthers.insert(read.table.nameKey) }
      depends.insert(read.table.nameKey)
      guard !read.column.isEmpty, shadow.catalog.views[read.table.nameKey] == nil else { continue }
      reads.append("\(read.table).\(read.column)")
    }
    reads.sort()
    reads = reads.enumerated().filter { $0.offset == 0 || !reads[$0.offset - 1].isExactly($0.element) }.map(\.element)
    for action in clone.actions { addAction(action, &depends) }
    dependsOn = depends.sorted()
    emptyTables = dependsOn.filter(shadow.isEmptyHere).compactMap { shadow.catalog.tables[$0]?.name }
    if !clone.actions.contains(where: { $0.kind == .update || $0.kind == .delete }) {
      // A new row is looked for in what may refer to it, and given back: no row that was there decides what becomes of it.
      let added = Set(targets.map { $0.nameKey })
      let shown = Set(columns.list.map { $0.table.nameKey })
      emptyTables.removeAll { table in
        if readByOthers.contains(table.nameKey) || shown.contains(table.nameKey) { return false }
        return added.contains(table.nameKey) || !added.isDisjoint(with: shadow.catalog.parents(of: table))
      }
    }
    writesView = targets.contains { shadow.catalog.views[$0.nameKey] != nil }
    let written = Set(targets.map { $0.nameKey })
    let parents = Set(targets.flatMap { shadow.catalog.parents(of: $0) })
    emptyParents = emptyTables.filter { table in
      parents.contains(table.nameKey) && !written.contains(table.nameKey) && !readByOthers.contains(table.nameKey)
    }
    let generating = Set(
      clone.reads.filter { shadow.catalog.isGenerated(table: $0.table, column: $0.column) }.map {
        $0.table.nameKey
      })
    for (index, column) in columns.list.enumerated() {
      let isRead = reads.contains { $0.nameKey == column.key } || generating.contains(column.table.nameKey)
      if isRead { sensitive.append(index) }
    }
    isRepeatable =
      isRepeatable && sensitive.isEmpty && !mayWrite && !changesSchema && transaction == nil && setPragma == nil
  }

  private mutating func addAction(_ action: SQLiteAction, _ depends: inout Set<String>) {
    let table = action.name ?? ""
    switch action.kind {
    case .insert, .update, .delete:
      let setsSequence = table == "sqlite_sequence" && action.source == nil
      if Self.isInternal(table), !setsSequence { return }
      mayWrite = true
      if action.kind == .insert { mayInsert = true } else { depends.insert(table.nameKey) }
      if action.source == nil {
        if !targets.contains(where: { $0.isExactly(table) }) { targets.append(table) }
        writes[table] = action.kind
      }
    case .transaction, .savepoint: transaction = TransactionCommand(action)
    case .pragma:
      isRepeatable = false
      if let value = action.detail { setPragma = SetPragma(name: table.nameKey, value: value.nameKey) }
    case .alterTable:
      changesSchema = true
      alteredTable = action.detail
    case .createIndex, .createTable, .createTemporaryIndex, .createTemporaryTable, .createTemporaryTrigger,
      .createTemporaryView, .createTrigger, .createView, .createVirtualTable, .dropIndex, .dropTable,
      .dropTemporaryIndex, .dropTemporaryTable, .dropTemporaryTrigger, .dropTemporaryView, .dropTrigger, .dropView,
      .dropVirtualTable:
      changesSchema = true
      if action.kind == .createVirtualTable { makesModule = true }
    case .function:
      let name = (action.detail ?? "").nameKey
      if Self.volatile.contains(name) { isRepeatable = false }
      if name == "last_insert_rowid" { showsLastRow = true }
    case .attach, .detach, .reindex, .analyze: isRepeatable = false
    case .recursive: break
    }
  }

  /// Functions that depend on the statement's time, its name, or what the connection did before.
  private static let volatile: Set<String> = [
    "changes", "current_date", "current_time", "current_timestamp", "date", "datetime", "julianday",
    "last_insert_rowid",
    "random", "randomblob", "strftime", "time", "timediff", "total_changes", "unixepoch",
  ]

  private static func isInternal(_ table: String) -> Bool { table.hasPrefix("sqlite_") }
}
