public import AuditTrail
import SQLite

/// How far a replay has come, so that one that was stopped can go on.
extension Ledger {
  /// The tables of what a replay measured.
  static let measurementTables = ["measurements", "measured_sessions"]
  /// The tables that a replay fills.
  static let replayTables =
    measurementTables + ["replays", "verdicts", "findings", "not_sampled", "detected_columns", "replayed_sessions"]

  /// Whether a replay of the plan was begun and not finished, and what it stored is as it was stored.
  public borrowing func hasUnfinishedReplay(ofPlan digest: String) throws(AssayError) -> Bool {
    do {
      guard try meta("replay_plan") == digest else { return false }
      return try seals.changes(in: database, only: Set(Self.replayTables + ["meta"])).rows.isEmpty
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// Whether a replay of all sessions was begun and has not ended: one that runs, or one that was stopped.
  public borrowing func hasUnfinishedReplay() throws(AssayError) -> Bool {
    do { return try meta("replay_plan") != nil } catch { throw Ledger.failure(error, path: path) }
  }

  /// Whether every measurement is as it was stored, so that it may be used again.
  public borrowing func hasIntactMeasurements() throws(AssayError) -> Bool {
    do { return try seals.changes(in: database, only: Set(Self.measurementTables)).rows.isEmpty } catch {
      throw Ledger.failure(error, path: path)
    }
  }

  /// Begins a replay of all sessions: what an earlier one concluded is forgotten, and what it measured unless it is to be
  /// used again. The shadows are stored, and the ids they get are returned in their order; all or nothing.
  public borrowing func beginReplay(
    ofPlan digest: String, on shadows: [ReplayEntry], sample: ReplaySample?, keepingMeasurements: Bool = false
  ) throws(AssayError) -> [Int64] {
    try lockForWriting()
    do {
      try useLog()
      try begin()
      try forgetReplay(keepingMeasurements: keepingMeasurements)
      try setMeta("replay_plan", digest)
      if let sample { try setMeta("replay_sample", sample.stored) }
      var ids: [Int64] = []
      for shadow in shadows { ids.append(try insert(shadow)) }
      try commit()
      return ids
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// Begins a replay of some sessions: what is known of others stays, but a stopped replay of all cannot go on after it.
  public borrowing func beginReplay(on shadows: [ReplayEntry]) throws(AssayError) -> [Int64] {
    try lockForWriting()
    do {
      try useLog()
      try begin()
      try write("DELETE FROM meta WHERE key = 'replay_plan'", [])
      try write("DELETE FROM replayed_sessions", [])
      var ids: [Int64] = []
      for shadow in shadows { ids.append(try insert(shadow)) }
      try commit()
      return ids
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// The sessions whose verdicts the unfinished replay has stored, by row id.
  public borrowing func finishedSessions() throws(AssayError) -> Set<Int64> {
    var finished: Set<Int64> = []
    try query("SELECT session FROM replayed_sessions", []) { row in
      if let id = row[0].integer { finished.insert(id) }
    }
    return finished
  }

  /// Ends a replay: findings get their order, which does not depend on the order in which sessions were measured.
  public borrowing func finishReplay() throws(AssayError) {
    do {
      try begin()
      try write("CREATE TEMP TABLE found AS SELECT DISTINCT kind, session, statement, detail FROM findings", [])
      try write("DELETE FROM findings", [])
      try write(
        """
        INSERT INTO findings (kind, session, statement, detail)
        SELECT kind, session, statement, detail FROM temp.found ORDER BY session, statement, kind, detail
        """, [])
      try write("DROP TABLE temp.found", [])
      // What was kept of an earlier replay and not used again.
      try write("DELETE FROM measurements WHERE statement NOT IN (SELECT statement FROM verdicts)", [])
      try write("DELETE FROM meta WHERE key = 'replay_plan'", [])
      try write("DELETE FROM replayed_sessions", [])
      try commit()
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// The findings of a session, in their order.
  public borrowing func findings(session: Int64) throws(AssayError) -> [Finding] {
    var findings: [Finding] = []
    try query(
      "SELECT kind, statement, detail FROM findings WHERE session = ?1 ORDER BY statement, kind, detail",
      [.integer(session)]
    ) { row in
      findings.append(
        Finding(kind: row[0].text ?? "", session: session, statement: row[1].integer ?? 0, detail: row[2].text ?? ""))
    }
    return findings
  }

  /// The sample that the stored verdicts rest on; `nil` where every statement was replayed.
  public borrowing func replaySample() throws(AssayError) -> ReplaySample? {
    do { return try meta("replay_sample").flatMap(ReplaySample.init(stored:)) } catch {
      throw Ledger.failure(error, path: path)
    }
  }
}

/// A sample of plain reads: how many there were and how many of them were taken.
public struct ReplaySample: Sendable, Hashable {
  /// Plain reads that were allowed, as far as the replay's filter lets through.
  public var population: Int64
  /// Those of them that were replayed.
  public var taken: Int64
  /// Where the choice starts.
  public var seed: UInt64

  /// `taken` of `population`.
  public init(population: Int64, taken: Int64, seed: UInt64) {
    self.population = population
    self.taken = taken
    self.seed = seed
  }

  var stored: String { "\(taken) \(population) \(seed)" }

  init?(stored: String) {
    let fields = stored.split(separator: " ")
    guard fields.count == 3, let taken = Int64(fields[0]), let population = Int64(fields[1]),
      let seed = UInt64(fields[2])
    else { return nil }
    self.init(population: population, taken: taken, seed: seed)
  }
}
