/// How the queries for sessions of the period choose them, once for all tests.
enum SessionColumns {
  /// When a session `se` was opened; where no archive says, its first statement in the period.
  static let time = """
    coalesce(se.opened, (SELECT min(s.time) FROM statements s
          WHERE s.session = se.id AND s.time >= ?1))
    """
  /// A session that was opened in the period, or has statements in it.
  static let condition = """
    ((se.opened >= ?1 AND se.opened < ?2)
        OR EXISTS (SELECT 1 FROM statements s WHERE s.session = se.id AND s.time >= ?1 AND s.time < ?2))
    """
}
