import Digests
import Foundation
import Sensitivity
import Testing
import Yams

/// One line of `cases/detectors.yaml`.
struct DetectorCase: Decodable, Sendable, CustomStringConvertible {
  let detector: String
  let text: String
  let found: [String]
  var description: String { "\(detector): \(text)" }

  static func all() throws -> [DetectorCase] {
    let url = try #require(Bundle.module.url(forResource: "cases/detectors", withExtension: "yaml"))
    return try YAMLDecoder().decode([DetectorCase].self, from: String(contentsOf: url, encoding: .utf8))
  }
}

@Test func `a detector finds exactly what the table says`() throws {
  let cases = try DetectorCase.all()
  #expect(cases.count >= 50)
  for line in cases {
    let detector = try #require(Detector(name: line.detector))
    let bytes = Array(line.text.utf8)
    let found = detector.find(in: line.text).map { String(decoding: bytes[$0], as: UTF8.self) }
    #expect(found == line.found, "\(line)")
  }
}

@Test func `every detector has cases that are found and cases that are not`() throws {
  let cases = try DetectorCase.all()
  for detector in Detector.allCases {
    #expect(cases.contains { $0.detector == detector.rawValue && !$0.found.isEmpty })
    #expect(cases.contains { $0.detector == detector.rawValue && $0.found.isEmpty })
  }
}

@Test func `any bytes are searched without a crash and ranges are in order`() {
  var state: UInt64 = 7
  let alphabet = Array("0123456789abcdefAE@.:-+() _eyJGB82\u{e9}".utf8)
  for _ in 0..<2000 {
    var text: [UInt8] = []
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    for _ in 0..<(state >> 58) {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      text.append(alphabet[Int(state >> 33) % alphabet.count])
    }
    for detector in Detector.allCases {
      var last = 0
      for range in detector.find(in: text.span) {
        #expect(range.lowerBound >= last && range.upperBound <= text.count && !range.isEmpty)
        last = range.upperBound
      }
    }
  }
}

@Test func `a column is classified by the share of its values`() {
  let emails = (1...8).map { "person\($0)@example.org" }
  #expect(classify(emails + ["unknown", ""])?.detector == .email)
  #expect(classify(emails + ["unknown", ""])?.share == 8.0 / 9.0)
  #expect(classify(["a@example.org", "x", "y", "z"]) == nil)
  #expect(classify([]) == nil)
  #expect(classify(["", " "]) == nil)
}

@Test func `redaction names what it removed`() {
  #expect(redact("ana@example.org paid 4111111111111111") == "[email] paid [card]")
  #expect(redact("nothing here") == "nothing here")
}

@Test(arguments: [
  ("TICK-4111111111111111", "?"), ("OPS-1 for PAT4111111111111111", "OPS-1 for ?"), ("app-4111111111111111", "?"),
  ("078-05-1120x and 12 rows", "? and 12 rows"), ("ana@example.org asked", "[email] asked"), ("psql", "psql"),
])
func `what people wrote freely is told without values`(text: String, told: String) {
  #expect(redactingProse(in: text) == told)
}

@Test func `a pseudonym depends on key and value alone`() {
  var one = HMACSHA256(key: Array("one".utf8))
  var two = HMACSHA256(key: Array("two".utf8))
  let name = pseudonym(&one, "ana@example.org")
  #expect(name == pseudonym(&one, "ana@example.org"))
  #expect(name != pseudonym(&one, "bo@example.org"))
  #expect(name != pseudonym(&two, "ana@example.org"))
  #expect(name.utf8.count == 16)
}

@Test func `recorded output is counted by kind, each run of text once`() {
  let text = "ana@example.org | 078-05-1120 | 4111 1111 1111 1111\nbo@example.org | 10.0.0.8\n"
  #expect(recognize(Array(text.utf8)) == ["email": 2, "us_ssn": 1, "card": 1, "ipv4": 1])
  #expect(recognize(Array("nothing here".utf8)).isEmpty)
  #expect(recognize([0xFF, 0xFE, 0x00]).isEmpty)
}
