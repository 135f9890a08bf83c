import Archives
import AuditTrail
import Testing

/// What PostgreSQL logs is the same, whatever is wrapped around it.
struct PostgresEnvelopeTests {
  typealias Sample = PostgresSample

  static let envelopes: [(name: String, text: String)] = [
    ("postgresql.csvlog", Sample.csv(Sample.workload)), ("postgresql.jsonlog", Sample.json(Sample.workload)),
    ("postgresql.stderr", Sample.stderr(Sample.workload)), ("postgresql.syslog", Sample.syslog(Sample.workload)),
    ("postgresql.cnpg", Sample.cloudNativePG(Sample.workload)),
    ("postgresql.cloudsql", Sample.cloudSQL(Sample.workload, prefix: Sample.prefix)),
    ("postgresql.azure", Sample.azure(Sample.workload, prefix: Sample.prefix)),
  ]

  @Test(arguments: envelopes) func `every envelope tells the same`(_ name: String, _ text: String) throws {
    let reading = try read(text)
    #expect(reading.summary.format == name)
    #expect(reading.addsUp)
    #expect(reading.rejected == [])
    #expect(reading.summary.lacks == [])
    #expect(reading.statements.map(\.sql).sorted() == Sample.statements.sorted())
    let prepared = reading.statements.first { $0.sql.contains("$1") }
    #expect(prepared?.parameters?.map(\.value) == ["1", "it's\nhere"])
    #expect(prepared?.result?.durationMicroseconds == 250)
    let failed = reading.statements.first { $0.sql.contains("1/0") }
    #expect(failed?.result?.error?.message == "division by zero")
    #expect(failed?.time == Timestamp("2026-11-23T07:24:42.005Z"))
    #expect(reading.statements.allSatisfy { $0.decision.action == .observed })
    #expect(reading.openings.map(\.session).sorted() == ["6b03ea39.7099", "6b03ea39.709a"])
    #expect(reading.closings.count == 2)
    let opening = reading.openings.first { $0.session == "6b03ea39.7099" }
    #expect(opening?.client == Client(address: "10.0.0.7", application: "tool"))
    #expect(opening?.connection.databaseUser == "app")
    #expect(opening?.connection.database == "shop")
    #expect(opening?.time == Timestamp("2026-11-23T07:24:41Z"))
  }

  @Test(arguments: envelopes)
  func `a log cut anywhere, and one with a byte changed, adds up`(_ name: String, _ text: String) throws {
    let bytes = Array(text.utf8)
    let format = try #require(ArchiveFormat(rawValue: name))
    var options = ReadOptions()
    options.linePrefix = Sample.prefix
    for end in stride(from: 1, to: bytes.count, by: 37) {
      #expect(try read(Array(bytes[..<end]), as: format, options).addsUp, "\(end)")
      var changed = bytes
      changed[end] ^= 0x1F
      #expect(try read(changed, as: format, options).addsUp, "\(end)")
    }
  }

