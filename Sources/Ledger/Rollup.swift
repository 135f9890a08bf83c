import SQLite

/// What decisions are made on: a distinct text in a context, and what was decided.
struct RollupKey: Hashable, Comparable {
  let text: Int64
  let context: Int64
  let decision: Int64

  /// Three numbers of this program's own making need no defence against chosen collisions: one word is hashed, not three.
  func hash(into hasher: inout Hasher) {
    hasher.combine(text &* 0x9E37_79B9 ^ context &* 0x85EB_CA6B_0000 ^ decision &* 0x0C2B_2AE3_5000_0000)
  }

  static func < (left: Self, right: Self) -> Bool {
    (left.text, left.context, left.decision) < (right.text, right.context, right.decision)
  }
}

/// How often, and when.
struct RollupValue {
  var count: Int64 = 0
  var first = Int64.max
  var last = Int64.min

  mutating func add(_ time: Int64) {
    count += 1
    first = min(first, time)
    last = max(last, time)
  }
}

/// Counts that wait to be added to the ledger's roll-up.
struct Rollup {
  private var counts: [RollupKey: RollupValue] = [:]

  /// Whether it is time to flush, so that memory stays flat.
  var isFull: Bool { counts.count > 400_000 }

  /// Counts a statement.
  mutating func add(_ key: RollupKey, time: Int64) { counts[key, default: RollupValue()].add(time) }

  /// Adds the counts to the ledger's and starts anew.
  mutating func flush(to tables: inout LoaderTables) throws(SQLiteError) {
    for (key, value) in counts.sorted(by: { $0.key < $1.key }) { try tables.addToRollup(key, value) }
    counts.removeAll(keepingCapacity: true)
  }
}
