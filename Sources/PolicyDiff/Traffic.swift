import AuditTrail
import JSONReader
import Ledger

/// The part of a ledger that a diff is about, by distinct text, context and recorded decision.
struct Traffic {
  /// What decisions are made on.
  struct Key: Hashable {
    var text: Int64
    var context: Int64
    var decision: Int64
  }

  /// A key with how often it occurred, and when.
  struct Row {
    var key: Key
    var statements: Int64
    var first: Timestamp
    var last: Timestamp
  }

  /// Who sent a statement to what, and from where.
  struct Context {
    var identity: Identity?
    var connection: Connection
    var client: Client
    var purposeGiven: Bool
    var approved: Bool
  }

  /// One statement.
  struct Occurrence {
    var id: Int64
    var session: Int64
    var sequence: Int64
    var time: Timestamp
    var key: Key
    var outcome: Outcome
    var unit: Int64?
    /// Whether the archive holds only a part of its text.
    var isCut: Bool
    /// `SESSION/SEQ`.
    var name: String
  }

  /// The rows, sorted by text.
  var rows: [Row] = []
  var contexts: [Int64: Context] = [:]
  var decisions: [Int64: Decision] = [:]
  /// Conditions over `statements s`, and their values.
  private var conditions: [String] = []
  private var values: [LedgerValue] = []

  init(_ ledger: borrowing Ledger, _ filter: SessionFilter) throws(AssayError) {
    try readDecisions(ledger)
    try readContexts(ledger, filter)
    if let period = filter.period {
      conditions.append("s.time >= \(mark(.integer(period.start.nanoseconds)))")
      conditions.append("s.time < \(mark(.integer(period.end.nanoseconds)))")
    }
    if !filter.keys.isEmpty {
      let keys = mark(.text(jsonArray(filter.keys)))
      conditions.append(
        "s.session IN (SELECT id FROM sessions WHERE key IN (SELECT value FROM json_each(\(keys))) "
          + "OR proxy || '/' || key IN (SELECT value FROM json_each(\(keys))))")
    }
    let isWhole = conditions.isEmpty
    if !filter.connections.isEmpty || filter.user != nil {
      let ids = mark(.text(jsonArray(contexts.keys.sorted())))
      conditions.append("s.context IN (SELECT value FROM json_each(\(ids)))")
    }
    try readRows(ledger, fromRollup: isWhole)
  }

  private mutating func mark(_ value: LedgerValue) -> String {
    values.append(value)
    return "?\(values.count)"
  }

  private var condition: String { conditions.isEmpty ? "1" : conditions.joined(separator: " AND ") }

  private mutating func readRows(_ ledger: borrowing Ledger, fromRollup: Bool) throws(AssayError) {
    let sql =
      fromRollup
      ? "SELECT text, context, decision, statements, first, last FROM rollup ORDER BY 1, 2, 3"
      : """
      SELECT s.text, s.context, s.decision, count(*), min(s.time), max(s.time) FROM statements s WHERE \(condition)
      GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
      """
    var rows: [Row] = []
    try ledger.query(sql, fromRollup ? [] : values) { row in
      let integers = row.map { $0.integer ?? 0 }
      guard contexts[integers[1]] != nil else { return }
      rows.append(
        Row(
          key: Key(text: integers[0], context: integers[1], decision: integers[2]), statements: integers[3],
          first: Timestamp(nanoseconds: integers[4]), last: Timestamp(nanoseconds: integers[5])))
    }
    self.rows = rows
  }

  private mutating func readDecisions(_ ledger: borrowing Ledger) throws(AssayError) {
    var lists = StoredLists()
    var decisions: [Int64: Decision] = [:]
    try ledger.query("SELECT id, action, rule, masked FROM decisions") { row in
      decisions[row[0].integer ?? 0] = Decision(
        action: row[1].text.flatMap(Action.init) ?? .observed, rule: row[2].text,
        masked: lists.list(row[3].text ?? "").sorted())
    }
    self.decisions = decisions
  }

