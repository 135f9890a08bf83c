public import AuditTrail
import Digests
import Ledger

/// The rows of a population, in order. A few are kept in memory, more than that in a temporary file: however many there are,
/// they take a few megabytes of memory.
///
/// Rows are encoded in blocks. A block begins with nothing known; a text is written out where it first occurs in it and
/// named by its number after that, for the same few texts are in most rows.
public struct ItemRows: Sendable, Hashable {
  /// How many rows there are.
  public let count: Int
  fileprivate let blocks: Blocks
  fileprivate let times: [ClosedRange<Timestamp>?]

  /// No rows.
  public init() { self.init(count: 0, Blocks(file: nil, lengths: [], last: []), times: []) }

  fileprivate init(count: Int, _ blocks: Blocks, times: [ClosedRange<Timestamp>?]) {
    (self.count, self.blocks, self.times) = (count, blocks, times)
  }

  /// These rows. Throws `input_output`.
  public init(_ rows: some Sequence<[Cell]>) throws(AssayError) {
    var writer = Writer()
    for row in rows { try writer.append(row) }
    self = try writer.finish()
  }

  /// The least and the greatest time in the column of that number, from 0; `nil` where it holds no time.
  func times(inColumn column: Int) -> ClosedRange<Timestamp>? { times.indices.contains(column) ? times[column] : nil }

  /// Whether there are none.
  public var isEmpty: Bool { count == 0 }

  /// Calls `body` with each row. Throws `input_output`, and what `body` throws.
  public func forEach(_ body: ([Cell]) throws(AssayError) -> Void) throws(AssayError) {
    var reader = Reader(self)
    while let row = try reader.next() { try body(row) }
  }

  /// All rows at once; for those of which there are few. Throws `input_output`.
  public func all() throws(AssayError) -> [[Cell]] {
    var rows: [[Cell]] = []
    rows.reserveCapacity(count)
    try forEach { rows.append($0) }
    return rows
  }

  /// The rows, each with one cell more. Throws `input_output`.
  func adding(_ cells: [Cell]) throws(AssayError) -> ItemRows {
    var writer = Writer()
    var rest = cells[...]
    try forEach { (row) throws(AssayError) in try writer.append(row + [rest.popFirst() ?? .empty]) }
    return try writer.finish()
  }

  /// Whether both hold the same rows in the same order; what cannot be read back is not the same.
  public static func == (left: Self, right: Self) -> Bool {
    left.count == right.count && (left.blocks === right.blocks || left.blocks.isSame(as: right.blocks))
  }

  /// Equal rows are as many.
  public func hash(into hasher: inout Hasher) { hasher.combine(count) }
}

/// Blocks of encoded rows: all but the last in a file, where there are several.
private final class Blocks: Sendable {
  let file: UnnamedFile?
  /// Bytes of each block in the file.
  let lengths: [Int]
  let last: [UInt8]

  init(file: UnnamedFile?, lengths: [Int], last: [UInt8]) {
    (self.file, self.lengths, self.last) = (file, lengths, last)
  }

  /// The block of that number, which begins there in the file; `nil` after the last.
  func block(_ number: Int, at offset: Int64) throws(AssayError) -> [UInt8]? {
    guard lengths.indices.contains(number), let file else { return number == lengths.count ? last : nil }
    return try file.read(lengths[number], at: offset)
  }

  func isSame(as other: Blocks) -> Bool {
    guard lengths == other.lengths, last == other.last else { return false }
    var offset: Int64 = 0
    for (number, length) in lengths.enumerated() {
      guard let own = try? block(number, at: offset), let its = try? other.block(number, at: offset), own == its else {
        return false
      }
      offset += Int64(length)
    }
    return true
  }
}

/// What is in front of an encoded cell.
private enum CellTag: UInt8 {
  case empty, integer, real, newText, knownText, time, yes, no, date
}

extension ItemRows {
  /// Takes rows one by one.
  public struct Writer: ~Copyable {
    private static let blockBytes = 1 << 20

    private var count = 0
    private var bytes: [UInt8] = []
    private var file: UnnamedFile?
    private var lengths: [Int] = []
    /// The texts of this block by number, and what each column held last.
    private var known: [ExactText: UInt64] = [:]
    private var previous: [(text: ExactText, number: UInt64)?] = []
    private var times: [ClosedRange<Timestamp>?] = []

    /// No rows yet.
    public init() {}

