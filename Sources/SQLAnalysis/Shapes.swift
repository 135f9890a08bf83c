import AuditTrail

/// What is known of texts that have been read, by their tokens: libpg_query reads a text again to name its shape, but texts
/// that differ in the values of queries alone have the same name, and often the same facts.
///
/// A shape is kept when it comes a second time: most of those that come once never come again.
struct Shapes {
  struct Shape {
    /// What tells its texts from all others: the text without values, and the kinds of these.
    fileprivate var text: [UInt8]
    fileprivate var literalKinds: [UInt8]

    fileprivate func isOf(_ normalization: borrowing Normalization) -> Bool {
      text == normalization.text && literalKinds == normalization.literalKinds
    }

    var fingerprint: String
    var normalized: String
    /// The facts of every text of the shape, where they depend on no value.
    var facts: Facts?
  }

  private var shapes: [Int: Shape] = [:]
  /// Digests of shapes that came once; a later one takes the place of an earlier. It grows with what it is told, as most
  /// analyzers read few texts.
  private var seen = [Int](repeating: 0, count: 256)
  private var seenCount = 0
  private var digest = 0
  private static let capacity = 16_384

  /// The shape of a text by its normal form, where it is known; to be asked before it is remembered.
  mutating func find(_ normalization: borrowing Normalization) -> Shape? {
    var hasher = Hasher()
    hasher.combine(words: normalization.text)
    hasher.combine(words: normalization.literalKinds)
    digest = hasher.finalize()
    guard let shape = shapes[digest], shape.isOf(normalization) else { return nil }
    return shape
  }

  /// Remembers what was asked for last.
  mutating func remember(_ facts: Facts, of normalization: borrowing Normalization, areFactsOfAll: Bool) {
    if let shape = shapes[digest] {
      if areFactsOfAll, shape.isOf(normalization) { shapes[digest]?.facts = facts }
      return
    }
    let place = digest & (seen.count - 1)
    guard seen[place] == digest else {
      seen[place] = digest
      seenCount += 1
      if seenCount > seen.count, seen.count < Self.capacity {
        seen = [Int](repeating: 0, count: seen.count * 4)
      }
      return
    }
    if shapes.count >= Self.capacity { shapes.removeAll(keepingCapacity: true) }
    shapes[digest] = Shape(
      text: normalization.text, literalKinds: normalization.literalKinds, fingerprint: facts.fingerprint,
      normalized: facts.normalized, facts: areFactsOfAll ? facts : nil)
  }
}

extension Hasher {
  /// Takes in bytes eight at a time, many times as fast as one by one.
  fileprivate mutating func combine(words bytes: [UInt8]) {
    combine(bytes.count)
    var word: UInt64 = 0
    for place in bytes.indices {
      word = word << 8 | UInt64(bytes[place])
      if place & 7 == 7 { combine(word) }
    }
    if bytes.count & 7 != 0 { combine(word) }
  }
}
