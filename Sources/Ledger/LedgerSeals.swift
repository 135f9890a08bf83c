import AuditTrail
import Digests
import SQLite

/// The sums of digests over the ledger's rows, a sum for each table, and for each archive where the table names one.
///
/// They follow what this program writes, row by row, and nothing else: what is read back is never taken for what was
/// written, so that no later write covers up a change by another hand. Changes wait in memory until the transaction that
/// made them ends.
final class LedgerSeals {
  /// A table and how its rows are told apart.
  struct Table: Sendable {
    let name: String
    /// The column that names the archive.
    let partColumn: Int?
  }

  /// What waits to be stored.
  private final class Pending {
    var sums: [[Int64: SHA256Sum]]
    var hasher = SHA256Hasher()

    init(tables: Int) { sums = Array(repeating: [:], count: tables) }

    func change(_ table: Int, _ part: Int64, isNew: Bool, _ row: Span<UInt8>) {
      let digest = hasher.digest(of: row)
      if isNew {
        sums[table][part, default: SHA256Sum()].add(digest)
      } else {
        sums[table][part, default: SHA256Sum()].remove(digest)
      }
    }
  }

  /// The table that holds the sums; the row without a name is the sum of the others.
  static let table = "seals"

  let tables: [Table]
  private let pending: Pending
  private let watch: SQLiteRowWatch
  private let statements: Int
  private var row: [UInt8] = []

  /// Follows every table of the ledger from now on.
  init(_ database: borrowing SQLiteDatabase) throws(SQLiteError) {
    tables = try Self.tables(of: database)
    statements = tables.firstIndex { $0.name == "statements" } ?? 0
    let pending = Pending(tables: tables.count)
    self.pending = pending
    watch = try SQLiteRowWatch(
      database,
      tables: tables.map {
        SQLiteRowWatch.Table(name: $0.name, partColumn: $0.partColumn, skipsInserts: $0.name == "statements")
      }
    ) { pending.change($0, $1, isNew: $2, $3) }
  }

  /// The ledger's tables but for that of the sums.
  private static func tables(of database: borrowing SQLiteDatabase) throws(SQLiteError) -> [Table] {
    var names: [String] = []
    var find = try database.prepare(
      "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name")
    while try find.step() { names.append(find.text(0)) }
    var tables: [Table] = []
    for name in names where name != table {
      let rows = try database.prepare(Self.read(name))
      let part = (0..<rows.columnCount).first { rows.columnName($0) == (name == "archives" ? "id" : "archive") }
      tables.append(Table(name: name, partColumn: part))
    }
    return tables
  }

  private static func read(_ table: String) -> String { "SELECT * FROM main.\"\(table)\"" }

  // MARK: Following

  /// Follows a new row of `statements`, whose inserts are not told: the columns from `id` to `entry`, where `Int64.min` is
  /// NULL, then the parameters and the approval's key. As `CSQLiteRows.h` spells a row.
  func addStatement(
    _ integers: [Int64], archive: Int64, parameters: ArenaSlice, approvalKey: ArenaSlice, _ arena: borrowing [UInt8]
  ) {
    row.removeAll(keepingCapacity: true)
    if integers.contains(where: { $0 <= .min + 6 && $0 != .min }) {
      append(integers.flatMap { $0 <= .min + 6 && $0 != .min ? [.min + 4, $0] : [$0] })
    } else {
      append(integers)
    }
    add(parameters, mark: .min + 2, arena)
    add(approvalKey, mark: .min + 1, arena)
    append([.min, .min])
    let bytes = row
    pending.change(statements, archive, isNew: true, bytes.span)
  }

  private func append(_ words: [Int64]) { ByteRun.append(words: words.span, to: &row) }

  private func add(_ slice: ArenaSlice, mark: Int64, _ arena: borrowing [UInt8]) {
    guard slice.isPresent else { return append([.min]) }
    append([mark, Int64(slice.range.count)])
    ByteRun.append(arena.span.extracting(slice.range), to: &row)
  }

  /// Empties tables whose rows are all made again: whatever they held, their sums begin again with them.
  func empty(_ names: [String], in database: borrowing SQLiteDatabase) throws(SQLiteError) {
    try watch.pause { () throws(SQLiteError) in
      for name in names { try database.execute("DELETE FROM main.\"\(name)\"") }
    }
    for (index, table) in tables.enumerated() where names.contains(table.name) {
      pending.sums[index].removeAll(keepingCapacity: true)
      for (part, stored) in try stored(in: database)[table.name] ?? [:] {
        try replace(stored, by: SHA256Sum(), table.name, part, database)
      }
    }
  }

  /// Forgets what was changed since the last transaction.
  func forget() {
    for index in pending.sums.indices { pending.sums[index].removeAll(keepingCapacity: true) }
  }

