import AuditTrail
import Evidence
import Foundation
import Ledger
import Policies
import Testing

@testable import Reporting

/// A change of facts.
struct FactForgery: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let change: @Sendable (inout EvidenceFacts) -> Void

  init(_ name: String, _ change: @escaping @Sendable (inout EvidenceFacts) -> Void) {
    (testDescription, self.change) = (name, change)
  }
}

/// Changes to what is next to the populations, after which everything is rendered again.
@Suite struct FactForgeryTests {
  /// Facts of every kind: two sources, a period within what was read, a missing segment, sessions that lack statements,
  /// shadows, a sample, findings, counts by the source.
  private static func facts(sampled: Bool) throws -> EvidenceFacts {
    let day = CivilDate(year: 2026, month: 7, day: 1)
    var first = SmallArchive(
      name: "a", root: "r1", previous: "r0", rejected: 1,
      openings: [Small.opening("s1"), Small.opening("s2", at: "10:00:00", connection: "billing")],
      closings: [SessionClosing(session: "s1", time: Small.time("11:00:00"), statements: 9)],
      statements: [
        Small.statement("s1", 1, "DELETE FROM visits"), Small.statement("s1", 2, "DROP TABLE visits", at: "09:00:02"),
        Small.statement("s1", 3, at: "09:00:03", .observed),
        Small.statement("s1", 4, at: "09:00:04", .block, ran: false),
        Small.statement("s2", 1, "GRANT SELECT ON visits TO bo", at: "10:00:01", .review, ran: false),
        Small.statement("s2", 3, "DROP TABLE bills", at: "10:00:02", failed: true),
      ],
      approvals: [Small.approval("a1", expires: nil), Small.approval("a2", by: nil, automatic: true)],
      changes: [
        PolicyChange(
          time: Small.time("01:00:00"), actor: "bo@example.org", approvedBy: "cy@example.org", policy: "guardrails",
          fromVersion: "0", toVersion: "1", sha256: nil)
      ], heartbeats: Small.heartbeats(except: [4]))
    var second = SmallArchive(
      name: "b", proxy: "teleport", instance: nil, root: "q1",
      openings: [Small.opening("t1", at: "2026-06-30T23:00:00Z"), Small.opening("t2", at: "12:00:00")],
      statements: [
        Small.statement("t1", 1, at: "2026-06-30T23:10:00Z"), Small.statement("t1", 5, at: "00:10:00"),
        Small.statement("t2", 1, at: "12:00:01"), Small.statement("t2", 2, at: "2026-07-02T00:10:00Z", .observed),
      ])
    if !sampled {
      second.openings.removeFirst()
      second.statements = [second.statements[2]]
      first.statements.removeAll { $0.decision.action == .observed }
    }
    let folder = try TemporaryFolder()
    let ledger = try Small.ledger(
      [first, second], in: folder,
      verdicts: [
        "s1/1": (Verdict(.falseAllow, severity: .s4), Small.effect(destroyed: 5000)),
        "s1/2": (Verdict(.falseAllow, severity: .s4), Small.effect(destroyed: 9)),
        "t2/1": (Verdict(.confirmedAllow), Effect(.ran)),
      ], basis: .synthetic)
    var plan = Small.plan
    plan.connections = [
      ScopedConnection(name: "clinic", environment: "production", approvalRequired: true),
      ScopedConnection(name: "billing", environment: nil, approvalRequired: false),
    ]
    plan.sensitiveColumns = ["customers.ssn"]
    plan.sideFiles.give("source_counts", ["hoop", "teleport"].map { "\($0),\(day),2,6" })
    var facts = try gather(ledger, plan)
    if sampled {
      facts.sample = try JSONDecoder().decode(
        SampleTaken.self, from: Data("{\"population\":9,\"taken\":3,\"seed\":\"1\"}".utf8))
    }
    facts.findings = [
      FindingNoted(
        kind: "approved_harm", session: "s1", sequence: 1, time: Small.time("09:00:01"), user: "ana@example.org",
        connection: "clinic", detail: "Rows were destroyed.")
    ]
    return facts
  }

  /// A change of one value among the facts.
  private struct Change {
    /// Where it is; places of lists are left out.
    let path: String
    let facts: EvidenceFacts?
  }

  /// Each value changed in its turn: a number by one, a text by a digit, a list by its last element.
  private static func changes(_ facts: EvidenceFacts) throws -> [Change] {
    let bytes = try #require(FactsJSON.bytes(facts))
    let root = try JSONSerialization.jsonObject(with: Data(bytes))
    var changes: [Change] = []
    func tell(_ path: String, _ whole: Any) throws {
      let changed = try JSONSerialization.data(withJSONObject: whole)
      var read = FactsJSON.facts([UInt8](changed))
      for (test, drawn) in facts.drawn { read?.drawn[test]?.rows = drawn.rows }
      changes.append(Change(path: path, facts: read))
    }
    func visit(_ value: Any, _ path: String, _ put: (Any) -> Any) throws {
      switch value {
      case let object as [String: Any]:
        for (key, member) in object.sorted(by: { $0.key < $1.key }) where !(path.isEmpty && key == "plan") {
          try visit(member, path.isEmpty ? key : "\(path).\(key)") { other in
            put(object.merging([key: other]) { $1 })
          }
        }
      case let list as [Any]:
        for (place, element) in list.enumerated() {
          try visit(element, "\(path)[]") { other in
            var list = list
            list[place] = other
            return put(list)
          }
        }
        if !list.isEmpty { try tell("\(path)[] left out", put(Array(list.dropLast()))) }
      case let text as String:
        let place = text.lastIndex { $0.isASCII && $0.isNumber }
        let other = place.map { text.replacingCharacters(in: $0...$0, with: text[$0] == "9" ? "8" : "9") }
        try tell(path, put(other ?? text + "x"))
      case let number as NSNumber:
        // A flag becomes a number here, and the document none of facts.
        try tell(path, put(number.int64Value + 1))
        if number.int64Value > 0 { try tell(path, put(number.int64Value - 1)) }
      default: break
      }
    }
    try visit(root, "") { $0 }
    return changes
  }

