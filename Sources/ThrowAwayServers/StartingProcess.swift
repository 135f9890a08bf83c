package import AuditTrail
import Synchronization

/// The program that works on a cluster while it is being made, so that a signal can end it first.
package final class StartingProcess: Sendable {
  private struct State {
    var process: ServerProcess?
    var isStopped = false
  }

  private let state = Mutex(State())

  /// Nothing works yet.
  package init() {}

  /// Starts a program, unless a signal has ended the making.
  package func start(_ process: ServerProcess) throws(AssayError) {
    let failure = state.withLock { state -> AssayError? in
      guard !state.isStopped else {
        return AssayError(.unavailable, "The throw-away cluster was stopped while it was being made.")
      }
      do throws(AssayError) {
        try process.start()
        state.process = process
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }

  /// Kills the program and lets no other begin.
  package func stop() {
    let process = state.withLock { state in
      state.isStopped = true
      return state.process
    }
    process?.end()
  }
}
