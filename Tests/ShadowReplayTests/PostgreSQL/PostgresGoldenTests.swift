import AuditTrail
import Foundation
import GoldenCorpus
import Ledger
import Policies
import Postgres
import SQLAnalysis
import Testing

@testable import ShadowReplay

/// A throw-away cluster with a database for each golden file.
final class GoldenCluster {
  let cluster: PostgresCluster
  private var databases = 0

  init() throws {
    cluster = try PostgresCluster.start()
    let server = try PostgresConnection(cluster.admin)
    try server.script("CREATE ROLE shadow_owner NOLOGIN")
  }

  /// Loads a script as the superuser and opens a pool of clones of it.
  func pool(_ script: String) throws -> PostgresClonePool {
    databases += 1
    let name = "golden_\(databases)"
    try PostgresConnection(cluster.admin).script("CREATE DATABASE \(name)")
    let template = cluster.admin.with(["dbname": name])
    do {
      let connection = try PostgresConnection(template)
      try connection.script(script)
    }
    _ = try PostgresTemplate.prepare(template, owner: "shadow_owner")
    try PostgresConnection(cluster.admin).script("REVOKE ALL ON DATABASE \(name) FROM PUBLIC")
    return PostgresClonePool(
      PostgresClonePool.Settings(
        admin: cluster.admin, template: name, templateOwner: "shadow_owner", prefix: "clone_\(databases)_", ahead: 2))
  }

  func stop() { cluster.stop() }
}

extension GoldenFile {
  static let postgresNames = GoldenCorpus.names(engine: "postgresql")

  /// Opens replays on clones of the file's shadow.
  func clones(_ pool: PostgresClonePool) throws -> PostgresClones {
    var rows = ProductionRows()
    for (table, count) in production ?? [:] { rows[table] = count }
    var measuring = Measuring(sensitive: sensitive ?? [], analyze: { analyze($0, as: $1) })
    measuring.secondsPerStatement = 1.5
    return try PostgresClones(pool, source: "golden", basis: .synthetic, production: rows, measuring)
  }
}

/// Set where the machine has no PostgreSQL on purpose.
let postgresIsAbsentOnPurpose = ProcessInfo.processInfo.environment["ASSAY_TEST_WITHOUT_POSTGRESQL"] != nil

@Suite(
  .serialized,
  .disabled(if: postgresIsAbsentOnPurpose, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
struct PostgresGoldenTests {
  @Test func `every golden case is measured and graded on PostgreSQL as its file says`() throws {
    let cluster = try GoldenCluster()
    defer { cluster.stop() }
    for name in GoldenFile.postgresNames {
      let file = try GoldenFile.read(name)
      let pool = try cluster.pool(file.shadow)
      defer { pool.close() }
      let replay = try file.clones(pool).open()
      for line in file.cases {
        let entries = line.entries()
        let measured = try replay.measure(entries, engine: line.engineName)
        let grading = SessionGrading(session: line.session(), engine: "postgresql", asOf: nil)
        let inputs = grading.inputs(entries, measured)
        let verdicts = grading.verdicts(inputs, entries, entries.map { _ in .standard })
        for (index, statement) in line.statements.enumerated() {
          for wrong in statement.mismatches(measured[index].effect, verdicts[index]) {
            Issue.record(
              "\(name): \(line.name): \(statement.sql): \(wrong.what): expected \(wrong.expected), got \(wrong.actual)")
          }
        }
      }
    }
    #expect(!FileManager.default.fileExists(atPath: "/tmp/assay-must-not-exist"))
  }

  @Test func `there are golden cases enough for PostgreSQL, and none is named twice`() throws {
    let names = try GoldenFile.postgresNames.flatMap { name in
      try GoldenFile.read(name).cases.map { "\(name): \($0.name)" }
    }
    #expect(names.count >= 80)
    #expect(Set(names).count == names.count)
  }
}
