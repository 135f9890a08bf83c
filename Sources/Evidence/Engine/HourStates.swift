import AuditTrail
import Digests
import Ledger

/// What contradicts silence: sessions that hold fewer statements than they should, and breaks in the chain of segments.
struct Contradictions {
  let sessions: [ShortSession]
  let breaks: [ChainBreak]

  /// The statements that a session's numbers tell of: PostgreSQL numbers lines, of which most hold no statement, and a session
  /// that was told from another of its name holds what is new.
  private static let numbered = """
    CASE WHEN \(DatabaseLog.isFormat(column: "ar.format")) OR se.key GLOB '*#[0-9]*' AND EXISTS (SELECT 1 FROM sessions o
      WHERE o.proxy = se.proxy AND o.key = substr(se.key, 1, instr(se.key, '#') - 1)) THEN 0 ELSE se.last_sequence END
    """

  private static let shortSessions = """
    SELECT se.key, trim(ar.proxy || ' ' || coalesce(ar.instance, '')), i.user, cn.name, ar.path, ar.sha256, se.entry,
      coalesce(se.opened, n.first), coalesce(se.closed, n.last), max(coalesce(se.declared_statements, 0), \(numbered)),
      coalesce(n.statements, 0), CASE WHEN se.read_bytes <> se.counted_bytes THEN se.counted_bytes END,
      CASE WHEN se.read_bytes <> se.counted_bytes THEN se.read_bytes END
    FROM sessions se JOIN archives ar ON ar.id = se.archive JOIN connections cn ON cn.id = se.connection
      LEFT JOIN identities i ON i.id = se.identity
      LEFT JOIN (SELECT session, count(*) AS statements, min(time) AS first, max(time) AS last
        FROM statements GROUP BY session) n ON n.session = se.id
    WHERE (max(coalesce(se.declared_statements, 0), \(numbered)) > coalesce(n.statements, 0)
        OR se.read_bytes <> se.counted_bytes)
      AND coalesce(se.opened, n.first) < ?2 AND coalesce(se.closed, n.last, se.opened) >= ?1
    ORDER BY 8, 1
    """

  static func sessions(_ ledger: borrowing Ledger, _ period: Period) throws(AssayError) -> [ShortSession] {
    var sessions: [ShortSession] = []
    try ledger.query(shortSessions, Surroundings.bounds(period)) { row in
      let key = row[0].text ?? ""
      let opened = Timestamp(nanoseconds: row[7].integer ?? 0)
      sessions.append(
        ShortSession(
          item: ItemReference(
            key: "session \(key)", session: key, user: row[2].text, connection: row[3].text,
            archive: row[4].text.map(portable), archiveSHA256: row[5].text,
            entry: row[6].integer.flatMap { $0 > 0 ? $0 : nil }),
          source: row[1].text ?? "", opened: opened,
          closed: row[8].integer.map(Timestamp.init(nanoseconds:)) ?? opened, declared: row[9].integer ?? 0,
          read: row[10].integer ?? 0, countedBytes: row[11].integer, readBytes: row[12].integer))
    }
    return sessions
  }

  static func breaks(_ entries: [ArchiveEntry], _ period: Period) -> [ChainBreak] {
    let archives = entries.sorted {
      ($0.summary.first?.nanoseconds ?? .min, $0.summary.sha256) < (
        $1.summary.first?.nanoseconds ?? .min, $1.summary.sha256
      )
    }
    let roots = Set(archives.compactMap(\.summary.root))
    return archives.compactMap { entry in
      let summary = entry.summary
      guard let previous = summary.header?.previous, !roots.contains(previous), let first = summary.first else {
        return nil
      }
      let source = SourceDays.Source(proxy: summary.header?.proxyName ?? "", instance: summary.header?.instance)
      let before = archives.filter {
        SourceDays.Source(proxy: $0.summary.header?.proxyName ?? "", instance: $0.summary.header?.instance) == source
          && ($0.summary.first ?? first) < first
      }.compactMap(\.summary.last).max()
      return ChainBreak(
        source: source.name, start: before ?? period.start, end: first, archive: portable(summary.path))
    }
  }

  /// Why the silence of the hour cannot be believed, if something says so.
  func reason(source: String, hour: Int) -> String? {
    let (start, end) = (Self.time(ofHour: hour), Self.time(ofHour: hour + 1))
    if let session = sessions.first(where: { $0.source.isExactly(source) && $0.opened < end && $0.closed >= start }) {
      return "Session \(session.item.session ?? "") was open and \(session.sentence)"
    }
    if let gap = breaks.first(where: { $0.source.isExactly(source) && $0.start < end && $0.end >= start }) {
      return "The segment before \(gap.archive) was not read."
    }
    return nil
  }

