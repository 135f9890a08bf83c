import Foundation
import SeededRandom
import Testing

/// The sample quarter on SQLite and on PostgreSQL: the same verdicts wherever the engines agree, the rest listed.
@Suite struct EngineAgreementTests {
  /// Set where the machine has no PostgreSQL on purpose.
  private static let postgresIsAbsent = ProcessInfo.processInfo.environment["ASSAY_TEST_WITHOUT_POSTGRESQL"] != nil

  /// Where the engines differ, by session and number, as `samples/expected/engines.csv` lists and explains it.
  private static let listed: [String: [String: String]] = {
    let url = repository.appending(path: "samples/expected/engines.csv")
    let rows = (try? Data(contentsOf: url)).map { readCSV([UInt8]($0)) } ?? []
    return Dictionary(rows.map { (key($0), $0) }) { first, _ in first }
  }()

  private static func key(_ row: [String: String]) -> String { "\(row["session"] ?? "")/\(row["seq"] ?? "")" }

  /// Sessions beside those with a planted statement.
  private static let sampled = 60

  /// Every session with a planted statement or one that the engines differ on, and a seeded sample of the rest.
  private func sessions(_ quarter: SampleQuarter) -> Set<String> {
    var chosen = Set((SampleTests.incidents + Self.listed.values).compactMap { $0["session"] })
    let others = Set(quarter.verdicts.values.map(\.session)).subtracting(chosen).sorted()
    var random = SplitMix64(seed: 2026)
    chosen.formUnion(others.shuffled(using: &random).prefix(Self.sampled))
    return chosen
  }

  @Test(.disabled(if: postgresIsAbsent, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
  func `both engines give the same verdict, reason and rows, but for what is listed`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let folder = try quarter.copyOfItsFolder()
    let chosen = sessions(quarter)
    let clinic = ["clinic", "clinic-admin", "clinic-reporting", "legacy-billing"]
    let shadows =
      clinic.map { "\($0)=postgres:samples/shadow/clinic.postgresql.sql" }
      + ["clinic-staging=postgres:samples/shadow/staging.postgresql.sql"]
    let finished = try assay(
      ["replay", "--config", "samples/assay.yaml", "--verdicts", "postgresql.jsonl", "--quiet"]
        + shadows.flatMap { ["--shadow", $0] } + chosen.sorted().flatMap { ["--session", $0] }, in: folder)
    try #require(finished.status == 0, "\(finished)")
    let measured = try Verdict.read(folder, "postgresql.jsonl")
    #expect(Set(measured.values.map(\.session)) == chosen)
    #expect(measured.count >= 300)
    var differing: Set<String> = []
    for (id, postgres) in measured {
      let sqlite = try #require(quarter.verdicts[id])
      if (sqlite.verdict, sqlite.reason) != (postgres.verdict, postgres.reason) {
        differing.insert(id)
        let line = Self.listed[id] ?? [:]
        #expect(line["sqlite"] == sqlite.verdict && line["sqlite_reason"] == sqlite.reason ?? "", "\(id)")
        #expect(line["postgresql"] == postgres.verdict && line["postgresql_reason"] == postgres.reason ?? "", "\(id)")
        #expect(line["why"]?.isEmpty == false, "\(id) is not explained")
      } else {
        #expect(sqlite.severity == postgres.severity, "\(id)")
        #expect(sqlite.effect == postgres.effect, "\(id)")
      }
    }
    #expect(differing == Set(Self.listed.keys))
  }

  @Test func `the front page prints the agreement that there is`() async throws {
    let own = try await SampleQuarter.shared.value.verdicts.mapValues(\.verdict)
    let synthetic = try await SyntheticQuarter.shared.value.verdicts
    let page = try String(contentsOf: repository.appending(path: "README.md"), encoding: .utf8)
    let parts = page.components(separatedBy: "<!-- agreement -->\n")
    try #require(parts.count == 3)
    let printed = parts[1].split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst().map { line in
      line.split(separator: "|").map { $0.replacing(",", with: "").trimmingCharacters(in: .whitespaces) }
    }
    /// A row: a title and how many statements there are, agree on synthetic rows, agree on PostgreSQL.
    func row(_ title: String, _ ids: some Collection<String>) -> [String] {
      let elsewhere = ids.count { id in Self.listed[id].map { $0["sqlite"] != $0["postgresql"] } == true }
      return [title] + [ids.count, ids.count { synthetic[$0] == own[$0] }, ids.count - elsewhere].map(String.init)
    }
    let verdicts = Set(own.values).sorted().map { name in row("`\(name)`", own.filter { $0.value == name }.map(\.key)) }
    let planted = SampleTests.incidents.map(Self.key)
    let expected = verdicts + [row("**all**", own.keys), row("**planted in the story**", planted)]
    #expect(Set(printed) == Set(expected))
    #expect(printed.count == expected.count)
    let agreed = expected[verdicts.count]
    let sentence =
      "Of \(agreed[1]) statements, \(agreed[2]) get the same verdict on synthetic rows and \(agreed[3]) on PostgreSQL.\n"
    #expect(parts[1].replacing(#/(\d),(\d)/#) { "\($0.1)\($0.2)" }.hasPrefix(sentence))
  }
}
