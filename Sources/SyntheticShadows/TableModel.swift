import AuditTrail
import Replay
import SQLiteShadows
import PostgresShadows

/// A value of a synthetic row.
enum SyntheticValue: Hashable, Sendable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)

  /// As text; `nil` is NULL.
  var text: String? {
    switch self {
    case .null: nil
    case .integer(let value): String(value)
    case .real(let value): String(value)
    case .text(let value): value
    }
  }

  /// Values in an order that does not depend on hashing: numbers, then texts.
  static func precedes(_ one: SyntheticValue, _ other: SyntheticValue) -> Bool {
    func rank(_ value: SyntheticValue) -> (Int, Double, String) {
      switch value {
      case .null: (0, 0, "")
      case .integer(let value): (1, Double(value), "")
      case .real(let value): (1, value, "")
      case .text(let value): (2, 0, value)
      }
    }
    return rank(one) < rank(other)
  }
}

/// A table for which rows are made: what its schema asks of them, and what is known of production's.
struct TableModel: Sendable {
  /// What a column holds, as far as the making of values goes.
  enum Kind: Hashable, Sendable {
    case integer, real, text, boolean, date, timestamp, time, interval, uuid, json, bytes, address
    case choice([String])
    /// A type of which nothing is known but how an empty value is written.
    case other(String)
  }

  struct Column: Sendable {
    var name: String
    var kind: Kind
    var isNotNull = false
    /// Whether the database makes its values.
    var isGenerated = false
    /// The longest text it takes, in characters.
    var length: Int?
    /// The share of NULLs in the copy, where there is one.
    var nullShare: Double?
    /// Whether the copy's values differ in every row.
    var isSensitive = false
  }

  /// A reference; its columns are in the parent's order.
  struct ForeignKey: Sendable {
    var columns: [String]
    var parent: String
    var parentColumns: [String]
    /// Children by parent in the copy, most first; empty where there is no copy.
    var fanOut: [Int] = []
  }

  /// As effects and `rows.csv` name it.
  var name: String
  /// As SQL takes it.
  var sqlName: String
  var columns: [Column]
  var primaryKey: [String] = []
  /// Column sets whose values must differ from row to row, the primary key among them.
  var uniques: [[String]] = []
  var foreignKeys: [ForeignKey] = []
  /// The conditions that rows must meet, as SQL.
  var checks: [String] = []
  /// How many rows to make.
  var rows = 0

  func column(_ name: String) -> Int? {
    columns.firstIndex { $0.name.nameKey == name.nameKey }
  }

  /// Whether the column's values must differ from row to row by themselves.
  func isUnique(_ name: String) -> Bool {
    uniques.contains { $0.count == 1 && $0[0].nameKey == name.nameKey }
  }

  /// The one-column reference that a column is.
  func reference(_ name: String) -> ForeignKey? {
    foreignKeys.first { $0.columns.count == 1 && $0.columns[0].nameKey == name.nameKey }
  }
}

/// The tables of a shadow, parents before children.
struct ShadowModel: Sendable {
  var tables: [TableModel]
  /// The tables that a view reads, by the view's name in lower case.
  var views: [String: [String]] = [:]

  func table(_ name: String) -> TableModel? { tables.first { $0.name.nameKey == name.nameKey } }

  /// Puts parents before children; where tables refer to each other in a circle, the order of their names decides.
  mutating func sortByReferences() {
    var left = tables.sorted { $0.name < $1.name }
    var sorted: [TableModel] = []
    var done: Set<String> = []
    while !left.isEmpty {
      let index =
        left.firstIndex { table in
          table.foreignKeys.allSatisfy { key in
            let parent = key.parent.nameKey
            return done.contains(parent) || parent == table.name.nameKey
              || !left.contains { $0.name.nameKey == parent }
          }
        } ?? 0
      let table = left.remove(at: index)
      done.insert(table.name.nameKey)
      sorted.append(table)
    }
    tables = sorted
  }
}

/// Numbers that depend on a seed and a place only: the same seed gives the same shadow, whatever was made before.
struct SeededNumbers: Sendable {
  let seed: UInt64

  /// A number for a place.
  func number(_ place: String, _ index: Int = 0) -> UInt64 {
    // FNV-1a over the name, then the finaliser of SplitMix64.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ seed
    for byte in place.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = hash &+ UInt64(bitPattern: Int64(index)) &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 31)
  }

  /// A place in `0..<count` for each index, all different: an order that looks unrelated to the indices'.
  func shuffled(_ index: Int, of count: Int, _ place: String) -> Int {
    guard count > 1 else { return 0 }
    var step = Int(number(place, -1) % UInt64(count - 1)) + 1
    while greatestCommonDivisor(step, count) != 1 { step = step % count + 1 }
    let start = Int(number(place, -2) % UInt64(count))
    return Int((UInt64(index % count) * UInt64(step) + UInt64(start)) % UInt64(count))
  }

  private func greatestCommonDivisor(_ one: Int, _ other: Int) -> Int {
    var (one, other) = (one, other)
    while other != 0 { (one, other) = (other, one % other) }
    return one
  }
}
