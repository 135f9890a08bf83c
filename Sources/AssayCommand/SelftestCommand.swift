import ArgumentParser
import AuditTrail
import GoldenCorpus

/// `assay selftest`: the golden corpus built into the binary, for whoever must trust it.
struct SelftestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "selftest",
    abstract: "Run the labelled cases that this program carries, and say whether all are right.",
    discussion: """
      Each case is a schema, a recorded session, and what must be measured and concluded of every statement. SQLite's run \
      in memory: no file, no network, no ledger. PostgreSQL's run on a throw-away cluster on a Unix socket, where a server \
      is installed; where none is, that is said and the rest counts. Status 1 when a case is wrong.

      Example: assay selftest --engine sqlite
      """)

  @Option(help: ArgumentHelp("Only the cases of this engine.", valueName: "sqlite|postgresql"))
  var engine: GoldenEngine?

  @OptionGroup var common: CommonOptions

  func run() throws {
    var result = Selftest()
    for candidate in GoldenEngine.allCases {
      switch candidate {
      case _ where engine != nil && engine != candidate: try result.leaveOut(candidate)
      case .sqlite: result.runs.append(EngineRun(engine: .sqlite, run: try CorpusRun.onSQLite()))
      case .postgresql: try runOnPostgreSQL(&result)
      }
    }
    common.console.document(result.json)
    common.console.say(result.text)
    if result.runs.contains(where: { !$0.run.failures.isEmpty }) { throw CheckFailed(status: ExitStatus.checkFailed) }
  }

  /// A server that is not there fails the test only of someone who asked for it.
  private func runOnPostgreSQL(_ result: inout Selftest) throws {
    do throws(AssayError) {
      let (run, version) = try CorpusRun.onPostgreSQL()
      result.runs.append(EngineRun(engine: .postgresql, serverVersion: version, run: run))
    } catch {
      guard engine == nil, error.code == .unavailable else { throw error }
      try result.leaveOut(.postgresql, error.message)
    }
  }
}

extension GoldenEngine: ExpressibleByArgument {}

/// How the corpus came out on one engine.
struct EngineRun {
  let engine: GoldenEngine
  /// The server's major version, where there is a server.
  var serverVersion: Int?
  let run: CorpusRun
}

/// What `assay selftest` found.
struct Selftest {
  var runs: [EngineRun] = []
  /// Engines whose files did not run, with the reason where they were to.
  private(set) var leftOut: [(engine: GoldenEngine, files: Int, reason: String?)] = []

  mutating func leaveOut(_ engine: GoldenEngine, _ reason: String? = nil) throws(AssayError) {
    leftOut.append((engine, try GoldenCorpus.files(on: engine).count, reason))
  }
}
