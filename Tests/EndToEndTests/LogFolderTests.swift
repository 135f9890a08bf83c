import Foundation
import Testing

/// Logs as they lie about: in folders of dates, growing, on standard input, and read again by the check of the ledger.
@Suite struct LogFolderTests {
  /// Statements of a session, one a second from a day's beginning on.
  private static func log(_ day: Int, _ seconds: Range<Int>) -> String {
    seconds.map { second in
      let (date, clock) = (day < 10 ? "0\(day)" : "\(day)", second < 10 ? "0\(second)" : "\(second)")
      return
        "2026-07-\(date) 00:00:\(clock).000 UTC [\(100 + day)] 6a5d0\(date)0.\(100 + day) \(second + 1) app@shop LOG:  "
        + "statement: SELECT \(second)\n"
    }.joined()
  }

  private static let prefix = "%m [%p] %c %l %u@%d "

  private func ingest(_ folder: Folder, _ path: String) throws -> JSON {
    let finished = try assay(
      ["ingest", path, "--ledger", "l.db", "--json", "--log-line-prefix", Self.prefix], in: folder)
    try #require(finished.status == 0, "\(finished)")
    return try finished.json
  }

  @Test(arguments: [
    ("s3/year=2026/month=7/day=9", "s3/year=2026/month=7/day=10", "s3/year=2026/month=7/day=11", "s3"),
    (
      "s3/year=2026/month=7/day=9", "s3/year=2026/month=7/day=10", "s3/year=2026/month=7/day=11",
      "s3/year=*/month=*/day=*/*"
    ),
    ("s3/2026/07/09", "s3/2026/07/10", "s3/2026/07/11", "s3/**/*.log"),
    ("s3/2026/7/9", "s3/2026/7/10", "s3/2026/7/11", "s3/2026/?/*/*.log"),
  ])
  func `folders of dates are taken in order of time, and again only what is new`(
    _ first: String, _ second: String, _ third: String, _ path: String
  ) throws {
    let folder = try Folder()
    try folder.write("\(first)/a.log", Self.log(9, 0..<3))
    try folder.write("\(second)/a.log", Self.log(10, 0..<3))
    let read = try ingest(folder, path)
    #expect(read.archives.array.compactMap(\.path.string) == ["\(first)/a.log", "\(second)/a.log"])
    #expect(read.totals.statements.int == 6)
    try folder.write("\(third)/a.log", Self.log(11, 0..<2))
    let again = try ingest(folder, path)
    #expect(again.archives.array.compactMap(\.already_ingested.bool) == [true, true, false])
    #expect(again.totals.statements.int == 2 && again.totals.duplicates.int == 0)
    // What a file held before is in the ledger; what came behind it is read on.
    try folder.write("\(third)/a.log", Self.log(11, 0..<5))
    let grown = try ingest(folder, path)
    #expect(grown.archives.array.compactMap(\.already_ingested.bool) == [true, true, false])
    #expect(grown.totals.duplicates.int == 3, "an opening and two statements")
    #expect(grown.totals.statements.int == 5)
  }

  // A pattern that tries each star at each place takes years for the first name.
  @Test func `a pattern of many stars takes no time that a file's name could multiply`() throws {
    let folder = try Folder()
    try folder.write("logs/\(String(repeating: "gw-", count: 80)).txt", "no log\n")
    try folder.write("logs/gw-1-2-3-4-5-6.log", Self.log(9, 0..<3))
    try folder.write("logs/\(String(repeating: "a/", count: 60))a.txt", "no log\n")
    #expect(try ingest(folder, "logs/gw-*-*-*-*-*-*.log").totals.statements.int == 3)
    let deep = String(repeating: "**/a/", count: 12)
    let none = try assay(["ingest", "logs/\(deep)*.log", "--ledger", "l.db"], in: folder)
    #expect(none.status == 66, "\(none)")
  }

  @Test(arguments: [("/**", 64), ("/*/**/*.log", 64), ("/../**", 64), ("/", 64), ("/proc/**", 66), ("/sys", 66)])
  func `neither the whole disk nor what the kernel shows of itself is looked through`(path: String, status: Int32)
    throws
  {
    let folder = try Folder()
    let refused = try assay(["ingest", path, "--ledger", "l.db"], in: folder)
    #expect(refused.status == status, "\(refused)")
    try folder.write("assay.yaml", "organization: Clinic\nperiod: 2026-07\narchives: [\"\(path)\"]\nledger: l.db\n")
    let run = try assay("run", in: folder)
    #expect(run.status == status, "\(run)")
  }

