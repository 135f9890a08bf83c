import AuditTrail
import Ledger
import SeededRandom
import Testing

/// How statements of a log find those of a proxy.
@Suite struct ReconciliationTests {
  private static func batch(_ statements: [(String, Int64)], isLog: Bool, database: String? = "clinic") -> RecordBatch {
    let start = Fixture.time("2026-07-01T09:00:00Z")
    let records = statements.enumerated().map { place, statement in
      var record = Fixture.statement(
        isLog ? "log" : "proxy", Int64(place + 1), statement.0, action: isLog ? .observed : .allow)
      record.time = start.adding(nanoseconds: statement.1 * 1_000_000)
      return record
    }
    var opening = Fixture.opening(isLog ? "log" : "proxy")
    opening.connection = Connection(
      name: isLog ? database ?? "?" : "clinic-app", engine: "postgresql", database: isLog ? database : "clinic")
    return Fixture.batch(openings: [opening], statements: records)
  }

  private static func reconciled(
    proxy: [(String, Int64)], log: [(String, Int64)], database: String? = "clinic", _ pairings: [LogPairing] = []
  ) throws -> [Reconciliation] {
    let ledger = try Ledger.temporary()
    var loader = try ArchiveLoader(ledger) { sql in Fixture.analysis(sql) }
    for (number, (isLog, name)) in [(false, "gate"), (true, "postgresql pg-1")].enumerated() {
      let statements = isLog ? log : proxy
      let batch = batch(statements, isLog: isLog, database: database)
      let times = statements.map { Fixture.time("2026-07-01T09:00:00Z").adding(nanoseconds: $0.1 * 1_000_000) }
      try loader.begin(ledger)
      try loader.add(batch, proxy: name, to: ledger)
      var summary = ArchiveSummary(path: name, format: name, sha256: "\(number)", bytes: 1)
      (summary.first, summary.last) = (times.min(), times.max())
      _ = try loader.commit(summary, records: 1, to: ledger)
    }
    try ledger.finishIngest()
    try ledger.reconcile(pairings)
    return try ledger.reconciliations()
  }

  @Test func `the clocks' difference is the median over texts that each side holds once`() throws {
    let texts = (1...9).map { ("SELECT \($0)", Int64($0) * 10_000) }
    // One text is told much later by chance: it moves no median.
    let log = texts.map { ($0.0, $0.1 + ($0.0 == "SELECT 5" ? 3_000_000 : 47_000)) }
    let party = try #require(try Self.reconciled(proxy: texts, log: log).first)
    #expect(party.skew == 47_000_000_000 && party.compared == 9)
    #expect(party.matched == 8 && party.logOutside == 1 && party.onlyLog == 0 && party.onlyProxy == 1)
    #expect(party.witnesses == 1 && party.bypasses == 0)
  }

  @Test(
    arguments: [
      ("clinic", [LogPairing](), true), ("CLINIC", [], true), ("other", [], false), (nil, [], false),
      ("other", [LogPairing(log: "pg-1", connections: ["clinic-app"])], true),
      ("other", [LogPairing(database: "other", connections: ["clinic-app"])], true),
      ("other", [LogPairing(log: "pg-2", connections: ["clinic-app"])], false),
      // Whoever pairs a log with another connection takes it from the one that names its database.
      ("clinic", [LogPairing(log: "pg-1", connections: ["elsewhere"])], false),
    ] as [(String?, [LogPairing], Bool)])
  func `a log is paired by its database, or as the configuration says`(
    _ database: String?, _ pairings: [LogPairing], _ isPaired: Bool
  ) throws {
    let found = try Self.reconciled(
      proxy: [("SELECT 1", 0)], log: [("SELECT 1", 100)], database: database, pairings)
    #expect(found.isEmpty != isPaired)
    #expect(found.first.map { $0.basis == (pairings.isEmpty ? .database : .configured) } ?? true)
  }

  /// As many pairs as can be made of each text, by trying every way: nothing of the ledger's code.
  private func most(_ left: [Int64], _ right: [Int64]) -> Int {
    var partner: [Int: Int] = [:]
    func place(_ one: Int, _ seen: inout Set<Int>) -> Bool {
      for other in right.indices where abs(left[one] - right[other]) <= 5_000 && !seen.contains(other) {
        seen.insert(other)
        if let taken = partner[other] { guard place(taken, &seen) else { continue } }
        partner[other] = one
        return true
      }
      return false
    }
    return left.indices.count { one in
      var seen: Set<Int> = []
      return place(one, &seen)
    }
  }

  @Test(arguments: 1...40) func `as many statements are paired as can be`(_ seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let texts = ["SELECT 1", "SELECT 2"]
    func side(_ count: Int) -> [(String, Int64)] {
      (0..<count).map { _ in (random.pick(texts), Int64(random.number(below: 40_000))) }
    }
    let (proxy, log) = (side(12), side(9))
    let party = try #require(try Self.reconciled(proxy: proxy, log: log).first)
    let expected = texts.reduce(0) { total, text in
      total + most(proxy.filter { $0.0 == text }.map(\.1), log.filter { $0.0 == text }.map(\.1))
    }
    #expect(party.skew == 0)
    #expect(party.matched == Int64(expected))
    #expect(party.matched + party.onlyLog + party.logOutside == Int64(log.count))
    #expect(party.matched + party.onlyProxy + party.proxyOutside == Int64(proxy.count))
  }
}
