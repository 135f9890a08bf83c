import AuditTrail

/// What was read, held against the populations of archives.
extension FactsAgree {
  /// The archives that the ledger holds are the items of T-41, and those of the period are items of T-01.
  mutating func holdInputs() throws(AssayError) {
    var known: [Cell: [Cell]] = [:]
    try items(.t41).forEach { item in
      known[.shown(item.text("archive_sha256"))] = ["archive", "format", "bytes", "time", "last"].map(item.cell)
    }
    hold("inputs", Int64(facts.inputs.count), Int64(known.count))
    for (place, input) in facts.inputs.enumerated() {
      let stated: [Cell] = [
        .shown(input.path), .shown(input.format), .integer(input.bytes), input.first.map(Cell.time) ?? .empty,
        input.last.map(Cell.time) ?? .empty,
      ]
      if known[.text(input.sha256)] != stated {
        contradict("inputs[\(place)]", "\(input.path) \(input.sha256)", "an archive of populations/T-41.csv")
      }
    }
    var expected: [Cell: [Cell]] = [:]
    try items(.t01).forEach { item in
      guard item.cell("archive_sha256") != .empty else { return }
      let source = SourceDays.Source(proxy: item.text("proxy") ?? "", instance: item.text("instance"))
      expected[item.cell("archive_sha256")] = [.shown(source.name), item.cell("seal"), item.cell("signature_key")]
    }
    let inPeriod = facts.inputs.filter { isInPeriod($0) }
    for input in inPeriod {
      let stated: [Cell] = [.shown(input.source), .shown(input.seal.rawValue), .shown(input.signatureKey)]
      if expected[.text(input.sha256)] != stated {
        contradict(
          "inputs[]", "\(input.path) from \(input.source), seal \(input.seal.rawValue)", "as in populations/T-01.csv")
      }
    }
    hold("inputs[] in the period", Int64(inPeriod.count), Int64(expected.count))
    if inPeriod.count < facts.inputs.count {
      leaveOpen("inputs[].source", "inputs[].seal", "inputs[].signature_key", "chain_breaks")
    }
  }

  private func isInPeriod(_ input: ArchiveInput) -> Bool {
    guard let first = input.first, let last = input.last else { return true }
    return first < context.period.end && last >= context.period.start
  }

  /// A break follows from the archives; those of other periods show only that there may be one.
  mutating func holdChain() throws(AssayError) {
    let inputs = Dictionary(facts.inputs.map { ($0.sha256, $0) }, uniquingKeysWith: { first, _ in first })
    var expected: Set<ChainBreak> = []
    try items(.t01).forEach { item in
      guard item.text("previous") != nil, !item.flag("previous_known"),
        let input = inputs[item.text("archive_sha256") ?? ""], let known = chainBreak(before: input)
      else { return }
      expected.insert(known)
    }
    let stated = Set(facts.chainBreaks)
    let possible = Set(facts.inputs.filter { !isInPeriod($0) }.compactMap(chainBreak))
    for missing in expected.subtracting(stated) {
      contradict("chain_breaks", "none before \(missing.archive)", "one from \(missing.start) to \(missing.end)")
    }
    for other in stated.subtracting(expected).subtracting(possible) {
      contradict("chain_breaks", "one before \(other.archive), \(other.start) to \(other.end)", "none")
    }
    hold("chain_breaks", Int64(facts.chainBreaks.count), Int64(stated.count))
  }

  private func chainBreak(before input: ArchiveInput) -> ChainBreak? {
    guard let first = input.first else { return nil }
    let before = facts.inputs.filter { $0.source.isExactly(input.source) && ($0.first ?? first) < first }.compactMap(
      \.last)
    return ChainBreak(
      source: input.source, start: before.max() ?? context.period.start, end: first, archive: input.path)
  }

  /// A source's counts are those of the side file, and what was read of a day is counted from the events.
  mutating func holdCountedDays() throws(AssayError) {
    let days = facts.countedDays ?? []
    let declared = (facts.plan.sideFiles.sourceCounts ?? []).filter {
      context.period.days.contains($0.day.daysSinceEpoch)
    }
    let times = { (counts: [SourceCount]) in counts.reduce(into: [SourceCount: Int]()) { $0[$1, default: 0] += 1 } }
    if times(days.map(\.count)) != times(declared)
      || (facts.countedDays == nil) != (facts.plan.sideFiles.sourceCounts == nil)
    {
      contradict("counted_days", "\(counted(days.count, "count"))", "those of the side file in the period")
    }
    guard !days.isEmpty else { return }
    var sources: [Cell: SourceDays.Source] = [:]
    try items(.t01).forEach { item in
      sources[item.cell("archive_sha256")] = SourceDays.Source(
        proxy: item.text("proxy") ?? "", instance: item.text("instance"))
    }
    let byDay = Dictionary(grouping: seen.byArchive, by: \.key.day)
    for day in days {
      let mine = (byDay[day.count.day.daysSinceEpoch] ?? []).filter {
        sources[$0.key.archive]?.isNamed(day.count.source) ?? false
      }
      let name = "\(day.count.source) \(day.count.day)"
      hold("counted_days[].sessions of \(name)", day.sessions, mine.reduce(0) { $0 + $1.value.openings })
      hold("counted_days[].statements of \(name)", day.statements, mine.reduce(0) { $0 + $1.value.statements })
    }
  }

