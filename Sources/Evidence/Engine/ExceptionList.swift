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
    var severity: Severity
    var acceptance: Acceptance?
  }

  private let test: TestID
  private var groups: [String: Group] = [:]

  init(_ test: TestID) { self.test = test }

  var isEmpty: Bool { groups.isEmpty }

  /// Notes one item; the group keeps the place of its first one.
  mutating func note(
    _ item: ItemReference, at time: Timestamp?, severity: Severity, acceptance: Acceptance? = nil, _ wording: Wording
  ) {
    var group = groups[item.key] ?? Group(item: item, wording: wording, severity: severity, acceptance: acceptance)
    group.count += 1
    group.severity = max(group.severity, severity)
    if let time {
      group.first = min(group.first ?? time, time)
      group.last = max(group.last ?? time, time)
    }
    groups[item.key] = group
  }

  /// The exceptions, gravest first, with what management said of them.
  func noted(_ sideFiles: SideFiles) -> [ExceptionNoted] {
    groups.values.map { group in
      let id = Self.id(test, group.item.key)
      return ExceptionNoted(
        id: id, test: test, criteria: group.wording.criteria, condition: group.wording.condition(group.count),
        cause: group.wording.cause, effect: group.wording.effect, item: group.item, firstSeen: group.first,
        lastSeen: group.last, severity: group.severity,
        acceptance: group.acceptance ?? sideFiles.acceptances.first { $0.exception == id }?.acceptance,
        response: sideFiles.responses.first { $0.exception == id })
    }.sorted(by: ExceptionNoted.isGraver)
  }

  /// The same item has the same id in every run and every quarter.
  static func id(_ test: TestID, _ key: String) -> String {
    "EX-\(SHA256Digest(of: Array("\(test.rawValue)\n\(key)".utf8)).hex.prefix(16))"
  }
}

extension ExceptionNoted {
  /// Gravest first; then by test, time and id.
  static func isGraver(_ left: Self, _ right: Self) -> Bool {
    if left.severity != right.severity { return left.severity > right.severity }
    if left.test != right.test { return left.test < right.test }
    let (first, second) = (left.firstSeen?.nanoseconds ?? .max, right.firstSeen?.nanoseconds ?? .max)
    return first == second ? left.id < right.id : first < second
  }
}
