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
    commandName: "fsck", abstract: "Check that the ledger is whole, is what Assay wrote, and that its totals tie out.",
    discussion: """
      Every row is compared with the digests that the ledger keeps of what was written. Whoever changes rows and digests \
      alike is found with --archives: it reads the archives again, into a ledger of its own, and compares every record. \
      Name the zone, the year and the prefix of logs as `assay ingest` was told them, unless the configuration holds them. \
      What was measured on a shadow is proven by replaying again. Status 1 names what does not hold.
      """)

  @Flag(help: "Read the archives again and compare every record with them.")
  var archives = false

  @OptionGroup var logOptions: LogOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let configuration = try common.configuration()
    let path = common.ledgerPath(configuration)
    let ledger = try existingLedger(path, cutDown: !archives)
    let problems = try ledger.concluded {
      let problems = try ledger.problems()
      guard archives else { return problems }
      return problems
        + (try ArchiveComparison(configuration: configuration, logOptions: logOptions).problems(of: ledger))
    }
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("whole")
    json.bool(problems.isEmpty)
    json.key("problems")
    json.strings(problems)
    json.key("archives_read")
    json.bool(archives)
    json.endObject()
    common.console.document(json.bytes)
    common.console.say(problems.isEmpty ? "\(path): \(praise)" : problems.map(printable).joined(separator: "\n"))
    if !problems.isEmpty { throw CheckFailed(status: ExitStatus.checkFailed) }
  }

  private var praise: String {
    "whole; every row is as it was written; every total ties out"
      + (archives ? "; every record is what the archives say." : ".")
  }
}
