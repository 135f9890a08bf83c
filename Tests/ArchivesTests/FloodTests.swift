import Archives
import AuditTrail
import Compression
import Testing

/// A small file may unpack to a thousand million lines.
@Suite struct FloodTests {
  private static let nothing = ["", " ", "\t", "\r", "   \r"]

  @Test(arguments: ArchiveFormat.allCases)
  func `lines of nothing are counted, however many stand together`(format: ArchiveFormat) throws {
    let lines = (0..<50_000).map { Self.nothing[$0 % Self.nothing.count] }.joined(separator: "\n")
    var options = ReadOptions()
    options.linePrefix = "%m [%p] "
    let reading = try read(lines + "\n{\n" + lines, as: format, options)
    #expect(reading.addsUp)
    // What begins as a document or an element ends lines' being entries.
    let isByLine = !format.entries.contains("element") && !format.entries.contains("object")
    if isByLine { #expect(reading.summary.blank >= 50_000, "\(format.name)") }
  }

  @Test func `a record between lines of nothing keeps its number and place`() throws {
    let lines = NativeSamples.lines()
    let reading = try read("\(lines[0])\n\n \n\t\n{\n\n\(lines[2])\n \n", as: .native)
    #expect(reading.addsUp)
    #expect(reading.summary.blank == 5)
    #expect(reading.rejected.map(\.entry) == [5])
    #expect(reading.rejected.map(\.byteOffset) == [Int64(lines[0].utf8.count + 6)])
    #expect(reading.statements == [NativeSamples.statement])
  }

  @Test func `a line of spaces beyond the limit is too long, not blank`() throws {
    var options = ReadOptions()
    options.maximumEntryBytes = 100
    let reading = try read("\n" + String(repeating: " ", count: 200) + "\n\n", as: .native, options)
    #expect(reading.rejected.map(\.reason) == ["record_too_long"])
    #expect(reading.summary.blank == 2)
  }

  @Test(arguments: ["{}\n", "x\n", ",,,\n"], [ArchiveFormat.native, .hoopinspect, .postgresLog])
  func `a file of which nothing can be read is given up`(line: String, format: ArchiveFormat) throws {
    let stored = try compress(Array(String(repeating: line, count: 150_000).utf8), as: .gzip())
    let error = #expect(throws: AssayError.self) { _ = try read(stored, as: format) }
    #expect(error?.code == .tooManyRejected)
    #expect(error?.code.category == .badData)
  }

  @Test func `hoop's sessions of which none can be read are given up`() throws {
    let text = "[{}" + String(repeating: ",{}", count: 150_000) + "]"
    let error = #expect(throws: AssayError.self) { _ = try read(text, as: .hoopSessions) }
    #expect(error?.code == .tooManyRejected)
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
