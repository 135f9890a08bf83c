import Archives
import AuditTrail
import Testing

@Suite struct MySQLAuditTests {
  private static func check(_ reading: Reading) {
    #expect(reading.addsUp)
    #expect(reading.summary.rejected == 0, "\(reading.rejected)")
    #expect(reading.summary.format == "mysql.audit_json")
    #expect(reading.statements.map(\.sql) == ["SELECT 1", "SELECT 2", "SELEC", "DELETE FROM t"])
    #expect(reading.statements.map { $0.result?.error?.sqlstate } == [nil, nil, "42000", "42000"])
    #expect(reading.openings.map(\.session) == ["7"])
    #expect(reading.closings.map(\.session) == ["7"])
  }

  private static func array(_ open: String, _ separator: String, _ close: String) -> String {
    "\(open)\(MySQLSamples.records.joined(separator: separator))\(close)"
  }

  private static let arrays: [String] = [
    array("[\n", ",\n", "\n]\n"), array("[", ",", "]"), array("[\n", ",\n", ",\n"), array("[\n", ",\n", ""),
    array("", ",\n", ",\n"), array("", "\n", "\n"), array("[\n", "\n,\n", "\n"),
    array("[\n", ",\n", "\n]").replacing(",\"class\"", with: ",\n  \"class\""),
  ]

  @Test(arguments: arrays)
  func `the array may lack its brackets, its end or its commas`(_ text: String) throws {
    Self.check(try read(text))
  }

  @Test func `a record that was cut when the server died takes no other with it`() throws {
    let text =
      "[\n" + MySQLSamples.records[0] + ",\n" + MySQLSamples.records[2].prefix(60) + "\n[\n"
      + MySQLSamples.records[1...].joined(separator: ",\n") + "\n]\n"
    let reading = try read(text)
    #expect(reading.addsUp)
    #expect(reading.summary.rejected == 1)
    #expect(reading.statements.count == 4)
  }

  @Test func `ids that begin again with each second number the statements all the same`() throws {
    let reading = try read(MySQLSamples.records.joined(separator: ",\n"))
    let numbers = reading.statements.map(\.sequence)
    #expect(numbers == numbers.sorted())
    #expect(Set(numbers).count == 4)
    // A part of the log numbers as the whole does.
    let part = try read(MySQLSamples.records[3...].joined(separator: ",\n"))
    #expect(part.statements.map(\.sequence) == Array(numbers.dropFirst()))
  }

  @Test func `six records of one statement are one statement`() throws {
    let reading = try read(([MySQLSamples.connect] + MySQLSamples.six).joined(separator: ",\n"))
    #expect(reading.statements.map(\.sql) == ["SELECT * FROM t"])
    #expect(!reading.summary.flags.contains("statements_not_logged"))
    let without = try read(([MySQLSamples.connect] + MySQLSamples.six[..<5]).joined(separator: ",\n"))
    #expect(without.statements.isEmpty)
    #expect(without.summary.flags.contains("statements_not_logged"))
    #expect(without.summary.flags.contains("no_statements"))
  }

