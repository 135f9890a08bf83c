public import AuditTrail
import SQLAnalysis
import SQLite

/// What replay, evidence and incidents read.
extension Ledger {
  /// Calls `body` with each session that the filter lets through, in the order of their ids.
  public borrowing func forEachSession(
    _ filter: SessionFilter, _ body: (SessionEntry) throws(AssayError) -> Void
  ) throws(AssayError) {
    let (conditions, values) = Self.conditions(filter)
    var lists = StoredJSON()
    try query("\(Self.sessionColumns) WHERE \(conditions) ORDER BY se.id", values) { (row) throws(AssayError) in
      try body(Self.sessionEntry(row, &lists))
    }
  }

  /// The ids of the sessions that the filter lets through, in their order. Sessions of a database's log that a proxy tells
  /// of as well are left out, unless they are named: what they did is replayed once.
  public borrowing func sessionIDs(_ filter: SessionFilter) throws(AssayError) -> [Int64] {
    var (conditions, values) = Self.conditions(filter)
    if filter.keys.isEmpty { conditions += " AND se.id NOT IN (SELECT session FROM witnesses)" }
    var ids: [Int64] = []
    try query(
      """
      SELECT se.id FROM sessions se JOIN connections cn ON cn.id = se.connection
        LEFT JOIN identities i ON i.id = se.identity
      WHERE \(conditions) ORDER BY se.id
      """, values
    ) { row in
      if let id = row[0].integer { ids.append(id) }
    }
    return ids
  }

  private static func conditions(_ filter: SessionFilter) -> (text: String, values: [LedgerValue]) {
    var conditions = ["1"]
    var values: [LedgerValue] = []
    func marks(_ texts: [String]) -> String {
      let first = values.count + 1
      values.append(contentsOf: texts.map { .text($0) })
      return texts.indices.map { "?\(first + $0)" }.joined(separator: ", ")
    }
    if !filter.keys.isEmpty { conditions.append("se.key IN (\(marks(filter.keys)))") }
    if !filter.connections.isEmpty { conditions.append("cn.name IN (\(marks(filter.connections)))") }
    if let user = filter.user { conditions.append("i.user = \(marks([user]))") }
    if let period = filter.period {
      values.append(.integer(period.start.nanoseconds))
      values.append(.integer(period.end.nanoseconds))
      conditions.append(
        "EXISTS (SELECT 1 FROM statements s WHERE s.session = se.id AND s.time >= ?\(values.count - 1) "
          + "AND s.time < ?\(values.count))")
    }
    return (conditions.joined(separator: " AND "), values)
  }

  static let sessionColumns = """
    SELECT se.id, se.proxy, se.key, se.opened, se.closed, i.user, i.kind, i.kind_basis, i.groups, i.mfa, i.owner,
      cn.name, cn.engine, cn.database, cn.database_user, cn.environment, cn.tags, cl.address, cl.application,
      se.ticket, se.reason, se.acts_for, se.agent_name, se.agent_model, se.agent_task, se.agent_tool_call
    FROM sessions se JOIN connections cn ON cn.id = se.connection JOIN clients cl ON cl.id = se.client
      LEFT JOIN identities i ON i.id = se.identity
    """

  /// The session that a row of ``sessionColumns`` holds.
  static func sessionEntry(_ row: [LedgerValue], _ lists: inout StoredJSON) -> SessionEntry {
    let identity = row[5].text.map { user in
      Identity(
        user: user, kind: row[6].text.flatMap(IdentityKind.init) ?? .human,
        kindBasis: row[7].text.flatMap(KindBasis.init) ?? .assumed, groups: lists.list(row[8].text ?? ""),
        mfa: row[9].text, owner: row[10].text)
    }
    let isAgent = row[22].text != nil || row[23].text != nil || row[24].text != nil || row[25].text != nil
    return SessionEntry(
      id: row[0].integer ?? 0, proxy: row[1].text ?? "", key: row[2].text ?? "",
      opened: row[3].integer.map(Timestamp.init(nanoseconds:)),
      closed: row[4].integer.map(Timestamp.init(nanoseconds:)), identity: identity,
      connection: Connection(
        name: row[11].text ?? "", engine: row[12].text ?? "", database: row[13].text, databaseUser: row[14].text,
        environment: row[15].text, tags: lists.object(row[16].text ?? "")),
      client: Client(address: row[17].text, application: row[18].text),
      purpose: row[19].text == nil && row[20].text == nil ? nil : Purpose(ticket: row[19].text, reason: row[20].text),
      actsFor: row[21].text,
      agent: isAgent
        ? AgentDescription(name: row[22].text, model: row[23].text, task: row[24].text, toolCall: row[25].text) : nil)
  }

  /// Reads as of one moment: what others write meanwhile is not seen, and each look-up need not lock the file again.
  public borrowing func atOneMoment<Value>(
    _ body: () throws(AssayError) -> Value
  ) throws(AssayError) -> Value {
    do { try database.execute("BEGIN") } catch { throw Ledger.failure(error, path: path) }
    let result = Result { () throws(AssayError) in try body() }
    do { try database.execute("COMMIT") } catch { throw Ledger.failure(error, path: path) }
    return try result.get()
  }

