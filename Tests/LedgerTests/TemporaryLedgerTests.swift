import AuditTrail
import FoundationEssentials
import Ledger
import Testing

@Suite struct TemporaryLedgerTests {
  private static func folder(of path: String) -> String {
    String(path.dropLast("/ledger.db".count))
  }

  @Test func `a temporary ledger is gone with its value`() throws {
    var path = ""
    do {
      let ledger = try Ledger.temporary()
      path = ledger.path
      _ = try Fixture.load([Fixture.batch(openings: [Fixture.opening("s1")])], into: ledger)
      #expect(try ledger.rows("SELECT key FROM sessions") == [[.text("s1")]])
      #expect(FileManager.default.fileExists(atPath: path))
    }
    #expect(!FileManager.default.fileExists(atPath: Self.folder(of: path)))
  }

  @Test func `what a killed process left is removed by the next, what a living one uses stays`() throws {
    let parent = FileManager.default.temporaryDirectory
    // No system has as many processes as that.
    let left = parent.appending(path: "assay-ledger-2147483646-left")
    let used = parent.appending(path: "assay-ledger-1-used")
    for folder in [left, used] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    defer { try? FileManager.default.removeItem(at: used) }
    let ledger = try Ledger.temporary()
    #expect(!FileManager.default.fileExists(atPath: left.path))
    #expect(FileManager.default.fileExists(atPath: used.path))
    #expect(FileManager.default.fileExists(atPath: ledger.path))
  }
}
