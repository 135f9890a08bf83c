import AuditTrail
import Foundation
import Policies
import Testing
import Yams

struct GuardrailCase: Decodable, CustomTestStringConvertible {
  let name: String
  let on: String?
  let text: String?
  let script: String?
  let expect: String
  let rule: String?
  let flags: [String]?
  let maybe: [String]?
  let presidio: String?
  var testDescription: String { name }

  var request: Request {
    Request(
      facts: nil, text: text, script: script, connection: on.map { Connection(name: $0, engine: "postgresql") })
  }
}

private func file(_ name: String) throws -> HoopFiles.File {
  let url = try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "cases"))
  return HoopFiles.File(path: name, bytes: Array(try Data(contentsOf: url)))
}

private func inline(_ path: String, _ text: String) -> HoopFiles.File {
  HoopFiles.File(path: path, bytes: Array(text.utf8))
}

private func bindings(_ files: HoopFiles) throws -> HoopFiles {
  var files = files
  files.connections = try file("connections.json")
  files.attributes = try file("attributes.json")
  return files
}

struct HoopTests {
  static let guardrailCases = (try? cases("guardrails.yaml", as: [GuardrailCase].self)) ?? []

  @Test func `the cases are there`() {
    #expect(Self.guardrailCases.count >= 40)
  }

  @Test(arguments: guardrailCases)
  func `a guardrail decides as hoop does`(_ example: GuardrailCase) throws {
    let policy = try HoopPolicy(bindings(HoopFiles(guardrails: file("guardrails.json"))), dialect: .re2)
    let decision = policy.decide(example.request)
    #expect(decision.action.rawValue == example.expect)
    #expect(decision.rule == example.rule)
    #expect(decision.flags.flagNames == example.flags ?? [])
    #expect(decision.possible.actions.map(\.rawValue) == example.maybe ?? [example.expect])
    #expect(decision.maybe == (example.maybe != nil))
    #expect(policy.explain(example.request).decision == decision)
    if let expected = example.presidio {
      let other = try HoopPolicy(bindings(HoopFiles(guardrails: file("guardrails.json"))), dialect: .presidio)
      let decision = other.decide(example.request)
      #expect(decision.action.rawValue == expected)
      #expect(decision.flags.contains(.approximate))
    }
  }

  @Test func `without a dialect a pattern is read by the engine that can`() throws {
    let text = #"[{"rules":[{"type":"pattern_match","pattern_regex":"(?i)delete(?!.*where)","name":"n"}]}]"#
    let file = HoopFiles.File(path: "g.json", bytes: Array(text.utf8))
    for (dialect, bounded) in [(nil, Action.allow), (.presidio, .allow), (.re2, .block)]
      as [(HoopPolicy.Dialect?, Action)]
    {
      let policy = try HoopPolicy(HoopFiles(guardrails: file), dialect: dialect)
      #expect(policy.decide(Request(facts: nil, text: "DELETE FROM visits")).action == .block)
      #expect(policy.decide(Request(facts: nil, text: "DELETE FROM visits WHERE id = 1")).action == bounded)
    }
  }

  @Test(
    arguments: [
      ("1.148.0", HoopPolicy.Dialect.presidio), ("v1.148", .presidio), ("2.0.1", .presidio), ("1.147.9", .re2),
      ("1.30.0", .re2), ("1", nil), ("latest", nil), ("", nil),
    ])
  func `the version of hoop says which engine reads patterns`(version: String, dialect: HoopPolicy.Dialect?) {
    #expect(HoopPolicy.Dialect(hoopVersion: version) == dialect)
  }

