import Foundation
import Testing

/// A log of MariaDB, and logs by a mapping, the whole way through the built product.
@Suite struct MySQLLogTests {
  private static func line(_ query: Int, _ operation: String, _ object: String, code: String = "0", second: Int)
    -> String
  {
    "20260701 09:00:0\(second),db-1,cleanup_bot,10.1.0.7,7,\(query),\(operation),shop,\(object),\(code)\n"
  }

  private static let log =
    line(0, "CONNECT", "", second: 0) + line(4, "QUERY", "'DELETE FROM `notes` WHERE id < 30'", second: 1)
    + line(5, "QUERY", "'SELECT @@version_comment LIMIT 1'", second: 2)
    + line(6, "QUERY", #"'INSERT INTO notes VALUES (99, \'it\'\'s\') ON DUPLICATE KEY UPDATE text = \'x\''"#, second: 3)
    + line(7, "QUERY", "'SELECT count(*) FROM notes'", second: 4)
    + line(8, "QUERY", "'DROP TABLE notes'", code: "1142", second: 5)
    + line(0, "DISCONNECT", "", second: 6)

  private func folder() throws -> Folder {
    let folder = try Folder()
    try folder.write("logs/2026/07/01/audit.log", Self.log)
    try folder.write("logs/2026/07/01/audit.log.tmp", "half a file")
    try folder.write(
      "shadow.sql",
      "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);\nINSERT INTO notes WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 50) SELECT i, 'n' FROM n;\n"
    )
    try folder.write(
      "assay.yaml",
      """
      organization: Shop
      period: 2026-07
      archives:
        - { path: "logs/**/audit.log*", exclude: "*.tmp", time_zone: Europe/Berlin }
      shadows:
        - { source: "sqlite:shadow.sql", basis: copy, as_of: 2026-07-01T00:00:00Z }
      identities:
        - { match: { database_user: cleanup_bot }, kind: agent, owner: ana@example.org }
      frameworks: [soc2-2017]
      ledger: l.db
      output: reports
      """)
    return folder
  }

  private func run(_ folder: Folder, _ arguments: String...) throws -> Finished {
    let finished = try assay(arguments, in: folder)
    try #require(finished.status == 0, "\(finished)")
    return finished
  }

  @Test func `a session of MariaDB goes from its log to an incident and a package`() throws {
    let folder = try folder()
    let document = try run(folder, "run", "--json").json
    let archive = try #require(document.ingest.archives.array.first)
    #expect(document.ingest.archives.array.count == 1)
    #expect(archive.path.string == "logs/2026/07/01/audit.log" && archive.format.string == "mariadb.server_audit")
    #expect(archive.flags.array.contains(.string("refused_by_database")))
    #expect(document.ingest.totals.statements.int == 5 && document.ingest.totals.sessions.int == 1)
    #expect(document.replay.statements.int == 5)
    // What SQLite reads as MariaDB does is measured; of the rest it would be said that the engines differ.
    #expect(document.replay.verdicts.object.values.reduce(0) { $0 + ($1.int ?? 0) } == 5, "\(document.replay)")
    #expect(try run(folder, "verify", "reports/2026-07").output.contains("verified"))

    let session = try #require(try run(folder, "incident", "7", "--json").json.sessions.array.first)
    #expect(session.identity.string == "cleanup_bot" && session.identity_kind.string == "agent")
    #expect(session.engine.string == "mariadb" && session.connection.string == "db-1", "\(session)")
    let page = try run(folder, "incident", "7").output
    // Nine in Berlin is seven in UTC.
    #expect(page.contains("2026-07-01") && page.contains("07:00:01"), "\(page)")
    let explained = try run(folder, "explain", "7/4", "--show-literals").output
    #expect(explained.contains("DELETE FROM `notes`"), "\(explained)")
  }

  @Test func `a log that grew is read on, and nothing counts twice`() throws {
    let folder = try folder()
    _ = try run(folder, "ingest")
    try folder.write(
      "logs/2026/07/01/audit.log",
      Self.log + Self.line(0, "CONNECT", "", second: 7) + Self.line(12, "QUERY", "'SELECT 1'", second: 8))
    let totals = try run(folder, "ingest", "--json").json.totals
    #expect(totals.duplicates.int ?? 0 >= 5)
    #expect(try run(folder, "find", "--json").json.sessions.array.count == 2)
    #expect(try run(folder, "ledger", "fsck").status == 0)
    let replayed = try run(folder, "replay", "--shadow", "sqlite:shadow.sql", "--json").json
    #expect(replayed.statements.int == 6)
  }

  @Test func `times without a zone are asked for`() throws {
    let folder = try folder()
    try folder.remove("assay.yaml")
    let refused = try assay("ingest", "logs/2026", "--ledger", "l.db", in: folder)
    #expect(refused.status == 65 && refused.errors.contains("--log-time-zone Europe/Berlin"), "\(refused)")
    let read = try run(folder, "ingest", "logs/2026/07/01/audit.log", "--log-time-zone", "UTC", "--ledger", "l.db")
    #expect(read.output.contains("5 statements"))
    let sealed = try run(
      folder, "seal", "logs/2026/07/01/audit.log", "--log-time-zone", "UTC", "--output", "sealed.jsonl")
    #expect(sealed.status == 0)
    let typo = try assay("ingest", "logs/2026/07/01/audit.log", "--log-time-zone", "Berlin", in: folder)
    #expect(typo.status == 64 && typo.errors.contains("no time zone Berlin"), "\(typo)")
  }

  @Test func `an archive may come on standard input`() throws {
    let folder = try folder()
    let script = "\"$0\" ingest - --log-time-zone UTC --ledger l.db < logs/2026/07/01/audit.log"
    let finished = try EndToEndTests.run(URL(filePath: "/bin/sh"), ["-c", script, binary.path], in: folder)
    #expect(finished.status == 0 && finished.output.contains("standard input"), "\(finished)")
  }

  @Test func `a mapping is proposed, completed and read by`() throws {
    let folder = try Folder()
    try folder.write(
      "proxy.csv",
      "Timestamp,User Name,sql_text,action,row_count\n2026-07-01 09:00:00,ana,select 1,PERMIT,1\n2026-07-01 09:00:01,bo,drop table t,DENY,\n"
    )
    let proposed = try run(folder, "formats", "try", "proxy.csv")
    #expect(
      proposed.output.contains("statement: sql_text") && proposed.output.contains("user: \"User Name\""), "\(proposed)")
    try folder.write(
      "map.yaml", proposed.output.replacing("allow: allow, deny: block", with: "PERMIT: allow, DENY: block"))
    let read = try run(folder, "ingest", "proxy.csv", "--format", "mapping:map.yaml", "--ledger", "l.db", "--json").json
    #expect(read.totals.statements.int == 2 && read.totals.rejected.int == 0, "\(read)")
    #expect(read.archives.array.first?.format.string == "mapping:map.yaml")
  }

