import AuditTrail
import Dispatch
import Synchronization

/// Carries batches from the thread that reads an archive to the one that loads them; holds a few, so memory stays flat.
final class BatchQueue: Sendable {
  /// What comes out.
  enum Item: Sendable {
    case batch(RecordBatch)
    case end(ArchiveSummary)
    case failure(AssayError)
  }

  private struct State {
    var items: [Item] = []
    var isCancelled = false
  }

  private let state = Mutex(State())
  private let filled = DispatchSemaphore(value: 0)
  private let free: DispatchSemaphore

  /// A queue of at most `capacity` batches.
  init(capacity: Int) { free = DispatchSemaphore(value: capacity) }

  /// Puts an item in; waits while the queue is full. `false` when the loader has given up.
  func put(_ item: consuming sending Item) -> Bool {
    free.wait()
    let moved = item
    let isWanted = state.withLock { state in
      if !state.isCancelled { state.items.append(moved) }
      return !state.isCancelled
    }
    // Whoever asks again after the end must not wait for a place that nobody will free.
    if isWanted { filled.signal() } else { free.signal() }
    return isWanted
  }

  /// Takes the next item; waits while there is none.
  func take() -> Item? {
    filled.wait()
    let item = state.withLock { $0.items.isEmpty ? nil : $0.items.removeFirst() }
    free.signal()
    return item
  }

  /// Says that no more is wanted; a waiting reader goes on and learns it.
  func cancel() {
    state.withLock { $0.isCancelled = true }
    free.signal()
  }
}
