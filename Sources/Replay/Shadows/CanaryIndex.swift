package import AuditTrail
import Digests

/// Finds the values of a column in a text although they were changed on the way: in another case, reversed, encoded,
/// digested, or six bytes of them in a row.
///
/// A value is a canary where it is long enough not to be in a text by chance. What is found names a leak that the
/// differential run has shown; it shows none by itself.
package struct CanaryIndex: Sendable {
  /// Parts shorter than this are in too many texts by chance.
  package static let partLength = 6

  private let encoded: VerbatimIndex
  private var parts: Set<UInt64> = []

  /// An index of the values.
  package init(_ values: [[UInt8]]) {
    var variants: Set<[UInt8]> = []
    for value in values where value.count >= VerbatimIndex.leastLength {
      variants.formUnion(Self.encodings(of: value))
    }
    encoded = VerbatimIndex(variants.subtracting(values))
    for value in values where value.count >= Self.partLength {
      Self.forEachPart(of: value) { part in
        parts.insert(part)
        return true
      }
    }
  }

  /// How much of a value the text holds; `nil` when neither an encoding nor a part of one is found.
  package func form(in text: [UInt8]) -> LeakForm? {
    if encoded.occurs(in: text) { return .encoded }
    var isFound = false
    Self.forEachPart(of: text) { part in
      isFound = parts.contains(part)
      return !isFound
    }
    return isFound ? .part : nil
  }

  /// The value in every form that SQL makes of it in one step.
  package static func encodings(of value: [UInt8]) -> [[UInt8]] {
    let hex = Hex.encode(value)
    let digests = [MD5.hex(of: value), SHA256Digest(of: value).hex]
    let text = String(decoding: value, as: UTF8.self)
    return [
      Array(text.lowercased().utf8), Array(text.uppercased().utf8), Array(String(text.reversed()).utf8),
      value.reversed(), Array(Base64.encode(value).utf8), Array(hex.utf8), Array(hex.uppercased().utf8),
    ] + digests.flatMap { [Array($0.utf8), Array($0.uppercased().utf8)] }
  }

  /// Gives each run of six bytes as one number, until `body` returns false.
  private static func forEachPart(of text: [UInt8], _ body: (UInt64) -> Bool) {
    var part: UInt64 = 0
    for (index, byte) in text.enumerated() {
      part = (part << 8 | UInt64(byte)) & 0xffff_ffff_ffff
      if index >= partLength - 1, !body(part) { return }
    }
  }
}
