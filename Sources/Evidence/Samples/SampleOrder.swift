package import Digests

/// The order in which a seed puts the items of a population. Anyone can make it again:
/// `printf 'T-14/17' | openssl dgst -sha256 -hmac SEED` is the key of the seventeenth item of T-14.
package struct SampleOrder: ~Copyable {
  private var code: HMACSHA256
  private let test: String

  /// The order of a test's items under a seed.
  package init(test: String, seed: String) {
    self.test = test
    code = HMACSHA256(key: Array(seed.utf8))
  }

  /// The key of an item, counted from 1; items with lesser keys come first.
  package mutating func key(_ item: Int) -> SHA256Digest {
    let message = Array("\(test)/\(item)".utf8)
    return code.code(for: message.span)
  }
}
