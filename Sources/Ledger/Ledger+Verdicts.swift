public import AuditTrail
import SQLite

/// What replay concludes: measurements, verdicts and findings.
extension Ledger {
  /// Forgets every measurement, verdict and finding: the next replay starts again.
  public borrowing func clearReplay() throws(AssayError) {
    try lockForWriting()
    do {
      try begin()
      try forgetReplay()
      try commit()
    } catch { throw Ledger.failure(error, path: path) }
  }

  borrowing func forgetReplay(keepingMeasurements: Bool = false) throws(SQLiteError) {
    let kept = keepingMeasurements ? Self.measurementTables : []
    try seals.empty(Self.replayTables.filter { !kept.contains($0) }, in: database)
    try write("DELETE FROM meta WHERE key IN ('replay_plan', 'replay_sample')", [])
    try setMeta("traffic", "stale")
  }

  /// Stores a replay and returns its id.
  public borrowing func store(_ replay: ReplayEntry) throws(AssayError) -> Int64 {
    do {
      try begin()
      let id = try insert(replay)
      try commit()
      return id
    } catch { throw Ledger.failure(error, path: path) }
  }

  borrowing func insert(_ replay: ReplayEntry) throws(SQLiteError) -> Int64 {
    try write(
      """
      INSERT INTO replays (connection, engine, source, image_sha256, mode, basis, as_of, seed, marker_sha256)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
      """,
      [
        .text(replay.connection), .text(replay.engine), .text(replay.source), .text(replay.imageSHA256),
        .text(replay.mode), .text(replay.basis.rawValue), .optional(replay.asOf),
        .integer(Int64(bitPattern: replay.seed)), .optional(replay.markerSHA256),
      ])
    return database.lastInsertRowID
  }

