import Foundation
import GoldenCorpus
import Testing

/// How the corpus comes out on PostgreSQL; run once for the tests that look at it.
let corpusOnPostgreSQL = Result { try CorpusRun.onPostgreSQL().run }

@Suite(
  .serialized,
  .disabled(if: postgresIsAbsentOnPurpose, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
struct PostgresGoldenTests {
  @Test func `every golden case is measured and graded on PostgreSQL as its file says`() throws {
    let run = try corpusOnPostgreSQL.get()
    for failure in run.failures { Issue.record("\(failure)") }
    #expect(run.right == run.statements)
    #expect(run.files == GoldenCorpus.names(engine: "postgresql").count)
    #expect(run.verdicts.values.reduce(0) { $0 + $1.given } == run.statements)
    #expect(!FileManager.default.fileExists(atPath: "/tmp/assay-must-not-exist"))
  }

  @Test func `there are golden cases enough for PostgreSQL, and none is named twice`() throws {
    let names = try GoldenCorpus.names(engine: "postgresql").flatMap { name in
      try GoldenFile.read(name).cases.map { "\(name): \($0.name)" }
    }
    #expect(names.count >= 80)
    #expect(Set(names).count == names.count)
  }
}
