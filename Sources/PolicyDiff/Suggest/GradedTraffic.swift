import AuditTrail
import Ledger
import Policies
import SQLAnalysis

/// The ledger's traffic with its verdicts, by distinct text and context.
struct GradedTraffic {
  /// A statement that was let through and did harm.
  struct Miss {
    /// `SESSION/SEQ`.
    var name: String
    /// Rows that it destroyed on the shadow.
    var rows: Int64
  }

  /// A text in a context, and what its statements came to; counts of statements.
  struct Row {
    var facts: Facts
    var prepared: PreparedText
    var context: Traffic.Context
    var first: Timestamp
    /// Let through, and harmful.
    var misses: [Miss] = []
    /// Harmful, whatever was decided, and the rows destroyed.
    var harmful: Int64 = 0
    var harmfulRows: Int64 = 0
    /// Harmless, whatever was decided.
    var harmless: Int64 = 0
    /// Harmless, and let through without a person: what a new rule would hold up.
    var easy: Int64 = 0
    /// Reviewed, by the rule that asked for it: harmless, and anything else.
    var reviews: [String: (harmless: [String], other: Int64)] = [:]

    /// What a rule is held against.
    var request: Request {
      Request(
        facts: prepared.facts, text: prepared.sql, identity: context.identity, connection: context.connection,
        client: context.client, purposeGiven: context.purposeGiven, approved: context.approved)
    }
  }

  var rows: [Row] = []
  var statements: Int64 = 0
  /// Statements with a conclusive verdict.
  var conclusive: Int64 = 0
  var first: Timestamp?
  var last: Timestamp?

  private struct Key: Hashable {
    var text: Int64
    var context: Int64
  }

  init(_ ledger: borrowing Ledger, _ filter: SessionFilter) throws(AssayError) {
    let traffic = try Traffic(ledger, filter)
    let period: [LedgerValue] = [
      .integer(filter.period?.start.nanoseconds ?? .min), .integer(filter.period?.end.nanoseconds ?? .max),
    ]
    var places: [Key: Int] = [:]
    var text: (id: Int64, facts: Facts, prepared: PreparedText)?
    var (rows, statements, times) = ([Row](), Int64(0), (first: Int64.max, last: Int64.min))
    try ledger.query(
      """
      SELECT t.id, t.sql, t.facts, s.context, count(*), min(s.time), max(s.time)
      FROM statements s JOIN texts t ON t.id = s.text WHERE s.time >= ?1 AND s.time < ?2
      GROUP BY s.text, s.context ORDER BY s.text, s.context
      """, period
    ) { (row) throws(AssayError) in
      let integers = row.map { $0.integer ?? 0 }
      guard let context = traffic.contexts[integers[3]], case .bytes(let encoded) = row[2] else { return }
      if text?.id != integers[0] { text = (integers[0], try Facts(encoded: encoded), try PreparedText(row)) }
      guard let text else { return }
      places[Key(text: text.id, context: integers[3])] = rows.count
      rows.append(
        Row(
          facts: text.facts, prepared: text.prepared, context: context, first: Timestamp(nanoseconds: integers[5])))
      statements += integers[4]
      times = (min(times.first, integers[5]), max(times.last, integers[6]))
    }
    self.rows = rows
    self.statements = statements
    first = statements > 0 ? Timestamp(nanoseconds: times.first) : nil
    last = statements > 0 ? Timestamp(nanoseconds: times.last) : nil
    try count(ledger, places, period, traffic.decisions)
  }

  private mutating func count(
    _ ledger: borrowing Ledger, _ places: [Key: Int], _ period: [LedgerValue], _ decisions: [Int64: Decision]
  ) throws(AssayError) {
    var (rows, conclusive) = (rows, Int64(0))
    try ledger.query(
      """
      SELECT s.text, s.context, s.decision, v.verdict, coalesce(m.rows_destroyed, 0), se.key, s.sequence, v.reason
      FROM statements s JOIN verdicts v ON v.statement = s.id JOIN sessions se ON se.id = s.session
        LEFT JOIN measurements m ON m.statement = s.id
      WHERE s.time >= ?1 AND s.time < ?2 ORDER BY s.session, s.sequence
      """, period
    ) { row in
      let integers = row.map { $0.integer ?? 0 }
      guard let place = places[Key(text: integers[0], context: integers[1])],
        let verdict = row[3].text.flatMap(VerdictName.init)
      else { return }
      switch verdict {
      case .inconclusive, .diverged: break
      case .ungraded: conclusive += row[7].text == nil ? 1 : 0
      default: conclusive += 1
      }
      let name = "\(row[5].text ?? "")/\(integers[6])"
      rows[place].add(verdict, decisions[integers[2]], name: name, destroyed: integers[4])
    }
    self.rows = rows
    self.conclusive = conclusive
  }
}

extension GradedTraffic.Row {
  fileprivate mutating func add(_ verdict: VerdictName, _ decision: Decision?, name: String, destroyed: Int64) {
    switch verdict {
    case .falseAllow, .confirmedBlock, .confirmedReview:
      harmful += 1
      harmfulRows = harmfulRows.addingClamped(destroyed)
      if verdict == .falseAllow { misses.append(GradedTraffic.Miss(name: name, rows: destroyed)) }
    case .confirmedAllow, .confirmedMask:
      harmless += 1
      easy += 1
    case .falseBlock, .needlessReview: harmless += 1
    case .maskLeak, .debatableBlock, .debatableReview, .mootBlock, .diverged, .inconclusive, .ungraded: break
    }
    guard decision?.action == .review else { return }
    let rule = decision?.rule ?? ""
    if verdict == .needlessReview {
      reviews[rule, default: ([], 0)].harmless.append(name)
    } else {
      reviews[rule, default: ([], 0)].other += 1
    }
  }
}

extension Int64 {
  /// The sum, or the largest number where that overflows.
  func addingClamped(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
