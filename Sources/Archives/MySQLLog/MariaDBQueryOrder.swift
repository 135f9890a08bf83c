import AuditTrail

/// Tells what a client sent from what ran inside it, by the numbers that a server gives to queries.
///
/// A statement is logged when it ends, with the number it had when it began. What a procedure or a trigger runs ends before,
/// with a greater number: `call p()` is 78, and 79 and 81 come before it. So a statement waits whether one with a smaller
/// number follows. Seen with MariaDB 10.11.
struct MariaDBQueryOrder {
  /// A statement that waits.
  struct Query {
    let line: MariaDBAuditLine
    let time: Timestamp
    let text: [UInt8]
    let entry: Int64
  }

  private struct Connection {
    var waiting: [Query] = []
    /// Numbers of statements that used a table, and whose own line did not come yet.
    var open: [Int64] = []
  }

  private var connections: [Int64: Connection] = [:]
  private var heldBytes = 0
  /// The greatest number since the server started.
  private var highest: Int64 = 0
  /// Statements that ran inside others.
  private(set) var inner = 0
  /// Statements that only their use of tables shows.
  private(set) var unlogged = 0
  /// So many bytes wait at most, and so many statements of a connection.
  private static let mostBytes = 8 << 20
  private static let mostWaiting = 1000
  private static let mostOpen = 64
  private static let firstNumbers: Int64 = 1000
  private static let overhead = 300

  /// A statement used a table.
  mutating func access(_ connection: Int64, query: Int64) {
    guard connections[connection]?.open.contains(query) != true else { return }
    connections[connection, default: Connection()].open.append(query)
    guard let open = connections[connection]?.open, open.count > Self.mostOpen else { return }
    connections[connection]?.open.removeFirst()
    unlogged += 1
  }

  /// Whether the server began to number again: then what waits is not inside of what follows. Its first statements have small
  /// numbers.
  mutating func isRestart(_ number: Int64) -> Bool {
    let isRestart = number <= Self.firstNumbers && number < highest / 10
    highest = isRestart ? number : max(highest, number)
    return isRestart
  }

  /// Takes a statement; gives those that need not wait any more.
  mutating func take(_ query: Query) -> [Query] {
    let (id, number) = (query.line.connection, query.line.query)
    var connection = connections.removeValue(forKey: id) ?? Connection()
    var released: [Query] = []
    while let last = connection.waiting.last, last.line.query > number, last.time <= query.time {
      connection.waiting.removeLast()
      heldBytes -= Self.size(last)
      inner += 1
    }
    // A table that an inner statement used, which was not logged itself, belongs to this one.
    connection.open.removeAll { $0 >= number }
    connection.waiting.append(query)
    heldBytes += Self.size(query)
    if connection.waiting.count > Self.mostWaiting { released += Self.takeHalf(&connection) }
    connections[id] = connection
    for query in released { heldBytes -= Self.size(query) }
    if heldBytes > Self.mostBytes { released += releaseHalves() }
    return released
  }

  /// Gives what waits of a connection that ended.
  mutating func release(_ id: Int64) -> [Query] {
    guard let connection = connections.removeValue(forKey: id) else { return [] }
    unlogged += connection.open.count
    for query in connection.waiting { heldBytes -= Self.size(query) }
    return connection.waiting
  }

  /// Gives all that waits.
  mutating func releaseAll() -> [Query] { connections.keys.sorted().flatMap { release($0) } }

  private mutating func releaseHalves() -> [Query] {
    var released: [Query] = []
    for id in connections.keys.sorted() {
      guard var connection = connections[id] else { continue }
      released += Self.takeHalf(&connection)
      connections[id] = connection.waiting.isEmpty && connection.open.isEmpty ? nil : connection
    }
    for query in released { heldBytes -= Self.size(query) }
    return released
  }

  /// The older half of what waits, one at least.
  private static func takeHalf(_ connection: inout Connection) -> [Query] {
    let count = (connection.waiting.count + 1) / 2
    defer { connection.waiting.removeFirst(count) }
    return Array(connection.waiting.prefix(count))
  }

  private static func size(_ query: Query) -> Int { query.text.count + query.line.object.count + overhead }
}
