import Archives
import AuditTrail
import Foundation
import Testing

/// What a real MariaDB writes, compared with what was sent to it.
@Suite(.enabled(if: MariaDBServer.isInstalled, "mariadb-server with its plugin server_audit is not installed"))
struct RealMariaDBTests {
  private static let setup = [
    "create database shop", "create table shop.t (id int primary key, name varchar(40)) charset utf8mb4",
    "create table shop.log (id int)",
    "create trigger shop.tr after insert on shop.t for each row insert into shop.log values (new.id)",
    "create procedure shop.p() begin insert into shop.t values (100, 'p'); delete from shop.t where id = 100; end",
    "create user ana@localhost identified by 'secret'", "grant select on shop.* to ana@localhost",
  ]
  private static let work = [
    "insert into shop.t values (1, 'a'), (2, 'it''s'), (3, 'x\\\\y')",
    "update shop.t set name = 'multi\nline\ttab, \"q\"' where id = 2",
    "select count(*) from shop.t a join shop.log b", "call shop.p()", "delete from shop.t where id = 3", "begin",
    "update shop.t set name = 'ä ß 漢' where id = 1", "rollback",
  ]
  private static let failing = ["selec 1", "select broken from shop.t", "select * from shop.missing"]
  private static let anas = ["select * from shop.t", "delete from shop.t", "select 1"]
  /// What MariaDB 10.11 replaces in its audit log.
  private static let masked = "create user ana@localhost identified by *****"

  private static func script(_ statements: [String]) -> String {
    "delimiter //\n" + statements.map { $0 + "//\n" }.joined()
  }

  @Test func `both logs hold what was sent, by whom, and what came of it`() throws {
    let server = try MariaDBServer.start()
    defer { server.stop() }
    let before = try Self.statements(server)
    try server.client("root", Self.script(Self.setup + Self.work + Self.failing))
    try server.client("ana", password: "secret", Self.script(Self.anas))
    #expect(try server.client("ana", password: "wrong", Self.script(["select 2"])) != 0)
    server.end()

    let audit = try read(path: server.auditLog, MySQLSamples.utc)
    #expect(audit.addsUp && audit.summary.rejected == 0, "\(audit.rejected)")
    #expect(audit.summary.format == "mariadb.server_audit")
    let roots = Self.sent(by: "root", audit).dropFirst(before)
    let expected = (Self.setup + Self.work + Self.failing).map { $0.contains("identified by") ? Self.masked : $0 }
    #expect(roots.map(\.sql) == expected)
    #expect(roots.suffix(3).map { $0.result?.error?.message } == ["error 1064", "error 1054", "error 1146"])
    #expect(roots.dropLast(3).allSatisfy { $0.result != nil && $0.result?.error == nil })
    let anas = Self.sent(by: "ana", audit)
    #expect(anas.map(\.sql) == Self.anas)
    #expect(anas.map { $0.result?.error?.message } == [nil, "error 1142", nil])
    #expect(audit.openings.allSatisfy { $0.connection.engine == "mariadb" && $0.client.address == "localhost" })
    #expect(audit.openings.count == audit.closings.count)
    // The trigger's own, three times, and what the procedure ran: two statements and the trigger's.
    let inner = audit.summary.notes.first { $0.contains("ran inside") }
    #expect(inner != nil, "\(audit.summary.notes)")
    #expect(Set(audit.summary.lacks) == ["inner_statements", "logins_refused", "refused_by_database"])

    let general = try read(path: server.generalLog, MySQLSamples.utc)
    #expect(general.addsUp && general.summary.rejected == 0, "\(general.rejected)")
    #expect(general.summary.format == "mysql.general_log")
    #expect(Self.sent(by: "ana", general).map(\.sql) == Self.anas)
    // The general log shows what triggers run as the client's.
    let all = Self.sent(by: "root", general).dropFirst(before).filter {
      $0.sql != "insert into shop.log values (new.id)"
    }
    #expect(all.map(\.sql) == Self.setup + Self.work + Self.failing)
    #expect(general.openings.allSatisfy { $0.connection.engine == "mariadb" })
    #expect(general.summary.flags.contains("logins_refused"))
  }

  /// How many statements asked whether the server is up.
  private static func statements(_ server: MariaDBServer) throws -> Int {
    try read(path: server.auditLog, MySQLSamples.utc).statements.count
  }

  private static func sent(by user: String, _ reading: Reading) -> [StatementRecord] {
    let sessions = Set(reading.openings.filter { $0.connection.databaseUser == user }.map(\.session))
    return reading.statements.filter { sessions.contains($0.session) }
  }
}
