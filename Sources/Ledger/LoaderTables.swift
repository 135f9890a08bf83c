import AuditTrail
import Digests
import SQLAnalysis
import SQLite

/// The prepared statements that a loader writes with.
struct LoaderTables: ~Copyable {
  private var texts: DictionaryTable
  private var shapes: DictionaryTable
  private var identities: DictionaryTable
  private var connections: DictionaryTable
  private var clients: DictionaryTable
  private var decisions: DictionaryTable
  private var errors: DictionaryTable
  private var contexts: DictionaryTable
  private(set) var nextStatementID: Int64
  private var nextSessionID: Int64
  private var statementInserts: StatementInserts
  private var insertSession: SQLiteStatement
  private var findSession: SQLiteStatement
  private var setSequence: SQLiteStatement
  var setOpening: SQLiteStatement
  var setClosing: SQLiteStatement
  private var rollupRow: SQLiteStatement

  init(_ database: borrowing SQLiteDatabase, _ seals: LedgerSeals) throws(SQLiteError) {
    let texts = try DictionaryTable(
      database, table: "texts", columns: ["sql", "shape", "parsed", "kinds", "facts"], byteLimit: 24 << 20)
    let shapes = try DictionaryTable(
      database, table: "shapes", columns: ["fingerprint", "normalized"], byteLimit: 4 << 20)
    let identities = try DictionaryTable(
      database, table: "identities",
      columns: ["user", "kind", "kind_basis", "recorded_kind", "recorded_basis", "groups", "mfa", "owner"],
      byteLimit: 1 << 20)
    let connections = try DictionaryTable(
      database, table: "connections",
      columns: [
        "proxy", "name", "engine", "database", "database_user", "environment", "recorded_environment", "tags",
      ], byteLimit: 1 << 20)
    let clients = try DictionaryTable(
      database, table: "clients", columns: ["address", "application"], byteLimit: 1 << 20)
    let decisions = try DictionaryTable(
      database, table: "decisions",
      columns: ["action", "rule", "policy", "policy_version", "message", "masked"], byteLimit: 4 << 20)
    let errors = try DictionaryTable(database, table: "errors", columns: ["sqlstate", "message"], byteLimit: 4 << 20)
    let contexts = try DictionaryTable(
      database, table: "contexts", columns: ["identity", "connection", "client", "purpose_given", "approved"],
      byteLimit: 4 << 20)
    let nextStatementID = try DictionaryTable.nextID(of: "statements", database)
    let nextSessionID = try DictionaryTable.nextID(of: "sessions", database)
    let statementInserts = try StatementInserts(database, seals)
    let insertSession = try database.prepare(
      """
      INSERT INTO sessions (id, proxy, key, connection, client, last_sequence, archive, entry)
      VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, 0)
      """, persistent: true)
    let findSession = try database.prepare(
      """
      SELECT s.id, s.last_sequence, s.opening_digest, i.id, s.connection, s.client,
        coalesce(s.ticket, '') <> '' OR coalesce(s.reason, '') <> '', c.engine, s.closed, s.declared_statements
      FROM sessions s JOIN connections c ON c.id = s.connection
        LEFT JOIN identities i ON i.id = s.identity AND i.recorded_basis <> '\(Login.basis)' WHERE s.proxy = ?1 AND s.key = ?2
      """, persistent: true)
    let setSequence = try database.prepare("UPDATE sessions SET last_sequence = ?2 WHERE id = ?1", persistent: true)
    let rollupRow = try database.prepare(
      """
      INSERT INTO rollup VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET
        statements = statements + excluded.statements, first = min(first, excluded.first),
        last = max(last, excluded.last)
      """, persistent: true)
    let setOpening = try database.prepare(Ledger.setOpening, persistent: true)
    let setClosing = try database.prepare(Ledger.setClosing, persistent: true)
    self.setOpening = setOpening
    self.setClosing = setClosing
    self.texts = texts
    self.shapes = shapes
    self.identities = identities
    self.connections = connections
    self.clients = clients
    self.decisions = decisions
    self.errors = errors
    self.contexts = contexts
    self.nextStatementID = nextStatementID
    self.nextSessionID = nextSessionID
    self.statementInserts = statementInserts
    self.insertSession = insertSession
    self.findSession = findSession
    self.setSequence = setSequence
    self.rollupRow = rollupRow
  }

