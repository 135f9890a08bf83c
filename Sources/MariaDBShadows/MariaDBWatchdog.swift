import Dispatch
import MariaDB
import Synchronization

/// Ends a command that runs too long, whatever the session has set its own limit to: first the query, then the connection,
/// then the server.
///
/// Source: MariaDB 10.11, KILL: a killed `BENCHMARK()` ends without an error, so the watchdog's own word counts.
final class MariaDBWatchdog: Sendable {
  private struct State {
    /// Whose command runs, on which server, until when.
    var watched: (server: MariaDBServer, thread: UInt64)?
    var deadline: UInt64?
    var hasFired = false
    var attempts = 0
  }

  private let state = Mutex(State())
  private let nanoseconds: UInt64
  private let interval: Int

  /// A watchdog that allows each statement so many seconds.
  init(seconds: Double) {
    nanoseconds = UInt64(max(0.05, seconds) * 1_000_000_000)
    interval = max(10, Int(min(seconds, 4) * 100))
    waitForNext()
  }

  private func waitForNext() {
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(interval)) { [weak self] in
      self?.inspect()
      self?.waitForNext()
    }
  }

  /// Whose command runs from here on.
  func guardThread(_ thread: UInt64, of server: MariaDBServer) { state.withLock { $0.watched = (server, thread) } }

  /// A statement begins.
  func beginTime() {
    let deadline = DispatchTime.now().uptimeNanoseconds &+ nanoseconds
    state.withLock { ($0.deadline, $0.hasFired, $0.attempts) = (deadline, false, 0) }
  }

  /// It has ended; whether its time was up.
  func endTime() -> Bool {
    state.withLock { state in
      state.deadline = nil
      return state.hasFired
    }
  }

  /// Whether the statement's time is up.
  var hasFired: Bool { state.withLock { $0.hasFired } }

  private func inspect() {
    let target = state.withLock { state -> (MariaDBServer, UInt64, Int)? in
      guard let deadline = state.deadline, deadline <= DispatchTime.now().uptimeNanoseconds, let watched = state.watched
      else { return nil }
      state.hasFired = true
      state.attempts += 1
      return (watched.server, watched.thread, state.attempts)
    }
    guard let (server, thread, attempts) = target else { return }
    // What takes no kill loses its server.
    if attempts > 20 { return server.cutOff() }
    guard let administrator = try? server.login(as: MariaDBServer.administrator) else { return }
    _ = try? administrator.execute(attempts > 10 ? "KILL \(thread)" : "KILL QUERY \(thread)")
  }
}
