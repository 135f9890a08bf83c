/// What follows from what: the lints' reasoning about predicates. Where it cannot tell, nothing follows.
extension Test {
  /// Whether all that meets this test meets the other.
  func implies(_ other: Test) -> Bool {
    switch self {
    case .kind(let a): if case .kind(let b) = other { a & ~b == 0 } else { false }
    case .predicate(let a): if case .predicate(let b) = other { a & ~b == 0 } else { false }
    case .identityKind(let a): if case .identityKind(let b) = other { a & ~b == 0 } else { false }
    case .limit(let a, let b): if case .limit(let c, let d) = other { (!a || c) && (!b || d) } else { false }
    case .reads(let a): if case .reads(let b) = other { covers(b, a) } else { false }
    case .writes(let a): if case .writes(let b) = other { covers(b, a) } else { false }
    case .objects(let a): if case .objects(let b) = other { Set(a).isSubset(of: b) } else { false }
    case .functions(let a): if case .functions(let b) = other { covers(b, a) } else { false }
    case .user(let a): if case .user(let b) = other { covers(b, a) } else { false }
    case .groups(let a): if case .groups(let b) = other { covers(b, a) } else { false }
    case .connectionName(let a): if case .connectionName(let b) = other { covers(b, a) } else { false }
    case .engine(let a): if case .engine(let b) = other { covers(b, a) } else { false }
    case .database(let a): if case .database(let b) = other { covers(b, a) } else { false }
    case .environment(let a): if case .environment(let b) = other { covers(b, a) } else { false }
    case .tag(let key, let a): if case .tag(let name, let b) = other { key == name && covers(b, a) } else { false }
    case .text(let a):
      if case .text(let b) = other { a.allSatisfy { pattern in b.contains { pattern.implies($0) } } } else { false }
    case .client(let a):
      if case .client(let b) = other { a.allSatisfy { range in b.contains { $0.covers(range) } } } else { false }
    case .hours(let a): if case .hours(let b) = other { Set(a).isSubset(of: b) } else { false }
    case .strongAuthentication(let a):
      if case .strongAuthentication(let b) = other { Set(a).isSubset(of: b) } else { false }
    case .multiple, .parsed, .purpose, .approved: self == other
    }
  }

  /// Whether nothing meets both. Only what a statement has one of can exclude another.
  func excludes(_ other: Test) -> Bool {
    switch self {
    case .identityKind(let a): if case .identityKind(let b) = other { a & b == 0 } else { false }
    case .user(let a): if case .user(let b) = other { areDisjoint(a, b) } else { false }
    case .connectionName(let a): if case .connectionName(let b) = other { areDisjoint(a, b) } else { false }
    case .engine(let a): if case .engine(let b) = other { areDisjoint(a, b) } else { false }
    case .database(let a): if case .database(let b) = other { areDisjoint(a, b) } else { false }
    case .environment(let a): if case .environment(let b) = other { areDisjoint(a, b) } else { false }
    case .tag(let key, let a): if case .tag(let name, let b) = other { key == name && areDisjoint(a, b) } else { false }
    case .purpose(let a): if case .purpose(let b) = other { a != b } else { false }
    case .approved(let a): if case .approved(let b) = other { a != b } else { false }
    case .parsed(let a): if case .parsed(let b) = other { a != b } else { false }
    case .client(let a):
      if case .client(let b) = other {
        a.allSatisfy { range in b.allSatisfy { !$0.covers(range) && !range.covers($0) } }
      } else {
        false
      }
    case .strongAuthentication(let a):
      if case .strongAuthentication(let b) = other {
        a == [.missing] && !b.contains(.missing) || b == [.missing] && !a.contains(.missing)
      } else {
        false
      }
    case .kind, .predicate, .limit, .reads, .writes, .objects, .functions, .multiple, .text, .groups, .hours: false
    }
  }
}

private func covers(_ wide: [ColumnPattern], _ narrow: [ColumnPattern]) -> Bool {
  narrow.allSatisfy { name in wide.contains { $0.covers(name) } }
}

private func covers(_ wide: [Wildcard], _ narrow: [Wildcard]) -> Bool {
  narrow.allSatisfy { word in wide.contains { $0.covers(word) } }
}

private func areDisjoint(_ left: [Wildcard], _ right: [Wildcard]) -> Bool {
  left.allSatisfy { word in right.allSatisfy { $0.isDisjoint(from: word) } }
}

extension AddressRange {
  /// Whether every address of the other is in it.
  fileprivate func covers(_ other: AddressRange) -> Bool { prefix <= other.prefix && contains(other.network) }
}

extension Conjunction {
  /// Whether all that meets this meets the other: each condition of the other follows from one of this.
  func implies(_ other: Conjunction) -> Bool {
    other.whole.allSatisfy { test in whole.contains { $0.implies(test) } }
      && other.command.allSatisfy { test in command.contains { $0.implies(test) } }
  }

  /// Whether nothing meets both.
  func excludes(_ other: Conjunction) -> Bool {
    whole.contains { test in other.whole.contains { $0.excludes(test) } }
  }
}

extension Predicate {
  /// Whether it holds for everything.
  var isEmpty: Bool { alternatives.isEmpty || alternatives.contains { $0.conditions.isEmpty } }

  /// Whether all that meets this meets the other.
  func implies(_ other: Predicate) -> Bool {
    if other.isEmpty { return true }
    return !alternatives.isEmpty
      && alternatives.allSatisfy { part in other.alternatives.contains { part.implies($0) } }
  }

  /// Whether nothing meets both.
  func excludes(_ other: Predicate) -> Bool {
    !alternatives.isEmpty && !other.alternatives.isEmpty
      && alternatives.allSatisfy { part in other.alternatives.allSatisfy { part.excludes($0) } }
  }
}

extension Rule {
  /// Whether all that the rule applies to, the other applies to.
  func implies(_ other: Rule) -> Bool {
    guard when.implies(other.when) else { return false }
    guard let carved = other.unless else { return true }
    return when.excludes(carved) || (unless.map { carved.implies($0) } ?? false)
  }

  /// Whether no statement is one of both rules.
  func excludes(_ other: Rule) -> Bool { when.excludes(other.when) }
}
