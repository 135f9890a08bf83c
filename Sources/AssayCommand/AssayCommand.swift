public import ArgumentParser
import AuditTrail
import Digests
import Foundation
import PostgresShadows
import Replay
import ThrowAwayServers

/// The command `assay` and everything under it: options in, plans out, sentences to people.
public struct AssayCommand: ParsableCommand {
  /// The program's version, as `--version` prints it and as packages name it.
  public static let version = "0.1.0"

  /// Names, help and the commands below.
  public static let configuration = CommandConfiguration(
    commandName: "assay",
    abstract:
      "Prove what your database guardrails did: read proxy archives, replay them on a shadow, render the evidence.",
    discussion: """
      Rules predict, effects prove. Assay reads the audit archives that database-access proxies leave behind, runs the \
      recorded statements on a disposable shadow database, grades each guardrail decision by what the statement really \
      does, and renders the quarter's SOC 2, ISO 27001 and FedRAMP evidence as Markdown, CSV and XLSX.

      Production is never touched: replay needs a shadow, and refuses a database that does not prove that it is one.

      `assay --version --verbose` names the C libraries that are loaded, each with its version.

      Exit status: 0 done, 1 a check failed, 64 wrong usage, 65 bad input data, 66 input missing, 69 a service is \
      unavailable, 70 a fault of Assay, 74 reading or writing failed, 75 in use by another assay, 77 refused for safety.
      """,
    version: version,
    subcommands: [
      RunCommand.self, StatusCommand.self, InitCommand.self, IngestCommand.self, ReplayCommand.self, DiffCommand.self,
      FindCommand.self,
      IncidentCommand.self, ReportCommand.self, VerifyCommand.self, SampleCommand.self, ExplainCommand.self,
      ReconcileCommand.self, ExportCommand.self, SealCommand.self,
      ShadowCommand.self, PolicyCommand.self, LedgerCommand.self, SelftestCommand.self, FormatsCommand.self,
      FrameworksCommand.self,
    ])

  /// A command.
  public init() {}

  /// Keeps what this process makes from here on for its user alone, whatever it was started with: ledgers with what SQLite
  /// keeps beside them, packages, pages and temporary folders hold statements and names. A program calls it once; one that
  /// does more than run commands decides itself.
  public static func keepFilesPrivate() { _ = umask(0o077) }

  /// Removes what this process made on a server or beside one, however its command ended. To be called once, when the
  /// process ends: it closes every shadow that is open, also another command's.
  public static func closeEverything() { closeShadows() }

  /// Runs the command line and returns the exit status.
  ///
  /// Whatever fails is printed as one sentence on standard error, or with `--json` as one document on standard output.
  public static func run(_ arguments: [String]) -> Int32 {
    let console = Console(arguments: arguments)
    let status = run(arguments, console)
    guard status == 0, Console.hasLostOutput else { return status }
    console.complain("assay: Standard output could not be written; check its disk. What was printed is not whole.")
    return ExitStatus.inputOutput
  }

  private static func run(_ arguments: [String], _ console: Console) -> Int32 {
    defer { Interruption.yield() }
    if let mistake = unknownCommand(arguments) {
      console.fail(mistake)
      return ExitStatus.usage
    }
    if Set(arguments) == ["--version", "--verbose"] {
      console.print((["assay \(version)"] + loadedLibraries().map(\.text)).joined(separator: "\n"))
      return 0
    }
    do {
      guard isSHA256There else {
        throw AssayError(
          .unavailable,
          "OpenSSL has no SHA-256, so nothing can be compared: its configuration activates no provider that has it. "
            + "Activate the provider `default` or `fips` there (OPENSSL_CONF, openssl.cnf).")
      }
      var command = try parseAsRoot(arguments)
      if let writing = command as? any FileWriting { try writing.refuseHarmfulOutputs() }
      try command.run()
      return 0
    } catch let status as CheckFailed {
      return status.status
    } catch let error as AssayError {
      Interruption.yield()
      console.fail(error)
      return ExitStatus.of(error)
    } catch let errors as FailureList {
      console.fail(errors.errors)
      return errors.errors.first.map(ExitStatus.of) ?? ExitStatus.internalFault
    } catch {
      return help(for: error, console)
    }
  }

  /// A name that is not a command: help would be answered with that of the commands above it, and a mistake with a word about
  /// the first option that those do not know.
  private static func unknownCommand(_ arguments: [String]) -> AssayError? {
    var subcommands = configuration.subcommands
    var path = "assay"
    for argument in arguments.prefix(while: { !$0.hasPrefix("-") }) where argument != "help" {
      guard !subcommands.isEmpty else { return nil }
      guard let command = subcommands.first(where: { $0.configuration.commandName == argument }) else {
        let nearest = NearestNames(to: argument, in: subcommands.compactMap { $0.configuration.commandName })
        return AssayError(
          .usage, "There is no command `\(argument)`; `\(path) --help` lists them." + (nearest.question ?? ""))
      }
      subcommands = command.configuration.subcommands
      path += " \(argument)"
    }
    return nil
  }

  /// Help, the version, and mistakes in the command line.
  private static func help(for error: any Error, _ console: Console) -> Int32 {
    let status = exitCode(for: error)
    guard !status.isSuccess else {
      console.print(fullMessage(for: error))
      return 0
    }
    if console.isJSON {
      console.fail(AssayError(.usage, message(for: error)))
    } else {
      console.complain(fullMessage(for: error))
    }
    return ExitStatus.usage
  }
}

/// A check that the user asked for did not hold; what it found was printed already.
struct CheckFailed: Error {
  let status: Int32
}

/// Several failures that belong together, such as everything wrong in a policy.
struct FailureList: Error {
  let errors: [AssayError]
}
