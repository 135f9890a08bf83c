import AuditTrail

/// What a rule asks of a statement and its context: any of its alternatives.
public struct Predicate: Sendable {
  /// Each matches if all its conditions do; without alternatives the predicate matches everything.
  var alternatives: [Conjunction]
}

/// Conditions that must all hold; those about a command, for the same command.
struct Conjunction: Sendable {
  /// Every condition, for explanations.
  let conditions: [Condition]
  /// The tests about one command of the statement, cheap ones first.
  let command: [Test]
  /// The tests about the statement, identity, connection and context, cheap ones first.
  let whole: [Test]

  init(_ conditions: [Condition]) {
    self.conditions = conditions
    let tests = conditions.map(\.test).sorted { $0.cost < $1.cost }
    command = tests.filter(\.isAboutCommand)
    whole = tests.filter { !$0.isAboutCommand }
  }
}

/// One key of a predicate, with its place and what it expects, for explanations.
struct Condition: Sendable {
  /// The keys on the way to it, such as `when.statement.kind`.
  let path: String
  let place: Place
  /// The expectation as the file spells it.
  let expected: String
  let test: Test
}

/// What a condition tests. Bits of masks are the positions in `allCases`.
enum Test: Sendable, Hashable {
  // About one command.
  case kind(UInt32)
  case predicate(UInt8)
  case limit(missing: Bool, present: Bool)
  case reads([ColumnPattern])
  case writes([ColumnPattern])
  case objects([String])
  case functions([Wildcard])
  // About the statement.
  case multiple
  case parsed(Bool)
  case text([TextPattern])
  // About the identity.
  case user([Wildcard])
  case identityKind(UInt8)
  case groups([Wildcard])
  case strongAuthentication([StrongAuthentication])
  // About the connection.
  case connectionName([Wildcard])
  case engine([Wildcard])
  case database([Wildcard])
  case environment([Wildcard])
  case tag(String, [Wildcard])
  // About the context.
  case purpose(Bool)
  case client([AddressRange])
  case hours([WorkingHours])
  case approved(Bool)

  /// Whether it is about one command rather than the statement as a whole.
  var isAboutCommand: Bool {
    switch self {
    case .kind, .predicate, .limit, .reads, .writes, .objects, .functions: true
    case .multiple, .parsed, .text, .user, .identityKind, .groups, .strongAuthentication, .connectionName, .engine,
      .database, .environment, .tag, .purpose, .client, .hours, .approved:
      false
    }
  }

  /// The columns that it names; `nil` where it is about something else.
  var columns: [ColumnPattern]? {
    switch self {
    case .reads(let columns), .writes(let columns): columns
    case .kind, .predicate, .limit, .objects, .functions, .multiple, .parsed, .text, .user, .identityKind, .groups,
      .strongAuthentication, .connectionName, .engine, .database, .environment, .tag, .purpose, .client, .hours,
      .approved:
      nil
    }
  }

  /// Cheap tests run first.
  var cost: Int {
    switch self {
    case .kind, .predicate, .limit, .multiple, .parsed, .identityKind, .purpose, .approved: 0
    case .user, .groups, .strongAuthentication, .connectionName, .engine, .database, .environment, .tag: 1
    case .reads, .writes, .objects, .functions, .client: 2
    case .hours: 3
    case .text: 4
    }
  }
}

/// What `identity.mfa` asks for.
enum StrongAuthentication: Sendable, Hashable {
  case given
  case missing
  case method(Wildcard)
}

extension CommandKind {
  /// The kind's bit.
  var bit: UInt32 {
    switch self {
    case .select: 1 << 0
    case .insert: 1 << 1
    case .update: 1 << 2
    case .delete: 1 << 3
    case .merge: 1 << 4
    case .truncate: 1 << 5
    case .create: 1 << 6
    case .alter: 1 << 7
    case .drop: 1 << 8
    case .grant: 1 << 9
    case .revoke: 1 << 10
    case .copy: 1 << 11
    case .call: 1 << 12
    case .do: 1 << 13
    case .set: 1 << 14
    case .explain: 1 << 15
    case .transaction: 1 << 16
    case .other: 1 << 17
    }
  }
}

extension PredicateState {
  /// The state's bit.
  var bit: UInt8 {
    switch self {
    case .none: 1
    case .missing: 2
    case .alwaysTrue: 4
    case .present: 8
    }
  }
}

extension IdentityKind {
  /// The kind's bit.
  var bit: UInt8 {
    switch self {
    case .human: 1
    case .service: 2
    case .agent: 4
    }
  }
}
