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

  /// A hash for ``number(of:hash:)``; 64 bits, eight bytes at a time (multiply and fold, as wyhash does).
  static func hash(_ key: borrowing Span<UInt8>) -> UInt64 {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: key.count)
    var index = 0
    while index + 8 <= key.count {
      let low =
        UInt64(key[index]) | UInt64(key[index + 1]) << 8 | UInt64(key[index + 2]) << 16 | UInt64(key[index + 3]) << 24
      let high =
        UInt64(key[index + 4]) | UInt64(key[index + 5]) << 8 | UInt64(key[index + 6]) << 16
        | UInt64(key[index + 7]) << 24
      state = fold(state ^ (low | high << 32), 0xA076_1D64_78BD_642F)
      index += 8
    }
    var tail: UInt64 = 0
    var shift: UInt64 = 0
    while index < key.count {
      tail |= UInt64(key[index]) << shift
      shift += 8
      index += 1
    }
    return fold(state ^ tail, 0xE703_7ED1_A0B4_28DB)
  }

  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }

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
    let stored = bytes.span.extracting(entry.start..<(entry.start + entry.count))
    for index in 0..<key.count where stored[index] != key[index] { return false }
    return true
  }

  /// Remembers the key, which must not be remembered yet.
  mutating func insert(_ key: borrowing Span<UInt8>, hash: UInt64, number: Int64) {
    if bytes.count + key.count > byteLimit || entries.count >= 4_000_000 { forgetAll() }
    let start = bytes.count
    for index in 0..<key.count { bytes.append(key[index]) }
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
