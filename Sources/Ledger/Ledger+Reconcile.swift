public import AuditTrail
import Digests
import SQLite

/// Holds what databases' logs say against what proxies say of the same databases.
///
/// A source that decided nothing, and observed all of it, is a log. Two statements are one where their texts agree, spaces and
/// semicolons at the ends apart, and their times are near, the difference of the clocks apart; each takes part once.
extension Ledger {
  /// So far apart two statements may be that are one, in nanoseconds.
  static let reconciliationWindow: Int64 = 5_000_000_000
  /// The difference of the clocks is taken from so many texts at least.
  private static let fewestCompared: Int64 = 3

  /// Reconciles again if archives were read since, or other pairings hold. Connections that no pairing names are paired where
  /// a proxy's connection and a log name one engine and one database.
  public borrowing func reconcile(_ pairings: [LogPairing]) throws(AssayError) {
    do {
      let state = try reconciliationState(pairings)
      guard try meta("reconciled") != state else { return }
      let parties = Parties(try reconciledConnections(), pairings)
      if parties.groups.isEmpty, try rows("SELECT 1 FROM reconciliations LIMIT 1").isEmpty { return }
      let tables = ["reconciliations", "parties", "reconciled", "witnesses"]
      let isKept = mayWrite()
      if isKept { try sortOutsideOfMemory() }
      try changing(tables) { () throws(SQLiteError) in
        for table in tables { try database.execute("DELETE FROM \(table)") }
        for (number, group) in parties.groups.enumerated() { try reconcile(group, number: Int64(number + 1)) }
        try database.execute("DROP TABLE IF EXISTS temp.compared")
        if isKept {
          try setMeta("traffic", "stale")
          try setMeta("reconciled", state)
        }
      }
      try database.execute("PRAGMA temp_store = MEMORY")
    } catch let error as SQLiteError {
      throw Ledger.failure(error, path: path)
    } catch let error as AssayError {
      throw error
    } catch {
      throw AssayError(.internalFault, "An unknown failure in reconciling logs.", at: Place(path))
    }
  }

  /// What a reconciliation follows from: the pairings, and what was read.
  private borrowing func reconciliationState(_ pairings: [LogPairing]) throws(SQLiteError) -> String {
    var find = try database.prepare("SELECT (SELECT max(id) FROM archives), (SELECT max(id) FROM statements)")
    try find.step()
    var fields: [String?] = ["\(find.int64(0)) \(find.int64(1))"]
    for pairing in pairings {
      fields += [pairing.log, pairing.database, "\(pairing.connections.count)"] + pairing.connections
    }
    return SHA256Digest(of: packed(fields)).hex
  }

  /// Every connection, with whether it is in a log. A source without statements is a log where its product writes nothing else.
  private borrowing func reconciledConnections() throws(SQLiteError) -> [ReconciledConnection] {
    var connections: [ReconciledConnection] = []
    var find = try database.prepare(
      """
      WITH sources AS (
        SELECT cn.proxy, min(d.action = 'observed') AS is_log
        FROM rollup r JOIN contexts c ON c.id = r.context JOIN connections cn ON cn.id = c.connection
          JOIN decisions d ON d.id = r.decision
        GROUP BY 1)
      SELECT cn.id, cn.proxy, cn.name, cn.engine, cn.database, s.is_log
      FROM connections cn LEFT JOIN sources s ON s.proxy = cn.proxy ORDER BY cn.id
      """)
    while try find.step() {
      let proxy = find.text(1)
      connections.append(
        ReconciledConnection(
          id: find.int64(0), proxy: proxy, name: find.text(2), engine: find.text(3), database: find.optionalText(4),
          isLog: find.optionalInt64(5).map { $0 != 0 } ?? DatabaseLog.isProduct(proxy)))
    }
    return connections
  }

  private borrowing func reconcile(_ group: Parties.Group, number: Int64) throws(SQLiteError) {
    for connection in group.connections {
      try write(
        "INSERT INTO parties VALUES (?1, ?2, ?3)",
        [.integer(connection.id), .integer(number), .integer(connection.isLog ? 1 : 0)])
    }
    try compare(party: number)
    let (skew, least, most, compared) = try skew()
    try write(
      """
      INSERT INTO reconciliations
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, min(CASE is_log WHEN 0 THEN first END), max(CASE is_log WHEN 0 THEN last END),
          min(CASE is_log WHEN 1 THEN first END), max(CASE is_log WHEN 1 THEN last END)
        FROM (SELECT DISTINCT p.is_log, se.archive FROM parties p JOIN sessions se ON se.connection = p.connection
            WHERE p.party = ?1
          UNION SELECT DISTINCT is_log, archive FROM compared) JOIN archives ar ON ar.id = archive
      """,
      [
        .integer(number), .text(group.basis.rawValue), .integer(skew), .optional(least), .optional(most),
        .integer(compared), .integer(Self.reconciliationWindow),
      ])
    try match(skew: skew)
    try write(
      """
      INSERT INTO witnesses SELECT c.session FROM compared c LEFT JOIN reconciled r ON r.statement = c.statement
      WHERE c.is_log = 1 GROUP BY c.session HAVING 2 * count(r.statement) >= count(*)
      """, [])
  }