  @Test func `a mistake in a mapping has its line and column`() throws {
    let folder = try Folder()
    try folder.write("log.csv", "ts,q\n2026-07-01T09:00:00Z,select 1\n")
    for (text, place, words) in [
      ("layout: xml\ntime: ts\nstatement: q\n", "map.yaml:1:9", "layout"),
      ("layout: csv\ntime: ts\n", "map.yaml:1:1", "`statement`"),
      ("layout: csv\ntime: { field: ts, zone: Mars/Base }\nstatement: q\n", "map.yaml:2:26", "Mars/Base"),
      ("layout: csv\ntime: { field: ts, format: \"%Q\" }\nstatement: q\n", "map.yaml:2:28", "%Q"),
      ("layout: csv\ntime: ts\nstatement: q\nverdict: x\n", "map.yaml:4:1", "verdict"),
      (
        "layout: csv\ntime: ts\nstatement: q\ndecision: { field: d, values: { x: perhaps } }\n", "map.yaml:4:36",
        "perhaps"
      ),
    ] {
      try folder.write("map.yaml", text)
      let refused = try assay("ingest", "log.csv", "--format", "mapping:map.yaml", "--ledger", "l.db", in: folder)
      #expect(refused.status == 65 && refused.errors.contains(place) && refused.errors.contains(words), "\(refused)")
    }
  }

  @Test func `a file of no known format is answered by every command that reads archives`() throws {
    let folder = try folder()
    try folder.write("logs/2026/07/01/audit.log", "BZh91AY&SY and so on")
    for command in [
      ["ingest"], ["run"], ["verify", "logs/2026/07/01/audit.log"], ["formats", "try", "logs/2026/07/01/audit.log"],
    ] {
      let finished = try assay(command, in: folder)
      #expect(finished.errors.contains("bunzip2"), "\(command): \(finished)")
    }
  }

  @Test func `each format says what it can show and what it cannot`() throws {
    let folder = try Folder()
    let formats = try run(folder, "formats", "--json").json.formats.array
    #expect(formats.count >= 10)
    for format in formats {
      #expect(
        Set(format.shows.array.compactMap(\.string)).isDisjoint(with: format.cannot_show.array.compactMap(\.string)))
    }
    #expect(try run(folder, "formats").output.contains("cannot show"))
  }
}