  private static func names(_ undecided: [String], _ path: String) -> Bool {
    undecided.contains { name in
      path == name || path.hasPrefix("\(name).") || path.hasPrefix("\(name)[]")
    }
  }

  @Test(arguments: [false, true])
  func `each value among the facts is held by a population, or named as one that is not`(sampled: Bool) throws {
    let facts = try Self.facts(sampled: sampled)
    #expect(try FactsAgree(facts).contradictions == [])
    let changes = try Self.changes(facts)
    #expect(changes.count > 150)
    var held: Set<String> = []
    for change in changes {
      // What is not a document of facts any more is not verified.
      guard let changed = change.facts, changed != facts else { continue }
      let agree = try FactsAgree(changed)
      if !agree.contradictions.isEmpty {
        held.insert(change.path)
      } else {
        #expect(Self.names(agree.undecided, change.path), "\(change.path)")
      }
    }
    for path in [
      "connections[].statements", "connections[].sessions", "totals.inside", "inputs[].bytes", "shadows[].measured",
      "counted_days[].statements", "short_sessions[].item.user", "unlisted_days[].statements", "policies[].statements",
      "findings[].time", "totals.decided[].statements", "chain_breaks[].end",
    ] where sampled || !path.hasPrefix("unlisted") {
      #expect(held.contains(path), "\(path)")
    }
  }

  @Test func `where all was decided and nothing lies outside of the period, counts are not a matter of belief`() throws
  {
    let undecided = try FactsAgree(try Self.facts(sampled: false)).undecided
    for path in ["policies[].statements", "shadows[].measured", "short_sessions[].read", "totals.before"] {
      #expect(!Self.names(undecided, path), "\(path): \(undecided)")
    }
  }

  @Test func `verify fails or names what was changed, though everything was rendered again`() throws {
    let facts = try Self.facts(sampled: true)
    #expect(try Forger(try conclude(facts)).verify().failures == [])
    var tried: Set<String> = []
    var (failed, named) = (0, 0)
    for change in try Self.changes(facts) {
      guard let changed = change.facts, changed != facts, tried.insert(change.path).inserted else { continue }
      let verification = try Forger(try conclude(changed)).verify()
      if verification.verified {
        let sentence = try #require(verification.notProvable.map(\.sentence).first { $0.hasPrefix("What only") })
        let list = try #require(sentence.split(separator: ": ").last?.split(separator: ". Whoever").first)
        #expect(Self.names(list.components(separatedBy: ", "), change.path), "\(change.path): \(sentence)")
        #expect(verification.openFacts == list.components(separatedBy: ", "))
        named += 1
      } else {
        #expect(verification.failures.contains { $0.path == "machine/facts.json" && $0.problem == "contradicts" })
        failed += 1
      }
    }
    #expect(failed > 30 && named > 20, "\(failed) \(named)")
  }

  @Test(arguments: [
    FactForgery("a connection's statements") { $0.connections[0].statements += 1 },
    FactForgery("a connection that was not used") { $0.connections.removeLast() },
    FactForgery("a session that lacked statements, taken out") { $0.shortSessions = [] },
    FactForgery("a missing segment, taken out") { $0.chainBreaks = [] },
    FactForgery("a measurement that was not made") { $0.shadows[0] = $0.shadows[0].measuring(4) },
    FactForgery("statements of a policy") { $0.policies[0] = $0.policies[0].naming(1) },
    FactForgery("changes that ended in an error") { $0.drawn[.t23]?.exclusions = [] },
    FactForgery("a source's count") { $0.countedDays?[0].statements += 1 },
    FactForgery("a finding about no statement") { facts in facts.findings = facts.findings.map { $0.about(7) } },
  ])
  func `verify names the fact, though everything was rendered again`(forgery: FactForgery) throws {
    var facts = try Self.facts(sampled: false)
    forgery.change(&facts)
    let failures = try Forger(try conclude(facts)).verify().failures
    #expect(failures.contains { $0.path == "machine/facts.json" && $0.problem == "contradicts" }, "\(failures)")
  }

  @Test(arguments: [false, true])
  func `each fact that nothing decides is shown by a file of the package, in at most six lines`(sampled: Bool) throws {
    let paths = try FactsAgree(try Self.facts(sampled: sampled)).undecided
    #expect(paths.count > 30)
    for path in paths { #expect(NotProvable(openFacts: [path]).places.count == 1, "\(path)") }
    let all = NotProvable(openFacts: paths)
    #expect(all.places.count <= 6)
    #expect(paths.allSatisfy { all.sentence.contains($0) } && !all.summary.contains("[]"))
  }
}

extension ShadowUsed {
  fileprivate func measuring(_ statements: Int64) -> ShadowUsed {
    ShadowUsed(
      connection: connection, engine: engine, source: source, imageSHA256: imageSHA256, mode: mode, basis: basis,
      asOf: asOf, measured: statements, fidelity: fidelity)
  }
}

extension PolicyInForce {
  fileprivate func naming(_ statements: Int64) -> PolicyInForce {
    PolicyInForce(
      policy: policy, version: version, from: from, until: until, basis: basis, actor: actor, approvedBy: approvedBy,
      statements: statements)
  }
}

extension FindingNoted {
  fileprivate func about(_ sequence: Int64) -> FindingNoted {
    FindingNoted(
      kind: kind, session: session, sequence: sequence, time: time, user: user, connection: connection, detail: detail)
  }
}
