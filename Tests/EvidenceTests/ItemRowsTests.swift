import AuditTrail
import Evidence
import SeededRandom
import Testing

struct ItemRowsTests {
  /// Cells of every kind, at their bounds, and texts that only their bytes tell apart.
  private static let cells: [Cell] = [
    .empty, .integer(0), .integer(.min), .integer(.max), .integer(-1), .real(0), .real(-.greatestFiniteMagnitude),
    .real(.infinity), .text("a"), .text("\u{E9}"), .text("e\u{301}"), .text(String(repeating: "x", count: 70_000)),
    .text("1"), .time(Timestamp(nanoseconds: .min)), .time(Timestamp(nanoseconds: .max)), .flag(true), .flag(false),
    .date(CivilDate(daysSinceEpoch: -1)),
  ]

  private static func bytes(_ rows: [[Cell]]) -> [[[UInt8]]] {
    rows.map { $0.map { cell in if case .text(let text) = cell { Array(text.utf8) } else { Array("\(cell)".utf8) } } }
  }

  @Test(arguments: [1, 40, 3_000])
  func `rows come back as they were taken, byte by byte, in memory and in a file`(count: Int) throws {
    var random = SplitMix64(seed: UInt64(count))
    let rows = (0..<count).map { _ in (0..<random.number(in: 0...5)).map { _ in random.pick(Self.cells) } }
    let kept = try ItemRows(rows)
    #expect(kept.count == count)
    #expect(Self.bytes(try kept.all()) == Self.bytes(rows))
    // A file is read again by each who reads, also while another one does.
    var (one, other) = (ItemRows.Reader(kept), ItemRows.Reader(kept))
    for row in rows {
      let (left, right) = (try one.next(), try other.next())
      #expect(left == row && right == row)
    }
    #expect(try one.next() == nil)
    #expect(try kept == ItemRows(rows))
    #expect(try kept != ItemRows(rows.dropLast()))
  }

  @Test func `rows that differ in one byte of a block on disk are not the same`() throws {
    let rows = (0..<40).map { [Cell.integer($0), .text(String(repeating: "y", count: 70_000) + "\($0)")] }
    var others = rows
    others[3][0] = .integer(5)
    #expect(try ItemRows(rows) == ItemRows(rows))
    #expect(try ItemRows(rows) != ItemRows(others))
  }
}