  /// Reads as of one moment at which all that was read is concluded, as evidence must: what another process commits meanwhile
  /// is not seen. Throws `in_use` where another process is reading archives, and has committed some of them.
  public borrowing func concluded<Value>(_ body: () throws -> Value) throws -> Value {
    let result = try atOneMoment { () throws(AssayError) -> Result<Value, any Error> in
      guard try rows("SELECT value FROM meta WHERE key = 'finished'").first?.first?.text == "1" else {
        throw LedgerLock.inUse(path, by: LedgerLock.holder(of: path))
      }
      return Result(catching: body)
    }
    return try result.get()
  }

  /// The session's statements in order of their sequence, those outside the period left out.
  public borrowing func statements(of session: Int64, in period: Period?) throws(AssayError) -> [StatementEntry] {
    do { return try readStatements(of: session, in: period) } catch { throw Ledger.failure(error, path: path) }
  }

  private borrowing func readStatements(
    of session: Int64, in period: Period?
  ) throws(SQLiteError) -> [StatementEntry] {
    var find = try database.prepare(
      """
      SELECT s.id, s.sequence, s.time, s.text, t.sql, s.parameters, d.action, d.rule, d.policy, d.policy_version,
        d.message, d.masked, s.outcome, s.approval, s.approval_link, c.approved, s.has_result, s.rows, s.rows_kind,
        s.duration, s.error IS NOT NULL, e.sqlstate, e.message, s.unit, s.completeness,
        cn.engine, se.proxy, se.key
      FROM statements s JOIN sessions se ON se.id = s.session JOIN texts t ON t.id = s.text
        JOIN decisions d ON d.id = s.decision
        JOIN contexts c ON c.id = s.context JOIN connections cn ON cn.id = c.connection LEFT JOIN errors e ON e.id = s.error
      WHERE s.session = ?1 AND s.time >= ?2 AND s.time < ?3 ORDER BY s.sequence
      """)
    try find.bind(1, session)
    try find.bind(2, period?.start.nanoseconds ?? .min)
    try find.bind(3, period?.end.nanoseconds ?? .max)
    var lists = StoredJSON()
    var entries: [StatementEntry] = []
    while try find.step() {
      let decision = Decision(
        action: Action(rawValue: find.text(6)) ?? .observed, rule: find.optionalText(7),
        policy: find.optionalText(8), policyVersion: find.optionalText(9), masked: lists.list(find.text(11)),
        message: find.optionalText(10))
      let result = RecordedResult(
        rows: find.optionalInt64(17), rowsKind: RowsKind(code: find.int64(18)) ?? .unknown,
        durationMicroseconds: find.optionalInt64(19),
        error: find.int64(20) == 0
          ? nil : RecordedError(sqlstate: find.optionalText(21), message: find.optionalText(22)))
      let link = find.optionalInt64(14).flatMap(ApprovalLink.init(code:))
      let approval = find.optionalInt64(13).map { (id: $0, link: link ?? .recorded) }
      entries.append(
        StatementEntry(
          id: find.int64(0), session: session, sequence: find.int64(1),
          time: Timestamp(nanoseconds: find.int64(2)), textID: find.int64(3), sql: find.text(4),
          parameters: find.isNull(5) ? nil : Self.parameters(find.bytes(5)), decision: decision,
          outcome: Outcome(code: find.int64(12)) ?? .unknown, approval: approval, approved: find.int64(15) != 0,
          result: find.int64(16) == 0 ? nil : result, unit: find.optionalInt64(23),
          completeness: Completeness(rawValue: UInt32(truncatingIfNeeded: find.int64(24))),
          dialect: SQLDialect(engine: find.text(25)),
          chance: SessionChance(proxy: find.text(26), key: find.text(27)).of(find.int64(1))))
    }
    return entries
  }

  /// The parameters of a statement, as the ledger stores them.
  package static func parameters(_ bytes: [UInt8]) -> [Parameter] {
    let fields = unpackFields(bytes)
    return stride(from: 0, to: fields.count - 1, by: 2).map { Parameter(type: fields[$0], value: fields[$0 + 1]) }
  }

  /// Every approval, in the order of their ids.
  public borrowing func approvals() throws(AssayError) -> [(id: Int64, approval: Approval)] {
    var decisions: [Int64: [ApprovalDecision]] = [:]
    try query(
      "SELECT approval, user, reviewer_group, decision, time, forced FROM approval_decisions ORDER BY 1, position"
    ) { row in
      decisions[row[0].integer ?? 0, default: []].append(
        ApprovalDecision(
          user: row[1].text ?? "", group: row[2].text, decision: row[3].text ?? "",
          time: Timestamp(nanoseconds: row[4].integer ?? 0), forced: row[5].integer == 1))
    }
    var approvals: [(id: Int64, approval: Approval)] = []
    try query(
      """
      SELECT id, key, connection, session_key, requested_by, requested_at, reason, status, automatic, rule, valid_from,
        expires_at, unit_sha256 FROM approvals ORDER BY id
      """
    ) { row in
      let id = row[0].integer ?? 0
      approvals.append(
        (
          id: id,
          approval: Approval(
            id: row[1].text ?? "", connection: row[2].text ?? "", session: row[3].text,
            requestedBy: row[4].text ?? "", requestedAt: Timestamp(nanoseconds: row[5].integer ?? 0),
            reason: row[6].text, status: row[7].text.flatMap(ApprovalStatus.init) ?? .pending,
            automatic: row[8].integer == 1, rule: row[9].text, decisions: decisions[id] ?? [],
            validFrom: row[10].integer.map(Timestamp.init(nanoseconds:)),
            expiresAt: row[11].integer.map(Timestamp.init(nanoseconds:)), unitSHA256: row[12].text)
        ))
    }
    return approvals
  }

