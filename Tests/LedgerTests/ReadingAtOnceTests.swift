import AuditTrail
import Foundation
import Ledger
import Testing

struct ReadingAtOnceTests {
  private static func ledger() throws -> Ledger {
    let ledger = try Ledger.temporary()
    try Fixture.loadOneStatement(into: ledger)
    return ledger
  }

  @Test func `what a reader maps while another writes is read so`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/l.db"
    let writer = try Ledger(path: path, create: true)
    try Fixture.loadOneStatement(into: writer)
    let reader = try Ledger(path: path, create: false)
    try reader.map(environments: ["clinic": "staging"])
    let read = try reader.readAtOnce(4) { (ledger, _) throws(AssayError) in
      try ledger.rows("SELECT environment FROM statement_view").first?.first
    }
    #expect(read == Array(repeating: .text("staging"), count: 4))
  }

  @Test func `what is read comes in the order of the numbers`() throws {
    let ledger = try Self.ledger()
    let read = try ledger.readAtOnce(100) { (ledger, number) throws(AssayError) in
      try ledger.rows("SELECT ?1", [.integer(Int64(number))]).first?.first
    }
    #expect(read == (0..<100).map { .integer(Int64($0)) })
  }

  @Test func `what another writes meanwhile is not seen`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/l.db"
    do {
      let writer = try Ledger(path: path, create: true)
      try Fixture.loadOneStatement(into: writer)
    }
    let ledger = try Ledger(path: path, create: false)
    let read = try ledger.readAtOnce(20) { (ledger, number) throws(AssayError) in
      if number == 0 { try Ledger(path: path, create: false).keep(package: "new", of: "2026-Q3") }
      return try ledger.package(of: "2026-Q3")
    }
    #expect(read == Array(repeating: nil, count: 20))
    #expect(try ledger.package(of: "2026-Q3") == "new")
  }

  @Test func `the first that fails is told, whichever thread came to it`() throws {
    let ledger = try Self.ledger()
    for _ in 0..<20 {
      let error = #expect(throws: AssayError.self) {
        try ledger.readAtOnce(10) { (_, number) throws(AssayError) in
          guard number % 3 != 2 else { throw AssayError(.internalFault, "\(number)") }
        }
      }
      #expect(error?.message == "2")
    }
  }
}
