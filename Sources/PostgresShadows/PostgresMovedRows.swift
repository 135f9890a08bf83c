import AuditTrail
import Postgres
import Replay

/// What stands in a partitioned table's key before a command writes it: rows that move to other parts keep all they hold,
/// unless they move to fewer values than they had.
struct PartitionKeyBefore {
  /// The partitioned table.
  let root: UInt32
  fileprivate let columns: [String]
  fileprivate let values: [Int64: Int64]
}

extension PostgresDriver {
  /// The keys that a command writes and nothing else of their tables.
  func partitionKeys(
    before command: PostgresCommand, _ state: PostgresState
  ) throws(PostgresError) -> [PartitionKeyBefore] {
    var found: [PartitionKeyBefore] = []
    for (table, columns) in catalog.partitionKeys(writtenBy: command) where state.schema.relations[table] != nil {
      found.append(
        PartitionKeyBefore(root: table, columns: columns, values: try meter.keyValues(of: table, columns)))
    }
    return found
  }

  /// Whether a command writes no other column than those of a key.
  static func writesOnly(_ keys: Set<String>, _ command: PostgresCommand) -> Bool {
    command.facts.commands.flatMap(\.writes).map { $0.column.nameKey }.allSatisfy(keys.contains)
  }

  /// The tables whose rows have now fewer values of the key than the same rows had before: which had which is lost.
  func collapsed(_ before: [PartitionKeyBefore]) throws(PostgresError) -> Set<UInt32> {
    var tables: Set<UInt32> = []
    for key in before {
      let now = try meter.keyValues(of: key.root, key.columns)
      let left = key.values.count { now[$0.key, default: 0] < $0.value }
      let taken = now.count { key.values[$0.key, default: 0] < $0.value }
      if left > taken { tables.insert(key.root) }
    }
    return tables
  }
}

extension PostgresCatalog {
  /// The partitioned tables, in the order of their numbers, of which a command writes columns of the key and no others.
  func partitionKeys(writtenBy command: PostgresCommand) -> [(table: UInt32, columns: [String])] {
    if partitionKeys.isEmpty { return [] }
    let written = command.facts.commands.filter { $0.kinds.contains(.update) }.flatMap(\.writes)
    return Set(written.compactMap { relation($0.table)?.root }).sorted().compactMap { table in
      guard let keys = partitionKeys[table], PostgresDriver.writesOnly(keys, command) else { return nil }
      return (table, keys.sorted())
    }
  }
}
