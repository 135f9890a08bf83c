import Archives
import AuditTrail
import Testing

@Suite struct MySQLGeneralLogTests {
  private static let mariaDB = """
    mariadbd, Version: 10.11.19-MariaDB-log (Debian 12). started with:
    Tcp port: 0  Unix socket: /run/mysqld/mysqld.sock
    Time\t\t    Id Command\tArgument
    260701  9:00:00\t     3 Connect\troot@localhost on shop using Socket
    \t\t     3 Query\tselect 1
    \t\t     3 Query\tupdate t set name='multi
    line\ttab' where id=2
    260701  9:00:01\t     4 Connect\tana@localhost as team on  using TCP/IP
    \t\t     4 Init DB\tshop
    \t\t     4 Prepare\tselect * from t where id = ?
    \t\t     4 Query\texecute s using @a
    \t\t     4 Execute\tselect * from t where id = 1
    \t\t     4 Close stmt\t
    \t\t     3 Quit\t
    \t\t     5 Connect\tana@localhost on shop using Socket
    \t\t     5 Connect\tAccess denied for user 'ana'@'localhost' (using password: YES)

    """

  private static let mySQL = """
    /usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:
    Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock
    Time                 Id Command    Argument
    2026-07-01T09:00:00.000001Z\t    3 Connect\troot@localhost on shop using Socket
    2026-07-01T09:00:00.100000Z\t    3 Query\tselect 1
    2026-07-01T09:00:00.200000Z\t    3 Query\tupdate t set name='multi
    line\ttab' where id=2
    2026-07-01T11:00:01.000000+02:00\t    4 Connect\tana@localhost as team on  using TCP/IP
    2026-07-01T09:00:01.000001Z\t    4 Execute\tselect * from t where id = 1
    2026-07-01T09:00:02.000000Z\t    3 Quit\t
    2026-07-01T09:00:02.000000Z\t    5 Connect\tana@localhost on shop using Socket
    2026-07-01T09:00:02.000000Z\t    5 Connect\tAccess denied for user 'ana'@'localhost' (using password: YES)

    """

  @Test(arguments: [
    ("Drop DB\tshop", true), ("Create DB\tshop", true), ("Binlog Dump\tLog: 'b.1'  Pos: 4", true), ("Shutdown\t", true),
    ("Init DB\tshop", false), ("Ping\t", false), ("Processlist\t", false),
  ])
  func `a command of the protocol that changes or copies something is said, as it has no text`(
    _ command: String, _ isSaid: Bool
  ) throws {
    let line = "2026-07-01T09:00:01.500000Z\t    3 \(command)\n"
    let reading = try read(Self.mySQL + line, MySQLSamples.utc)
    #expect(reading.addsUp && reading.rejected == [])
    #expect(reading.summary.flags.contains("commands_without_text") == isSaid, "\(reading.summary.flags)")
  }

  @Test(arguments: [(mariaDB, "mariadb"), (mySQL, "mysql")])
  func `both layouts are read`(_ text: String, _ engine: String) throws {
    let reading = try read(text, MySQLSamples.utc)
    #expect(reading.addsUp)
    #expect(reading.summary.format == "mysql.general_log")
    #expect(reading.summary.rejected == 0, "\(reading.rejected)")
    #expect(
      reading.statements.map(\.sql)
        == ["select 1", "update t set name='multi\nline\ttab' where id=2", "select * from t where id = 1"])
    #expect(reading.statements.map(\.session) == ["3", "3", "4"])
    #expect(reading.statements.last?.time.seconds == Timestamp("2026-07-01T09:00:01Z")?.seconds)
    #expect(reading.openings.map(\.connection.engine) == [engine, engine])
    #expect(reading.openings.map(\.identity?.user) == [nil, "ana"])
    #expect(reading.openings.map(\.connection.databaseUser) == ["root", "team"])
    // `Init DB` before the first statement is the login's database.
    #expect(reading.openings.map(\.connection.database) == ["shop", engine == "mariadb" ? "shop" : nil])
    #expect(reading.statements.allSatisfy { $0.completeness.contains(.resultsAbsent) && $0.result == nil })
    #expect(reading.summary.lacks == ["logins_refused", "results_missing"])
    #expect(reading.closings.map(\.session) == ["3"])
  }

  @Test func `a statement that executes another and whose execution is not logged is itself one`() throws {
    let reading = try read(
      "260701  9:00:00\t     3 Query\texecute s\n\t\t     3 Query\tselect 2\n\t\t     3 Query\texecute s\n",
      MySQLSamples.utc)
    #expect(reading.statements.map(\.sql) == ["execute s", "select 2", "execute s"])
  }

  @Test func `a start of the server ends all sessions`() throws {
    let again =
      Self.mySQL.split(separator: "\n").prefix(5).joined(separator: "\n").replacing("09:00", with: "10:00") + "\n"
    let reading = try read(Self.mySQL + again, MySQLSamples.utc)
    #expect(reading.addsUp)
    #expect(Set(reading.statements.map(\.session)).count == 3)
  }

  @Test func `a part of the log numbers its statements as the whole does`() throws {
    let whole = try read(Self.mySQL, MySQLSamples.utc)
    let part = Self.mySQL.split(separator: "\n").dropFirst(4).joined(separator: "\n")
    #expect(try read(part, MySQLSamples.utc).statements.map(\.sequence) == whole.statements.map(\.sequence))
  }

  @Test func `lines without a time before any time, and without a zone, are not guessed`() throws {
    let reading = try read("\t\t     3 Query\tselect 1\n260701  9:00:00\t     3 Query\tselect 2\n", MySQLSamples.utc)
    #expect(reading.rejected.map(\.reason) == ["invalid_time"])
    #expect(reading.statements.map(\.sql) == ["select 2"])
    #expect(assayError { _ = try read(Self.mariaDB) }?.code == .zoneMissing)
  }

  @Test func `another current database begins another session of the same user`() throws {
    let lines = [
      "2026-07-01T09:00:00.000001Z\t     3 Connect\tana@localhost on shop using TCP/IP",
      "2026-07-01T09:00:01.000001Z\t     3 Init DB\tstock", "2026-07-01T09:00:02.000001Z\t     3 Query\tselect 1",
      "2026-07-01T09:00:03.000001Z\t     3 Init DB\tsales", "2026-07-01T09:00:03.000001Z\t     3 Query\tselect 2",
      "2026-07-01T09:00:03.000001Z\t     3 Init DB\tstock", "2026-07-01T09:00:03.000001Z\t     3 Query\tselect 3",
      "2026-07-01T09:00:04.000001Z\t     3 Init DB\tstock", "2026-07-01T09:00:05.000001Z\t     3 Query\tselect 4",
      "2026-07-01T09:00:06.000001Z\t     3 Quit\t",
      "2026-07-01T09:00:07.000001Z\t     4 Init DB\tsales", "2026-07-01T09:00:08.000001Z\t     4 Query\tselect 5",
    ]
    let reading = try read(lines.joined(separator: "\n") + "\n")
    #expect(reading.addsUp && reading.summary.rejected == 0)
    let moved = "3@2026-07-01T09:00:03.000001Z"
    #expect(reading.openings.map(\.session) == ["3", moved, moved + "+", "4"])
    #expect(reading.openings.map(\.connection.database) == ["stock", "sales", "stock", "sales"])
    #expect(reading.openings.map(\.connection.databaseUser) == ["ana", "ana", "ana", nil])
    #expect(reading.statements.map(\.session) == ["3", moved, moved + "+", moved + "+", "4"])
    #expect(reading.closings.map(\.session) == ["3", moved, moved + "+"])
  }
}
