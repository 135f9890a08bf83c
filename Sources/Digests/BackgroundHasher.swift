import Dispatch
import Synchronization

/// SHA-256 of a stream on a thread of its own: the caller goes on while the last pieces are hashed.
///
/// Holds copies of at most ``piecesInFlight`` pieces; a caller that is faster waits. Their memory is used again.
public final class BackgroundHasher: @unchecked Sendable {
  /// How many pieces may wait.
  public static let piecesInFlight = 16

  // Only the queue's work touches it, one piece after the other.
  private var hasher = SHA256Hasher()
  private let queue = DispatchQueue(label: "assay.digest")
  private let free = DispatchSemaphore(value: BackgroundHasher.piecesInFlight)
  private let used = Mutex<[[UInt8]]>([])

  /// An empty hasher.
  public init() {}

  /// Adds a copy of `bytes` to what is hashed.
  public func update(_ bytes: borrowing Span<UInt8>) {
    free.wait()
    var piece = used.withLock { $0.popLast() } ?? []
    ByteRun.append(bytes, to: &piece)
    queue.async { [piece] in self.hash(piece) }
  }

  private func hash(_ piece: consuming [UInt8]) {
    hasher.update(piece.span)
    piece.removeAll(keepingCapacity: true)
    used.withLock { [piece] in $0.append(piece) }
    free.signal()
  }

  /// Waits for every piece and gives the digest of them all; the hasher is empty afterwards.
  public func finish() -> SHA256Digest { queue.sync { hasher.finish() } }
}
