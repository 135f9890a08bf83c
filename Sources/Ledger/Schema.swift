import AuditTrail
import SQLite

/// The ledger's tables. Times are nanoseconds since the Unix epoch; enumerations are stored by name; lists are JSON arrays.
///
/// Dictionary-encoded: a distinct text, shape, identity, connection, client, context, decision or error is stored once and
/// named by its id. Ids follow the order in which archives were read, so the same archives give the same ledger.
enum Schema {
  /// The version that this code writes; `meta` holds the version of a file.
  static let version = 8

  static let tables = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE seals (
      name TEXT NOT NULL, part INTEGER NOT NULL, rows INTEGER NOT NULL, digest BLOB NOT NULL,
      PRIMARY KEY (name, part)) WITHOUT ROWID;

    CREATE TABLE archives (
      id INTEGER PRIMARY KEY, path TEXT NOT NULL, format TEXT NOT NULL, sha256 TEXT NOT NULL UNIQUE,
      bytes INTEGER NOT NULL, expanded_bytes INTEGER NOT NULL,
      entries INTEGER NOT NULL, accepted INTEGER NOT NULL, rejected INTEGER NOT NULL, blank INTEGER NOT NULL,
      records INTEGER NOT NULL, duplicates INTEGER NOT NULL,
      proxy TEXT NOT NULL, proxy_version TEXT, instance TEXT, environment TEXT,
      seal TEXT NOT NULL, seal_problems TEXT NOT NULL, root TEXT, previous TEXT, signature_key TEXT,
      first INTEGER, last INTEGER, flags TEXT NOT NULL, notes TEXT NOT NULL, unknown_keys TEXT NOT NULL, damage TEXT);

    CREATE TABLE archive_signatures (
      archive INTEGER PRIMARY KEY, value TEXT NOT NULL, signed BLOB NOT NULL);
    CREATE TABLE archive_origins (
      archive INTEGER PRIMARY KEY, origin TEXT NOT NULL, reason TEXT NOT NULL, flags TEXT NOT NULL,
      breaks_seal INTEGER NOT NULL);
    CREATE TABLE checkpoints (
      path TEXT PRIMARY KEY, source TEXT NOT NULL, root TEXT NOT NULL, last INTEGER, problem TEXT) WITHOUT ROWID;

    CREATE TABLE rejected (
      archive INTEGER NOT NULL, entry INTEGER NOT NULL, byte_offset INTEGER NOT NULL, bytes INTEGER NOT NULL,
      reason TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (archive, entry)) WITHOUT ROWID;

    CREATE TABLE shapes (
      id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, fingerprint TEXT NOT NULL, normalized TEXT NOT NULL);
    CREATE TABLE texts (
      id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, sql TEXT NOT NULL, shape INTEGER NOT NULL,
      parsed INTEGER NOT NULL, kinds TEXT NOT NULL, facts BLOB NOT NULL);

    CREATE TABLE identities (
      id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, user TEXT NOT NULL, kind TEXT NOT NULL,
      kind_basis TEXT NOT NULL, recorded_kind TEXT NOT NULL, recorded_basis TEXT NOT NULL,
      groups TEXT NOT NULL, mfa TEXT, owner TEXT);
    CREATE TABLE connections (
      id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, proxy TEXT NOT NULL, name TEXT NOT NULL,
      engine TEXT NOT NULL, database TEXT, database_user TEXT, environment TEXT, recorded_environment TEXT,
      tags TEXT NOT NULL);
    CREATE TABLE clients (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, address TEXT, application TEXT);
    CREATE TABLE decisions (
      id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, action TEXT NOT NULL, rule TEXT, policy TEXT,
      policy_version TEXT, message TEXT, masked TEXT NOT NULL);
    CREATE TABLE errors (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, sqlstate TEXT, message TEXT);
    CREATE TABLE contexts (
      id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, identity INTEGER, connection INTEGER NOT NULL,
      client INTEGER NOT NULL, purpose_given INTEGER NOT NULL, approved INTEGER NOT NULL);

