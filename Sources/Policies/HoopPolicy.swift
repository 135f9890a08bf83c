import AuditTrail

/// Guardrails, masking rules and access-request rules of a hoop gateway, matched as hoop matches them.
///
/// Guardrails know one action, block: a case-sensitive substring or an unanchored regular expression over the whole text
/// (the whole script for exec, each message for native), the first match wins. A rule that hoop cannot evaluate makes it
/// refuse the text; so does this. Output rules need what the database answered and are not evaluated offline.
public struct HoopPolicy: Sendable {
  /// Which engine evaluates `pattern_match`.
  public enum Dialect: String, Sendable, Hashable, CaseIterable {
    /// The gateway's own: Go's RE2 syntax.
    case re2
    /// Presidio's: Python's `re`, imitated by PCRE2; decisions are flagged `approximate`.
    case presidio

    /// The engine of a release of hoop: Presidio's from 1.148 on, as hoop documents since August 2026, the gateway's own
    /// before; `nil` where the text is not a version.
    public init?(hoopVersion text: String) {
      let numbers = text.drop { $0 == "v" }.split(separator: ".", omittingEmptySubsequences: false).prefix(2).map {
        Int($0)
      }
      guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
      self = (major, minor) >= (1, 148) ? .presidio : .re2
    }
  }

  /// The policy's name: the path of its first file.
  public let name: String
  /// The rules, in the order of the files: guardrails, then masking, then access requests.
  let rules: [HoopRule]
  /// What was read and is not evaluated, or binds to nothing, in sentences.
  public let notes: [String]

  /// Guardrails with rules on the output, and where they stand.
  let outputRules: [(name: String, place: Place)]

  init(name: String, rules: [HoopRule], notes: [String], outputRules: [(name: String, place: Place)]) {
    self.name = name
    self.rules = rules
    self.notes = notes
    self.outputRules = outputRules
  }

  /// What the rules decide.
  public func decide(_ request: borrowing Request) -> PolicyDecision {
    var outcome = HoopOutcome()
    for rule in rules { outcome.add(rule, rule.applies(request), isBound: rule.isBound(request.connection) != .no) }
    return outcome.decision
  }

  /// Why they decide so.
  public func explain(_ request: borrowing Request) -> Explanation {
    var explanations: [RuleExplanation] = []
    for rule in rules {
      let bound = rule.isBound(request.connection)
      let applies = rule.applies(request)
      let deciding = bound == applies && bound != .yes ? "connection" : rule.check.key
      explanations.append(
        RuleExplanation(
          rule: rule.name, place: rule.place, action: rule.check.action, applies: applies, approvesItself: .no,
          deciding: [
            PredicateExplanation(path: deciding, place: rule.place, holds: applies, expected: rule.check.expected)
          ], because: rule.message))
    }
    return Explanation(decision: decide(request), rules: explanations)
  }
}

/// Who releases what an access-request rule holds.
struct HoopApprovers: Sendable {
  /// The groups whose members review.
  var groups: [String] = []
  /// Whether each group must approve.
  var mustAllApprove = false
  /// How many must approve; `nil` where the rule does not say.
  var minimum: Int64?
  /// The groups whose members release it alone.
  var forcing: [String] = []

  /// `; approved by at least 2 of dba, sre; by admin alone`.
  var phrase: String {
    let names = groups.joined(separator: ", ")
    let least = minimum.flatMap { $0 > 1 ? "at least \($0)" : nil }
    var reviewers = names
    if mustAllApprove, !groups.isEmpty {
      reviewers = "each of \(names)" + (least.map { ", \($0)" } ?? "")
    } else if let least {
      reviewers = groups.isEmpty ? "\(least) reviewers" : "\(least) of \(names)"
    }
    return (reviewers.isEmpty ? "" : "; approved by \(reviewers)")
      + (forcing.isEmpty ? "" : "; by \(forcing.joined(separator: ", ")) alone")
  }
}

