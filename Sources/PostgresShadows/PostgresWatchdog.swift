import Dispatch
package import Postgres
import Replay
import Synchronization

/// Cancels a command that runs too long, whatever the session has set its own timeout to. A command that no cancel reaches,
/// such as one call over long texts, loses its connection a little later: it ends with the server or by itself.
package final class PostgresWatchdog: Sendable {
  private struct State {
    var deadline: UInt64?
    var canceller: PostgresCanceller?
    var cutter: PostgresCutter?
    var hasCut = false
  }

  private let state = Mutex(State())
  /// Held while a cancel is on its way.
  private let cancelling = Mutex(())
  private let nanoseconds: UInt64
  /// Between the first cancel and the cut.
  private let patience: UInt64
  private let interval: Int

  /// A watchdog that allows each command so many seconds.
  package init(seconds: Double) {
    nanoseconds = UInt64(max(0.01, seconds) * 1_000_000_000)
    patience = UInt64(min(10, max(1, seconds)) * 1_000_000_000)
    interval = max(10, Int(min(seconds, 4) * 250))
    waitToLook()
  }

  private func waitToLook() {
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(interval)) { [weak self] in
      self?.look()
      self?.waitToLook()
    }
  }

  /// Whose commands are watched.
  package func watch(_ connection: borrowing PostgresConnection) throws(PostgresError) {
    let (canceller, cutter) = (try connection.canceller(), connection.cutter)
    state.withLock { ($0.canceller, $0.cutter) = (canceller, cutter) }
  }

  /// Whether the connection was cut: its command took no cancel.
  var hasCut: Bool { state.withLock { $0.hasCut } }

  /// A command, or what is sent together, begins.
  package func arm() {
    let deadline = DispatchTime.now().uptimeNanoseconds &+ nanoseconds
    state.withLock { $0.deadline = deadline }
  }

  /// It has ended; no cancel is under way any more, which the next command would get.
  package func disarm() {
    state.withLock { $0.deadline = nil }
    cancelling.withLock { _ in }
  }

  /// Cancels again until the command has ended: a cancel that arrives between two commands is lost.
  private func look() {
    cancelling.withLock { _ in
      let canceller = state.withLock { state -> PostgresCanceller? in
        let now = DispatchTime.now().uptimeNanoseconds
        guard let deadline = state.deadline, deadline <= now else { return nil }
        // While the lock is held the command has not been seen to end, so the socket is still its connection's.
        if now - deadline > patience, !state.hasCut {
          state.cutter?.cut()
          state.hasCut = true
        }
        return state.canceller
      }
      canceller?.cancel()
    }
  }
}
