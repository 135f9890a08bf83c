import AuditTrail
import Evidence
import Foundation
import JSONReader
import Testing

@testable import Reporting

/// An exception as a package states it, and what of it outlasts the period.
struct KindCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let test: String
  let key: String
  var session: String?
  var user: String?
  var connection: String?
  var row: [String: String] = [:]
  /// What it is about, after the test.
  let about: [String]
}

/// What changed between two finished packages.
@Suite struct ComparisonTests {
  static let kinds = [
    KindCase(
      testDescription: "a gap is told by its source", test: "T-02", key: "dbgate gw-1 2026-08-12T13:00:00Z",
      about: ["dbgate gw-1"]),
    KindCase(
      testDescription: "a short session by person and connection", test: "T-02", key: "session 4497b8e5",
      session: "4497b8e5",
      user: "ana", connection: "clinic", about: ["session", "user ana", "connection clinic"]),
    KindCase(
      testDescription: "a field by its source", test: "T-03", key: "hoop client", user: "ana", connection: "clinic",
      about: ["hoop client"]),
    KindCase(testDescription: "a month by nothing but that", test: "T-06", key: "month 2025-11-01", about: ["month"]),
    KindCase(
      testDescription: "a number may be a person", test: "T-08", key: "4711 on clinic", user: "4711",
      connection: "clinic",
      about: ["4711 on clinic"]),
    KindCase(
      testDescription: "a change of access without its time", test: "T-09",
      key: "grant ana dba on clinic 2026-07-09T08:00:00.5Z", about: ["grant ana dba on clinic"]),
    KindCase(
      testDescription: "a leaver without the day", test: "T-10", key: "jo 2026-07-24T12:00:00Z used", user: "jo",
      about: ["jo used"]),
    KindCase(
      testDescription: "a review without its day and counts", test: "T-12",
      key: "all 2026-09-30 2 of 27 entitlements have no decision", about: ["all of entitlements have no decision"]),
    KindCase(
      testDescription: "a review that is too old without its limit", test: "T-12", key: "all not reviewed within 90",
      about: ["all not reviewed within"]),
    KindCase(
      testDescription: "a use without approval by its reason", test: "T-14", key: "s-1 granted afterwards",
      session: "s-1",
      user: "ana", connection: "clinic", about: ["granted afterwards", "user ana", "connection clinic"]),
    KindCase(
      testDescription: "a harmful use by person and connection", test: "T-14", key: "s-1/3", session: "s-1",
      user: "ana",
      connection: "clinic", about: ["user ana", "connection clinic"]),
    KindCase(
      testDescription: "an own approval by who asked", test: "T-15", key: "approval a-9", user: "ana",
      connection: "clinic",
      row: ["approval": "a-9"], about: ["approval", "user ana", "connection clinic"]),
    KindCase(
      testDescription: "a day of a guardrail by connection and problem", test: "T-18",
      key: "clinic 2026-09-03 no guardrail is attached", connection: "clinic",
      about: ["clinic no guardrail is attached"]),
    KindCase(
      testDescription: "a leak by person, connection and shape", test: "T-19", key: "leak ana clinic 78900419901ff354",
      session: "s-1", user: "ana", connection: "clinic", row: ["kind": "discloses", "fingerprint": "78900419901ff354"],
      about: [
        "leak ana clinic 78900419901ff354", "user ana", "connection clinic", "kind discloses",
        "fingerprint 78900419901ff354",
      ]),
    KindCase(
      testDescription: "a script by the shape of its first statement", test: "T-19", key: "s-1 unit u7", session: "s-1",
      user: "ana", connection: "clinic", row: ["kind": "destroys", "fingerprint": "f"],
      about: ["user ana", "connection clinic", "kind destroys", "fingerprint f"]),
    KindCase(
      testDescription: "small steps that add up without the session", test: "T-19", key: "accumulated s-1",
      session: "s-1",
      user: "ana", connection: "clinic", about: ["accumulated", "user ana", "connection clinic"]),
    KindCase(
      testDescription: "a policy without its version", test: "T-25", key: "guard 2026.2 no approver on record",
      row: ["version": "2026.2"], about: ["guard no approver on record"]),
    KindCase(
      testDescription: "an access to the records without its week", test: "T-26", key: "job delete gw-1 2025-W33",
      about: ["job delete gw-1"]),
    KindCase(testDescription: "a week by nothing but that", test: "T-27", key: "week 2026-W33", about: ["week"]),
    KindCase(
      testDescription: "a leg by connection and protocol", test: "T-33", key: "database of billing by TLSv1.0",
      connection: "billing", row: ["version": "TLSv1.0"], about: ["database of billing by TLSv1.0"]),
    KindCase(
      testDescription: "guessing by the person", test: "T-36", key: "gus not locked 2026-09-14", user: "gus",
      about: ["gus not locked"]),
    KindCase(
      testDescription: "an archive by its format", test: "T-41", key: "archive " + String(repeating: "a", count: 64),
      row: ["format": "hoop"], about: ["archive", "format hoop"]),
    KindCase(
      testDescription: "a forced approval by who asked and who gave it", test: "T-44", key: "approval a-1 forced",
      user: "ana", connection: "clinic", row: ["approval": "a-1", "approver": "bo"],
      about: ["approval forced", "user ana", "connection clinic", "approver bo"]),
    KindCase(
      testDescription: "a test that this version does not have by its key", test: "T-99",
      key: "whatever 2026-07-01 it is",
      about: ["whatever it is"]),
  ]

