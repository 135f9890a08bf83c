import AuditTrail
import Digests

/// The four sentences of an exception; the condition is told how many items it covers.
struct Wording {
  let criteria: String
  let condition: (Int64) -> String
  let cause: String
  let effect: String
}

/// A test's exceptions on their way: items of the same key are one exception.
struct ExceptionList {
  private struct Group {
    let item: ItemReference
    let wording: Wording
    var count: Int64 = 0
    var first: Timestamp?
    var last: Timestamp?
    var severity: Severity?
    var isHarmful = false
    var acceptance: Acceptance?
    var rows = RowNumbers()
    var isOfOneSession = true
    var isOfOneStatement = true
  }

  private let test: TestID
  private var groups: [ExactText: Group] = [:]

  init(_ test: TestID) { self.test = test }

  var isEmpty: Bool { groups.isEmpty }

  /// Notes one item; the group keeps the place of its first one. `severity` is that of a measured effect.
  mutating func note(
    _ item: ItemReference, at time: Timestamp?, severity: Severity? = nil, isHarmful: Bool = false,
    acceptance: Acceptance? = nil, _ wording: Wording
  ) {
    let key = ExactText(item.key)
    var group = groups[key] ?? Group(item: item, wording: wording, severity: severity, acceptance: acceptance)
    group.count += 1
    group.severity = [group.severity, severity].compactMap(\.self).max()
    group.isHarmful = group.isHarmful || isHarmful
    if let row = item.row { group.rows.append(row) }
    group.isOfOneSession =
      group.isOfOneSession && item.session.map(ExactText.init) == group.item.session.map(ExactText.init)
    group.isOfOneStatement = group.isOfOneStatement && item.sequence == group.item.sequence
    if let time {
      group.first = min(group.first ?? time, time)
      group.last = max(group.last ?? time, time)
    }
    groups[key] = group
  }

  /// The exceptions, gravest first, with what management said of them.
  func noted(_ sideFiles: SideFiles) -> [ExceptionNoted] {
    guard !groups.isEmpty else { return [] }
    let acceptances = sideFiles.acceptances
    let responses = Dictionary(sideFiles.responses.map { ($0.exception, $0) }, uniquingKeysWith: { first, _ in first })
    return groups.values.map { group in
      let id = Self.id(test, group.item.key)
      var exception = ExceptionNoted(
        id: id, test: test, criteria: group.wording.criteria, condition: group.wording.condition(group.count),
        cause: group.wording.cause, effect: group.wording.effect, item: group.item, firstSeen: group.first,
        lastSeen: group.last, severity: group.severity,
        acceptance: group.acceptance, response: responses[id])
      if let given = acceptances[id], exception.acceptance == nil, exception.refusal(of: given) == nil {
        exception.acceptance = given
      }
      exception.rows = group.rows
      exception.isHarmful = group.isHarmful
      (exception.isOfOneSession, exception.isOfOneStatement) = (group.isOfOneSession, group.isOfOneStatement)
      return exception
    }.sorted(by: ExceptionNoted.isGraver)
  }

  /// The same item has the same id in every run and every quarter.
  static func id(_ test: TestID, _ key: String) -> String {
    "EX-\(SHA256Digest(of: Array("\(test.rawValue)\n\(key)".utf8)).hex.prefix(16))"
  }
}

extension ExceptionNoted {
  /// Why an acceptance does not count; `nil` where it does. Whom an exception is about does not accept it, and nobody
  /// accepts what has not happened yet. What outlasts a period, such as an account, may be accepted in an earlier one.
  func refusal(of acceptance: Acceptance) -> String? {
    if let user = item.user, isSamePerson(user, acceptance.by) { return "whom it is about accepted it" }
    if item.session != nil, let firstSeen, acceptance.on < firstSeen.date {
      return "it was accepted before it happened"
    }
    return nil
  }

  /// Gravest first, by rating and then by effect; then by test, time and id.
  static func isGraver(_ left: Self, _ right: Self) -> Bool {
    if left.rating != right.rating { return left.rating < right.rating }
    if left.severity != right.severity {
      return left.severity.map { severity in right.severity.map { severity > $0 } ?? true } ?? false
    }
    if left.test != right.test { return left.test < right.test }
    let (first, second) = (left.firstSeen?.nanoseconds ?? .max, right.firstSeen?.nanoseconds ?? .max)
    return first == second ? left.id < right.id : first < second
  }
}

/// Names the event of each exception: what is about the same statement is one event, and what is about a session as a whole
/// is one with the statement that others note of it, where that is a single one. All else is an event of its own.
func nameEvents(_ tests: inout [TestResult]) {
  var statements: [ExactText: Set<Int64>] = [:]
  for exception in tests.flatMap(\.exceptions) where exception.isOfOneSession && exception.isOfOneStatement {
    if let session = exception.item.session, let sequence = exception.item.sequence {
      statements[ExactText(session), default: []].insert(sequence)
    }
  }
  for index in tests.indices {
    for place in tests[index].exceptions.indices {
      let exception = tests[index].exceptions[place]
      var key = "\(exception.test.rawValue) \(exception.item.key)"
      if let session = exception.item.session, exception.isOfOneSession {
        let own = exception.isOfOneStatement ? exception.item.sequence : nil
        let known = statements[ExactText(session)] ?? []
        key = "\(session)/\((own ?? (known.count == 1 ? known.first : nil)).map(String.init) ?? "")"
      }
      tests[index].exceptions[place].event = "EV-\(SHA256Digest(of: Array(key.utf8)).hex.prefix(16))"
    }
  }
}