  @Test(
    arguments: [
      (#""reviewers_groups":["dba"],"min_approvals":1"#, "everybody; approved by dba"),
      (#""reviewers_groups":["dba","sre"],"min_approvals":2"#, "everybody; approved by at least 2 of dba, sre"),
      (#""reviewers_groups":["dba","sre"],"all_groups_must_approve":true"#, "everybody; approved by each of dba, sre"),
      (#""min_approvals":3"#, "everybody; approved by at least 3 reviewers"),
      (
        #""approval_required_groups":["dev"],"reviewers_groups":["dba"],"force_approval_groups":["admin"]"#,
        "dev; approved by dba; by admin alone"
      ), (#""min_approvals":null,"reviewers_groups":null"#, "everybody"),
    ])
  func `an access rule says who approves`(keys: String, expected: String) throws {
    let text = #"[{"name":"ask","connection_names":["clinic"],\#(keys)}]"#
    let policy = try HoopPolicy(HoopFiles(accessRequests: inline("a.json", text)))
    let request = Request(
      facts: nil, text: "SELECT 1", connection: Connection(name: "clinic", engine: "postgresql"))
    #expect(policy.explain(request).rules.first?.deciding.first?.expected == expected)
  }

  @Test func `output rules and rules bound to nothing are reported`() throws {
    let policy = try HoopPolicy(bindings(HoopFiles(guardrails: file("guardrails.json"))))
    #expect(
      policy.notes == [
        "guardrail `destructive-ddl`: 1 output rule not evaluated offline",
        "rule `bound-to-nothing` is bound to no connection",
      ])
  }

  @Test func `the bare form applies everywhere`() throws {
    let text = #"[{"rules":[{"type":"deny_words_list","words":["DROP"],"name":"no-drop"}]},{"rules":[]}]"#
    let policy = try HoopPolicy(HoopFiles(guardrails: inline("g.json", text)))
    let decision = policy.decide(Request(facts: nil, text: "DROP TABLE t"))
    #expect(decision == PolicyDecision(.block, rule: "no-drop"))
  }

  @Test func `masks and access requests are bound and decided`() throws {
    let policy = try HoopPolicy(
      bindings(
        HoopFiles(
          guardrails: file("guardrails.json"), masking: file("masking.json"),
          accessRequests: file("access-requests.json"))))
    func decide(_ connection: String, _ groups: [String]?) -> PolicyDecision {
      policy.decide(
        Request(
          facts: nil, text: "SELECT 1", identity: groups.map { Identity(user: "a", kind: .human, groups: $0) },
          connection: Connection(name: connection, engine: "postgresql")))
    }
    let masked = ["detector:EMAIL_ADDRESS", "detector:PERSON", "detector:ZIP_CODE"]
    #expect(decide("clinic", []) == PolicyDecision(.mask, rule: "mask-pii", masked: masked))
    #expect(decide("free", ["dev"]) == PolicyDecision(.review, rule: "ask-dba", masked: masked))
    #expect(decide("free", ["dev", "dba"]) == PolicyDecision(.mask, rule: "mask-pii", masked: masked))
    #expect(decide("free", ["sales"]) == PolicyDecision(.mask, rule: "mask-pii", masked: masked))
    #expect(decide("free", nil).possible == [ActionSet(.mask), ActionSet(.review)])
    #expect(decide("ddl", ["dev"]) == PolicyDecision(.allow))
  }

  @Test func `a binding that nothing resolves names its rule`() throws {
    let rules = #"[{"id":"g1","name":"no-drop","connection_ids":["c9"],"attributes":["pci"],"input":{"rules":[]}}]"#
    do throws(PolicyErrors) {
      _ = try HoopPolicy(HoopFiles(guardrails: inline("g.json", rules)))
      Issue.record("the bindings resolved")
    } catch {
      #expect(
        error.description == """
          g.json entry 1: rule `no-drop` is bound to attribute pci, which no connections or attributes file resolves
          g.json entry 1: rule `no-drop` is bound to connection c9, which no connections or attributes file resolves
          """)
    }
  }

  @Test(arguments: [
    ("{", "g.json: not JSON: the text is not a JSON document, at byte 1"),
    ("{}", "g.json: expected guardrails as a JSON array"),
    ("[1]", "g.json entry 1: expected an object"),
    ("[{}]", "g.json entry 1: the guardrail lacks `name` or `rules`"),
  ])
  func `a broken file is an error with its place`(_ text: String, _ message: String) {
    let error = #expect(throws: PolicyErrors.self) { try HoopPolicy(HoopFiles(guardrails: inline("g.json", text))) }
    #expect(error?.description == message)
  }

  @Test func `regular expressions of hoop's rules are bounded in sum, and told once`() {
    let rules = (0..<300).map { #"{"type": "pattern_match", "pattern_regex": "(?i)\\p{L}{100}\#($0)"}"# }
    let file = inline("g.json", #"[{"name": "g", "input": {"rules": [\#(rules.joined(separator: ","))]}}]"#)
    #expect {
      try HoopPolicy(HoopFiles(guardrails: file), dialect: .re2)
    } throws: {
      "\($0)".components(separatedBy: "too large in sum").count == 2
    }
  }
}
