/// The sum of digests, word by word: the same for the same digests in whatever order they were added.
///
/// It tells a change of one of them from none, and follows additions and removals without the rest at hand. It is no
/// signature: who chooses many of the digests' texts freely may find others with the same sum.
public struct SHA256Sum: Hashable, Sendable {
  private var a: UInt64 = 0
  private var b: UInt64 = 0
  private var c: UInt64 = 0
  private var d: UInt64 = 0
  /// How many digests were added, less those that were removed.
  public private(set) var count: Int64 = 0

  /// The sum of none.
  public init() {}

  /// The sum that ``bytes`` and ``count`` tell; nil unless there are exactly 32 bytes.
  public init?(bytes: [UInt8], count: Int64) {
    guard let digest = SHA256Digest(bytes: bytes) else { return nil }
    (a, b, c, d) = (digest.words.a, digest.words.b, digest.words.c, digest.words.d)
    self.count = count
  }

  /// The 32 bytes.
  public var bytes: [UInt8] { SHA256Digest(words: SHA256Digest.Words(a: a, b: b, c: c, d: d)).bytes }

  /// Whether it is the sum of none.
  public var isEmpty: Bool { self == SHA256Sum() }

  /// Adds a digest.
  public mutating func add(_ digest: SHA256Digest) {
    a &+= digest.words.a
    b &+= digest.words.b
    c &+= digest.words.c
    d &+= digest.words.d
    count &+= 1
  }

  /// Takes a digest away.
  public mutating func remove(_ digest: SHA256Digest) {
    a &-= digest.words.a
    b &-= digest.words.b
    c &-= digest.words.c
    d &-= digest.words.d
    count &-= 1
  }

  /// Adds all that another sum has.
  public mutating func add(_ other: SHA256Sum) {
    a &+= other.a
    b &+= other.b
    c &+= other.c
    d &+= other.d
    count &+= other.count
  }
}
