public import AuditTrail
public import Ledger
import SQLAnalysis

/// Finds the sessions of a search, gravest first.
///
/// Facts are read once a distinct text, and effects are opened only where something was lost or seen: what it costs
/// otherwise is one pass over the statements.
public func findSessions(
  _ ledger: borrowing Ledger, _ search: SessionSearch
) throws(AssayError) -> FoundSessions {
  var found = FoundSessions()
  found.sessionsHeld = try ledger.rows("SELECT count(*) FROM sessions").first?.first?.integer ?? 0
  if let row = try ledger.rows("SELECT min(time), max(time) FROM statements").first, let first = row[0].integer,
    let last = row[1].integer
  {
    found.held = (Timestamp(nanoseconds: first), Timestamp(nanoseconds: last))
  }
  var query = SearchQuery(search)
  var candidates: [Int64: SessionEntry] = [:]
  var whole = search.sessions
  // The pass over the statements looks at the time, once.
  whole.period = nil
  try ledger.forEachSession(whole) { session in
    if let kind = search.kind, session.identity?.kind != kind { return }
    if !search.isOf(session) { return }
    candidates[session.id] = session
  }
  if candidates.count < found.sessionsHeld { query.limit(to: candidates.keys.sorted()) }
  if query.looksAtStatements { query.limit(to: try matching(ledger, search, query)) }
  let findings = try findingKinds(ledger, query.period)
  try ledger.query(query.totals, query.values) { row in
    guard let id = row[0].integer, let session = candidates[id] else { return }
    let worst = row[5].integer.flatMap { code in
      VerdictName.allCases.first { $0.gravity == Int(code / 10) }.map { verdict in
        (verdict: verdict, severity: Severity(rawValue: Int(code % 10)) ?? .s0)
      }
    }
    found.sessions.append(
      FoundSession(
        session: session, first: Timestamp(nanoseconds: row[1].integer ?? 0),
        last: Timestamp(nanoseconds: row[2].integer ?? 0), statements: row[3].integer ?? 0,
        measured: row[4].integer ?? 0, worst: worst, rowsLost: row[6].integer ?? 0,
        rowsRecordedOnly: row[8].integer ?? 0, objectsLost: [], columnsSeen: [], findings: findings[id] ?? [],
        hasLeak: row[7].integer != 0))
  }
  for index in found.sessions.indices where found.sessions[index].needsEffects {
    try found.sessions[index].readEffects(ledger, search.sessions.period)
  }
  found.sessions.sort { left, right in
    left.gravity == right.gravity ? left.first < right.first : left.gravity > right.gravity
  }
  return found
}

extension FoundSession {
  /// Whether its effects say more than the ledger's columns do.
  fileprivate var needsEffects: Bool { hasLeak || (worst?.severity ?? .s0) >= .s3 }

  fileprivate mutating func readEffects(_ ledger: borrowing Ledger, _ period: Period?) throws(AssayError) {
    var (columns, objects): (Set<String>, Set<String>) = ([], [])
    let graded = try ledger.graded(session: session.id)
    for statement in try ledger.statements(of: session.id, in: period) {
      guard let effect = graded[statement.id]?.effect else { continue }
      if effect.reachedClient(statement.decision, statement.outcome) { columns.formUnion(effect.leakedColumns) }
      guard effect.tookPlace(statement.outcome) else { continue }
      for object in effect.dropped where !object.isScratch { objects.insert("\(object.type) \(object.name)") }
    }
    (columnsSeen, objectsLost) = (columns.sorted(), objects.sorted())
  }
}

extension Effect {
  /// Whether what was measured also happened: neither probed, nor rolled back, nor left undone.
  func tookPlace(_ outcome: Outcome) -> Bool { kept && outcome != .notRun && tookEffect }

  /// Whether a sensitive value reached the client: rows do before their transaction is rolled back.
  func reachedClient(_ decision: Decision, _ outcome: Outcome) -> Bool {
    guard leak >= .derived, tookEffect else { return false }
    return outcome != .notRun && decision.action.reachesDatabase(outcome)
  }
}

private func findingKinds(
  _ ledger: borrowing Ledger, _ period: Period?
) throws(AssayError) -> [Int64: [String]] {
  var kinds: [Int64: Set<String>] = [:]
  try ledger.query("SELECT f.session, f.kind, s.time FROM findings f JOIN statements s ON s.id = f.statement") { row in
    if let period, !period.contains(Timestamp(nanoseconds: row[2].integer ?? 0)) { return }
    kinds[row[0].integer ?? 0, default: []].insert(row[1].text ?? "")
  }
  return kinds.mapValues { $0.sorted() }
}

/// The sessions with a statement that meets every condition about statements, or with a finding where harm is asked for.
private func matching(
  _ ledger: borrowing Ledger, _ search: SessionSearch, _ query: SearchQuery
) throws(AssayError) -> [Int64] {
  var query = query
  if !search.tables.isEmpty || search.writes { query.name(texts: try texts(ledger, search)) }
  var sessions: Set<Int64> = []
  try ledger.query(query.matches, query.values) { row in if let id = row[0].integer { sessions.insert(id) } }
  return sessions.sorted()
}

/// The texts that name one of the tables (and write it, where that is asked for), by facts.
private func texts(_ ledger: borrowing Ledger, _ search: SessionSearch) throws(AssayError) -> [Int64] {
  let tables = Set(search.tables.map(\.nameKey))
  var texts: [Int64] = []
  try ledger.query("SELECT id, facts FROM texts ORDER BY id") { (row) throws(AssayError) in
    guard case .bytes(let encoded) = row[1], let id = row[0].integer else { return }
    let facts = try Facts(encoded: encoded)
    if facts.commands.contains(where: { $0.names(tables, written: search.writes) }) { texts.append(id) }
  }
  return texts
}

extension CommandFacts {
  /// Whether the command names one of the tables (any, where none is given), as one that it writes where that is asked.
  fileprivate func names(_ tables: Set<String>, written: Bool) -> Bool {
    if written, !isWrite { return false }
    guard !tables.isEmpty else { return true }
    let columns = written ? writes : reads + writes
    if columns.contains(where: { tables.contains($0.table.name.nameKey) }) { return true }
    return objects.contains { object in
      guard object.type == "table" || object.type == "index" || object.type == "view" else { return false }
      let name = object.name.split(separator: ".").last?.nameKey ?? ""
      return tables.contains(name)
    }
  }

  /// Whether its kind changes rows, objects or rights.
  var isWrite: Bool {
    !kinds.isDisjoint(with: [.insert, .update, .delete, .merge, .truncate, .create, .alter, .drop, .grant, .revoke])
      || !writes.isEmpty
  }
}
