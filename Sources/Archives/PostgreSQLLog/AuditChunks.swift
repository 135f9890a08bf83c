import AuditTrail

/// Joins what a service split: the parts of one text, which come in any order.
struct AuditChunks {
  /// What tells which parts belong together.
  struct Key: Hashable {
    let session: String
    let statement: Int64
    let substatement: Int64
    let kind: String
    let object: String
  }

  private struct Group {
    var line: PostgresLogLine
    let entry: Int64
    let count: Int64
    var parts: [Int64: String] = [:]
  }

  /// How many texts lack a part.
  private(set) var missing = 0
  private var groups: Waiting<Key, Group>
  private static let mostParts: Int64 = 10_000
  /// What a part costs besides its text.
  private static let overhead = 100

  init(limit: Int) { groups = Waiting(mostBytes: limit) }

  /// Takes a part.
  mutating func take(
    _ line: PostgresLogLine, _ key: Key, index: Int64, of count: Int64, entry: Int64,
    into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection) {
    guard (1...Self.mostParts).contains(count), (1...count).contains(index) else {
      throw .unexpected("chunkIndex", expected: "1 to chunkCount")
    }
    let part = line.audit?.sql.text ?? ""
    if groups[key] == nil { groups.put(Group(line: line, entry: entry, count: count), bytes: 0, for: key) }
    var isWhole = false
    try groups.change(key) { (group) throws(Rejection) in
      guard group.count == count else { throw .unexpected("chunkCount", expected: "that its other parts name") }
      let before = group.parts.updateValue(part, forKey: index).map { $0.utf8.count + Self.overhead } ?? 0
      // One of the parts holds the parameters.
      if let parameters = line.audit?.parameters, parameters != .notLogged { group.line.audit?.parameters = parameters }
      isWhole = group.parts.count == Int(count)
      return part.utf8.count + Self.overhead - before
    }
    if isWhole { release(key, into: &lines) }
    while let oldest = groups.excess() { release(oldest, into: &lines) }
  }

  /// Gives what lacks a part.
  mutating func end(into lines: inout [Entered<PostgresLogLine>]) {
    for key in groups.keys { release(key, into: &lines) }
  }

  private mutating func release(_ key: Key, into lines: inout [Entered<PostgresLogLine>]) {
    guard var group = groups.take(key) else { return }
    let parts = group.parts.sorted { $0.key < $1.key }
    group.line.audit?.sql = .value(parts.map(\.value).joined())
    if parts.count < Int(group.count) {
      missing += 1
      group.line.isCut = true
    }
    lines.append(Entered(group.line, entry: group.entry))
  }
}
