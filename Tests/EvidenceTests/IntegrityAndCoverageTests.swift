import AuditTrail
import Evidence
import Ledger
import Testing

/// Checks a case of a test: status, exceptions and population, and that the parts add up.
func check(_ expected: Expected, _ id: TestID) throws {
  let model = try Small.model(
    expected.archives(), verdicts: expected.verdicts(), basis: expected.basis, expected.change)
  let result = try #require(model[id])
  #expect(result.status == expected.status, "\(result.operating.sentence)")
  #expect(result.exceptions.count == expected.exceptions, "\(result.exceptions.map(\.item.key))")
  if let population = expected.population { #expect(result.population.count == population) }
  #expect(result.tested == result.passed + result.failed + result.inconclusive)
  #expect(result.population.rows.count == Int(result.population.count))
  #expect(result.daily.reduce(0) { $0 + $1.tested } == result.tested)
  #expect(!result.operating.sentence.lowercased().contains("compliant"))
}

@Suite struct IntegrityAndCoverageTests {
  static let traffic = SmallArchive(
    root: "r1", openings: [Small.opening("s1")],
    closings: [SessionClosing(session: "s1", time: Small.time("09:10:00"), statements: 1)],
    statements: [Small.statement("s1", 1)], heartbeats: Small.heartbeats())

  private static func sealed(_ name: String, at: String, seal: SealState = .valid, previous: String? = nil)
    -> SmallArchive
  {
    SmallArchive(
      name: name, seal: seal, root: seal == .none ? nil : "root-\(name)", previous: previous,
      heartbeats: [Small.time(at)])
  }

  @Test(
    arguments: [
      Expected(
        name: "valid and chained",
        archives: { [sealed("a", at: "01:00:00"), sealed("b", at: "02:00:00", previous: "root-a")] },
        status: .pass, population: 2),
      Expected(
        name: "a broken seal is worse than none",
        archives: { [sealed("a", at: "01:00:00", seal: .broken), sealed("b", at: "02:00:00", seal: .none)] },
        status: .fail, population: 2, exceptions: 1),
      Expected(
        name: "no seal is inconclusive, never pass",
        archives: { [sealed("a", at: "01:00:00"), sealed("b", at: "02:00:00", seal: .none)] }, status: .inconclusive),
      Expected(
        name: "a missing segment breaks the chain",
        archives: { [sealed("a", at: "01:00:00"), sealed("c", at: "03:00:00", previous: "root-b")] }, status: .fail,
        exceptions: 1),
      Expected(
        name: "the first segment's predecessor is another period's",
        archives: { [sealed("b", at: "03:00:00", previous: "root-a")] }, status: .pass),
      Expected(name: "nothing read", archives: { [] }, status: .inconclusive, population: 0),
    ]) func `T-01 is the worst of its segments`(_ expected: Expected) throws
  { try check(expected, .t01) }

  private static let proven = ArchiveOrigin(.proven, "Signed.")
  private static let contradicted = ArchiveOrigin(.contradicted, "None of the trusted keys signed it.")

  /// What is known of two archives, of which the second has the seal.
  struct OriginCase: Sendable, CustomTestStringConvertible {
    let name: String
    let origins: [ArchiveOrigin]
    var seal = SealState.valid
    var missing: String?
    let status: TestStatus
    var exceptions = 0

    var testDescription: String { name }
  }

  private static let originCases = [
    OriginCase(name: "both are proven", origins: [proven, proven], status: .pass),
    OriginCase(name: "one is contradicted", origins: [proven, contradicted], status: .fail, exceptions: 1),
    OriginCase(name: "nothing is known of either", origins: [.unknown, .unknown], status: .pass),
    OriginCase(name: "keys speak for one only", origins: [proven, .unknown], status: .inconclusive),
    OriginCase(name: "one source signs nothing", origins: [proven, ArchiveOrigin(.exempt, "")], status: .inconclusive),
    OriginCase(
      name: "a signature makes no seal whole", origins: [proven, proven], seal: .broken, status: .fail, exceptions: 1),
    OriginCase(
      name: "no seal where one must be", origins: [proven, contradicted], seal: .none, status: .fail, exceptions: 1),
    OriginCase(
      name: "a checkpoint misses a segment", origins: [proven, proven], missing: "It is not here.", status: .fail,
      exceptions: 1),
  ]

  @Test(arguments: originCases)
  func `T-01 is what the trusted keys and checkpoints say`(expected: OriginCase) throws {
    let folder = try TemporaryFolder()
    let ledger = try Small.ledger(
      [Self.sealed("a", at: "01:00:00"), Self.sealed("b", at: "02:00:00", seal: expected.seal)], in: folder)
    let finding = CheckpointFinding(
      path: "head.json", source: "hoop gw-1", root: "root-b", last: Small.time("02:00:00"), problem: expected.missing)
    let ids = try ledger.archives().map(\.id)
    let origins = Dictionary(zip(ids, expected.origins), uniquingKeysWith: { first, _ in first })
    try ledger.map(origins: origins, checkpoints: [finding])
    let result = try #require(try evaluate(ledger, Small.plan)[.t01])
    #expect(result.status == expected.status, "\(result.operating.sentence)")
    #expect(result.exceptions.count == expected.exceptions)
    #expect(result.population.count == 3 && result.tested == 3)
  }

  private static func counts(_ sessions: Int64, _ statements: Int64?) -> String {
    "hoop,2026-07-01,\(sessions),\(statements.map(String.init) ?? "")"
  }

  /// Statements 1 and 3 of a session that does not say how many it held.
  private static func numbered(_ format: String) -> [SmallArchive] {
    var archive = traffic
    archive.format = format
    archive.statements.append(Small.statement("s1", 3))
    archive.closings = [SessionClosing(session: "s1", time: Small.time("09:10:00"), statements: nil)]
    return [archive]
  }

  private static func quiet(_ silent: Set<Int> = [], beats: Bool = true) -> [SmallArchive] {
    var archive = traffic
    archive.heartbeats = beats ? Small.heartbeats(except: silent) : []
    return [archive]
  }

  @Test(
    arguments: [
      Expected(name: "every hour beats", archives: { quiet() }, status: .pass, population: 24),
      Expected(
        name: "one hour does not", archives: { quiet([13]) }, status: .fail, population: 24, exceptions: 1),
      Expected(
        name: "adjacent silent hours are one gap", archives: { quiet([13, 14]) }, status: .fail, exceptions: 1),
      Expected(name: "no heartbeats at all", archives: { quiet(beats: false) }, status: .inconclusive),
      Expected(
        name: "the source's own count is equal", archives: { quiet(beats: false) },
        change: { $0.sideFiles.give("source_counts", counts(1, 1)) }, status: .pass),
      Expected(
        name: "the source counts sessions only", archives: { quiet(beats: false) },
        change: { $0.sideFiles.give("source_counts", counts(1, nil)) }, status: .pass),
      Expected(
        name: "the source counts more", archives: { quiet(beats: false) },
        change: { $0.sideFiles.give("source_counts", counts(1, 3)) }, status: .fail, exceptions: 2),
      Expected(
        name: "the source counts fewer", archives: { quiet(beats: false) },
        change: { $0.sideFiles.give("source_counts", counts(0, 1)) }, status: .fail, exceptions: 1),
      Expected(
        name: "a source that counts was not read", archives: { quiet() },
        change: {
          $0.sideFiles.give("source_counts", "other,2026-07-01,4,")
        }, status: .fail, exceptions: 1),
      Expected(
        name: "a source whose name looks alike was not read",
        archives: {
          var archive = traffic
          archive.instance = "caf\u{E9}"
          return [archive]
        }, change: { $0.sideFiles.give("source_counts", "cafe\u{301},2026-07-01,1,1") }, status: .fail, exceptions: 1),
      Expected(
        name: "an idle source whose name looks alike stands for no other",
        archives: {
          var (busy, idle) = (traffic, traffic)
          (busy.instance, idle.name, idle.instance, idle.root) = ("caf\u{E9}", "b", "cafe\u{301}", "r2")
          (idle.openings, idle.closings, idle.statements) = ([], [], [])
          idle.heartbeats = Small.heartbeats(except: [13])
          return [busy, idle]
        }, status: .fail, population: 48, exceptions: 1),
      Expected(
        name: "a session held more statements than were read",
        archives: {
          var archive = traffic
          archive.closings = [SessionClosing(session: "s1", time: Small.time("09:10:00"), statements: 9)]
          return [archive]
        }, status: .fail, exceptions: 1),
      Expected(
        name: "statement numbers leave some out",
        archives: { numbered("assay.archive/1") }, status: .fail, exceptions: 1),
      Expected(name: "statements are numbered by lines", archives: { numbered("postgresql.csvlog") }, status: .pass),
      Expected(name: "nothing read", archives: { [] }, status: .inconclusive, population: 0),
    ]) func `T-02 accounts for every hour`(_ expected: Expected) throws
  { try check(expected, .t02) }

  @Test func `a session that lacks statements explains the silent hour it spans, once`() throws {
    var archive = Self.traffic
    archive.closings = [SessionClosing(session: "s1", time: Small.time("14:30:00"), statements: 9)]
    archive.heartbeats = Small.heartbeats(except: [13])
    let model = try Small.model([archive])
    let result = try #require(model[.t02])
    #expect(result.exceptions.map(\.item.key) == ["hoop gw-1 2026-07-01T13:00:00Z"])
    #expect(result.exceptions.first?.cause.contains("s1") == true)
    #expect(model.coverage.gaps.map(\.state) == [.gap])
    #expect(model.coverage.sources.first?.covered.percent(decimals: 4) == "95.8333")
  }

  @Test(
    arguments: [
      Expected(name: "whole records", archives: { [traffic] }, status: .pass, population: 2),
      Expected(
        name: "no identity, no client",
        archives: {
          [
            SmallArchive(
              openings: [Small.opening("s1", user: nil, client: nil)], statements: [Small.statement("s1", 1)])
          ]
        }, status: .fail, population: 2, exceptions: 2),
      Expected(
        name: "no outcome",
        archives: {
          [
            SmallArchive(
              openings: [Small.opening("s1")],
              statements: [Small.statement("s1", 1, ran: false, completeness: .resultsAbsent)])
          ]
        }, status: .fail, exceptions: 1),
      Expected(
        name: "a placeholder is not an identity",
        archives: { [SmallArchive(openings: [Small.opening("s1", user: "unknown")])] }, status: .fail, exceptions: 1),
      Expected(name: "no events", archives: { [] }, status: .inconclusive, population: 0),
    ]) func `T-03 needs AU-3 a to f in every record`(_ expected: Expected) throws
  { try check(expected, .t03) }

  @Test func `the attribute matrix counts every statement once for each field`() throws {
    let model = try Small.model([Self.traffic])
    let table = try #require(model[.t03]?.tables.first)
    let identity = try #require(table.rows.first { $0[1] == .text("AU-3 f") })
    #expect(identity[3] == .integer(2) && identity[4] == .integer(0))
    let bytes = try #require(table.rows.first { $0[2] == .text("bytes sent and received") })
    #expect(bytes[4] == .integer(1))
  }

  @Test(
    arguments: [
      Expected(
        name: "hashed again, equal", archives: { [traffic] },
        change: { $0.custody = [traffic.sha256: .matches] }, status: .pass, population: 1),
      Expected(
        name: "hashed again, other", archives: { [traffic] },
        change: { $0.custody = [traffic.sha256: .differs(actual: "ff")] }, status: .fail, exceptions: 1),
      Expected(
        name: "not readable", archives: { [traffic] }, change: { $0.custody = [traffic.sha256: .unreadable] },
        status: .inconclusive),
      Expected(name: "not hashed", archives: { [traffic] }, status: .inconclusive),
      Expected(name: "nothing read", archives: { [] }, status: .inconclusive, population: 0),
    ]) func `T-41 wants each archive's digest again`(_ expected: Expected) throws
  { try check(expected, .t41) }
}
