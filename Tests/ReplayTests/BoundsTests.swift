import AuditTrail
import Ledger
import Policies
import SQLite
import SQLAnalysis
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// A statement that runs into a bound has no verdict but `timeout`, and takes no other's away.
@Suite struct BoundsTests {
  private static let slow = """
    WITH RECURSIVE s(v) AS (VALUES (1) UNION ALL SELECT v + 1 FROM s WHERE v < 1000000)
    SELECT count(*) FROM s WHERE length(upper(hex(zeroblob(4000000 + v)))) > 0
    """

  private func measure(_ texts: [String], seconds: Double) throws -> [MeasuredStatement] {
    let shadow = try SQLiteShadow(
      script: "CREATE TABLE visits (id INTEGER PRIMARY KEY); INSERT INTO visits VALUES (1), (2), (3);", path: "v.sql")
    var measuring = Measuring(sensitive: [], analyze: { analyze($0, as: $1) })
    measuring.secondsPerStatement = seconds
    let statements = texts.enumerated().map { index, sql in
      StatementRecord(
        session: "s", sequence: Int64(index + 1), time: Timestamp(nanoseconds: 1_783_000_000_000_000_000),
        sql: sql, decision: Decision(action: .allow),
        result: RecordedResult(rows: nil, rowsKind: .unknown, durationMicroseconds: 900, error: nil))
    }
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load([RecordedSession(key: "s", statements: statements)], into: ledger)
    var reader = try SessionReader(path: folder.path + "/l.db")
    let session = try reader.session(1).statements
    return try shadow.clones(measuring).open().measure(session, engine: "sqlite")
  }

  @Test func `what follows a statement without an end is measured as if that had not been there`() throws {
    let measured = try measure(
      ["BEGIN", "DELETE FROM visits WHERE id = 1", Self.slow, "DELETE FROM visits", "COMMIT", "SELECT 1 FROM visits"],
      seconds: 0.3)
    #expect(measured[2].effect.execution == .notRun(.timeout))
    #expect(measured.map { $0.effect.tables["visits"]?.deleted ?? 0 } == [0, 1, 0, 2, 0, 0])
    #expect(measured.map(\.effect.kept) == [true, true, false, true, true, true])
  }

  @Test func `a session is waited for twice, and what is left of it has no verdict`() throws {
    let measured = try measure([Self.slow, "DELETE FROM visits WHERE id = 1", Self.slow, "SELECT 1"], seconds: 0.3)
    let timeouts = measured.map { $0.effect.execution == .notRun(.timeout) }
    #expect(timeouts == [true, false, true, true])
  }

  @Test(arguments: [
    "SELECT length(zeroblob(100000000))", "SELECT length(hex(zeroblob(15000000)))",
    "CREATE TABLE big AS WITH RECURSIVE s(v) AS (VALUES (1) UNION ALL SELECT v + 1 FROM s) SELECT zeroblob(10000000) FROM s",
  ])
  func `a value or a database beyond its bound is not a failure of the statement's`(sql: String) throws {
    #expect(try measure([sql], seconds: 30)[0].effect.execution == .notRun(.timeout))
  }

  @Test func `a database whose own code works without an end is refused`() throws {
    let folder = try Folder()
    let path = folder.path + "/shadow.db"
    do {
      let database = try SQLiteDatabase(path: path, access: .readWriteCreate)
      // A column that is added is not worked out yet.
      try database.execute(
        """
        CREATE TABLE assay_shadow (a); INSERT INTO assay_shadow VALUES (1);
        ALTER TABLE assay_shadow ADD COLUMN basis TEXT AS (instr(zeroblob(900000000), zeroblob(400000000) || x'01'));
        """)
    }
    let error = #expect(throws: AssayError.self) { try SQLiteShadow(reading: ShadowSource("sqlite:\(path)")) }
    #expect(error?.code == .invalidFile)
  }
}
