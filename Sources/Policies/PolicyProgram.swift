import AuditTrail

/// A policy's predicates laid out flat: each distinct test once, rules as ranges of numbers. Deciding then touches memory
/// that holds no references, and each test runs at most once a request however many rules ask for it.
struct PolicyProgram: Sendable {
  /// A range of numbers in another array.
  struct Span: Sendable {
    var start: Int32 = 0
    var end: Int32 = 0
  }

  /// Tests that must all hold: positions in `indices`.
  struct Clause: Sendable {
    var whole = Span()
    var command = Span()
  }

  /// A predicate: positions in `clauses`, of which any must hold. `isAbsent` where a rule has none.
  struct Alternatives: Sendable {
    var clauses = Span()
    var isAbsent = true
    /// Whether it holds for everything.
    var isEmpty = false
  }

  struct RuleProgram: Sendable {
    var when = Alternatives()
    var unless = Alternatives()
    var approveWhen = Alternatives()
    var approveUnless = Alternatives()
    var action = Action.allow
    /// The kinds of command without which the rule cannot match; all bits where any may.
    var kinds = UInt32.max
  }

  private(set) var rules: [RuleProgram] = []
  private(set) var clauses: [Clause] = []
  private(set) var indices: [Int32] = []
  /// Distinct tests of the request as a whole.
  private(set) var wholeTests: [Test] = []
  /// Distinct tests of one command.
  private(set) var commandTests: [Test] = []
  /// The tables that each of them asks for, roughly.
  private(set) var filters: [TestFilter] = []

  /// Most tests of a policy name tables that a statement does not touch: that is told before the names are compared.
  struct TestFilter: Sendable {
    var read = TableFilter.any
    var written = TableFilter.any

    /// Whether the command may touch what the test asks for.
    func lets(_ command: borrowing PreparedFacts.Command) -> Bool {
      read.mayMeet(command.readTables) && written.mayMeet(command.writtenTables)
    }
  }

  init(_ source: [CompiledPolicy.CompiledRule]) {
    var (whole, command): ([Test: Int32], [Test: Int32]) = ([:], [:])
    func number(_ test: Test, _ known: inout [Test: Int32], _ tests: inout [Test]) -> Int32 {
      if let number = known[test] { return number }
      let number = Int32(tests.count)
      known[test] = number
      tests.append(test)
      return number
    }
    func append(_ numbers: [Int32]) -> Span {
      let start = Int32(indices.count)
      indices += numbers
      return Span(start: start, end: Int32(indices.count))
    }
    func add(_ predicate: Predicate?) -> Alternatives {
      guard let predicate else { return Alternatives() }
      let start = Int32(clauses.count)
      for conjunction in predicate.alternatives {
        let wholeNumbers = conjunction.whole.map { number($0, &whole, &wholeTests) }
        let commandNumbers = conjunction.command.map { number($0, &command, &commandTests) }
        clauses.append(Clause(whole: append(wholeNumbers), command: append(commandNumbers)))
      }
      return Alternatives(
        clauses: Span(start: start, end: Int32(clauses.count)), isAbsent: false,
        isEmpty: predicate.alternatives.isEmpty)
    }
    for rule in source {
      rules.append(
        RuleProgram(
          when: add(rule.rule.when), unless: add(rule.rule.unless), approveWhen: add(rule.autoApproval?.when),
          approveUnless: add(rule.autoApproval?.unless), action: rule.action, kinds: rule.kinds))
    }
    filters = commandTests.map { test in
      switch test {
      case .reads(let patterns): TestFilter(read: TableFilter(patterns))
      case .writes(let patterns): TestFilter(written: TableFilter(patterns))
      case .kind, .predicate, .limit, .objects, .functions, .multiple, .parsed, .text, .user, .identityKind, .groups,
        .strongAuthentication, .connectionName, .engine, .database, .environment, .tag, .purpose, .client, .hours,
        .approved:
        TestFilter()
      }
    }
  }
}

