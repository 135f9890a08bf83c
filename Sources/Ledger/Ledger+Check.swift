public import AuditTrail

/// Is the ledger whole.
extension Ledger {
  /// What does not hold, one sentence each; none where the ledger is whole.
  public borrowing func problems() throws(AssayError) -> [String] {
    var problems: [String] = []
    try query("PRAGMA integrity_check") { row in
      if let text = row.first?.text, text != "ok" { problems.append("The file is damaged: \(text).") }
    }
    for (sentence, sql) in Self.checks {
      if let count = try rows(sql).first?.first?.integer, count > 0 { problems.append("\(sentence): \(count).") }
    }
    return problems
  }

  /// Each counts what must not be.
  private static let checks = [
    (
      "Archives whose entries are not accepted, rejected or blank",
      "SELECT count(*) FROM archives WHERE entries <> accepted + rejected + blank"
    ),
    (
      "Archives whose rejected entries are not all kept",
      "SELECT count(*) FROM archives a WHERE rejected <> (SELECT count(*) FROM rejected r WHERE r.archive = a.id)"
    ),
    ("Statements without a session", "SELECT count(*) FROM statements WHERE session NOT IN (SELECT id FROM sessions)"),
    ("Statements without a text", "SELECT count(*) FROM statements WHERE text NOT IN (SELECT id FROM texts)"),
    (
      "Statements that the roll-up does not count",
      "SELECT abs((SELECT count(*) FROM statements) - (SELECT coalesce(sum(statements), 0) FROM rollup))"
    ),
    (
      "Verdicts of statements that are not there",
      "SELECT count(*) FROM verdicts WHERE statement NOT IN (SELECT id FROM statements)"
    ),
    (
      "Verdicts without a measurement",
      "SELECT count(*) FROM verdicts WHERE statement NOT IN (SELECT statement FROM measurements)"
    ),
  ]
}