    /// Takes the next row. Throws `input_output`.
    public mutating func append(_ row: [Cell]) throws(AssayError) {
      if bytes.count >= Self.blockBytes { try flush() }
      put(UInt64(row.count))
      while previous.count < row.count {
        previous.append(nil)
        times.append(nil)
      }
      for (column, cell) in row.enumerated() { put(cell, column) }
      count += 1
    }

    /// The rows that were taken. Throws `input_output`.
    public consuming func finish() throws(AssayError) -> ItemRows {
      ItemRows(count: count, Blocks(file: file, lengths: lengths, last: bytes), times: times)
    }

    private mutating func flush() throws(AssayError) {
      let target: UnnamedFile
      if let file { target = file } else { target = try UnnamedFile() }
      try target.append(bytes)
      file = target
      lengths.append(bytes.count)
      bytes.removeAll(keepingCapacity: true)
      known.removeAll(keepingCapacity: true)
      for column in previous.indices { previous[column] = nil }
    }

    private mutating func put(_ cell: Cell, _ column: Int) {
      switch cell {
      case .empty: put(.empty)
      case .integer(let value):
        put(.integer)
        put(signed: value)
      case .real(let value):
        put(.real)
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * shift))) }
      case .text(let text): put(ExactText(text), column)
      case .time(let time):
        put(.time)
        put(signed: time.nanoseconds)
        let known = times[column] ?? time...time
        times[column] = min(known.lowerBound, time)...max(known.upperBound, time)
      case .flag(let value): put(value ? .yes : .no)
      case .date(let date):
        put(.date)
        put(signed: Int64(date.daysSinceEpoch))
      }
    }

    private mutating func put(_ text: ExactText, _ column: Int) {
      if let before = previous[column], before.text == text {
        put(.knownText)
        return put(before.number)
      }
      let number = known[text]
      if let number {
        put(.knownText)
        put(number)
      } else {
        put(.newText)
        put(UInt64(text.text.utf8.count))
        bytes.append(contentsOf: text.text.utf8)
      }
      previous[column] = (text, number ?? UInt64(known.count))
      if number == nil { known[text] = UInt64(known.count) }
    }

    private mutating func put(_ tag: CellTag) { bytes.append(tag.rawValue) }

    /// A number as LEB128.
    private mutating func put(_ number: UInt64) {
      var rest = number
      while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Small numbers of either sign in few bytes.
    private mutating func put(signed number: Int64) { put(UInt64(bitPattern: number << 1 ^ number >> 63)) }
  }

  /// Gives rows one by one.
  public struct Reader {
    private let rows: ItemRows
    private var number = 0
    private var offset: Int64 = 0
    private var bytes: [UInt8] = []
    private var place = 0
    private var texts: [Cell] = []
    private var row: [Cell] = []

    /// At the first of the rows.
    public init(_ rows: ItemRows) { self.rows = rows }

    /// The next row; `nil` after the last. Throws `input_output`.
    public mutating func next() throws(AssayError) -> [Cell]? {
      while place == bytes.count {
        guard let block = try rows.blocks.block(number, at: offset) else { return nil }
        number += 1
        offset += Int64(block.count)
        (bytes, place) = (block, 0)
        texts.removeAll(keepingCapacity: true)
      }
      let count = Int(unsigned())
      row.removeAll(keepingCapacity: true)
      for _ in 0..<count { row.append(cell()) }
      return row
    }

    private mutating func cell() -> Cell {
      let tag = CellTag(rawValue: bytes[place])
      place += 1
      switch tag {
      case .integer: return .integer(signed())
      case .real:
        var bits: UInt64 = 0
        for shift in 0..<8 { bits |= UInt64(bytes[place + shift]) << UInt64(8 * shift) }
        place += 8
        return .real(Double(bitPattern: bits))
      case .newText:
        let length = Int(unsigned())
        let text = Cell.text(String(decoding: bytes[place..<place + length], as: UTF8.self))
        place += length
        texts.append(text)
        return text
      case .knownText: return texts[Int(unsigned())]
      case .time: return .time(Timestamp(nanoseconds: signed()))
      case .yes: return .flag(true)
      case .no: return .flag(false)
      case .date: return .date(CivilDate(daysSinceEpoch: Int(signed())))
      case .empty, nil: return .empty
      }
    }

    private mutating func unsigned() -> UInt64 {
      var (value, shift): (UInt64, UInt64) = (0, 0)
      while true {
        let byte = bytes[place]
        place += 1
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
    }

    private mutating func signed() -> Int64 {
      let value = unsigned()
      return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
  }
}
