import AuditTrail

/// What reading hoop sessions found that an export lacks; becomes sentences and flags of the summary.
struct HoopFindings {
  private var cappedLists = 0
  private var listsWithNextPage = 0
  private var unreadableLists = 0
  private var listedTotal: Int64 = 0
  var isUnclosed = false
  private var sessions = 0
  private var listRows = 0
  private var withoutEvents = 0
  private var lost = 0
  private var undecodable = 0
  private var truncated = 0
  private var unreadableStreams = 0
  private var unreadableEvents = 0
  private var unresolved = 0
  private var outputHits = 0
  private var mysqlNative = 0
  private var sqlServerNative = 0
  private var otherCalls = 0
  private var remarks: [HoopSession.Remark: Int] = [:]
  /// What the gateway's analyzer found, by kind.
  private var analyzed = NameCounts()
  private var withoutSQL = NameCounts()
  private var span = TimeSpan()

  /// Takes what a list envelope says: whether there are more sessions than it holds. Source: hoop's `SessionList`.
  mutating func add(envelope: JSONTree?) {
    guard let envelope else { return unreadableLists += 1 }
    if envelope["total_is_capped"].boolean == true { cappedLists += 1 }
    if envelope["has_next_page"].boolean == true { listsWithNextPage += 1 }
    listedTotal = max(listedTotal, envelope["total"].integer ?? 0)
  }

  /// Takes a session.
  mutating func add(_ session: HoopSession, _ statements: HoopStatements) {
    sessions += 1
    note(session.start)
    if let end = session.end { note(end) }
    if session.isListRow {
      listRows += 1
      return
    }
    for (kind, count) in session.analyzed { analyzed.add(kind, count) }
    for remark in session.remarks { remarks[remark, default: 0] += 1 }
    if session.isTruncated { truncated += 1 }
    if session.guardrails.contains(where: { !$0.isInput }) { outputHits += 1 }
    unresolved += statements.unresolved
    if statements.isUnreadable { unreadableStreams += 1 }
    otherCalls += statements.otherCalls
    if case .other(let name) = session.engine, statements.items.isEmpty {
      withoutSQL.add(name)
      return
    }
    switch session.events {
    case .lost: lost += 1
    case .undecodable: undecodable += 1
    case .events(_, let unreadable): unreadableEvents += unreadable
    case .absent, .output:
      let lacksScript = session.isExec && session.script == nil
      if lacksScript || !session.isExec { withoutEvents += 1 }
    }
    guard !session.isExec else { return }
    if session.engine == .sql("mysql") || session.engine == .sql("mariadb") { mysqlNative += 1 }
    if session.engine == .sql("mssql") { sqlServerNative += 1 }
  }

  /// Takes a record's time.
  mutating func note(_ time: Timestamp) { span.add(time) }

  /// Says it.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    span.report(into: &summary)
    func say(_ count: Int, _ flag: String, _ sentence: String) {
      guard count > 0 else { return }
      flags.insert(flag)
      summary.notes.append(sentence)
    }
    let all = grouped(sessions)
    func some(_ count: Int) -> String { "\(grouped(count)) of \(all) sessions" }
    say(
      listRows, "list_rows_only",
      "\(some(listRows)) are list rows: they hold no statements; fetch each session, see docs/collect-hoop.md")
    say(
      cappedLists + listsWithNextPage, "export_partial",
      "The list says there are more sessions (total \(grouped(Int(clamping: listedTotal)))"
        + "\(cappedLists > 0 ? " or more" : "")): collect the period day by day, see docs/collect-hoop.md")
    say(
      unreadableLists, "list_unreadable",
      "\(unreadableLists) list envelopes could not be read: whether they are complete is not known")
    say(isUnclosed ? 1 : 0, "export_cut", "The file ends inside a list: fetch it again")
    say(
      withoutEvents, "event_stream_missing",
      "\(some(withoutEvents)) were fetched without their event stream or script: ask for "
        + "expand=event_stream,session_input, see docs/collect-hoop.md")
    say(lost, "event_stream_lost", "\(some(lost)) have no recording left: the gateway answered “no log found on disk”")
    say(
      undecodable, "event_stream_undecodable",
      "\(some(undecodable)) could not be spelled as JSON by the gateway: download them as files")
    say(truncated, "event_stream_truncated", "\(some(truncated)) were cut by the gateway: their ends are not recorded")
    say(
      unreadableStreams, "wire_unreadable",
      "\(some(unreadableStreams)) hold bytes that are no PostgreSQL messages: what follows them was not read")
    say(
      unreadableEvents, "events_unreadable",
      "\(grouped(unreadableEvents)) events are not a triple of time, type and base64")
    say(
      unresolved, "statements_missing",
      "\(grouped(unresolved)) executes run a statement that was prepared outside the recording: their text is not known"
    )
    say(
      outputHits, "output_guardrail",
      "\(some(outputHits)) were ended by a rule on the output: their statements had run")
    say(
      mysqlNative, "prepared_not_recorded",
      "\(some(mysqlNative)) are native MySQL sessions: hoop records no prepared statements there")
    say(
      sqlServerNative, "rpc_not_recorded",
      "\(some(sqlServerNative)) are native SQL Server sessions: hoop records no RPC calls there")
    if otherCalls > 0 {
      summary.notes.append("\(counted(otherCalls, "call", "calls")) of an agent's tools hold no SQL")
    }
    reportRemarks(into: &summary, &flags)
    say(
      withoutSQL.total, "sessions_without_sql",
      "\(some(withoutSQL.total)) speak no SQL and hold no statements (\(withoutSQL))")
  }

  private func reportRemarks(into summary: inout ArchiveSummary, _ flags: inout Set<String>) {
    let sentences: [(HoopSession.Remark, String, String)] = [
      (.maskingError, "masking_errors", "had errors while masking: what was not masked may have gone on in clear"),
      (.outputAnalysis, "output_analyzed", "were analyzed for sensitive data by the gateway, which found \(analyzed)"),
      (
        .analyzerSteps, "analyzer_steps",
        "hold steps that the AI analyzer took itself; they are not statements of the session"
      ),
      (.timeWindow, "time_windows", "were approved for some hours only; that window is not tested"),
      (.fewApprovals, "approvals_missing", "were approved by fewer people than min_approvals asks for"),
    ]
    for (remark, flag, sentence) in sentences {
      guard let count = remarks[remark] else { continue }
      flags.insert(flag)
      summary.notes.append("\(grouped(count)) of \(grouped(sessions)) sessions \(sentence)")
    }
    for case (.unknownKey(let key), let count) in remarks { summary.unknownKeys[key] = Int64(count) }
  }
}
