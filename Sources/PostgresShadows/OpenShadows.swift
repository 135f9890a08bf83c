import Replay
import Synchronization

/// What this process must remove from elsewhere before it ends: throw-away clusters, and clones on running servers.
package enum OpenShadows {
  private struct State {
    var next = 0
    var closing: [Int: @Sendable () -> Void] = [:]
  }

  private static let state = Mutex(State())

  /// Notes what is to be done at the end; gives the number by which it is forgotten.
  package static func add(_ close: @escaping @Sendable () -> Void) -> Int {
    state.withLock { state in
      state.next += 1
      state.closing[state.next] = close
      return state.next
    }
  }

  /// Forgets what was done already.
  package static func remove(_ number: Int) { _ = state.withLock { $0.closing.removeValue(forKey: number) } }

  /// Does all of it, the newest first.
  package static func closeAll() {
    while let (_, close) = state.withLock({ state in
      state.closing.keys.max().flatMap { key in state.closing.removeValue(forKey: key).map { (key, $0) } }
    }) {
      close()
    }
  }
}

/// Stops every throw-away cluster and drops every clone on a running server that this process made. To be called at the
/// end of a command and when a signal ends it; again is a no-op.
public func closeShadows() { OpenShadows.closeAll() }
