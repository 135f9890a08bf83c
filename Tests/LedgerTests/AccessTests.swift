import AuditTrail
import Foundation
import Ledger
import SQLite
import Testing

/// Who may open and write a ledger, and when.
@Suite struct LedgerAccessTests {
  @Test func `a second writer is told who writes, and comes in when that one has ended`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/l.db"
    do {
      let first = try Ledger(path: path, create: true)
      try first.lockForWriting()
      let second = try Ledger(path: path, create: false)
      let error = #expect(throws: AssayError.self) { try second.lockForWriting() }
      #expect(error?.code == .inUse)
      #expect(error?.message.contains("process \(ProcessInfo.processInfo.processIdentifier) since 20") == true)
      // Reading goes on meanwhile.
      #expect(try second.rows("SELECT count(*) FROM statements") == [[.integer(0)]])
    }
    try Ledger(path: path, create: false).lockForWriting()
    #expect(!FileManager.default.fileExists(atPath: path + ".lock"))
  }

  @Test func `whoever comes by a link finds the same lock`() throws {
    let folder = try TemporaryFolder()
    let (path, link) = (folder.path + "/l.db", folder.path + "/link.db")
    let first = try Ledger(path: path, create: true)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "l.db")
    try Ledger.requireUnheld(link)
    try first.lockForWriting()
    #expect(throws: AssayError.self) { try Ledger.requireUnheld(link) }
    let second = try Ledger(path: link, create: false)
    #expect(throws: AssayError.self) { try second.lockForWriting() }
  }

  @Test func `what is read for evidence is of one moment, at which all that was read is concluded`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/l.db"
    let writer = try Ledger(path: path, create: true)
    try Fixture.loadOneStatement(into: writer)
    let reader = try Ledger(path: path, create: false)
    let second = Fixture.batch(openings: [Fixture.opening("s2")], statements: [Fixture.statement("s2", 1)])
    let sql = "SELECT count(*) FROM statements"
    try reader.concluded {
      #expect(try reader.rows(sql) == [[.integer(1)]])
      var loader = try ArchiveLoader(writer) { sql, _ in Fixture.analysis(sql) }
      try loader.begin(writer)
      try loader.add(second, proxy: "hoop", to: writer)
      var summary = ArchiveSummary(path: "b", format: "test", sha256: "b", bytes: 10)
      (summary.entries, summary.accepted) = (2, 2)
      _ = try loader.commit(summary, records: 2, to: writer)
      #expect(try reader.rows(sql) == [[.integer(1)]])
      #expect(try reader.problems() == [])
    }
    // One archive is in, and nothing is concluded of it yet.
    let error = #expect(throws: AssayError.self) { try reader.concluded {} }
    #expect(error?.code == .inUse)
    try writer.finishIngest()
    #expect(try reader.concluded { try reader.rows(sql) } == [[.integer(2)]])
  }

  @Test func `what is longer than anything that is written is refused unread`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/l.db"
    try Fixture.loadOneStatement(into: try Ledger(path: path, create: true))
    try SQLiteDatabase(path: path, access: .readWrite).execute("UPDATE texts SET sql = zeroblob(134217729)")
    let ledger = try Ledger(path: path, create: false)
    for read in [{ _ = try ledger.rows("SELECT sql FROM texts") }, { try ledger.requireRecordsUnchanged() }] {
      let error = #expect(throws: AssayError.self) { try read() }
      #expect(error?.code == .changedLedger)
      #expect(error?.message.contains("longer than any") == true)
    }
  }

  @Test(arguments: [
    ("UPDATE texts SET sql = sql || ' '", false), ("DELETE FROM sessions", false), ("DELETE FROM verdicts", true),
    ("UPDATE meta SET value = '' WHERE key = 'traffic'", true),
  ])
  func `of records that another program changed nothing is measured`(change: String, isMeasured: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/l.db"
    try Fixture.loadOneStatement(into: try Ledger(path: path, create: true))
    try SQLiteDatabase(path: path, access: .readWrite).execute(change)
    let ledger = try Ledger(path: path, create: false)
    guard !isMeasured else { return try ledger.requireRecordsUnchanged() }
    let error = #expect(throws: AssayError.self) { try ledger.requireRecordsUnchanged() }
    #expect(error?.code == .changedLedger)
  }

  @Test func `what is mapped while another writes is seen by this reader alone`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/l.db"
    let writer = try Ledger(path: path, create: true)
    try Fixture.loadOneStatement(into: writer)
    let reader = try Ledger(path: path, create: false)
    try reader.map(environments: ["clinic": "staging"])
    try reader.map(identities: { Identity(user: $0.user, kind: .service, kindBasis: .mapped) })
    let sql = "SELECT environment, identity_kind FROM statement_view"
    #expect(try reader.rows(sql) == [[.text("staging"), .text("service")]])
    try reader.rollUpTraffic()
    #expect(try reader.trafficEntries().map(\.statements) == [1])
    #expect(try writer.rows(sql) == [[.text("production"), .text("human")]])
    #expect(try writer.changes() == [])
  }

  @Test(arguments: [Data("not a database, whatever its name says".utf8), Data(repeating: 0x53, count: 70_000)])
  func `what is not a database is bad data`(content: Data) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/l.db"
    try content.write(to: URL(filePath: path))
    for create in [true, false] {
      let error = #expect(throws: AssayError.self) { _ = try Ledger(path: path, create: create) }
      #expect(error?.code.category == .badData)
    }
  }
}
