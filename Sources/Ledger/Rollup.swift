import SQLite

/// What decisions are made on: a distinct text in a context, and what was decided.
struct RollupKey: Equatable, Comparable {
  let text: Int64
  let context: Int64
  let decision: Int64

  static func < (left: Self, right: Self) -> Bool {
    (left.text, left.context, left.decision) < (right.text, right.context, right.decision)
  }

  /// Where the text, the context and the decision are in a key of one word.
  static let fields: [(shift: UInt64, bits: UInt64)] = [(40, 24), (16, 24), (0, 16)]

  /// The key in one word, which is as large as the key; `nil` where a number is too large for its place.
  var packed: UInt64? {
    guard let text = UInt64(exactly: text), text < 1 << 24, let context = UInt64(exactly: context), context < 1 << 24,
      let decision = UInt64(exactly: decision), decision < 1 << 16
    else { return nil }
    return text << 40 | context << 16 | decision
  }

  /// A key of one word.
  init(packed word: UInt64) {
    self.init(
      text: Int64(word >> 40), context: Int64(word >> 16 & (1 << 24 - 1)), decision: Int64(word & (1 << 16 - 1)))
  }

  init(text: Int64, context: Int64, decision: Int64) {
    (self.text, self.context, self.decision) = (text, context, decision)
  }
}

/// How often, and when.
struct RollupValue: Sendable {
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
/// every statement of the ledger, those that approvals moved to other contexts can be counted again without reading all of
/// them again: ``recount(statements:moved:)``.
struct Rollup {
  private var rows: [RollupRow] = []
  /// How many rows from the first on are counted already.
  private var counted = 0
  /// Whether row `i` is statement `i + 1`.
  private var holdsEvery = true
  /// The key that a row has now, by its place, where approvals have moved it.
  private var moved: [Int: UInt64] = [:]
  private var background: CountInBackground?

  /// Statements that wait at most: 16 MB, and once as much while they are sorted.
  private static let limit = CountedRows.mostRows

  /// Whether it is time to flush, so that memory stays flat.
  var isFull: Bool { rows.count >= Self.limit }

  /// Adds a statement; `false` where its key is too large to be counted here.
  mutating func add(_ key: RollupKey, statement: Int64, time: Int64) -> Bool {
    guard let packed = key.packed else {
      holdsEvery = false
      return false
    }
    if statement != Int64(rows.count) + 1 { holdsEvery = false }
    rows.append(RollupRow(key: packed, time: time))
    background = nil
    return true
  }

  /// Statements were changed or removed: what was counted cannot be counted again from memory.
  mutating func forgetHistory() { holdsEvery = false }

  /// Forgets what waits to be counted.
  mutating func forgetCounts() {
    if holdsEvery, !isFull { counted = rows.count } else { forgetAll() }
  }

  /// Forgets everything.
  mutating func forgetAll() {
    rows.removeAll(keepingCapacity: true)
    moved.removeAll()
    background = nil
    counted = 0
    holdsEvery = false
  }

  /// Begins to count all statements on another thread, for a ``recount(statements:moved:)`` that may come.
  mutating func startCounting() {
    if holdsEvery, !rows.isEmpty, rows.count <= Self.limit { background = CountInBackground(rows) }
  }

  /// Adds the counts to the ledger's.
  mutating func flush(to tables: inout LoaderTables) throws(SQLiteError) {
    let ahead = counted == 0 ? background?.counts() : nil
    let counts = ahead ?? CountedRows(rows[counted...])
    var isMoved = [Bool](repeating: false, count: moved.isEmpty ? 0 : rows.count)
    for place in moved.keys { isMoved[place] = true }
    for group in counts.groups {
      var value = group.value
      if !moved.isEmpty, counts.places[group.range].contains(where: { isMoved[Int($0)] }) {
        value = RollupValue()
        for place in counts.places[group.range] where !isMoved[Int(place)] { value.add(rows[Int(place)].time) }
      }
      if value.count > 0 { try tables.addToRollup(RollupKey(packed: group.key), value) }
    }
    let rest = moved.keys.sorted().map { RollupRow(key: moved[$0] ?? 0, time: rows[$0].time) }
    for group in CountedRows(rest[...]).groups {
      try tables.addToRollup(RollupKey(packed: group.key), group.value)
    }
    moved.removeAll()
    background = nil
    forgetCounts()
  }

  /// Makes every statement wait to be counted again; `false` where it does not hold all of the ledger's `statements`.
  /// `moved` gives the id and the present context of each statement that may have another one now.
  mutating func recount(statements: Int64, moved changes: [(statement: Int64, context: Int64)]) -> Bool {
    guard holdsEvery, Int64(rows.count) == statements else { return false }
    holdsEvery = false
    moved.removeAll()
    for move in changes where move.statement >= 1 && move.statement <= statements {
      let place = Int(move.statement) - 1
      let key = RollupKey(packed: rows[place].key)
      let present = RollupKey(text: key.text, context: move.context, decision: key.decision)
      guard let packed = present.packed else { return false }
      if packed != rows[place].key { moved[place] = packed }
    }
    counted = 0
    return true
  }
}
