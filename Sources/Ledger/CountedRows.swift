import Dispatch
import Synchronization

/// A statement that waits to be counted: its key in one word, and when it ran.
struct RollupRow: Sendable {
  let key: UInt64
  let time: Int64
}

/// Rows counted by their keys, which come in ascending order.
struct CountedRows: Sendable {
  /// The rows of one key.
  struct Group: Sendable {
    let key: UInt64
    let value: RollupValue
    /// Where the places of its rows are in ``CountedRows/places``.
    let range: Range<Int>
  }

  /// The places of all rows, group by group.
  let places: [UInt32]
  let groups: [Group]

  /// Counts the rows; there are at most ``mostRows``.
  init(_ rows: ArraySlice<RollupRow>) {
    let places = Self.placesInOrderOfKeys(rows)
    var groups: [Group] = []
    var start = 0
    while start < places.count {
      let key = rows[Int(places[start])].key
      var value = RollupValue()
      var end = start
      while end < places.count, rows[Int(places[end])].key == key {
        value.add(rows[Int(places[end])].time)
        end += 1
      }
      groups.append(Group(key: key, value: value, range: start..<end))
      start = end
    }
    self.places = places
    self.groups = groups
  }

  /// As many rows as fit the bits of a place.
  static let mostRows = 1 << 20

  /// Where the key's bits that differ leave room, they and the place are sorted as one word, from the lowest digit to the
  /// highest: that moves half as much memory as the rows.
  private static func placesInOrderOfKeys(_ rows: ArraySlice<RollupRow>) -> [UInt32] {
    let first = rows.first?.key ?? 0
    let differing = rows.reduce(0) { $0 | ($1.key ^ first) }
    let fields = RollupKey.fields.map { field in
      (shift: field.shift, bits: (differing >> field.shift & (1 << field.bits - 1)).bitWidthInUse)
    }
    let placeBits = UInt64(mostRows - 1).bitWidthInUse
    let keyBits = fields.reduce(0) { $0 + $1.bits }
    guard keyBits + placeBits <= 64, rows.count <= mostRows else {
      return rows.indices.map { UInt32(truncatingIfNeeded: $0) }.sorted { rows[Int($0)].key < rows[Int($1)].key }
    }
    let (text, context, decision) = (fields[0], fields[1], fields[2])
    let words = rows.indices.map { place in
      let key = rows[place].key
      let dense =
        (key &>> text.shift & (1 &<< text.bits &- 1)) &<< (context.bits &+ decision.bits)
        | (key &>> context.shift & (1 &<< context.bits &- 1)) &<< decision.bits
        | key &>> decision.shift & (1 &<< decision.bits &- 1)
      return dense &<< placeBits | UInt64(truncatingIfNeeded: place &- rows.startIndex)
    }
    let mask = UInt64(mostRows - 1)
    return sorted(words, from: placeBits, to: placeBits + keyBits).map { word in
      UInt32(truncatingIfNeeded: Int(truncatingIfNeeded: word & mask) &+ rows.startIndex)
    }
  }

  /// The words in the order of the bits from one to before another; words that agree in them keep their order.
  private static func sorted(_ words: [UInt64], from low: UInt64, to high: UInt64) -> [UInt64] {
    let digitBits: UInt64 = 11
    let digits: UInt64 = 1 << digitBits - 1
    var (source, target) = (words, words)
    for shift in stride(from: low, to: high, by: Int(digitBits)) {
      var starts = [Int](repeating: 0, count: 1 << Int(digitBits) + 1)
      for word in source { starts[Int(truncatingIfNeeded: word &>> shift & digits) &+ 1] &+= 1 }
      for digit in 1..<starts.count { starts[digit] &+= starts[digit &- 1] }
      for word in source {
        let digit = Int(truncatingIfNeeded: word &>> shift & digits)
        target[starts[digit]] = word
        starts[digit] &+= 1
      }
      swap(&source, &target)
    }
    return source
  }
}

/// Rows that are counted on another thread meanwhile.
final class CountInBackground: Sendable {
  private let result = Mutex<CountedRows?>(nil)
  private let group = DispatchGroup()

  /// Starts counting.
  init(_ rows: [RollupRow]) {
    DispatchQueue.global().async(group: group) {
      let counted = CountedRows(rows[...])
      self.result.withLock { $0 = counted }
    }
  }

  /// Waits for the counts.
  func counts() -> CountedRows? {
    group.wait()
    return result.withLock(\.self)
  }
}

extension UInt64 {
  /// How many bits it takes to write the number.
  fileprivate var bitWidthInUse: UInt64 { UInt64(bitWidth - leadingZeroBitCount) }
}
