import AuditTrail
import JSONReader
import Ledger

/// The queries of a search; conditions and values grow as more is known.
struct SearchQuery {
  let period: Period?
  private(set) var values: [LedgerValue] = []
  /// Conditions over `statements s`.
  private var conditions: [String] = []
  private let search: SessionSearch
  private var namedTexts: String?

  init(_ search: SessionSearch) {
    self.search = search
    period = search.sessions.period
    if let period {
      conditions.append("s.time >= \(mark(.integer(period.start.nanoseconds)))")
      conditions.append("s.time < \(mark(.integer(period.end.nanoseconds)))")
    }
  }

  /// Whether single statements decide which sessions are found.
  var looksAtStatements: Bool { !search.tables.isEmpty || search.writes || search.harmful }

  private mutating func mark(_ value: LedgerValue) -> String {
    values.append(value)
    return "?\(values.count)"
  }

  /// Only these sessions.
  mutating func limit(to sessions: [Int64]) {
    conditions.append("s.session IN (SELECT value FROM json_each(\(mark(.text(jsonArray(sessions))))))")
  }

  /// The texts that name the tables searched for.
  mutating func name(texts: [Int64]) { namedTexts = mark(.text(jsonArray(texts))) }

  private static let joins =
    "statements s LEFT JOIN verdicts v ON v.statement = s.id LEFT JOIN measurements m ON m.statement = s.id"

  /// The sessions of statements that meet every condition.
  var matches: String {
    mutating get {
      var all = conditions
      if let namedTexts {
        let named = "s.text IN (SELECT value FROM json_each(\(namedTexts)))"
        all.append("(\(named) OR \(touched))")
      }
      if search.harmful { all.append("(\(Self.harm) OR s.id IN (SELECT statement FROM findings))") }
      return "SELECT DISTINCT s.session FROM \(Self.joins) WHERE \(all.joined(separator: " AND "))"
    }
  }

  /// Harm that was measured, whether it happened or was stopped.
  private static let harm =
    "(v.verdict IN ('false_allow', 'mask_leak', 'confirmed_block') OR v.verdict = 'confirmed_review' AND v.severity >= 3)"

  /// Whether the effect touched one of the tables; whether it changed any, where none is named. A cheap look at the text
  /// of the effect comes first.
  private var touched: String {
    mutating get {
      guard !search.tables.isEmpty else {
        return "(instr(m.effect, '\"tables\"') > 0 OR instr(m.effect, '\"dropped\"') > 0)"
      }
      let parts = search.tables.map { table in
        let name = mark(.text(table.lowercased()))
        var ways = [
          "EXISTS (SELECT 1 FROM json_each(m.effect, '$.tables') WHERE lower(key) = \(name))",
          "EXISTS (SELECT 1 FROM json_each(m.effect, '$.dropped') WHERE lower(value ->> '$.name') = \(name))",
        ]
        if !search.writes {
          ways.append(
            "EXISTS (SELECT 1 FROM json_each(m.effect, '$.reads') "
              + "WHERE lower(substr(value, 1, instr(value, '.') - 1)) = \(name))")
        }
        return "(instr(lower(m.effect), \(name)) > 0 AND (\(ways.joined(separator: " OR "))))"
      }
      return "(" + parts.joined(separator: " OR ") + ")"
    }
  }

  /// A row a session: id, first, last, statements, measured ones, worst verdict with severity, rows lost, leaks.
  var totals: String {
    let ranks = VerdictName.allCases.map { "WHEN '\($0.rawValue)' THEN \($0.gravity * 10)" }.joined(separator: " ")
    let notRun = Outcome.allCases.firstIndex(of: .notRun) ?? 0
    let unmeasured = """
      (v.verdict IS NULL OR v.verdict IN ('inconclusive', 'diverged') OR v.verdict = 'ungraded' AND v.reason IS NOT NULL)
      """
    let changes = ["delete", "update", "merge"].map { "instr(t.kinds, '\"\($0)\"') > 0" }.joined(separator: " OR ")
    let affected = RowsKind.allCases.firstIndex(of: .affected) ?? 0
    let tookPlace = "m.kept = 1 AND s.outcome <> \(notRun)"
    return """
      SELECT s.session, min(s.time), max(s.time), count(*),
        sum(m.replay IS NOT NULL AND v.verdict <> 'inconclusive'),
        max(CASE v.verdict \(ranks) END + v.severity),
        coalesce(sum(CASE WHEN \(tookPlace) THEN m.rows_destroyed END), 0),
        coalesce(sum(s.outcome <> \(notRun) AND m.leak IN ('raw', 'derived')), 0),
        coalesce(sum(CASE WHEN s.rows > 0 AND s.rows_kind = \(affected) AND s.outcome <> \(notRun) AND s.error IS NULL
          AND \(unmeasured) AND EXISTS (SELECT 1 FROM texts t WHERE t.id = s.text AND (\(changes))) THEN s.rows END), 0)
      FROM \(Self.joins) WHERE \(conditions.isEmpty ? "1" : conditions.joined(separator: " AND "))
      GROUP BY s.session
      """
  }
}

func jsonArray(_ integers: [Int64]) -> String {
  "[" + integers.map(String.init).joined(separator: ",") + "]"
}
