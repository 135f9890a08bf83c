import ArgumentParser
import AuditTrail
import Foundation
import Ledger
import ShadowReplay

/// `assay replay`: measure effects, grade decisions.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Run the recorded statements on a shadow and grade each decision by its effect.",
    discussion: """
      Each session gets a disposable clone of the shadow. Allowed statements take effect there, blocked ones are tried and \
      undone, and every statement ends in exactly one verdict. A shadow is sqlite:FILE, where FILE is a .sql script or a \
      database that carries the marker table assay_shadow; anything else is refused (status 77).

      Example: assay replay --ledger quarter.db --shadow clinic=sqlite:clinic.sql --policy policy.yaml
      """)

  @Option(help: ArgumentHelp("A shadow, for one connection or for all; repeatable.", valueName: "[connection=]source"))
  var shadow: [String] = []

  @Option(help: "A policy whose harm and masks are used; a file or a folder of dated versions.", completion: .file())
  var policy: String?

  @Option(help: "Only this session; repeatable.")
  var session: [String] = []

  @Option(help: "Only statements of this period, such as 2026-Q3 or 2026-07.")
  var period: String?

  @Option(help: "Write each statement's verdict and effect as a JSON line.", completion: .file())
  var verdicts: String?

  @Option(help: "Threads that measure; the results do not depend on it.")
  var workers: Int?

  @Option(help: "Where random() starts on the shadow.")
  var seed: UInt64 = 0

  @Flag(help: "End with status 65 when a harmful statement was let through.")
  var strict = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let workers, workers < 1 { throw ValidationError("--workers takes a whole number of at least 1.") }
  }

  func run() throws {
    let configuration = try common.configuration()
    let console = common.console
    var planning = ReplayPlanning(shadows: shadow, policy: policy, workers: workers, seed: seed)
    planning.filter.keys = session
    planning.filter.period = try period.map(readPeriod) ?? configuration?.period
    let plan = try planning.plan(configuration)
    let ledger = try existingLedger(common.ledgerPath(configuration))
    try configuration?.applyMappings(to: ledger)
    let report = try measure(ledger, plan, console)
    if let verdicts { try writeVerdicts(ledger, plan.filter, to: verdicts) }
    console.document(report.json)
    console.say(ReplayText(report).text)
    let harmful = report.verdicts[.falseAllow, default: 0] + report.verdicts[.maskLeak, default: 0]
    if strict, harmful > 0 { throw CheckFailed(status: ExitStatus.badData) }
  }
}

/// Opens a ledger that must be there; one that was cut down holds enough for few commands.
func existingLedger(_ path: String, cutDown isEnough: Bool = false) throws -> Ledger {
  guard fileExists(path) else {
    throw AssayError(
      .missingInput, "There is no ledger here; make it with `assay ingest`, or name another with --ledger.",
      at: Place(path))
  }
  let ledger = try Ledger(path: path, create: false)
  if !isEnough { try refuseCutDown(ledger) }
  try ledger.finishIngest()
  return ledger
}

/// Fails for a ledger that was cut down: it holds no statement, session or archive.
func refuseCutDown(_ ledger: borrowing Ledger) throws {
  guard try ledger.isCutDown() else { return }
  throw AssayError(
    .usage,
    "This ledger was cut down by `assay ledger slim`: `assay diff` reads it, nothing else. Name the whole ledger.",
    at: Place(ledger.path))
}

/// A period as people type it.
func readPeriod(_ text: String) throws -> Period {
  guard let period = Period(text) else {
    throw AssayError(.usage, "Unknown period \(text); expected 2026-Q3, 2026-07 or 2026.")
  }
  return period
}

/// Replays with progress.
func measure(_ ledger: borrowing Ledger, _ plan: ReplayPlan, _ console: Console) throws -> ReplayReport {
  let total = try ledger.rows("SELECT count(*) FROM statements").first?.first?.integer ?? 0
  let progress = ProgressLine(console, "Replaying", total: total, unit: "statements")
  defer { progress.end() }
  return try replay(ledger, plan: plan) { progress.update(Int64($0.statements)) }
}

/// Writes the verdict lines.
func writeVerdicts(_ ledger: borrowing Ledger, _ filter: SessionFilter, to path: String) throws {
  try makeFolder(above: path)
  guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path)
  else {
    throw AssayError(.inputOutput, "The file cannot be written; check the folder and the disk.", at: Place(path))
  }
  var buffer: [UInt8] = []
  func flush() throws(AssayError) {
    do { try handle.write(contentsOf: Data(buffer)) } catch {
      throw AssayError(.inputOutput, "The file cannot be written; check the disk.", at: Place(path))
    }
    buffer.removeAll(keepingCapacity: true)
  }
  try forEachVerdictLine(ledger, filter) { (line) throws(AssayError) in
    buffer += line
    if buffer.count > 1 << 20 { try flush() }
  }
  try flush()
  try handle.close()
}