  // MARK: Dictionaries

  /// The texts of a batch's statements, in their order. The new ones are analysed together: it is what takes longest of a
  /// new text, and can be shared among cores.
  mutating func findTexts(
    of batch: borrowing RecordBatch, dialects: [SQLDialect], into ids: inout [Int64],
    _ analyze: ArchiveLoader.Analysis
  ) throws(SQLiteError) {
    ids.removeAll(keepingCapacity: true)
    let arena = batch.arena.span
    var fresh = FreshTexts()
    for index in 0..<batch.statements.count {
      let sql = arena.extracting(batch.statements[index].sql.range)
      ids.append(try textID(of: sql, dialects[index], &fresh))
    }
    let numbers = try add(fresh, analyze)
    for index in ids.indices where ids[index] < 0 { ids[index] = numbers[Int(-1 - ids[index])] }
  }

  /// The id of one text.
  mutating func textID(
    of sql: borrowing Span<UInt8>, _ dialect: SQLDialect, _ analyze: ArchiveLoader.Analysis
  ) throws(SQLiteError) -> Int64 {
    var fresh = FreshTexts()
    let id = try textID(of: sql, dialect, &fresh)
    return id < 0 ? try add(fresh, analyze)[0] : id
  }

  /// New texts of a batch, by the keys of their rows.
  private struct FreshTexts {
    var keys: [[UInt8]] = []
    var texts: [UnreadText] = []
    var numbers = Interner(byteLimit: .max)
  }

  /// The text's id, or -1 less its number among the new ones. What means another thing in another dialect is another text:
  /// then the key begins with a byte that no text holds.
  private mutating func textID(
    of sql: borrowing Span<UInt8>, _ dialect: SQLDialect, _ fresh: inout FreshTexts
  ) throws(SQLiteError) -> Int64 {
    let mark: UInt8
    switch dialect {
    case .postgreSQL: return try textID(key: sql, of: sql, dialect, &fresh)
    case .mySQL: mark = UInt8(ascii: "m")
    case .looseQuotes: mark = UInt8(ascii: "q")
    }
    let key = [0xFF, mark] + Array(copying: sql)
    return try textID(key: key.span, of: sql, dialect, &fresh)
  }

  private mutating func textID(
    key: borrowing Span<UInt8>, of sql: borrowing Span<UInt8>, _ dialect: SQLDialect, _ fresh: inout FreshTexts
  ) throws(SQLiteError) -> Int64 {
    if let known = texts.known(key) { return known }
    let hash = Interner.hash(key)
    if let number = fresh.numbers.number(of: key, hash: hash) { return -1 - number }
    if let stored = try texts.stored(key) { return stored }
    let number = Int64(fresh.texts.count)
    fresh.numbers.insert(key, hash: hash, number: number)
    fresh.keys.append(Array(copying: key))
    fresh.texts.append(UnreadText(sql: String(decoding: Array(copying: sql), as: UTF8.self), dialect: dialect))
    return -1 - number
  }

  private mutating func add(
    _ fresh: FreshTexts, _ analyze: ArchiveLoader.Analysis
  ) throws(SQLiteError) -> [Int64] {
    guard !fresh.texts.isEmpty else { return [] }
    var ids: [Int64] = []
    for (index, analysis) in analyze(fresh.texts).enumerated() {
      let key = fresh.keys[index]
      ids.append(try add(key.span, fresh.texts[index].sql, analysis))
    }
    return ids
  }

