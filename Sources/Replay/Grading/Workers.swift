import AuditTrail
import Dispatch
import Ledger
import Synchronization

/// Measures and grades a schedule's sessions on several threads, the calling one among them.
///
/// Each thread takes the next group of sessions when it is free, reads them over a connection of its own, measures, grades
/// and encodes. The calling thread also stores, between two sessions of its own; while it is behind, the others wait, so
/// that memory stays flat.
final class Workers: Sendable {
  private struct State {
    var nextGroup = 0
    var results: [SessionResult] = []
    /// Threads besides the calling one that still measure.
    var running = 0
    var failure: AssayError?
  }

  /// How many results of one thread may wait to be stored.
  private static let waitingResults = 64

  private let grader: SessionGrader
  private let schedule: Schedule
  private let ledger: String
  private let state: Mutex<State>
  private let others: Int
  private let hasNews = DispatchSemaphore(value: 0)
  private let hasRoom = DispatchSemaphore(value: 0)
  private let threads = DispatchGroup()

  /// Workers over the ledger at the path; as many threads as the plan says.
  init(_ grader: SessionGrader, schedule: Schedule, ledger: String) throws(AssayError) {
    self.grader = grader
    self.schedule = schedule
    self.ledger = ledger
    others = max(0, min(grader.plan.workers, schedule.groups) - 1)
    state = Mutex(State(running: others))
  }

  /// Runs the whole schedule; `store` gets each session's result, in no particular order.
  func run(_ store: (SessionResult) throws(AssayError) -> Void) throws(AssayError) {
    for _ in 0..<(others * Self.waitingResults) { hasRoom.signal() }
    for _ in 0..<others {
      DispatchQueue.global().async(group: threads) { self.work() }
    }
    do {
      try measureAndStore(store)
      while let results = waitForResults() { for result in results { try store(result) } }
    } catch {
      stop(error)
    }
    threads.wait()
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  private func measureAndStore(_ store: (SessionResult) throws(AssayError) -> Void) throws(AssayError) {
    var thread = try grader.thread(reading: ledger)
    while let group = nextGroup() {
      try thread.begin(schedule.sessions(of: group))
      for (position, session) in schedule.sessions(of: group).enumerated() {
        try store(try thread.result(of: session, isFirst: position == 0))
        for result in takeResults() { try store(result) }
        if isStopped { return }
      }
    }
  }

  private func work() {
    do throws(AssayError) {
      var thread = try grader.thread(reading: ledger)
      while let group = nextGroup() {
        try thread.begin(schedule.sessions(of: group))
        for (position, session) in schedule.sessions(of: group).enumerated() {
          deliver(try thread.result(of: session, isFirst: position == 0))
          if isStopped { break }
        }
      }
    } catch {
      stop(error)
    }
    state.withLock { $0.running -= 1 }
    hasNews.signal()
  }

  private var isStopped: Bool { state.withLock { $0.failure != nil } }

  private func nextGroup() -> Int? {
    state.withLock { state in
      guard state.failure == nil, state.nextGroup < schedule.groups else { return nil }
      defer { state.nextGroup += 1 }
      return state.nextGroup
    }
  }

  private func deliver(_ result: SessionResult) {
    hasRoom.wait()
    state.withLock { $0.results.append(result) }
    hasNews.signal()
  }

  private func takeResults() -> [SessionResult] {
    let results = state.withLock { state in
      let results = state.results
      state.results.removeAll()
      return results
    }
    for _ in results { hasRoom.signal() }
    return results
  }

  /// What is there, once something is; `nil` when nothing more will come.
  private func waitForResults() -> [SessionResult]? {
    while true {
      let results = takeResults()
      if !results.isEmpty { return results }
      if state.withLock({ ($0.running == 0 && $0.results.isEmpty) || $0.failure != nil }) { return nil }
      hasNews.wait()
    }
  }

  /// Ends the run with the first failure; threads that wait for room go on and learn it.
  private func stop(_ error: AssayError) {
    state.withLock { $0.failure = $0.failure ?? error }
    for _ in 0..<others { hasRoom.signal() }
    hasNews.signal()
  }
}
