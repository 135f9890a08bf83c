import Digests
import SQLite

/// One dictionary of the ledger: distinct values stored once, named by an id, found by the SHA-256 of their packed form.
struct DictionaryTable: ~Copyable {
  private var interner: Interner
  private var find: SQLiteStatement
  private var insert: SQLiteStatement
  private var hasher = SHA256Hasher()
  private(set) var nextID: Int64

  /// The dictionary in a table whose first two columns are `id` and `digest`, then the columns named.
  init(
    _ database: borrowing SQLiteDatabase, table: String, columns: [String], byteLimit: Int
  ) throws(SQLiteError) {
    let find = try database.prepare("SELECT id FROM \(table) WHERE digest = ?1", persistent: true)
    let names = (["id", "digest"] + columns).joined(separator: ", ")
    let marks = (1...(columns.count + 2)).map { "?\($0)" }.joined(separator: ", ")
    let insert = try database.prepare("INSERT INTO \(table) (\(names)) VALUES (\(marks))", persistent: true)
    nextID = try Self.nextID(of: table, database)
    interner = Interner(byteLimit: byteLimit)
    self.find = find
    self.insert = insert
  }

  /// The id that the table's next row gets. Ids are given in their order, so that none near the end is ever reached.
  static func nextID(of table: String, _ database: borrowing SQLiteDatabase) throws(SQLiteError) -> Int64 {
    var last = try database.prepare("SELECT coalesce(max(id), 0) FROM \(table)")
    try last.step()
    let id = last.int64(0)
    guard id >= 0, id < 1 << 56 else { throw SQLiteError(code: 11, message: "a row's id is out of range") }
    return id + 1
  }

  /// The id of the value, if it is remembered in memory.
  func known(_ key: borrowing Span<UInt8>) -> Int64? {
    interner.number(of: key, hash: Interner.hash(key))
  }

  /// The id of the value, if the table holds it.
  mutating func stored(_ key: borrowing Span<UInt8>) throws(SQLiteError) -> Int64? {
    let digest = hasher.digest(of: key).bytes
    try find.bind(1, blob: digest.span)
    let found = try find.step() ? find.int64(0) : nil
    find.reset()
    if let found { interner.insert(key, hash: Interner.hash(key), number: found) }
    return found
  }

  /// The id of the value whose packed form is `key`; a new one is stored with the columns that `bind` binds from
  /// parameter 3 on.
  mutating func id(
    of key: borrowing Span<UInt8>, _ bind: (inout SQLiteStatement) throws(SQLiteError) -> Void
  ) throws(SQLiteError) -> Int64 {
    if let known = known(key) { return known }
    if let stored = try stored(key) { return stored }
    let id = nextID
    nextID += 1
    let digest = hasher.digest(of: key).bytes
    try insert.bind(1, id)
    try insert.bind(2, blob: digest.span)
    try bind(&insert)
    try insert.run()
    interner.insert(key, hash: Interner.hash(key), number: id)
    return id
  }
}
