package import AuditTrail
import Sensitivity

/// What a client sees of a statement, for comparing two clones: hashes, not rows, so that no result is too large.
package struct Observation: Equatable {
  /// Rows returned.
  package var rows: Int64 = 0
  /// The rows as a multiset.
  package var multiset: UInt64 = 0
  /// The rows in their order.
  package var ordered: UInt64 = 0
  /// The values of each result column, as a multiset.
  package var columns: [UInt64] = []
  /// The changed rows that the engine reported.
  package var ownCount: Int64?
  /// The error it ended with.
  package var failure: String?

  /// Nothing seen yet.
  package init() {}
}

/// A text of a notice or an error.
package struct ObservedText {
  fileprivate let hash: UInt64
  /// The same of what is left without digits: that is all that a clock or a counter changes in it.
  fileprivate let undated: UInt64
  /// Sensitive columns of which a value stands in it.
  fileprivate let verbatim: Set<Int>

  /// A text of these bytes.
  package init(_ bytes: [UInt8], verbatim: Set<Int>) {
    (hash, self.verbatim) = (RowHash.hash(bytes, into: RowHash.basis), verbatim)
    undated = RowHash.hash(bytes.filter { !(48...57).contains($0) }, into: RowHash.basis)
  }
}

/// What a client sees, and which sensitive values are in it verbatim.
package struct ObservedRows {
  package var seen = Observation()
  /// Sensitive columns, by position in the run's list, of which a value stood verbatim in a cell.
  package var verbatim: Set<Int> = []
  /// Sensitive columns that a result column shows unchanged by the engine's own account, masked ones left out.
  package var origins: Set<Int> = []
  /// Sensitive columns that the recorded mask hid, by the same account.
  package var hidden: Set<Int> = []
  /// The rows without the result columns that show a sensitive column unchanged: what is left where all of them are masked.
  package var bare = Observation()
  /// Sensitive columns of which a value stood verbatim in another cell than one of their own, or in a notice or an error.
  package var elsewhere: Set<Int> = []
  /// Sensitive columns of which a value stood verbatim in another cell than one of their own though the statement does not
  /// hold it: the client has learnt it, whatever way it took.
  package var learnt: Set<Int> = []
  /// How many values of each sensitive column stood verbatim in what the client saw.
  package var values: [Int: Int64] = [:]
  /// The texts of notices and errors, in their order.
  package var texts: [ObservedText] = []
  /// The names of result columns that the statement does not hold itself, in their order.
  package var names: [ObservedText] = []
  /// How much of a sensitive column's values was in a cell in another form, where that was looked for.
  package var forms: [Int: LeakForm] = [:]

  /// Nothing seen yet.
  package init() {}
}

extension Observation {
  /// Whether the same rows came back in any order, and as many were changed.
  package func hasSameRows(as other: Observation) -> Bool {
    multiset == other.multiset && rows == other.rows && ownCount == other.ownCount
  }

  /// Takes the next row.
  package mutating func add(row hash: UInt64) {
    rows += 1
    multiset &+= RowHash.mix(RowHash.basis, hash)
    ordered = RowHash.mix(ordered, hash)
  }

  /// Takes what a later command of the same statement showed.
  fileprivate mutating func append(_ other: Observation) {
    rows += other.rows
    multiset = multiset &* 31 &+ other.multiset
    ordered = ordered &* 31 &+ other.ordered
    columns += other.columns
    ownCount = other.ownCount ?? ownCount
    failure = other.failure ?? failure
  }

  /// Takes a value of a result column.
  package mutating func add(cell hash: UInt64, in column: Int) {
    if columns.indices.contains(column) { columns[column] &+= RowHash.mix(RowHash.basis, hash) }
  }
}

extension ObservedRows {
  /// What the client would see where every result column that shows a sensitive column unchanged was masked.
  package var behindMasks: ObservedRows {
    var masked = self
    masked.seen = bare
    (masked.seen.ownCount, masked.seen.failure) = (seen.ownCount, seen.failure)
    (masked.verbatim, masked.origins) = (elsewhere, [])
    masked.hidden.formUnion(origins)
    return masked
  }