    CREATE TABLE sessions (
      id INTEGER PRIMARY KEY, proxy TEXT NOT NULL, key TEXT NOT NULL, opened INTEGER, closed INTEGER,
      identity INTEGER, connection INTEGER NOT NULL, client INTEGER NOT NULL, ticket TEXT, reason TEXT, acts_for TEXT,
      agent_name TEXT, agent_model TEXT, agent_task TEXT, agent_tool_call TEXT, correlation TEXT,
      opening_digest TEXT, declared_statements INTEGER, counted_bytes INTEGER, read_bytes INTEGER,
      last_sequence INTEGER NOT NULL, archive INTEGER NOT NULL, entry INTEGER NOT NULL,
      UNIQUE (proxy, key));

    CREATE TABLE units (
      id INTEGER PRIMARY KEY, session INTEGER NOT NULL, key TEXT NOT NULL, sha256 TEXT, statements INTEGER NOT NULL,
      UNIQUE (session, key));

    CREATE TABLE statements (
      id INTEGER PRIMARY KEY, session INTEGER NOT NULL, sequence INTEGER NOT NULL, time INTEGER NOT NULL,
      text INTEGER NOT NULL, decision INTEGER NOT NULL, context INTEGER NOT NULL, outcome INTEGER NOT NULL,
      has_result INTEGER NOT NULL, rows INTEGER, rows_kind INTEGER NOT NULL, duration INTEGER, error INTEGER,
      unit INTEGER, unit_position INTEGER NOT NULL, completeness INTEGER NOT NULL,
      archive INTEGER NOT NULL, entry INTEGER NOT NULL, parameters BLOB, approval_key TEXT,
      approval INTEGER, approval_link INTEGER);
    CREATE TABLE outcomes (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE rows_kinds (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE approval_links (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

    CREATE TABLE superseded (
      session INTEGER NOT NULL, sequence INTEGER NOT NULL, archive INTEGER NOT NULL, entry INTEGER NOT NULL,
      old_digest TEXT NOT NULL, new_digest TEXT NOT NULL, kept TEXT NOT NULL);

    CREATE TABLE approvals (
      id INTEGER PRIMARY KEY, proxy TEXT NOT NULL, key TEXT NOT NULL, connection TEXT NOT NULL, session_key TEXT,
      requested_by TEXT NOT NULL, requested_at INTEGER NOT NULL, reason TEXT, status TEXT NOT NULL,
      automatic INTEGER NOT NULL, rule TEXT, valid_from INTEGER, expires_at INTEGER, granted_at INTEGER,
      unit_sha256 TEXT, archive INTEGER NOT NULL, entry INTEGER NOT NULL, UNIQUE (proxy, key));
    CREATE TABLE approval_decisions (
      approval INTEGER NOT NULL, position INTEGER NOT NULL, user TEXT NOT NULL, reviewer_group TEXT,
      decision TEXT NOT NULL, time INTEGER NOT NULL, forced INTEGER NOT NULL,
      PRIMARY KEY (approval, position)) WITHOUT ROWID;

    CREATE TABLE policy_changes (
      id INTEGER PRIMARY KEY, archive INTEGER NOT NULL, entry INTEGER NOT NULL, time INTEGER NOT NULL, actor TEXT,
      approved_by TEXT, policy TEXT NOT NULL, from_version TEXT, to_version TEXT, sha256 TEXT);
    CREATE TABLE access_changes (
      id INTEGER PRIMARY KEY, archive INTEGER NOT NULL, entry INTEGER NOT NULL, time INTEGER NOT NULL, actor TEXT,
      subject TEXT NOT NULL, change TEXT NOT NULL, role TEXT, connection TEXT, approved_by TEXT, ticket TEXT);
    CREATE TABLE heartbeats (
      archive INTEGER NOT NULL, entry INTEGER NOT NULL, time INTEGER NOT NULL,
      PRIMARY KEY (archive, entry)) WITHOUT ROWID;

    CREATE TABLE recorded_outputs (
      session INTEGER NOT NULL, detector TEXT NOT NULL, count INTEGER NOT NULL,
      PRIMARY KEY (session, detector)) WITHOUT ROWID;

    CREATE TABLE rollup (
      text INTEGER NOT NULL, context INTEGER NOT NULL, decision INTEGER NOT NULL, statements INTEGER NOT NULL,
      first INTEGER NOT NULL, last INTEGER NOT NULL,
      PRIMARY KEY (text, context, decision)) WITHOUT ROWID;

    \(traffic)

    CREATE TABLE replays (
      id INTEGER PRIMARY KEY, connection TEXT NOT NULL, engine TEXT NOT NULL, source TEXT NOT NULL,
      image_sha256 TEXT NOT NULL, mode TEXT NOT NULL, basis TEXT NOT NULL, as_of INTEGER, seed INTEGER NOT NULL,
      marker_sha256 TEXT);
    CREATE TABLE measurements (
      statement INTEGER PRIMARY KEY, replay INTEGER, effect BLOB NOT NULL, rows_destroyed INTEGER NOT NULL,
      kept INTEGER NOT NULL, leak TEXT NOT NULL, basis TEXT);
    CREATE TABLE verdicts (
      statement INTEGER PRIMARY KEY, verdict TEXT NOT NULL, reason TEXT, severity INTEGER NOT NULL,
      confidence TEXT NOT NULL, flags TEXT NOT NULL, policy TEXT, policy_version TEXT, kind TEXT, fate TEXT,
      would_disclose INTEGER NOT NULL, approval TEXT, approval_scope TEXT);
    CREATE TABLE not_sampled (statement INTEGER PRIMARY KEY);
    CREATE TABLE detected_columns (name TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE replayed_sessions (session INTEGER PRIMARY KEY);
    CREATE TABLE measured_sessions (session INTEGER PRIMARY KEY, key BLOB NOT NULL);
    CREATE TABLE findings (
      id INTEGER PRIMARY KEY, kind TEXT NOT NULL, session INTEGER NOT NULL, statement INTEGER NOT NULL,
      detail TEXT NOT NULL);

    \(reconciliation)

    \(exports)

    \(statementView)
    """

  /// What the logs of databases say beside a proxy, made from the rest by ``Ledger/reconcile(_:)``. `parties` are connections
  /// that lead to one database, on the proxies' side and in its log; `reconciled` are statements of a log with those of a
  /// proxy that they are. `witnesses` are sessions of a log that a proxy tells of as well: evidence counts what they did
  /// once, by the proxy's word, and reads `counted_sessions` and `counted_statements`.
  static let reconciliation = """
    CREATE TABLE reconciliations (
      party INTEGER PRIMARY KEY, basis TEXT NOT NULL, skew INTEGER NOT NULL, least_skew INTEGER, most_skew INTEGER,
      compared INTEGER NOT NULL, window INTEGER NOT NULL,
      proxy_first INTEGER, proxy_last INTEGER, log_first INTEGER, log_last INTEGER);
    CREATE TABLE parties (connection INTEGER PRIMARY KEY, party INTEGER NOT NULL, is_log INTEGER NOT NULL);
    CREATE TABLE reconciled (statement INTEGER PRIMARY KEY, twin INTEGER NOT NULL UNIQUE);
    CREATE TABLE witnesses (session INTEGER PRIMARY KEY);
    CREATE VIEW counted_sessions AS SELECT * FROM sessions WHERE id NOT IN (SELECT session FROM witnesses);
    CREATE VIEW counted_statements AS SELECT * FROM statements WHERE session NOT IN (SELECT session FROM witnesses);
    """

  /// How far other systems were sent what the ledger holds. A cursor names a sink with what is sent there; statements up to
  /// `position` were taken or refused there. Conclusions are kept one by one with a digest, so that a changed one is sent
  /// again.
  static let exports = """
    CREATE TABLE export_cursors (
      id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, position INTEGER NOT NULL, delivered INTEGER NOT NULL,
      refused INTEGER NOT NULL);
    CREATE TABLE exported_conclusions (
      cursor INTEGER NOT NULL, uid TEXT NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (cursor, uid)) WITHOUT ROWID;
    """

  /// A statement with all that it refers to.
  static let statementView = """
    CREATE VIEW statement_view AS
      SELECT s.id, se.proxy, se.key AS session_key, s.session, s.sequence, s.time, s.text, t.shape, t.parsed, t.kinds,
        d.action, d.rule, d.policy, d.policy_version, d.masked, o.name AS outcome, s.has_result, s.rows,
        rk.name AS rows_kind, s.duration, e.sqlstate, s.error IS NOT NULL AS failed, s.unit, s.unit_position,
        s.completeness, s.archive, s.entry, s.approval, al.name AS approval_link, c.approved, c.purpose_given,
        cn.name AS connection, cn.engine, cn.environment, i.user, i.kind AS identity_kind, i.kind_basis,
        v.verdict, v.reason AS verdict_reason, v.severity, v.kind AS harm_kind, v.fate, v.would_disclose,
        v.approval AS approval_standing, v.approval_scope, m.rows_destroyed, m.kept, m.leak, m.basis
      FROM statements s
        JOIN sessions se ON se.id = s.session JOIN texts t ON t.id = s.text JOIN decisions d ON d.id = s.decision
        JOIN contexts c ON c.id = s.context JOIN connections cn ON cn.id = c.connection
        JOIN outcomes o ON o.id = s.outcome JOIN rows_kinds rk ON rk.id = s.rows_kind
        LEFT JOIN identities i ON i.id = c.identity LEFT JOIN errors e ON e.id = s.error
        LEFT JOIN approval_links al ON al.id = s.approval_link
        LEFT JOIN verdicts v ON v.statement = s.id LEFT JOIN measurements m ON m.statement = s.id
      WHERE s.session NOT IN (SELECT session FROM witnesses);
    """

  /// Distinct statements with what the shadow measured, made from the rest by ``Ledger/rollUpTraffic()``. `sessions` and `examples` are packed as ``DeltaList`` packs numbers.
  static let traffic = """
    CREATE TABLE traffic (
      id INTEGER PRIMARY KEY, text INTEGER NOT NULL, context INTEGER NOT NULL, decision INTEGER NOT NULL,
      outcome INTEGER NOT NULL, cut INTEGER NOT NULL, script INTEGER, position INTEGER NOT NULL, effect INTEGER,
      verdict TEXT, reason TEXT, statements INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
      examples BLOB NOT NULL);
    CREATE TABLE traffic_sessions (entry INTEGER PRIMARY KEY, sessions BLOB NOT NULL);
    CREATE TABLE traffic_effects (id INTEGER PRIMARY KEY, effect BLOB NOT NULL);
    """

  /// Names of the small codes.
  static let codes =
    names(of: Outcome.self, in: "outcomes") + names(of: RowsKind.self, in: "rows_kinds")
    + names(of: ApprovalLink.self, in: "approval_links")

  private static func names<Code: StoredCode & RawRepresentable<String>>(of: Code.Type, in table: String) -> String {
    Code.allCases.map { "INSERT INTO \(table) VALUES (\($0.code), '\($0.rawValue)');\n" }.joined()
  }

  /// Made after the bulk load: an index present during insert costs more than half the speed (measured, docs/measurements.md).
  static let indexes = """
    CREATE UNIQUE INDEX IF NOT EXISTS statements_by_session ON statements (session, sequence);
    """ + sparseIndexes

  /// There from the start: they hold few rows, and made later each would cost a pass over all statements.
  static let sparseIndexes = """

    CREATE INDEX IF NOT EXISTS statements_by_approval ON statements (approval) WHERE approval IS NOT NULL;
    CREATE INDEX IF NOT EXISTS statements_by_approval_key ON statements (approval_key) WHERE approval_key IS NOT NULL;
    """

  /// The commands that make the tables, indexes and views, by their names, as SQLite keeps them; `nil` where memory is
  /// missing.
  private static let expected: [String: String]? = {
    do {
      let database = try SQLiteDatabase.inMemory()
      try database.execute(tables + indexes)
      return try commands(database)
    } catch { return nil }
  }()

  private static func commands(_ database: borrowing SQLiteDatabase) throws(SQLiteError) -> [String: String] {
    // What SQLite itself makes beside them: indexes of keys. Statistics of ANALYZE are nobody's here, and steer how queries run.
    var find = try database.prepare(
      """
      SELECT type || ' ' || name, coalesce(sql, '') FROM main.sqlite_master
      WHERE NOT (type = 'index' AND sql IS NULL)
      """)
    var commands: [String: String] = [:]
    while try find.step() { commands[find.text(0)] = find.text(1) }
    return commands
  }

  /// The name of something in a ledger that this program makes otherwise, or not at all; `nil` where there is none.
  static func difference(of database: borrowing SQLiteDatabase) throws(SQLiteError) -> String? {
    guard let expected else { throw SQLiteError(code: 7, message: "out of memory") }
    let found = try commands(database)
    // The one index that is made when the first load is finished.
    let later = "index statements_by_session"
    return Set(found.keys).union(expected.keys).sorted().first {
      found[$0] != expected[$0] && !($0 == later && found[$0] == nil)
    }
  }
}
