/// What every population of statements says of a statement: one list of columns, and how a query draws them.
enum StatementColumns {
  /// The beginning of such a query, from `SELECT` on.
  static let selection = """
    SELECT v.proxy, v.session_key AS session, v.sequence, v.time, v.connection, v.environment, v.user, v.identity_kind,
        h.fingerprint, h.normalized AS statement, v.action, v.outcome, v.verdict, v.severity
    """
  /// The last of its columns, and what it is drawn from.
  static let source = """
    ar.path AS archive, ar.sha256 AS archive_sha256, v.entry
      FROM statement_view v JOIN shapes h ON h.id = v.shape JOIN archives ar ON ar.id = v.archive
    """
  /// The kinds of commands that change schema or rights, as a list of SQL.
  static let changeKinds = "('create', 'alter', 'drop', 'truncate', 'grant', 'revoke')"
  /// The order of the items.
  static let order = "ORDER BY v.time, v.proxy, v.session_key, v.sequence"

  private static let first = [
    Column("proxy", .text, "The proxy's product name."),
    Column("session", .text, "The session's key."),
    Column("sequence", .integer, "The statement's number in the session."),
    Column("time", .time, "When the statement was sent."),
    Column("connection", .text, "The connection."),
    Column("environment", .text, "Its environment."),
    Column("user", .text, "The identity."),
    Column("identity_kind", .text, "human, service or agent."),
    Column("fingerprint", .text, "The name of the statement's shape."),
    Column("statement", .text, "The statement without its literals."),
    Column("action", .text, "What the proxy decided."),
    Column("outcome", .text, "What happened to it: ran, not_run, ran_unapproved or unknown."),
    Column("verdict", .text, "The verdict of the replay; empty where it was not replayed."),
    Column("severity", .integer, "How grave its measured effect on data is, 0 to 4."),
  ]
  private static let last = [
    Column("archive", .text, "The archive's path."),
    Column("archive_sha256", .text, "The archive's SHA-256."),
    Column("entry", .integer, "The entry in the archive, from 1."),
  ]

  /// The columns of a population that says more of its statements.
  static func with(_ own: [Column]) -> [Column] { first + own + last }
}