  @Test(arguments: [
    "%m [%p] %c %l %q%u@%d %a %h ", "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ", "%m [%p] ",
    "%t:%r:%u@%d:[%p]:", "%m|%u|%d|%c|", "%t [%a] [%e] [%p]: [%l-1] user=%u,db=%d,client=%h ", "%t-%c-",
    "%m [%p]: [%l-1] db=%d,user=%u ", "%m [%p] [queryid=%Q] %q%u@%d ",
  ]) func `a prefix is told by its lines`(_ prefix: String) throws {
    let reading = try read(Sample.stderr(Sample.workload, prefix: prefix))
    #expect(reading.summary.format == "postgresql.stderr")
    #expect(reading.summary.notes.contains { $0.contains("'\(prefix)'") }, "\(reading.summary.notes)")
    #expect(reading.statements.map(\.sql).sorted() == Sample.statements.sorted())
    #expect(reading.rejected == [])
    if prefix.contains("%u") {
      #expect(Set(reading.openings.compactMap(\.connection.databaseUser)) == ["app", "ana"])
      #expect(Set(reading.openings.compactMap(\.connection.database)) == ["shop"])
    }
    if !prefix.contains("%c") { #expect(reading.summary.flags.contains("sessions_derived")) }
  }

  @Test func `a prefix that its lines do not decide is refused with what to set`() throws {
    let unsure = Sample.workload.filter { !$0.message.hasPrefix("connection authorized") }
    let cases = [
      Sample.stderr(unsure, prefix: "%m [%p] %u@%d "), Sample.stderr(unsure, prefix: "%m [%p] %d@%u "),
      Sample.stderr(unsure, prefix: "%m [%p] <<%h>> %u/%d "),
    ]
    for text in cases {
      let error = assayError { _ = try read(text) }
      #expect(error?.code == .unknownLinePrefix)
      #expect(error?.message.contains("--log-line-prefix") == true)
    }
    var options = ReadOptions()
    options.linePrefix = "%m [%p] %d@%u "
    let given = try read(cases[1], as: nil, options)
    #expect(Set(given.openings.compactMap(\.connection.databaseUser)) == ["app", "ana"])
    options.linePrefix = "%u "
    #expect(assayError { _ = try read(cases[1], as: nil, options) }?.message.contains("no time") == true)
    options.linePrefix = "%m %u "
    #expect(assayError { _ = try read(cases[1], as: nil, options) }?.message.contains("neither %p nor %c") == true)
    options.linePrefix = "%m %Z"
    #expect(assayError { _ = try read(cases[1], as: nil, options) }?.message.contains("does not know") == true)
  }

  @Test func `the line of a login contradicts a prefix that has login and database the other way round`() throws {
    let reading = try read(Sample.stderr(Sample.workload, prefix: "%m [%p] %q%d@%u "))
    #expect(Set(reading.openings.compactMap(\.connection.databaseUser)) == ["app", "ana"])
    #expect(reading.summary.notes.contains { $0.contains("'%m [%p] %q%d@%u '") })
  }

  @Test func `a text whose tabs were lost is not taken for a shorter one`() throws {
    let text = Sample.stderr(Sample.workload).replacing("\n\t", with: "\n")
    let reading = try read(text, as: ArchiveFormat(rawValue: "postgresql.stderr"), Self.given)
    #expect(reading.addsUp)
    #expect(reading.rejected.allSatisfy { $0.reason == "not_a_log_line" })
    let cut = reading.statements.first { $0.sql.hasPrefix("INSERT") }
    #expect(cut?.completeness.contains(.statementTruncated) == true)
    #expect(reading.summary.flags.contains("statements_cut"))
  }

  private static var given: ReadOptions {
    var options = ReadOptions()
    options.linePrefix = Sample.prefix
    return options
  }

  @Test func `a zone's abbreviation is refused until a zone explains it`() throws {
    let text = Sample.stderr(Sample.workload, prefix: "%m [%p] %q%u@%d ").replacing(" UTC", with: " IST")
    let refused = try read(text)
    #expect(refused.statements == [])
    #expect(Set(refused.rejected.map(\.reason)).contains("ambiguous_time_zone"))
    var options = ReadOptions()
    options.zone = { _, name in name == "IST" ? 19_800 : nil }
    let read = try read(text, as: nil, options)
    #expect(read.statements.first { $0.sql == "SELECT 1/0" }?.time == Timestamp("2026-11-23T01:54:42.005Z"))
  }

  @Test func `without PostgreSQL's id a session ends where its process is used again`() throws {
    let lines = [
      "2026-11-23 07:24:41 UTC:10.0.0.7(1):app@shop:[12760]:LOG:  statement: SELECT 1",
      "2026-11-23 07:24:42 UTC:[unknown]:[unknown]@[unknown]:[12760]:LOG:  connection received: host=10.0.0.8 port=2",
      "2026-11-23 07:24:42 UTC:10.0.0.8(2):ana@shop:[12760]:LOG:  connection authorized: user=ana database=shop",
      "2026-11-23 07:24:43 UTC:10.0.0.8(2):ana@shop:[12760]:LOG:  statement: SELECT 2",
      "2026-11-23 07:24:44 UTC::@:[99]:LOG:  checkpoint complete", "",
    ]
    let reading = try read(lines.joined(separator: "\n"))
    #expect(reading.statements.map(\.sql) == ["SELECT 1", "SELECT 2"])
    #expect(reading.openings.map(\.connection.databaseUser) == ["app", "ana"])
    #expect(reading.openings.map(\.client.address) == ["10.0.0.7", "10.0.0.8"])
    #expect(Set(reading.openings.map(\.session)).count == 2)
    #expect(!reading.summary.flags.contains("session_identity_changed"))
  }

  @Test func `a name that holds what stands behind it does not change the line unseen`() throws {
    let forged = PostgresSample.Session(application: "x 10.9.9.9 LOG:  statement: SELECT 'nothing' --")
    let lines =
      Sample.workload.prefix(3) + [Sample(message: "statement: DELETE FROM notes", session: forged)]
      + Sample.workload.dropFirst(3)
    #expect(try read(Sample.stderr(Array(lines))).summary.flags.contains("session_identity_changed"))
  }

  // MARK: syslog

  @Test func `parts of syslog are joined, in whichever order sessions write`() throws {
    for width in [12, 25, 60, 900] {
      let reading = try read(Sample.syslog(Sample.workload, width: width))
      #expect(reading.statements.map(\.sql).sorted() == Sample.statements.sorted(), "\(width)")
      #expect(reading.summary.lacks == [])
    }
    let escaped =
      "2026-11-23T07:24:42Z h postgres[7]: [1-1] 2026-11-23 07:24:42.000 UTC [7] 6b03ea39.7 app@shop t h LOG:  statement: SELECT '#011 #333 #12'\n"
    #expect(try read(escaped, as: nil, Self.given).statements.map(\.sql) == ["SELECT '\t #333 #12'"])
  }

  @Test func `a syslog that PostgreSQL 15 wrote is read whole`() throws {
    var options = ReadOptions()
    options.split = { $0.contains(";SELECT 3") ? [0..<9, 9..<18] : [0..<$0.utf8.count] }
    let reading = try read(try fixture("postgresql-15.syslog"), as: nil, options)
    #expect(reading.summary.format == "postgresql.syslog")
    #expect(reading.addsUp)
    #expect(reading.rejected == [])
    let first = try #require(reading.openings.first { $0.connection.databaseUser == "ana" }).session
    let done = reading.statements.filter { $0.session == first }
    #expect(done.map(\.sql) == RealLogs.workload.map(\.sql))
    #expect(done.map { $0.result?.rows } == RealLogs.workload.map(\.rows))
    let long = reading.statements.first { $0.sql.contains("three") }?.sql
    #expect(long?.contains("b  two spaces and more text   three'") == true)
    #expect(long?.utf8.count == 875)
    #expect(reading.summary.lacks == ["raised_lines"])
  }

  @Test func `a part that is missing is said, and its text is not whole`() throws {
    let lines = Sample.syslog(Sample.workload, width: 15).split(separator: "\n")
    let place = try #require(lines.firstIndex { $0.contains("] #011") })
    let text = lines.enumerated().filter { $0.offset != place }.map { $0.element + "\n" }.joined()
    let reading = try read(text)
    #expect(reading.summary.flags.contains("parts_missing"))
    #expect(reading.statements.first { $0.sql.hasPrefix("INSERT") }?.completeness.contains(.statementTruncated) == true)
  }

  @Test func `syslog without a year needs one, and counts it over New Year`() throws {
    let lines = [
      "Dec 31 23:59:58 h postgres[7]: [1-1] LOG:  statement: SELECT 1",
      "Jan  1 00:00:01 h postgres[7]: [2-1] LOG:  statement: SELECT 2", "",
    ].joined(separator: "\n")
    let error = assayError { _ = try read(lines) }
    #expect(error?.code == .unknownLogYear)
    #expect(error?.message.contains("--log-year") == true)
    var options = ReadOptions()
    options.logYear = 2025
    options.zone = { _, _ in 3600 }
    let reading = try read(lines, as: nil, options)
    #expect(
      reading.statements.map(\.time.description) == ["2025-12-31T22:59:58Z", "2025-12-31T23:00:01Z"])
  }

