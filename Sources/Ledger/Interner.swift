import Digests

/// Distinct byte strings in memory, each with a number: the first look-up before the ledger's own index.
///
/// Bounded: when its bytes pass the limit it forgets everything, and what is asked next is found in the ledger's index
/// again. Equal bytes are compared in full, so a collision of the hash costs time, never truth.
struct Interner {
  private var slots: [Int32]
  private var entries: [Entry] = []
  private var bytes: [UInt8] = []
  private let byteLimit: Int

  private struct Entry {
    let hash: UInt64
    let start: Int
    let count: Int
    let number: Int64
  }

  /// An empty interner that keeps at most about `byteLimit` bytes.
  init(byteLimit: Int) {
    self.byteLimit = byteLimit
    slots = Array(repeating: -1, count: 1024)
  }

  /// A hash for ``number(of:hash:)``.
  static func hash(_ key: borrowing Span<UInt8>) -> UInt64 { ByteRun.hash(key) }

  /// The number of the key, if it is remembered.
  func number(of key: borrowing Span<UInt8>, hash: UInt64) -> Int64? {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let entry = entries[Int(slots[slot])]
      if entry.hash == hash, entry.count == key.count, isEqual(entry, key) { return entry.number }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  private func isEqual(_ entry: Entry, _ key: borrowing Span<UInt8>) -> Bool {
    ByteRun.areEqual(bytes.span.extracting(entry.start..<(entry.start + entry.count)), key)
  }

  /// Remembers the key, which must not be remembered yet.
  mutating func insert(_ key: borrowing Span<UInt8>, hash: UInt64, number: Int64) {
    if bytes.count + key.count > byteLimit || entries.count >= 4_000_000 { forgetAll() }
    let start = bytes.count
    ByteRun.append(key, to: &bytes)
    entries.append(Entry(hash: hash, start: start, count: key.count, number: number))
    if entries.count * 2 > slots.count { grow() } else { place(entries.count - 1) }
  }

  private mutating func place(_ index: Int) {
    var slot = Int(truncatingIfNeeded: entries[index].hash) & (slots.count - 1)
    while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = Int32(truncatingIfNeeded: index)
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: slots.count * 2)
    for index in entries.indices { place(index) }
  }

  private mutating func forgetAll() {
    entries.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
    slots = Array(repeating: -1, count: 1024)
  }
}