  /// Expects rows of so many result columns.
  mutating func begin(columns count: Int) {
    seen.columns = Array(repeating: RowHash.basis, count: count)
    bare.columns = seen.columns
  }

  /// What the texts of notices and errors, and the names of result columns, tell of a column, by a second run in the same
  /// world and one in another; `nil` for nothing.
  func told(of column: Int, again: ObservedRows, there: ObservedRows) -> Leak? {
    let tells = texts.count == again.texts.count && texts.count != there.texts.count
    let leaks = [
      tells ? Leak.derived : nil, told(of: column, texts, again.texts, there.texts),
      told(of: column, names, again.names, there.names),
    ].compactMap(\.self)
    guard let leak = leaks.max() else { return nil }
    return verbatim.contains(column) ? .raw : leak
  }

  /// Whether a text is not the same each time, by a second run in the same world: what it holds beside that, no world shows.
  func isUnsteady(_ again: ObservedRows) -> Bool {
    zip(texts, again.texts).contains { $0.hash != $1.hash }
  }

  /// Each text is compared by itself. Of one that is not the same each time those values count that stand in it and in the
  /// other world do not, and what is the same each time beside the digits.
  private func told(
    of column: Int, _ texts: [ObservedText], _ again: [ObservedText], _ there: [ObservedText]
  ) -> Leak? {
    var tells = false
    for (index, text) in texts.enumerated() {
      let other = there.indices.contains(index) ? there[index] : nil
      if again.indices.contains(index), again[index].hash == text.hash {
        if let other, other.hash != text.hash { tells = true }
      } else if text.verbatim.contains(column), other?.verbatim.contains(column) != true {
        return .raw
      } else if again.indices.contains(index), again[index].undated == text.undated {
        if let other, other.undated != text.undated { tells = true }
      }
    }
    return tells ? .derived : nil
  }

  /// Looks for a column's values in a cell, and says whether one is there; `isOwn` where the cell is one of the column's own.
  mutating func look(
    for index: VerbatimIndex, of column: Int, in bytes: [UInt8], isOwn: Bool, besides known: [[UInt8]]
  ) -> Bool {
    let count = isOwn ? (index.occurs(in: bytes) ? 1 : 0) : index.count(in: bytes)
    guard count > 0 else { return false }
    verbatim.insert(column)
    if !isOwn {
      elsewhere.insert(column)
      if !learnt.contains(column), index.occurs(in: bytes, besides: known) { learnt.insert(column) }
    }
    values[column, default: 0] &+= count
    return true
  }

  /// Takes what a later command of the same statement showed.
  package mutating func append(_ other: ObservedRows) {
    seen.append(other.seen)
    bare.append(other.bare)
    elsewhere.formUnion(other.elsewhere)
    learnt.formUnion(other.learnt)
    values.merge(other.values) { $0 &+ $1 }
    verbatim.formUnion(other.verbatim)
    origins.formUnion(other.origins)
    hidden.formUnion(other.hidden)
    texts += other.texts
    names += other.names
    forms.merge(other.forms) { max($0, $1) }
  }
}

extension [UInt8] {
  /// A cell's text as the client gets it where detectors mask by content.
  func withoutFindings(of detectors: [Detector]) -> [UInt8] {
    var bytes = self
    for detector in detectors {
      for range in detector.find(in: bytes.span).reversed() { bytes.removeSubrange(range) }
    }
    return bytes
  }
}

/// How observed values become numbers.
package enum RowHash {
  package static let basis: UInt64 = 0xcbf2_9ce4_8422_2325

  /// FNV-1a.
  package static func hash(_ bytes: [UInt8], into seed: UInt64) -> UInt64 {
    var hash = seed
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }

  /// Two hashes as one; the order counts.
  package static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    var value = (left &* 0x9e37_79b9_7f4a_7c15) ^ right
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