  @Test func `the client, the account and the program are of the session`() throws {
    let opening = try #require(try read(MySQLSamples.records.joined(separator: "\n")).openings.first)
    #expect(opening.identity == nil)
    #expect(opening.client == Client(address: "10.0.0.7", application: "mysql"))
    #expect(
      opening.connection == Connection(name: "mysql", engine: "mysql", database: "shop", databaseUser: "app"))
  }

  @Test(arguments: [
    (#""account":{"user":"team","host":"%"},"login":{"user":"ana","os":"","ip":"","proxy":"team"}"#, "ana", "team"),
    (
      #""account":{"user":"app","host":"%"},"login":{"user":"app","os":"ana@EXAMPLE.ORG","ip":"","proxy":""}"#,
      "ana@EXAMPLE.ORG", "app"
    ),
  ])
  func `who logs in by another's account or from a directory is named`(
    _ account: String, _ user: String, _ login: String
  ) throws {
    let text = MySQLSamples.record(1, 0, "general", "status", MySQLSamples.general("SELECT 1"), account: account)
    let reading = try read(text)
    #expect(reading.openings.first?.identity == Identity(user: user, kind: .human, kindBasis: .assumed))
    #expect(reading.openings.first?.connection.databaseUser == login)
    #expect(reading.statements.first?.completeness.contains(.noIdentity) == false)
  }

  @Test func `a database decides nothing, and its refusals are counted`() throws {
    let reading = try read(MySQLSamples.records.joined(separator: "\n"))
    #expect(reading.statements.allSatisfy { $0.decision.action == .observed })
    #expect(reading.statements.allSatisfy { $0.completeness == [.noDecision, .noIdentity] })
    #expect(reading.summary.lacks == ["refused_by_database"])
  }

  @Test func `rows, time and refused logins are read`() throws {
    let statistics = #","query_statistics":{"query_time":0.0125,"bytes_sent":10,"rows_sent":3,"rows_examined":9}"#
    let refused = MySQLSamples.record(
      0, 0, "connection", "connect", connection: 8, #","connection_data":{"status":1045}"#)
    let text = MySQLSamples.record(1, 0, "general", "status", MySQLSamples.general("SELECT 1") + statistics)
    let reading = try read([refused, text].joined(separator: ",\n"))
    #expect(
      reading.statements.map(\.result)
        == [RecordedResult(rows: 3, rowsKind: .returned, durationMicroseconds: 12_500, error: nil)])
    #expect(reading.openings.map(\.session) == ["7"])
    #expect(reading.summary.flags.contains("logins_refused"))
  }

  @Test func `what switches auditing off is a finding, a running server is none`() throws {
    let stop = MySQLSamples.record(4, 0, "audit", "shutdown", connection: 0)
    let off = MySQLSamples.record(
      3, 1, "general", "status", MySQLSamples.general("SET GLOBAL audit_log_disable = ON"))
    let reading = try read((MySQLSamples.records + [off, stop]).joined(separator: ",\n"))
    #expect(reading.summary.flags.contains("auditing_stopped"))
    #expect(reading.summary.flags.contains("logging_settings_named"))
  }

  @Test func `values of prepared statements that were not logged are said to be missing`() throws {
    let text = MySQLSamples.record(
      1, 0, "general", "status", MySQLSamples.general("SELECT ? FROM t WHERE a = '?'", command: "Execute"))
    let whole = MySQLSamples.record(
      1, 1, "general", "status", MySQLSamples.general("SELECT '?', `?` -- ?", command: "Execute"))
    let prepared = MySQLSamples.record(
      1, 2, "general", "status", MySQLSamples.general("SELECT ?", command: "Prepare"))
    let reading = try read([text, whole, prepared].joined(separator: "\n"))
    #expect(reading.statements.map { $0.completeness.contains(.paramsNotLogged) } == [true, false])
  }

  @Test func `a connection's number that begins anew is another session`() throws {
    let reading = try read(
      (MySQLSamples.records + [MySQLSamples.record(9, 0, "general", "status", MySQLSamples.general("SELECT 9"))])
        .joined(separator: "\n"))
    #expect(Set(reading.statements.map(\.session)) == ["7", "7@2026-07-01T09:00:09Z"])
  }

  // MARK: The older formats

  @Test func `older records are read from JSON, with and without syslog`() throws {
    let lines = [
      MySQLSamples.percona("Audit", 0, #","mysql_version":"8.0","startup_optionsi":"","os_version":"x86_64""#),
      MySQLSamples.perconaConnect, MySQLSamples.perconaQuery(2, #"SELECT 'a\nb'"#),
      MySQLSamples.perconaQuery(3, "DROP TABLE t", status: 1142),
      MySQLSamples.perconaQuery(4, "SELECT ?", name: "Prepare"),
      MySQLSamples.perconaQuery(5, "SELECT 5", name: "Execute"),
      MySQLSamples.percona(
        "Quit", 6,
        #","connection_id":"7","status":0,"user":"","priv_user":"","os_login":"","proxy_user":"","host":"","ip":"","db":"""#
      ),
      MySQLSamples.percona("NoAudit", 7, ""),
    ]
    for prefix in ["", "<14>Jul  1 09:00:00 db-1 percona-audit: "] {
      let reading = try read(lines.map { prefix + $0 }.joined(separator: "\n") + "\n")
      #expect(reading.addsUp)
      #expect(reading.summary.format == "percona.audit_json")
      #expect(reading.summary.rejected == 0, "\(reading.rejected)")
      #expect(reading.statements.map(\.sql) == ["SELECT 'a\nb'", "DROP TABLE t", "SELECT 5"])
      #expect(reading.statements.map(\.sequence) == [2, 3, 5])
      #expect(reading.openings.first?.identity?.user == "ana.k")
      #expect(reading.openings.first?.connection.databaseUser == "app")
      #expect(reading.openings.first?.client.address == "10.0.0.7")
      #expect(reading.closings.count == 1)
      #expect(reading.summary.flags.contains("auditing_stopped"))
    }
  }

  private static let csv = [
    #""Audit","0_2026-07-01T08:00:00","2026-07-01T08:00:00 UTC","8.0.36","--port=3306","x86_64-Linux""#,
    #""Connect","1_2026-07-01T08:00:00","2026-07-01T09:00:01 UTC","7",0,"ana","app","ana.k","","db-client","10.0.0.7","shop""#,
    "\"Query\",\"2_2026-07-01T08:00:00\",\"2026-07-01T09:00:02 UTC\",\"select\",\"7\",0,\"SELECT \"\"x\"\",\n'y'\",\"app[app] @ db-client [10.0.0.7]\",\"db-client\",\"\",\"10.0.0.7\",\"shop\"",
    #""NoAudit","3_2026-07-01T08:00:00","2026-07-01T09:00:03 UTC""#,
  ]

  @Test func `older records are read from CSV, whose texts may hold lines`() throws {
    let reading = try read(Self.csv.joined(separator: "\n") + "\n")
    #expect(reading.addsUp)
    #expect(reading.summary.format == "percona.audit_csv")
    #expect(reading.summary.rejected == 0, "\(reading.rejected)")
    #expect(reading.statements.map(\.sql) == ["SELECT \"x\",\n'y'"])
    #expect(reading.openings.first?.identity?.user == "ana.k")
    #expect(reading.summary.flags.contains("auditing_stopped"))
  }

  @Test func `a quote that is never closed takes no other record with it`() throws {
    let broken = #""Query","9_2026-07-01T08:00:00","2026-07-01T09:00:02 UTC","select","7",0,"SELECT x"#
    let reading = try read([Self.csv[1], broken, Self.csv[2], Self.csv[3]].joined(separator: "\n") + "\n")
    #expect(reading.addsUp)
    #expect(reading.statements.count == 1)
    #expect(reading.rejected.count == 1)
  }

  @Test func `older records are read from XML, old and new`() throws {
    let old = """
      <?xml version="1.0" encoding="UTF-8"?>
      <AUDIT>
      <AUDIT_RECORD
        NAME="Query"
        RECORD="2_2026-07-01T08:00:00"
        TIMESTAMP="2026-07-01T09:00:02 UTC"
        COMMAND_CLASS="select"
        CONNECTION_ID="7"
        STATUS="1064"
        SQLTEXT="SELECT &quot;x&quot; &lt; 1 / 2 &amp;&amp; 'a&#10;b'"
        USER="app[app] @ db-client [10.0.0.7]"
        HOST="db-client" OS_USER="" IP="10.0.0.7" DB="shop"
      />
      </AUDIT>
      """
    let new = """
      <?xml version="1.0" encoding="UTF-8"?>
      <AUDIT>
       <AUDIT_RECORD>
        <TIMESTAMP>2026-07-01T09:00:02 UTC</TIMESTAMP>
        <RECORD_ID>2_2026-07-01T08:00:00</RECORD_ID>
        <NAME>Query</NAME>
        <CONNECTION_ID>7</CONNECTION_ID>
        <STATUS>1064</STATUS>
        <STATUS_CODE>1</STATUS_CODE>
        <USER>app[app] @ db-client [10.0.0.7]</USER>
        <OS_LOGIN/>
        <HOST>db-client</HOST>
        <IP>10.0.0.7</IP>
        <COMMAND_CLASS>select</COMMAND_CLASS>
        <SQLTEXT>SELECT &quot;x&quot; &lt; 1 / 2 &amp;&amp; 'a&#xA;b'</SQLTEXT>
       </AUDIT_RECORD>
       <AUDIT_RECORD><TIMESTAMP>2026-07-01T09:00:03 UTC</TIMESTAMP><NAME>NoAudit</NAME></AUDIT_RECORD>
      """
    for text in [old, new] {
      let reading = try read(text)
      #expect(reading.addsUp)
      #expect(reading.summary.format == "mysql.audit_xml")
      #expect(reading.summary.rejected == 0, "\(reading.rejected)")
      #expect(reading.statements.map(\.sql) == ["SELECT \"x\" < 1 / 2 && 'a\nb'"])
      #expect(reading.statements.first?.result?.error?.sqlstate == "42000")
      #expect(reading.openings.first?.client.address == "10.0.0.7")
    }
    #expect(try read(new).summary.flags.contains("auditing_stopped"))
  }

  @Test func `an element that is not closed ends where the next begins`() throws {
    let one = "<AUDIT_RECORD><TIMESTAMP>2026-07-01T09:00:03 UTC</TIMESTAMP><NAME>NoAudit</NAME></AUDIT_RECORD>"
    let reading = try read("<AUDIT>\n\(one.dropLast(20))\n\(one)\n<AUDIT_REC")
    #expect(reading.addsUp)
    #expect(reading.summary.accepted == 1)
    #expect(reading.rejected.map(\.reason) == ["invalid_csv"])
  }
}
