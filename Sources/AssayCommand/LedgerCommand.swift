import ArgumentParser
import AuditTrail
import JSONReader
import Ledger

/// `assay ledger`: work on the ledger itself.
struct LedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "Check the ledger, or cut it down for a pipeline.",
    subcommands: [FsckCommand.self, SlimCommand.self])
}

/// `assay ledger fsck`: is the ledger whole.
struct FsckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fsck", abstract: "Check that the ledger is whole and that its totals tie out.",
    discussion: "Status 1 names what does not hold.")

  @OptionGroup var common: CommonOptions

  func run() throws {
    let path = common.ledgerPath(try common.configuration())
    let ledger = try existingLedger(path, cutDown: true)
    let problems = try ledger.problems()
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("whole")
    json.bool(problems.isEmpty)
    json.key("problems")
    json.strings(problems)
    json.endObject()
    common.console.document(json.bytes)
    common.console.say(problems.isEmpty ? "\(path): whole; every total ties out." : problems.joined(separator: "\n"))
    if !problems.isEmpty { throw CheckFailed(status: ExitStatus.checkFailed) }
  }
}
