import Dispatch
import Foundation
import PostgresShadows
import Replay
import Synchronization
import SyntheticShadows
import ThrowAwayServers

/// Ends the process tidily on Ctrl-C, Ctrl-\, SIGTERM and every other signal that would end it and can be waited for: whatever it made on a server or beside one is removed first.
enum Interruption {
  private static let isUnderWay = Mutex(false)
  private static let sources = Mutex<[any DispatchSourceSignal]>([])

  /// Watches for signals from now on; again is a no-op. Commands that open no PostgreSQL shadow do not need it.
  static func watch() {
    sources.withLock { sources in
      guard sources.isEmpty else { return }
      // Whoever reads no further stops nothing: the command ends as always, and removes what it made.
      signal(SIGPIPE, SIG_IGN)
      for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGXCPU] {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue(label: "assay.signals"))
        source.setEventHandler {
          isUnderWay.withLock { $0 = true }
          endShadows()
          exit(128 + number)
        }
        source.resume()
        sources.append(source)
      }
    }
  }

  /// Where a signal is ending the process, waits for that end: what fails meanwhile fails because of it.
  static func yield() {
    if isUnderWay.withLock({ $0 }) { DispatchSemaphore(value: 0).wait() }
  }
}
