import AuditTrail
import Evidence
import FoundationEssentials
import SeededRandom
import Testing

@Suite struct InvariantTests {
  /// A random ledger's archives: traffic of every decision, approvals, rejected entries, gaps.
  private static func archives(seed: UInt64) -> [SmallArchive] {
    var random = SplitMix64(seed: seed)
    let texts = [
      "SELECT 1", "DELETE FROM visits", "DROP TABLE visits", "SELECT email FROM customers", "UPDATE visits SET a = 1",
      "not sql at all", "GRANT SELECT ON visits TO bo",
    ]
    return (0..<3).map { number in
      var archive = SmallArchive(
        name: "archive-\(number)", instance: number == 2 ? nil : "gw-\(number)",
        seal: SealState.allCases[random.number(below: 3)], root: "root-\(number)",
        rejected: Int64(random.number(below: 3)))
      for session in 0..<(2 + random.number(below: 4)) {
        let key = "s\(number)-\(session)"
        let hour = random.number(below: 23)
        let start = "\(hour < 10 ? "0" : "")\(hour)"
        let user: String? = random.number(below: 6) == 0 ? nil : "user-\(random.number(below: 4))@example.org"
        let connection = random.number(below: 3) == 0 ? "staging" : "clinic"
        archive.openings.append(Small.opening(key, at: "\(start):00:00", user: user, connection: connection))
        let approval = random.number(below: 2) == 0 ? "a-\(key)" : nil
        if let approval {
          archive.approvals.append(
            Small.approval(
              approval, by: "user-\(random.number(below: 4))@example.org", for: user ?? "nobody",
              connection: connection,
              granted: "\(start):00:30", expires: random.number(below: 3) == 0 ? nil : "\(start):20:00",
              status: ApprovalStatus.allCases[random.number(below: 5)], automatic: random.number(below: 5) == 0))
        }
        let count = random.number(below: 6)
        for sequence in 0..<count {
          let action = Action.allCases[random.number(below: 5)]
          archive.statements.append(
            Small.statement(
              key, Int64(sequence + 1), texts[random.number(below: texts.count)],
              at: "\(start):\(10 + sequence * 7):00",
              action,
              approval: approval, ran: action != .block && random.number(below: 4) != 0,
              failed: random.number(below: 5) == 0,
              completeness: random.number(below: 4) == 0 ? [.evaluationUnknown, .resultsAbsent] : []))
        }
        archive.closings.append(
          SessionClosing(session: key, time: Small.time("\(start):59:00"), statements: Int64(count)))
      }
      archive.heartbeats = (0..<24).filter { _ in random.number(below: 3) > 0 }.map {
        Small.time("\($0 < 10 ? "0" : "")\($0):30:00")
      }
      return archive
    }
  }

  private static func verdicts(of archives: [SmallArchive], seed: UInt64) -> [String: (Verdict, Effect)] {
    var random = SplitMix64(seed: seed &+ 99)
    var verdicts: [String: (Verdict, Effect)] = [:]
    for statement in archives.flatMap(\.statements) where random.number(below: 5) > 0 {
      let name = VerdictName.allCases[random.number(below: VerdictName.allCases.count)]
      verdicts["\(statement.session)/\(statement.sequence)"] = (
        Verdict(
          name, reason: name == .inconclusive ? "no_rows" : nil, severity: Severity.allCases[random.number(below: 5)]),
        Small.effect(
          destroyed: Int64(random.number(below: 3000)), leak: name == .maskLeak ? .raw : .none,
          columns: ["customers.email"])
      )
    }
    return verdicts
  }

  private static let plan: @Sendable (inout EvidencePlan) -> Void = {
    $0.connections = [ScopedConnection(name: "clinic", environment: "production", approvalRequired: true)]
    $0.sensitiveColumns = ["customers.email"]
  }

