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
  func `what is no database is bad data`(content: Data) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/l.db"
    try content.write(to: URL(filePath: path))
    for create in [true, false] {
      let error = #expect(throws: AssayError.self) { _ = try Ledger(path: path, create: create) }
      #expect(error?.code.category == .badData)
    }
  }
}