  // MARK: Clouds

  private static func audit(_ index: Int, of count: Int, _ text: String, id: Int = 7, class kind: String = "WRITE")
    -> String
  {
    #"{"insertId":"i","logName":"projects/p/logs/cloudaudit.googleapis.com%2Fdata_access","protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"cloudsql.instances.query","request":{"@type":"type.googleapis.com/google.cloud.sql.audit.v1.PgAuditEntry","auditClass":""#
      + kind + #"","auditType":"SESSION","chunkCount":""# + "\(count)" + #"","chunkIndex":""# + "\(index)"
      + #"","command":"INSERT","database":"shop","databaseSessionId":2209692,"object":"","objectType":"","parameter":"[not logged]","statement":"#
      + PostgresSample.quoted(text) + #","statementId":"# + "\(id)"
      + #","substatementId":1,"user":"app"}},"timestamp":"2026-11-23T07:24:42.5Z"}"#
  }

  @Test func `a text that was split is joined in order, and one that lacks a part is flagged`() throws {
    let whole = [Self.audit(2, of: 2, "(1)"), Self.audit(1, of: 2, "INSERT INTO t VALUES "), ""].joined(separator: "\n")
    for text in [whole, "[" + whole.split(separator: "\n").joined(separator: ",") + "]"] {
      let reading = try read(text)
      #expect(reading.summary.format == "postgresql.cloudsql")
      #expect(reading.addsUp)
      #expect(reading.statements.map(\.sql) == ["INSERT INTO t VALUES (1)"])
      #expect(reading.statements.map(\.session) == ["2209692"])
      #expect(reading.openings.first?.connection.databaseUser == "app")
      #expect(!reading.summary.flags.contains("chunks_missing"))
    }
    let part = try read(Self.audit(1, of: 3, "INSERT INTO t") + "\n" + Self.audit(3, of: 3, "(1)") + "\n")
    #expect(part.summary.flags.contains("chunks_missing"))
    #expect(part.statements.first?.completeness.contains(.statementTruncated) == true)
    let wrong = try read(Self.audit(4, of: 3, "x") + "\n" + Self.audit(1, of: 1, "SELECT 1", id: 8) + "\n")
    #expect(wrong.rejected.map(\.reason) == ["bad_value"])
    #expect(wrong.statements.count == 1)
  }