  /// Notes the columns of shadows that a replay took as sensitive since detectors recognise their values, as `table.column`.
  public borrowing func store(detectedColumns names: Set<String>) throws(AssayError) {
    do {
      try begin()
      for name in names.sorted() {
        try write("INSERT OR IGNORE INTO detected_columns (name) VALUES (?1)", [.text(name)])
      }
      try commit()
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// The columns that replays took as sensitive since detectors recognise their values, sorted.
  public borrowing func detectedColumns() throws(AssayError) -> [String] {
    try rows("SELECT name FROM detected_columns ORDER BY name", []).compactMap { $0.first?.text }
  }

  /// The replays, in the order they were stored.
  public borrowing func replays() throws(AssayError) -> [ReplayEntry] {
    var replays: [ReplayEntry] = []
    try query(
      """
      SELECT id, connection, engine, source, image_sha256, mode, basis, as_of, seed, marker_sha256 FROM replays ORDER BY id
      """
    ) { row in
      var replay = ReplayEntry(
        connection: row[1].text ?? "", engine: row[2].text ?? "", source: row[3].text ?? "",
        imageSHA256: row[4].text ?? "", mode: row[5].text ?? "",
        basis: row[6].text.flatMap(Basis.init) ?? .schemaOnly,
        asOf: row[7].integer.map(Timestamp.init(nanoseconds:)), seed: UInt64(bitPattern: row[8].integer ?? 0),
        markerSHA256: row[9].text)
      replay.id = row[0].integer ?? 0
      replays.append(replay)
    }
    return replays
  }

  /// Stores measurements and verdicts, in one transaction.
  public borrowing func store(_ graded: [GradedStatement]) throws(AssayError) {
    var batch = ReplayBatch()
    var rows = GradedRows()
    for grade in graded { rows.add(grade) }
    batch.graded = [rows]
    try store(batch)
  }

  /// Stores findings.
  public borrowing func store(_ findings: [Finding]) throws(AssayError) {
    var batch = ReplayBatch()
    batch.findings = findings
    try store(batch)
  }

  /// Stores a batch in one transaction.
  public borrowing func store(_ batch: ReplayBatch) throws(AssayError) { try store(batch, inPlaceOf: nil) }

  private borrowing func store(_ batch: ReplayBatch, inPlaceOf kind: String?) throws(AssayError) {
    do {
      try begin()
      try setMeta("traffic", "stale")
      if let kind { try write("DELETE FROM findings WHERE kind = ?1", [.text(kind)]) }
      try insert(batch.graded)
      var left = try database.prepare("INSERT OR REPLACE INTO not_sampled VALUES (?1)")
      for statement in batch.notSampled {
        try left.bind(1, statement)
        try left.run()
      }
      for finding in batch.findings {
        try write(
          "INSERT INTO findings (kind, session, statement, detail) VALUES (?1, ?2, ?3, ?4)",
          [.text(finding.kind), .integer(finding.session), .integer(finding.statement), .text(finding.detail)])
      }
      if !batch.finished.isEmpty {
        var finished = try database.prepare("INSERT OR IGNORE INTO replayed_sessions VALUES (?1)")
        for session in batch.finished {
          try finished.bind(1, session)
          try finished.run()
        }
      }
      try commit()
    } catch { throw Ledger.failure(error, path: path) }
  }

  private borrowing func insert(_ graded: [GradedRows]) throws(SQLiteError) {
    var measurement = try database.prepare(
      "INSERT OR REPLACE INTO measurements VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", persistent: true)
    var measured = try database.prepare("INSERT OR REPLACE INTO measured_sessions VALUES (?1, ?2)", persistent: true)
    var verdict = try database.prepare(
      """
      INSERT OR REPLACE INTO verdicts (statement, verdict, reason, severity, confidence, flags, kind, fate, would_disclose,
        approval, approval_scope) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
      """, persistent: true)
    for session in graded {
      var start = 0
      for row in session.rows {
        if !row.isStored {
          try measurement.bind(1, row.statement)
          try measurement.bind(2, row.replay)
          try measurement.bind(3, text: session.effects[start..<row.effectEnd])
          try measurement.bind(4, row.rowsDestroyed)
          try measurement.bind(5, Int64(row.kept ? 1 : 0))
          try measurement.bind(6, row.leak.rawValue)
          try measurement.bind(7, row.replay == nil ? nil as String? : row.basis.rawValue)
          try measurement.run()
        }
        start = row.effectEnd
        try verdict.bind(1, row.statement)
        try verdict.bind(2, row.verdict.name.rawValue)
        try verdict.bind(3, row.verdict.reason)
        try verdict.bind(4, Int64(row.verdict.severity.rawValue))
        try verdict.bind(5, row.verdict.confidence.rawValue)
        try verdict.bind(6, row.verdict.flags.isEmpty ? "[]" : jsonList(row.verdict.flags))
        try verdict.bind(7, row.verdict.kind?.rawValue)
        try verdict.bind(8, row.verdict.fate?.rawValue)
        try verdict.bind(9, Int64(row.verdict.wouldDisclose ? 1 : 0))
        try verdict.bind(10, row.approval?.standing.rawValue)
        try verdict.bind(11, row.approval?.scope.rawValue)
        try verdict.run()
      }
      if let (id, key) = session.measured {
        try measured.bind(1, id)
        try measured.bind(2, blob: key.span)
        try measured.run()
      }
    }
  }

  /// Stores findings of one kind in place of all that there were of it.
  public borrowing func replaceFindings(of kind: String, by findings: [Finding]) throws(AssayError) {
    var batch = ReplayBatch()
    batch.findings = findings
    try store(batch, inPlaceOf: kind)
  }

  /// What was measured and concluded for a session's statements, by statement id.
  public borrowing func graded(session: Int64) throws(AssayError) -> [Int64: GradedStatement] {
    try graded("s.session = ?1", session)
  }

  /// What was measured and concluded for one statement.
  public borrowing func graded(statement: Int64) throws(AssayError) -> GradedStatement? {
    try graded("s.id = ?1", statement)[statement]
  }

  private borrowing func graded(
    _ condition: String, _ value: Int64
  ) throws(AssayError) -> [Int64: GradedStatement] {
    var graded: [Int64: GradedStatement] = [:]
    var stored = StoredJSON()
    try query(
      """
      SELECT s.id, \(Self.gradeColumns)
      FROM statements s JOIN measurements m ON m.statement = s.id JOIN verdicts v ON v.statement = s.id
      WHERE \(condition)
      """, [.integer(value)]
    ) { (row) throws(AssayError) in
      let id = row[0].integer ?? 0
      graded[id] = try Self.grade(of: id, row[1...], &stored, path)
    }
    return graded
  }

  /// What was measured (`m`) and concluded (`v`) for a statement, as a list of a query.
  static let gradeColumns = """
    m.replay, m.effect, v.verdict, v.reason, v.severity, v.confidence, v.flags, v.kind, v.fate, v.would_disclose,
      v.approval, v.approval_scope
    """

  /// What a row of ``gradeColumns`` holds.
  static func grade(
    of statement: Int64, _ columns: ArraySlice<LedgerValue>, _ stored: inout StoredJSON, _ path: String
  ) throws(AssayError) -> GradedStatement {
    let row = Array(columns)
    guard row.count == 12, let name = row[2].text.flatMap(VerdictName.init),
      let measured = stored.measurement(row[1].text ?? "")
    else {
      throw AssayError(.changedLedger, "A stored verdict cannot be read; run the replay again.", at: Place(path))
    }
    return GradedStatement(
      statement: statement, replay: row[0].integer, effect: measured.effect,
      measuredExecution: measured.measuredExecution,
      verdict: Verdict(
        name, reason: row[3].text, severity: Severity(rawValue: Int(row[4].integer ?? 0)) ?? .s0,
        confidence: row[5].text.flatMap(Confidence.init) ?? .low, flags: stored.list(row[6].text ?? ""),
        kind: row[7].text.flatMap(HarmKind.init), fate: row[8].text.flatMap(Fate.init),
        wouldDisclose: row[9].integer == 1),
      isReadOnly: measured.isReadOnly, sensitiveOutputs: measured.sensitiveOutputs,
      approval: row[10].text.flatMap(ApprovalStanding.init).flatMap { standing in
        row[11].text.flatMap(ApprovalScope.init).map { ApprovalJudgement(standing, for: $0) }
      })
  }
}
