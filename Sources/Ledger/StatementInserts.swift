import AuditTrail
import SQLite

/// Inserts statements, several at once: what SQLite does for each run of an insert costs as much as a row itself.
///
/// Rows wait until there are enough of them or ``flush(_:)`` is called; both need the batch's arena.
struct StatementInserts: ~Copyable {
  private static let columns = StatementColumn.names + ["parameters", "approval_key"]
  /// The columns before `parameters`.
  private static let integerCount = StatementColumn.allCases.count
  private static let rowsAtOnce = 8

  private var one: Insert
  private var several: Insert
  private var waiting = Waiting()

  private let seals: LedgerSeals

  init(_ database: borrowing SQLiteDatabase, _ seals: LedgerSeals) throws(SQLiteError) {
    let one = try Insert(database, rows: 1)
    let several = try Insert(database, rows: Self.rowsAtOnce)
    self.seals = seals
    self.one = one
    self.several = several
  }

  /// Adds a row: a number for each ``StatementColumn``, and what the row has in the arena.
  mutating func add(_ values: [Int64], _ row: StatementRow, _ arena: borrowing [UInt8]) throws(SQLiteError) {
    seals.addStatement(
      values, archive: values[StatementColumn.archive.rawValue], parameters: row.parameters, approvalKey: row.approval,
      arena)
    waiting.integers.append(contentsOf: values)
    waiting.tails.append((row.parameters, row.approval))
    guard waiting.tails.count == Self.rowsAtOnce else { return }
    for slot in 0..<Self.rowsAtOnce { try waiting.bind(slot, to: &several, slot, arena) }
    try several.run()
    waiting.forget()
  }

  /// Inserts the rows that wait.
  mutating func flush(_ arena: borrowing [UInt8]) throws(SQLiteError) {
    for position in waiting.tails.indices {
      try waiting.bind(position, to: &one, 0, arena)
      try one.run()
    }
    waiting.forget()
  }

  /// Rows that are not inserted yet.
  private struct Waiting {
    var integers: [Int64] = []
    var tails: [(parameters: ArenaSlice, approval: ArenaSlice)] = []

    func bind(
      _ position: Int, to insert: inout Insert, _ slot: Int, _ arena: borrowing [UInt8]
    ) throws(SQLiteError) {
      let count = StatementInserts.integerCount
      for column in 0..<count { try insert.bind(integers[position * count + column], slot, column) }
      try insert.bind(tails[position].parameters, slot, 0, arena)
      try insert.bind(tails[position].approval, slot, 1, arena)
    }

    mutating func forget() {
      integers.removeAll(keepingCapacity: true)
      tails.removeAll(keepingCapacity: true)
    }
  }

  /// A prepared insert of some rows. Bindings outlive a run, and many columns are what they were before: those are not
  /// bound again.
  private struct Insert: ~Copyable {
    private var statement: SQLiteStatement
    /// What is bound, slot by slot; a new statement's parameters are NULL.
    private var bound: [Int64]
    private var isTextBound: [Bool]

    init(_ database: borrowing SQLiteDatabase, rows: Int) throws(SQLiteError) {
      let columns = StatementInserts.columns
      let marks = (0..<rows).map { row in
        "(" + columns.indices.map { "?\(row * columns.count + $0 + 1)" }.joined(separator: ",") + ")"
      }
      // OR FAIL: a failure undoes the whole archive, so SQLite need not keep a copy of each page for undoing this one insert.
      statement = try database.prepare(
        "INSERT OR FAIL INTO statements (\(columns.joined(separator: ", "))) VALUES \(marks.joined(separator: ","))",
        persistent: true)
      bound = Array(repeating: StatementColumn.null, count: rows * StatementInserts.integerCount)
      isTextBound = Array(repeating: false, count: rows * 2)
    }

    mutating func bind(_ value: Int64, _ slot: Int, _ column: Int) throws(SQLiteError) {
      let place = slot * StatementInserts.integerCount + column
      guard bound[place] != value else { return }
      let index = slot * StatementInserts.columns.count + column + 1
      if value == StatementColumn.null { try statement.bindNull(index) } else { try statement.bind(index, value) }
      bound[place] = value
    }

    /// `which` is 0 for the parameters, a blob, and 1 for the approval's key, a text.
    mutating func bind(
      _ slice: ArenaSlice, _ slot: Int, _ which: Int, _ arena: borrowing [UInt8]
    ) throws(SQLiteError) {
      let place = slot * 2 + which
      guard slice.isPresent || isTextBound[place] else { return }
      let index = slot * StatementInserts.columns.count + StatementInserts.integerCount + which + 1
      if !slice.isPresent {
        try statement.bindNull(index)
      } else if which == 0 {
        try statement.bind(index, blob: arena.span.extracting(slice.range))
      } else {
        try statement.bind(index, text: arena.span.extracting(slice.range))
      }
      isTextBound[place] = slice.isPresent
    }

    mutating func run() throws(SQLiteError) { try statement.run() }
  }
}
