import AuditTrail

extension Conjunction {
  func matches(_ request: borrowing Request) -> Truth {
    var result = Truth.yes
    for test in whole {
      result = result.and(test.matches(request))
      if result == .no { return .no }
    }
    guard !command.isEmpty else { return result }
    return result.and(matchesCommand(request))
  }

  /// Whether one command meets every condition about commands.
  private func matchesCommand(_ request: borrowing Request) -> Truth {
    guard let facts = request.facts else { return .unknown }
    if facts.commands.isEmpty { return facts.parsed ? .no : .unknown }
    var best = Truth.no
    for index in facts.commands.indices {
      best = best.or(matches(facts.commands[index], parsed: facts.parsed))
      if best == .yes { break }
    }
    return best
  }

  func matches(_ facts: PreparedFacts.Command, parsed: Bool) -> Truth {
    var result = Truth.yes
    for test in command {
      result = result.and(test.matches(facts, parsed: parsed))
      if result == .no { break }
    }
    return result
  }
}

extension Test {
  /// Whether a command meets it. Where the text did not parse, the kind that its first word names is known and what else
  /// was found stands, but what was not found may still be there.
  func matches(_ command: PreparedFacts.Command, parsed: Bool) -> Truth {
    let absent = parsed ? Truth.no : .unknown
    switch self {
    case .kind(let mask):
      if command.kinds & mask != 0 { return .yes }
      return command.isKindUnknown(parsed: parsed) ? .unknown : .no
    case .predicate(let mask):
      return parsed ? Truth(command.predicate & mask != 0) : .unknown
    case .limit(let missing, let present):
      guard parsed else { return .unknown }
      guard let hasLimit = command.hasLimit else { return .no }
      return Truth(hasLimit ? present : missing)
    case .reads(let patterns):
      return Self.contains(command.reads, patterns) ? .yes : absent
    case .writes(let patterns):
      return Self.contains(command.writes, patterns) ? .yes : absent
    case .objects(let types):
      return command.objects.contains { types.contains($0) } ? .yes : absent
    case .functions(let patterns):
      let isCalled = command.functions.contains { name in patterns.contains { $0.matchesFunction(name) } }
      return isCalled ? .yes : absent
    case .multiple, .parsed, .text, .user, .identityKind, .groups, .strongAuthentication, .connectionName, .engine,
      .database, .environment, .tag, .purpose, .client, .hours, .approved:
      return .unknown
    }
  }

  private static func contains(_ references: [ColumnReference], _ patterns: [ColumnPattern]) -> Bool {
    for reference in references {
      for pattern in patterns where pattern.matches(reference) { return true }
    }
    return false
  }

  /// Whether the request as a whole meets it.
  func matches(_ request: borrowing Request) -> Truth {
    switch self {
    case .multiple:
      guard let facts = request.facts else { return .unknown }
      return Truth(facts.isMultiple)
    case .parsed(let wanted):
      guard let facts = request.facts else { return .unknown }
      return Truth(facts.parsed == wanted)
    case .text(let patterns):
      guard let text = request.text else { return .unknown }
      return TextPattern.any(patterns, in: text, isRedacted: request.isRedacted)
    case .user(let patterns):
      guard let identity = request.identity else { return .unknown }
      if request.isRedacted { return patterns.contains(where: \.isAny) ? .yes : .unknown }
      return Self.any(patterns, identity.user, request.isRedacted)
    case .identityKind(let mask):
      guard let identity = request.identity else { return .unknown }
      return Truth(identity.kind.bit & mask != 0)
    case .groups(let patterns):
      guard let identity = request.identity else { return .unknown }
      if identity.groups.contains(where: { group in patterns.contains { $0.matches(group) } }) { return .yes }
      return request.isRedacted && identity.groups.contains(where: RedactionMark.stands) ? .unknown : .no
    case .strongAuthentication(let wanted):
      guard let identity = request.identity else { return .unknown }
      return Truth(wanted.contains { $0.matches(identity.mfa) })
    case .connectionName(let patterns):
      guard let connection = request.connection else { return .unknown }
      return Self.any(patterns, connection.name, request.isRedacted)
    case .engine(let patterns):
      guard let connection = request.connection else { return .unknown }
      return Self.any(patterns, connection.engine, request.isRedacted)
    case .database(let patterns):
      return Self.any(patterns, request.connection?.database, request.isRedacted)
    case .environment(let patterns):
      return Self.any(patterns, request.connection?.environment, request.isRedacted)
    case .tag(let key, let patterns):
      guard let connection = request.connection else { return .unknown }
      guard let value = connection.tags[key] else { return .no }
      return Self.any(patterns, value, request.isRedacted)
    case .purpose(let wanted):
      guard let given = request.purposeGiven else { return .unknown }
      return Truth(given == wanted)
    case .client(let ranges):
      guard let address = request.address else { return .unknown }
      return Truth(ranges.contains { $0.contains(address) })
    case .hours(let hours):
      guard let time = request.time else { return .unknown }
      return Truth(hours.contains { $0.contains(time) })
    case .approved(let wanted):
      guard let approved = request.approved else { return .unknown }
      return Truth(approved == wanted)
    case .kind, .predicate, .limit, .reads, .writes, .objects, .functions:
      return .unknown
    }
  }

  private static func any(_ patterns: [Wildcard], _ value: String?, _ isRedacted: Bool) -> Truth {
    guard let value else { return .unknown }
    for pattern in patterns where pattern.matches(value) { return .yes }
    return isRedacted && RedactionMark.stands(in: value) ? .unknown : .no
  }
}

extension StrongAuthentication {
  /// Whether a recorded method (`nil`: none was recorded) is what is asked for.
  func matches(_ method: String?) -> Bool {
    let recorded = method.flatMap { $0.isEmpty ? nil : $0 }
    return switch self {
    case .given: recorded != nil
    case .missing: recorded == nil
    case .method(let pattern): recorded.map(pattern.matches) ?? false
    }
  }
}

extension Wildcard {
  /// Whether it names the function: by its full name, or by its last part where the call names a schema.
  func matchesFunction(_ name: String) -> Bool {
    if matches(name) { return true }
    guard let dot = name.lastIndex(of: ".") else { return false }
    return matches(String(name[name.index(after: dot)...]))
  }
}
