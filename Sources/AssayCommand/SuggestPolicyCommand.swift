import ArgumentParser
import AuditTrail
import Ledger
import Policies
import PolicyDiff

/// `assay policy suggest`: rules that the measured traffic calls for.
struct SuggestPolicyCommand: FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "suggest",
    abstract: "Propose rules that would have stopped what was let through and did harm, with their measured figures.",
    discussion: """
      Candidates are drawn from the harmful statements: kind and predicate, tables, columns, objects and functions, by kind \
      of identity and environment. Those that stop most and hold up least are proposed, each with recall, precision, \
      row-weighted recall and the statements behind it. Reviews that were needless every time, \
      \(PolicySuggestion.leastEvidence) times or more, are proposed for automatic approval.

      Example: assay policy suggest --config samples/assay.yaml --output suggested.yaml
      """)

  @Option(help: "The policy in hand: what it stops already is not proposed again.", completion: .file())
  var policy: String?

  @Flag(help: "Print the proposals as a policy file instead of a table.")
  var yaml = false

  @Option(help: "Write the proposals as a policy file.", completion: .file(extensions: ["yaml"]))
  var output: String?

  @Option(help: "Only statements of this period, such as 2026-Q3 or 2026-07.")
  var period: String?

  @Option(help: "Only this identity, by user.")
  var identity: String?

  @Option(help: "Only this connection; repeatable.")
  var connection: [String] = []

  @OptionGroup var common: CommonOptions

  func outputs() -> [Output?] { [Output(output, .policy)] }
  var inputs: [String?] { [policy] }

  func run() throws {
    let configuration = try common.configuration()
    let ledger = try existingLedger(common.ledgerPath(configuration))
    try configuration?.applyMappings(to: ledger)
    var filter = SessionFilter()
    filter.period = try period.map(readPeriod)
    filter.user = identity
    filter.connections = connection
    let beside = try policy.map { try loadPolicies(.path($0)) }
    let suggestion = try suggestRules(ledger, beside: beside, filter: filter)
    if let output, suggestion.isMeasured { try writeFile(output, Array(suggestion.yaml.utf8)) }
    common.console.document(suggestion.json)
    common.console.say(yaml ? suggestion.yaml : text(suggestion))
  }

  private func text(_ suggestion: PolicySuggestion) -> String {
    guard suggestion.isMeasured else { return suggestion.headline }
    var lines = [suggestion.headline, suggestion.trafficLine]
    if !suggestion.rules.isEmpty {
      var table = TextTable([
        ("action", .left), ("stops", .right), ("rows", .right), ("holds up", .right), ("recall", .right),
        ("precision", .right), ("by rows", .right), ("example", .left), ("when", .left),
      ])
      for rule in suggestion.rules {
        table.add([
          rule.action.rawValue, grouped(rule.stopped.count), grouped(rule.stoppedRows), grouped(rule.friction),
          percentage(rule.recall) + " %", percentage(rule.precision) + " %",
          rule.rowWeightedRecall.map { percentage($0) + " %" } ?? "–",
          rule.stopped.first ?? "–", rule.when,
        ])
      }
      lines += ["", table.text]
    }
    if !suggestion.unstopped.isEmpty {
      lines += ["", "No candidate stops \(counted(suggestion.unstopped.count, "statement")); --json names them."]
    }
    for approval in suggestion.approvals { lines += ["", printable(approval.sentence), "  " + approval.when] }
    lines += ["", output.map { "Written to \($0)." } ?? "--yaml prints the rules as a policy, --output writes them."]
    return lines.joined(separator: "\n")
  }
}
