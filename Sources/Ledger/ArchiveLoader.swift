public import AuditTrail
import Digests
public import SQLAnalysis
import SQLite

/// Loads archives into a ledger: one transaction an archive, so that a run killed at any moment leaves whole archives only.
///
/// Call ``begin(_:)``, ``add(_:proxy:to:)`` for each batch, then ``commit(_:records:to:)`` or ``rollBack(_:)``; after the
/// last archive ``finish(_:)``.
public struct ArchiveLoader: ~Copyable {
  var tables: LoaderTables
  /// The facts of new texts, in their order.
  private let analyze: Analysis
  private(set) var proxy = ""
  private(set) var archive: Int64 = 0
  private var sessionNumbers = Interner(byteLimit: 1 << 26)
  var sessions: [SessionState] = []
  private var units = Interner(byteLimit: 1 << 24)
  private var rollup = Rollup()
  /// Approvals move statements to other contexts when loading is finished: then everything is counted again, once.
  private var isRollupStale = false
  var duplicates: Int64 = 0
  /// Records of the archive under a name that the ledger holds with other content; see `Contradictions.swift`.
  public internal(set) var conflicts: Int64 = 0
  /// The sessions of the archive that are others than those of the same name, by their numbers.
  var otherSessions: [Int: Int] = [:]
  /// How many sessions of one name were looked through for those that the archive's statements belong to.
  var attempts: Int64 = 0
  private static let mostAttempts: Int64 = 1_000_000
  /// Whether the last archive's transaction waits for ``finish(_:)`` to end it.
  private var isLeftOpen = false
  private var integers: [Int64] = []
  /// Of each statement of the batch in work: its session's number, that session's dialect, its text.
  private var numbers: [Int] = []
  private var dialects: [SQLDialect] = []
  private var texts: [Int64] = []

  /// What the analysis of a text gives the ledger.
  public struct TextAnalysis: Sendable {
    /// The facts.
    public let facts: Facts
    /// Their encoded form.
    public let encoded: [UInt8]

    /// An analysis.
    public init(facts: Facts, encoded: [UInt8]) {
      self.facts = facts
      self.encoded = encoded
    }
  }

  /// Analyses new texts; gives as many analyses, in their order.
  public typealias Analysis = ([UnreadText]) -> [TextAnalysis]

  /// A loader for the ledger; `analyze` is called once a distinct text, whatever its dialect.
  public init(_ ledger: borrowing Ledger, analyze: @escaping (String) -> TextAnalysis) throws(AssayError) {
    try self.init(ledger) { sql, _ in analyze(sql) }
  }

  /// A loader for the ledger; `analyze` is called once a distinct text and dialect.
  public init(
    _ ledger: borrowing Ledger, analyze: @escaping (String, SQLDialect) -> TextAnalysis
  ) throws(AssayError) {
    try self.init(ledger, analyzeAll: { texts in texts.map { analyze($0.sql, $0.dialect) } })
  }

  /// A loader for the ledger; `analyzeAll` gets the new texts of each batch, and gives as many analyses in their order.
  public init(_ ledger: borrowing Ledger, analyzeAll: @escaping Analysis) throws(AssayError) {
    analyze = analyzeAll
    try ledger.lockForWriting()
    do { tables = try LoaderTables(ledger.database, ledger.seals) } catch {
      throw Ledger.failure(error, path: ledger.path)
    }
  }

  /// Starts an archive.
  public mutating func begin(_ ledger: borrowing Ledger) throws(AssayError) {
    do {
      try ledger.sortOutsideOfMemory()
      try ledger.begin()
      try ledger.setMeta("finished", "0")
      try ledger.setMeta("traffic", "stale")
      archive = try ledger.nextArchiveID()
    } catch { throw Ledger.failure(error, path: ledger.path) }
    proxy = ""
    duplicates = 0
    conflicts = 0
    attempts = 0
    otherSessions.removeAll()
    sessions.removeAll(keepingCapacity: true)
    sessionNumbers = Interner(byteLimit: 1 << 26)
    units = Interner(byteLimit: 1 << 24)
    isRollupStale = false
  }