  @Test(arguments: kinds)
  func `what an exception is about names nothing that does not last`(_ one: KindCase) throws {
    var item: [String: Any] = ["key": one.key]
    for (name, value) in [("session", one.session), ("user", one.user), ("connection", one.connection)] {
      item[name] = value
    }
    let bytes = try JSONSerialization.data(withJSONObject: ["id": "EX-1", "test": one.test, "item": item])
    var json = JSONParser(maximumBytes: 1 << 16)
    let root = try json.parse([UInt8](bytes))
    let read = StatedException(json, root)
    var exception = try #require(read)
    exception.row = one.row
    #expect(exception.kind.about == [one.test] + one.about)
  }

  /// Every test whose exceptions name a session, a statement or an approval says what of them lasts.
  @Test func `an exception of the sample's package is about something besides its test`() throws {
    let package = try StatedPackage.checked(Self.sample)
    #expect(package.exceptions.count > 50)
    for exception in package.exceptions {
      #expect(exception.kind.about.count > 1, "\(exception.id) \(exception.condition)")
      let words = exception.kind.about.dropFirst().joined(separator: " ")
      #expect(!words.contains("2026-"), "\(words)")
    }
  }

  private static let sample = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../reports/2026-Q3").standardizedFileURL.path

  @Test(
    arguments: [
      ("pass", "pass", "same"), ("pass", "fail", "worse"), ("pass", "pass_with_accepted", "worse"),
      ("fail", "pass", "better"), ("fail", "pass_with_accepted", "better"), ("pass", "inconclusive", "changed"),
      ("inconclusive", "fail", "changed"), ("inconclusive", "pass", "changed"), ("fail", "inconclusive", "changed"),
      ("not_run", "fail", "changed"), ("pass", "not_applicable", "changed"), ("fail", "of another version", "changed"),
      (nil, "fail", "new"), ("pass", nil, "gone"),
    ] as [(String?, String?, String)])
  func `only what was decided both times got better or worse`(_ then: String?, _ now: String?, _ change: String) {
    func test(_ status: String?) -> StatedPackage.Test? {
      status.map { StatedPackage.Test(title: "t", status: $0, items: 1) }
    }
    #expect(PackageComparison.TestChange(id: "T-14", then: test(then), now: test(now)).change.rawValue == change)
  }

  // MARK: Packages

  private static let json = "machine/evidence.json"

  /// A package, and the same in another folder after a change, each with sums that fit.
  private static func pair(_ change: (Forger) throws -> Void = { _ in }) throws -> (
    Forger, comparison: PackageComparison
  ) {
    let (before, after) = (try Forger(), try Forger())
    try change(before)
    try before.seal()
    let paths = [before, after].map { "\($0.scratch.path)/\(Forger.package)" }
    return (
      before,
      PackageComparison(then: try StatedPackage.checked(paths[0]), now: try StatedPackage.checked(paths[1]))
    )
  }

  @Test func `the same package twice has nothing new and nothing gone`() throws {
    let comparison = try Self.pair().comparison
    #expect(comparison.tests.allSatisfy { $0.change == .same } && comparison.controls.isEmpty)
    #expect(!comparison.kinds.isEmpty && comparison.kinds.allSatisfy { $0.state == .recurring && $0.proviso == nil })
    #expect(comparison.kinds.reduce(0) { $0 + $1.now.count } == comparison.now.exceptions.count)
    #expect(comparison.choices.isEmpty && comparison.versions.isEmpty)
  }

