import Digests

/// Where chance starts for a session's statements: from what the proxy calls the session, never from a row of one ledger.
struct SessionChance {
  private let start: UInt64

  /// The chance of the session that the proxy of that name calls by the key.
  init(proxy: String, key: String) {
    start = SHA256Digest(of: packed([proxy, key])).bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The start for the statement of that number; neighbours are far apart, by the golden ratio of 64 bits.
  func of(_ sequence: Int64) -> UInt64 { start &+ UInt64(bitPattern: sequence) &* 0x9e37_79b9_7f4a_7c15 }
}