  /// The approvals that statements of more than one unit were joined to, by row id.
  package borrowing func sharedApprovals() throws(AssayError) -> Set<Int64> {
    var shared: Set<Int64> = []
    try query(
      """
      SELECT approval FROM statements INDEXED BY statements_by_approval WHERE approval IS NOT NULL GROUP BY 1
      HAVING count(DISTINCT CASE WHEN unit IS NULL THEN 's' || id ELSE 'u' || unit END) > 1
      """, []
    ) { row in shared.insert(row[0].integer ?? 0) }
    return shared
  }

  /// Archives that the ledger holds, in the order they were read.
  public borrowing func archives() throws(AssayError) -> [ArchiveEntry] {
    var lists = StoredJSON()
    var archives: [ArchiveEntry] = []
    let found = try storedOrigins()
    func count(_ value: LedgerValue) -> Int64 { (value.integer ?? 0).asCount }
    try query(
      """
      SELECT id, path, format, sha256, bytes, expanded_bytes, entries, accepted, rejected, blank, duplicates, proxy,
        proxy_version, instance, environment, seal, seal_problems, root, previous, signature_key, first, last, flags,
        notes, unknown_keys, s.value, s.signed
      FROM archives LEFT JOIN archive_signatures s ON s.archive = id ORDER BY id
      """
    ) { row in
      var summary = ArchiveSummary(
        path: row[1].text ?? "", format: row[2].text ?? "", sha256: row[3].text ?? "", bytes: count(row[4]))
      summary.expandedBytes = count(row[5])
      summary.entries = count(row[6])
      summary.accepted = count(row[7])
      summary.rejected = count(row[8])
      summary.blank = count(row[9])
      summary.header = ArchiveHeader(
        proxyName: row[11].text ?? "", proxyVersion: row[12].text, instance: row[13].text,
        environment: row[14].text, previous: row[18].text)
      summary.seal = row[15].text.flatMap(SealState.init) ?? .none
      summary.sealProblems = lists.list(row[16].text ?? "")
      summary.root = row[17].text
      summary.signature = row[19].text.map { ArchiveSignature(key: $0, value: row[25].text, text: row[26].bytes) }
      summary.first = row[20].integer.map(Timestamp.init(nanoseconds:))
      summary.last = row[21].integer.map(Timestamp.init(nanoseconds:))
      summary.flags = lists.list(row[22].text ?? "")
      summary.notes = lists.list(row[23].text ?? "")
      summary.unknownKeys = lists.object(row[24].text ?? "").compactMapValues(Int64.init)
      if let origin = row[0].integer.flatMap({ found[$0] }) { summary.setOrigin(origin) }
      archives.append(
        ArchiveEntry(
          id: row[0].integer ?? 0, summary: summary, duplicates: count(row[10]), alreadyIngested: false))
    }
    return archives
  }

  /// The archive of that digest (hex SHA-256 of the file as stored), if the ledger holds it.
  public borrowing func archive(sha256: String) throws(AssayError) -> ArchiveEntry? {
    try archives().first { $0.summary.sha256 == sha256 }
  }

  /// Whether the ledger holds an archive of this size; only then is it worth hashing a file before reading it.
  public borrowing func holdsArchive(ofBytes bytes: Int64) throws(AssayError) -> Bool {
    try !rows("SELECT 1 FROM archives WHERE bytes = ?1 LIMIT 1", [.integer(bytes)]).isEmpty
  }

  /// The encoded facts of a text, by its id.
  public borrowing func encodedFacts(ofText id: Int64) throws(AssayError) -> [UInt8] {
    guard case .bytes(let bytes)? = try rows("SELECT facts FROM texts WHERE id = ?1", [.integer(id)]).first?.first
    else {
      throw Self.incomplete("a text", path)
    }
    return bytes
  }
}

extension Ledger {
  /// Where a statement was read: the archive's path and the entry.
  public borrowing func source(ofStatement id: Int64) throws(AssayError) -> (archive: String, entry: Int64)? {
    let sql = "SELECT a.path, s.entry FROM statements s JOIN archives a ON a.id = s.archive WHERE s.id = ?1"
    guard let row = try rows(sql, [.integer(id)]).first, let path = row[0].text, let entry = row[1].integer else {
      return nil
    }
    return (path, entry)
  }
}
