import AuditTrail
import FoundationEssentials
import Ledger
import Policies
import PolicyDiff
import Testing

/// What people and machines read of a diff.
@Suite struct RenderingTests {
  private static let literals = ["hunter2", "dana@example.org"]

  /// A diff with a risk, a leak, friction and one without a verdict; texts hold what must not be shown.
  static func sample() throws -> PolicyDifference {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load(
      [
        Sent(sql: "DELETE FROM visits WHERE note <> 'hunter2'", effect: Fixture.deleted(48_213)),
        Sent(sql: "SELECT email FROM customers WHERE email = 'dana@example.org'", effect: Fixture.leaked),
        Sent(sql: "SELECT \"odd | `name`\" FROM t WHERE a = 'hunter2'", kind: .agent),
        Sent(sql: "INSERT INTO visits VALUES ('hunter2')", effect: Effect(.ran)),
      ], into: ledger)
    let old = try Fixture.policy([
      "- { id: writes, when: { statement: { kind: delete } }, then: block }",
      "- { id: reads, when: { statement: { kind: select } }, then: { review: [dba] } }",
    ])
    let reads = "- { id: reads, when: { statement: { reads: [customers.email] } }, then: block }"
    return try comparePolicies(
      ledger, old: old,
      new: Fixture.policy([reads, "- { id: inserts, when: { statement: { kind: insert } }, then: block }"]))
  }

  /// A part of the document of `--json`.
  private struct Document: Decodable {
    var statements: Int
    var unchanged: Int
    var changes: [String: Int]
    var risk: Int
    var risk_unknown: Int
    var friction: Int
    var leak: Int
    var harm_changed: Bool
    var tripped: [String]
    var groups: [Group]

    struct Group: Decodable {
      var change: String
      var severity: String
      var identity_kind: String
      var old_rule: String?
      var new_rule: String?
      var count: Int
      var sessions: Int
      var example: String
    }
  }

  @Test func `the document adds up and shows no literal`() throws {
    let bytes = try Self.sample().json(tripped: [.risk, .friction])
    let document = try JSONDecoder().decode(Document.self, from: Data(bytes))
    #expect(Set(document.changes.keys) == Set(Change.allCases.map(\.rawValue)))
    #expect(document.unchanged + document.changes.values.reduce(0, +) == 4)
    #expect(document.statements == 4)
    #expect((document.risk, document.risk_unknown, document.friction, document.leak) == (1, 1, 1, 0))
    #expect(!document.harm_changed)
    #expect(document.tripped == ["risk", "friction"])
    let first = try #require(document.groups.first)
    #expect((first.change, first.severity, first.identity_kind) == ("newly_allowed", "risk", "human"))
    #expect((first.old_rule, first.new_rule) == ("writes", nil))
    #expect((first.count, first.sessions, first.example) == (1, 1, "s0/1"))
    for literal in Self.literals { #expect(!String(decoding: bytes, as: UTF8.self).contains(literal)) }
  }

  @Test func `the comment begins with what matters and which traffic`() throws {
    let text = try Self.sample().markdown(tripped: [.risk])
    let lines = text.split(separator: "\n")
    #expect(
      lines[0]
        == "**1 statement that destroyed 48,213 rows on the shadow would newly be allowed; 1 has no verdict.**")
    #expect(lines[1].hasPrefix("Traffic: 4 statements from 2026-07-01 to 2026-07-01, 75.0 % with a verdict."))
    #expect(text.contains("Tripped: `risk`."))
    for line in lines where line.hasPrefix("|") {
      let bars = line.replacing("\\|", with: "").count { $0 == "|" }
      #expect(bars == 10, "\(line)")
    }
    for literal in Self.literals { #expect(!text.contains(literal)) }
  }

  @Test func `a long comment is cut from the least grave and says what was cut`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    var sent = (0..<400).map {
      Sent(sql: "SELECT \(String(repeating: "column_\($0), ", count: 30)) a FROM t\($0)", effect: Effect(.ran))
    }
    sent.append(Sent(sql: "DELETE FROM visits", effect: Fixture.deleted(5_000)))
    try Fixture.load(sent, into: ledger)
    let difference = try comparePolicies(ledger, old: OneRule.policy("block"), new: OneRule.policy("allow"))
    let text = difference.markdown(tripped: [])
    #expect(text.utf8.count <= 60_000)
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
    #expect(rows.first?.hasPrefix("| risk |") == true)
    let cut = 401 - rows.count
    #expect(cut > 0)
    #expect(text.contains("Cut to fit: fixed friction \(cut) statements in \(cut) rows."))
    #expect(difference.groups.count == 401)
    #expect(!difference.markdown(tripped: [], limit: 10_000_000).contains("Cut to fit"))
  }

