import AuditTrail
import GoldenCorpus
import Ledger
import SQLAnalysis
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

@Suite struct PropertyTests {
  /// Statements that touch each other's rows, objects and settings.
  private static let pool = [
    "DELETE FROM items WHERE id <= 20", "DELETE FROM customers WHERE id <= 5",
    "UPDATE visits SET note = 'x' WHERE id < 9",
    "INSERT INTO visits (customer, note) VALUES (3, 'new')", "DROP TABLE codes",
    "CREATE TABLE extra AS SELECT * FROM visits",
    "REPLACE INTO codes VALUES ('c1', 'other')", "ALTER TABLE doctors ADD COLUMN room TEXT",
    "SELECT count(*) FROM visits",
    "DELETE FROM nowhere", "DELETE FORM items", "DROP VIEW open_orders", "DELETE FROM orders; DELETE FROM history",
    "CREATE TEMP TABLE scratch (id INTEGER)", "INSERT INTO scratch VALUES (1)", "VACUUM", "PRAGMA user_version = 7",
    "PRAGMA recursive_triggers = ON", "UPDATE rooms SET doctor = NULL", "TRUNCATE items",
    "INSERT INTO items VALUES (1, 1, 1)",
  ]
  private static let bounds = ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "ROLLBACK TO a", "RELEASE a"]

  private struct Draw {
    var state: UInt64
    mutating func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
  }

  private func entry(_ sql: String, _ action: Action, _ sequence: Int) -> StatementEntry {
    StatementEntry(
      id: Int64(sequence), session: 1, sequence: Int64(sequence),
      time: Timestamp(nanoseconds: 1_783_000_000_000_000_000),
      textID: Int64((Self.pool + Self.bounds).firstIndex(of: sql) ?? 1000 + sequence),
      sql: sql, parameters: nil, decision: Decision(action: action), outcome: action == .block ? .notRun : .ran,
      approval: nil, approved: false, result: nil, unit: nil, completeness: [])
  }

  private func session(_ seed: UInt64, blocks: Bool) -> [StatementEntry] {
    var draw = Draw(state: seed)
    var statements: [StatementEntry] = []
    for sequence in 1...25 {
      let kind = draw.next(10)
      let sql = kind < 3 ? Self.bounds[draw.next(Self.bounds.count)] : Self.pool[draw.next(Self.pool.count)]
      statements.append(entry(sql, kind >= 6 && blocks && Self.pool.contains(sql) ? .block : .allow, sequence))
    }
    return statements
  }

  @Test(arguments: ["postgresql", "sqlite"])
  func `what was blocked changes nothing for what was allowed`(_ engine: String) throws {
    let file = try GoldenFile.read("destruction", on: .sqlite)
    let (shadow, sensitive) = try file.makeShadow()
    let replay = try shadow.clones(Measuring(sensitive: sensitive, analyze: { analyze($0, as: $1) })).open()
    for seed in 1...60 {
      let whole = session(UInt64(seed), blocks: true)
      let allowed = whole.filter { $0.decision.action == .allow }
      let measured = try replay.measure(whole, engine: engine)
      let alone = try replay.measure(allowed, engine: engine)
      let kept = zip(whole, measured).filter { $0.0.decision.action == .allow }.map(\.1.effect)
      #expect(kept == alone.map(\.effect), "seed \(seed)")
      for (statement, measurement) in zip(whole, measured) where statement.decision.action == .block {
        #expect(!measurement.effect.kept)
      }
    }
  }

  @Test func `a session measures the same whatever ran before it on the connection`() throws {
    let file = try GoldenFile.read("destruction", on: .sqlite)
    let (shadow, sensitive) = try file.makeShadow()
    let shared = try shadow.clones(Measuring(sensitive: sensitive, analyze: { analyze($0, as: $1) })).open()
    for seed in 1...40 {
      let statements = session(UInt64(seed), blocks: seed % 2 == 0)
      let fresh = try shadow.clones(Measuring(sensitive: sensitive, analyze: { analyze($0, as: $1) })).open()
      let effects = try shared.measure(statements, engine: "postgresql").map(\.effect)
      #expect(try fresh.measure(statements, engine: "postgresql").map(\.effect) == effects, "seed \(seed)")
    }
  }

  @Test func `rows before a statement are those of the baseline and what was kept since`() throws {
    let file = try GoldenFile.read("destruction", on: .sqlite)
    let (shadow, sensitive) = try file.makeShadow()
    let replay = try shadow.clones(Measuring(sensitive: sensitive, analyze: { analyze($0, as: $1) })).open()
    for seed in 100...140 {
      let statements = session(UInt64(seed), blocks: true) + [entry("DELETE FROM visits", .allow, 99)]
      let effect = try #require(try replay.measure(statements, engine: "sqlite").last?.effect)
      guard case .ran = effect.execution, let visits = effect.tables["visits"] else { continue }
      #expect(visits.before == visits.deleted, "seed \(seed)")
    }
  }

  @Test func `random parameters and garbage never stop a replay`() throws {
    let file = try GoldenFile.read("parameters", on: .sqlite)
    let (shadow, sensitive) = try file.makeShadow()
    let replay = try shadow.clones(Measuring(sensitive: sensitive, analyze: { analyze($0, as: $1) })).open()
    var draw = Draw(state: 5)
    let pieces = [
      "DELETE", " FROM ", "people", " WHERE ", "id", " = ", "$1", "'", "\"", ";", "(", ")", "\u{0}", "é", "--", "/*",
      "BEGIN", "1",
    ]
    var statements: [StatementEntry] = []
    for sequence in 1...400 {
      let sql = (0..<draw.next(12)).map { _ in pieces[draw.next(pieces.count)] }.joined()
      statements.append(entry(sql, sequence % 3 == 0 ? .block : .allow, sequence))
    }
    #expect(try replay.measure(statements, engine: "postgresql").count == statements.count)
  }
}