/// One request held against a program; remembers what each test said.
struct Evaluation: ~Copyable {
  private static let unasked: UInt8 = 255
  /// Truths by test: those of the request first, then those of each command in turn.
  private var answers: [UInt8]

  init(_ program: borrowing PolicyProgram, _ request: borrowing Request) {
    let commands = request.facts?.commands.count ?? 0
    answers = Array(
      repeating: Self.unasked, count: program.wholeTests.count + program.commandTests.count * commands)
  }

  /// Whether a rule applies: `when` and not `unless`.
  mutating func applies(
    _ rule: PolicyProgram.RuleProgram, _ program: borrowing PolicyProgram, _ request: borrowing Request
  ) -> Truth {
    carved(rule.when, rule.unless, program, request)
  }

  /// Whether a rule's review approves itself.
  mutating func approves(
    _ rule: PolicyProgram.RuleProgram, _ program: borrowing PolicyProgram, _ request: borrowing Request
  ) -> Truth {
    rule.approveWhen.isAbsent ? .no : carved(rule.approveWhen, rule.approveUnless, program, request)
  }

  private mutating func carved(
    _ when: PolicyProgram.Alternatives, _ unless: PolicyProgram.Alternatives, _ program: borrowing PolicyProgram,
    _ request: borrowing Request
  ) -> Truth {
    let matched = holds(when, program, request)
    guard matched != .no, !unless.isAbsent else { return matched }
    return matched.and(holds(unless, program, request).negated)
  }

  private mutating func holds(
    _ predicate: PolicyProgram.Alternatives, _ program: borrowing PolicyProgram, _ request: borrowing Request
  ) -> Truth {
    if predicate.isEmpty { return .yes }
    var result = Truth.no
    var index = predicate.clauses.start
    while index < predicate.clauses.end, result != .yes {
      result = result.or(holds(program.clauses[Int(index)], program, request))
      index += 1
    }
    return result
  }

  private mutating func holds(
    _ clause: PolicyProgram.Clause, _ program: borrowing PolicyProgram, _ request: borrowing Request
  ) -> Truth {
    var result = Truth.yes
    var index = clause.whole.start
    while index < clause.whole.end {
      result = result.and(whole(Int(program.indices[Int(index)]), program, request))
      if result == .no { return .no }
      index += 1
    }
    guard clause.command.start < clause.command.end else { return result }
    guard let facts = request.facts else { return .unknown }
    if facts.commands.isEmpty { return facts.parsed ? .no : .unknown }
    var best = Truth.no
    for command in 0..<facts.commands.count {
      best = best.or(holds(clause.command, for: command, program, request))
      if best == .yes { break }
    }
    return result.and(best)
  }

  /// Whether one command meets all of the tests.
  private mutating func holds(
    _ tests: PolicyProgram.Span, for command: Int, _ program: borrowing PolicyProgram, _ request: borrowing Request
  ) -> Truth {
    var result = Truth.yes
    var index = tests.start
    while index < tests.end {
      result = result.and(self.command(command, Int(program.indices[Int(index)]), program, request))
      if result == .no { return .no }
      index += 1
    }
    return result
  }

  private mutating func whole(
    _ test: Int, _ program: borrowing PolicyProgram, _ request: borrowing Request
  ) -> Truth {
    if let known = Truth(rawValue: answers[test]) { return known }
    let truth = program.wholeTests[test].matches(request)
    answers[test] = truth.rawValue
    return truth
  }

  private mutating func command(
    _ command: Int, _ test: Int, _ program: borrowing PolicyProgram, _ request: borrowing Request
  ) -> Truth {
    let slot = program.wholeTests.count + program.commandTests.count * command + test
    if let known = Truth(rawValue: answers[slot]) { return known }
    guard let facts = request.facts else { return .unknown }
    let truth =
      program.filters[test].lets(facts.commands[command])
      ? program.commandTests[test].matches(facts.commands[command], parsed: facts.parsed)
      : facts.parsed ? .no : .unknown
    answers[slot] = truth.rawValue
    return truth
  }
}