  @Test func `a link that leads back into its own folder is not followed`() throws {
    let folder = try Folder()
    try folder.write("logs/a.log", Self.log(9, 0..<3))
    try FileManager.default.createSymbolicLink(atPath: folder("logs/again"), withDestinationPath: "../logs")
    #expect(try ingest(folder, "logs/**/*.log").totals.statements.int == 3)
  }

  @Test(arguments: [("quarter/assay.yaml", ".."), ("quarter/assay.yaml", "../quarter/.."), ("assay.yaml", ".")])
  func `the working folder can be named, and what is said of it holds`(configuration: String, path: String) throws {
    let folder = try Folder()
    try folder.write("a.log", Self.log(9, 0..<3))
    try folder.write("b.txt", "no log\n")
    try folder.write(
      configuration,
      """
      organization: o
      period: 2026-07
      archives: [{ path: \(path), exclude: ["*.txt", "**/assay.yaml"], log_line_prefix: "\(Self.prefix)" }]
      """)
    let finished = try assay("ingest", "--config", configuration, "--ledger", ".l/l.db", "--json", in: folder)
    #expect(finished.status == 0, "\(finished)")
    #expect(try finished.json.totals.statements.int == 3)
  }

  private static let time = "2026-07-01 09:00:00.000 UTC"
  private static let session = "6a44d690.64"

