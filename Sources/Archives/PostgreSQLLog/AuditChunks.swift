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
  private var groups: [Key: Group] = [:]
  private var order: [Key] = []
  private var held = 0
  private let limit: Int
  private static let mostParts: Int64 = 10_000

  init(limit: Int) { self.limit = limit }

  /// Takes a part.
  mutating func take(
    _ line: PostgresLogLine, _ key: Key, index: Int64, of count: Int64, entry: Int64,
    into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection) {
    guard (1...Self.mostParts).contains(count), (1...count).contains(index) else {
      throw .unexpected("chunkIndex", expected: "1 to chunkCount")
    }
    var group = groups[key] ?? Group(line: line, entry: entry, count: count)
    guard group.count == count else { throw .unexpected("chunkCount", expected: "that its other parts name") }
    if groups[key] == nil { order.append(key) }
    let part = line.audit?.sql.text ?? ""
    held += part.utf8.count - (group.parts[index]?.utf8.count ?? 0)
    group.parts[index] = part
    // One of the parts holds the parameters.
    if let parameters = line.audit?.parameters, parameters != .notLogged { group.line.audit?.parameters = parameters }
    groups[key] = group
    if group.parts.count == Int(count) { release(key, into: &lines) }
    // What is held must not grow with the export: the oldest has waited longest for what may never come.
    while held > limit, let oldest = order.first { release(oldest, into: &lines) }
  }

  /// Gives what lacks a part.
  mutating func end(into lines: inout [Entered<PostgresLogLine>]) {
    for key in order { release(key, into: &lines) }
  }

  private mutating func release(_ key: Key, into lines: inout [Entered<PostgresLogLine>]) {
    guard var group = groups.removeValue(forKey: key) else { return }
    if let place = order.firstIndex(of: key) { order.remove(at: place) }
    let parts = group.parts.sorted { $0.key < $1.key }
    held -= parts.reduce(0) { $0 + $1.value.utf8.count }
    group.line.audit?.sql = .value(parts.map(\.value).joined())
    if parts.count < Int(group.count) {
      missing += 1
      group.line.isCut = true
    }
    lines.append(Entered(group.line, entry: group.entry))
  }
}
