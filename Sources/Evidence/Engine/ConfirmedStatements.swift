import AuditTrail
import Digests

/// What confirms, besides the archives' records themselves, that every statement was read: source by source, in statements.
struct ConfirmedStatements {
  /// What confirms a session's statements, the strongest last.
  private enum Standing: Int, Comparable {
    case short, nothing, bySize, bySession

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// The statements of one source, each counted once.
  private struct Source {
    var statements: Int64 = 0
    var byDay: Int64 = 0
    var bySession: Int64 = 0
    var bySize: Int64 = 0
    var short: Int64 = 0
    var nothing: Int64 = 0
    var sessions: Int64 = 0
    var sessionsWithoutCount: Int64 = 0
  }

  private let sources: [(name: String, counts: Source)]
  /// Whether the extraction is complete, by all that confirms it.
  let conclusion: Conclusion

  init(_ facts: EvidenceFacts, _ context: TestContext, _ days: SourceDays) throws(AssayError) {
    let known = Dictionary(days.sources.map { (ExactText($0.name), $0) }, uniquingKeysWith: { first, _ in first })
    var confirmedDays: [StatementsSeen.ConnectionDay: Bool] = [:]
    func isCounted(_ source: String, _ day: Int) -> Bool {
      let key = StatementsSeen.ConnectionDay(connection: .text(source), day: day)
      if let counted = confirmedDays[key] { return counted }
      let counted = known[ExactText(source)].map { days.confirmsStatements(of: $0, day: day) } ?? false
      confirmedDays[key] = counted
      return counted
    }
    var counts: [ExactText: Source] = [:]
    let standings = try Self.standings(facts)
    try Items(columns: IndividualAccountability.query.columns, rows: facts[.t07].rows).forEach { item in
      let source = days.sourceNames[item.cell("archive_sha256")] ?? SourceDays.Source.unnamed
      counts[ExactText(source), default: Source()].sessions += 1
      guard standings[item.cell("session")] == .nothing, let opened = item.time("time"), !isCounted(source, opened.day)
      else { return }
      counts[ExactText(source), default: Source()].sessionsWithoutCount += 1
    }
    let columns = RecordContent.query.columns.map(\.name)
    let place = { (name: String) in columns.firstIndex(of: name) ?? 0 }
    let (event, sourceName, session, time) = (place("event"), place("source"), place("session"), place("time"))
    try facts[.t03].rows.forEach { row in
      guard row[event] == .text("statement"), case .time(let moment) = row[time] else { return }
      let source = row[sourceName] == .empty ? SourceDays.Source.unnamed : row[sourceName].plainText
      counts[ExactText(source), default: Source()].statements += 1
      let standing = standings[row[session]] ?? .nothing
      let place: WritableKeyPath<Source, Int64> =
        switch standing {
        case .short: \.short
        case _ where isCounted(source, moment.day): \.byDay
        case .bySession: \.bySession
        case .bySize: \.bySize
        case .nothing: \.nothing
        }
      counts[ExactText(source), default: Source()][keyPath: place] += 1
    }
    sources = counts.sorted { $0.key.text.precedes($1.key.text) }.map { (name: $0.key.text, counts: $0.value) }
    conclusion = Self.conclude(days.completeness(context.period), sources, short: facts.shortSessions.count)
  }

  /// What confirms each session; of two that share a name, the weaker counts.
  private static func standings(_ facts: EvidenceFacts) throws(AssayError) -> [Cell: Standing] {
    let short = Set(facts.shortSessions.map { Cell.shown($0.item.session) })
    var standings: [Cell: Standing] = [:]
    try Items(columns: IndividualAccountability.query.columns, rows: facts[.t07].rows).forEach { item in
      let session = item.cell("session")
      let isTotalled = item.integer("declared_statements").map { $0 == item.integer("statements") } ?? false
      let isSized = item.integer("counted_bytes").map { $0 == item.integer("read_bytes") } ?? false
      let standing: Standing =
        short.contains(session) ? .short : isTotalled ? .bySession : isSized ? .bySize : .nothing
      standings[session] = min(standings[session] ?? standing, standing)
    }
    return standings
  }

  private static func conclude(
    _ byDays: Conclusion, _ sources: [(name: String, counts: Source)], short: Int
  ) -> Conclusion {
    func sum(_ value: (Source) -> Int64) -> Int64 { sources.reduce(0) { $0 &+ value($1.counts) } }
    func named(_ value: (Source) -> Int64) -> String {
      let mine = sources.filter { value($0.counts) > 0 }.map { "\($0.name) \(grouped(value($0.counts)))" }
      return mine.isEmpty ? "" : " (\(mine.joined(separator: ", ")))"
    }
    let (statements, nothing, without) = (sum(\.statements), sum(\.nothing), sum(\.sessionsWithoutCount))
    guard statements > 0 || without > 0 else { return byDays }
    let parts = [
      (sum(\.byDay), "by the source's own count of their day"), (sum(\.bySession), "by their session's own count"),
      (sum(\.bySize), "by the size of their session's recording, as the same archive states it"),
    ].filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
    var sentence = byDays.sentence + " Of \(counted(statements, "statement")), "
    sentence += parts.isEmpty ? "none is confirmed" : "confirmed: \(parts.joined(separator: ", "))"
    sentence += "; nothing confirms \(grouped(nothing))\(named(\.nothing))"
    if sum(\.short) > 0 { sentence += "; \(grouped(sum(\.short))) are of sessions that were not read whole" }
    sentence += "."
    if without > 0 {
      sentence +=
        " How much \(grouped(without)) of \(counted(sum(\.sessions), "session")) held, nothing confirms"
        + "\(named(\.sessionsWithoutCount))."
    }
    var status = byDays.status
    if short > 0 { status = .fail }
    if status == .pass, nothing > 0 || without > 0 { status = .inconclusive }
    return Conclusion(status, sentence)
  }

  /// The counts by source.
  var table: AttributeTable {
    AttributeTable(
      name: "confirmed_statements", title: "What confirms that all statements of a source were read",
      columns: [
        Column("source", .text, "The proxy and its instance."),
        Column("statements", .integer, "Statements of the period; the next five columns add up to it."),
        Column("by_day", .integer, "Of days of which the source itself counts as many statements as were read."),
        Column("by_session", .integer, "Of other sessions that say how many they held: as many as were read."),
        Column("by_size", .integer, "Of other sessions whose recording is as long as the source counted."),
        Column("short", .integer, "Of sessions that were not read whole."),
        Column("nothing", .integer, "Whose number nothing confirms."),
        Column("sessions", .integer, "Sessions of the period."),
        Column("sessions_without_count", .integer, "Sessions of which nothing confirms how much they held."),
      ],
      rows: sources.map { source in
        let counts = source.counts
        return [.text(source.name)]
          + [
            counts.statements, counts.byDay, counts.bySession, counts.bySize, counts.short, counts.nothing,
            counts.sessions, counts.sessionsWithoutCount,
          ].map { .integer($0) }
      })
  }
}
