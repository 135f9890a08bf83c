import Digests
import Dispatch
import Synchronization

/// Sums of rows' digests by part, made on a thread of its own while the caller reads on.
///
/// Rows are handed over by the batch, for which order does not matter; a caller that is faster waits.
final class RowDigests: @unchecked Sendable {
  /// Rows that wait, one after the other, each with the part it belongs to.
  private struct Batch {
    var bytes: [UInt8] = []
    var rows: [(part: Int64, count: Int)] = []

    /// As many bytes make a batch.
    static let size = 1 << 18
  }

  private static let batchesInFlight = 4

  private let queue = DispatchQueue(label: "assay.rows")
  private let free = DispatchSemaphore(value: RowDigests.batchesInFlight)
  private let used = Mutex<[Batch]>([])
  /// Only the caller touches it.
  private var batch = Batch()
  // Only the queue's work touches these, one batch after the other.
  private var hasher = SHA256Hasher()
  private var sums: [Int64: SHA256Sum] = [:]

  /// Adds a copy of a row.
  func add(_ row: Span<UInt8>, to part: Int64) {
    ByteRun.append(row, to: &batch.bytes)
    batch.rows.append((part, row.count))
    if batch.bytes.count >= Batch.size { handOver() }
  }

  private func handOver() {
    free.wait()
    let full = batch
    batch = used.withLock { $0.popLast() } ?? Batch()
    queue.async { self.digest(full) }
  }

  private func digest(_ batch: consuming Batch) {
    // Neighbours mostly belong to one part: it is looked up once.
    var (part, sum) = (Int64(0), SHA256Sum())
    var start = 0
    for row in batch.rows {
      if row.part != part {
        sums[part, default: SHA256Sum()].add(sum)
        (part, sum) = (row.part, SHA256Sum())
      }
      sum.add(hasher.digest(of: batch.bytes.span.extracting(start..<start + row.count)))
      start += row.count
    }
    sums[part, default: SHA256Sum()].add(sum)
    batch.bytes.removeAll(keepingCapacity: true)
    batch.rows.removeAll(keepingCapacity: true)
    used.withLock { [batch] in $0.append(batch) }
    free.signal()
  }

  /// Waits for every row and gives the sums.
  func finish() -> [Int64: SHA256Sum] {
    if !batch.rows.isEmpty { handOver() }
    return queue.sync { sums }
  }
}