  static func time(ofHour hour: Int) -> Timestamp {
    Timestamp(seconds: Int64(hour) * 3600) ?? Timestamp(nanoseconds: hour < 0 ? .min : .max)
  }
}

extension ShortSession {
  /// `held 9 statements, of which 7 were read.`
  var sentence: String {
    if declared <= read, let countedBytes, let readBytes {
      return "was recorded with \(counted(countedBytes, "byte")) by the source's own count; \(readBytes) were read."
    }
    return "held \(counted(declared, "statement")), of which \(read) were read."
  }
}

/// What each hour of each source is, and why.
struct HourStates {
  struct Hour {
    let source: String
    let hour: Int
    let state: HourState
    /// Why it is a gap, or unproven.
    let reason: String
  }

  let hours: [Hour]

  /// Why each silent hour of a day counts as a gap of which less was read than the source counts.
  static let countsMore = "The source counts more of that day than was read; of which hour is not known."

  /// `items` are the rows of POP-02, by source and hour.
  init(_ items: Items, _ days: SourceDays, _ contradictions: Contradictions) throws(AssayError) {
    let sources = Dictionary(days.sources.map { (ExactText($0.name), $0) }, uniquingKeysWith: { first, _ in first })
    var idle: [ExactText: (all: Int, beating: Int)] = [:]
    try items.forEach { item in
      guard item.integer("records") == 0 else { return }
      let source = ExactText(item.text("source") ?? "")
      idle[source, default: (0, 0)].all += 1
      if (item.integer("heartbeats") ?? 0) > 0 { idle[source, default: (0, 0)].beating += 1 }
    }
    var hours: [Hour] = []
    try items.forEach { item in
      guard let source = item.text("source"), let time = item.time("time") else { return }
      let (state, reason): (HourState, String)
      if (item.integer("records") ?? 0) > 0 {
        (state, reason) = (.active, "")
      } else if (item.integer("heartbeats") ?? 0) > 0 {
        (state, reason) = (.nilProven, "")
      } else if let contradiction = contradictions.reason(source: source, hour: time.hour) {
        (state, reason) = (.gap, contradiction)
      } else {
        let (all, beating) = idle[ExactText(source)] ?? (0, 0)
        switch sources[ExactText(source)].map({ days.standing(of: $0, day: time.day) }) ?? .notCounted {
        case .more: (state, reason) = (.gap, Self.countsMore)
        case .equal: (state, reason) = (.nilProven, "")
        case .fewer, .notCounted:
          (state, reason) =
            beating * 2 > all
            ? (.gap, "The source sends heartbeats when it is idle, and sent none.")
            : (.unproven, "Neither a heartbeat nor the source's own count says that nothing happened.")
        }
      }
      hours.append(Hour(source: source, hour: time.hour, state: state, reason: reason))
    }
    self.hours = hours
  }

  /// The hours by source, and runs of those that are not accounted for.
  var coverage: Coverage {
    var sources: [ExactText: [HourState: Int64]] = [:]
    var gaps: [CoverageGap] = []
    var run: (first: Hour, last: Hour)?
    func end() {
      guard let (first, last) = run else { return }
      gaps.append(
        CoverageGap(
          source: first.source, state: first.state, start: Contradictions.time(ofHour: first.hour),
          end: Contradictions.time(ofHour: last.hour + 1), hours: Int64(last.hour - first.hour + 1),
          reason: first.reason))
      run = nil
    }
    for hour in hours {
      sources[ExactText(hour.source), default: [:]][hour.state, default: 0] += 1
      if let (first, last) = run, first.source.isExactly(hour.source), last.hour + 1 == hour.hour,
        first.state == hour.state,
        first.reason == hour.reason
      {
        run = (first, hour)
        continue
      }
      end()
      if hour.state == .gap || hour.state == .unproven { run = (hour, hour) }
    }
    end()
    return Coverage(
      sources: sources.sorted { $0.key.text.precedes($1.key.text) }.map { name, counts in
        SourceCoverage(
          source: name.text, hours: counts.values.reduce(0, +), active: counts[.active] ?? 0,
          nilProven: counts[.nilProven] ?? 0, gap: counts[.gap] ?? 0, unproven: counts[.unproven] ?? 0)
      }, gaps: gaps)
  }
}
