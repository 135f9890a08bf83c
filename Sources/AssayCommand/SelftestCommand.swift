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
      in memory: no file, no network. PostgreSQL's run on a throw-away cluster on a Unix socket, where a server \
      is installed; where none is, that is said and the rest counts. Status 1 when a case is wrong.

      Where there is a ledger, named by --ledger or by the configuration, the result is recorded in it, and the next report \
      shows it in replay/tool-validation.md.

      Example: assay selftest --engine sqlite
      Example: assay selftest --config assay.yaml
      """)

  @Option(help: ArgumentHelp("Only the cases of this engine.", valueName: "sqlite|postgresql"))
  var engine: GoldenEngine?

  @OptionGroup var common: CommonOptions

  func run() throws {
    // A ledger that is named and not there should show before a long run, not after.
    let path = try ledgerPath()
    let ledger = try path.map { try existingLedger($0) }
    var result = Selftest()
    for candidate in GoldenEngine.allCases {
      switch candidate {
      case _ where engine != nil && engine != candidate: try result.leaveOut(candidate)
      case .sqlite: result.runs.append(try EngineRun(.sqlite))
      case .postgresql: try runOnPostgreSQL(&result)
      }
    }
    switch ledger {
    case .some(let ledger): for run in result.runs { try run.keep(in: ledger) }
    case .none: break
    }
    common.console.document(result.json(recordedIn: path))
    common.console.say(result.text + (path.map { "\n\nRecorded in \($0); the next report shows it." } ?? ""))
    if result.runs.contains(where: { !$0.run.failures.isEmpty }) { throw CheckFailed(status: ExitStatus.checkFailed) }
  }

  /// The ledger to record in: the one that is named, or the one that is here; `nil` where there is none.
  private func ledgerPath() throws -> String? {
    if common.ledger != nil || common.config != nil { return common.ledgerPath(try common.configuration()) }
    let path = common.ledgerPath(try? common.configuration())
    return fileExists(path) ? path : nil
  }

  /// A server that is not there fails the test only of someone who asked for it.
  private func runOnPostgreSQL(_ result: inout Selftest) throws {
    do throws(AssayError) {
      result.runs.append(try EngineRun(.postgresql))
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