  /// Stores the sums, in the transaction that changed the rows.
  func store(in database: borrowing SQLiteDatabase) throws(SQLiteError) {
    try watch.check()
    for (index, table) in tables.enumerated() {
      for (part, change) in pending.sums[index].sorted(by: { $0.key < $1.key }) where !change.isEmpty {
        let old = try stored(table.name, part, database)
        var new = old
        new.add(change)
        try replace(old, by: new, table.name, part, database)
      }
      pending.sums[index].removeAll(keepingCapacity: true)
    }
  }

  private func replace(
    _ old: SHA256Sum, by new: SHA256Sum, _ name: String, _ part: Int64, _ database: borrowing SQLiteDatabase
  ) throws(SQLiteError) {
    var root = try stored("", 0, database)
    if !old.isEmpty { root.remove(Self.digest(name, part, old)) }
    if !new.isEmpty { root.add(Self.digest(name, part, new)) }
    try write(new, name, part, database)
    try write(root, "", 0, database)
  }

  private func write(
    _ sum: SHA256Sum, _ name: String, _ part: Int64, _ database: borrowing SQLiteDatabase
  ) throws(SQLiteError) {
    guard !sum.isEmpty else {
      var delete = try database.prepare("DELETE FROM main.seals WHERE name = ?1 AND part = ?2")
      return try delete.run([.text(name), .integer(part)])
    }
    var insert = try database.prepare("INSERT OR REPLACE INTO main.seals VALUES (?1, ?2, ?3, ?4)")
    try insert.run([.text(name), .integer(part), .integer(sum.count), .bytes(sum.bytes)])
  }

  private static func digest(_ name: String, _ part: Int64, _ sum: SHA256Sum) -> SHA256Digest {
    SHA256Digest(of: packed([name, String(part), String(sum.count), Hex.encode(sum.bytes)]))
  }

  // MARK: Comparing

  private func stored(
    _ name: String, _ part: Int64, _ database: borrowing SQLiteDatabase
  ) throws(SQLiteError) -> SHA256Sum {
    var find = try database.prepare("SELECT rows, digest FROM main.seals WHERE name = ?1 AND part = ?2")
    try find.bind(1, name)
    try find.bind(2, part)
    guard try find.step() else { return SHA256Sum() }
    return SHA256Sum(bytes: find.bytes(1), count: find.int64(0)) ?? SHA256Sum()
  }

  private func stored(in database: borrowing SQLiteDatabase) throws(SQLiteError) -> [String: [Int64: SHA256Sum]] {
    var sums: [String: [Int64: SHA256Sum]] = [:]
    var find = try database.prepare("SELECT name, part, rows, digest FROM main.seals")
    while try find.step() {
      sums[find.text(0), default: [:]][find.int64(1)] =
        SHA256Sum(bytes: find.bytes(3), count: find.int64(2))
        ?? SHA256Sum()
    }
    return sums
  }

  /// A table's rows as they are now, by part.
  private func present(_ table: Table, _ database: borrowing SQLiteDatabase) throws(SQLiteError) -> [Int64: SHA256Sum] {
    let digests = RowDigests()
    var find = try database.prepare(Self.read(table.name))
    while try find.step() {
      try watch.read(find, partColumn: table.partColumn) { digests.add($1, to: $0) }
    }
    return digests.finish()
  }

  /// Gives `body` the present row of a statement as bytes.
  func read(_ statement: borrowing SQLiteStatement, _ body: (Span<UInt8>) -> Void) throws(SQLiteError) {
    try watch.read(statement, partColumn: nil) { _, bytes in body(bytes) }
  }

  /// A part of a table whose rows are not those that were written.
  struct Change {
    let table: String
    /// The archive's row id; 0 where the table has one part only.
    let part: Int64
    /// How many rows were written, and how many there are.
    let written: Int64
    let present: Int64
  }

  /// What differs in the tables of those names, or in all; the second value says whether the sums themselves were changed.
  func changes(
    in database: borrowing SQLiteDatabase, only names: Set<String>? = nil
  ) throws(SQLiteError) -> (rows: [Change], sums: Bool) {
    var changes: [Change] = []
    let stored = try stored(in: database)
    for table in tables where names?.contains(table.name) ?? true {
      let written = stored[table.name] ?? [:]
      let present = try present(table, database)
      for part in Set(written.keys).union(present.keys).sorted() {
        let (old, new) = (written[part] ?? SHA256Sum(), present[part] ?? SHA256Sum())
        if old != new { changes.append(Change(table: table.name, part: part, written: old.count, present: new.count)) }
      }
    }
    var root = SHA256Sum()
    for (name, parts) in stored where !name.isEmpty {
      for (part, sum) in parts { root.add(Self.digest(name, part, sum)) }
    }
    let known = Set(tables.map(\.name))
    let areSumsChanged =
      root != stored[""]?[0] ?? SHA256Sum() || !stored.keys.allSatisfy { $0.isEmpty || known.contains($0) }
    return (changes, areSumsChanged)
  }
}
