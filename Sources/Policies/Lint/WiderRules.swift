import AuditTrail

/// Finds the rules that may hold wherever another does, without holding each against each: ten thousand rules would be a
/// hundred million pairs.
///
/// An alternative is filed under one of its tests, by the names of which another rule's test must share one to follow. What
/// has no such test may hold anywhere, and stands in a list of its own.
struct WiderRules {
  /// What a test is about, and one of its names.
  private struct Key: Hashable {
    let subject: String
    let name: String
  }

  private var byKey: [Key: [Int]] = [:]
  private var anywhere: [Int] = []
  /// How long the substrings are that texts are filed under.
  private var textLengths: Set<Int> = []

  /// Files the rules; those that allow are left out, since nothing is wrong with being as wide as they are.
  init(_ rules: [Rule]) {
    var frequency: [Key: Int] = [:]
    let filed = rules.enumerated().filter { $0.element.action.action != .allow }
    for (_, rule) in filed {
      for key in rule.when.alternatives.flatMap({ $0.tests.compactMap(Self.names).joined() }) {
        frequency[key, default: 0] += 1
      }
    }
    for (index, rule) in filed {
      // Every alternative of it must have a name to be found by.
      let chosen =
        rule.when.isEmpty
        ? [nil]
        : rule.when.alternatives.map { part -> [Key]? in
          part.tests.compactMap(Self.names).min { Self.most($0, frequency) < Self.most($1, frequency) }
        }
      guard chosen.allSatisfy({ $0 != nil }) else {
        anywhere.append(index)
        continue
      }
      for key in Set(chosen.compactMap(\.self).joined()) {
        byKey[key, default: []].append(index)
        if key.subject == Self.substring { textLengths.insert(key.name.utf8.count) }
      }
    }
  }

  /// The positions, in their order, of the rules that may hold wherever the rule does.
  func candidates(for rule: Rule) -> [Int] {
    guard let part = rule.when.alternatives.first else { return anywhere }
    var found = Set(anywhere)
    for test in part.tests {
      for key in keys(impliedBy: test) { found.formUnion(byKey[key] ?? []) }
    }
    return found.sorted()
  }

  private static let substring = "substring"

  /// The names under one of which everything stands that implies the test; `nil` where it has none.
  private static func names(_ test: Test) -> [Key]? {
    switch test {
    case .reads(let patterns): keys("reads", patterns.map(\.table.exact))
    case .writes(let patterns): keys("writes", patterns.map(\.table.exact))
    case .objects(let types): keys("objects", types)
    case .text(let patterns):
      patterns.map { Key(subject: $0.literal == nil ? "pattern" : substring, name: $0.literal ?? $0.expression) }
    case .client(let ranges): ranges.map { Key(subject: "client", name: "\($0.network)/\($0.prefix)") }
    case .functions(let words): keys("functions", words.map(\.exact))
    case .user(let words): keys("user", words.map(\.exact))
    case .groups(let words): keys("groups", words.map(\.exact))
    case .connectionName(let words): keys("connection", words.map(\.exact))
    case .engine(let words): keys("engine", words.map(\.exact))
    case .database(let words): keys("database", words.map(\.exact))
    case .environment(let words): keys("environment", words.map(\.exact))
    case .tag(let name, let words): keys("tag " + name, words.map(\.exact))
    case .kind, .predicate, .limit, .multiple, .parsed, .identityKind, .strongAuthentication, .purpose, .hours,
      .approved:
      nil
    }
  }

  private static func keys(_ subject: String, _ names: [String?]) -> [Key]? {
    let known = names.compactMap(\.self)
    return known.count == names.count ? known.map { Key(subject: subject, name: $0) } : nil
  }

  /// Where a test stands that follows from this one: what its first name is, or lies in.
  private func keys(impliedBy test: Test) -> [Key] {
    switch test {
    case .text(let patterns):
      guard let literal = patterns.first?.literal else {
        return patterns.first.map { [Key(subject: "pattern", name: $0.expression)] } ?? []
      }
      let bytes = Array(literal.utf8)
      return textLengths.filter { $0 <= bytes.count }.flatMap { length in
        (0...(bytes.count - length)).map { start in
          Key(subject: Self.substring, name: String(decoding: bytes[start..<(start + length)], as: UTF8.self))
        }
      }
    case .client(let ranges):
      guard let range = ranges.first else { return [] }
      return (0...range.prefix).map { Key(subject: "client", name: range.widened(to: $0)) }
    case .kind, .predicate, .limit, .reads, .writes, .objects, .functions, .multiple, .parsed, .user, .identityKind,
      .groups, .strongAuthentication, .connectionName, .engine, .database, .environment, .tag, .purpose, .hours,
      .approved:
      return Self.names(test)?.first.map { [$0] } ?? []
    }
  }

  private static func most(_ keys: [Key], _ frequency: [Key: Int]) -> Int {
    keys.lazy.map { frequency[$0] ?? 0 }.max() ?? 0
  }
}

extension Conjunction {
  fileprivate var tests: [Test] { command + whole }
}
