/// A set of table names, roughly: one of 64 bits for each (a Bloom filter). Two sets that share no bit share no name.
struct TableFilter: Sendable, Hashable {
  private var bits: UInt64

  /// Every table.
  static let any = Self(bits: .max)

  private init(bits: UInt64) { self.bits = bits }

  /// The tables of these names.
  init(_ names: [String]) { bits = names.reduce(0) { $0 | Self.bit($1) } }

  /// The tables that a pattern may stand for.
  init(_ patterns: [ColumnPattern]) {
    bits = patterns.reduce(0) { $0 | ($1.table.exact.map(Self.bit) ?? .max) }
  }

  /// FNV-1a, its upper bits.
  private static func bit(_ name: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    return 1 << (hash >> 58)
  }

  /// Whether a command that touches `tables` may be asked for; what is asked of every command always is.
  func mayMeet(_ tables: Self) -> Bool { self == .any || bits & tables.bits != 0 }
}