  /// Adds a batch of the archive, which the proxy of this product name wrote.
  public mutating func add(
    _ batch: borrowing RecordBatch, proxy: String, to ledger: borrowing Ledger
  ) throws(AssayError) {
    self.proxy = proxy
    do { try load(batch, ledger) } catch { throw Ledger.failure(error, path: ledger.path) }
    guard attempts <= Self.mostAttempts else {
      throw AssayError(
        .invalidFile,
        "The archive gives too many records under the session and number of others; name each server's archives with "
          + "`source:` in assay.yaml, or read it in parts.")
    }
  }

  /// Ends the archive: stores its summary and makes everything of it lasting. Gives its id and how many records the ledger
  /// already held.
  ///
  /// The last archive's transaction may be left for ``finish(_:)`` to end, when nothing else comes between: then what is
  /// concluded changes pages that no journal must keep. An archive that is not finished is not held.
  public mutating func commit(
    _ summary: ArchiveSummary, records: Int64, to ledger: borrowing Ledger, isLast: Bool = false
  ) throws(AssayError) -> (id: Int64, duplicates: Int64) {
    do {
      try flushSessions()
      if isRollupStale {
        try ledger.setMeta("rollup_stale", "1")
        rollup.forgetCounts()
      } else {
        try rollup.flush(to: &tables)
      }
      try ledger.insertArchive(archive, summary, records: records, duplicates: duplicates)
      isLeftOpen = isLast
      if !isLast { try ledger.commit() }
    } catch { throw Ledger.failure(error, path: ledger.path) }
    return (archive, duplicates)
  }

  /// Undoes the archive.
  public mutating func rollBack(_ ledger: borrowing Ledger) throws(AssayError) {
    do {
      try ledger.rollback()
      tables = try LoaderTables(ledger.database, ledger.seals)
      rollup.forgetAll()
    } catch { throw Ledger.failure(error, path: ledger.path) }
  }

  /// Concludes what is concluded over all archives together; see ``Ledger/finishIngest()``.
  public mutating func finish(_ ledger: borrowing Ledger) throws(AssayError) {
    try ledger.finishIngest(&rollup, inTransaction: isLeftOpen)
    isLeftOpen = false
  }

  private mutating func load(_ batch: borrowing RecordBatch, _ ledger: borrowing Ledger) throws(SQLiteError) {
    for opening in batch.openings { try open(opening, ledger) }
    numbers.removeAll(keepingCapacity: true)
    dialects.removeAll(keepingCapacity: true)
    for index in 0..<batch.statements.count {
      let number = try sessionNumber(batch.arena.span.extracting(batch.statements[index].session.range))
      numbers.append(number)
      dialects.append(sessions[number].dialect)
    }
    try tables.findTexts(of: batch, dialects: dialects, into: &texts, analyze)
    for index in 0..<batch.statements.count {
      // A statement before it may have shown that its session is another one.
      let number = otherSessions.isEmpty ? numbers[index] : otherSessions[numbers[index]] ?? numbers[index]
      try insert(batch.statements[index], in: number, text: texts[index], batch.arena, ledger)
    }
    try tables.flushStatements(batch.arena)
    for closing in batch.closings { try close(closing.value, ledger) }
    for output in batch.outputs {
      let number = try sessionNumber(Array(output.session.utf8).span)
      try ledger.insert(output, session: sessions[number].id)
    }
    for approval in batch.approvals {
      switch try ledger.upsert(approval, proxy: proxy, archive: archive) {
      case .new: break
      case .known: duplicates += 1
      case .contradicting: conflicts += 1
      }
    }
    for change in batch.policyChanges { try ledger.insert(change, archive: archive) }
    for change in batch.accessChanges { try ledger.insert(change, archive: archive) }
    for heartbeat in batch.heartbeats { try ledger.insert(heartbeat, archive: archive) }
    for entry in batch.rejected { try ledger.insert(entry, archive: archive) }
    if !batch.approvals.isEmpty { isRollupStale = true }
    if rollup.isFull {
      if !isRollupStale { try rollup.flush(to: &tables) }
      rollup.forgetAll()
    }
  }

  // MARK: Sessions

