import AuditTrail

/// Finds the rules that may hold wherever another does, without holding each against each: ten thousand rules would be a
/// hundred million pairs.
///
/// An alternative is filed under one of its tests, by the names of which another rule's test must share one to follow. What
/// has no such test may hold anywhere, and is in a list of its own.
struct WiderRules {
  /// What a test is about, and one of its names.
  private struct Key: Hashable {
    let subject: String
    let name: String
  }

  private var byKey: [Key: [Int]] = [:]
  private var anywhere: [Int] = []
  /// How long the substrings are that texts are filed under, and the beginnings that words with a star are.
  private var textLengths: Set<Int> = []
  private var beginningLengths: Set<Int> = []

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
        if key.subject.hasSuffix(Self.beginning) { beginningLengths.insert(key.name.utf8.count) }
      }
    }
  }

  /// The positions, in their order, of the rules that may hold wherever the rule does.
  func candidates(for rule: Rule) -> MergedPositions {
    let tests = rule.when.alternatives.first?.tests ?? []
    let keys = Set(tests.flatMap(keys(impliedBy:)))
    return MergedPositions([anywhere] + keys.compactMap { byKey[$0] })
  }

  private static let substring = "substring"
  private static let beginning = " begins"

  /// The names under one of which everything stands that implies the test; `nil` where it has none.
  private static func names(_ test: Test) -> [Key]? {
    switch test {
    case .reads(let patterns): keys("reads", patterns.map(\.table))
    case .writes(let patterns): keys("writes", patterns.map(\.table))
    case .objects(let types): types.map { Key(subject: "objects", name: $0) }
    case .text(let patterns):
      patterns.map { Key(subject: $0.literal == nil ? "pattern" : substring, name: $0.literal ?? $0.expression) }
    case .client(let ranges): ranges.map { Key(subject: "client", name: "\($0.network)/\($0.prefix)") }
    case .functions(let words): keys("functions", words)
    case .user(let words): keys("user", words)
    case .groups(let words): keys("groups", words)
    case .connectionName(let words): keys("connection", words)
    case .engine(let words): keys("engine", words)
    case .database(let words): keys("database", words)
    case .environment(let words): keys("environment", words)
    case .tag(let name, let words): keys("tag " + name, words)
    case .kind, .predicate, .limit, .multiple, .parsed, .identityKind, .strongAuthentication, .purpose, .hours,
      .approved:
      nil
    }
  }

  /// Words by themselves, those with a star by what comes before it.
  private static func keys(_ subject: String, _ words: [Wildcard]) -> [Key]? {
    let keys = words.compactMap { word -> Key? in
      if let exact = word.exact { return Key(subject: subject, name: exact) }
      return word.beginning.isEmpty ? nil : Key(subject: subject + beginning, name: word.beginning)
    }
    return keys.count == words.count ? keys : nil
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
      guard let own = Self.names(test)?.first else { return [] }
      let bytes = Array(own.name.utf8)
      let isWord = !own.subject.hasSuffix(Self.beginning)
      return [own]
        + beginningLengths.filter { isWord && $0 <= bytes.count }.map { length in
          Key(subject: own.subject + Self.beginning, name: String(decoding: bytes[..<length], as: UTF8.self))
        }
    }
  }

  private static func most(_ keys: [Key], _ frequency: [Key: Int]) -> Int {
    keys.lazy.map { frequency[$0] ?? 0 }.max() ?? 0
  }
}

/// The positions of ascending lists as one ascending run, each once; nothing is taken that is not asked for.
struct MergedPositions: Sequence, IteratorProtocol {
  private var lists: [ArraySlice<Int>]

  /// The positions of the lists.
  init(_ lists: [[Int]]) { self.lists = lists.filter { !$0.isEmpty }.map { $0[...] } }

  mutating func next() -> Int? {
    guard let least = lists.lazy.compactMap(\.first).min() else { return nil }
    for index in lists.indices where lists[index].first == least { lists[index].removeFirst() }
    return least
  }
}

extension Conjunction {
  fileprivate var tests: [Test] { command + whole }
}
