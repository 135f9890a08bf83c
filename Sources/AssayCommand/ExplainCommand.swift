import ArgumentParser
import AuditTrail
import JSONReader
import Ledger
import Policies
import SQLAnalysis

/// `assay explain`: why this decision, why this verdict.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say why a statement was decided as it was, and why it was graded so.",
    discussion: """
      A statement's id is SESSION/SEQ, with the proxy's name before it where that is ambiguous (PROXY/SESSION/SEQ). \
      The statement is shown without its literals unless --show-literals is given.

      Example: assay explain gw1-report-bot-0708/2 --config samples/assay.yaml
      """)

  @Argument(help: "The statement's id, such as SESSION/SEQ.")
  var statement: String

  @Option(help: "The policy to explain by; the configuration's unless it is given.", completion: .file())
  var policy: String?

  @Flag(help: "Show the statement as it was sent, literals and all.")
  var showLiterals = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let configuration = try common.configuration()
    let ledger = try existingLedger(common.ledgerPath(configuration))
    try configuration?.applyMappings(to: ledger)
    let (session, entry) = try find(ledger)
    var explained = ExplainedStatement(session: session, statement: entry, showLiterals: showLiterals)
    explained.facts = SQLAnalysis.analyze(entry.sql, as: SQLDialect(engine: session.connection.engine))
    explained.graded = try ledger.graded(session: session.id)[entry.id]
    explained.recordedOutput = try ledger.recordedOutput(of: session.id)
    explained.source = try ledger.source(ofStatement: entry.id)
    let planning = ReplayPlanning(console: common.console, policy: policy)
    if let version = try planning.policies(configuration)?.version(at: entry.time) {
      let request = Request(
        facts: explained.facts.map(PreparedFacts.init), text: entry.sql, identity: session.identity,
        connection: session.connection, client: session.client, purposeGiven: session.purpose?.isGiven ?? false,
        approved: entry.approved, time: entry.time)
      explained.policy = "\(version.name) \(version.version ?? "")"
      explained.explanation = version.explain(request)
    }
    common.console.document(explained.json)
    common.console.say(explained.text)
  }

  private func find(_ ledger: borrowing Ledger) throws -> (SessionEntry, StatementEntry) {
    guard let slash = statement.lastIndex(of: "/"), let sequence = Int64(statement[statement.index(after: slash)...])
    else {
      throw AssayError(.usage, "A statement's id is SESSION/SEQ, such as s1/3.")
    }
    let name = String(statement[..<slash])
    var filter = SessionFilter()
    filter.keys = [name] + (name.firstIndex(of: "/").map { [String(name[name.index(after: $0)...])] } ?? [])
    var found: [SessionEntry] = []
    try ledger.forEachSession(filter) { session in
      if session.key.isExactly(name) || "\(session.proxy)/\(session.key)".isExactly(name) { found.append(session) }
    }
    guard let session = found.first else {
      throw AssayError(.missingInput, "The ledger holds no such session; `assay ingest` reads archives into it.")
    }
    guard found.count == 1 else {
      throw AssayError(
        .usage,
        "Several proxies have a session of that name; put the proxy's name before it: "
          + found.map { "\($0.proxy)/\($0.key)/\(sequence)" }.joined(separator: " or ") + ".")
    }
    guard let entry = try ledger.statements(of: session.id, in: nil).first(where: { $0.sequence == sequence }) else {
      throw AssayError(.missingInput, "The session holds no statement of that number.")
    }
    return (session, entry)
  }
}
