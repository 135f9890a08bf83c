import Archives
import AuditTrail
import Compression
import Testing

/// A small file may unpack to a thousand million lines.
@Suite struct FloodTests {
  private static let nothing = ["", " ", "\t", "\r", "   \r"]

  @Test(arguments: [ArchiveFormat.native, .hoopSessions, .hoopinspect, .postgresLog])
  func `lines of nothing are counted, however many stand together`(format: ArchiveFormat) throws {
    let lines = (0..<200_000).map { Self.nothing[$0 % Self.nothing.count] }.joined(separator: "\n")
    let reading = try read(lines + "\n{\n" + lines, as: format)
    #expect(reading.addsUp)
    // What begins as a document, hoop's reader takes for one.
    if format != .hoopSessions { #expect(reading.summary.blank >= 200_000) }
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
}
