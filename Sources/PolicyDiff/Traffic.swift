import AuditTrail
import JSONReader
import Ledger

/// The part of a ledger that a diff is about, by distinct text, context and recorded decision.
///
/// It is read as the ledger's roll-up holds it, at the cost of what is distinct; statement by statement only where a
/// selection cuts through what the roll-up counts together.
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

  /// Statements that are alike, or one.
  struct Occurrence {
    /// Where it was read.
    enum Source {
      /// One statement, by its row id.
      case statement(Int64, StatementPlace)
      /// An entry of the roll-up, by its id.
      case entry(Int64)
    }

    var source: Source
    var row: Row
    var outcome: Outcome
    /// The script it is decided with: a unit's row id, or the roll-up's number of a distinct script.
    var script: Int64?
    /// Whether the archive holds only a part of its text.
    var isCut: Bool
    /// Whether the selection holds it; what it leaves out of a script is decided with, and not counted.
    var isSelected = true
    /// What was measured, where the roll-up says it.
    var effect: Int64?
    var verdict: Verdict?
    /// Its place in its script, where the roll-up says it.
    var position: Int64 = 0

    var key: Key { row.key }
  }

  /// The rows of statements that are decided by themselves, sorted by text.
  private(set) var rows: [Row] = []
  /// The same as the roll-up's entries; empty where statements are read.
  private(set) var entries: [Occurrence] = []
  /// Scripts that are decided as one, each in order.
  private(set) var scripts: [[Occurrence]] = []
  private(set) var contexts: [Int64: Context] = [:]
  private(set) var decisions: [Int64: Decision] = [:]
  /// Statements.
  private(set) var statements: Int64 = 0
  /// Those with a conclusive verdict.
  private(set) var conclusive: Int64 = 0
  private(set) var first: Timestamp?
  private(set) var last: Timestamp?
  /// Whether the ledger was cut down: no statement's own time can be asked for.
  let isTimeless: Bool
  /// Whether literals and names were taken from it.
  let isRedacted: Bool
  /// Conditions over `statements s`, and their values.
  private var conditions: [String] = []
  private var values: [LedgerValue] = []

  /// The ledger's traffic; `byStatement` reads every statement, for holding one way against the other.
  init(_ ledger: borrowing Ledger, _ filter: SessionFilter, byStatement: Bool = false) throws(AssayError) {
    isTimeless = try ledger.isCutDown()
    isRedacted = try ledger.isRedacted()
    try readDecisions(ledger)
    try readContexts(ledger, filter)
    setConditions(filter)
    if filter.keys.isEmpty, !byStatement, try readRollup(ledger, filter) { return }
    guard !isTimeless else {
      throw AssayError(
        .usage,
        "This ledger was cut down and holds no single statements: leave out --session, and let --period begin and end with "
          + "a month.", at: Place(ledger.path))
    }
    try readStatements(ledger)
  }

  private mutating func setConditions(_ filter: SessionFilter) {
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
    if !filter.connections.isEmpty || filter.user != nil {
      let ids = mark(.text(jsonArray(contexts.keys.sorted())))
      conditions.append("s.context IN (SELECT value FROM json_each(\(ids)))")
    }
  }

  private mutating func mark(_ value: LedgerValue) -> String {
    values.append(value)
    return "?\(values.count)"
  }

  private var condition: String { conditions.isEmpty ? "1" : conditions.joined(separator: " AND ") }

  // MARK: By what is distinct

  /// Reads the roll-up; `false` where the period cuts through one of its entries.
  private mutating func readRollup(_ ledger: borrowing Ledger, _ filter: SessionFilter) throws(AssayError) -> Bool {
    try ledger.rollUpTraffic()
    var byScript: [Int64: [Occurrence]] = [:]
    for entry in try ledger.trafficEntries() where contexts[entry.context] != nil {
      var occurrence = Occurrence(entry)
      if let period = filter.period {
        let (start, end) = (period.contains(entry.first), period.contains(entry.last))
        let isAround = entry.first < period.start && period.end <= entry.last
        guard start == end, !isAround else {
          (entries, rows) = ([], [])
          return false
        }
        occurrence.isSelected = start
      }
      if let script = occurrence.script {
        byScript[script, default: []].append(occurrence)
      } else if occurrence.isSelected {
        entries.append(occurrence)
        addRow(occurrence.row)
      }
    }
    scripts = byScript.sorted { $0.key < $1.key }.map { $0.value.sorted { $0.position < $1.position } }
      .filter { $0.contains(where: \.isSelected) }
    for occurrence in entries { count(occurrence) }
    for script in scripts { script.forEach { count($0) } }
    return true
  }

  private mutating func addRow(_ row: Row) {
    guard let last = rows.last, last.key == row.key else {
      rows.append(row)
      return
    }
    rows[rows.count - 1].statements += row.statements
    rows[rows.count - 1].first = min(last.first, row.first)
    rows[rows.count - 1].last = max(last.last, row.last)
  }

  private mutating func count(_ occurrence: Occurrence) {
    guard occurrence.isSelected else { return }
    statements += occurrence.row.statements
    if occurrence.verdict?.isConclusive == true { conclusive += occurrence.row.statements }
    first = min(first ?? occurrence.row.first, occurrence.row.first)
    last = max(last ?? occurrence.row.last, occurrence.row.last)
  }

  // MARK: By statement

  private mutating func readStatements(_ ledger: borrowing Ledger) throws(AssayError) {
    var rows: [Row] = []
    try ledger.query(
      """
      SELECT s.text, s.context, s.decision, count(*), min(s.time), max(s.time)
      FROM statements s LEFT JOIN units u ON u.id = s.unit
      WHERE \(condition) AND coalesce(u.statements, 1) <= 1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
      """, values
    ) { row in
      let integers = row.map { $0.integer ?? 0 }
      rows.append(
        Row(
          key: Key(text: integers[0], context: integers[1], decision: integers[2]), statements: integers[3],
          first: Timestamp(nanoseconds: integers[4]), last: Timestamp(nanoseconds: integers[5])))
    }
    self.rows = rows
    scripts = try readScripts(ledger)
    for row in rows {
      statements += row.statements
      first = min(first ?? row.first, row.first)
      last = max(last ?? row.last, row.last)
    }
    for script in scripts { script.forEach { count($0) } }
    conclusive =
      try ledger.rows(
        """
        SELECT count(*) FROM statements s JOIN verdicts v ON v.statement = s.id
        WHERE \(condition) AND v.verdict NOT IN ('inconclusive', 'diverged')
          AND NOT (v.verdict = 'ungraded' AND v.reason IS NOT NULL)
        """, values
      ).first?.first?.integer ?? 0
  }

  /// Every script that the selection touches, whole, statement by statement.
  func readScripts(_ ledger: borrowing Ledger) throws(AssayError) -> [[Occurrence]] {
    guard try !ledger.rows("SELECT 1 FROM units WHERE statements > 1 LIMIT 1").isEmpty else { return [] }
    var scripts: [Int64: [Occurrence]] = [:]
    try read(
      ledger,
      where: """
        u.statements > 1 AND s.unit IN (SELECT s.unit FROM statements s WHERE s.unit IS NOT NULL AND \(condition))
        """, values
    ) { scripts[$0.script ?? 0, default: []].append($0) }
    return scripts.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The statements of some texts that are decided by themselves, by session and sequence.
  func occurrences(_ ledger: borrowing Ledger, ofTexts texts: Set<Int64>) throws(AssayError) -> [Occurrence] {
    if texts.isEmpty { return [] }
    var found: [Occurrence] = []
    try read(
      ledger,
      where: """
        \(condition) AND coalesce(u.statements, 1) <= 1
        AND s.text IN (SELECT value FROM json_each(?\(values.count + 1)))
        """, values + [.text(jsonArray(texts.sorted()))]
    ) { found.append($0) }
    return found
  }

  /// Every statement, those of scripts too.
  func everyStatement(_ ledger: borrowing Ledger) throws(AssayError) -> [Occurrence] {
    var found: [Occurrence] = []
    try read(ledger, where: condition, values) { found.append($0) }
    return found
  }

  private func read(
    _ ledger: borrowing Ledger, where condition: String, _ values: [LedgerValue], _ body: (Occurrence) -> Void
  ) throws(AssayError) {
    try ledger.query(
      """
      SELECT s.id, s.session, s.sequence, s.time, s.text, s.context, s.decision, o.name,
        CASE WHEN u.statements > 1 THEN u.id END, s.completeness, \(self.condition)
      FROM statements s JOIN outcomes o ON o.id = s.outcome LEFT JOIN units u ON u.id = s.unit
      WHERE \(condition) ORDER BY s.session, s.sequence
      """, values
    ) { row in
      let time = Timestamp(nanoseconds: row[3].integer ?? 0)
      let key = Key(text: row[4].integer ?? 0, context: row[5].integer ?? 0, decision: row[6].integer ?? 0)
      let flags = Completeness(rawValue: UInt32(truncatingIfNeeded: row[9].integer ?? 0))
      body(
        Occurrence(
          source: .statement(
            row[0].integer ?? 0, StatementPlace(session: row[1].integer ?? 0, sequence: row[2].integer ?? 0)),
          row: Row(key: key, statements: 1, first: time, last: time),
          outcome: row[7].text.flatMap(Outcome.init) ?? .unknown, script: row[8].integer,
          isCut: flags.contains(.statementTruncated), isSelected: row[10].integer == 1))
    }
  }

  // MARK: Dictionaries

  private mutating func readDecisions(_ ledger: borrowing Ledger) throws(AssayError) {
    var lists = StoredJSON()
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
    var lists = StoredJSON()
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
}

extension Traffic.Occurrence {
  fileprivate init(_ entry: TrafficEntry) {
    self.init(
      source: .entry(entry.id),
      row: Traffic.Row(
        key: Traffic.Key(text: entry.text, context: entry.context, decision: entry.decision),
        statements: entry.statements, first: entry.first, last: entry.last),
      outcome: entry.outcome, script: entry.script, isCut: entry.isCut, effect: entry.effect,
      verdict: entry.verdict.map { Verdict($0, reason: entry.reason) })
    position = entry.position
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
