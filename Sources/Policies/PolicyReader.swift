import AuditTrail
import Yams
import YAMLFiles

extension Policy {
  /// Reads a policy file's text. All that is wrong in it is thrown at once, in the order of place.
  public init(yaml text: String, path: String) throws(PolicyErrors) {
    let fields = YAMLFields(path: path, text: text)
    let policy = fields.root(of: text).flatMap { PolicyReader(fields: fields).policy($0) }
    guard fields.errors.isEmpty, let policy else { throw PolicyErrors(fields.errors) }
    self = policy
  }
}

/// Reads a policy's nodes; notes every failure in `fields` and returns what could be read.
private struct PolicyReader {
  let fields: YAMLFields
  private let predicates: PredicateReader

  init(fields: YAMLFields) {
    self.fields = fields
    predicates = PredicateReader(fields: fields)
  }

  func policy(_ root: Node) -> Policy? {
    let keys = ["policy", "version", "effective", "approved_by", "approved_at", "rules", "harm"]
    guard let values = fields.mapping(root, "the policy", keys: keys, required: ["policy", "version"]) else {
      return nil
    }
    let harmReader = HarmReader(fields: fields, predicates: predicates)
    return Policy(
      name: values["policy"].flatMap { fields.text($0, "the policy's name") } ?? "",
      version: values["version"].flatMap { fields.text($0, "the version") } ?? "",
      effective: values["effective"].flatMap { fields.moment($0, "`effective`") },
      approvedBy: values["approved_by"].flatMap { fields.text($0, "who approved the policy") },
      approvedAt: values["approved_at"].flatMap { fields.moment($0, "`approved_at`") },
      rules: values["rules"].map(rules) ?? [],
      harm: values["harm"].map(harmReader.harmRules) ?? .standard,
      path: fields.path)
  }

  private func rules(_ node: Node) -> [Rule] {
    guard let sequence = node.sequence else {
      fields.complain(node, "expected `rules` as a list")
      return []
    }
    var seen: [String: Place] = [:]
    return sequence.compactMap { entry in
      guard let (rule, idNode) = rule(entry) else { return nil }
      if let first = seen[rule.id] {
        fields.complain(idNode, "rule `\(rule.id)` occurs twice; the first stands at line \(first.line ?? 0)")
      } else {
        seen[rule.id] = fields.place(idNode)
      }
      return rule
    }
  }

  private func rule(_ node: Node) -> (Rule, id: Node)? {
    let keys = ["id", "when", "unless", "then", "because"]
    guard let values = fields.mapping(node, "the rule", keys: keys, required: ["id", "then"]) else { return nil }
    let when = values["when"].map { predicates.predicate($0, path: "when") }
    let unless = values["unless"].map { predicates.predicate($0, path: "unless") }
    let because = values["because"].flatMap { fields.text($0, "a reason") }
    let action = values["then"].flatMap(action)
    guard let idNode = values["id"], let id = fields.text(idNode, "the rule's name"), let action else { return nil }
    let rule = Rule(
      id: id, when: when ?? Predicate(alternatives: []), unless: unless, action: action, because: because,
      place: fields.place(node))
    return (rule, idNode)
  }

  private func action(_ node: Node) -> RuleAction? {
    if let word = node.scalar?.string {
      switch word {
      case "allow": return .allow
      case "block": return .block
      case "review": return .review(reviewers: [], autoApprove: nil)
      case "mask":
        fields.complain(node, "mask needs its columns; expected such as { mask: [customers.email] }")
      default:
        fields.complain(node, "unknown action `\(word)`; expected block, review, mask or allow")
      }
      return nil
    }
    let keys = ["mask", "method", "review", "auto_approve"]
    guard let values = fields.mapping(node, "the action", keys: keys) else { return nil }
    switch (values["mask"], values["review"]) {
    case (let columns?, nil):
      if let stray = values["auto_approve"] { fields.complain(stray, "`auto_approve` belongs to review, not to mask") }
      let method = values["method"].map {
        fields.choice($0, "method", MaskMethod.allCases.map { ($0.rawValue, $0) })
      }
      return .mask(columns: maskColumns(columns), method: (method ?? .redact) ?? .redact)
    case (nil, let reviewers?):
      if let stray = values["method"] { fields.complain(stray, "`method` belongs to mask, not to review") }
      return .review(
        reviewers: fields.texts(reviewers, "a group of reviewers").map(\.text),
        autoApprove: values["auto_approve"].flatMap(autoApproval))
    case (_?, let reviewers?):
      fields.complain(
        reviewers, "an action is either mask or review; write two rules, review keeps the masks of others")
      return nil
    case (nil, nil):
      fields.complain(node, "expected one action: block, allow, { mask: […] } or { review: […] }")
      return nil
    }
  }

  private func autoApproval(_ node: Node) -> AutoApproval? {
    guard let values = fields.mapping(node, "`auto_approve`", keys: ["when", "unless"], required: ["when"]) else {
      return nil
    }
    guard let when = values["when"] else { return nil }
    return AutoApproval(
      when: predicates.predicate(when, path: "then.auto_approve.when"),
      unless: values["unless"].map { predicates.predicate($0, path: "then.auto_approve.unless") })
  }

  /// Columns to mask, folded; `detector:NAME` stays as it is.
  private func maskColumns(_ node: Node) -> [String] {
    let names = fields.texts(node, "a column or detector:NAME").compactMap { entry -> String? in
      if entry.text.hasPrefix("detector:"), entry.text.utf8.count > 9 { return entry.text }
      if let parts = foldedNameParts(entry.text), (2...3).contains(parts.count) { return parts.joined(separator: ".") }
      fields.complain(
        entry.node,
        "cannot read the column `\(entry.text)`; expected `table.column`, `schema.table.column` or `detector:NAME`")
      return nil
    }
    return Set(names).sorted()
  }
}
