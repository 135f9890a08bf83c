import AuditTrail
import JSONReader
import Postgres
import Replay

/// The connection of the replay's role to a clone, with what reads the clone's counters.
final class PostgresMeter {
  let clone: PostgresClone
  let connection: PostgresConnection
  let watchdog: PostgresWatchdog
  /// Rows changed so far in the open transaction.
  private(set) var base: [UInt32: RowCounters] = [:]
  /// The last value of each sequence; -1 before the first.
  private(set) var sequences: [UInt32: Int64]
  /// Whether the counters are to be read again before the next command: the end of a savepoint in which a table was emptied
  /// takes back what was counted before it.
  private(set) var isStale = false
  /// Whether a table was emptied since counting began: then each savepoint around it takes back at its end, not only the first.
  private var hasEmptied = false
  private var isPrepared = false
  /// By text: 0 where it was sent once, else the number of its prepared statement.
  private var texts: [PreparedText: Int] = [:]
  private var preparedCount = 0
  private var textPrefix = PostgresMeter.unguessable()
  private var lastEvent: Int64 = 0
  private var oddBlocks: [UInt32: Int] = [:]
  private var knownLastRelation: UInt32?

  /// Connects to a clone of the baseline.
  init(_ clone: PostgresClone, _ catalog: PostgresCatalog, seconds: Double) throws(PostgresError) {
    connection = try PostgresConnection(clone.connection)
    self.clone = clone
    sequences = catalog.sequences.mapValues(\.last)
    watchdog = PostgresWatchdog(seconds: seconds)
    try watchdog.watch(connection)
  }

  /// Whether a backslash in a plain literal escapes, as the session has set it.
  var hasOldStrings: Bool { connection.reported("standard_conforming_strings") == "off" }

  /// Runs commands of ours.
  func script(_ sql: String) throws(PostgresError) { try connection.script(sql) }

  /// The notices since the last call, and whether events happened that ``readEvents()`` tells.
  func takeNotices() -> (hasEvents: Bool, notices: [PostgresError]) {
    let notices = connection.takeNotices()
    let others = notices.filter { $0.sqlstate != MeasuringFunctions.state }
    return (others.count < notices.count, others)
  }

  /// What happened to objects since the last call, in its order.
  func readEvents() throws(PostgresError) -> [PostgresEvent] {
    let found = try asking { () throws(PostgresError) in
      try connection.execute(
        "SELECT number, pg_catalog.array_to_json(fields) FROM pg_catalog.assay_events_since($1)",
        [PostgresValue(String(lastEvent))])
    }
    var events: [PostgresEvent] = []
    for row in 0..<found.rowCount {
      lastEvent = max(lastEvent, found.integer(row, 0) ?? 0)
      if let event = PostgresEvent(Self.texts(found.text(row, 1))) { events.append(event) }
    }
    return events
  }

  private static func texts(_ json: String) -> [String] {
    var parser = JSONParser()
    guard let root = try? parser.parse(json) else { return [] }
    return parser.elements(of: root).map { parser.string($0) ?? "" }
  }

  /// Asks a question within a statement's time: what reads a table runs the table's own code.
  private func asking<Answer: ~Copyable>(
    _ question: () throws(PostgresError) -> Answer
  ) throws(PostgresError) -> Answer {
    watchdog.arm()
    defer { watchdog.disarm() }
    return try question()
  }

  // MARK: Counters

  /// The name of the prepared query of the counters. SQL reaches prepared statements by their names, so no session can
  /// guess it before it runs, and code that could look it up makes it another.
  private(set) var counters = PostgresMeter.unguessable()

  private static func unguessable() -> String {
    "assay_\(String(UInt64.random(in: .min ... .max), radix: 36))_\(String(UInt64.random(in: .min ... .max), radix: 36))"
  }

  private static let query = "SELECT * FROM pg_catalog.assay_counters($1, $2, $3, $4)"

  /// What has to be asked of the counters, as the query takes it.
  func counterValues(_ state: PostgresState) -> [PostgresValue] {
    let relations = state.schema.files.sorted { $0.key < $1.key }
    let numbers = sequences.sorted { $0.key < $1.key }
    return [
      PostgresValue(Self.array(relations.map { String($0.key) })),
      PostgresValue(Self.array(relations.map { String($0.value) })),
      PostgresValue(Self.array(numbers.map { String($0.key) })),
      PostgresValue(Self.array(numbers.map { String($0.value) })),
    ]
  }

  private static func array(_ elements: [String]) -> String { "{" + elements.joined(separator: ",") + "}" }

  /// Reads the counters of the open transaction.
  func readCounters(_ state: PostgresState) throws(PostgresError) -> CounterReading {
    try prepareCounters()
    return Self.reading(try connection.execute(prepared: counters, counterValues(state)))
  }

