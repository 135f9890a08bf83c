public import AuditTrail
import SQLite

/// What replay concludes: measurements, verdicts and findings.
extension Ledger {
  /// Forgets every measurement, verdict and finding: the next replay starts anew.
  public borrowing func clearReplay() throws(AssayError) {
    do {
      try database.begin()
      for table in ["replays", "measurements", "verdicts", "findings"] { try write("DELETE FROM \(table)", []) }
      try database.commit()
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// Stores a replay and returns its id.
  public borrowing func store(_ replay: ReplayEntry) throws(AssayError) -> Int64 {
    do {
      try write(
        """
        INSERT INTO replays (connection, engine, source, image_sha256, mode, basis, as_of, seed)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        """,
        [
          .text(replay.connection), .text(replay.engine), .text(replay.source), .text(replay.imageSHA256),
          .text(replay.mode), .text(replay.basis.rawValue), .optional(replay.asOf),
          .integer(Int64(bitPattern: replay.seed)),
        ])
    } catch { throw Ledger.failure(error, path: path) }
    return database.lastInsertRowID
  }

  /// The replays, in the order they were stored.
  public borrowing func replays() throws(AssayError) -> [ReplayEntry] {
    var replays: [ReplayEntry] = []
    try query("SELECT id, connection, engine, source, image_sha256, mode, basis, as_of, seed FROM replays ORDER BY id")
    {
      row in
      var replay = ReplayEntry(
        connection: row[1].text ?? "", engine: row[2].text ?? "", source: row[3].text ?? "",
        imageSHA256: row[4].text ?? "", mode: row[5].text ?? "",
        basis: row[6].text.flatMap(Basis.init) ?? .schemaOnly,
        asOf: row[7].integer.map(Timestamp.init(nanoseconds:)), seed: UInt64(bitPattern: row[8].integer ?? 0))
      replay.id = row[0].integer ?? 0
      replays.append(replay)
    }
    return replays
  }

  /// Stores measurements and verdicts, in one transaction.
  public borrowing func store(_ graded: [GradedStatement]) throws(AssayError) {
    do {
      try database.begin()
      var measurement = try database.prepare(
        "INSERT OR REPLACE INTO measurements VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", persistent: true)
      var verdict = try database.prepare(
        "INSERT OR REPLACE INTO verdicts (statement, verdict, reason, severity, confidence, flags) "
          + "VALUES (?1, ?2, ?3, ?4, ?5, ?6)", persistent: true)
      var bytes: [UInt8] = []
      for grade in graded {
        bytes.removeAll(keepingCapacity: true)
        encode(grade.effect, into: &bytes)
        try measurement.bind(1, grade.statement)
        try measurement.bind(2, grade.replay)
        try measurement.bind(3, text: bytes.span)
        try measurement.bind(4, grade.effect.rowsDestroyed)
        try measurement.bind(5, Int64(grade.effect.kept ? 1 : 0))
        try measurement.bind(6, grade.effect.leak.rawValue)
        try measurement.bind(7, grade.replay == nil ? nil as String? : grade.effect.basis.rawValue)
        try measurement.run()
        try verdict.bind(1, grade.statement)
        try verdict.bind(2, grade.verdict.name.rawValue)
        try verdict.bind(3, grade.verdict.reason)
        try verdict.bind(4, Int64(grade.verdict.severity.rawValue))
        try verdict.bind(5, grade.verdict.confidence.rawValue)
        try verdict.bind(6, jsonList(grade.verdict.flags))
        try verdict.run()
      }
      try database.commit()
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// Stores findings.
  public borrowing func store(_ findings: [Finding]) throws(AssayError) {
    do {
      try database.begin()
      for finding in findings {
        try write(
          "INSERT INTO findings (kind, session, statement, detail) VALUES (?1, ?2, ?3, ?4)",
          [.text(finding.kind), .integer(finding.session), .integer(finding.statement), .text(finding.detail)])
      }
      try database.commit()
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// Stores findings of one kind in place of all that there were of it.
  public borrowing func replaceFindings(of kind: String, by findings: [Finding]) throws(AssayError) {
    do { try write("DELETE FROM findings WHERE kind = ?1", [.text(kind)]) } catch {
      throw Ledger.failure(error, path: path)
    }
    try store(findings)
  }

  /// What was measured and concluded for a session's statements, by statement id.
  public borrowing func graded(session: Int64) throws(AssayError) -> [Int64: GradedStatement] {
    var graded: [Int64: GradedStatement] = [:]
    var stored = StoredJSON()
    try query(
      """
      SELECT s.id, m.replay, m.effect, v.verdict, v.reason, v.severity, v.confidence, v.flags
      FROM statements s JOIN measurements m ON m.statement = s.id JOIN verdicts v ON v.statement = s.id
      WHERE s.session = ?1
      """, [.integer(session)]
    ) { (row) throws(AssayError) in
      let id = row[0].integer ?? 0
      guard let name = row[3].text.flatMap(VerdictName.init), let effect = stored.effect(row[2].text ?? "") else {
        throw AssayError(.ledger, "A stored verdict cannot be read; run the replay anew.", at: Place(path))
      }
      graded[id] = GradedStatement(
        statement: id, replay: row[1].integer, effect: effect,
        verdict: Verdict(
          name, reason: row[4].text, severity: Severity(rawValue: Int(row[5].integer ?? 0)) ?? .s0,
          confidence: row[6].text.flatMap(Confidence.init) ?? .low, flags: stored.list(row[7].text ?? "")))
    }
    return graded
  }
}
