public import AuditTrail
package import JSONReader
public import Ledger

/// Gives every graded statement that the filter lets through as a line of `replay --verdicts`, in order of sessions and
/// sequence; each line ends with a line feed.
public func forEachVerdictLine(
  _ ledger: borrowing Ledger, _ filter: SessionFilter = SessionFilter(), _ body: ([UInt8]) throws(AssayError) -> Void
) throws(AssayError) {
  var replays: [Int64: ReplayEntry] = [:]
  for replay in try ledger.replays() { replays[replay.id] = replay }
  var units: [Int64: String] = [:]
  try ledger.query("SELECT id, key FROM units", []) { row in
    if let id = row.first?.integer, let key = row.last?.text { units[id] = key }
  }
  var sessions: [SessionEntry] = []
  try ledger.forEachSession(filter) { session in sessions.append(session) }
  for session in sessions {
    let graded = try ledger.graded(session: session.id)
    for statement in try ledger.statements(of: session.id, in: filter.period) {
      guard let entry = graded[statement.id] else { continue }
      try body(
        verdictLine(
          session: session.key, unit: statement.unit.flatMap { units[$0] }, statement, entry,
          replay: entry.replay.flatMap { replays[$0] }))
    }
  }
}

/// One graded statement as a line of `replay --verdicts`.
public func verdictLine(
  session: String, unit: String?, _ statement: StatementEntry, _ graded: GradedStatement, replay: ReplayEntry?
) -> [UInt8] {
  var json = JSONWriter()
  json.beginObject()
  json.key("session")
  json.string(session)
  json.key("seq")
  json.integer(statement.sequence)
  json.key("unit")
  json.string(unit)
  json.key("decision")
  json.string(statement.decision.action.rawValue)
  json.key("outcome")
  json.string(statement.outcome.rawValue)
  writeMembers(of: graded.verdict, &json)
  json.key("basis")
  json.string(replay == nil ? nil : graded.effect.basis.rawValue)
  json.key("mode")
  json.string(replay == nil ? nil : mode(graded.effect, replay))
  json.key("kept")
  json.bool(graded.effect.kept)
  json.key("harmful")
  json.bool(graded.verdict.isHarmful)
  json.key("kind")
  json.string(graded.verdict.kind?.rawValue)
  json.key("fate")
  json.string(graded.verdict.fate?.rawValue)
  json.key("would_disclose")
  json.bool(graded.verdict.wouldDisclose)
  json.key("approval")
  json.string(graded.approval?.standing.rawValue)
  json.key("approval_scope")
  json.string(graded.approval?.scope.rawValue)
  json.key("engine")
  json.string(replay?.engine)
  json.key("effect")
  write(graded.effect, &json)
  json.endObject()
  return json.bytes + [UInt8(ascii: "\n")]
}

/// How the statement's session was kept apart: as its own effect says, or else as the replay as a whole.
private func mode(_ effect: Effect, _ replay: ReplayEntry?) -> String? {
  effect.mode == "session" ? replay?.mode : effect.mode
}

/// Writes an effect as every document that shows one spells it.
package func write(_ effect: Effect, _ json: inout JSONWriter) {
  json.beginObject()
  json.key("rows_inserted")
  json.integer(effect.rowsInserted)
  json.key("rows_updated")
  json.integer(effect.rowsUpdated)
  json.key("rows_deleted")
  json.integer(effect.rowsDeleted)
  json.key("tables")
  json.beginObject()
  for (name, table) in effect.tables.sorted(by: { $0.key < $1.key }) {
    json.key(name)
    json.beginObject()
    json.key("inserted")
    json.integer(table.inserted)
    json.key("updated")
    json.integer(table.updated)
    json.key("deleted")
    json.integer(table.deleted)
    json.key("before")
    json.integer(table.before)
    json.endObject()
  }
  json.endObject()
  json.key("dropped")
  json.strings(effect.dropped.map { "\($0.type) \($0.name)" })
  json.key("truncated")
  json.strings(effect.truncated)
  json.key("altered")
  json.strings(effect.altered)
  json.key("escalated")
  json.strings(effect.escalated)
  json.key("refused")
  json.strings(effect.refused)
  json.key("leak")
  json.string(effect.leak.rawValue)
  json.key("leaked_columns")
  json.strings(effect.leakedColumns)
  json.key("leak_form")
  json.string(effect.leakForm?.rawValue)
  json.endObject()
}