  /// One statement in each envelope.
  private static let envelopes: [(format: String, text: String)] = {
    let message = "LOG:  statement: SELECT 1"
    let columns = [
      ("log_time", time), ("user_name", "app"), ("database_name", "shop"), ("process_id", "100"),
      ("session_id", session), ("session_line_num", "1"), ("session_start_time", "2026-07-01 08:57:52 UTC"),
      ("error_severity", "LOG"), ("message", "statement: SELECT 1"),
    ]
    let record = columns.map { "\"\($0.0)\":\"\($0.1)\"" }.joined(separator: ",")
    return [
      (
        "postgresql.csvlog",
        "\(time),\"app\",\"shop\",100,\"[local]\",\(session),1,\"idle\",2026-07-01 08:57:52 UTC,3/1,0,LOG,00000,\"statement: SELECT 1\",,,,,,,,,\"a\"\n"
      ),
      (
        "postgresql.jsonlog",
        #"{"timestamp":"\#(time)","user":"app","dbname":"shop","pid":100,"session_id":"\#(session)","line_num":1,"session_start":"2026-07-01 08:57:52 UTC","error_severity":"LOG","message":"statement: SELECT 1"}"#
          + "\n"
      ),
      ("postgresql.stderr", "\(time) [100] \(session) 1 app@shop \(message)\n"),
      ("postgresql.syslog", "Jul  1 09:00:00 db postgres[100]: [1-1] \(time) [100] \(session) 1 app@shop \(message)\n"),
      ("postgresql.cnpg", #"{"level":"info","logger":"postgres","logging_pod":"p","record":{\#(record)}}"# + "\n"),
      (
        "postgresql.cloudsql",
        #"{"insertId":"i","logName":"l","textPayload":"\#(time) [100] \#(session) 1 app@shop \#(message)","timestamp":"2026-07-01T09:00:00Z"}"#
          + "\n"
      ),
      (
        "postgresql.azure",
        #"{"category":"PostgreSQLLogs","properties":{"message":"\#(time) [100] \#(session) 1 app@shop \#(message)","processId":"100"},"time":"2026-07-01T09:00:00Z"}"#
          + "\n"
      ),
      (
        "mysql.general_log",
        "2026-07-01T09:00:00.000001Z\t     3 Connect\tana@localhost on shop using TCP/IP\n2026-07-01T09:00:00.000001Z\t     3 Query\tSELECT 1\n"
      ),
      (
        "mysql.audit_json",
        #"{"timestamp":"2026-07-01 09:00:00","id":0,"class":"general","event":"status","connection_id":7,"account":{"user":"app","host":"h"},"login":{"user":"app","os":"","ip":"10.0.0.7","proxy":""},"general_data":{"command":"Query","sql_command":"select","query":"SELECT 1","status":0}}"#
          + "\n"
      ),
      ("mariadb.server_audit", "20260701 09:00:00,db-1,app,localhost,3,1,QUERY,shop,'SELECT 1',0\n"),
    ]
  }()

  @Test(arguments: envelopes)
  func `standard input is read in each envelope, and the check reads the archives as they were read`(
    _ format: String, _ text: String
  ) throws {
    let folder = try Folder()
    try folder.write("a.log", text)
    var options = ["--ledger", "l.db", "--json", "--log-time-zone", "UTC"]
    if text.contains("app@shop") { options += ["--log-line-prefix", Self.prefix] }
    let piped = try run(
      URL(filePath: "/bin/sh"),
      ["-c", "cat a.log | \"$0\" ingest - \"$@\"", binary.path] + options, in: folder)
    try #require(piped.status == 0, "\(piped)")
    let archive = try #require(try piped.json.archives.array.first)
    #expect(archive.format.string == format && archive.rejected.int == 0)
    #expect(try piped.json.totals.statements.int == 1)
    let file = try assay(["ingest", "a.log"] + options, in: folder)
    #expect(try file.json.archives.array.first?.already_ingested.bool == true, "the same bytes are the same archive")
  }

  @Test func `the check takes the zone and the prefix that ingest was told`() throws {
    let folder = try Folder()
    try folder.write("audit.log", "20260701 09:00:00,db-1,app,localhost,3,1,QUERY,shop,'SELECT 1',0\n")
    let told = ["--log-time-zone", "Europe/Berlin"]
    #expect(try assay(["ingest", "audit.log", "--ledger", "l.db"] + told, in: folder).status == 0)
    let check = ["ledger", "fsck", "--archives", "--ledger", "l.db"]
    let untold = try assay(check, in: folder)
    #expect(untold.status == 1 && untold.output.contains("--log-time-zone"), "\(untold)")
    #expect(try assay(check + told, in: folder).status == 0)
    let other = try assay(check + ["--log-time-zone", "UTC"], in: folder)
    #expect(other.status == 1 && other.output.contains("is not what the archive says"), "\(other)")
  }

  @Test(arguments: [
    (["--log-time-zone", "Mars/Olympus"], "Europe/Berlin"), (["--log-year", "99999999"], "1970 to 2261"),
    (["--format", "postgres.csv"], "postgresql.csvlog"), (["--format", "mapping:none.yaml"], "none.yaml"),
    (["--log-line-prefix", "%m [%p] %y "], "escape"),
  ])
  func `a wrong option is refused with what to name`(_ options: [String], _ said: String) throws {
    let folder = try Folder()
    try folder.write("a.log", Self.log(9, 0..<3))
    let finished = try assay(["ingest", "a.log", "--ledger", "l.db"] + options, in: folder)
    #expect([64, 65, 66].contains(finished.status) && finished.errors.contains(said), "\(finished)")
  }

  @Test func `a download's statements join the session that hoop's API gives`() throws {
    let folder = try Folder()
    let id = "1cbc8db5-fbf8-4293-8e35-59a6eea40207"
    try folder.write(
      "hoop/clinic-\(id)-20260701-090000.json",
      #"[{"stream":"DELETE FROM visits","time":"2026-07-01T09:00:00Z","type":"i"}]"#)
    try folder.write(
      "hoop/sessions.json",
      #"{"id":"\#(id.uppercased())","script":{"data":""},"user":"ana@example.org","type":"database","connection_subtype":"postgres","#
        + #""connection":"clinic","connection_tags":{},"verb":"connect","event_stream":["An internal error occurred: unable to "#
        + #"decode the event stream due to invalid characters."],"start_date":"2026-07-01T08:59:00Z","end_date":null}"#)
    let read = try assay(["ingest", "hoop", "--ledger", "l.db", "--json"], in: folder)
    #expect(read.status == 0, "\(read)")
    #expect(try read.json.totals.sessions.int == 1 && read.json.totals.statements.int == 1)
    let explained = try assay(["explain", "\(id)/1", "--ledger", "l.db", "--show-literals"], in: folder)
    #expect(
      explained.output.contains("ana@example.org") && explained.output.contains("DELETE FROM visits"), "\(explained)")
  }
}