  private mutating func open(_ opening: Entered<SessionOpening>, _ ledger: borrowing Ledger) throws(SQLiteError) {
    let value = opening.value
    let identity = try value.identity.map { (identity) throws(SQLiteError) in try tables.id(of: identity) }
    let connection = try tables.id(of: value.connection, proxy: proxy)
    let client = try tables.id(of: value.client)
    let context = try tables.contextID(
      identity: identity, connection: connection, client: client, purposeGiven: value.purpose?.isGiven ?? false,
      approved: false)
    let key = Array(value.session.utf8)
    var number = try sessionNumber(key.span)
    let digest = SHA256Digest(of: value.fields).hex
    if let other = try otherSession(than: number, opening: value, digest, ledger) {
      conflicts += 1
      number = other
    }
    let known = sessions[number]
    guard known.openingDigest != digest else {
      duplicates += 1
      return
    }
    if let old = known.openingDigest {
      duplicates += 1
      try ledger.insertSuperseded(
        session: known.id, sequence: 0, archive: archive, entry: opening.entry, old: old, new: digest, kept: "new")
    }
    try tables.setOpening.run(
      Ledger.openingValues(
        known.id, opening, identity: identity, connection: connection, client: client, digest: digest,
        archive: archive))
    let dialect = SQLDialect(engine: value.connection.engine)
    if known.lastSequence > 0 {
      try ledger.moveStatements(of: known.id, to: context)
      if dialect != known.dialect { try readAnew(known.id, as: dialect, ledger) }
      try ledger.setMeta("rollup_stale", "1")
      rollup.forgetHistory()
    }
    sessions[number].context = context
    sessions[number].dialect = dialect
    sessions[number].openingDigest = digest
  }

  /// The session's opening came after its statements and names another dialect: their texts say something else in it.
  private mutating func readAnew(
    _ session: Int64, as dialect: SQLDialect, _ ledger: borrowing Ledger
  ) throws(SQLiteError) {
    for (old, sql) in try ledger.texts(ofSession: session) {
      let new = try tables.textID(of: Array(sql.utf8).span, dialect, analyze)
      try ledger.write(
        "UPDATE statements SET text = ?2 WHERE session = ?1 AND text = ?3",
        [.integer(session), .integer(new), .integer(old)])
    }
  }

  private mutating func close(
    _ closing: SessionClosing, _ ledger: borrowing Ledger
  ) throws(SQLiteError) {
    let key = Array(closing.session.utf8)
    let number = try sessionNumber(key.span)
    let end = SessionEnd(time: closing.time.nanoseconds, statements: closing.statements)
    if let known = sessions[number].end, known.contradicts(end) { conflicts += 1 }
    sessions[number].end = end
    try tables.setClosing.run([
      .integer(sessions[number].id), .integer(closing.time.nanoseconds), .optional(closing.statements),
      .optional(closing.size?.counted), .optional(closing.size?.read),
    ])
  }

  mutating func sessionNumber(_ key: borrowing Span<UInt8>) throws(SQLiteError) -> Int {
    let hash = Interner.hash(key)
    if let number = sessionNumbers.number(of: key, hash: hash) {
      return otherSessions.isEmpty ? Int(number) : otherSessions[Int(number)] ?? Int(number)
    }
    let state = try tables.session(key, proxy: proxy, archive: archive)
    sessions.append(state)
    sessionNumbers.insert(key, hash: hash, number: Int64(sessions.count - 1))
    return sessions.count - 1
  }

  private mutating func flushSessions() throws(SQLiteError) {
    for state in sessions where state.lastSequence != state.storedLastSequence {
      try tables.setLastSequence(state.id, state.lastSequence)
    }
  }

  // MARK: Statements

