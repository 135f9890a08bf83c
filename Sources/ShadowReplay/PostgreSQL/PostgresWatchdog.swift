import Dispatch
import Postgres
import Synchronization

/// Cancels a command that runs too long, whatever the session has set its own timeout to.
final class PostgresWatchdog: Sendable {
  private struct State {
    var deadline: UInt64?
    var canceller: PostgresCanceller?
  }

  private let state = Mutex(State())
  private let nanoseconds: UInt64
  private let interval: Int

  /// A watchdog that allows each command so many seconds.
  init(seconds: Double) {
    nanoseconds = UInt64(max(0.01, seconds) * 1_000_000_000)
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
  func watch(_ canceller: PostgresCanceller) { state.withLock { $0.canceller = canceller } }

  /// A command, or what is sent together, begins.
  func arm() {
    let deadline = DispatchTime.now().uptimeNanoseconds &+ nanoseconds
    state.withLock { $0.deadline = deadline }
  }

  /// It has ended.
  func disarm() { state.withLock { $0.deadline = nil } }

  /// Cancels again until the command has ended: a cancel that arrives between two commands is lost.
  private func look() {
    let canceller = state.withLock { state -> PostgresCanceller? in
      guard let deadline = state.deadline, deadline <= DispatchTime.now().uptimeNanoseconds else { return nil }
      return state.canceller
    }
    canceller?.cancel()
  }
}
