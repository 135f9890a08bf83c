import Archives
import AuditTrail
import Testing

struct FormatTests {
  @Test func `formats have names, titles and ways to tell them, all different`() {
    #expect(
      ArchiveFormat.allCases.map(\.name) == ["assay.archive/1", "hoop.sessions", "hoopinspect", "postgresql.csvlog"])
    for keyPath in [\ArchiveFormat.title, \.detection] {
      #expect(Set(ArchiveFormat.allCases.map { $0[keyPath: keyPath] }).count == ArchiveFormat.allCases.count)
    }
  }

  @Test func `the format is told by content`() throws {
    let inspect = #"{"kind":"error","timestamp":"2026-08-21T03:00:00Z","session_id":"s"}"#
    let cases: [(String, ArchiveFormat)] = [
      (NativeSamples.lines()[0], .native), ("\n\n" + NativeSamples.lines()[0], .native),
      (NativeSamples.lines()[2], .native), ("{broken\n" + NativeSamples.lines()[2], .native), (inspect, .hoopinspect),
      ("{broken\n" + inspect, .hoopinspect), (HoopSamples.session(), .hoopSessions),
      ("[\n" + HoopSamples.session() + "]", .hoopSessions), (#"{"data":[],"total":0}"#, .hoopSessions),
      ("{broken\n" + HoopSamples.session(), .hoopSessions),
    ]
    for (text, format) in cases {
      #expect(try read(text + "\n").summary.format == format.name, "\(text.prefix(60))")
    }
  }

  @Test(arguments: ["hello", "{}", "[]", "null", #"{"id":1,"name":"x"}"#, "a,b\n1,2\n", "\u{0}\u{1}", "   \n\n"])
  func `content of no known format is refused with a sentence`(_ text: String) throws {
    let error = assayError { _ = try read(text) }
    #expect(error?.code == .unknownFormat)
    #expect(error?.code.category == .badData)
    #expect(error?.message.contains("--format") == true)
  }

  @Test func `a later version of the native format is named`() throws {
    let error = assayError { _ = try read(NativeSamples.lines()[0].replacing("archive/1", with: "archive/2")) }
    #expect(error?.code == .unknownFormat)
    #expect(error?.message.contains("another version") == true)
  }
}
