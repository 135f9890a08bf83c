import AuditTrail
import Digests
import Ledger

/// What the ledger holds of each source and UTC day, held against what the source itself says.
struct SourceDays {
  struct Source: Hashable, Comparable {
    let proxy: String
    let instance: String?

    /// What a source without a name is called.
    static let unnamed = "(unnamed)"

    /// The proxy and its instance, as populations name a source.
    var name: String {
      let name = [proxy, instance ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
      return name.isEmpty ? Self.unnamed : name
    }

    func isNamed(_ text: String) -> Bool {
      text.isExactly(name) || text.isExactly(proxy) || instance?.isExactly(text) == true
    }

    private var key: [ExactText?] { [ExactText(proxy), instance.map(ExactText.init)] }

    static func == (left: Self, right: Self) -> Bool { left.key == right.key }

    static func < (left: Self, right: Self) -> Bool { left.name.precedes(right.name) }

    func hash(into hasher: inout Hasher) { hasher.combine(key) }
  }

  /// How a source's count of a day stands to what was read.
  enum Standing {
    case equal, more, fewer, notCounted
  }

  private static let sql = """
    SELECT proxy, instance, day, sum(sessions), sum(statements) FROM (
      SELECT ar.proxy, ar.instance, se.opened / 86400000000000 AS day, 1 AS sessions, 0 AS statements
        FROM sessions se JOIN archives ar ON ar.id = se.archive WHERE se.opened >= ?1 AND se.opened < ?2
      UNION ALL
      SELECT ar.proxy, ar.instance, s.time / 86400000000000, 0, 1
        FROM statements s JOIN archives ar ON ar.id = s.archive WHERE s.time >= ?1 AND s.time < ?2)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """

  /// The sources with an archive in the period, by name.
  let sources: [Source]
  /// Their names by the digests of their archives.
  let sourceNames: [Cell: String]
  /// Every count of a day in the period, by source and day; `nil` where no counts were given.
  let comparisons: [CountedDay]?
  private let comparisonsByDay: [Int: [CountedDay]]

  /// `archives` are the items of T-01; those without a digest are none.
  init(_ facts: EvidenceFacts, archives: Items) throws(AssayError) {
    var found: Set<Source> = []
    var names: [Cell: String] = [:]
    try archives.forEach { item in
      guard item.text("archive_sha256") != nil, item.time("time") != nil, item.time("last") != nil else { return }
      let source = Source(proxy: item.text("proxy") ?? "", instance: item.text("instance"))
      found.insert(source)
      names[item.cell("archive_sha256")] = source.name
    }
    sourceNames = names
    sources = found.sorted()
    comparisons = facts.countedDays
    comparisonsByDay = Dictionary(grouping: comparisons ?? []) { $0.count.day.daysSinceEpoch }
  }

  /// The sources' counts of the days in the period beside what was read, by source and day.
  static func countedDays(
    _ counts: [SourceCount], _ ledger: borrowing Ledger, _ period: Period
  ) throws(AssayError) -> [CountedDay] {
    var read: [(source: Source, day: Int, sessions: Int64, statements: Int64)] = []
    try ledger.query(sql, Surroundings.bounds(period)) { row in
      read.append(
        (
          Source(proxy: row[0].text ?? "", instance: row[1].text), Int(row[2].integer ?? 0), row[3].integer ?? 0,
          row[4].integer ?? 0
        ))
    }
    let byDay = Dictionary(grouping: read, by: \.day)
    return counts.filter { period.days.contains($0.day.daysSinceEpoch) }
      .sorted { $0.source.isExactly($1.source) ? $0.day < $1.day : $0.source.precedes($1.source) }
      .map { count in
        let mine = (byDay[count.day.daysSinceEpoch] ?? []).filter { $0.source.isNamed(count.source) }
        return CountedDay(
          count: count, sessions: mine.reduce(0) { $0 + $1.sessions },
          statements: mine.reduce(0) { $0 + $1.statements })
      }
  }

  /// How the source's own counts of the day stand to what was read.
  func standing(of source: Source, day: Int) -> Standing {
    let mine = (comparisonsByDay[day] ?? []).filter { source.isNamed($0.count.source) }
    let standings = mine.map(\.standing)
    if standings.contains(.more) { return .more }
    if standings.contains(.fewer) { return .fewer }
    return standings.contains(.equal) ? .equal : .notCounted
  }

  /// Whether the source counts that day's statements, and as many as were read.
  func confirmsStatements(of source: Source, day: Int) -> Bool {
    let mine = (comparisonsByDay[day] ?? []).filter { source.isNamed($0.count.source) && $0.count.statements != nil }
    return !mine.isEmpty && mine.allSatisfy { $0.count.statements == $0.statements }
  }

  /// The days whose counts differ, less those of which a gap or sessions that were not read whole say as much.
  func unexplained(_ contradictions: Contradictions, _ gaps: [CoverageGap]) -> [CountedDay] {
    (comparisons ?? []).filter { day in
      let mine = Set(sources.filter { $0.isNamed(day.count.source) }.map { ExactText($0.name) })
      guard !mine.isEmpty, [.more, .fewer].contains(day.standing) else { return false }
      let (start, end) = (day.count.day.start, CivilDate(daysSinceEpoch: day.count.day.daysSinceEpoch + 1).start)
      if day.standing == .more,
        gaps.contains(where: { mine.contains(ExactText($0.source)) && $0.start < end && $0.end > start })
      {
        return false
      }
      let missing = contradictions.sessions.reduce(Int64(0)) { sum, session in
        mine.contains(ExactText(session.source)) && session.opened < end && session.closed >= start
          ? sum &+ max(0, session.declared &- session.read) : sum
      }
      let difference = day.count.statements.map { $0 &- day.statements } ?? 0
      let isSameSessions = day.count.sessions.map { $0 == day.sessions } ?? true
      return !(isSameSessions && difference > 0 && difference <= missing)
    }
  }

