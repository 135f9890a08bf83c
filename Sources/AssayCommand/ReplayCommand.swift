import ArgumentParser
import AuditTrail
import Foundation
import Incidents
import Ledger
import Replay

/// `assay replay`: measure effects, grade decisions.
struct ReplayCommand: FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Run the recorded statements on a shadow and grade each decision by its effect.",
    discussion: """
      Each session gets a disposable clone of the shadow. Allowed statements take effect there, blocked ones are tried and \
      undone, and every statement ends in exactly one verdict. A shadow is sqlite:FILE, where FILE is a .sql script or a \
      database that carries the marker table assay_shadow; anything else is refused (status 77). A replay of all sessions \
      that was stopped goes on where it was when the same command is run again. A session that was measured on the same shadow \
      before is graded again, and not run again.

      With --sample every write, schema change, block, review, mask and every statement of an AI agent is replayed, and of \
      the plain reads as many as it says; the rest is counted as not sampled, never as harmless.

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

  @Option(
    help: ArgumentHelp(
      "Which sessions share a clone: session (none) or history (those that touch the same tables).",
      valueName: "session|history"), completion: .list(Isolation.allCases.map(\.rawValue)), transform: readIsolation)
  var isolation = Isolation.session

  @Option(
    help: ArgumentHelp("Replay only a sample of the plain reads: a share or a count.", valueName: "5%|count"),
    transform: readSample)
  var sample: SampleSize?

  @Flag(help: "Measure every session again, also those that were measured on the same shadow before.")
  var measureAgain = false

  @Flag(help: "Say what a replay would do and take, and execute nothing.")
  var dryRun = false

  @Flag(help: "Count verdicts at other thresholds of harm from the effects already measured; nothing is replayed.")
  var thresholds = false

  @Option(
    help: "Replay as if this policy had decided and show how the end differs; the ledger stays as it is.",
    completion: .file())
  var asIf: String?

  @Flag(help: "End with status 65 when a harmful statement was let through.")
  var strict = false

  @OptionGroup var superuser: SuperuserOption
  @OptionGroup var common: CommonOptions

  func outputs() -> [Output?] { [Output(verdicts, .verdicts)] }
  var inputs: [String?] { shadow + [policy, asIf] }

  func validate() throws {
    if let workers, workers < 1 { throw ValidationError("--workers takes a whole number of at least 1.") }
    if isolation == .history, !session.isEmpty {
      throw ValidationError("--isolation history needs every session; leave --session out.")
    }
    if dryRun, thresholds { throw ValidationError("Use --dry-run or --thresholds, not both.") }
  }

  func run() throws {
    let configuration = try common.configuration()
    let console = common.console
    var planning = ReplayPlanning(
      console: console, shadows: shadow, policy: policy, workers: workers, seed: seed)
    planning.filter.keys = session
    planning.filter.period = try period.map(readPeriod) ?? configuration?.period
    planning.isolation = isolation
    planning.allowsSuperuser = superuser.allowSuperuser
    planning.sample = sample
    planning.measuresAgain = measureAgain
    if thresholds { return try printThresholds(planning, configuration) }
    if !dryRun, asIf == nil { try Ledger.requireUnheld(common.ledgerPath(configuration)) }
    let plan = try planning.plan(configuration)
    let ledger = try existingLedger(common.ledgerPath(configuration))
    try configuration?.applyMappings(to: ledger)
    if dryRun {
      let forecast = try ReplayForecast(ledger, plan: plan)
      console.document(forecast.json)
      return console.say(forecast.text)
    }
    if let asIf { return try show(asIf: asIf, ledger, plan, configuration) }
    let report = try measure(ledger, plan, console)
    if let verdicts { try writeVerdicts(ledger, plan.filter, to: verdicts) }
    console.document(report.json)
    console.say(ReplayText(report, plan).text)
    let harmful = report.verdicts[.falseAllow, default: 0] + report.verdicts[.maskLeak, default: 0]
    if strict, harmful > 0 { throw CheckFailed(status: ExitStatus.badData) }
  }
}

extension ReplayCommand {
  private func printThresholds(_ planning: ReplayPlanning, _ configuration: Configuration?) throws {
    let ledger = try existingLedger(common.ledgerPath(configuration))
    let counts = try ThresholdCounts(ledger, planning.filter, policies: planning.policies(configuration))
    common.console.document(counts.json)
    common.console.say(counts.text)
  }

  /// Replays under another policy; nothing is stored.
  private func show(
    asIf path: String, _ ledger: borrowing Ledger, _ plan: ReplayPlan, _ configuration: Configuration?
  ) throws {
    let policy = try DiffSources(configuration: configuration).policies(path)
    let total = try ledger.rows("SELECT count(*) FROM statements").first?.first?.integer ?? 0
    let progress = ProgressLine(common.console, "Deciding", total: total, unit: "statements")
    defer { progress.end() }
    let counterfactual = try replayAsIf(ledger, policy: policy, plan: plan) { progress.update($0) }
    progress.end()
    common.console.document(counterfactual.json)
    common.console.say(AsIfText(counterfactual: counterfactual).text)
  }
}

@Sendable private func readIsolation(_ text: String) throws -> Isolation {
  guard let isolation = Isolation(rawValue: text) else {
    throw ValidationError("Unknown isolation \(text); expected session or history.")
  }
  return isolation
}

/// `5%`, `0.5%` or a count.
@Sendable private func readSample(_ text: String) throws -> SampleSize {
  if text.hasSuffix("%"), let share = Double(text.dropLast()), share > 0, share < 100 { return .share(share / 100) }
  if let count = Int64(text), count > 0 { return .count(count) }
  throw ValidationError("Unknown sample \(text); expected a share above 0 and below 100 %, such as 5%, or a count.")
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
  let file = try OutputFile(path)
  var buffer: [UInt8] = []
  try forEachVerdictLine(ledger, filter) { (line) throws(AssayError) in
    buffer += line
    guard buffer.count > 1 << 20 else { return }
    try file.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }
  try file.write(buffer)
  try file.finish()
}
