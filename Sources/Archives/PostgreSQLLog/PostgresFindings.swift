import AuditTrail

/// What a log of PostgreSQL holds and lacks, counted.
struct PostgresFindings {
  /// How often a session's numbers leave some out.
  var gaps = 0
  /// How often they run backwards.
  var disordered = 0
  /// Sessions told by process and first line.
  var derivedSessions = 0
  /// Lines of pgaudit.
  var auditLines = 0
  /// Lines of pgaudit whose text is on no line.
  var auditTextMissing = 0
  private var statements = 0
  private var withoutResult = 0
  private var withoutParameters = 0
  private var mismatches = 0
  private var guesses = 0
  private var changedIdentities = 0
  private var cut = 0
  private var inBoth = 0
  private var onlyAudited = 0
  private var onlyLogged = 0
  private var unquoted = 0
  private var span = TimeSpan()

  /// Takes a line.
  mutating func note(_ line: PostgresLogLine) {
    span.add(line.time)
    if line.isColumnCountGuessed { guesses += 1 }
    if !line.fitsSession { mismatches += 1 }
  }

  /// Keeps who a session is; that never changes within one.
  mutating func keep(_ value: String?, in kept: inout String?) {
    guard let value else { return }
    if let kept, kept != value { changedIdentities += 1 }
    kept = kept ?? value
  }

  /// Takes a statement that is whole.
  mutating func note(_ statement: PostgresStatement) {
    statements += 1
    let flags = statement.record.completeness
    if flags.contains(.resultsAbsent) { withoutResult += 1 }
    if flags.contains(.paramsNotLogged) { withoutParameters += 1 }
    if flags.contains(.statementTruncated) { cut += 1 }
    switch (statement.isLogged, statement.trail) {
    case (true, .some): inBoth += 1
    case (true, .none): onlyLogged += 1
    case (false, _): onlyAudited += 1
    }
    if statement.trail?.isLenient == true { unquoted += 1 }
  }

  /// Says it.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    span.report(into: &summary)
    func flag(_ name: String, _ count: Int, _ note: String) {
      guard count > 0 else { return }
      flags.insert(name)
      summary.notes.append("\(grouped(count)) \(note)")
    }
    flag("lines_missing", gaps, "times a session's line numbers leave some out: part of the log is missing")
    flag(
      "lines_disordered", disordered,
      "times a session's line numbers run backwards: the lines are not in the order in which they were written")
    flag("session_id_mismatch", mismatches, "lines do not fit their session's id, which holds its start and process")
    flag(
      "session_identity_changed", changedIdentities,
      "lines name another login, database or client than the lines before them in their session")
    flag(
      "sessions_derived", derivedSessions,
      "sessions are told by process and first line, as the lines lack the session's id; one that goes on in another file is "
        + "another session. Put %c into log_line_prefix")
    flag("columns_guessed", guesses, "lines have 25 columns, as no release of PostgreSQL writes them")
    flag("statements_cut", cut, "statements may go on in lines that are missing or cannot be told")
    flag(
      "results_missing", withoutResult,
      "of \(grouped(statements)) statements have neither a duration nor an error; set log_duration = on")
    flag(
      "parameters_missing", withoutParameters,
      "statements have parameters that were not logged whole; set log_parameter_max_length = -1")
    flag(
      "audit_text_missing", auditTextMissing,
      "lines of pgaudit refer to a text that is on no line here: it is in an earlier file, or pgaudit.log_statement is off"
    )
    flag("audit_text_unquoted", unquoted, "statements are in lines of pgaudit without the quotes they need")
    guard auditLines > 0 else { return }
    summary.notes.append(
      "\(grouped(auditLines)) lines of pgaudit were read. \(grouped(inBoth)) statements are in them and in lines of "
        + "log_statement and are counted once; \(grouped(onlyAudited)) are in lines of pgaudit alone, "
        + "\(grouped(onlyLogged)) in lines of log_statement or of errors alone")
    if onlyAudited > 0 { flags.insert("statements_from_pgaudit") }
  }
}
