import AuditTrail

/// A statement whose lines are still being read: its own, those of pgaudit, its duration or error.
struct PostgresStatement {
  /// What is known so far.
  var record: StatementRecord
  /// The entry that began it.
  var entry: Int64
  /// Whether a line of `log_statement` or of an error holds its text.
  var isLogged: Bool
  /// Whether it was prepared and then executed.
  var isPrepared: Bool
  /// What pgaudit says of it.
  var trail: PostgresAuditTrail?
  /// Whether its duration or error was read.
  var isFinished = false
  /// How many bytes its own line has.
  var ownBytes: Int

  /// How many bytes its lines have, as far as they are held.
  var bytes: Int { ownBytes + (trail?.bytes ?? 0) }

  /// Whether a line of pgaudit is about it. Its own lines come before it ends; with `pgaudit.log_rows`, the line of a portal
  /// comes when that is dropped, which may be after its duration and after the next statement was parsed.
  func takes(_ audit: PostgresAudit, command: String?, splits: (String) -> Int) -> Bool {
    if let trail {
      if audit.statement == trail.last { return true }
      // Each command of a script is a call of its own, with the whole script for a text.
      guard let sql = isLogged ? record.sql : trail.sql, !isPrepared, audit.statement > trail.last,
        audit.tells(of: sql) || trail.tells(of: sql) && !isFinished && isLogged
      else { return false }
      return trail.calls < splits(sql)
    }
    if audit.tells(of: record.sql) { return !isFinished || audit.rows != nil }
    return !isFinished && !isPrepared && command != "BIND"
  }

  /// Whether a line of `log_statement` holds the text that pgaudit told before it: of what was prepared, the relations are
  /// checked when it is bound, before its execution is logged.
  func isAudit(of sql: String) -> Bool { !isLogged && !isFinished && trail?.tells(of: sql) == true }

  /// Puts what pgaudit says into the record.
  mutating func conclude() {
    guard let trail else { return }
    if !isLogged {
      record.sql = trail.sql ?? record.sql
      record.parameters = trail.parameters
      if trail.parameters == nil, !trail.hasNoParameters, Self.hasParameter(record.sql[...].utf8) {
        record.completeness.insert(.paramsNotLogged)
      }
    } else if record.completeness.contains(.paramsNotLogged), let parameters = trail.parameters {
      record.parameters = parameters
      record.completeness.remove(.paramsNotLogged)
    }
    guard let rows = trail.rows(of: record.sql), record.result?.error == nil else { return }
    var result = record.result ?? RecordedResult(rows: nil, rowsKind: .unknown, durationMicroseconds: nil, error: nil)
    (result.rows, result.rowsKind) = (rows.count, rows.kind)
    record.result = result
  }

  /// Whether a text names a parameter; one within a literal counts too.
  static func hasParameter(_ sql: some Sequence<UInt8>) -> Bool {
    var wasDollar = false
    for byte in sql {
      if wasDollar, (0x30...0x39).contains(byte) { return true }
      wasDollar = byte == UInt8(ascii: "$")
    }
    return false
  }
}
