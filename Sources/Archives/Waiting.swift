/// What waits for more of an archive, by its key: so many values at most, of so many bytes in sum. What has waited longest goes
/// first, for it waits for what may never come.
struct Waiting<Key: Hashable, Value> {
  private struct Held {
    var value: Value
    var bytes: Int
    let turn: Int

    mutating func grow<Failure: Error>(by change: (inout Value) throws(Failure) -> Int) throws(Failure) -> Int {
      let grown = try change(&value)
      bytes += grown
      return grown
    }
  }

  private var held: [Key: Held] = [:]
  /// The keys as they came, and which of their turns it was; those in front of `front`, and turns that are over, do not count.
  private var turns: [(key: Key, turn: Int)] = []
  private var front = 0
  private var lastTurn = 0
  private var bytes = 0
  private let mostValues: Int
  private let mostBytes: Int

  /// So many texts of so many bytes are few beside what a process has.
  static var usualBytes: Int { 64 << 20 }

  /// Nothing waits.
  init(mostValues: Int = 10_000, mostBytes: Int = Self.usualBytes) {
    (self.mostValues, self.mostBytes) = (mostValues, mostBytes)
  }

  /// Whether there is more than may wait.
  private var isTooMuch: Bool { held.count > mostValues || bytes > mostBytes }

  /// The keys, the longest waiting first.
  var keys: [Key] { turns[front...].filter { held[$0.key]?.turn == $0.turn }.map(\.key) }

  /// The value of a key; `nil` where none waits.
  subscript(_ key: Key) -> Value? { held[key]?.value }

  /// Lets a value wait, in the place of one that has its key.
  mutating func put(_ value: Value, bytes size: Int, for key: Key) {
    if let known = held[key] {
      bytes += size - known.bytes
      held[key] = Held(value: value, bytes: size, turn: known.turn)
      return
    }
    lastTurn += 1
    bytes += size
    held[key] = Held(value: value, bytes: size, turn: lastTurn)
    if turns.count > 2 * held.count + 64 {
      turns = turns[front...].filter { held[$0.key]?.turn == $0.turn }
      front = 0
    }
    turns.append((key, lastTurn))
  }

  /// Changes the value of a key where it is; the change gives by how many bytes it grows.
  mutating func change<Failure: Error>(
    _ key: Key, _ change: (inout Value) throws(Failure) -> Int
  ) throws(Failure) {
    guard let grown = try held[key]?.grow(by: change) else { return }
    bytes += grown
  }

  /// Takes the value of a key away, and gives it.
  mutating func take(_ key: Key) -> Value? {
    guard let known = held.removeValue(forKey: key) else { return nil }
    bytes -= known.bytes
    return known.value
  }

  /// The key that has waited longest, where more waits than may.
  mutating func excess() -> Key? {
    guard isTooMuch else { return nil }
    while front < turns.count {
      let (key, turn) = turns[front]
      if held[key]?.turn == turn { return key }
      front += 1
    }
    return nil
  }
}