  private mutating func readContexts(
    _ ledger: borrowing Ledger, _ filter: SessionFilter
  ) throws(AssayError) {
    var lists = StoredLists()
    var contexts: [Int64: Context] = [:]
    try ledger.query(
      """
      SELECT c.id, i.user, i.kind, i.kind_basis, i.groups, i.mfa, cn.name, cn.engine, cn.database, cn.database_user,
        cn.environment, cn.tags, cl.address, cl.application, c.purpose_given, c.approved
      FROM contexts c JOIN connections cn ON cn.id = c.connection JOIN clients cl ON cl.id = c.client
        LEFT JOIN identities i ON i.id = c.identity
      """
    ) { row in
      let name = row[6].text ?? ""
      if !filter.connections.isEmpty, !filter.connections.contains(name) { return }
      if let user = filter.user, row[1].text != user { return }
      contexts[row[0].integer ?? 0] = Context(
        identity: row[1].text.map { user in
          Identity(
            user: user, kind: row[2].text.flatMap(IdentityKind.init) ?? .human,
            kindBasis: row[3].text.flatMap(KindBasis.init) ?? .assumed, groups: lists.list(row[4].text ?? ""),
            mfa: row[5].text)
        },
        connection: Connection(
          name: name, engine: row[7].text ?? "", database: row[8].text, databaseUser: row[9].text,
          environment: row[10].text, tags: lists.object(row[11].text ?? "")),
        client: Client(address: row[12].text, application: row[13].text), purposeGiven: row[14].integer == 1,
        approved: row[15].integer == 1)
    }
    self.contexts = contexts
  }

  /// The statements of some texts (`nil`: of all), those of scripts left out or alone, by session and sequence.
  func occurrences(
    _ ledger: borrowing Ledger, ofTexts texts: Set<Int64>?, inScripts: Bool?
  ) throws(AssayError) -> [Occurrence] {
    if let texts, texts.isEmpty { return [] }
    if inScripts == true, try ledger.rows("SELECT 1 FROM units WHERE statements > 1 LIMIT 1").isEmpty { return [] }
    var values = values
    var conditions = [condition]
    if let texts {
      values.append(.text(jsonArray(texts.sorted())))
      conditions.append("s.text IN (SELECT value FROM json_each(?\(values.count)))")
    }
    if let inScripts { conditions.append("coalesce(u.statements, 1) \(inScripts ? "> 1" : "<= 1")") }
    var found: [Occurrence] = []
    try ledger.query(
      """
      SELECT s.id, s.session, s.sequence, s.time, s.text, s.context, s.decision, o.name, u.id, se.key, s.completeness
      FROM statements s JOIN sessions se ON se.id = s.session JOIN outcomes o ON o.id = s.outcome
        LEFT JOIN units u ON u.id = s.unit
      WHERE \(conditions.joined(separator: " AND ")) ORDER BY s.session, s.sequence
      """, values
    ) { row in
      let sequence = row[2].integer ?? 0
      found.append(
        Occurrence(
          id: row[0].integer ?? 0, session: row[1].integer ?? 0, sequence: sequence,
          time: Timestamp(nanoseconds: row[3].integer ?? 0),
          key: Key(text: row[4].integer ?? 0, context: row[5].integer ?? 0, decision: row[6].integer ?? 0),
          outcome: row[7].text.flatMap(Outcome.init) ?? .unknown, unit: row[8].integer,
          isCut: Completeness(rawValue: UInt32(truncatingIfNeeded: row[10].integer ?? 0)).contains(.statementTruncated),
          name: "\(row[9].text ?? "")/\(sequence)"))
    }
    return found
  }

  /// How many statements have a conclusive verdict.
  func conclusive(_ ledger: borrowing Ledger) throws(AssayError) -> Int64 {
    try ledger.rows(
      """
      SELECT count(*) FROM statements s JOIN verdicts v ON v.statement = s.id
      WHERE \(condition) AND v.verdict NOT IN ('inconclusive', 'diverged')
        AND NOT (v.verdict = 'ungraded' AND v.reason IS NOT NULL)
      """, values
    ).first?.first?.integer ?? 0
  }
}

/// Lists and objects of texts that the ledger wrote as JSON.
private struct StoredLists: ~Copyable {
  private var parser = JSONParser()

  mutating func list(_ text: String) -> [String] {
    guard text.utf8.count > 2, let root = try? parser.parse(text) else { return [] }
    return parser.elements(of: root).compactMap { parser.string($0) }
  }

  mutating func object(_ text: String) -> [String: String] {
    guard text.utf8.count > 2, let root = try? parser.parse(text) else { return [:] }
    var object: [String: String] = [:]
    parser.forEachMember(of: root) { member in object[parser.key(member)] = parser.string(member.value) }
    return object
  }
}

private func jsonArray(_ integers: [Int64]) -> String {
  "[" + integers.map(String.init).joined(separator: ",") + "]"
}

private func jsonArray(_ texts: [String]) -> String {
  var json = JSONWriter()
  json.strings(texts)
  return json.text
}
