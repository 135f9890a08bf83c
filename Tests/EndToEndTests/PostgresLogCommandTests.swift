import Foundation
import Testing

/// PostgreSQL's own logs, the whole way: read, replayed, told as an incident, in a package that verifies.
@Suite struct PostgresLogCommandTests {
  private static let prefix = "%m [%p] %c %l %q%u@%d %a %h "

  /// One session: a login, a harmless statement, one that destroys with pgaudit's line beside it, and the end.
  private static let lines: [(severity: String, message: String)] = [
    ("LOG", "connection received: host=10.1.0.7 port=5000"),
    ("LOG", "connection authorized: user=cleanup database=shop application_name=job"),
    ("LOG", "statement: SELECT id FROM notes"), ("LOG", "duration: 0.200 ms"),
    ("LOG", "statement: DELETE FROM notes"),
    ("LOG", "AUDIT: SESSION,2,1,WRITE,DELETE,TABLE,public.notes,DELETE FROM notes,<none>,3"),
    ("LOG", "duration: 1.200 ms"),
    ("LOG", "disconnection: session time: 0:00:01.000 user=cleanup database=shop host=10.1.0.7"),
  ]

  private static func stderr(_ prefix: String = Self.prefix) -> String {
    lines.enumerated().map { index, line in
      let (user, database) = index == 0 ? ("[unknown]", "[unknown]") : ("cleanup", "shop")
      let values = [
        "%m": "2026-11-28 11:40:1\(index).000 UTC", "%p": "3442", "%c": "6b0abda1.d72", "%l": "\(index + 1)", "%q": "",
        "%u": user, "%d": database, "%a": index < 2 ? "[unknown]" : "job", "%h": "10.1.0.7",
      ]
      return values.reduce(prefix) { $0.replacing($1.key, with: $1.value) } + "\(line.severity):  \(line.message)\n"
    }.joined()
  }

  private static var json: String {
    lines.enumerated().map { index, line in
      let identity = index == 0 ? "" : #""user":"cleanup","dbname":"shop","#
      return #"{"timestamp":"2026-11-28 11:40:1\#(index).000 UTC",\#(identity)"pid":3442,"remote_host":"10.1.0.7","#
        + #""remote_port":5000,"session_id":"6b0abda1.d72","line_num":\#(index + 1),"ps":"idle","#
        + #""session_start":"2026-11-28 11:40:10 UTC","error_severity":"\#(line.severity)","message":"\#(line.message)","#
        + #""application_name":"job","backend_type":"client backend","query_id":-7}"# + "\n"
    }.joined()
  }

  private func folder(_ name: String, _ log: String) throws -> Folder {
    let folder = try Folder()
    try folder.write("logs/\(name)", log)
    try folder.write(
      "shadow.sql", "CREATE TABLE notes (id INTEGER PRIMARY KEY); INSERT INTO notes VALUES (1), (2), (3);\n")
    try folder.write(
      "assay.yaml",
      """
      organization: Shop
      period: 2026-Q4
      archives: [logs]
      shadows: [{ connection: shop, source: "sqlite:shadow.sql", basis: synthetic }]
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

  @Test(arguments: [("log.log", "postgresql.stderr"), ("log.json", "postgresql.jsonlog")])
  func `a log goes the whole way`(name: String, format: String) throws {
    let folder = try folder(name, name.hasSuffix("json") ? Self.json : Self.stderr())
    let archive = try #require(try run(folder, "ingest", "--json", "--config", "assay.yaml").json.archives.array.first)
    #expect(archive.format.string == format)
    #expect(archive.rejected.int == 0 && archive.accepted.int == 8)
    _ = try run(folder, "run", "--config", "assay.yaml", "--quiet")
    let incident = try run(folder, "incident", "6b0abda1.d72", "--config", "assay.yaml").output
    #expect(incident.contains("DELETE FROM notes") && incident.contains("database user cleanup"))
    let explained = try run(folder, "explain", "6b0abda1.d72/5", "--config", "assay.yaml", "--show-literals").output
    #expect(explained.contains("DELETE FROM notes"))
    #expect(try run(folder, "verify", "reports/2026-Q4").status == 0)
    // The same file again is nothing new.
    let again = try run(folder, "ingest", "--json", "--config", "assay.yaml").json
    #expect(again.archives.array.first?.already_ingested.bool == true)
  }

  @Test func `of one log in several forms one is read`() throws {
    let folder = try folder("log.log", Self.stderr())
    try folder.write("logs/log.json", Self.json)
    let read = try run(folder, "ingest", "--json", "--config", "assay.yaml").json
    #expect(read.archives.array.compactMap(\.format.string) == ["postgresql.jsonlog"])
    #expect(read.left_out.array.count == 1)
    #expect(read.totals.statements.int == 2)
  }

  @Test func `a prefix that cannot be told is refused with what to set, and read when it is given`() throws {
    let folder = try folder("log.log", Self.stderr("%m [%p] <%h> %u/%d "))
    let refused = try assay(["ingest", "--config", "assay.yaml"], in: folder)
    #expect(refused.status == 65 && refused.errors.contains("--log-line-prefix"), "\(refused)")
    let given = try run(
      folder, "ingest", "--json", "--config", "assay.yaml", "--log-line-prefix", "%m [%p] <%h> %u/%d ")
    #expect(try given.json.totals.statements.int == 2)
  }
}
