import Dispatch
import Synchronization

/// A ``MerkleTree`` that is built on a thread of its own: the caller goes on while the last leaves are hashed.
///
/// Leaves are copied behind one another into pieces; at most ``piecesInFlight`` pieces wait, and a caller that is faster
/// waits. Their memory is used again.
public final class BackgroundMerkleTree: @unchecked Sendable {
  /// How many pieces may wait.
  public static let piecesInFlight = 16
  /// A piece goes to be hashed when it holds this many bytes.
  private static let pieceBytes = 1 << 17

  private struct Piece: Sendable {
    var bytes: [UInt8] = []
    var ends: [Int] = []

    mutating func empty() {
      bytes.removeAll(keepingCapacity: true)
      ends.removeAll(keepingCapacity: true)
    }
  }

  // Only the queue's work touches it, one piece after the other.
  private var tree = MerkleTree()
  private let queue = DispatchQueue(label: "assay.merkle")
  private let free = DispatchSemaphore(value: BackgroundMerkleTree.piecesInFlight)
  private let used = Mutex<[Piece]>([])
  // Only the caller touches it.
  private var piece = Piece()

  /// A tree without leaves.
  public init() {}

  /// Appends the leaf with a copy of these bytes.
  public func append(_ leaf: borrowing Span<UInt8>) {
    ByteRun.append(leaf, to: &piece.bytes)
    piece.ends.append(piece.bytes.count)
    if piece.bytes.count >= Self.pieceBytes { send() }
  }

  /// Appends a leaf by its digest, SHA-256(0x00 ‖ bytes), for a leaf too long to be held in memory.
  public func append(hashed leaf: SHA256Digest) {
    send()
    queue.async { self.tree.append(hashed: leaf) }
  }

  /// Waits for every leaf and gives the root over all so far; more may be appended afterwards.
  public func root() -> SHA256Digest {
    send()
    return queue.sync { tree.root() }
  }

  private func send() {
    guard !piece.ends.isEmpty else { return }
    free.wait()
    var full = used.withLock { $0.popLast() } ?? Piece()
    swap(&full, &piece)
    queue.async { [full] in self.hash(full) }
  }

  private func hash(_ full: consuming Piece) {
    var start = 0
    for end in full.ends {
      tree.append(full.bytes.span.extracting(start..<end))
      start = end
    }
    full.empty()
    used.withLock { [full] in $0.append(full) }
    free.signal()
  }
}