  private mutating func insert(
    _ row: StatementRow, in number: Int, text: Int64, _ arena: borrowing [UInt8], _ ledger: borrowing Ledger
  ) throws(SQLiteError) {
    let bytes = arena.span
    // Field by field: a copy of the whole state would count references for each statement.
    let (session, context, lastSequence) = (
      sessions[number].id, sessions[number].context, sessions[number].lastSequence
    )
    let decision = try tables.decisionID(of: bytes.extracting(row.decision.range))
    let error = row.error.isPresent ? try tables.errorID(of: bytes.extracting(row.error.range)) : StatementColumn.null
    let unit = row.unit.isPresent ? try unitID(session, row, arena, ledger) : StatementColumn.null
    let completeness =
      sessions[number].openingDigest == nil ? row.completeness.union(.sessionOpenMissing) : row.completeness
    integers.removeAll(keepingCapacity: true)
    integers.append(0)
    integers.append(session)
    integers.append(row.sequence)
    integers.append(row.time)
    integers.append(text)
    integers.append(decision)
    integers.append(context)
    integers.append(Self.outcome(of: row).code)
    integers.append(row.hasResult ? 1 : 0)
    integers.append(row.rows < 0 ? StatementColumn.null : row.rows)
    integers.append(row.rowsKind.code)
    integers.append(row.duration < 0 ? StatementColumn.null : row.duration)
    integers.append(error)
    integers.append(unit)
    integers.append(row.unitPosition)
    integers.append(Int64(completeness.rawValue))
    integers.append(archive)
    integers.append(row.entry)
    if row.sequence <= lastSequence {
      try tables.flushStatements(arena)
      if let known = try ledger.statement(session, row.sequence) {
        let new = StoredStatement(
          integers: integers, parameters: row.parameters.isPresent ? Array(arena[row.parameters.range]) : nil,
          approval: row.approval.isPresent ? String(decoding: arena[row.approval.range], as: UTF8.self) : nil)
        if try Self.isOtherStatement(known, new, row, ledger) {
          if row.completeness.contains(.statementLineMissing) {
            // The line before logs another statement: this one's error is all that was logged of it.
            var row = row
            row.sequence += 1
            row.completeness.remove(.statementLineMissing)
            return try insert(row, in: number, text: text, arena, ledger)
          }
          conflicts += 1
          let other = try otherSession(than: number, ledger, new, row)
          return try insert(row, in: other, text: text, arena, ledger)
        }
        duplicates += 1
        try resolve(known, new, row, arena, ledger)
        return
      }
    }
    try tables.insertStatement(&integers, row, arena)
    sessions[number].lastSequence = max(lastSequence, row.sequence)
    let key = RollupKey(text: text, context: context, decision: decision)
    if !rollup.add(key, statement: integers[0], time: row.time), !isRollupStale {
      try tables.addToRollup(key, RollupValue(of: row.time))
    }
  }

  /// The ledger holds this record from another archive: the fuller version stays, and both digests are kept.
  private mutating func resolve(
    _ known: StoredStatement, _ new: StoredStatement, _ row: StatementRow, _ arena: borrowing [UInt8],
    _ ledger: borrowing Ledger
  ) throws(SQLiteError) {
    guard new.content != known.content else { return }
    if row.completeness.contains(.statementLineMissing) { return try complete(known, with: new, row, ledger) }
    // One of them tells its decision by the session's state; both cannot be shown as one.
    if known[.decision] != new[.decision] { conflicts += 1 }
    let isFuller = new.fullness > known.fullness
    try ledger.insertSuperseded(
      session: integers[StatementColumn.session.rawValue], sequence: row.sequence, archive: archive, entry: row.entry,
      old: known.digest,
      new: new.digest, kept: isFuller ? "new" : "old")
    guard isFuller else { return }
    try tables.replaceStatement(known[.id] ?? 0, &integers, row, arena, ledger.database)
    try ledger.setMeta("rollup_stale", "1")
    rollup.forgetHistory()
  }

  /// What happened, as far as the entry alone tells: a review's outcome is what it is without an approval, until one is
  /// joined. A blocked statement that bears a result without an error ran all the same.
  static func outcome(of row: StatementRow) -> Outcome {
    switch row.action {
    case .block: row.hasResult && !row.error.isPresent ? .ran : .notRun
    case .review: row.hasResult && !row.error.isPresent ? .ranUnapproved : .notRun
    case .allow, .mask, .observed:
      row.hasResult ? .ran : row.completeness.contains(.resultsAbsent) ? .unknown : .notRun
    }
  }

  private mutating func unitID(
    _ session: Int64, _ row: StatementRow, _ arena: borrowing [UInt8], _ ledger: borrowing Ledger
  ) throws(SQLiteError) -> Int64 {
    var key: [UInt8] = []
    for shift in 0..<8 { key.append(UInt8(truncatingIfNeeded: session >> (8 * Int64(shift)))) }
    for shift in 0..<8 { key.append(UInt8(truncatingIfNeeded: row.unitCount >> (8 * Int64(shift)))) }
    key.append(contentsOf: arena[row.unit.range])
    let hash = Interner.hash(key.span)
    if let known = units.number(of: key.span, hash: hash) { return known }
    let fields = unpackFields(arena[row.unit.range])
    let (id, isOther) = try ledger.unitID(
      session: session, key: (fields.first ?? nil) ?? "", sha256: fields.count > 1 ? fields[1] : nil,
      count: row.unitCount)
    if isOther { conflicts += 1 }
    units.insert(key.span, hash: hash, number: id)
    return id
  }
}