  @Test func `CloudNativePG's audit lines have their fields by name`() throws {
    let text =
      Sample.cloudNativePG([Sample(message: "", milliseconds: 1)]).replacing(
        #""logger":"postgres""#, with: #""logger":"pgaudit""#
      ).replacing(
        #""query_id":"-7""#,
        with:
          #""query_id":"-7","audit":{"audit_type":"SESSION","statement_id":"1","substatement_id":"1","class":"READ","command":"SELECT","object_type":"","object_name":"","statement":"SELECT 1","parameter":"<none>"}"#
      ) + #"{"level":"info","ts":"2026","logger":"instance-manager","msg":"hello"}"# + "\n"
    let reading = try read(text)
    #expect(reading.summary.format == "postgresql.cnpg")
    #expect(reading.statements.map(\.sql) == ["SELECT 1"])
    #expect(reading.summary.accepted == 2)
  }

  @Test func `without %u, %d and %h the login's own lines say whose session it is`() throws {
    let lines = [
      "2026-11-23 07:24:41.000 UTC [7] LOG:  connection received: host=10.0.0.7 port=5432",
      "2026-11-23 07:24:41.100 UTC [8] LOG:  connection received: host=[local]",
      "2026-11-23 07:24:42.000 UTC [7] LOG:  connection authorized: user=ana b database=the shop application_name=my tool SSL enabled (protocol=TLSv1.3)",
      "2026-11-23 07:24:42.000 UTC [8] LOG:  connection authorized: user=bo database=shop",
      "2026-11-23 07:24:42.001 UTC [7] LOG:  statement: SELECT 1",
      "2026-11-23 07:24:42.001 UTC [8] LOG:  statement: SELECT 2",
    ]
    var options = ReadOptions()
    options.linePrefix = "%m [%p] "
    let reading = try read(lines.joined(separator: "\n") + "\n", as: nil, options)
    #expect(reading.addsUp)
    #expect(reading.openings.map(\.connection.databaseUser) == ["ana b", "bo"])
    #expect(reading.openings.map(\.connection.database) == ["the shop", "shop"])
    #expect(
      reading.openings.map(\.client) == [
        Client(address: "10.0.0.7", application: "my tool"), Client(address: "[local]", application: nil),
      ])
    #expect(reading.statements.map(\.session) == reading.openings.map(\.session))
  }

  /// What pgauditlogtofile writes, older and newer.
  static let pgauditFiles = [
    "2026-11-23 07:24:42.001 UTC,app,shop,28825,10.0.0.7:1,6b03ea39.7099,3,INSERT,2026-11-23 07:24:41 UTC,9/3,0,00000,SESSION,4,1,WRITE,INSERT,,,\"insert into t values (1,\n'a')\",<none>,,,,,,,,,\n",
    #""2026-11-23 07:24:42.001 UTC","app","shop","28825","10.0.0.7:1","6b03ea39.7099","INSERT","9/3","0","00000","SESSION","4","1","WRITE","INSERT","","","\"insert into t values (1,\n'a')\",<none>",,,,,,,,,"tool",,,,,,,"#
      + "\n",
  ]

  @Test(arguments: pgauditFiles) func `pgauditlogtofile's file is read, older and newer`(_ text: String) throws {
    let reading = try read(text)
    #expect(reading.summary.format == "postgresql.pgauditlogtofile")
    #expect(reading.statements.map(\.sql) == ["insert into t values (1,\n'a')"])
    #expect(reading.openings.first?.connection.databaseUser == "app")
    #expect(reading.openings.first?.client.address == "10.0.0.7")
    #expect(reading.statements.first?.completeness.contains(.paramsNotLogged) == false)
  }

  @Test func `a number that is none, or the greatest there is, is not counted on`() throws {
    let entry =
      #"{"insertId":"i","logName":"l","protoPayload":{"request":{"auditType":"SESSION","auditClass":"READ","command":"SELECT","statement":"SELECT 1","statementId":-3,"substatementId":1,"databaseSessionId":5}},"timestamp":"2026-11-23T07:24:42Z"}"#
    let reading = try read(entry + "\n", as: ArchiveFormat(rawValue: "postgresql.cloudsql"))
    #expect(reading.statements.map(\.sequence) == [1])
    var options = ReadOptions()
    options.linePrefix = "%m [%p] %l "
    let head = "2026-11-23 07:24:42.000 UTC [7]"
    let text = ["9223372036854775807", "9223372036854775807", "3"].map { "\(head) \($0) LOG:  statement: SELECT 1\n" }
    let last = try read(text.joined(), as: ArchiveFormat(rawValue: "postgresql.stderr"), options)
    #expect(last.addsUp)
    #expect(last.summary.lacks.contains("lines_disordered"))
  }
}
