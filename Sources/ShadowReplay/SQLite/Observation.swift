import AuditTrail
import Sensitivity
import SQLite

/// Takes the rows of one statement as the client got them: masked columns left out, masked content removed.
struct RowObserver {
  private(set) var result = ObservedRows()
  private let hidden: Set<Int>
  private let detectors: [Detector]
  private let values: [(column: Int, index: VerbatimIndex)]
  private let canaries: [(column: Int, index: CanaryIndex)]

  /// An observer of a prepared statement whose recorded mask is `masked`.
  ///
  /// A mask of `table.column` hides result columns of that origin, as proxies resolve it; one of `detector:NAME` removes
  /// what the detector finds.
  init(
    _ statement: borrowing SQLiteStatement, masked: [String], columns: SQLiteSensitiveColumns,
    values: [(column: Int, index: VerbatimIndex)], canaries: [(column: Int, index: CanaryIndex)]
  ) {
    var hidden: Set<Int> = []
    let masks = Set(masked.map(SQLiteSensitiveColumns.key))
    for column in 0..<statement.columnCount {
      guard let origin = statement.columnOrigin(column) else { continue }
      let key = "\(origin.table).\(origin.column)".lowercased()
      if masks.contains(key) {
        hidden.insert(column)
        if let position = columns.position(of: key) { result.hidden.insert(position) }
      } else if let position = columns.position(of: key) {
        result.origins.insert(position)
      }
    }
    self.hidden = hidden
    detectors = masked.compactMap { $0.hasPrefix("detector:") ? Detector(name: String($0.dropFirst(9))) : nil }
    self.values = values
    self.canaries = canaries
    result.seen.columns = Array(repeating: RowHash.basis, count: statement.columnCount)
  }

  /// Takes the row that the statement stands on.
  mutating func take(_ statement: borrowing SQLiteStatement) {
    var row = RowHash.basis
    for column in 0..<statement.columnCount where !hidden.contains(column) {
      var hash = RowHash.basis
      if !statement.isNull(column) {
        let bytes = visible(statement.bytes(column))
        hash = RowHash.hash(bytes, into: hash &+ 1)
        for (position, index) in values where !result.verbatim.contains(position) {
          if index.occurs(in: bytes) { result.verbatim.insert(position) }
        }
        for (position, index) in canaries where result.forms[position] != .encoded {
          if let form = index.form(in: bytes) { result.forms[position] = form }
        }
      }
      row = RowHash.mix(row, hash)
      result.seen.columns[column] = RowHash.mix(result.seen.columns[column], hash)
    }
    result.seen.rows += 1
    result.seen.multiset &+= RowHash.mix(RowHash.basis, row)
    result.seen.ordered = RowHash.mix(result.seen.ordered, row)
  }

  private func visible(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for detector in detectors {
      for range in detector.find(in: bytes.span).reversed() { bytes.removeSubrange(range) }
    }
    return bytes
  }
}

/// How observed values become numbers.
enum RowHash {
  static let basis: UInt64 = 0xcbf2_9ce4_8422_2325

  /// FNV-1a.
  static func hash(_ bytes: [UInt8], into seed: UInt64) -> UInt64 {
    var hash = seed
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }

  /// Two hashes as one; the order counts.
  static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    var value = (left &* 0x9e37_79b9_7f4a_7c15) ^ right
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}

/// Finds any of many values in a text: windows of at most 16 bytes hashed as they slide, hits compared byte by byte.
struct VerbatimIndex: Sendable {
  /// Values shorter than this stand in too many texts by chance.
  static let leastLength = 4
  private static let base: UInt64 = 0x100_0000_01b3

  private var byWindow: [Int: [UInt64: [[UInt8]]]] = [:]

  /// An index of the values.
  init(_ values: some Sequence<[UInt8]>) {
    for value in values where value.count >= Self.leastLength {
      let length = min(value.count, 16)
      var hash: UInt64 = 0
      for byte in value[..<length] { hash = hash &* Self.base &+ UInt64(byte) }
      byWindow[length, default: [:]][hash, default: []].append(value)
    }
  }

  /// Whether one of the values stands in the text.
  func occurs(in text: [UInt8]) -> Bool {
    for (length, heads) in byWindow where text.count >= length {
      var power: UInt64 = 1
      for _ in 1..<length { power = power &* Self.base }
      var hash: UInt64 = 0
      for byte in text[..<length] { hash = hash &* Self.base &+ UInt64(byte) }
      var start = 0
      while true {
        if let candidates = heads[hash], candidates.contains(where: { text[start...].starts(with: $0) }) { return true }
        guard start + length < text.count else { break }
        hash = (hash &- UInt64(text[start]) &* power) &* Self.base &+ UInt64(text[start + length])
        start += 1
      }
    }
    return false
  }
}
