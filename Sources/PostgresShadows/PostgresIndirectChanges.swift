import AuditTrail
import Replay

extension PostgresDriver {
  /// What may have changed rows of a table that a command does not write itself.
  ///
  /// The server's counters do not say who changed a row. A foreign key may have where it acts and rows of its other table
  /// changed too; code may have where the command calls some, or where code of a table that changed names this one.
  func cause(
    of relation: PostgresRelation, _ changed: Set<UInt32>, _ command: PostgresCommand, _ state: PostgresState
  ) -> IndirectCause {
    let targets = command.facts.commands.flatMap(\.writes).compactMap { written in
      state.relation(written.table.name, schema: written.table.schema)?.root
    }
    let touched = changed.union(targets)
    func root(_ oid: UInt32) -> UInt32 { state.schema.relations[oid]?.root ?? oid }
    let mayCascade = catalog.foreignKeys.contains { key in
      key.acts && root(key.table) == relation.oid && root(key.parent) != relation.oid
        && touched.contains(root(key.parent))
    }
    let name = relation.name.nameKey
    let mayBeCode =
      world.reads(command).isOpaque || state.schema.hasNewCode
      || catalog.code.contains { table, code in
        touched.contains(root(table)) && (code.isOpaque || code.words.contains { $0.nameKey == name })
      }
    return IndirectCause(mayCascade: mayCascade, mayBeCode: mayBeCode)
  }
}
