import AuditTrail
import Ledger
import Replay
import SQLite

extension SQLiteDriver {
  /// The tables that a text touches on the baseline, by SQLite's compiler, which sees through views and triggers, and by
  /// the schema's foreign keys; by the facts where a command needs what an earlier one makes. `nil` where neither can tell.
  ///
  /// The clone must be as it was made.
  func tables(of statement: StatementEntry, _ facts: Facts) throws(SQLiteError) -> TouchedTables? {
    var tables = TouchedTables()
    let script = statement.sql.utf8.span
    var offset = 0
    do {
      while true {
        clone.beginStatement(unixMilliseconds: 0, seed: 0)
        guard let command = try clone.database.prepareNext(in: script, at: &offset) else { break }
        if command.isExplain { continue }
        addReported(&tables)
        if clone.actions.contains(where: { $0.kind == .alterTable }) {
          tables.written.formUnion(Self.newNames(statement.sql))
        }
      }
    } catch {
      if facts.parsed {
        let named = TouchedTables(facts)
        tables.touched.formUnion(named.touched)
        tables.written.formUnion(named.written)
      } else if Failure.isSyntax(error) {
        // What no grammar reads does nothing, here or there.
        return tables
      } else {
        return nil
      }
    }
    let children = shadow.catalog.tablesReferring(to: tables.written.sorted()).map { $0.nameKey }
    let parents = tables.written.flatMap(shadow.catalog.parents)
    tables.written.formUnion(children.filter { !tables.temporary.contains($0) })
    tables.touched.formUnion(children + parents)
    tables.touched.formUnion(tables.written)
    return tables
  }

  /// The names that a text gives to tables, of which the compiler does not tell.
  private static func newNames(_ sql: String) -> [String] {
    let words = wordsAsKeys(sql)
    return words.indices.dropLast(2).compactMap { place in
      words[place] == "rename" && words[place + 1] == "to" ? String(words[place + 2]) : nil
    }
  }

  private func addReported(_ tables: inout TouchedTables) {
    for read in clone.reads where !read.table.hasPrefix("sqlite_") { tables.touched.insert(read.table.nameKey) }
    for action in clone.actions {
      let name = (action.name ?? "").nameKey
      switch action.kind {
      case .insert, .update, .delete: if !name.hasPrefix("sqlite_") { tables.written.insert(name) }
      case .createTable, .createView, .createVirtualTable, .dropTable, .dropView, .dropVirtualTable:
        tables.written.insert(name)
      case .createIndex, .createTrigger, .dropIndex, .dropTrigger, .alterTable:
        tables.written.insert((action.detail ?? "").nameKey)
      case .createTemporaryTable, .createTemporaryView: tables.temporary.insert(name)
      default: break
      }
    }
  }
}
