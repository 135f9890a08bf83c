import Archives
import AuditTrail
import Foundation
import Testing

struct FormatTests {
  @Test func `formats have names, titles and ways to tell them, all different`() {
    for keyPath in [\ArchiveFormat.name, \.title, \.detection] {
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

  @Test(arguments: [
    #"{"id":"1","user_id":"u","user_name":"Ana","text":"hello"}"#, #"{"type":"heartbeat","ts":"2026-07-01T00:00:00Z"}"#,
    #"{"type":"statement","sql":"SELECT 1"}"#, #"{"kind":"Pod","timestamp":"2026-07-01T00:00:00Z","session_id":"s"}"#,
    #"{"id":7,"connection":"kept-alive","user_id":"u"}"#, #"{"type":"archive","path":"/x.tar"}"#,
  ])
  func `a log of others that shares some keys is of no known format`(_ text: String) throws {
    #expect(assayError { _ = try read(text + "\n" + text + "\n") }?.code == .unknownFormat)
  }

  @Test(arguments: [
    ("\"2026-08-20T10:00:00Z\",\"i\",\"U0VMRUNUIDE=\"", "downloads"),
    (#"{"session_id":"s","connection":"c","user":"u","verb":"exec","occurred_at":"2026-05-04T14:30:00Z"}"#, "routes"),
    (#"{"event_type":"session.open","id":"s","user_email":"u","connection":"c","input":"RFJPUA=="}"#, "webhooks"),
    (#"{"session_id":"s","rule":"r","matched_words":["DROP"],"occurred_at":"2026-05-04T14:30:00Z"}"#, "routes"),
  ])
  func `a file that is known and not read is named`(_ text: String, _ name: String) throws {
    let error = assayError { _ = try read(text + "\n") }
    #expect(error?.code == .unknownFormat)
    #expect(error?.message.contains(name) == true, "\(error?.message ?? "")")
  }

  @Test func `every format is in the documents that list them`() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
    for name in ["README.md", "docs/formats.md"] {
      let text = try String(contentsOf: root.appending(path: name), encoding: .utf8)
      for format in ArchiveFormat.allCases { #expect(text.contains("`\(format.name)`"), "\(name): \(format.name)") }
    }
  }

  @Test func `a later version of the native format is named`() throws {
    let error = assayError { _ = try read(NativeSamples.lines()[0].replacing("archive/1", with: "archive/2")) }
    #expect(error?.code == .unknownFormat)
    #expect(error?.message.contains("another version") == true)
  }
}
