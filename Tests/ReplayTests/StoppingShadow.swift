import AuditTrail
import Ledger
import Synchronization

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// A shadow whose clones fail after so many sessions, as if the process had been killed there.
final class StoppingShadow: Shadow {
  private let shadow: SQLiteShadow
  private let left: Mutex<Int>

  /// What names its content: the shadow's own, unless another is given.
  let contentDigest: String?

  convenience init(_ shadow: SQLiteShadow, after sessions: Int) {
    self.init(shadow, after: sessions, contentDigest: shadow.contentDigest)
  }

  init(_ shadow: SQLiteShadow, after sessions: Int, contentDigest: String?) {
    self.shadow = shadow
    self.contentDigest = contentDigest
    left = Mutex(sessions)
  }

  var engine: String { shadow.engine }
  var source: String { shadow.source }
  var imageSHA256: String { shadow.imageSHA256 }
  var imageBytes: Int { shadow.imageBytes }
  var containment: String { shadow.containment }
  var basis: Basis { shadow.basis }
  var asOf: Timestamp? { shadow.asOf }
  var server: String? { shadow.server }
  var digest: String { shadow.digest }

  func clones(_ measuring: Measuring) throws(AssayError) -> any CloneSource {
    Source(shadow: self, source: shadow.clones(measuring))
  }

  func classifyColumns() throws(AssayError) -> [ClassifiedColumn] { try shadow.classifyColumns() }

  private func spend() throws(AssayError) {
    let isOver = left.withLock { left in
      left -= 1
      return left < 0
    }
    if isOver { throw AssayError(.internalFault, "stopped") }
  }

  private struct Source: CloneSource {
    let shadow: StoppingShadow
    let source: any CloneSource

    func open() throws(AssayError) -> any SessionReplay {
      guard let replay = try source.open() as? any HistoryReplay else {
        throw AssayError(.internalFault, "no history")
      }
      return Replay(shadow: shadow, replay: replay)
    }
  }

  private final class Replay: HistoryReplay {
    private let shadow: StoppingShadow
    private let replay: any HistoryReplay

    init(shadow: StoppingShadow, replay: any HistoryReplay) {
      self.shadow = shadow
      self.replay = replay
    }

    func measure(_ statements: [StatementEntry], engine: String) throws(AssayError) -> [MeasuredStatement] {
      try shadow.spend()
      return try replay.measure(statements, engine: engine)
    }

    func measureNext(_ statements: [StatementEntry], engine: String) throws(AssayError) -> [MeasuredStatement] {
      try shadow.spend()
      return try replay.measureNext(statements, engine: engine)
    }

    func tables(of statement: StatementEntry, facts: Facts) throws(AssayError) -> TouchedTables? {
      try replay.tables(of: statement, facts: facts)
    }
  }
}
