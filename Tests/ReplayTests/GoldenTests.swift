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

/// How the corpus comes out on SQLite; run once for the tests that look at it.
let corpusOnSQLite = Result { try CorpusRun.onSQLite() }

@Test(arguments: GoldenCorpus.names(engine: "sqlite"))
func `every golden case is measured and graded as its file says`(_ name: String) throws {
  let file = try GoldenFile.read(name)
  let (shadow, sensitive) = try file.makeShadow()
  let replay = try shadow.clones(Measuring(sensitive: sensitive, analyze: { analyze($0, as: $1) })).open()
  for line in file.cases {
    let (effects, _, verdicts) = try graded(line, replay)
    for (index, statement) in line.statements.enumerated() {
      for wrong in statement.mismatches(effects[index], verdicts[index]) {
        Issue.record(
          "\(name): \(line.name): \(statement.sql): \(wrong.what): expected \(wrong.expected), got \(wrong.actual)")
      }
    }
  }
}

@Test func `a case that expects something else is told apart`() throws {
  let file = try GoldenFile.read("destruction")
  let (shadow, _) = try file.makeShadow()
  let replay = try shadow.clones(Measuring(sensitive: [], analyze: { analyze($0, as: $1) })).open()
  let (first, second) = (try #require(file.cases.first), try #require(file.cases.last))
  let (effects, _, verdicts) = try graded(second, replay)
  #expect(!first.statements[0].mismatches(effects[0], verdicts[0]).isEmpty)
}

@Test func `the corpus runs whole inside the program, and every file of the folder is in it`() throws {
  let run = try corpusOnSQLite.get()
  #expect(run.failures.isEmpty)
  #expect(run.right == run.statements)
  #expect(run.files == GoldenCorpus.names(engine: "sqlite").count)
  #expect(run.verdicts.values.reduce(0) { $0 + $1.given } == run.statements)
  let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "golden")
  let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
    $0.hasSuffix(".yaml") && $0 != "specification.yaml"
  }
  #expect(Set(names) == Set(GoldenCorpus.files.map { $0.name + ".yaml" }))
}

@Test func `there are golden cases enough, and none is named twice`() throws {
  let names = try GoldenCorpus.names(engine: "sqlite").flatMap { name in
    try GoldenFile.read(name).cases.map { "\(name): \($0.name)" }
  }
  #expect(names.count >= 220)
  #expect(Set(names).count == names.count)
}

@Test func `no escape touched the machine`() throws {
  let file = try GoldenFile.read("escapes")
  let (shadow, sensitive) = try file.makeShadow()
  let replay = try shadow.clones(Measuring(sensitive: sensitive, analyze: { analyze($0, as: $1) })).open()
  for line in file.cases { _ = try graded(line, replay) }
  #expect(!FileManager.default.fileExists(atPath: "/tmp/assay-must-not-exist.db"))
}