  /// A session that lacks statements is one of T-07 and holds what the events show of it.
  mutating func holdShortSessions() throws(AssayError) {
    let (before, after) = (facts.totals.before, facts.totals.after)
    var sessions: [Cell: [Item]] = [:]
    let wanted = Set(facts.shortSessions.map { Cell.shown($0.item.session) })
    // PostgreSQL numbers lines, of which most hold no statement.
    let byLine = Set(facts.inputs.filter { DatabaseLog.isFormat($0.format) }.map(\.path))
    var short: [Cell: Bool] = [:]
    try items(.t07).forEach { item in
      let session = item.cell("session")
      if wanted.contains(session) { sessions[session, default: []].append(item) }
      let isOfPeriod =
        (item.time("time") ?? context.period.end) < context.period.end
        && (item.time("closed") ?? context.period.start) >= context.period.start
      let isOverdrawn = item.integer("declared_statements") ?? 0 > item.integer("statements") ?? 0
      if isOfPeriod, isOverdrawn || item.isCut, !wanted.contains(session) {
        contradict("short_sessions", "not \(session.plainText)", "it is not whole by its own counts in T-07")
      }
      guard before == 0, after == 0, let known = seen.bySession[session] else { return }
      // One that was told from another of its name holds what is new only.
      let isTold = item.text("session")?.contains(/#[0-9]+$/) ?? false
      guard !isTold, !byLine.contains(item.text("archive") ?? "") else { return }
      // Two sessions of one name, by two proxies, cannot be told apart among the events.
      let isShort =
        known.lastSequence > known.statements && isOfPeriod
      short[session] = short[session] == nil && isShort
    }
    for (session, isShort) in short where isShort && !wanted.contains(session) {
      contradict("short_sessions", "not \(session.plainText)", "statements are missing by the numbers of those in T-03")
    }
    if !facts.shortSessions.isEmpty { leaveOpen("short_sessions[].declared") }
    for session in facts.shortSessions { try hold(session, sessions[.shown(session.item.session)] ?? []) }
  }

  private mutating func hold(_ session: ShortSession, _ rows: [Item]) throws(AssayError) {
    let name = "short_sessions[] \(session.item.session ?? "")"
    let known = seen.bySession[.shown(session.item.session)]
    let (before, after) = (facts.totals.before, facts.totals.after)
    hold("\(name), key", .text(session.item.key), is: .text("session \(session.item.session ?? "")"))
    hold("\(name), sequence", session.item.sequence.map(Cell.integer) ?? .empty, is: .empty)
    if session.declared <= session.read && session.countedBytes == session.readBytes
      || session.declared < known?.lastSequence ?? 0
    {
      contradict("\(name), declared", "\(session.declared)", "more than were read, and no less than the last number")
    }
    guard let row = rows.first(where: { $0.cell("archive_sha256") == .shown(session.item.archiveSHA256) }) else {
      let isElsewhere = rows.isEmpty && known == nil && session.opened < context.period.start
      if !isElsewhere { contradict(name, "a session of the period", "none in populations/T-07.csv") }
      for part in ["read", "opened", "closed", "source", "item"] { leaveOpen("short_sessions[].\(part)") }
      return
    }
    hold(
      "\(name), counted_bytes", session.countedBytes.map(Cell.integer) ?? .empty,
      is: row.isCut ? row.cell("counted_bytes") : .empty)
    hold(
      "\(name), read_bytes", session.readBytes.map(Cell.integer) ?? .empty,
      is: row.isCut ? row.cell("read_bytes") : .empty)
    hold("\(name), user", .shown(session.item.user), is: row.cell("user"))
    hold("\(name), connection", .shown(session.item.connection), is: row.cell("connection"))
    hold("\(name), archive", .shown(session.item.archive), is: row.cell("archive"))
    hold("\(name), entry", session.item.entry.map(Cell.integer) ?? .empty, is: row.cell("entry"))
    var source: Cell?
    try items(.t01).forEach { item in
      guard item.cell("archive_sha256") == row.cell("archive_sha256") else { return }
      source = .shown(SourceDays.Source(proxy: item.text("proxy") ?? "", instance: item.text("instance")).name)
    }
    if let source { hold("\(name), source", .shown(session.source.isEmpty ? "(unnamed)" : session.source), is: source) }
    if rows.count == 1 {
      let statements = known?.statements ?? 0
      hold("\(name), read", session.read, statements, statements &+ before &+ after, named: "short_sessions[].read")
    } else {
      leaveOpen("short_sessions[].read")
    }
    let opened = row.time("time") ?? session.opened
    if session.opened != opened, !(session.opened < opened && session.opened < context.period.start && before > 0) {
      contradict("\(name), opened", "\(session.opened)", "\(opened)")
    }
    if before > 0 { leaveOpen("short_sessions[].opened") }
    let closed = row.time("closed") ?? known?.last ?? session.opened
    if session.closed != closed, row.time("closed") != nil || after == 0 {
      contradict("\(name), closed", "\(session.closed)", "\(closed)")
    }
    if after > 0 { leaveOpen("short_sessions[].closed") }
  }
}

extension Item {
  /// Whether a session's recording is not as long as its source counted.
  fileprivate var isCut: Bool { integer("counted_bytes") != integer("read_bytes") }
}
