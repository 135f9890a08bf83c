/// What follows from what: the lints' reasoning about predicates. Where it cannot tell, nothing follows.
extension Test {
  /// Whether all that meets this test meets the other.
  func implies(_ other: Test) -> Bool {
    switch (self, other) {
    case (.kind(let a), .kind(let b)): return a & ~b == 0
    case (.predicate(let a), .predicate(let b)), (.identityKind(let a), .identityKind(let b)): return a & ~b == 0
    case (.limit(let a, let b), .limit(let c, let d)): return (!a || c) && (!b || d)
    case (.reads(let a), .reads(let b)), (.writes(let a), .writes(let b)):
      return a.allSatisfy { name in b.contains { $0.covers(name) } }
    case (.objects(let a), .objects(let b)): return Set(a).isSubset(of: b)
    case (.functions(let a), .functions(let b)), (.user(let a), .user(let b)), (.groups(let a), .groups(let b)),
      (.connectionName(let a), .connectionName(let b)), (.engine(let a), .engine(let b)),
      (.database(let a), .database(let b)), (.environment(let a), .environment(let b)):
      return covers(b, a)
    case (.tag(let key, let a), .tag(let name, let b)): return key == name && covers(b, a)
    case (.text(let a), .text(let b)): return a.allSatisfy { pattern in b.contains { pattern.implies($0) } }
    case (.client(let a), .client(let b)): return a.allSatisfy { range in b.contains { $0.covers(range) } }
    case (.hours(let a), .hours(let b)): return Set(a).isSubset(of: b)
    case (.strongAuthentication(let a), .strongAuthentication(let b)): return Set(a).isSubset(of: b)
    default: return self == other
    }
  }

  /// Whether nothing meets both. Only what a statement has one of can exclude another.
  func excludes(_ other: Test) -> Bool {
    switch (self, other) {
    case (.identityKind(let a), .identityKind(let b)): return a & b == 0
    case (.user(let a), .user(let b)), (.connectionName(let a), .connectionName(let b)),
      (.engine(let a), .engine(let b)),
      (.database(let a), .database(let b)), (.environment(let a), .environment(let b)):
      return areDisjoint(a, b)
    case (.tag(let key, let a), .tag(let name, let b)): return key == name && areDisjoint(a, b)
    case (.purpose(let a), .purpose(let b)), (.approved(let a), .approved(let b)), (.parsed(let a), .parsed(let b)):
      return a != b
    case (.client(let a), .client(let b)):
      return a.allSatisfy { range in b.allSatisfy { !$0.covers(range) && !range.covers($0) } }
    case (.strongAuthentication(let a), .strongAuthentication(let b)):
      return a == [.missing] && !b.contains(.missing) || b == [.missing] && !a.contains(.missing)
    default: return false
    }
  }
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
