import AuditTrail
import Digests
import Ledger
import Policies

/// A choice that can make a report say less, beside what holds where nobody chooses, and what another report chose.
public struct ReportChoice: Sendable, Hashable {
  /// What is chosen.
  public let name: String
  /// What was chosen.
  public let value: String
  /// What holds where nobody chooses.
  public let shipped: String
  /// Whether that is what holds.
  public let isAsShipped: Bool
  /// What the package of the period before chose; `nil` where none was named.
  public var previous: String?

  fileprivate init(_ name: String, _ value: String, shipped: String, isAsShipped: Bool? = nil) {
    (self.name, self.value, self.shipped) = (name, value, shipped)
    self.isAsShipped = isAsShipped ?? (value == shipped)
  }
}

/// What the package of the period before chose.
public struct PreviousChoices: Sendable, Hashable, Codable {
  /// Its period, such as `2026-Q2`.
  public var period: String
  /// The SHA-256 of its manifest, in hex.
  public var manifestSHA256: String
  /// Its choices by their names.
  public var choices: [String: String]
  /// The kinds of exceptions that it notes, or says that the packages before it noted; `nil` where nobody looked.
  public var kinds: [EarlierKind]?

  /// The choices of a package, as it states them.
  public init(period: String, manifestSHA256: String, choices: [String: String]) {
    (self.period, self.manifestSHA256, self.choices) = (period, manifestSHA256, choices)
  }
}

private let asRecorded = "as recorded"

/// Where the configuration says another kind of identity than the archives record: a service is asked less than a person.
private func kinds(_ facts: EvidenceFacts) -> String {
  let others = (facts.kindConflicts ?? []).compactMap { conflict in
    conflict.mapped.map { "\(conflict.user): \($0), recorded as \(conflict.recorded.joined(separator: " and "))" }
  }
  return others.isEmpty ? asRecorded : others.joined(separator: "; ")
}

/// Where the configuration says another environment than the archives record: what counts as harm often depends on it.
private func environments(_ facts: EvidenceFacts) -> String {
  let recorded = Dictionary(
    facts.connections.map { (ExactText($0.name), $0.recordedEnvironments ?? []) },
    uniquingKeysWith: { first, _ in first })
  let others = facts.plan.connections.compactMap { connection -> String? in
    guard let environment = connection.environment, let own = recorded[ExactText(connection.name)], !own.isEmpty,
      own != [environment]
    else { return nil }
    return "\(connection.name): \(environment), recorded as \(own.joined(separator: " and "))"
  }
  return others.isEmpty ? asRecorded : others.sorted().joined(separator: "; ")
}

/// The limits that the configuration sets, each beside what would hold without it.
private func ownLimits(_ plan: EvidencePlan) -> [String] {
  guard !plan.limits.isEmpty else { return ["none of the organisation's own"] }
  var without = plan
  without.limits = [:]
  return evidenceTests.flatMap { test in
    let shipped = without.limits(of: test)
    return test.limits.compactMap { limit in
      plan.limits[limit.name].map { "\(limit.words($0)) (else \(grouped(shipped[limit.name] ?? limit.standard)))" }
    }
  }
}

/// Every choice of a report that can make it say less, in the order in which it is shown.
func reportChoices(_ facts: EvidenceFacts) -> [ReportChoice] {
  let plan = facts.plan
  let scope = plan.connections.map(\.name).sorted()
  let outside = facts.connections.map(\.name).filter { !scope.contains($0) }.sorted()
  let ratings = plan.ratings.differences(from: .builtIn)
  func number(_ count: Int) -> String { count == 0 ? "none" : grouped(Int64(count)) }
  func rows(_ file: String) -> String { number(plan.sideFiles.rows(file)?.count ?? 0) }
  func list(_ values: [String]) -> String { values.isEmpty ? "none" : values.joined(separator: ", ") }
  var choices = [
    ReportChoice(
      "Connections in scope", list(scope) + (outside.isEmpty ? "" : "; left out though seen: \(list(outside))"),
      shipped: "every connection that is seen", isAsShipped: outside.isEmpty),
    ReportChoice("Kinds of identities", kinds(facts), shipped: asRecorded),
    ReportChoice("Side files not given", list(plan.sideFiles.notGiven), shipped: "none"),
    ReportChoice("Environments of connections", environments(facts), shipped: asRecorded),
    ReportChoice(
      "Connections whose use needs approval", list(plan.connections.filter(\.approvalRequired).map(\.name).sorted()),
      shipped: "every connection in scope", isAsShipped: plan.connections.allSatisfy(\.approvalRequired)),
    ReportChoice(
      "Sensitive columns", list(plan.sensitiveColumns.sorted()), shipped: "those that detectors recognise",
      isAsShipped: plan.detectsSensitiveColumns),
    ReportChoice(
      "What counts as harm", plan.thresholds.map { $0.lines.joined(separator: "; ") } ?? "nothing",
      shipped: HarmRules.standard.lines.joined(separator: "; ")),
    ReportChoice(
      "Ratings of exceptions", ratings.isEmpty ? "Assay's own" : ratings.joined(separator: "; "),
      shipped: "Assay's own"),
    ReportChoice(
      "Statements replayed",
      facts.shadows.isEmpty
        ? "none" : facts.sample.map { "\($0.taken) of \($0.population) plain reads, and all others" } ?? "all",
      shipped: "all"),
    ReportChoice("Limits of tests", list(ownLimits(plan)), shipped: "none of the organisation's own"),
    ReportChoice("Sources that sign nothing", list(plan.unsignedSources.sorted()), shipped: "none"),
    ReportChoice("Exceptions that were accepted", number(plan.sideFiles.acceptances.count), shipped: "none"),
    ReportChoice("Exemptions from masks", rows("mask_exemptions"), shipped: "none"),
    ReportChoice("Shared accounts registered", rows("shared_accounts"), shipped: "none"),
    ReportChoice("Ledger compared with its digests", plan.isLedgerChecked ? "yes" : "no", shipped: "yes"),
    ReportChoice(
      "Frameworks", list(plan.frameworks.map(\.id)), shipped: list(FrameworkCatalog.usual),
      isAsShipped: Set(FrameworkCatalog.usual).isSubset(of: plan.frameworks.map(\.id))),
  ]
  guard let previous = plan.previous else { return choices }
  for place in choices.indices { choices[place].previous = previous.choices[choices[place].name] ?? "not known" }
  return choices
}
