/// The Merkle tree hash of RFC 6962 section 2.1 over leaves that arrive one by one, in memory that grows with the
/// logarithm of their number: a leaf is SHA-256(0x00 ‖ bytes), a node SHA-256(0x01 ‖ left ‖ right), the tree without
/// leaves SHA-256 of nothing.
@safe public struct MerkleTree: ~Copyable, Sendable {
  private var hasher = SHA256Hasher()
  /// Roots of the perfect subtrees that the leaves so far make, the largest first.
  private var subtrees: [SHA256Digest] = []
  /// How many leaves were appended.
  public private(set) var count = 0

  /// A tree without leaves.
  public init() {
    subtrees.reserveCapacity(Int.bitWidth)
  }

  /// Appends the leaf with these bytes.
  public mutating func append(_ leaf: Span<UInt8>) {
    unsafe leaf.withUnsafeBytes { unsafe append(raw: $0) }
  }

  /// Appends the leaf with these bytes.
  public mutating func append(_ leaf: [UInt8]) {
    append(leaf.span)
  }

  /// Appends the leaf with these bytes.
  public mutating func append(_ leaf: ArraySlice<UInt8>) {
    append(leaf.span)
  }

  /// The root over all leaves so far; more may be appended afterwards.
  public mutating func root() -> SHA256Digest {
    guard var root = subtrees.last else { return hasher.finish() }
    for left in subtrees.dropLast().reversed() {
      root = Self.node(left, root, &hasher)
    }
    return root
  }

  /// Longest leaf that is copied behind its prefix to be hashed in one call, in bytes.
  private static let shortLeaf = 1024

  @unsafe private mutating func append(raw leaf: UnsafeRawBufferPointer) {
    if leaf.count <= Self.shortLeaf {
      unsafe withUnsafeTemporaryAllocation(byteCount: Self.shortLeaf + 1, alignment: 8) { buffer in
        unsafe buffer[0] = 0
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[1...]).copyMemory(from: leaf)
        unsafe hasher.update(raw: UnsafeRawBufferPointer(rebasing: buffer[...leaf.count]))
      }
    } else {
      let prefix: UInt8 = 0
      unsafe withUnsafeBytes(of: prefix) { unsafe hasher.update(raw: $0) }
      unsafe hasher.update(raw: leaf)
    }
    append(hashed: hasher.finish())
  }

  /// Appends a leaf by its digest, SHA-256(0x00 ‖ bytes), for a leaf too long to be held in memory.
  public mutating func append(hashed leaf: SHA256Digest) {
    var subtree = leaf
    // As in a binary counter: each trailing one of the count is a subtree as large as the new one.
    var carry = count
    while carry & 1 == 1, let left = subtrees.popLast() {
      subtree = Self.node(left, subtree, &hasher)
      carry >>= 1
    }
    subtrees.append(subtree)
    count += 1
  }

  private static func node(
    _ left: SHA256Digest, _ right: SHA256Digest, _ hasher: inout SHA256Hasher
  ) -> SHA256Digest {
    let size = 2 * SHA256Digest.byteCount + 1
    unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { buffer in
      unsafe buffer[0] = 1
      unsafe left.store(to: buffer, at: 1)
      unsafe right.store(to: buffer, at: 1 + SHA256Digest.byteCount)
      unsafe hasher.update(raw: UnsafeRawBufferPointer(buffer))
    }
    return hasher.finish()
  }
}
