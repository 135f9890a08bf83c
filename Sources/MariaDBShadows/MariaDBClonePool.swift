import AuditTrail
import Dispatch
import Synchronization

/// Copies of one shadow, each on a server of its own, some of them started ahead; safe from any thread.
final class MariaDBClonePool: Sendable {
  private struct State {
    var ready: [MariaDBServer] = []
    /// How many are being made.
    var underWay = 0
    var isClosed = false
  }

  /// How many wait for a session.
  private static let ahead = 2

  private let base: MariaDBServer
  private let state = Mutex(State())
  private let making = DispatchGroup()
  private let queue = DispatchQueue(label: "assay.mariadb.clones")
  private let ending = DispatchQueue(label: "assay.mariadb.ends")

  /// A pool of copies of a server that is stopped.
  init(_ base: MariaDBServer) { self.base = base }

  /// A fresh copy; made at once where none waits.
  func freshCopy() throws(AssayError) -> MariaDBServer {
    let (clone, isClosed) = state.withLock { state in
      (state.ready.isEmpty ? nil : state.ready.removeFirst(), state.isClosed)
    }
    guard !isClosed else {
      throw AssayError(.internalFault, "A clone was asked for after the shadow was closed; please report this.")
    }
    refill()
    if let clone { return clone }
    return try MariaDBServer.duplicate(of: base)
  }

  private func refill() {
    let missing = state.withLock { state in
      let missing = state.isClosed ? 0 : max(0, Self.ahead - state.ready.count - state.underWay)
      state.underWay += missing
      return missing
    }
    for _ in 0..<missing {
      queue.async(group: making) { [self] in
        // Who takes one makes it himself where this fails, and is told why.
        let clone = state.withLock({ $0.isClosed }) ? nil : try? MariaDBServer.duplicate(of: base)
        let isLate = state.withLock { state in
          state.underWay -= 1
          guard let clone, !state.isClosed else { return true }
          state.ready.append(clone)
          return false
        }
        if isLate { clone?.tearDown() }
      }
    }
  }

  /// Ends a copy, in the background.
  func retire(_ clone: MariaDBServer) { ending.async(group: making) { clone.tearDown() } }

  /// Ends those that wait; again is a no-op.
  func shutDown() {
    let ready = state.withLock { state in
      state.isClosed = true
      defer { state.ready.removeAll() }
      return state.ready
    }
    for clone in ready { clone.tearDown() }
    making.wait()
  }
}
