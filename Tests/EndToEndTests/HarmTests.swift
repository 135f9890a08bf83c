import Testing

/// What became of harmful units, by the program: logs, scripts, transactions, and approvals as they are.
@Suite struct HarmTests {
  private static let shadow = """
    CREATE TABLE visits (id INTEGER PRIMARY KEY, note TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
      INSERT INTO visits SELECT i, 'note' FROM n;
    """

  private func line(_ parts: String...) -> String { "{\(parts.joined(separator: ","))}\n" }

  private func opening(_ session: String, user: String = "ana@example.org") -> String {
    line(
      #""type":"session_open","session":"\#(session)","time":"2026-07-01T09:00:00Z""#,
      #""identity":{"user":"\#(user)","kind":"human"},"connection":{"name":"clinic","engine":"sqlite"}"#)
  }

  private func statement(
    _ session: String, _ sequence: Int, _ sql: String, _ action: String, rows: Int? = nil, approval: String? = nil,
    unit: (position: Int, of: Int)? = nil
  ) -> String {
    var parts = [
      #""type":"statement","session":"\#(session)","seq":\#(sequence),"time":"2026-07-01T09:00:\#(sequence + 10)Z""#,
      #""sql":"\#(sql)","decision":{"action":"\#(action)"}"#,
    ]
    if let rows { parts.append(#""result":{"rows":\#(rows),"rows_kind":"affected"}"#) }
    if let approval { parts.append(#""approval":"\#(approval)""#) }
    if let unit {
      parts.append(
        #""unit":{"id":"u","sha256":"\#(String(repeating: "a", count: 64))","position":\#(unit.position),"of":\#(unit.of)}"#
      )
    }
    return "{\(parts.joined(separator: ","))}\n"
  }

  private func approval(
    _ id: String, by approver: String?, granted: String = "08:55:00", expires: String = "10:55:00",
    session: String? = nil, automatic: Bool = false
  ) -> String {
    let decisions =
      approver.map {
        #"{"user":"\#($0)","decision":"approved","time":"2026-07-01T\#(granted)Z","forced":false}"#
      } ?? ""
    return line(
      #""type":"approval","id":"\#(id)","connection":"clinic","requested_by":"ana@example.org""#,
      #""session":\#(session.map { "\"\($0)\"" } ?? "null")"#,
      #""requested_at":"2026-07-01T08:50:00Z","status":"approved","automatic":\#(automatic)"#,
      #""decisions":[\#(decisions)],"valid_from":"2026-07-01T\#(granted)Z","expires_at":"2026-07-01T\#(expires)Z""#)
  }

  private func replayed(_ lines: String...) throws -> (JSON, Finished, Folder) {
    let folder = try Folder()
    try folder.write("shadow.sql", Self.shadow)
    let header =
      #"{"type":"archive","format":"assay.archive/1","proxy":{"name":"gw","version":"1","instance":"g"}}"# + "\n"
    try folder.write("one.jsonl", header + lines.joined())
    let ingested = try assay("ingest", "one.jsonl", "--ledger", "l.db", "--json", in: folder)
    #expect(ingested.status == 0, "\(ingested)")
    #expect(try ingested.json.totals.rejected.int == 0, "\(ingested)")
    let arguments = ["replay", "--ledger", "l.db", "--shadow", "sqlite:shadow.sql"]
    let printed = try assay(arguments, in: folder)
    let finished = try assay(arguments + ["--json", "--verdicts", "v.jsonl"], in: folder)
    try #require(finished.status == 0, "\(finished)")
    return (try finished.json, printed, folder)
  }

  @Test func `a log that did harm is said to have done it`() throws {
    let (replay, printed, _) = try replayed(
      opening("s1"), statement("s1", 1, "DELETE FROM visits WHERE id > 10", "observed", rows: 49990),
      opening("s2"), statement("s2", 1, "DELETE FROM visits WHERE id = 1", "observed", rows: 1))
    #expect(replay.fates.destroys.observed.int == 1)
    #expect(replay.findings.observed_harm.int == 1)
    #expect(replay.metrics_all.recall.total.int == 0, "nobody decided, so nothing was caught or missed")
    #expect(printed.output.contains("1 logged unit did harm"), "\(printed)")
  }

  @Test func `ten deletions of 200 rows are 2,000 though they wait for approval`() throws {
    let lines = (0..<10).map { index in
      statement(
        "s1", index + 1, "DELETE FROM visits WHERE id BETWEEN \(index * 200 + 1) AND \(index * 200 + 200)", "review",
        unit: (index + 1, 10))
    }
    let (replay, _, _) = try replayed(opening("s1"), lines.joined())
    #expect(replay.verdicts.confirmed_review.int == 10)
    #expect(replay.fates.destroys.held.int == 1, "\(replay.fates)")
    #expect(replay.metrics.recall.total.int == 1)
  }

  @Test func `what was rolled back was not kept`() throws {
    let (replay, _, folder) = try replayed(
      opening("s1"), statement("s1", 1, "BEGIN", "allow", rows: 0),
      statement("s1", 2, "DELETE FROM visits WHERE id > 10", "allow", rows: 49990),
      statement("s1", 3, "ROLLBACK", "allow", rows: 0))
    #expect(replay.fates.destroys.object.values.compactMap(\.int).reduce(0, +) == 0)
    let lines = try folder.text("v.jsonl").split(separator: "\n").map { try JSON(String($0)) }
    let deletion = try #require(lines.first { $0.seq.int == 2 })
    #expect(deletion.effect.rows_deleted.int == 49990)
    #expect(deletion.kept.bool == false && deletion.harmful.bool == false)
  }

  /// The deletion in a transaction with that end, between whose commands nothing else stands.
  private func deletion(_ action: String, rows: Int?, end: String) throws -> JSON {
    try replayed(
      opening("s1"), statement("s1", 1, "BEGIN", "allow", rows: 0),
      statement("s1", 2, "DELETE FROM visits WHERE id > 10", action, rows: rows),
      statement("s1", 3, end, "allow", rows: 0)
    ).0.fates.destroys
  }

  @Test(arguments: [("block", "blocked"), ("review", "held")], ["COMMIT", "ROLLBACK", "ROLLBACK TO SAVEPOINT a"])
  func `what was held back counts as harm, however its client ended the transaction`(
    held: (action: String, fate: String), end: String
  ) throws {
    #expect(try deletion(held.action, rows: nil, end: end)[held.fate].int == 1)
  }

  @Test(arguments: [("block", "let_through"), ("review", "unapproved")])
  func `what was to be held back and ran all the same counts where it stayed`(action: String, fate: String) throws {
    #expect(try deletion(action, rows: 49990, end: "COMMIT")[fate].int == 1)
    let undone = try deletion(action, rows: 49990, end: "ROLLBACK")
    #expect(undone.object.values.compactMap(\.int).reduce(0, +) == 0, "\(undone)")
  }

  @Test func `a held script that rolls itself back does no harm`() throws {
    let texts = ["BEGIN", "DELETE FROM visits WHERE id > 10", "ROLLBACK"]
    let lines = texts.enumerated().map { statement("s1", $0 + 1, $1, "block", unit: ($0 + 1, 3)) }
    let (replay, _, _) = try replayed(opening("s1"), lines.joined())
    #expect(replay.verdicts.false_block.int == 3, "\(replay.verdicts)")
  }

  @Test(arguments: [
    ("another person", "another_person", "unit", "approved"), ("own", "own", "unit", "unapproved"),
    ("a rule", "automatic", "unit", "auto_approved"), ("late", "late", "unit", "unapproved"),
    ("expired", "expired", "unit", "unapproved"), ("session-wide", "another_person", "session", "unapproved"),
  ])
  func `an approval counts only by another person, of this unit, before it ran`(
    case name: String, standing: String, scope: String, fate: String
  ) throws {
    let given =
      switch name {
      case "own": approval("a1", by: "ana@example.org")
      case "a rule": approval("a1", by: nil, automatic: true)
      case "late": approval("a1", by: "bo@example.org", granted: "09:30:00")
      case "expired": approval("a1", by: "bo@example.org", expires: "08:59:00")
      case "session-wide": approval("a1", by: "bo@example.org", session: "s1")
      default: approval("a1", by: "bo@example.org")
      }
    let other =
      name == "session-wide" ? statement("s1", 2, "SELECT 1", "review", rows: 1, approval: "a1") : ""
    let (replay, _, folder) = try replayed(
      given, opening("s1"),
      statement("s1", 1, "DELETE FROM visits WHERE id > 10", "review", rows: 49990, approval: "a1"), other)
    #expect(replay.fates.destroys[fate].int == 1, "\(replay.fates.destroys)")
    let lines = try folder.text("v.jsonl").split(separator: "\n").map { try JSON(String($0)) }
    let deletion = try #require(lines.first { $0.seq.int == 1 })
    #expect(deletion.approval.string == standing && deletion.approval_scope.string == scope)
    let caught = fate == "approved" ? 1 : 0
    #expect(replay.metrics.recall.count.int == caught && replay.metrics.recall.total.int == 1)
    #expect(replay.metrics.prevented.count.int == 0)
  }
}
