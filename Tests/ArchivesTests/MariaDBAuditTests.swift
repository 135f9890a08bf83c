import Archives
import AuditTrail
import Testing

@Suite struct MariaDBAuditTests {
  private static func statements(_ lines: [String]) throws -> [StatementRecord] {
    let reading = try read(lines.joined(separator: "\n") + "\n", MySQLSamples.utc)
    #expect(reading.addsUp)
    #expect(reading.summary.rejected == 0, "\(reading.rejected)")
    #expect(reading.summary.format == "mariadb.server_audit")
    return reading.statements
  }

  @Test(arguments: [
    (#"'insert into t values (\'a\',\'it\'\'s\')'"#, "insert into t values ('a','it''s')"),
    (#"'select \'x, y\', 5'"#, "select 'x, y', 5"), (#"'a\nb\tc\rd\\e'"#, "a\nb\tc\rd\\e"),
    (#"'select \',\',0'"#, "select ',',0"), (#"'select \'a\',1064'"#, "select 'a',1064"), ("''", ""),
  ])
  func `a statement stands in quotes with its commas raw`(_ object: String, _ sql: String) throws {
    #expect(try Self.statements([MySQLSamples.audit(1, "QUERY", object)]).map(\.sql) == [sql])
  }

  @Test func `a database's name may hold commas and an account's host a port`() throws {
    let reading = try read(
      MySQLSamples.audit(1, "QUERY", "'SELECT 1'", host: "db-client:52144", database: "we,ird"), MySQLSamples.utc)
    #expect(reading.openings.first?.connection.database == "we,ird")
    #expect(reading.openings.first?.client.address == "db-client")
    #expect(reading.openings.first?.connection.name == "db-1")
    #expect(reading.openings.first?.connection.engine == "mariadb")
    #expect(reading.openings.first?.connection.databaseUser == "root")
  }

  @Test func `lines about tables have no result and are not statements`() throws {
    let statements = try Self.statements([
      MySQLSamples.audit(0, "CONNECT", ""), MySQLSamples.audit(4, "WRITE", "t", code: ""),
      MySQLSamples.audit(4, "READ", "u", code: ""), MySQLSamples.audit(4, "QUERY", "'insert into t select * from u'"),
      MySQLSamples.audit(5, "QUERY", "'selec 1'", code: "1064"), MySQLSamples.audit(0, "DISCONNECT", ""),
    ])
    #expect(statements.map(\.sequence) == [4, 5])
    #expect(statements.map { $0.result?.error?.sqlstate } == [nil, "42000"])
  }

  @Test func `what ran inside a procedure or a trigger belongs to the statement that called it`() throws {
    let reading = try read(
      [
        MySQLSamples.audit(78, "READ", "proc", code: ""), MySQLSamples.audit(79, "WRITE", "t", code: ""),
        MySQLSamples.audit(80, "QUERY", "'insert into log values (new.id)'"),
        MySQLSamples.audit(79, "QUERY", "'insert into t values (100)'"),
        MySQLSamples.audit(81, "QUERY", "'delete from t where id = 100'"),
        MySQLSamples.audit(78, "QUERY", "'call p()'"), MySQLSamples.audit(82, "QUERY", "'select 1'"),
      ].joined(separator: "\n"), MySQLSamples.utc)
    #expect(reading.statements.map(\.sql) == ["call p()", "select 1"])
    #expect(reading.summary.flags.contains("inner_statements"))
    #expect(!reading.summary.flags.contains("statements_not_logged"))
    #expect(reading.summary.notes.contains { $0.hasPrefix("3 statements ran inside") })
  }

  @Test func `a server that was started again numbers its statements and sessions anew`() throws {
    let lines = [
      MySQLSamples.audit(90_000, "QUERY", "'select 1'"), MySQLSamples.audit(90_001, "QUERY", "'select 2'"),
      MySQLSamples.audit(12, "QUERY", "'select 3'", second: 9),
      MySQLSamples.audit(13, "QUERY", "'select 4'", second: 9),
    ]
    let reading = try read(lines.joined(separator: "\n"), MySQLSamples.utc)
    #expect(reading.statements.map(\.session) == ["3", "3", "3@2026-07-01T09:00:09Z", "3@2026-07-01T09:00:09Z"])
    #expect(!reading.summary.flags.contains("inner_statements"))
  }

  @Test func `tables that were used by statements that are not in the log show that`() throws {
    let reading = try read(
      [
        MySQLSamples.audit(4, "READ", "t", code: ""), MySQLSamples.audit(6, "QUERY", "'drop table u'"),
        MySQLSamples.audit(0, "DISCONNECT", ""),
      ].joined(separator: "\n"), MySQLSamples.utc)
    #expect(reading.summary.flags.contains("statements_not_logged"))
    #expect(reading.summary.flags.contains("logins_not_logged"))
  }

  @Test func `a text as long as the limit may have been cut, and one that ends within quotes was`() throws {
    let full = "'select " + String(repeating: "x", count: 1024 - 7) + "'"
    let nearly = "'select " + String(repeating: "x", count: 1000) + "'"
    let open = #"'select \'"# + String(repeating: "y", count: 50) + "'"
    let asLong = "'select " + String(repeating: "z", count: 52) + "'"
    let failed = #"'select \'a'"#
    let cut = try Self.statements([
      MySQLSamples.audit(1, "QUERY", full), MySQLSamples.audit(2, "QUERY", nearly),
      MySQLSamples.audit(3, "QUERY", open), MySQLSamples.audit(4, "QUERY", asLong),
      MySQLSamples.audit(5, "QUERY", failed, code: "1064"),
    ]).map { $0.completeness.contains(.statementTruncated) }
    #expect(cut == [true, false, true, true, false])
  }

  @Test func `Aurora's microseconds are moments, and its files may be mixed`() throws {
    let lines = [
      "1782896400000000,aurora-1,admin,10.0.0.9,11,0,CONNECT,shop,,0",
      #"1782896402000000,aurora-1,admin,10.0.0.9,11,30,QUERY,shop,'select \'b\'',0"#,
      #"1782896401000001,aurora-1,admin,10.0.0.9,11,20,QUERY,shop,'select \'a\'',0"#,
    ]
    let reading = try read(lines.joined(separator: "\n"))
    #expect(reading.addsUp)
    #expect(reading.openings.map(\.connection.engine) == ["mysql"])
    #expect(Set(reading.statements.map(\.sql)) == ["select 'a'", "select 'b'"])
    #expect(reading.statements.first { $0.sequence == 20 }?.time == Timestamp("2026-07-01T09:00:01.000001Z"))
    #expect(Set(reading.statements.map(\.session)) == ["11"])
  }

  @Test(arguments: [
    ("Jul  1 09:00:01 db-1 mysql-server_auditing: ", 2026),
    ("<14>Jul  1 09:00:01 db-1 mysql-server_auditing[812]: ", 2026),
    ("2026-07-01T09:00:01+00:00 db-1 mysql-server_auditing: ", nil),
    ("<14>1 2026-07-01T09:00:01Z db-1 mysql-server_auditing 812 - - ", nil),
  ])
  func `a prefix of syslog holds the time`(_ prefix: String, _ year: Int?) throws {
    var options = MySQLSamples.utc
    options.logYear = year
    let reading = try read(prefix + "db-1,root,localhost,3,1,QUERY,shop,'select 1',0\n", options)
    #expect(reading.statements.map(\.time) == [Timestamp("2026-07-01T09:00:01Z")])
    #expect(reading.openings.first?.connection.name == "db-1")
  }

  @Test func `a log without a year goes on after New Year`() throws {
    var options = MySQLSamples.utc
    options.logYear = 2026
    let tail = " db-1 mysql-server_auditing: db-1,root,localhost,3"
    let reading = try read(
      "Dec 31 23:59:59\(tail),1,QUERY,,'select 1',0\nJan  1 00:00:01\(tail),2,QUERY,,'select 2',0\n", options)
    #expect(reading.statements.map(\.time.description) == ["2026-12-31T23:59:59Z", "2027-01-01T00:00:01Z"])
  }

  @Test func `times without a zone or year are not guessed`() throws {
    #expect(assayError { _ = try read(MySQLSamples.audit(1, "QUERY", "'select 1'")) }?.code == .zoneMissing)
    let line = "Jul  1 09:00:01 db-1 mysql-server_auditing: db-1,root,localhost,3,1,QUERY,shop,'select 1',0"
    #expect(assayError { _ = try read(line, MySQLSamples.utc) }?.code == .yearMissing)
  }

  @Test func `passwords that were replaced, refused logins and changes of user are said`() throws {
    let reading = try read(
      [
        MySQLSamples.audit(0, "CONNECT", ""), MySQLSamples.audit(1, "QUERY", "'create user a identified by *****'"),
        MySQLSamples.audit(2, "QUERY", "'set global server_audit_logging=OFF'"),
        "20260701 09:00:01,db-1,,,3,0,CHANGEUSER,,,0",
        MySQLSamples.audit(5, "QUERY", "'select 5'", second: 2),
        MySQLSamples.audit(0, "FAILED_CONNECT", "", code: "1045", connection: 4),
        MySQLSamples.audit(0, "DISCONNECT", "", connection: 4),
      ].joined(separator: "\n"), MySQLSamples.utc)
    #expect(reading.statements.map { $0.completeness.contains(.redacted) } == [true, false, false])
    #expect(
      Set(reading.summary.lacks).isSuperset(of: ["logins_refused", "logging_settings_named", "users_changed"]))
    #expect(reading.openings.map(\.connection.databaseUser) == ["root", nil])
    #expect(Set(reading.openings.map(\.session)).count == 2)
  }

  @Test func `lines that are none are rejected with a reason`() throws {
    let lines = [
      MySQLSamples.audit(1, "QUERY", "'select 1'"), MySQLSamples.audit(2, "QUERY", "select 2"),
      MySQLSamples.audit(3, "FLY", "'x'"), MySQLSamples.audit(4, "QUERY", "'select 1'", code: "zero"),
      "20260701 09:00:01,a",
      "hello", "20261332 09:00:01,db-1,root,h,1,1,QUERY,,'x',0",
    ]
    let reading = try read(lines.joined(separator: "\n"), MySQLSamples.utc)
    #expect(reading.addsUp)
    #expect(
      reading.rejected.map(\.reason) == [
        "invalid_quoting", "bad_value", "ill_typed", "bad_arity", "invalid_time", "invalid_time",
      ])
  }
}