  @Test(arguments: Array(UInt64(1)...12))
  func `every total ties out on random ledgers`(_ seed: UInt64) throws {
    let archives = Self.archives(seed: seed)
    let model = try Small.model(archives, verdicts: Self.verdicts(of: archives, seed: seed), basis: .copy, Self.plan)
    let wrong = model.tieOuts.filter { !$0.holds }
    #expect(wrong.isEmpty, "\(wrong)")
    #expect(model[.t42]?.status == .pass)
    for test in model.tests {
      #expect(test.tested == test.passed + test.failed + test.inconclusive)
      #expect(test.daily.count == Small.period.days.count)
      #expect(try test.population.rows.all().allSatisfy { $0.count == test.population.columns.count })
      #expect((test.status == .inconclusive) == (test.remedy != nil))
    }
    let controls = Set(model.exceptions.map(\.id))
    #expect(controls.count == model.exceptions.count)
  }

  @Test(arguments: Array(UInt64(1)...6))
  func `the order of the archives changes nothing`(_ seed: UInt64) throws {
    let archives = Self.archives(seed: seed)
    let verdicts = Self.verdicts(of: archives, seed: seed)
    let one = try Small.model(archives, verdicts: verdicts, basis: .copy, Self.plan)
    let other = try Small.model(archives.reversed(), verdicts: verdicts, basis: .copy, Self.plan)
    for (left, right) in zip(one.tests, other.tests) where left.id != .t30 {
      #expect(left == right, "\(left.id.rawValue)")
    }
    // The ids of texts are a parameter of POP-30 and follow the order of reading; its items do not.
    #expect(one[.t30]?.population.rows == other[.t30]?.population.rows)
    #expect(one.exceptions == other.exceptions)
    #expect(one.coverage == other.coverage)
    #expect(one.tieOuts == other.tieOuts)
    #expect(one.inputsSHA256 == other.inputsSHA256)
  }

  @Test func `a source that counts otherwise is an exception of T-02 by the difference, and of no other test`() throws {
    let model = try Small.model([IntegrityAndCoverageTests.traffic]) {
      $0.sideFiles.give("source_counts", "gw-1,2026-07-01,1,10")
    }
    #expect(
      model[.t02]?.exceptions.map(\.condition) == [
        "gw-1 counts 1 session and 10 statements on 2026-07-01; 1 and 1 were read."
      ])
    #expect(model.tieOuts.filter { !$0.holds } == [])
    #expect(model[.t42]?.status == .pass)
    #expect(model.completeness.status == .fail)
  }

  @Test func `statements outside the period are cut off and still tie out`() throws {
    var archive = IntegrityAndCoverageTests.traffic
    archive.statements.append(Small.statement("s1", 2, at: "2026-07-02T00:00:00Z"))
    archive.statements.append(Small.statement("s1", 3, at: "2026-06-30T23:59:59Z"))
    archive.closings[0].statements = 3
    let model = try Small.model([archive])
    #expect(model.grading.statements == 1)
    #expect(model.tieOuts.allSatisfy { $0.holds })
  }

  @Test func `weeks follow ISO 8601 and cover the period`() throws {
    let model = try Small.model([IntegrityAndCoverageTests.traffic])
    #expect(model.decisionsByWeek.map { $0.label } == ["2026-W27"])
    #expect(model.decisionsByWeek.first?.monday == CivilDate(year: 2026, month: 6, day: 29))
    #expect(model.decisionsByWeek.first?.counts.map(\.statements) == [1, 0, 0, 0, 0])
  }

  @Test(
    arguments: [
      (Share(1, of: 3), "33.3333"), (Share(2207, of: 2208), "99.9547"), (Share(2208, of: 2208), "100.0000"),
      (Share(0, of: 7), "0.0000"), (Share(2, of: 3), "66.6666"), (Share(9_999_999, of: 10_000_000), "99.9999"),
    ]) func `a percentage is cut, so that 100 is only ever the whole`(_ share: Share, _ text: String)
  {
    #expect(share.percent(decimals: 4) == text)
  }

  @Test func `nothing has no percentage`() { #expect(Share(0, of: 0).percent(decimals: 4) == nil) }
}