  /// Writes the statements of a party with their texts' keys into `temp.compared`: of the proxies those that may have run.
  private borrowing func compare(party: Int64) throws(SQLiteError) {
    try database.execute(
      """
      DROP TABLE IF EXISTS temp.compared;
      CREATE TEMP TABLE compared (
        key BLOB NOT NULL, time INTEGER NOT NULL, is_log INTEGER NOT NULL, statement INTEGER NOT NULL,
        session INTEGER NOT NULL, archive INTEGER NOT NULL);
      CREATE TEMP TABLE keys (text INTEGER PRIMARY KEY, key BLOB NOT NULL);
      """)
    var insert = try database.prepare("INSERT INTO temp.keys VALUES (?1, ?2)", persistent: true)
    var find = try database.prepare(
      """
      SELECT id, sql FROM texts WHERE id IN (SELECT r.text FROM rollup r JOIN contexts c ON c.id = r.context
        JOIN parties p ON p.connection = c.connection WHERE p.party = ?1)
      """)
    try find.bind(1, party)
    while try find.step() {
      let bytes = find.bytes(1)
      try insert.run([
        .integer(find.int64(0)), .bytes(Array(SHA256Digest(of: Array(Self.bare(bytes))).bytes.prefix(16))),
      ])
    }
    try write(
      """
      INSERT INTO temp.compared
        SELECT k.key, s.time, p.is_log, s.id, s.session, s.archive
        FROM statements s JOIN contexts c ON c.id = s.context JOIN parties p ON p.connection = c.connection
          JOIN temp.keys k ON k.text = s.text
        WHERE p.party = ?1 AND (p.is_log = 1 OR s.outcome <> ?2)
        ORDER BY k.key, s.time, p.is_log, s.id
      """, [.integer(party), .integer(Outcome.notRun.code)])
    try database.execute("DROP TABLE temp.keys")
  }

  /// A text without spaces and semicolons at its ends: a client and a server's log keep them or not.
  static func bare(_ text: [UInt8]) -> ArraySlice<UInt8> {
    func isEdge(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == UInt8(ascii: ";") }
    let bytes = text.drop(while: isEdge)
    return bytes[..<((bytes.lastIndex { !isEdge($0) } ?? bytes.startIndex - 1) + 1)]
  }

  /// By how much the log's clock is ahead: the median, and the range without the outer twentieths, of the differences over
  /// texts that each side holds once. 0 where fewer than ``fewestCompared`` are.
  private borrowing func skew() throws(SQLiteError) -> (skew: Int64, least: Int64?, most: Int64?, compared: Int64) {
    try database.execute(
      """
      DROP TABLE IF EXISTS temp.differences;
      CREATE TEMP TABLE differences (value INTEGER NOT NULL);
      INSERT INTO temp.differences
        SELECT max(CASE is_log WHEN 1 THEN time END) - max(CASE is_log WHEN 0 THEN time END) FROM temp.compared
        GROUP BY key HAVING count(*) = 2 AND sum(is_log) = 1 ORDER BY 1;
      """)
    defer { try? database.execute("DROP TABLE temp.differences") }
    var count = try database.prepare("SELECT count(*) FROM temp.differences")
    try count.step()
    let compared = count.int64(0)
    guard compared >= Self.fewestCompared else { return (0, nil, nil, compared) }
    var find = try database.prepare("SELECT value FROM temp.differences WHERE rowid = ?1")
    func value(at place: Int64) throws(SQLiteError) -> Int64 {
      find.reset()
      try find.bind(1, place + 1)
      try find.step()
      return find.int64(0)
    }
    return (
      try value(at: compared / 2), try value(at: compared / 20), try value(at: compared - 1 - compared / 20), compared
    )
  }

  /// Pairs the statements of the two sides: of each text the earliest that are near enough to each other, in order.
  private borrowing func match(skew: Int64) throws(SQLiteError) {
    var find = try database.prepare(
      """
      SELECT key, time - CASE is_log WHEN 1 THEN ?1 ELSE 0 END, is_log, statement FROM temp.compared
      ORDER BY key, 2, is_log, statement
      """)
    try find.bind(1, skew)
    var insert = try database.prepare("INSERT INTO reconciled VALUES (?1, ?2)", persistent: true)
    var key: [UInt8] = []
    // Those that wait are all of one side: whoever comes from the other takes the first that is near.
    var waiting: [(time: Int64, isLog: Bool, statement: Int64)] = []
    var first = 0
    while try find.step() {
      let next = find.bytes(0)
      let (time, isLog, statement) = (find.int64(1), find.int64(2) != 0, find.int64(3))
      if next != key {
        key = next
        waiting.removeAll(keepingCapacity: true)
        first = 0
      }
      while first < waiting.count, time &- waiting[first].time > Self.reconciliationWindow { first += 1 }
      if first == waiting.count {
        waiting.removeAll(keepingCapacity: true)
        first = 0
      }
      guard first < waiting.count, waiting[first].isLog != isLog else {
        waiting.append((time, isLog, statement))
        continue
      }
      let twin = waiting[first].statement
      first += 1
      try insert.run([.integer(isLog ? statement : twin), .integer(isLog ? twin : statement)])
    }
  }

