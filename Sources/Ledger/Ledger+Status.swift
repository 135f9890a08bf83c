public import AuditTrail

/// What a ledger holds, at a glance; see ``Ledger/status()``.
public struct LedgerStatus: Sendable {
  /// Where records came from: a proxy, or a database that writes its own log.
  public struct Source: Sendable {
    /// Its product and instance.
    public let name: String
    /// Archives that were read from it.
    public var archives: Int64 = 0
    /// Statements of it that count.
    public var statements: Int64 = 0
    /// The last moment that its archives tell of; `nil` where they tell of none.
    public var last: Timestamp?
    /// How many UTC days have no statement, between the first and the last that has one.
    public var quietDays: Int64 = 0
    /// The first of them.
    public var firstQuietDay: CivilDate?
  }

  /// Sessions that count.
  public var sessions: Int64 = 0
  /// Statements that count.
  public var statements: Int64 = 0
  /// From the first statement to the last; `nil` where there is none.
  public var span: ClosedRange<Timestamp>?
  /// The sources, by name.
  public var sources: [Source] = []
  /// Entries that could not be read.
  public var rejected: Int64 = 0
  /// Statements by verdict; those without one are not in it.
  public var verdicts: [VerdictName: Int64] = [:]
  /// Harmful statements by what became of them.
  public var fates: [Fate: Int64] = [:]
  /// Statements that a sample left out of replay.
  public var notSampled: Int64 = 0

  /// Statements that have no verdict, though no sample left them out.
  public var withoutVerdict: Int64 {
    max(0, statements &- verdicts.values.reduce(0, &+) &- notSampled)
  }
}

extension Ledger {
  /// What the ledger holds, at a glance. Two passes over the statements.
  public borrowing func status() throws(AssayError) -> LedgerStatus {
    var status = LedgerStatus()
    try count(&status)
    try query(
      """
      SELECT v.verdict, v.fate, count(*) FROM verdicts v JOIN counted_statements s ON s.id = v.statement GROUP BY 1, 2
      """
    ) { row in
      if let verdict = row[0].text.flatMap(VerdictName.init) {
        status.verdicts[verdict, default: 0] += row[2].integer ?? 0
      }
      if let fate = row[1].text.flatMap(Fate.init) { status.fates[fate, default: 0] += row[2].integer ?? 0 }
    }
    status.notSampled = try rows("SELECT count(*) FROM not_sampled").first?.first?.integer ?? 0
    return status
  }

  private borrowing func count(_ status: inout LedgerStatus) throws(AssayError) {
    var sources: [String: LedgerStatus.Source] = [:]
    var names: [Int64: String] = [:]
    for archive in try archives() {
      let header = archive.summary.header
      let name = [header?.proxyName, header?.instance].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " ")
      names[archive.id] = name
      var source = sources[name] ?? LedgerStatus.Source(name: name)
      source.archives += 1
      source.last = [source.last, archive.summary.last].compactMap(\.self).max()
      sources[name] = source
      status.rejected &+= archive.summary.rejected
    }
    status.sessions = try rows("SELECT count(*) FROM counted_sessions").first?.first?.integer ?? 0
    var days: [String: Set<Int64>] = [:]
    try query(
      """
      SELECT archive, time / \(Self.day), count(*), min(time), max(time) FROM counted_statements GROUP BY 1, 2
      """
    ) { row in
      guard let archive = row[0].integer, let name = names[archive], let day = row[1].integer,
        let first = row[3].integer, let last = row[4].integer
      else { return }
      let statements = row[2].integer ?? 0
      status.statements &+= statements
      sources[name]?.statements &+= statements
      days[name, default: []].insert(day)
      let (earliest, latest) = (Timestamp(nanoseconds: first), Timestamp(nanoseconds: last))
      let span = status.span ?? earliest...latest
      status.span = min(span.lowerBound, earliest)...max(span.upperBound, latest)
    }
    for (name, seen) in days {
      let ordered = seen.sorted()
      for (day, next) in zip(ordered, ordered.dropFirst()) where next > day + 1 {
        sources[name]?.quietDays += next - day - 1
        if sources[name]?.firstQuietDay == nil {
          sources[name]?.firstQuietDay = CivilDate(daysSinceEpoch: Int(day + 1))
        }
      }
    }
    status.sources = sources.values.sorted { $0.name.precedes($1.name) }
  }

  private static let day = 86_400_000_000_000
}