/// One rule with what it is bound to.
struct HoopRule: Sendable {
  enum Check: Sendable {
    /// Any of the words, as a substring.
    case words([TextPattern], expected: String)
    case pattern(TextPattern, expected: String, isApproximate: Bool)
    /// It cannot be evaluated: hoop refuses every text.
    case refusal(reason: String)
    /// Mask what the detectors find, as `detector:NAME`, sorted.
    case mask([String])
    /// Review for members of the groups (none named: for everybody) who are in none of the others.
    case review(groups: [String], skipping: [String], approvers: HoopApprovers)

    var action: Action {
      switch self {
      case .words, .pattern, .refusal: .block
      case .mask: .mask
      case .review: .review
      }
    }

    var key: String {
      switch self {
      case .words: "words"
      case .pattern, .refusal: "pattern_regex"
      case .mask: "supported_entity_types"
      case .review: "approval_required_groups"
      }
    }

    var expected: String {
      switch self {
      case .words(_, let expected), .pattern(_, let expected, _): expected
      case .refusal(let reason): reason
      case .mask(let detectors): detectors.joined(separator: ", ")
      case .review(let groups, _, let approvers):
        (groups.isEmpty ? "everybody" : groups.joined(separator: ", ")) + approvers.phrase
      }
    }
  }

  let name: String
  let message: String?
  /// The exact keys of the connections it is bound to; `nil` is every connection.
  let connections: Set<String>?
  let check: Check
  let place: Place

  func isBound(_ connection: Connection?) -> Truth {
    guard let connections else { return .yes }
    guard let connection else { return connections.isEmpty ? .no : .unknown }
    return Truth(connections.contains(connection.name.exactKey))
  }

  func applies(_ request: borrowing Request) -> Truth {
    let bound = isBound(request.connection)
    return bound == .no ? .no : bound.and(checks(request))
  }

  private func checks(_ request: borrowing Request) -> Truth {
    switch check {
    case .words(let words, _):
      guard let text = request.script ?? request.text else { return words.isEmpty ? .no : .unknown }
      return TextPattern.any(words, in: text, isRedacted: request.isRedacted)
    case .pattern(let pattern, _, _):
      guard let text = request.script ?? request.text else { return .unknown }
      return TextPattern.any([pattern], in: text, isRedacted: request.isRedacted)
    case .refusal, .mask:
      return .yes
    case .review(let groups, let skipping, _):
      if groups.isEmpty, skipping.isEmpty { return .yes }
      guard let identity = request.identity else { return .unknown }
      func isOf(_ groups: [String]) -> Bool {
        groups.contains { name in identity.groups.contains { $0.isExactly(name) } }
      }
      if isOf(skipping) { return .no }
      let isMember = groups.isEmpty || isOf(groups)
      return request.isRedacted && identity.groups.contains(where: RedactionMark.stands) ? .unknown : Truth(isMember)
    }
  }
}

/// What the rules seen so far come to; of equal actions the first rule counts.
private struct HoopOutcome {
  private var action = Action.allow
  private var rule: String?
  private var masks: Set<String> = []
  private var possibleMasks: Set<String> = []
  private var possible: ActionSet = []
  private var flags: DecisionFlags = []

  mutating func add(_ hoop: HoopRule, _ truth: Truth, isBound: Bool) {
    if isBound, case .pattern(_, _, isApproximate: true) = hoop.check { flags.insert(.approximate) }
    guard truth != .no else { return }
    if case .mask(let detectors) = hoop.check {
      if truth == .yes { masks.formUnion(detectors) } else { possibleMasks.formUnion(detectors) }
    }
    guard truth == .yes else {
      possible.insert(ActionSet(hoop.check.action))
      return
    }
    guard hoop.check.action.strictness > action.strictness else { return }
    action = hoop.check.action
    rule = hoop.name
    if case .refusal = hoop.check { flags.insert(.failedClosed) }
  }

  var decision: PolicyDecision {
    var decision = PolicyDecision(action, rule: rule, flags: flags)
    guard action != .block else { return decision }
    decision.masked = masks.sorted()
    decision.maybeMasked = possibleMasks.subtracting(masks).sorted()
    for stricter in possible.actions where stricter.strictness > action.strictness {
      decision.possible.insert(ActionSet(stricter))
    }
    decision.maybe = decision.possible != ActionSet(action) || !decision.maybeMasked.isEmpty
    return decision
  }
}
