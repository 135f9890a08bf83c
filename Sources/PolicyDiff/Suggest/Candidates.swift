import AuditTrail
import Policies

/// Draws candidate rules from what statements say: kind and predicate, tables, columns, objects, functions, each by
/// itself, for the kind of identity, for the environment, and for both.
func candidates(from row: GradedTraffic.Row) -> [CandidateRule] {
  var statements: [CandidateRule] = []
  for command in row.facts.commands { statements += parts(of: command, parsed: row.facts.parsed) }
  if row.facts.commandCount > 1 { statements.append(CandidateRule(isMultiple: true)) }
  var found: [CandidateRule] = []
  for statement in statements {
    for kind in [nil, row.context.identity?.kind.rawValue] {
      for environment in [nil, row.context.connection.environment] {
        var candidate = statement
        (candidate.identityKind, candidate.environment) = (kind, environment)
        found.append(candidate)
      }
    }
  }
  return found
}

private func parts(of command: CommandFacts, parsed: Bool) -> [CandidateRule] {
  let kinds = command.kinds.map(\.rawValue).sorted()
  guard parsed else {
    return kinds.map { CandidateRule(kinds: [$0], isUnparsed: true) } + [CandidateRule(isUnparsed: true)]
  }
  var found: [CandidateRule] = []
  for kind in kinds {
    let base = CandidateRule(kinds: [kind])
    found.append(base)
    var bases = [base]
    if command.predicate != .none {
      var bounded = base
      bounded.predicate = command.predicate.rawValue
      bases.append(bounded)
      found.append(bounded)
    }
    let written = Set(command.writes.map(\.table.policyName)).sorted()
    let read = Set(command.reads.map(\.table.policyName)).sorted()
    for base in bases {
      for table in written { found.append(base.with(\.writes, table)) }
      if written.isEmpty { for table in read { found.append(base.with(\.reads, table)) } }
      for column in command.reads where !column.column.isEmpty && column.column != "*" {
        found.append(base.with(\.reads, "\(column.table.policyName).\(policyName(column.column))"))
      }
      for type in Set(command.objects.map(\.type)).sorted() { found.append(base.with(\.objects, type)) }
      for function in command.functions { found.append(base.with(\.functions, function)) }
    }
  }
  for function in command.functions { found.append(CandidateRule(functions: [function])) }
  return found
}

extension CandidateRule {
  fileprivate func with(_ list: WritableKeyPath<CandidateRule, [String]>, _ value: String) -> CandidateRule {
    var copy = self
    copy[keyPath: list] = [value]
    return copy
  }
}

/// Candidates as the policy language reads them: what is proposed is what was measured.
///
/// A candidate that the language cannot say (a name with a line break) is left out.
func compiled(_ candidates: [CandidateRule]) -> [(candidate: CandidateRule, rule: Rule)] {
  var found: [(candidate: CandidateRule, rule: Rule)] = []
  let size = 500
  for start in stride(from: 0, to: candidates.count, by: size) {
    let part = candidates[start..<min(start + size, candidates.count)]
    let rules = part.enumerated().map { "  - { id: r\($0.offset), when: \($0.element.yaml), then: block }" }
    let text = "policy: candidates\nversion: \"1\"\nrules:\n" + rules.joined(separator: "\n")
    if let policy = try? Policy(yaml: text, path: "candidates") {
      found += zip(part, policy.rules).map { ($0, $1) }
    } else {
      found += part.flatMap(alone)
    }
  }
  return found
}

private func alone(_ candidate: CandidateRule) -> [(candidate: CandidateRule, rule: Rule)] {
  let text = "policy: c\nversion: \"1\"\nrules:\n  - { id: r, when: \(candidate.yaml), then: block }"
  guard let rule = (try? Policy(yaml: text, path: "candidates"))?.rules.first else { return [] }
  return [(candidate, rule)]
}
