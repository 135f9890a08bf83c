import SQLite

/// What decisions are made on: a distinct text in a context, and what was decided.
struct RollupKey: Equatable, Comparable {
  let text: Int64
  let context: Int64
  let decision: Int64

  static func < (left: Self, right: Self) -> Bool {
    (left.text, left.context, left.decision) < (right.text, right.context, right.decision)
  }
}

/// How often, and when.
struct RollupValue {
  var count: Int64 = 0
  var first = Int64.max
  var last = Int64.min

  /// Nothing yet.
  init() {}

  /// One statement.
  init(of time: Int64) { add(time) }

  mutating func add(_ time: Int64) {
    count += 1
    first = min(first, time)
    last = max(last, time)
  }
}

/// Statements that wait to be counted in the ledger's roll-up.
///
/// They are counted by sorting: a look-up of each in a table of counts would miss the processor's caches. As long as it holds
/// every statement of the ledger, those that approvals moved to other contexts can be counted anew without reading all of
/// them again: ``recount(statements:moved:)``.
struct Rollup {
  private var rows: [Row] = []
  /// How many rows from the first on are counted already.
  private var counted = 0
  /// Whether row `i` is statement `i + 1`.
  private var holdsEvery = true

  private struct Row {
    var key: UInt64
    let time: Int64
  }

  /// Statements that wait at most: 16 MB, and twice as much while they are sorted.
  private static let limit = 1 << 20

  /// Whether it is time to flush, so that memory stays flat.
  var isFull: Bool { rows.count >= Self.limit }

  /// Adds a statement; `false` where its key is too large to be counted here.
  mutating func add(_ key: RollupKey, statement: Int64, time: Int64) -> Bool {
    guard let packed = Self.packed(key) else {
      holdsEvery = false
      return false
    }
    if statement != Int64(rows.count) + 1 { holdsEvery = false }
    rows.append(Row(key: packed, time: time))
    return true
  }

  /// Statements were changed or removed: what was counted cannot be counted anew from memory.
  mutating func forgetHistory() { holdsEvery = false }

  /// Forgets what waits to be counted.
  mutating func forgetCounts() {
    if holdsEvery, !isFull { counted = rows.count } else { forgetAll() }
  }

  /// Forgets everything.
  mutating func forgetAll() {
    rows.removeAll(keepingCapacity: true)
    counted = 0
    holdsEvery = false
  }

  /// Adds the counts to the ledger's.
  mutating func flush(to tables: inout LoaderTables) throws(SQLiteError) {
    let sorted = Self.sorted(rows[counted...])
    var start = 0
    while start < sorted.count {
      var value = RollupValue()
      var end = start
      while end < sorted.count, sorted[end].key == sorted[start].key {
        value.add(sorted[end].time)
        end += 1
      }
      try tables.addToRollup(Self.unpacked(sorted[start].key), value)
      start = end
    }
    forgetCounts()
  }

  /// Makes every statement wait to be counted anew; `false` where it does not hold all of the ledger's `statements`.
  /// `moved` gives the id and the present context of each statement that may have another one now.
  mutating func recount(statements: Int64, moved: [(statement: Int64, context: Int64)]) -> Bool {
    guard holdsEvery, Int64(rows.count) == statements else { return false }
    holdsEvery = false
    for move in moved where move.statement >= 1 && move.statement <= statements {
      let index = Int(move.statement) - 1
      let key = Self.unpacked(rows[index].key)
      let present = RollupKey(text: key.text, context: move.context, decision: key.decision)
      guard let packed = Self.packed(present) else { return false }
      rows[index].key = packed
    }
    counted = 0
    return true
  }

  // MARK: Keys in one word, in their order

  private static let contextBits = 24
  private static let decisionBits = 16

  private static func packed(_ key: RollupKey) -> UInt64? {
    guard let text = UInt64(exactly: key.text), text < 1 << (64 - contextBits - decisionBits),
      let context = UInt64(exactly: key.context), context < 1 << contextBits,
      let decision = UInt64(exactly: key.decision), decision < 1 << decisionBits
    else { return nil }
    return text << (contextBits + decisionBits) | context << decisionBits | decision
  }

  private static func unpacked(_ key: UInt64) -> RollupKey {
    RollupKey(
      text: Int64(key >> (contextBits + decisionBits)),
      context: Int64(key >> decisionBits & (1 << contextBits - 1)), decision: Int64(key & (1 << decisionBits - 1)))
  }

  /// The rows by key: from the lowest digit to the highest, leaving out digits in which no two keys differ.
  private static func sorted(_ rows: ArraySlice<Row>) -> [Row] {
    let digitBits = 8
    let digits: UInt64 = 1 << 8 - 1
    let differing = rows.reduce(0) { $0 | ($1.key ^ (rows.first?.key ?? 0)) }
    var (source, target) = (Array(rows), Array(rows))
    for shift in stride(from: 0, to: 64, by: digitBits) where differing >> shift & digits != 0 {
      var starts = [Int](repeating: 0, count: 1 << digitBits + 1)
      for row in source { starts[Int(row.key >> shift & digits) + 1] += 1 }
      for digit in 1..<starts.count { starts[digit] += starts[digit - 1] }
      for row in source {
        let digit = Int(row.key >> shift & digits)
        target[starts[digit]] = row
        starts[digit] += 1
      }
      swap(&source, &target)
    }
    return source
  }
}