  /// Prepares the query, again after the session has thrown prepared statements away.
  func prepareCounters() throws(PostgresError) {
    if isPrepared { return }
    try connection.prepare(counters, Self.query)
    isPrepared = true
  }

  /// The session may have thrown prepared statements away, or put its own in their place.
  func forgetPrepared() {
    isPrepared = false
    counters = Self.unguessable()
    textPrefix = Self.unguessable()
    forgetTexts()
  }

  // MARK: Texts that come again

  private struct PreparedText: Hashable {
    let sql: String
    let types: [UInt32]
  }

  private static let rememberedTexts = 1024

  /// Sends a text with its values; the second time and from then on as a prepared statement, so that the server parses it no
  /// more. True where an answer to the preparation comes first.
  func sendPrepared(_ sql: String, _ values: [PostgresValue]) throws(PostgresError) -> Bool {
    let text = PreparedText(sql: sql, types: values.map(\.type))
    guard let number = texts[text] else {
      if texts.count < Self.rememberedTexts { texts[text] = 0 }
      try connection.send(sql, values)
      return false
    }
    if number > 0 {
      try connection.send(prepared: "\(textPrefix)_\(number)", values)
      return false
    }
    preparedCount += 1
    texts[text] = preparedCount
    try connection.sendPrepare("\(textPrefix)_\(preparedCount)", sql, types: text.types)
    try connection.send(prepared: "\(textPrefix)_\(preparedCount)", values)
    return true
  }

  /// Forgets what is prepared: names are not used again.
  func forgetTexts() { texts.removeAll(keepingCapacity: true) }

  // MARK: Tables that blocks could not explain

  private static let mostOddBlocks = 8

  /// Notes the tables of a block whose counters its tags do not explain; where they are not its own, all of its tables are odd.
  func noteOdd(_ odd: Set<UInt32>, of targets: [UInt32]) {
    guard !odd.isEmpty else { return }
    let own = odd.isSubset(of: targets) ? odd : Set(targets)
    for table in own { oddBlocks[table, default: 0] += 1 }
  }

  /// Whether statements on a table are measured one by one, since blocks had to be undone for it before.
  func isMeasuredAlone(_ table: UInt32) -> Bool { oddBlocks[table] ?? 0 >= Self.mostOddBlocks }

  /// The rows of the query's answer.
  static func reading(_ result: borrowing PostgresResult) -> CounterReading {
    var reading = CounterReading()
    for row in 0..<result.rowCount {
      let oid = result.oid(row, 0)
      if let last = result.integer(row, 6) {
        reading.sequences.append((oid, last))
        continue
      }
      reading.relations.append(
        CounterReading.Relation(
          oid: oid,
          counters: RowCounters(
            inserted: result.integer(row, 1) ?? 0, updated: result.integer(row, 2) ?? 0,
            deleted: result.integer(row, 3) ?? 0),
          file: result.oid(row, 4), unchanged: result.integer(row, 5) ?? 0))
    }
    return reading
  }

  /// Rows changed since the last call, of one relation.
  func advance(_ relation: CounterReading.Relation) -> RowCounters {
    let delta = relation.counters - (base[relation.oid] ?? RowCounters())
    base[relation.oid] = relation.counters
    return delta
  }

  /// Takes the counters as they are, and the sequences: a new transaction has begun, which may still show what an earlier one
  /// counted, or a statement failed, which moves sequences all the same.
  func rebase(_ state: PostgresState) throws(PostgresError) {
    isStale = false
    base.removeAll(keepingCapacity: true)
    let reading = try readCounters(state)
    for relation in reading.relations { base[relation.oid] = relation.counters }
    for (sequence, last) in reading.sequences { note(last, of: sequence) }
  }

  /// Has the server hand over what it has counted, so that the next transaction's counters start at nothing; notes the
  /// sequences.
  func startCounting(_ state: PostgresState) throws(PostgresError) {
    try rebase(state)
    try script("SELECT pg_catalog.pg_stat_force_next_flush()")
    forgetCounters()
  }

  /// Nothing is counted yet.
  func forgetCounters() {
    hasEmptied = false
    base.removeAll(keepingCapacity: true)
  }

  /// Notes that a table was emptied.
  func noteEmptied() { (isStale, hasEmptied) = (true, true) }

  /// Notes that a savepoint ended, and what was done in it stays.
  func noteEnded() { if hasEmptied { isStale = true } }

  /// Notes how far the sequences have come.
  func note(_ last: Int64, of sequence: UInt32) { sequences[sequence] = last }