  /// Sources that counts name and no archive in the period comes from, by name.
  var unread: [String] {
    let named = (comparisons ?? []).filter { ($0.count.sessions ?? 0) + ($0.count.statements ?? 0) > 0 }
    return named.map(\.count.source).filter { name in !sources.contains { $0.isNamed(name) } }.sortedExactly()
  }

  /// Whether the extraction is complete, by the sources' own counts.
  func completeness(_ period: Period) -> Conclusion {
    guard let comparisons else {
      return Conclusion(
        .inconclusive,
        "Completeness of the extraction was not shown: no source_counts.csv says what the sources themselves hold.")
    }
    let differing = comparisons.filter { $0.standing == .more || $0.standing == .fewer }
    if let first = differing.first {
      return Conclusion(
        .fail,
        "The extraction does not tie out: on \(counted(differing.count, "source-day")) the source's own count differs "
          + "from what was read, first for \(first.count.source) on \(first.count.day).")
    }
    let missing = sources.reduce(0) { total, source in
      total + period.days.count { standing(of: source, day: $0) == .notCounted }
    }
    guard missing == 0, !sources.isEmpty else {
      return Conclusion(
        .inconclusive,
        "Completeness of the extraction was shown in part: \(counted(missing, "source-day")) have no count by the "
          + "source itself.")
    }
    return Conclusion(
      .pass,
      "The extraction ties out: the sources' own counts equal what was read on all "
        + "\(counted(sources.count * period.days.count, "source-day")).")
  }

  /// The equations of the counts, two a source at most.
  private var tieOuts: [(title: String, counted: Int64, read: Int64)] {
    Dictionary(grouping: comparisons ?? []) { ExactText($0.count.source) }.sorted {
      $0.key.text.precedes($1.key.text)
    }.flatMap { key, rows in
      let name = key.text
      let sessions = rows.filter { $0.count.sessions != nil }
      let statements = rows.filter { $0.count.statements != nil }
      return [
        sessions.isEmpty
          ? nil
          : (
            "sessions of \(name)", sessions.reduce(0) { $0 &+ ($1.count.sessions ?? 0) },
            sessions.reduce(0) { $0 &+ $1.sessions }
          ),
        statements.isEmpty
          ? nil
          : (
            "statements of \(name)", statements.reduce(0) { $0 &+ ($1.count.statements ?? 0) },
            statements.reduce(0) { $0 &+ $1.statements }
          ),
      ].compactMap(\.self)
    }
  }

  /// Those equations as a table.
  var tieOutTable: AttributeTable {
    AttributeTable(
      name: "tie_out", title: "What the sources count, and what was read of the same days",
      columns: [
        Column("equation", .text, "What is counted."), Column("counted", .integer, "By the source itself."),
        Column("read", .integer, "What was read."), Column("difference", .integer, "Counted less read."),
      ],
      rows: tieOuts.map { [.text($0.title), .integer($0.counted), .integer($0.read), .integer($0.counted &- $0.read)] })
  }

  /// The days on which a count differs.
  var differences: AttributeTable {
    AttributeTable(
      name: "source_counts", title: "Days on which a source's own count differs from what was read",
      columns: [
        Column("source", .text, "The source, as the counts name it."), Column("day", .date, "The UTC day."),
        Column("sessions_counted", .integer, "Sessions by the source's count."),
        Column("sessions_read", .integer, "Sessions read."),
        Column("statements_counted", .integer, "Statements by the source's count."),
        Column("statements_read", .integer, "Statements read."),
      ],
      rows: (comparisons ?? []).filter { $0.standing == .more || $0.standing == .fewer }.map {
        [
          .text($0.count.source), .date($0.count.day), $0.count.sessions.map(Cell.integer) ?? .empty,
          .integer($0.sessions), $0.count.statements.map(Cell.integer) ?? .empty, .integer($0.statements),
        ]
      })
  }
}

extension CountedDay {
  /// `hoop counts 9 sessions and 135 statements on 2026-07-01; 9 and 130 were read.`
  var sentence: String {
    let parts = [
      count.sessions.map { (counted($0, "session"), sessions) },
      count.statements.map { (counted($0, "statement"), statements) },
    ].compactMap(\.self)
    return "\(count.source) counts \(parts.map(\.0).joined(separator: " and ")) on \(count.day); "
      + "\(parts.map { grouped($0.1) }.joined(separator: " and ")) were read."
  }

  /// How the count stands to what was read.
  var standing: SourceDays.Standing {
    let pairs = [(count.sessions, sessions), (count.statements, statements)].compactMap { counted, read in
      counted.map { ($0, read) }
    }
    if pairs.contains(where: { $0.0 > $0.1 }) { return .more }
    if pairs.contains(where: { $0.0 < $0.1 }) { return .fewer }
    return pairs.isEmpty ? .notCounted : .equal
  }
}
