import ArgumentParser
import AuditTrail
import JSONReader
import Ledger
import Policies
import PolicyDiff

/// `assay ledger slim`: the distinct traffic with its effects, for a pipeline that diffs policies.
struct SlimCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slim", abstract: "Cut the ledger down to what a diff of policies needs.",
    discussion: """
      Writes a new ledger with each distinct text, context and decision once: how often, when, and what the shadow \
      measured. `assay diff` reads it like the whole one. With --redact it holds no literal, comment, parameter, client or \
      e-mail address, and identities by kind and number, their groups kept: rules over a text, a user or a client decide \
      `maybe` where they depend on what was taken.

      Times are kept by month and by the versions of the configured policies: --period takes whole months.

      Example: assay ledger slim --redact --output traffic.db
      """)

  @Option(help: "The new ledger; it must not be there yet.", completion: .file())
  var output: String

  @Flag(help: "Leave out literals, comments, parameters, clients and e-mail addresses, and number the identities.")
  var redact = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let configuration = try common.configuration()
    let ledger = try existingLedger(common.ledgerPath(configuration))
    guard !fileExists(output) else {
      throw AssayError(
        .usage, "This file is there already; delete it, or name another with --output.", at: Place(output))
    }
    try configuration?.applyMappings(to: ledger)
    try makeFolder(above: output)
    let cut = try ledger.concluded {
      try ledger.cutDown(
        to: output, borders: try borders(ledger, configuration), redaction: redact ? .traffic : nil)
    }
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("path")
    json.string(output)
    json.key("redacted")
    json.bool(redact)
    for (key, value) in [("statements", cut.statements), ("entries", cut.entries), ("texts", cut.texts)] {
      json.key(key)
      json.integer(value)
    }
    json.endObject()
    common.console.document(json.bytes)
    common.console.say(
      "\(output): \(grouped(cut.statements)) statements as \(grouped(cut.entries)) distinct ones of \(grouped(cut.texts)) "
        + "texts, \(redact ? "without literals, parameters and e-mail addresses." : "literals included.")")
  }

  /// The first moments of the months that the ledger holds, and of the versions that are in force in it.
  private func borders(_ ledger: borrowing Ledger, _ configuration: Configuration?) throws -> [Timestamp] {
    guard let span = try ledger.rows("SELECT min(first), max(last) FROM rollup").first,
      let first = span[0].integer, let last = span[1].integer
    else { return [] }
    var borders: Set<Timestamp> = []
    if let policies = configuration?.policies {
      borders.formUnion(try loadPolicies(policies).versions.compactMap(\.effective))
    }
    var date = CivilDate(daysSinceEpoch: Timestamp(nanoseconds: first).day)
    while true {
      date = CivilDate(year: date.month == 12 ? date.year + 1 : date.year, month: date.month % 12 + 1, day: 1)
      // The calendar ends before the last year that a time may name does.
      guard date.start.nanoseconds <= last, date.start.nanoseconds < .max else { break }
      borders.insert(date.start)
    }
    return borders.sorted()
  }
}
