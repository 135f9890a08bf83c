import Archives
import AuditTrail
import Testing

struct HoopFramingTests {
  private static let first = HoopSamples.session(["id": #""a""#])
  private static let second = HoopSamples.session(["id": #""b""#, "script": #"{"data":"SELECT '}],\"data\":[{'"}"#])

  /// The same two sessions in each form.
  private static let forms: [(name: String, text: String, blank: Int64)] = [
    ("lines", "\(first)\n\(second)\n", 0),
    ("lines, the last without an end", "\(first)\n\(second)", 0),
    ("lines with a blank one", "\(first)\n \r\n\(second)\n", 1),
    ("an array", "[\(first),\(second)]", 0),
    ("an array over many lines", "[\n  \(first)\n,\n  \(second)\n]\n", 0),
    ("a list envelope", #"{"data":[\#(first),\#(second)],"total":2,"total_is_capped":false,"has_next_page":false}"#, 0),
    ("an envelope whose list comes last", #"{"total":2,"has_next_page":false,"data":[\#(first),\#(second)]}"#, 0),
    ("two envelopes", #"{"data":[\#(first)],"total":2}"# + "\n" + #"{"data" : [\#(second)],"total":2}"#, 0),
    ("an array of envelopes", #"[{"data":[\#(first)],"total":2},{"data":[\#(second)],"total":2}]"#, 0),
    ("documents over many lines", pretty(first) + "\n" + pretty(second) + "\n", 0),
    ("documents without line ends", first + second, 0),
    ("behind a byte order mark", "\u{FEFF}[\(first),\(second)]", 0),
  ]

  /// Breaks the line behind each comma outside of strings.
  private static func pretty(_ text: String) -> String {
    var isInString = false
    var isEscaped = false
    var result = ""
    for character in text {
      result.append(character)
      if isEscaped {
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        isInString.toggle()
      } else if !isInString, character == "," || character == "{" {
        result += "\n  "
      }
    }
    return result
  }

  @Test(arguments: forms)
  func `two sessions are read alike in every form`(_ form: (name: String, text: String, blank: Int64)) throws {
    let reading = try read(form.text, HoopSamples.options)
    #expect(reading.addsUp)
    #expect(reading.summary.format == "hoop.sessions")
    #expect(reading.summary.accepted == 2)
    #expect(reading.summary.blank == form.blank)
    #expect(reading.openings.map(\.session) == ["a", "b"])
    #expect(reading.statements.map(\.sql) == ["SELECT 1", #"SELECT '}],"data":[{'"#])
    #expect(reading.summary.lacks == [])
    #expect(reading.summary.notes == [])
  }

  @Test(arguments: forms.map(\.text))
  func `a broken element is rejected and the others are read`(_ text: String) throws {
    let broken = text.replacing(#""script_size":8"#, with: #""script_size":,8"#, maxReplacements: 1)
    let reading = try HoopSamples.read(broken)
    #expect(reading.addsUp)
    #expect(reading.rejected.map(\.reason) == ["invalid_json"])
    #expect(reading.openings.map(\.session) == ["b"])
  }

  @Test func `a line that is cut in a string or an object does not swallow the lines behind it`() throws {
    for cut in [#"{"id":"x","script":{"data":"SEL"#, #"{"id":"x","verb":"exec""#] {
      let reading = try HoopSamples.read("\(cut)\n\(Self.first)\n\(Self.second)\n")
      #expect(reading.summary.rejected == 1)
      #expect(reading.openings.count == 2)
    }
  }

  @Test func `an array that is split while it streams keeps its memory and its count`() throws {
    var options = HoopSamples.options
    options.maximumEntryBytes = 4096
    let long = HoopSamples.session(["script": "{\"data\":\"\(String(repeating: "x[{", count: 800_000))\"}"])
    let text = "[" + ([Self.first, long] + Array(repeating: Self.second, count: 3000)).joined(separator: ",\n") + "]"
    let reading = try read(text, as: .hoopSessions, options)
    #expect(reading.addsUp)
    #expect(reading.summary.entries == 3002)
    #expect(reading.rejected.map(\.reason) == ["record_too_long"])
    #expect(reading.rejected.map(\.bytes) == [Int64(long.utf8.count)])
  }

  @Test func `a list that says there is more is said to be partial`() throws {
    let capped = #"{"data":[\#(Self.first)],"has_next_page":true,"total":10000,"total_is_capped":true}"#
    let summary = try HoopSamples.read(capped).summary
    #expect(summary.lacks == ["export_partial"])
    #expect(summary.notes.first?.contains("total 10,000 or more") == true)
    let empty = try read(#"{"data":[],"has_next_page":false,"total":0,"total_is_capped":false}"#).summary
    #expect(empty.entries == 0)
    #expect(empty.lacks == [])
  }

  @Test func `a list that ends inside is said to be cut`() throws {
    let reading = try HoopSamples.read("[\(Self.first),\(Self.second.prefix(200))")
    #expect(reading.addsUp)
    #expect(reading.rejected.map(\.reason) == ["entry_cut"])
    #expect(reading.summary.lacks == ["export_cut"])
  }

  @Test func `list rows are sessions without statements, and the summary says how to get them`() throws {
    let row = HoopSamples.session(["id": #""c""#, "script": nil as String?, "event_stream": nil as String?])
    let reading = try HoopSamples.read(#"{"data":[\#(row),\#(Self.first)],"total":2}"#)
    #expect(reading.openings.map(\.session) == ["c", "a"])
    #expect(reading.statements.map(\.session) == ["a"])
    #expect(reading.summary.lacks == ["list_rows_only"])
    #expect(
      reading.summary.notes == [
        "1 of 2 sessions are list rows: they hold no statements; fetch each session, see docs/collect-hoop.md"
      ])
  }
}