  private mutating func add(
    _ key: borrowing Span<UInt8>, _ sql: String, _ analysis: ArchiveLoader.TextAnalysis
  ) throws(SQLiteError) -> Int64 {
    let facts = analysis.facts
    let shape = try shapes.id(of: packed([facts.fingerprint, facts.normalized]).span) {
      (row) throws(SQLiteError) in
      try row.bind(3, facts.fingerprint)
      try row.bind(4, facts.normalized)
    }
    return try texts.id(of: key) { (row) throws(SQLiteError) in
      try row.bind(3, sql)
      try row.bind(4, shape)
      try row.bind(5, Int64(facts.parsed ? 1 : 0))
      try row.bind(6, jsonList(facts.kinds.map(\.rawValue).sorted()))
      try row.bind(7, blob: analysis.encoded.span)
    }
  }

  mutating func decisionID(of key: borrowing Span<UInt8>) throws(SQLiteError) -> Int64 {
    if let known = decisions.known(key) { return known }
    let fields = unpackFields(Array(copying: key))
    func field(_ index: Int) -> String? { index < fields.count ? fields[index] : nil }
    return try decisions.id(of: key) { (row) throws(SQLiteError) in
      try row.bind(3, field(0) ?? Action.observed.rawValue)
      for index in 1...4 { try row.bind(index + 3, field(index) as String?) }
      try row.bind(8, jsonList(fields.dropFirst(5).compactMap(\.self).sorted()))
    }
  }

  mutating func errorID(of key: borrowing Span<UInt8>) throws(SQLiteError) -> Int64 {
    if let known = errors.known(key) { return known }
    let fields = unpackFields(Array(copying: key))
    return try errors.id(of: key) { (row) throws(SQLiteError) in
      try row.bind(3, (fields.first ?? nil) as String?)
      try row.bind(4, (fields.count > 1 ? fields[1] : nil) as String?)
    }
  }

  mutating func id(of identity: Identity) throws(SQLiteError) -> Int64 {
    let groups = jsonList(identity.groups)
    let key = packed([identity.user, identity.kind.rawValue, identity.kindBasis.rawValue, groups, identity.mfa])
    return try identities.id(of: key.span) { (row) throws(SQLiteError) in
      try row.bind(3, identity.user)
      try row.bind(4, identity.kind.rawValue)
      try row.bind(5, identity.kindBasis.rawValue)
      try row.bind(6, identity.kind.rawValue)
      try row.bind(7, identity.kindBasis.rawValue)
      try row.bind(8, groups)
      try row.bind(9, identity.mfa)
      try row.bind(10, identity.owner)
    }
  }

  mutating func id(of connection: Connection, proxy: String) throws(SQLiteError) -> Int64 {
    let tags = jsonObject(connection.tags)
    let key = packed([
      proxy, connection.name, connection.engine, connection.database, connection.databaseUser,
      connection.environment, tags,
    ])
    return try connections.id(of: key.span) { (row) throws(SQLiteError) in
      try row.bind(3, proxy)
      try row.bind(4, connection.name)
      try row.bind(5, connection.engine)
      try row.bind(6, connection.database)
      try row.bind(7, connection.databaseUser)
      try row.bind(8, connection.environment)
      try row.bind(9, connection.environment)
      try row.bind(10, tags)
    }
  }

  mutating func id(of client: Client) throws(SQLiteError) -> Int64 {
    try clients.id(of: packed([client.address, client.application]).span) { (row) throws(SQLiteError) in
      try row.bind(3, client.address)
      try row.bind(4, client.application)
    }
  }

  mutating func contextID(
    identity: Int64?, connection: Int64, client: Int64, purposeGiven: Bool, approved: Bool
  ) throws(SQLiteError) -> Int64 {
    let key = packed([
      identity.map(String.init), String(connection), String(client), purposeGiven ? "1" : "0", approved ? "1" : "0",
    ])
    return try contexts.id(of: key.span) { (row) throws(SQLiteError) in
      try row.bind(3, identity)
      try row.bind(4, connection)
      try row.bind(5, client)
      try row.bind(6, Int64(purposeGiven ? 1 : 0))
      try row.bind(7, Int64(approved ? 1 : 0))
    }
  }

