public import AuditTrail
import Digests
import SQLite

/// The traffic by what is distinct: what a diff reads instead of every statement.
extension Ledger {
  /// Rolls the traffic up again if archives were read or statements measured since the last time: one pass over every
  /// statement. A ledger that was cut down holds it already.
  public borrowing func rollUpTraffic() throws(AssayError) {
    do {
      guard try meta("traffic") != "current" else { return }
      let tables = ["traffic", "traffic_sessions", "traffic_effects"]
      guard mayWrite() else {
        try shadow(tables)
        return try rollUpStatements(into: database, borders: [])
      }
      try begin()
      try seals.empty(tables, in: database)
      try rollUpStatements(into: database, borders: [])
      try setMeta("traffic", "current")
      try commit()
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// Counts every statement into the tables of `target`, apart by the borders of time, which ascend.
  borrowing func rollUpStatements(
    into target: borrowing SQLiteDatabase, borders: [Int64]
  ) throws(SQLiteError) {
    let grades = TrafficRollup.Grades()
    var rollup = try TrafficRollup(target, grades)
    var effects = try EffectDictionary(target)
    let cut = Int64(Completeness.statementTruncated.rawValue)
    var find = try database.prepare(
      """
      SELECT s.session, s.sequence, s.time, s.text, s.context, s.decision, s.outcome, s.completeness & ?1 <> 0,
        CASE WHEN u.statements > 1 THEN u.id ELSE 0 END, m.effect, v.verdict, v.reason
      FROM statements s LEFT JOIN units u ON u.id = s.unit LEFT JOIN measurements m ON m.statement = s.id
        LEFT JOIN verdicts v ON v.statement = s.id
      WHERE s.session NOT IN (SELECT session FROM witnesses)
      ORDER BY s.session, s.sequence
      """)
    try find.bind(1, cut)
    while try find.step() {
      let time = find.int64(2)
      var key = TrafficKey(
        text: find.int64(3), context: find.int64(4), decision: find.int64(5), outcome: find.int64(6),
        isCut: find.int64(7) != 0)
      if !find.isNull(9), !find.isNull(10) {
        key.effect = try effects.id(of: find.bytes(9))
        key.grade = grades.number(find.text(10), find.optionalText(11))
      }
      key.era = Int64(borders.count { $0 <= time })
      try rollup.add(
        CountedStatement(
          key: key, unit: find.int64(8), session: find.int64(0), sequence: find.int64(1), time: time))
    }
    try rollup.finish()
  }

  /// The traffic's entries by text; several may be alike, and then add up.
  public borrowing func trafficEntries() throws(AssayError) -> [TrafficEntry] {
    do {
      var find = try database.prepare(
        """
        SELECT id, text, context, decision, outcome, cut, script, position, effect, verdict, reason, statements, first,
          last FROM traffic ORDER BY text, context, decision, id
        """)
      var entries: [TrafficEntry] = []
      while try find.step() {
        entries.append(
          TrafficEntry(
            id: find.int64(0), text: find.int64(1), context: find.int64(2), decision: find.int64(3),
            outcome: Outcome(code: find.int64(4)) ?? .unknown, isCut: find.int64(5) != 0, script: find.optionalInt64(6),
            position: find.int64(7), effect: find.optionalInt64(8),
            verdict: find.optionalText(9).flatMap(VerdictName.init), reason: find.optionalText(10),
            statements: find.int64(11).asCount, first: Timestamp(nanoseconds: find.int64(12)),
            last: Timestamp(nanoseconds: find.int64(13))))
      }
      return entries
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// Calls `body` with each of the entries' sessions and examples.
  public borrowing func forEachPlaces(
    ofEntries ids: [Int64], _ body: (Int64, TrafficPlaces) -> Void
  ) throws(AssayError) {
    do {
      var find = try database.prepare(
        "SELECT s.sessions, t.examples FROM traffic t JOIN traffic_sessions s ON s.entry = t.id WHERE t.id = ?1")
      for id in ids {
        try find.bind(1, id)
        if try find.step() { body(id, TrafficPlaces(sessions: find.bytes(0), examples: find.bytes(1))) }
        find.reset()
      }
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// What was measured, by the ids that entries name.
  public borrowing func effects(_ ids: Set<Int64>) throws(AssayError) -> [Int64: Effect] {
    var effects: [Int64: Effect] = [:]
    var stored = StoredJSON()
    do {
      var find = try database.prepare("SELECT effect FROM traffic_effects WHERE id = ?1")
      for id in ids.sorted() {
        try find.bind(1, id)
        if try find.step() { effects[id] = stored.measurement(find.text(0))?.effect }
        find.reset()
      }
    } catch { throw Ledger.failure(error, path: path) }
    guard effects.count == ids.count else {
      throw AssayError(.changedLedger, "A stored effect cannot be read; run the replay again.", at: Place(path))
    }
    return effects
  }

  /// The keys of sessions, by row id.
  public borrowing func sessionKeys(_ ids: Set<Int64>) throws(AssayError) -> [Int64: String] {
    var keys: [Int64: String] = [:]
    do {
      var find = try database.prepare("SELECT key FROM sessions WHERE id = ?1")
      for id in ids.sorted() {
        try find.bind(1, id)
        if try find.step() { keys[id] = find.text(0) }
        find.reset()
      }
    } catch { throw Ledger.failure(error, path: path) }
    return keys
  }

  /// Whether the ledger was cut down to its distinct traffic, without single statements.
  public borrowing func isCutDown() throws(AssayError) -> Bool {
    do { return try meta("cut_down") == "1" } catch { throw Ledger.failure(error, path: path) }
  }

  /// Whether literals and names were replaced when it was cut down.
  public borrowing func isRedacted() throws(AssayError) -> Bool {
    do { return try meta("redacted") == "1" } catch { throw Ledger.failure(error, path: path) }
  }

  /// Whether the ledger holds any measurement.
  public borrowing func isMeasured() throws(AssayError) -> Bool {
    let sql = "SELECT 1 WHERE EXISTS (SELECT 1 FROM measurements) OR EXISTS (SELECT 1 FROM traffic_effects)"
    return try !rows(sql).isEmpty
  }
}

extension TrafficPlaces {
  /// From their packed form.
  fileprivate init(sessions: [UInt8], examples: [UInt8]) {
    self.sessions = SessionSet(bytes: sessions)
    self.examples = []
    // Each number is a list of its own: the differences of one list to the next are undone.
    var numbers: [Int64] = []
    var before: Int64 = 0
    for number in DeltaList.numbers(examples) {
      numbers.append(number &- before)
      before = number
    }
    for index in stride(from: 0, to: numbers.count - 1, by: 2) {
      self.examples.append(StatementPlace(session: numbers[index], sequence: numbers[index + 1]))
    }
  }
}

/// Distinct effects, each stored once. It may forget and store one again: two entries then stand where one would do.
private struct EffectDictionary: ~Copyable {
  private var known = Interner(byteLimit: 32 << 20)
  private var insert: SQLiteStatement
  private var last: Int64 = 0

  init(_ database: borrowing SQLiteDatabase) throws(SQLiteError) {
    let insert = try database.prepare("INSERT INTO traffic_effects VALUES (?1, ?2)", persistent: true)
    self.insert = insert
  }

  mutating func id(of effect: [UInt8]) throws(SQLiteError) -> Int64 {
    let hash = Interner.hash(effect.span)
    if let id = known.number(of: effect.span, hash: hash) { return id }
    last += 1
    known.insert(effect.span, hash: hash, number: last)
    try insert.bind(1, last)
    try insert.bind(2, text: effect.span)
    try insert.run()
    return last
  }
}
