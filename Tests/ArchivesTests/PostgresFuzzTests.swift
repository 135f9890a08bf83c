import Archives
import AuditTrail
import Foundation
import Testing

/// Whatever bytes come, a reader ends, and every entry is accepted, rejected or blank.
///
/// The inputs follow from a seed. `ASSAY_FUZZ_ROUNDS` says how many of each format; a failure names the seed of its round.
struct PostgresFuzzTests {
  private static let rounds =
    ProcessInfo.processInfo.environment["ASSAY_FUZZ_ROUNDS"].flatMap { UInt64($0) } ?? 15

  @Test(arguments: ArchiveFormat.postgresLogs, [true, false])
  func `mutated logs are read to their end and add up`(_ format: ArchiveFormat, isOwn: Bool) throws {
    let texts = PostgresEnvelopeTests.envelopes.filter { !isOwn || $0.name == format.name }.map(\.text)
    // pgauditlogtofile is in none of them.
    let seeds = texts.isEmpty ? PostgresEnvelopeTests.envelopes.map(\.text) : texts
    for round in 0..<Self.rounds {
      var random = Splitting(state: round &* 0x9E37_79B9 &+ (isOwn ? 1 : 2))
      var bytes = Array(seeds[Int(random.next() % UInt64(seeds.count))].utf8)
      for _ in 0...(random.next() % 6) { Self.mutate(&bytes, &random) }
      var options = ReadOptions()
      if random.next() % 2 == 0 { options.linePrefix = PostgresSample.prefix }
      if random.next() % 4 == 0 { options.maximumEntryBytes = 200 }
      options.batchRecords = 1 + Int(random.next() % 50)
      options.logYear = 2026
      options.zone = { _, _ in 0 }
      do {
        let reading = try read(bytes, as: format, options)
        #expect(reading.addsUp, "round \(round)")
        #expect(reading.statements.allSatisfy { $0.sequence > 0 || $0.session.isEmpty }, "round \(round)")
      } catch {
        // A prefix that cannot be told is refused as a whole.
        #expect(error is AssayError, "round \(round)")
      }
    }
  }

  private static let pieces = [
    "\n", "\t", "\r", "\"", "\\", ",", "{", "}", "[", "]", "\u{0}", "LOG:  ", "AUDIT: SESSION,1,1,READ,SELECT,,,",
    ":  ",
    "statement: ", "execute x: ", "duration: ", " ms", "[1-2] ", "#011", "99999999999999999999", "-1", "<none>",
    "$1 = '",
  ].map { Array($0.utf8) }

  private static func mutate(_ bytes: inout [UInt8], _ random: inout Splitting) {
    guard !bytes.isEmpty else { return }
    func place() -> Int { Int(random.next() % UInt64(bytes.count)) }
    let at = place()
    let end = min(bytes.count, at + 1 + Int(random.next() % 200))
    switch random.next() % 7 {
    case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
    case 1: bytes.removeSubrange(at..<end)
    case 2: bytes.insert(contentsOf: bytes[at..<end], at: place())
    case 3: bytes.insert(contentsOf: pieces[Int(random.next() % UInt64(pieces.count))], at: at)
    case 4: bytes.removeSubrange(at...)
    case 5:
      // Lines change places.
      var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      lines.swapAt(Int(random.next() % UInt64(lines.count)), Int(random.next() % UInt64(lines.count)))
      bytes = Array(lines.joined(separator: [0x0A]))
    default: bytes.insert(contentsOf: [UInt8](repeating: bytes[at], count: Int(random.next() % 3000)), at: at)
    }
  }

  /// Steele, Lea and Flood's SplitMix64.
  private struct Splitting {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
      return value ^ (value >> 31)
    }
  }

  @Test func `a name of many separators is not tried in every place`() throws {
    let name = String(repeating: "@ ", count: 120)
    let text = "2026-11-23 07:24:42.000 UTC [7] 6b03ea39.7 \(name) LOG  statement: SELECT 1\n"
    var options = ReadOptions()
    options.linePrefix = "%m [%p] %c %q%u@%d %a %h %i "
    let lines = String(repeating: text, count: 200)
    #expect(try read(lines, as: ArchiveFormat(rawValue: "postgresql.stderr"), options).addsUp)
  }

  @Test(arguments: ["postgresql.stderr", "postgresql.syslog"])
  func `an entry without end is rejected in little memory`(_ name: String) async throws {
    let format = try #require(ArchiveFormat(rawValue: name))
    var options = ReadOptions()
    options.maximumEntryBytes = 10_000
    options.linePrefix = "%m [%p] "
    let head = "2026-11-23 07:24:42.000 UTC [7] LOG:  statement: SELECT '"
    let text: String
    if name == "postgresql.stderr" {
      text = head + "\n" + String(repeating: "\tx\n", count: 200_000) + head + "1'\n"
    } else {
      let parts = (1...3_000).map {
        "Nov 23 07:24:42 h postgres[7]: [1-\($0)] " + ($0 == 1 ? head : "#011xxxxxxxxxx") + "\n"
      }
      text = parts.joined() + "Nov 23 07:24:42 h postgres[7]: [2-1] " + head + "1'\n"
    }
    let reading = try read(text, as: format, options)
    #expect(reading.addsUp)
    #expect(reading.rejected.contains { $0.reason == "record_too_long" })
    #expect(reading.statements.map(\.sql) == ["SELECT '1'"])
  }
}