  // MARK: Sessions and statements

  /// The session of the key; a session that no archive has named yet is stored without an opening.
  mutating func session(
    _ key: borrowing Span<UInt8>, proxy: String, archive: Int64
  ) throws(SQLiteError) -> SessionState {
    try findSession.bind(1, proxy)
    try findSession.bind(2, text: key)
    defer { findSession.reset() }
    if try findSession.step() {
      let (id, last) = (findSession.int64(0), findSession.int64(1))
      let digest = findSession.optionalText(2)
      let context = try contextID(
        identity: findSession.optionalInt64(3), connection: findSession.int64(4), client: findSession.int64(5),
        purposeGiven: findSession.int64(6) != 0, approved: false)
      return SessionState(
        id: id, context: context, dialect: SQLDialect(engine: findSession.text(7)), lastSequence: last,
        storedLastSequence: last, openingDigest: digest,
        end: findSession.optionalInt64(8).map { SessionEnd(time: $0, statements: findSession.optionalInt64(9)) })
    }
    let id = nextSessionID
    nextSessionID += 1
    let connection = try self.id(of: Connection(name: "(unknown)", engine: "unknown"), proxy: proxy)
    let client = try self.id(of: Client())
    try insertSession.bind(1, id)
    try insertSession.bind(2, proxy)
    try insertSession.bind(3, text: key)
    try insertSession.bind(4, connection)
    try insertSession.bind(5, client)
    try insertSession.bind(6, archive)
    try insertSession.run()
    let context = try contextID(
      identity: nil, connection: connection, client: client, purposeGiven: false, approved: false)
    return SessionState(
      id: id, context: context, dialect: .postgreSQL, lastSequence: 0, storedLastSequence: 0, openingDigest: nil)
  }

  mutating func setLastSequence(_ session: Int64, _ sequence: Int64) throws(SQLiteError) {
    try setSequence.bind(1, session)
    try setSequence.bind(2, sequence)
    try setSequence.run()
  }

  /// Stores a statement; `integers` hold a number for each ``StatementColumn``, the id is the next one. Whoever reads statements
  /// flushes first.
  mutating func insertStatement(
    _ integers: inout [Int64], _ row: StatementRow, _ arena: borrowing [UInt8]
  ) throws(SQLiteError) {
    integers[StatementColumn.id.rawValue] = nextStatementID
    nextStatementID += 1
    try statementInserts.add(integers, row, arena)
  }

  /// Stores the statements that wait; their bytes are in the arena.
  mutating func flushStatements(_ arena: borrowing [UInt8]) throws(SQLiteError) { try statementInserts.flush(arena) }

  /// Replaces a statement by a fuller version of it.
  mutating func replaceStatement(
    _ id: Int64, _ integers: inout [Int64], _ row: StatementRow, _ arena: borrowing [UInt8],
    _ database: borrowing SQLiteDatabase
  ) throws(SQLiteError) {
    var delete = try database.prepare("DELETE FROM statements WHERE id = ?1")
    try delete.bind(1, id)
    try delete.run()
    integers[StatementColumn.id.rawValue] = id
    try statementInserts.add(integers, row, arena)
    try statementInserts.flush(arena)
  }

  mutating func addToRollup(_ key: RollupKey, _ value: RollupValue) throws(SQLiteError) {
    try rollupRow.bind(1, key.text)
    try rollupRow.bind(2, key.context)
    try rollupRow.bind(3, key.decision)
    try rollupRow.bind(4, value.count)
    try rollupRow.bind(5, value.first)
    try rollupRow.bind(6, value.last)
    try rollupRow.run()
  }
}

extension Array where Element == UInt8 {
  init(copying span: borrowing Span<UInt8>) {
    self = []
    ByteRun.append(span, to: &self)
  }
}
