import SQLiteShadows
package import AuditTrail
import Digests
import Ledger
package import Policies
import SQLAnalysis
import PostgresShadows
package import Replay

/// What running the corpus came to.
package struct CorpusRun: Sendable {
  /// A case of which something is wrong.
  package struct Failure: Sendable, Hashable {
    package let file: String
    package let name: String
    /// The statement's number in the case, from 1.
    package let statement: Int
    package let mismatch: GoldenMismatch
  }

  /// How often a verdict was expected, given, and both.
  package struct Tally: Sendable, Hashable {
    package var expected = 0
    package var given = 0
    package var right = 0
  }

  /// What was measured of a case, as one digest; statements that time or chance decides are left out.
  package struct Measured: Sendable, Hashable {
    package let file: String
    package let name: String
    /// The first sixteen digits of the SHA-256 over the effects as the ledger stores them.
    package let digest: String
  }

  /// Names how this program measures; changes whenever a statement may be measured otherwise than before.
  package static let measuringRevision = MeasurementKeys.revision

  package private(set) var measured: [Measured] = []
  package private(set) var files = 0
  package private(set) var cases = 0
  package private(set) var statements = 0
  /// Statements of which everything is as expected.
  package private(set) var right = 0
  package private(set) var failures: [Failure] = []
  package private(set) var verdicts: [VerdictName: Tally] = [:]
  /// The recorded decisions of the corpus held against the effects, in units.
  package private(set) var matrix = ConfusionMatrix()

  /// Nothing run.
  package init() {}

  /// Runs every case of the engine's files; `open` gives the replay of a file's shadow.
  package mutating func run(
    on engine: GoldenEngine, _ open: (GoldenFile) throws(AssayError) -> any SessionReplay
  ) throws(AssayError) {
    for file in try GoldenCorpus.files(on: engine) {
      let replay = try open(file)
      files += 1
      for line in file.cases { try add(line, of: file, on: replay, engine) }
    }
  }

  private mutating func add(
    _ line: GoldenCase, of file: GoldenFile, on replay: any SessionReplay, _ engine: GoldenEngine
  ) throws(AssayError) {
    let entries = line.entries()
    let graded = try grade(line.session(), entries, on: replay, engine: engine.rawValue)
    cases += 1
    measured.append(Measured(file: file.name, name: line.name, digest: Self.digest(of: graded.effects, engine)))
    var lastUnit: Int64?
    for (index, statement) in line.statements.enumerated() {
      let verdict = graded.verdicts[index]
      let wrong = statement.mismatches(graded.effects[index], verdict)
      statements += 1
      if wrong.isEmpty { right += 1 }
      failures += wrong.map { Failure(file: file.name, name: line.name, statement: index + 1, mismatch: $0) }
      if let expected = VerdictName(rawValue: statement.expect.verdict) {
        verdicts[expected, default: Tally()].expected += 1
        if expected == verdict.name { verdicts[expected, default: Tally()].right += 1 }
      }
      verdicts[verdict.name, default: Tally()].given += 1
      if entries[index].unit == nil || entries[index].unit != lastUnit {
        matrix.count(verdict, action: entries[index].decision.action)
      }
      lastUnit = entries[index].unit
    }
  }

  private static func digest(of effects: [Effect], _ engine: GoldenEngine) -> String {
    var rows = GradedRows()
    for (number, effect) in effects.enumerated() {
      if [.notRun(.timeout), .notRun(.volatile)].contains(effect.execution) || effect.estimate != nil { continue }
      rows.add(
        GradedStatement(statement: Int64(number), replay: nil, effect: effect, verdict: Verdict(.ungraded)))
    }
    return String(SHA256Digest(of: rows.effects).hex.prefix(16))
  }

  /// Runs the whole corpus of PostgreSQL on a throw-away cluster.
  ///
  /// - Throws: `unavailable` where no server is installed or it does not start.
  package static func onPostgreSQL() throws(AssayError) -> (run: CorpusRun, serverVersion: Int) {
    let cluster = try ScriptCluster()
    defer { cluster.close() }
    var run = CorpusRun()
    try run.run(on: .postgresql) { (file) throws(AssayError) in try file.clones(on: cluster).open() }
    return (run, cluster.serverVersion)
  }

  /// Runs the whole corpus of SQLite in this process.
  package static func onSQLite() throws(AssayError) -> CorpusRun {
    var run = CorpusRun()
    try run.run(on: .sqlite) { (file) throws(AssayError) in
      let (shadow, sensitive) = try file.makeShadow()
      return try shadow.clones(Measuring(sensitive: sensitive, analyze: { analyze($0, as: $1) })).open()
    }
    return run
  }
}
