import AuditTrail
import JSONReader
import Ledger
import SQLAnalysis

/// Which statements deleted for which line of the file of deletions.
struct DeletionMatches {
  private struct Match {
    let statement: Int64
    /// Whether the text names the table; else rows of it went with those of another.
    let namesTable: Bool
  }

  /// Production's statements that may have deleted: by their text, or by what replay measured.
  private static let candidates = """
    SELECT s.id, s.text, t.sql, t.facts, s.parameters, se.ticket, cn.engine,
      (SELECT json_group_array(t.key) FROM json_each(m.effect, '$.tables') t WHERE t.value ->> 'deleted' > 0)
    FROM counted_statements s JOIN sessions se ON se.id = s.session JOIN texts t ON t.id = s.text
      JOIN contexts c ON c.id = s.context JOIN connections cn ON cn.id = c.connection
      JOIN outcomes o ON o.id = s.outcome LEFT JOIN measurements m ON m.statement = s.id
    WHERE s.time < ?1 AND o.name <> 'not_run' AND s.error IS NULL
      AND (coalesce(cn.environment, 'production') = 'production' OR cn.name IN (SELECT value FROM json_each(?2)))
      AND (m.rows_destroyed > 0 OR t.id IN (SELECT t.id FROM texts t, json_each(t.kinds) k
        WHERE k.value IN ('delete', 'merge', 'truncate')))
    ORDER BY s.id
    """

  private let rows: [SideRow]
  private var byTicket: [Int: [Match]] = [:]
  private var byValue: [Int: [Match]] = [:]

  /// Looks for the statements of each row, up to the end of the period.
  init(_ rows: [SideRow], _ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) {
    self.rows = rows
    let places = Dictionary(grouping: rows.indices) { Self.lastPart(rows[$0].required("table").nameKey) }
    var known: [String: (tables: [String], values: Set<String>)] = [:]
    var lists = StoredJSON()
    let production = context.connectionNames { $0.environment == "production" }
    try ledger.query(Self.candidates, [.integer(context.period.end.nanoseconds), .text(production)]) {
      (row) throws(AssayError) in
      guard let id = row[0].integer, case .bytes(let facts) = row[3] else { return }
      let engine = row[6].text ?? ""
      let key = "\(row[1].integer ?? 0) \(engine)"
      if known[key] == nil {
        known[key] = (
          try Self.tables(facts), literalValues(in: row[2].text ?? "", as: SQLDialect(engine: engine))
        )
      }
      guard let text = known[key] else { return }
      var values = text.values
      if case .bytes(let bytes) = row[4] { values.formUnion(Ledger.parameters(bytes).compactMap(\.value)) }
      let measured = lists.list(row[7].text ?? "[]").map(\.nameKey)
      for name in Set((text.tables + measured).map(Self.lastPart)) {
        for place in places[name] ?? [] {
          let table = rows[place].required("table").nameKey
          let isNamed = text.tables.contains { Self.isSame($0, table) }
          guard isNamed || measured.contains(where: { Self.isSame($0, table) }) else { continue }
          let match = Match(statement: id, namesTable: isNamed)
          if row[5].text?.isExactly(rows[place].required("request")) == true {
            byTicket[place, default: []].append(match)
          }
          if values.contains(rows[place].required("subject")) { byValue[place, default: []].append(match) }
        }
      }
    }
  }

  /// The matches as a JSON list of lists: the row's place, the statement, `ticket` or `value`, whether the text names the table.
  /// A row that a ticket names is not looked for by its subject.
  var json: String {
    var json = JSONWriter()
    json.beginArray()
    for place in rows.indices {
      let (matches, by) = byTicket[place].map { ($0, "ticket") } ?? (byValue[place] ?? [], "value")
      for match in matches {
        json.beginArray()
        json.integer(Int64(place))
        json.integer(match.statement)
        json.string(by)
        json.integer(match.namesTable ? 1 : 0)
        json.endArray()
      }
    }
    json.endArray()
    return json.text
  }

  /// The tables that a text deletes from, as keys.
  private static func tables(_ facts: [UInt8]) throws(AssayError) -> [String] {
    try Facts(encoded: facts).commands.flatMap { command in
      command.kinds.isDisjoint(with: [.delete, .merge, .truncate])
        ? []
        : command.writes.map { $0.table.description.nameKey }
          + command.objects.filter { $0.type == "table" }.map(\.name.nameKey)
    }
  }

  private static func lastPart(_ key: String) -> String { key.split(separator: ".").last.map(String.init) ?? key }

  /// Whether two keys may be one table: a schema is compared where both name one.
  private static func isSame(_ left: String, _ right: String) -> Bool {
    left == right || left.hasSuffix(".\(right)") || right.hasSuffix(".\(left)")
  }

  /// The same, as a condition of a query.
  static func sameTable(_ left: String, _ right: String) -> String {
    """
    (lower(\(left)) = lower(\(right)) OR lower(substr(\(left), -length(\(right)) - 1)) = '.' || lower(\(right))
      OR lower(substr(\(right), -length(\(left)) - 1)) = '.' || lower(\(left)))
    """
  }
}
