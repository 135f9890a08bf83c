import Glibc
import Synchronization

/// What this process must remove from elsewhere before it ends: throw-away clusters, and clones on running servers.
package enum OpenShadows {
  private struct State {
    var next = 0
    var closing: [Int: @Sendable () -> Void] = [:]
    /// Whether a signal is ending the process.
    var isEnding = false
  }

  private static let state = Mutex(State())

  /// Notes what is to be done at the end; gives the number by which it is forgotten.
  package static func add(_ close: @escaping @Sendable () -> Void) -> Int {
    add { () throws(Never) in close }
  }

  /// Makes something and notes what is to be done with it at the end, so that no end comes between the two.
  package static func add<Failure: Error>(
    making make: () throws(Failure) -> @Sendable () -> Void
  ) throws(Failure) -> Int {
    let number = try state.withLock { (state) throws(Failure) -> Int? in
      if state.isEnding { return nil }
      state.next += 1
      state.closing[state.next] = try make()
      return state.next
    }
    if let number { return number }
    // The process ends at any moment.
    while true { sleep(1) }
  }

  /// Lets nothing more be added: who tries waits for the end of the process.
  package static func end() { state.withLock { $0.isEnding = true } }

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

/// The same where a signal ends the process: nothing more is made from now on.
public func endShadows() {
  OpenShadows.end()
  OpenShadows.closeAll()
}