  @Test func `another session of the same person with the same shape recurs, with the ids of both sides`() throws {
    let comparison = try Self.pair { forger in
      var text = try forger.text(Self.json)
      for exception in try StatedPackage("\(forger.scratch.path)/\(Forger.package)").exceptions
      where exception.test == "T-19" {
        text = text.replacing("\"\(exception.id)\"", with: "\"EX-0000\(exception.id.suffix(12))\"")
        let rows = try forger.text("populations/T-19.csv")
        try forger.write(
          "populations/T-19.csv", rows.replacing(exception.id, with: "EX-0000\(exception.id.suffix(12))"))
      }
      try forger.write(
        Self.json,
        text.replacing("\"key\": \"s1/1\"", with: "\"key\": \"q9/1\"").replacing(
          "\"session\": \"s1\"", with: "\"session\": \"q9\""))
    }.comparison
    let kind = try #require(comparison.kinds.first { $0.test == "T-19" })
    #expect(kind.state == .recurring && kind.then.first?.id != kind.now.first?.id)
    #expect(kind.since?.hasPrefix("2026-07-01") == true)
  }

  @Test func `what the earlier package did not test is not simply new`() throws {
    let comparison = try Self.pair { forger in
      let text = try forger.text(Self.json)
      try forger.write(
        Self.json,
        text.replacing("\"test\": \"T-19\"", with: "\"test\": \"T-98\"").replacing(
          "\"id\": \"T-19\"", with: "\"id\": \"T-98\""))
    }.comparison
    let new = comparison.kinds.filter { $0.test == "T-19" }
    #expect(!new.isEmpty && new.allSatisfy { $0.state == .new && $0.proviso == "2026-07-01 does not have T-19." })
    #expect(
      comparison.kinds.contains { $0.test == "T-98" && $0.state == .gone && $0.proviso?.contains("T-98") == true })
    #expect(comparison.tests.first { $0.id == "T-98" }?.change == .gone)
    #expect(comparison.tests.first { $0.id == "T-19" }?.change == .new)
  }

  @Test func `other choices, catalogs and another program are named`() throws {
    let comparison = try Self.pair { forger in
      let text = try forger.text(Self.json)
        .replacing("\"value\": \"customers.ssn\"", with: "\"value\": \"customers.email\"")
        .replacing("2017, points of focus of 2022", with: "2030")
      try forger.write(Self.json, text)
    }.comparison
    #expect(comparison.choices.map(\.name) == ["Sensitive columns"])
    #expect(comparison.choices.first?.then == "customers.email" && comparison.choices.first?.now == "customers.ssn")
    #expect(comparison.versions.map(\.name) == ["catalog soc2-2017"])
    let page = String(decoding: comparison.markdown, as: UTF8.self)
    #expect(
      MarkdownTable.with(["Choice", "Then", "Now"], in: page) == [
        ["Sensitive columns", "customers.email", "customers.ssn"]
      ])
  }

  /// What versions before this one wrote: without choices, limits, events, ratings, and with other facts.
  @Test func `a package of an earlier version is read, and what it does not state is told as not stated`() throws {
    let (before, comparison) = try Self.pair { forger in
      var object = try #require(
        JSONSerialization.jsonObject(with: Data(try forger.text(Self.json).utf8)) as? [String: Any])
      for key in ["choices", "extractions", "files", "seals"] { object[key] = nil }
      object["exceptions"] = (object["exceptions"] as? [[String: Any]])?.map {
        $0.filter { !["event", "rating"].contains($0.key) }
      }
      object["tests"] = (object["tests"] as? [[String: Any]])?.map { $0.filter { $0.key != "limits" } }
      let bytes = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
      try forger.write(Self.json, String(decoding: bytes, as: UTF8.self))
      var facts = try #require(
        JSONSerialization.jsonObject(with: Data(try forger.text(FactsJSON.path).utf8)) as? [String: Any])
      var plan = try #require(facts["plan"] as? [String: Any])
      plan["limits"] = nil
      plan["side_files"] = ["sources": [], "acceptances": []]
      facts["plan"] = plan
      try forger.write(
        FactsJSON.path, String(decoding: try JSONSerialization.data(withJSONObject: facts), as: UTF8.self))
    }
    #expect(comparison.choices.count > 10 && comparison.choices.allSatisfy { $0.then == nil })
    #expect(comparison.kinds.allSatisfy { $0.state == .recurring })
    // `previous:` reads the same, and `verify` does not call a package broken that another version wrote.
    let stated = try StatedPackage("\(before.scratch.path)/\(Forger.package)")
    #expect(stated.period == "2026-07-01" && stated.choices.isEmpty)
    #expect(try before.verify().failures.map(\.problem) == ["not_facts"])
    #expect(try before.verify { $0.program = "99" }.failures.map(\.problem) == ["not_compared"])
  }

  @Test func `populations that do not name exceptions are said to, where kinds depend on them`() throws {
    let comparison = try Self.pair { forger in
      let rows = try forger.text("populations/T-19.csv").replacing(",result,exceptions\r\n", with: ",result,others\r\n")
      try forger.write("populations/T-19.csv", rows)
    }.comparison
    let new = comparison.kinds.filter { $0.test == "T-19" && $0.state == .new }
    #expect(!new.isEmpty && new.allSatisfy { $0.proviso?.contains("does not say which items") == true })
  }

  @Test(
    arguments: [
      ("a page was changed", "summary.md", "x", AssayError.Code.invalidFile),
      ("a population was changed", "populations/T-19.csv", "x", .invalidFile),
      ("a file was added", "notes.txt", "x", .invalidFile),
      ("the sums were changed", "SHA256SUMS", "x", .invalidFile),
      ("the manifest is none", "MANIFEST.json", "{", .invalidFile),
    ] as [(String, String, String, AssayError.Code)])
  func `a package whose files are not those of its sums is not compared`(
    _ what: String, _ file: String, _ text: String, _ code: AssayError.Code
  ) throws {
    let forger = try Forger()
    try forger.write(file, ((try? forger.text(file)) ?? "") + text)
    let error = #expect(throws: AssayError.self) {
      try StatedPackage.checked("\(forger.scratch.path)/\(Forger.package)")
    }
    #expect(error?.code == code, "\(what)")
  }

  @Test(arguments: ["", "nothing", "notes.txt"])
  func `a folder that is not a package is missing input`(_ name: String) throws {
    let scratch = try Scratch()
    try scratch.write("notes.txt", "x")
    let error = #expect(throws: AssayError.self) { try StatedPackage.checked("\(scratch.path)/\(name)") }
    #expect(error?.code == .missingInput)
  }

  /// Nothing of an earlier package is believed: values of any kind in any place end in a sentence or are left out.
  @Test(
    arguments: [
      "[]", "{}", "{\"format\":\"assay.evidence/1\"}", "not JSON", String(repeating: "[", count: 100_000),
      "{\"format\":\"assay.evidence/2\"}",
    ])
  func `results that are none are missing input`(_ text: String) throws {
    let forger = try Forger()
    try forger.write(Self.json, text)
    let error = #expect(throws: AssayError.self) { try StatedPackage("\(forger.scratch.path)/\(Forger.package)") }
    #expect(error?.code == .missingInput)
  }

  @Test func `hostile words of an earlier package steer neither page, table nor terminal`() throws {
    let evil = "=cmd|' /C calc'!A0\\u001b[2J|\\n# x<script>\\u202e[a](http://e)"
    let comparison = try Self.pair { forger in
      let text = try forger.text(Self.json)
        .replacing("\"status\": \"fail\"", with: "\"status\": \"\(evil)\"")
        .replacing("\"condition\": \"", with: "\"condition\": \"\(evil)")
        .replacing("\"label\": \"2026-07-01\"", with: "\"label\": \"\(evil)\"")
        .replacing("\"value\": \"customers.ssn\"", with: "\"value\": \"\(evil)\"")
        .replacing("\"key\": \"s1/1\"", with: "\"key\": \"\(evil)\"")
        .replacing(#/"count": [0-9]+/#, with: "\"count\": -9e99")
      try forger.write(Self.json, text)
    }.comparison
    let page = String(decoding: comparison.markdown, as: UTF8.self)
    #expect(
      !page.contains("\u{1B}") && !page.contains("\u{202E}") && !page.contains("<script>") && !page.contains("\n# x"))
    #expect(!page.contains("[a](http"))
    let rows = readCSV(comparison.csv)
    let width = try #require(rows.first?.count)
    #expect(rows.count > 30 && rows.allSatisfy { $0.count == width })
    let table = String(decoding: comparison.csv, as: UTF8.self)
    #expect(!table.contains("\u{1B}") && !table.contains(",=cmd") && !table.contains("\"=cmd"))
    #expect(PackageComparison.isOne(comparison.csv) && PackageComparison.isOne(comparison.markdown))
  }
}
