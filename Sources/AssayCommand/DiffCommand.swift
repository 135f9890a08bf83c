import ArgumentParser
import AuditTrail
import FoundationEssentials
import Ledger
import Policies
import PolicyDiff

/// `assay diff`: what another policy would have decided differently.
struct DiffCommand: FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Say what another policy would have decided about past traffic, and what that does.",
    discussion: """
      OLD and NEW are each a policy, a folder of dated versions, hoop's guardrails (a .json file, or a folder with \
      guardrails.json, connections.json and attributes.json), or `recorded`: what the proxy decided. Each change is \
      crossed with the effect that the shadow measured. Statements are shown as shapes, without their literals.

      Status 1 when a gate of --fail-on trips: risk (less in the way of a harmful statement), leak (sensitive data \
      reaches the client), friction (a harmless statement is held up), harm (what counts as harm differs), any (any \
      change).

      Example: assay diff recorded new-policy.yaml --ledger quarter.db --fail-on risk,leak
      """)

  @Argument(help: "What decides before: a policy, or `recorded`.", completion: .file())
  var old: String

  @Argument(help: "What decides after: a policy, or `recorded`.", completion: .file())
  var new: String

  @Option(help: ArgumentHelp("End with status 1 on these: risk, friction, leak, harm, any.", valueName: "gates"))
  var failOn: String?

  @Option(help: "How many less protected statements may be without a verdict before `risk` trips.")
  var allowUnknown: Int64 = 0

  @Flag(help: "Print a comment for a pull request, at most 60,000 bytes of Markdown.")
  var markdown = false

  @Option(help: "Write the gates as a JUnit report.", completion: .file())
  var junit: String?

  @Option(help: "Write the findings as SARIF 2.1.0.", completion: .file())
  var sarif: String?

  @Option(help: "Only statements of this period, such as 2026-Q3 or 2026-07.")
  var period: String?

  @Option(help: "Only this session; repeatable.")
  var session: [String] = []

  @Option(help: "Only this identity, by user.")
  var identity: String?

  @Option(help: "Only this connection; repeatable.")
  var connection: [String] = []

  @Option(help: "hoop's connections, for guardrails given as a file.", completion: .file(extensions: ["json"]))
  var hoopConnections: String?

  @Option(help: "hoop's attributes, for guardrails given as a file.", completion: .file(extensions: ["json"]))
  var hoopAttributes: String?

  @Option(help: "The engine of hoop's patterns; without it the one of --hoop-version.")
  var hoopDialect: HoopPolicy.Dialect?

  @Option(
    help: ArgumentHelp(
      "hoop's version: from 1.148 on patterns are Presidio's, before RE2's; without it RE2, and Presidio's for what RE2 refuses.",
      valueName: "version"))
  var hoopVersion: String?

  @Option(help: ArgumentHelp("The day that the traffic's age counts to; today otherwise.", valueName: "date"))
  var today: String?

  @OptionGroup var common: CommonOptions

  func outputs() -> [Output?] { [Output(junit, .junit), Output(sarif, .sarif)] }
  var inputs: [String?] { [old, new, hoopConnections, hoopAttributes] }

  func validate() throws {
    if allowUnknown < 0 { throw ValidationError("--allow-unknown takes a whole number of at least 0.") }
    _ = try gates()
    _ = try day()
  }

  func run() throws {
    let configuration = try common.configuration()
    let sources = DiffSources(
      connections: hoopConnections, attributes: hoopAttributes, dialect: hoopDialect, version: hoopVersion,
      configuration: configuration)
    let (before, after) = (try sources.source(old), try sources.source(new))
    let ledger = try existingLedger(common.ledgerPath(configuration), cutDown: true)
    try configuration?.applyMappings(to: ledger)
    var filter = SessionFilter()
    filter.period = try period.map(readPeriod)
    filter.keys = session
    filter.user = identity
    filter.connections = connection
    var difference = try comparePolicies(ledger, old: before, new: after, filter: filter)
    difference.traffic.setAge(on: try day())
    let gates = try gates()
    // A gate that judged nothing must not look like one that let everything pass.
    if !gates.isEmpty, difference.statements == 0 {
      throw AssayError(
        .missingInput,
        "No statement of the ledger is in this selection, so --fail-on judged nothing. Ingest traffic first, or select more of it.",
        at: Place(ledger.path))
    }
    let tripped = difference.tripped(gates, allowedUnknown: allowUnknown)
    if let junit { try writeFile(junit, Array(difference.junit(gates: gates, tripped: tripped).utf8)) }
    if let sarif {
      let places = before.places.merging(after.places) { $1 }
      try writeFile(
        sarif, difference.sarif(places: places, policy: new == "recorded" ? old : new, version: AssayCommand.version))
    }
    let console = common.console
    console.document(difference.json(tripped: tripped))
    if markdown {
      console.say(difference.markdown(tripped: tripped))
    } else {
      console.say(DiffText(difference: difference, tripped: tripped).text)
    }
    if !tripped.isEmpty { throw CheckFailed(status: ExitStatus.checkFailed) }
  }

  private func day() throws -> CivilDate {
    guard let today else { return CivilDate(daysSinceEpoch: Int(Date().timeIntervalSince1970 / 86_400)) }
    guard let day = CivilDate(today) else { throw ValidationError("--today takes a date such as 2026-10-01.") }
    return day
  }

  private func gates() throws -> Set<DiffGate> {
    var gates: Set<DiffGate> = []
    for name in (failOn ?? "").split(separator: ",", omittingEmptySubsequences: true) {
      guard let gate = DiffGate(rawValue: String(name)) else {
        let known = DiffGate.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--fail-on knows no \(name); it takes \(known), with commas between.")
      }
      gates.insert(gate)
    }
    return gates
  }
}
