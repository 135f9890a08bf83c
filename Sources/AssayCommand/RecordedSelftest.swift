import AuditTrail
import Evidence
import Foundation
import GoldenCorpus
import Ledger

extension ToolValidation {
  /// What the ledger keeps of runs of the cases that this very program carries.
  init(recordedIn ledger: borrowing Ledger) throws(AssayError) {
    let program = programDigest()
    var runs: [Run] = []
    for engine in GoldenEngine.allCases {
      guard let text = try ledger.validation(on: engine.rawValue),
        let kept = try? JSONDecoder().decode(KeptRun.self, from: Data(text.utf8)), kept.program == program
      else { continue }
      runs.append(kept.run)
    }
    self.init(
      corpus: GoldenCorpus.version, corpusSHA256: GoldenCorpus.digest, measuringRevision: CorpusRun.measuringRevision,
      runs: runs)
  }
}

/// A run of the cases with the program that made it, as the ledger keeps it.
private struct KeptRun: Codable {
  /// The SHA-256 of the program's file, in hex.
  let program: String
  let run: ToolValidation.Run
}

extension EngineRun {
  /// Keeps the run in a ledger, under the program that made it. A program that cannot read its own file keeps nothing.
  func keep(in ledger: borrowing Ledger) throws(AssayError) {
    let kept = ToolValidation.Run(
      engine: engine.rawValue, serverVersion: serverVersion.map(Int64.init), cases: Int64(run.cases),
      statements: Int64(run.statements), right: Int64(run.right),
      failures: run.failures.map { failure in
        ToolValidation.Failure(
          file: failure.file, name: failure.name, statement: Int64(failure.statement), what: failure.mismatch.what,
          expected: failure.mismatch.expected, actual: failure.mismatch.actual)
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let program = programDigest(), let bytes = try? encoder.encode(KeptRun(program: program, run: kept)) else {
      return
    }
    try ledger.keep(validation: String(decoding: bytes, as: UTF8.self), on: engine.rawValue)
  }

  /// Runs the cases of the engine.
  ///
  /// - Throws: `unavailable` where the engine needs a server and none is installed, or it does not start.
  init(_ engine: GoldenEngine) throws(AssayError) {
    switch engine {
    case .sqlite: self.init(engine: engine, run: try CorpusRun.onSQLite())
    case .postgresql:
      let (run, version) = try CorpusRun.onPostgreSQL()
      self.init(engine: engine, serverVersion: version, run: run)
    }
  }
}