  /// Sets sequences back: no rollback does.
  func restoreSequences(to values: [UInt32: Int64]) throws(PostgresError) {
    for (sequence, last) in values.sorted(by: { $0.key < $1.key }) where sequences[sequence] != last {
      _ = try connection.execute(
        "SELECT pg_catalog.assay_restore($1, $2)", [PostgresValue(String(sequence)), PostgresValue(String(last))])
      sequences[sequence] = last
    }
  }

  // MARK: Questions between statements

  /// How many updates have left a row as it was, by relation, over all that has run on the clone.
  func unchangedRows() throws(PostgresError) -> [UInt32: Int64] {
    let answer = try asking { () throws(PostgresError) in
      try connection.execute("SELECT * FROM pg_catalog.assay_unchanged_counts()", [])
    }
    return Dictionary(
      (0..<answer.rowCount).map { (answer.oid($0, 0), answer.integer($0, 1) ?? 0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The rows that a table itself holds now; `nil` for what is not a table.
  func rows(of relation: UInt32) throws(PostgresError) -> Int64? {
    try asking { () throws(PostgresError) in
      try connection.execute("SELECT pg_catalog.assay_rows($1)", [PostgresValue(String(relation))])
    }.integer(0, 0)
  }

  /// The rows that a table holds now, and how many of them were written under the transaction number or a later one; `nil`
  /// for what is not a table.
  func rowsWritten(
    in relation: UInt32, since first: Int64
  ) throws(PostgresError) -> (rows: Int64, written: Int64)? {
    let found = try asking { () throws(PostgresError) in
      try connection.execute(
        "SELECT * FROM pg_catalog.assay_written($1, $2)",
        [PostgresValue(String(relation)), PostgresValue(String(first))])
    }
    guard let rows = found.integer(0, 0), let written = found.integer(0, 1) else { return nil }
    return (rows, written)
  }

  /// The largest number of a relation now; asked for once where nothing that sessions make is kept.
  func lastRelation(isKept: Bool) throws(PostgresError) -> UInt32 {
    if isKept, let knownLastRelation { return knownLastRelation }
    let last = try connection.execute("SELECT max(oid) FROM pg_catalog.pg_class").oid(0, 0)
    knownLastRelation = last
    return last
  }

  struct Column: Hashable {
    let number: Int64
    let name: String
    let type: UInt32
    let modifier: Int64
  }

  /// The columns of a relation now.
  func columns(of relation: UInt32) throws(PostgresError) -> [Column] {
    let found = try connection.execute(
      "SELECT * FROM pg_catalog.assay_columns($1)", [PostgresValue(String(relation))])
    return (0..<found.rowCount).map { row in
      Column(
        number: found.integer(row, 0) ?? 0, name: found.text(row, 1), type: found.oid(row, 2),
        modifier: found.integer(row, 3) ?? -1)
    }
  }

  /// Hashes of a column's values after going through the type, in the order of the rows; `nil` for NULL.
  func hashes(of column: Column, in relation: UInt32, as type: Column) throws(PostgresError) -> [Int64?] {
    let found = try asking { () throws(PostgresError) in
      try connection.execute(
        "SELECT * FROM pg_catalog.assay_column_hashes($1, $2, $3, $4)",
        [
          PostgresValue(String(relation)), PostgresValue(String(column.number)), PostgresValue(String(type.type)),
          PostgresValue(String(type.modifier)),
        ])
    }
    return (0..<found.rowCount).map { found.integer($0, 0) }
  }

  /// How often each value of some columns occurs in a relation, by its hash.
  func keyValues(of relation: UInt32, _ columns: [String]) throws(PostgresError) -> [Int64: Int64] {
    let found = try asking { () throws(PostgresError) in
      try connection.execute(
        "SELECT * FROM pg_catalog.assay_key_values($1, $2)",
        [PostgresValue(String(relation)), PostgresValue(textArray(columns))])
    }
    var values: [Int64: Int64] = [:]
    for row in 0..<found.rowCount { values[found.integer(row, 0) ?? 0, default: 0] += found.integer(row, 1) ?? 0 }
    return values
  }

  /// Advisory locks that the session holds.
  func advisoryLocks() throws(PostgresError) -> Int64 {
    try connection.execute("SELECT pg_catalog.assay_advisory()").integer(0, 0) ?? 0
  }

  /// What no event trigger tells of.
  struct Rights: Equatable {
    /// What the server keeps of the database and the session's role for all sessions to come.
    let stored: String
    /// Whose rights the session has.
    let role: String
    /// Whether row security counts for it, as its setting says.
    let rowSecurity: String
  }

  /// The rights now.
  func rights() throws(PostgresError) -> Rights {
    let found = try connection.execute("SELECT * FROM pg_catalog.assay_shared()")
    return Rights(stored: found.text(0, 0), role: found.text(0, 1), rowSecurity: found.text(0, 2))
  }
}
