import Foundation
import Testing

/// A database's own log held against the proxy's archive, through the built product.
@Suite struct ReconcileTests {
  /// A folder with the proxy's archive and the log of the database it leads to, whose clock is 47 seconds ahead: a session by
  /// the proxy, and one of another login that is not. One statement of the proxy's is not in the log.
  static func folder(_ reconcile: String = "") throws -> Folder {
    let folder = try Folder()
    let texts = (1...4).map { "SELECT name FROM visits WHERE id = \($0)" } + ["DELETE FROM visits WHERE id = 9"]
    let statements = texts.enumerated().map { place, text in
      SmallQuarter.statement(place + 1, text).replacing("09:00:01", with: "09:00:1\(place)")
    }
    try folder.write(
      "proxy.jsonl",
      ([
        Archive.header,
        Archive.opening("s1").replacing(#""engine":"sqlite""#, with: #""engine":"postgresql","database":"clinic""#),
      ]
        + statements + [Archive.closing("s1", statements: texts.count)]).joined(separator: "\n") + "\n")
    var log = ""
    func line(_ session: String, _ number: Int, _ time: String, _ login: String, _ text: String) {
      log += """
        2026-07-01 \(time).500 UTC,"\(login)","clinic",3442,"10.20.0.5:57714",\(session),\(number),"idle",\
        2026-07-01 09:00:00 UTC,3/204,0,LOG,00000,"statement: \(text)",,,,,,,,,"psql","client backend",,0

        """
    }
    for (place, text) in texts.enumerated() where place != 3 {
      line("6a44d7c0.d72", place + 1, "09:00:5\(7 + place > 9 ? 9 : 7 + place)", "app", text + (place == 1 ? ";" : ""))
    }
    line("6a44d7c0.d73", 1, "09:01:30", "postgres", "DROP TABLE audit_log")
    line("6a44d7c0.d73", 2, "09:04:30", "postgres", "DELETE FROM visits WHERE id > 4")
    try folder.write("log.csv", log)
    let rows = (1...10).map { "INSERT INTO visits VALUES (\($0), 'n\($0)');" }.joined(separator: "\n")
    try folder.write(
      "shadow.sql",
      "CREATE TABLE visits (id INTEGER PRIMARY KEY, name TEXT);\nCREATE TABLE audit_log (a TEXT);\n\(rows)\n")
    try folder.write(
      "assay.yaml",
      """
      organization: Small Clinic
      period: 2026-07
      archives: [proxy.jsonl, log.csv]
      shadows: [{ source: "sqlite:shadow.sql", basis: synthetic, as_of: 2026-07-01T00:00:00Z }]
      scope: { connections: { clinic: { environment: production } }, sensitive: [] }
      frameworks: [soc2-2017]
      ledger: l.db
      output: reports
      \(reconcile)

      """)
    let finished = try assay("run", "--quiet", in: folder)
    try #require(finished.status == 0, "\(finished)")
    return folder
  }

  @Test func `both tell of a session once, and what only one of them tells of is found`() throws {
    let folder = try Self.folder()
    let found = try assay("reconcile", "--json", in: folder).json
    let party = try #require(found.reconciliations.array.first)
    #expect(party.statements.matched.int == 4 && party.statements.only_log.int == 2)
    #expect(party.statements.only_proxy.int == 1, "\(party)")
    #expect(found.bypasses.array.map(\.session.string) == ["6a44d7c0.d73"])
    #expect(found.unlogged.array.map(\.statement.string) == ["s1/4"])
    let said = try assay("reconcile", in: folder)
    #expect(said.output.contains("6a44d7c0.d73") && said.output.contains("postgres"))
    #expect(!said.output.contains("id > 4") && !said.output.contains("id = 4"), "a literal is printed")
    // What both tell of is replayed once; what went past the proxy is replayed as observed.
    let replay = try assay("replay", "--json", in: folder).json
    #expect(replay.statements.int == 7)
    #expect(replay.verdicts.ungraded.int == 2, "\(replay.verdicts)")
  }

  @Test func `the package holds both populations, and verifies`() throws {
    let folder = try Self.folder()
    let statuses = try assay("report", "--json", in: folder).json.tests.array
    for id in ["T-21", "T-38"] { #expect(statuses.first { $0.id.string == id }?.status.string == "fail", "\(id)") }
    let verified = try assay("verify", "reports/2026-07", in: folder)
    #expect(verified.status == 0, "\(verified)")
    let sessions = try folder.text("reports/2026-07/populations/T-38.csv")
    #expect(sessions.contains("6a44d7c0.d73") && sessions.contains("6a44d7c0.d72"))
    // The session that both tell of is the proxy's everywhere else.
    let accounted = try folder.text("reports/2026-07/populations/T-07.csv")
    #expect(accounted.contains("6a44d7c0.d73") && !accounted.contains("6a44d7c0.d72"))
  }

  @Test(arguments: [
    ("", Int32(1)), (#"reconcile: { direct: [{ database_user: "post*", reason: r, approved_by: a }] }"#, 0),
  ])
  func `a gate trips at a session past the proxy that nobody approved`(_ reconcile: String, _ status: Int32) throws {
    #expect(try assay("reconcile", "--fail-on", "bypass", in: Self.folder(reconcile)).status == status)
  }

  @Test func `the same is found on a ledger that cannot be written, and after pairing otherwise`() throws {
    let folder = try Self.folder("reconcile: { logs: [{ database: clinic, connections: [other] }] }")
    #expect(try assay("reconcile", in: folder).status == 66)
    #expect(try assay("replay", "--json", in: folder).json.statements.int == 11)
    try folder.write("assay.yaml", try folder.text("assay.yaml").replacing("[other]", with: "[clinic]"))
    let found = try assay("reconcile", "--json", in: folder)
    #expect(try found.json.reconciliations.array.first?.basis.string == "configured", "\(found)")
    let checked = try assay("ledger", "fsck", "--ledger", "l.db", in: folder)
    #expect(checked.status == 0, "\(checked)")
  }

  @Test(arguments: [
    ("reconcile: { logs: [{ connections: [a] }] }", "say which log it is"),
    ("reconcile: { proxies: [everywhere] }", "an address or a range"),
    ("reconcile: { direct: [{ database_user: a, reason: b }] }", "approved_by"),
    ("reconcile: { log: x }", "log"),
  ]) func `a mistake in the configuration is told with its place`(_ text: String, _ word: String) throws {
    let folder = try Folder()
    try folder.write("assay.yaml", "organization: x\nperiod: 2026-07\n\(text)\n")
    let finished = try assay("reconcile", in: folder)
    #expect(finished.status == 65 || finished.status == 64, "\(finished)")
    #expect(finished.errors.contains("assay.yaml:3:") && finished.errors.contains(word), "\(finished)")
  }
}
