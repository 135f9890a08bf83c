public import AuditTrail
import Ledger

/// A session that reaches over a bound of the period: what it did outside is not in this report.
public struct StraddlingSession: Sendable, Hashable, Codable {
  /// The proxy that recorded it.
  public var proxy: String
  /// Its key.
  public var session: String
  /// Who.
  public var user: String?
  /// Where.
  public var connection: String
  /// When it began.
  public var opened: Timestamp
  /// When it ended; `nil` where its end is not recorded.
  public var closed: Timestamp?
  /// Statements before the period.
  public var before: Int64
  /// Statements in it.
  public var inside: Int64
  /// Statements after it.
  public var after: Int64
}

extension Surroundings {
  /// The sessions that began before the period and went on in it, or began in it and went on after it.
  static func straddling(_ ledger: borrowing Ledger, _ period: Period) throws(AssayError) -> [StraddlingSession] {
    var sessions: [StraddlingSession] = []
    try ledger.query(
      """
      WITH last AS (
        SELECT se.id, se.opened, max(coalesce(se.closed, 0), coalesce(
            (SELECT max(s.time) FROM statements s WHERE s.session = se.id), 0)) AS last
        FROM counted_sessions se WHERE se.opened IS NOT NULL)
      SELECT se.proxy, se.key, i.user, cn.name, se.opened, se.closed, sum(s.time < ?1),
        sum(s.time >= ?1 AND s.time < ?2), sum(s.time >= ?2)
      FROM last l JOIN sessions se ON se.id = l.id JOIN connections cn ON cn.id = se.connection
        LEFT JOIN identities i ON i.id = se.identity LEFT JOIN statements s ON s.session = se.id
      WHERE (l.opened < ?1 AND l.last >= ?1) OR (l.opened < ?2 AND l.last >= ?2)
      GROUP BY se.id ORDER BY se.opened, se.proxy, se.key
      """, bounds(period)
    ) { row in
      sessions.append(
        StraddlingSession(
          proxy: row[0].text ?? "", session: row[1].text ?? "", user: row[2].text, connection: row[3].text ?? "",
          opened: Timestamp(nanoseconds: row[4].integer ?? 0), closed: row[5].integer.map(Timestamp.init(nanoseconds:)),
          before: row[6].integer ?? 0, inside: row[7].integer ?? 0, after: row[8].integer ?? 0))
    }
    return sessions
  }
}
