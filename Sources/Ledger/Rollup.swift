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
    let order = inOrderOfKeys(counted..<rows.count)
    var start = 0
    while start < order.count {
      let key = rows[Int(order[start])].key
      var value = RollupValue()
      var end = start
      while end < order.count, rows[Int(order[end])].key == key {
        value.add(rows[Int(order[end])].time)
        end += 1
      }
      try tables.addToRollup(Self.unpacked(key), value)
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

  /// The places of the rows, by key. Where the numbers in use leave room, key and place are sorted as one word: from the
  /// lowest digit to the highest, which moves half as much memory as the rows.
  private func inOrderOfKeys(_ range: Range<Int>) -> [UInt32] {
    let places = UInt64(Self.limit - 1).bitWidthInUse
    let all = rows[range].reduce(into: (text: UInt64(0), context: UInt64(0), decision: UInt64(0))) { all, row in
      all.text |= row.key >> UInt64(Self.contextBits + Self.decisionBits)
      all.context |= row.key >> UInt64(Self.decisionBits) & (1 << UInt64(Self.contextBits) - 1)
      all.decision |= row.key & (1 << UInt64(Self.decisionBits) - 1)
    }
    let (contexts, decisions) = (all.context.bitWidthInUse, all.decision.bitWidthInUse)
    let keys = all.text.bitWidthInUse + contexts + decisions
    guard keys + places <= 64, range.count <= Self.limit else {
      return range.map { UInt32(truncatingIfNeeded: $0) }.sorted { rows[Int($0)].key < rows[Int($1)].key }
    }
    let words = rows[range].indices.map { index in
      let key = rows[index].key
      let dense =
        (key >> UInt64(Self.contextBits + Self.decisionBits)) << (contexts + decisions)
        | (key >> UInt64(Self.decisionBits) & (1 << UInt64(Self.contextBits) - 1)) << decisions
        | key & (1 << UInt64(Self.decisionBits) - 1)
      return dense << places | UInt64(index - range.lowerBound)
    }
    let mask = UInt64(Self.limit - 1)
    return Self.sorted(words, from: places, to: places + keys).map { word in
      UInt32(truncatingIfNeeded: Int(word & mask) + range.lowerBound)
    }
  }

  /// The words in the order of the bits from one to before another; words that agree in them keep their order.
  private static func sorted(_ words: [UInt64], from low: UInt64, to high: UInt64) -> [UInt64] {
    let digitBits: UInt64 = 11
    let digits: UInt64 = 1 << digitBits - 1
    var (source, target) = (words, words)
    for shift in stride(from: low, to: high, by: Int(digitBits)) {
      var starts = [Int](repeating: 0, count: 1 << Int(digitBits) + 1)
      for word in source { starts[Int(word >> shift & digits) + 1] += 1 }
      for digit in 1..<starts.count { starts[digit] += starts[digit - 1] }
      for word in source {
        let digit = Int(word >> shift & digits)
        target[starts[digit]] = word
        starts[digit] += 1
      }
      swap(&source, &target)
    }
    return source
  }
}

extension UInt64 {
  /// How many bits it takes to write the number.
  fileprivate var bitWidthInUse: UInt64 { UInt64(bitWidth - leadingZeroBitCount) }
}
