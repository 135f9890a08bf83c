import AuditTrail
import Foundation
import GoldenCorpus
import Ledger
import Policies
import SQLAnalysis
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// Measures and grades a session as the replay of a ledger does.
func graded(
  _ line: GoldenCase, _ replay: any SessionReplay
) throws -> (effects: [Effect], inputs: [GradeInput], verdicts: [Verdict]) {
  try grade(line.session(), line.entries(), on: replay, engine: "sqlite")
}

@Test func `a case that expects something else is told apart`() throws {
  let file = try GoldenFile.read("destruction", on: .sqlite)
  let (shadow, _) = try file.makeShadow()
  let replay = try shadow.clones(Measuring(sensitive: [], analyze: { analyze($0, as: $1) })).open()
  let (first, second) = (try #require(file.cases.first), try #require(file.cases.last))
  let (effects, _, verdicts) = try graded(second, replay)
  #expect(!first.statements[0].mismatches(effects[0], verdicts[0]).isEmpty)
}

@Test func `every file of the folder is in the program`() throws {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "golden")
  let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
    $0.hasSuffix(".yaml") && $0 != "specification.yaml"
  }
  #expect(Set(names) == Set(GoldenCorpus.files.map { $0.name + ".yaml" }))
}

@Test(arguments: [(GoldenEngine.sqlite, 280), (.postgresql, 390)])
func `there are golden cases enough, and none is named twice`(_ engine: GoldenEngine, _ least: Int) throws {
  let names = try GoldenCorpus.files(on: engine).flatMap { file in file.cases.map { "\(file.name): \($0.name)" } }
  #expect(names.count >= least)
  #expect(Set(names).count == names.count)
}

@Suite struct GoldenFileTests {
  private static let text = """
    about: Two engines.
    shadow: |
      CREATE TABLE t (a INTEGER);
    postgresql_shadow: |
      CREATE SEQUENCE s;
    sensitive: [t.a]
    sqlite_sensitive: [t.b]
    production: { t: 7 }
    postgresql_production: { u: 8 }
    cases:
      - name: both
        statements:
          - sql: DELETE FROM t
            rows: 1
            expect: { verdict: false_allow, deleted: { t: 1 }, truncated: [t] }
            sqlite: { expect: { execution: failed busy } }
            postgresql: { sql: DELETE FROM u, rows: 2, expect: { deleted: { u: 2 }, mode: clone } }
    sqlite_cases:
      - { name: one, statements: [{ sql: VACUUM, expect: { verdict: confirmed_allow } }] }
    """

  private func file(_ engine: GoldenEngine, _ text: String = text) throws -> GoldenFile {
    try GoldenFile.read(Array(text.utf8), name: "two", on: engine)
  }

  @Test func `what a file holds for one engine is added to what holds for both`() throws {
    let (sqlite, postgres) = (try file(.sqlite), try file(.postgresql))
    #expect(sqlite.shadow == "CREATE TABLE t (a INTEGER);\n")
    #expect(postgres.shadow == "CREATE TABLE t (a INTEGER);\nCREATE SEQUENCE s;\n")
    #expect(sqlite.sensitive == ["t.a", "t.b"] && postgres.sensitive == ["t.a"])
    #expect(sqlite.production == ["t": 7] && postgres.production == ["t": 7, "u": 8])
    #expect(sqlite.cases.map(\.name) == ["both", "one"] && postgres.cases.map(\.name) == ["both"])
  }

  @Test func `what a statement says of one engine takes the place of what holds for both`() throws {
    let sqlite = try #require(try file(.sqlite).cases.first?.statements.first)
    let postgres = try #require(try file(.postgresql).cases.first?.statements.first)
    #expect(sqlite.sql == "DELETE FROM t" && postgres.sql == "DELETE FROM u")
    #expect(sqlite.rows == 1 && postgres.rows == 2)
    #expect(sqlite.expect.deleted == ["t": 1] && postgres.expect.deleted == ["u": 2])
    #expect(sqlite.expect.execution == "failed busy" && postgres.expect.execution == nil)
    #expect(sqlite.expect.mode == nil && postgres.expect.mode == "clone")
    for statement in [sqlite, postgres] {
      #expect(statement.expect.verdict == "false_allow" && statement.expect.truncated == ["t"])
    }
  }

  @Test(arguments: [
    ("sqlite_cases", "sqlite_case"), ("postgresql: {", "postgres: {"), ("rows: 1", "row: 1"),
    ("{ execution", "{ exekution"), ("mode: clone", "mood: clone"), ("statements: [", "line: a.b, statment: ["),
  ])
  func `a key that nothing reads is refused`(_ right: String, _ wrong: String) throws {
    let broken = Self.text.replacing(right, with: wrong)
    #expect(broken != Self.text)
    #expect(throws: AssayError.self) { try file(.sqlite, broken) }
  }
}
