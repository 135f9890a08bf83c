import AuditTrail
@testable import Evidence
import Ledger
import SeededRandom
import Testing

/// What a side file of hundreds of thousands of rows costs grows with its rows, and not with their product with the records.
@Suite struct LargeSideFileTests {
  /// Sessions, each of a person, on a connection and with statements of its own.
  private static func ledger(_ sessions: Int, in folder: borrowing TemporaryFolder) throws -> Ledger {
    let names = (0..<sessions).map { "s\($0)" }
    return try Small.ledger(
      [
        SmallArchive(
          openings: names.map {
            Small.opening($0, user: "\($0)@example.org", connection: "on-\($0)", environment: "staging")
          },
          closings: names.map { SessionClosing(session: $0, time: Small.time("09:30:00"), statements: 1) },
          statements: names.map { Small.statement($0, 1) })
      ], in: folder)
  }

  private static let bounds: [Cell] = [.time(Small.period.start), .time(Small.period.end)]

  /// As many rows as a file of some megabytes has; `row` writes one.
  private static func list(_ row: (Int) -> String) -> Cell {
    .text("[\((0..<25_000).map(row).joined(separator: ","))]")
  }

  // A query that goes through the file for each record, or through the records for each row, takes many minutes.
  @Test(.timeLimit(.minutes(10)))
  func `a query goes through a side file once`() throws {
    let folder = try TemporaryFolder()
    let count = 1000
    let ledger = try Self.ledger(count, in: folder)
    let left = Small.time("08:00:00").nanoseconds
    let leavers = Self.list {
      #"{"user":"s\#($0)@example.org","at":"x","at_time":\#(left),"disabled_at":null,"disabled_at_time":null}"#
    }
    var used = 0
    try Items(
      columns: LeaverAccess.query.columns, rows: try LeaverAccess.query.draw(ledger, Self.bounds + [leavers]).rows
    )
    .forEach { used += $0.integer("own_statements") == 1 && $0.text("session") != nil ? 1 : 0 }
    #expect(used == count)
    let emergency = Self.list { #"{"session":"s\#($0)"}"# }
    #expect(try EmergencyAccess.query.draw(ledger, Self.bounds + [emergency]).rows.count == count)
    let names = Cell.text("[\((0..<count).map { "\"on-s\($0)\"" }.joined(separator: ","))]")
    let events = Self.list { #"{"connection":"on-s\#($0)","event":"read"}"# }
    // Of each connection that its session was opened, that it was closed, and that it read.
    #expect(try DeclaredEvents.query.draw(ledger, Self.bounds + [names, events]).rows.count == 3 * count)
    let deletions = Self.list { #"{"request":"r\#($0)","subject":"x","due":0,"table":"t","rows":null}"# }
    let matches = Self.list { #"[\#($0),\#($0 % count + 1),"value",1]"# }
    #expect(try Deletions.query.draw(ledger, Self.bounds + [deletions, matches]).rows.count == 25_000)
    let data = Self.list { #"{"connection":"on-s\#($0)","basis":"synthetic"}"# }
    #expect(try EnvironmentsApart.query.draw(ledger, Self.bounds + [.text("[]"), data]).rows.count == count)
  }

  @Test func `a person who left several times is counted after each time`() throws {
    let folder = try TemporaryFolder()
    let opening = { Small.opening($0, user: $1, kind: .human, actsFor: $2) }
    let ledger = try Small.ledger(
      [
        SmallArchive(
          openings: [
            opening("own", "Ana+x@example.org", nil), opening("agent", "bot@example.org", "ana@example.org"),
            opening("other", "bo@example.org", nil),
          ],
          statements: [
            Small.statement("own", 1, at: "09:00:01"), Small.statement("own", 2, at: "10:00:00"),
            Small.statement("agent", 1, at: "10:00:00"), Small.statement("other", 1, at: "11:00:00"),
          ])
      ], in: folder)
    let rows = ["08:00:00", "09:00:01", "10:00:00", ""].map { time in
      let nanoseconds = time.isEmpty ? "null" : "\(Small.time(time).nanoseconds)"
      return #"{"user":"ana@example.org","at":"x","at_time":\#(nanoseconds)}"#
    }
    let list = Cell.text("[\(rows.joined(separator: ","))]")
    var found: [[String]] = []
    try Items(columns: LeaverAccess.query.columns, rows: try LeaverAccess.query.draw(ledger, Self.bounds + [list]).rows)
      .forEach { item in
        found.append([
          "\(item.integer("own_statements") ?? -1)", "\(item.integer("agent_statements") ?? -1)",
          item.time("first_after").map { "\($0)" } ?? "", item.text("session") ?? "",
        ])
      }
    #expect(
      found == [
        ["2", "1", "2026-07-01T09:00:01Z", "own"], ["1", "1", "2026-07-01T10:00:00Z", "agent"], ["0", "0", "", ""],
        ["0", "0", "", ""],
      ])
  }

  @Test func `stretches put together hold what each of them held`() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<500 {
      let spans = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        let from = Int64.random(in: 0...30, using: &random)
        return from...(from + Int64.random(in: 0...8, using: &random))
      }
      let merged = MergedSpans(spans)
      for place in Int64(-1)...40 {
        #expect(merged.contains(place) == spans.contains { $0.contains(place) }, "\(spans) \(place)")
      }
    }
    #expect(MergedSpans([Int64.min...Int64.max, 3...3]).contains(.max))
  }

  // A look-up that goes through all rows of the ticket, or of the person, takes many minutes.
  @Test(.timeLimit(.minutes(10)))
  func `what is looked up for each item does not go through all rows that are about it`() throws {
    let count = 20_000
    let before = "2026-06-01T00:00:00Z,2026-06-01T00:00:00Z,2026-06-02T00:00:00Z"
    let now = "2026-06-01T00:00:00Z,2026-07-01T09:00:00Z,2026-07-01T10:00:00Z"
    var files = SideFiles()
    files.give(
      "tickets",
      Array(repeating: "OPS-1,x,ana@example.org,bo@example.org,\(before)", count: count)
        + ["OPS-1,x,ana@example.org,bo@example.org,\(now)", "OPS-2,x,ana@example.org,Ana+x@example.org,\(now)"])
    files.give(
      "mask_exemptions",
      Array(
        repeating: "ana@example.org,people.email,bo@example.org,2026-06-01T00:00:00Z,2026-06-02T00:00:00Z", count: count
      )
        + [
          "Ana@example.org,People.Email,bo@example.org,2026-07-01T09:00:00Z,",
          "bo@example.org,*,bo@example.org,2026-07-01T09:00:00Z,",
        ])
    let register = try #require(files.changes)
    let exemptions = files.exemptions
    for second in 0..<count {
      let time = Small.time("09:00:00").adding(nanoseconds: Int64(second) * 1_000_000_000)
      #expect(register.covers("OPS-1", time) == (second <= 3600))
      #expect(exemptions.cover("ana+report@example.org", ["people.email"], time))
    }
    let time = Small.time("09:30:00")
    #expect(register.holds("OPS-2") && !register.covers("OPS-2", time) && !register.holds("OPS-3"))
    #expect(!exemptions.cover("ana@example.org", ["people.email", "people.name"], time))
    #expect(
      !exemptions.cover("ana@example.org", [], time) && !exemptions.cover("bo@example.org", ["people.email"], time))
  }
}