  /// What SARIF 2.1.0 requires of a log, its runs and results, and what Assay adds. Source: OASIS, section 3.
  private struct Log: Decodable {
    var version: String
    var runs: [Run]

    struct Run: Decodable {
      var tool: Tool
      var columnKind: String
      var results: [Result]
    }
    struct Tool: Decodable { var driver: Driver }
    struct Driver: Decodable {
      var name: String
      var version: String
      var rules: [Rule]
    }
    struct Rule: Decodable {
      var id: String
      var shortDescription: Message
    }
    struct Message: Decodable { var text: String }
    struct Result: Decodable {
      var ruleId: String
      var ruleIndex: Int
      var level: String
      var message: Message
      var locations: [Location]
      var occurrenceCount: Int
      var partialFingerprints: [String: String]
    }
    struct Location: Decodable { var physicalLocation: PhysicalLocation }
    struct PhysicalLocation: Decodable {
      var artifactLocation: ArtifactLocation
      var region: Region?
    }
    struct ArtifactLocation: Decodable { var uri: String }
    struct Region: Decodable { var startLine: Int }
  }

  @Test func `SARIF has what its schema requires, at the rule's line`() throws {
    let bytes = try Self.sample().sarif(
      places: ["writes": Place("policies/old policy.yaml", line: 7)], policy: "p.yaml", version: "1.2.3")
    let log = try JSONDecoder().decode(Log.self, from: Data(bytes))
    #expect(log.version == "2.1.0")
    let run = try #require(log.runs.first)
    #expect(log.runs.count == 1)
    #expect((run.tool.driver.name, run.tool.driver.version) == ("assay", "1.2.3"))
    #expect(["utf16CodeUnits", "unicodeCodePoints"].contains(run.columnKind))
    #expect(run.results.map(\.ruleId) == ["risk", "friction", "risk-unknown"])
    for result in run.results {
      #expect(run.tool.driver.rules[result.ruleIndex].id == result.ruleId)
      #expect(["none", "note", "warning", "error"].contains(result.level))
      #expect(!result.message.text.isEmpty)
      #expect(result.occurrenceCount == 1)
      #expect(result.locations.count == 1)
      #expect(!result.partialFingerprints.isEmpty)
    }
    #expect(Set(run.results.map(\.partialFingerprints)).count == run.results.count)
    let places = run.results.map(\.locations[0].physicalLocation)
    #expect(places.map(\.artifactLocation.uri) == ["policies/old%20policy.yaml", "p.yaml", "p.yaml"])
    #expect(places.map(\.region?.startLine) == [7, nil, nil])
    for literal in Self.literals { #expect(!String(decoding: bytes, as: UTF8.self).contains(literal)) }
  }

  @Test func `JUnit fails the gates that trip and passes the rest`() throws {
    let text = try Self.sample().junit(gates: [.risk, .leak, .friction], tripped: [.risk, .friction])
    #expect(text.contains("<testsuites tests=\"3\" failures=\"2\">"))
    #expect(text.contains("name=\"leak\"/>"))
    #expect(text.components(of: "<failure ") == 2)
    #expect(text.contains("&quot;odd | `name`&quot;"))
    for literal in Self.literals { #expect(!text.contains(literal)) }
  }
}

extension String {
  fileprivate func components(of text: String) -> Int { split(separator: text).count - 1 }
}
