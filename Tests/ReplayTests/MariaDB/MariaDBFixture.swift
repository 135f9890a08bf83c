import AuditTrail
import Foundation
import Ledger
import SQLAnalysis
import Testing
import ThrowAwayServers

@testable import MariaDBShadows
@testable import Replay

/// Set where the machine has no MariaDB on purpose.
let mariaDBIsAbsentOnPurpose = ProcessInfo.processInfo.environment["ASSAY_TEST_WITHOUT_MARIADB"] != nil

/// A shadow of MariaDB from a script, and what replays on it gave.
struct MariaDBFixture: Sendable {
  let shadow: MariaDBShadow
  private let measuring: Measuring

  /// Loads a script into a throw-away server.
  init(_ script: String, sensitive: [String] = [], seconds: Double = 30) throws {
    atexit { closeShadows() }
    let folder = FileManager.default.temporaryDirectory.appending(path: "maria-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "dump.sql")
    try Data(script.utf8).write(to: file)
    let source = try #require(MariaDBEngine().source("mariadb:\(file.path)"))
    shadow = try MariaDBShadow(reading: source)
    var measuring = Measuring(sensitive: sensitive, analyze: { analyze($0, as: $1) })
    measuring.secondsPerStatement = seconds
    self.measuring = measuring
  }

  /// The effects of a session of MySQL's, a statement each.
  func effects(_ statements: [Sent]) throws -> [Effect] {
    let entries = statements.enumerated().map { number, sent in
      StatementEntry(
        id: Int64(number), session: 1, sequence: Int64(number), time: Timestamp(nanoseconds: 1_780_000_000_000_000_000),
        textID: Int64(number), sql: sent.sql, parameters: sent.parameters,
        decision: Decision(action: sent.isBlocked ? .block : .allow), outcome: sent.isBlocked ? .notRun : .ran,
        approval: nil,
        approved: false,
        result: sent.failure.map {
          RecordedResult(rows: nil, rowsKind: .unknown, durationMicroseconds: nil, error: $0)
        }, unit: nil, completeness: [], dialect: .mySQL)
    }
    return try shadow.clones(measuring).open().measure(entries, engine: "mysql").map(\.effect)
  }

  /// The effect of one statement.
  func effect(_ sql: String) throws -> Effect { try #require(try effects([Sent(sql)]).first) }
}

/// A statement as it was sent.
struct Sent {
  let sql: String
  var parameters: [Parameter]?
  var isBlocked = false
  var failure: RecordedError?

  init(_ sql: String, _ parameters: [Parameter]? = nil, isBlocked: Bool = false, failure: RecordedError? = nil) {
    (self.sql, self.parameters, self.isBlocked, self.failure) = (sql, parameters, isBlocked, failure)
  }
}

extension Effect {
  /// Rows of a table as `inserted/updated/deleted`.
  func rows(_ table: String) -> String {
    let effect = tables[table] ?? TableEffect()
    return "\(effect.inserted)/\(effect.updated)/\(effect.deleted)"
  }
}
