import ArgumentParser
import AuditTrail
import Incidents
import Ledger
import Policies
import PolicyDiff
import Reporting
import SQLAnalysis
import Replay

/// `assay incident`: what a session really did, on one page.
struct IncidentCommand: FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "incident",
    abstract: "Show what a session really did: who, what was lost and seen, what would have stopped it.",
    discussion: """
      Sessions are named (`assay find` lists them), or an identity and a time across sessions. With --archive and --shadow \
      no ledger is needed: archives are read and replayed into a temporary one that is gone afterwards. Which rule would \
      have stopped the harm is asked of the configuration's policies and of --policy. Statements are shown without their \
      literals unless --show-literals is given. Times are UTC.

      Example: assay incident gw1-report-bot-0708 --config samples/assay.yaml --html incident.html
      """)

  @Argument(help: "Sessions, by name or by an unambiguous beginning of it.")
  var session: [String] = []

  @Option(
    help: """
      Whose sessions: a user, the part before its @, or a pattern with *; where nobody is named, a database login. With --from \
      and --to or the like.
      """)
  var identity: String?

  @OptionGroup var time: TimeOptions

  @Option(help: "Read this archive instead of a ledger; repeatable. Needs --shadow.", completion: .file())
  var archive: [String] = []

  @Option(help: ArgumentHelp("A shadow, for --archive or --as-if; repeatable.", valueName: "[connection=]source"))
  var shadow: [String] = []

  @Option(help: "A policy to try: would one of its rules have stopped it?", completion: .file())
  var policy: String?

  @Option(help: "Replay the sessions as if this policy had decided, and show how the end differs.", completion: .file())
  var asIf: String?

  @Flag(help: "Show statements as they were sent, literals and all.")
  var showLiterals = false

  @Flag(help: "List every statement; runs of harmless ones are counted otherwise.")
  var all = false

  @Option(help: "Write the page as Markdown.", completion: .file())
  var markdown: String?

  @Option(help: "Write the page as one HTML file that needs nothing else.", completion: .file())
  var html: String?

  @OptionGroup var superuser: SuperuserOption
  @OptionGroup var logOptions: LogOptions
  @OptionGroup var common: CommonOptions

  func outputs() -> [Output?] { [Output(markdown, .incident), Output(html, .incident)] }
  var inputs: [String?] { archive + shadow + [policy, asIf] }

  func validate() throws {
    if archive.isEmpty, session.isEmpty, identity == nil {
      throw ValidationError("Name a session, or --identity with a time; `assay find` lists sessions worth a look.")
    }
    if !session.isEmpty, identity != nil {
      throw ValidationError("Name sessions or an identity, not both.")
    }
    if !archive.isEmpty, common.ledger != nil {
      throw ValidationError("--archive needs no ledger: leave out --ledger, or ingest the archive into it.")
    }
  }

  func run() throws {
    let configuration = try common.configuration()
    let ledger = try open(configuration)
    var plan = IncidentPlan()
    let policies = DiffSources(configuration: configuration)
    plan.policies = try configuration?.policies.map(loadPolicies)
    plan.candidate = try (policy ?? asIf).map { try policies.policies($0) }
    plan.showsLiterals = showLiterals
    plan.foldsNothing = all
    plan.period = try time.window()
    let sessions = try subject(ledger, &plan)
    var incident = try readIncident(ledger, sessions: sessions, plan: plan)
    guard !incident.sessions.isEmpty else { throw try nothing(plan, ledger) }
    if let asIf {
      let replay = try replayPlan(configuration, plan.period)
      incident.counterfactual = try replayAsIf(
        ledger, policy: try policies.policies(asIf), plan: replay, sessions: sessions)
    }
    let templates = configuration?.templates.map { resolve("reports", in: $0) }.flatMap { isDirectory($0) ? $0 : nil }
    if let markdown { try writeFile(markdown, Array(try incidentMarkdown(incident, templates: templates).utf8)) }
    if let html { try writeFile(html, Array(try incidentPage(incident, templates: templates).utf8)) }
    common.console.document(incident.json)
    common.console.say(IncidentText(incident: incident).text)
    for path in [markdown, html].compactMap(\.self) { common.console.say("Written: \(path)") }
  }

  /// The ledger, or a temporary one with the archives read and replayed.
  private func open(_ configuration: Configuration?) throws -> Ledger {
    guard !archive.isEmpty else {
      let ledger = try existingLedger(common.ledgerPath(configuration))
      try configuration?.applyMappings(to: ledger)
      return ledger
    }
    let replay = try replayPlan(configuration, nil)
    let ledger = try Ledger.temporary()
    let quiet = Console(isJSON: common.json, isQuiet: true)
    let trust = try configuration?.trust() ?? Trust()
    let ingest = Ingest(
      paths: try files(under: archive), format: nil, trust: trust, logOptions: logOptions, configuration: configuration,
      console: quiet)
    let read = try ingest.run(into: ledger)
    if read.archives.isEmpty, let failure = read.failures.first { throw failure }
    for failure in read.failures { common.console.complain("assay: \(failure)") }
    // The page shows what the archives say; whether they are to be believed is said here.
    for archive in read.archives {
      let summary = archive.summary
      let contradiction = summary.origin.standing == .contradicted ? [summary.origin.reason] : []
      for sentence in summary.sealProblems + contradiction {
        common.console.complain("assay: \(summary.path): \(printable(sentence))")
      }
    }
    try configuration?.applyMappings(to: ledger)
    _ = try Replay.replay(ledger, plan: replay)
    return ledger
  }

  private func replayPlan(_ configuration: Configuration?, _ period: Period?) throws -> ReplayPlan {
    // Harm is the policy's in force; without a configuration the policy to be tried says what it is.
    var planning = ReplayPlanning(
      console: common.console, shadows: shadow, policy: configuration?.policies == nil ? policy : nil)
    planning.filter.period = period
    planning.allowsSuperuser = superuser.allowSuperuser
    return try planning.plan(configuration)
  }

  /// The sessions that were asked for.
  private func subject(_ ledger: borrowing Ledger, _ plan: inout IncidentPlan) throws -> [SessionEntry] {
    if !session.isEmpty { return try resolveSessions(ledger, named: session) }
    if let identity {
      let actors = try resolveActors(ledger, named: identity)
      guard let period = plan.period else {
        throw AssayError(.usage, "Say when: --from and --to, --on, --around or --period.")
      }
      plan.window = Incident.Window(actors: actors, period: period)
      var search = SessionSearch()
      search.actors = actors
      search.sessions.period = period
      return try findSessions(ledger, search).sessions.map(\.session)
    }
    var search = SessionSearch()
    search.sessions.period = plan.period
    let found = try findSessions(ledger, search).sessions
    guard found.count > 1 else { return found.map(\.session) }
    let names = found.prefix(5).map { "\($0.session.key) (\($0.worst?.verdict.rawValue ?? "not replayed"))" }
    throw AssayError(
      .usage,
      "The archive holds \(counted(found.count, "session")); name one or more. The gravest: "
        + names.joined(separator: ", ") + ".")
  }

  private func nothing(_ plan: IncidentPlan, _ ledger: borrowing Ledger) throws -> AssayError {
    var text = "There is no such statement"
    if let period = plan.period { text += " from \(period.start.minute) to \(period.end.minute) UTC" }
    var search = SessionSearch()
    search.actors = plan.window?.actors ?? Actors()
    let found = try findSessions(ledger, search).sessions
    if let first = found.map(\.first).min(), let last = found.map(\.last).max() {
      let who = plan.window.map { " of \($0.actors.names.joined(separator: ", "))" } ?? ""
      text += "; the ledger holds statements\(who) from \(first.minute) to \(last.minute) UTC"
    }
    return AssayError(.missingInput, text + ".")
  }
}

extension DiffSources {
  /// A policy that was typed; `recorded` is none.
  func policies(_ path: String) throws -> PolicySet {
    let side = try self.source(path)
    guard case .policies(let set) = side else {
      throw AssayError(.usage, "Name a policy file or a folder of dated versions; `recorded` is what happened anyway.")
    }
    return set
  }
}