  /// What was reconciled, party by party.
  public borrowing func reconciliations() throws(AssayError) -> [Reconciliation] {
    var found: [Reconciliation] = []
    try query("SELECT * FROM reconciliations ORDER BY party") { row in
      func reach(_ place: Int) -> ClosedRange<Timestamp>? {
        guard let first = row[place].integer, let last = row[place + 1].integer, first <= last else { return nil }
        return Timestamp(nanoseconds: first)...Timestamp(nanoseconds: last)
      }
      var party = Reconciliation(
        party: row[0].integer ?? 0, basis: row[1].text.flatMap(Reconciliation.Basis.init) ?? .database,
        skew: row[2].integer ?? 0, compared: row[5].integer ?? 0, window: row[6].integer ?? 0)
      if let least = row[3].integer, let most = row[4].integer, least <= most { party.skews = least...most }
      (party.proxyReach, party.logReach) = (reach(7), reach(9))
      found.append(party)
    }
    for place in found.indices { try count(&found[place]) }
    return found
  }

  private borrowing func count(_ party: inout Reconciliation) throws(AssayError) {
    let number = [LedgerValue.integer(party.party)]
    try query(
      """
      SELECT DISTINCT p.is_log, CASE p.is_log WHEN 1 THEN cn.proxy || ' ' || cn.name ELSE cn.name END
      FROM parties p JOIN connections cn ON cn.id = p.connection WHERE p.party = ?1 ORDER BY 1, 2
      """, number
    ) { row in
      if row[0].integer == 1 {
        party.logs.append(row[1].text ?? "")
      } else {
        party.connections.append(row[1].text ?? "")
      }
    }
    try query(
      """
      SELECT p.is_log, t.statement IS NOT NULL,
        s.time NOT BETWEEN CASE p.is_log WHEN 1 THEN x.proxy_first + x.skew ELSE x.log_first - x.skew END
          AND CASE p.is_log WHEN 1 THEN x.proxy_last + x.skew ELSE x.log_last - x.skew END, count(*)
      FROM parties p JOIN reconciliations x ON x.party = p.party JOIN contexts c ON c.connection = p.connection
        JOIN statements s ON s.context = c.id
        LEFT JOIN (SELECT statement FROM reconciled UNION ALL SELECT twin FROM reconciled) t ON t.statement = s.id
      WHERE p.party = ?1 AND (p.is_log = 1 OR s.outcome <> \(Outcome.notRun.code)) GROUP BY 1, 2, 3
      """, number
    ) { row in
      let (isLog, isMatched, isOutside) = (row[0].integer == 1, row[1].integer == 1, row[2].integer == 1)
      let statements = row[3].integer ?? 0
      switch (isLog, isMatched, isOutside) {
      case (true, true, _): party.matched += statements
      case (false, true, _): break
      case (true, false, true): party.logOutside += statements
      case (true, false, false): party.onlyLog += statements
      case (false, false, true): party.proxyOutside += statements
      case (false, false, false): party.onlyProxy += statements
      }
    }
    try query(
      """
      SELECT se.id IN (SELECT session FROM witnesses), count(*) FROM sessions se JOIN parties p ON p.connection = se.connection
      WHERE p.party = ?1 AND p.is_log = 1 AND EXISTS (SELECT 1 FROM statements s WHERE s.session = se.id) GROUP BY 1
      """, number
    ) { row in
      if row[0].integer == 1 { party.witnesses = row[1].integer ?? 0 } else { party.bypasses = row[1].integer ?? 0 }
    }
  }
}

/// Connections that lead to one database, with those of its log.
private struct Parties {
  /// One database's connections.
  struct Group {
    var connections: [ReconciledConnection]
    var basis: Reconciliation.Basis
  }

  private(set) var groups: [Group] = []

  /// Pairs each log with the proxies' connections that a pairing names for it, else with those that name its database. Logs
  /// that share a connection make one group.
  init(_ connections: [ReconciledConnection], _ pairings: [LogPairing]) {
    let proxied = connections.filter { !$0.isLog }
    for log in connections where log.isLog {
      let named = pairings.filter { $0.isOf(log) }
      let names = Set(named.flatMap(\.connections))
      let others = proxied.filter { named.isEmpty ? log.sharesDatabase(with: $0) : names.contains($0.name) }
      guard !others.isEmpty else { continue }
      var group = Group(connections: others + [log], basis: named.isEmpty ? .database : .configured)
      let ids = Set(others.map(\.id))
      for place in groups.indices.reversed() where groups[place].connections.contains(where: { ids.contains($0.id) }) {
        let other = groups.remove(at: place)
        group.connections += other.connections.filter { other in !group.connections.contains { $0.id == other.id } }
        if other.basis == .configured { group.basis = .configured }
      }
      group.connections.sort { $0.id < $1.id }
      groups.append(group)
    }
    groups.sort { ($0.connections.first?.id ?? 0) < ($1.connections.first?.id ?? 0) }
  }
}
