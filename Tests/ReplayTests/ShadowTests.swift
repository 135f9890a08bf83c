import AuditTrail
import Foundation
import GoldenCorpus
import Ledger
import SQLite
import SQLAnalysis
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

@Suite struct ShadowTests {
  @Test func `a database without the marker is refused for safety`() throws {
    let folder = try Folder()
    let path = folder.path + "/production.db"
    let database = try SQLiteDatabase(path: path, access: .readWriteCreate)
    try database.execute("CREATE TABLE t (id INTEGER)")
    let error = #expect(throws: AssayError.self) { try SQLiteShadow(reading: ShadowSource("sqlite:\(path)")) }
    #expect(error?.code == .notAShadow)
    #expect(error?.code.category == .refused)
  }

  @Test func `a marked database says what its rows are, and options say it better`() throws {
    let folder = try Folder()
    let path = folder.path + "/shadow.db"
    let database = try SQLiteDatabase(path: path, access: .readWriteCreate)
    try database.execute(
      """
      CREATE TABLE assay_shadow (basis TEXT, as_of TEXT, server TEXT, created TEXT);
      INSERT INTO assay_shadow VALUES ('masked_copy', '2026-07-01T00:00:00Z', 'db1', '2026-07-02T00:00:00Z');
      CREATE TABLE t (id INTEGER);
      """)
    let shadow = try SQLiteShadow(reading: ShadowSource("sqlite:\(path)"))
    #expect(shadow.basis == .maskedCopy)
    #expect(shadow.asOf == Timestamp("2026-07-01T00:00:00Z"))
    #expect(shadow.server == "db1")
    let other = try SQLiteShadow(reading: ShadowSource("sqlite:\(path)"), options: ShadowOptions(basis: .copy))
    #expect(other.basis == .copy)
    #expect(other.imageSHA256 == shadow.imageSHA256)
  }

  @Test func `a shadow's database is only read, whatever log is next to it`() throws {
    let files = FileManager.default
    let folder = try Folder()
    let living = folder.path + "/living.db"
    let database = try SQLiteDatabase(path: living, access: .readWriteCreate)
    try database.execute(
      """
      PRAGMA journal_mode = WAL; CREATE TABLE assay_shadow (basis TEXT, as_of TEXT, server TEXT, created TEXT);
      CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1), (2);
      """)
    func contents() throws -> [String: Data?] {
      Dictionary(
        uniqueKeysWithValues: try files.contentsOfDirectory(atPath: folder.path).map {
          ($0, files.contents(atPath: folder.path + "/" + $0))
        })
    }
    // As a killed process leaves it: rows in the log, no index of it.
    let path = folder.path + "/shadow.db"
    for ending in ["", "-wal"] { try files.copyItem(atPath: living + ending, toPath: path + ending) }
    try files.createSymbolicLink(atPath: folder.path + "/link.db", withDestinationPath: "shadow.db")
    let before = try contents()
    for name in ["shadow.db", "link.db"] {
      let shadow = try SQLiteShadow(reading: ShadowSource("sqlite:\(folder.path)/\(name)"))
      #expect(shadow.catalog.tables["t"]?.rows == 2)
    }
    #expect(try contents() == before)
    // An index that is another file as well would be written through.
    try files.removeItem(atPath: path + "-wal")
    try Data("a file of somebody's".utf8).write(to: URL(filePath: folder.path + "/file"))
    try files.linkItem(atPath: folder.path + "/file", toPath: path + "-shm")
    let linked = try contents()
    #expect(throws: AssayError.self) { try SQLiteShadow(reading: ShadowSource("sqlite:\(path)")) }
    #expect(try contents() == linked)
  }

  @Test(arguments: ["-wal", "-journal"])
  func `a log with holes, larger than its database can have, is refused and not copied`(ending: String) throws {
    let folder = try Folder()
    let path = folder.path + "/shadow.db"
    try SQLiteDatabase(path: path, access: .readWriteCreate).execute(
      "CREATE TABLE assay_shadow (basis TEXT, as_of TEXT, server TEXT, created TEXT)")
    #expect(FileManager.default.createFile(atPath: path + ending, contents: nil))
    let log = try FileHandle(forWritingTo: URL(filePath: path + ending))
    try log.truncate(atOffset: (1 << 30) + 1)
    try log.close()
    let error = #expect(throws: AssayError.self) { try SQLiteShadow(reading: ShadowSource("sqlite:\(path)")) }
    #expect(error?.code == .damagedContainer)
    #expect(error?.place?.path.hasSuffix("shadow.db\(ending)") == true)
  }

  @Test func `an endless recursion in a script is said to be too much`() throws {
    let script = """
      CREATE TABLE t (id INTEGER);
      INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0;
      """
    let error = #expect(throws: AssayError.self) { try SQLiteShadow(script: script, path: "s.sql") }
    #expect(error?.message.contains("more time or memory than it may") == true)
    #expect(error?.place?.line == 2)
  }

  @Test func `a script is a shadow by birth, its line is named when it is wrong`() throws {
    let shadow = try SQLiteShadow(script: "CREATE TABLE t (id INTEGER);", path: "s.sql")
    #expect(shadow.basis == .schemaOnly)
    let error = #expect(throws: AssayError.self) {
      try SQLiteShadow(script: "CREATE TABLE t (id INTEGER);\n\nCREATE TABEL u (id INTEGER);", path: "s.sql")
    }
    #expect(error?.place == Place("s.sql", line: 3))
    #expect(error?.code == .invalidFile)
  }

  @Test(arguments: [
    ("Visits", "visits"), ("main.visits_2", "main.visits_2"), ("_x$", "_x$"), ("4111111111111111.t", "(unnamed)"),
    ("t.4711", "(unnamed)"), ("it's", "(unnamed)"), ("", "(unnamed)"), ("a..b", "(unnamed)"),
    (String(repeating: "a", count: 129), "(unnamed)"),
  ])
  func `a name is told where it needs no quotes`(text: String, told: String) { #expect(toldName(text) == told) }

  @Test(arguments: [
    "CREATE TABLE t (id INTEGER PRIMARY KEY);\nINSERT INTO t VALUES (1), (1);\n\n\nCREATE TABLE u (id INTEGER);",
    "CREATE TABLE t (id INTEGER);\n  VACUUM INTO '/tmp/assay-must-not-exist.db';\n\nCREATE TABLE u (id INTEGER);",
  ])
  func `the line of a command that fails while it runs is its own`(script: String) throws {
    let error = #expect(throws: AssayError.self) { try SQLiteShadow(script: script, path: "s.sql") }
    #expect(error?.place == Place("s.sql", line: 2))
  }

  @Test func `the same script gives the same image`() throws {
    let script = "CREATE TABLE t (id INTEGER, at TEXT, r INTEGER); INSERT INTO t VALUES (1, datetime('now'), random());"
    let (one, two) = (try SQLiteShadow(script: script, path: "s.sql"), try SQLiteShadow(script: script, path: "s.sql"))
    #expect(one.imageSHA256 == two.imageSHA256)
  }

  @Test func `what is not there or is not a database is said so`() throws {
    let folder = try Folder()
    #expect(throws: AssayError.self) { _ = try ShadowSource("oracle:dump") }
    let missing = #expect(throws: AssayError.self) {
      try SQLiteShadow(reading: ShadowSource("sqlite:\(folder.path)/no.db"))
    }
    #expect(missing?.code == .missingInput)
  }

  @Test(arguments: [(false, 2, 0), (true, 2, 4)])
  func `pragmas that the script sets hold on each clone`(_ keys: Bool, _ parents: Int64, _ children: Int64) throws {
    let script = """
      PRAGMA foreign_keys = \(keys ? "ON" : "OFF");
      CREATE TABLE p (id INTEGER PRIMARY KEY);
      CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) ON DELETE CASCADE);
      INSERT INTO p VALUES (1), (2);
      INSERT INTO c VALUES (1, 1), (2, 1), (3, 2), (4, 2);
      """
    let shadow = try SQLiteShadow(script: script, path: "s.sql")
    let replay = try shadow.clones(Measuring(sensitive: [], analyze: { analyze($0, as: $1) })).open()
    for _ in 0..<2 {
      let line = GoldenStatement.plain("DELETE FROM p")
      let effect = try replay.measure([line], engine: "sqlite")[0].effect
      #expect(effect.tables["p"]?.deleted == parents)
      #expect(effect.tables["c"]?.deleted ?? 0 == children)
    }
  }

  @Test func `production's counts are read, and nonsense is named with its line`() throws {
    let rows = try ProductionRows(csv: "table,rows\npublic.visits,12\n\"Items\",0\n", path: "rows.csv")
    #expect(rows["visits"] == 12)
    #expect(rows["items"] == 0)
    #expect(rows["other"] == nil)
    let names = try ProductionRows(
      csv: "\"order items\",50\na.visits,1\nb.visits,2\nlab.samples,3\n\"a \"\"b\"\", c\",4\n", path: "rows.csv")
    #expect(names["order items"] == 50)
    #expect(names["a.visits"] == 1)
    #expect(names["B.visits"] == 2)
    #expect(names["visits"] == nil)
    #expect(names["samples"] == 3)
    #expect(names["a \"b\", c"] == 4)
    #expect(try ProductionRows(csv: "visits,5", path: "rows.csv")["public.visits"] == 5)
    let twice = #expect(throws: AssayError.self) { try ProductionRows(csv: "visits,1\nVisits,2", path: "rows.csv") }
    #expect(twice?.place?.line == 2)
    let error = #expect(throws: AssayError.self) { try ProductionRows(csv: "visits,many", path: "rows.csv") }
    #expect(error?.place?.line == 1)
  }

  @Test func `sensitive columns are found by their values`() throws {
    let file = try GoldenFile.read("leaks", on: .sqlite)
    let (shadow, _) = try file.makeShadow()
    #expect(try shadow.classifyColumns().map(\.column) == ["customers.email", "customers.ssn", "logins.email"])
  }

  @Test func `a perturbed world keeps keys, checks and lengths`() throws {
    let file = try GoldenFile.read("leaks", on: .sqlite)
    let (shadow, names) = try file.makeShadow()
    let sensitive = SQLiteSensitiveColumns(names, of: shadow, analyze: { analyze($0, as: $1) })
    for position in sensitive.list.indices {
      guard case .image(let image) = sensitive.perturbed(position, .sameShape) else {
        Issue.record("\(sensitive.list[position].name) could not be perturbed")
        continue
      }
      let database = try SQLiteDatabase.inMemory()
      try database.deserialize(image)
      var check = try database.prepare(
        "SELECT (SELECT count(*) FROM pragma_foreign_key_check), (SELECT integrity_check FROM pragma_integrity_check), "
          + "(SELECT count(*) FROM customers WHERE length(ssn) = 11 AND ssn LIKE '___-__-____'), "
          + "(SELECT count(DISTINCT email) FROM customers WHERE email LIKE '%@%.%')")
      #expect(try check.step())
      #expect(check.int64(0) == 0)
      #expect(check.text(1) == "ok")
      #expect(check.int64(2) == 20)
      #expect(check.int64(3) == 20)
      let here = try sensitive.valueIndex(position)
      var rows = try database.prepare("SELECT \(quoted(sensitive.list[position].column)) FROM customers")
      while try rows.step() { #expect(!here.occurs(in: rows.bytes(0))) }
    }
  }

  @Test func `a column whose check allows few values changes places`() throws {
    let shadow = try SQLiteShadow(
      script: """
        CREATE TABLE p (id INTEGER PRIMARY KEY, sex TEXT CHECK (sex IN ('M', 'F')));
        INSERT INTO p (sex) VALUES ('M'), ('F'), ('F');
        """, path: "s.sql")
    let sensitive = SQLiteSensitiveColumns(["p.sex"], of: shadow, analyze: { analyze($0, as: $1) })
    guard case .image(let image) = sensitive.perturbed(0, .shuffled) else {
      Issue.record("no second world")
      return
    }
    let database = try SQLiteDatabase.inMemory()
    try database.deserialize(image)
    var rows = try database.prepare("SELECT group_concat(sex, '') FROM (SELECT sex FROM p ORDER BY id)")
    #expect(try rows.step())
    #expect(rows.text(0) == "FMM")
  }
}

extension GoldenStatement {
  /// An allowed statement that ran.
  static func plain(_ sql: String) -> StatementEntry {
    StatementEntry(
      id: 1, session: 1, sequence: 1, time: Timestamp(nanoseconds: 1_783_000_000_000_000_000), textID: 1, sql: sql,
      parameters: nil, decision: Decision(action: .allow), outcome: .ran, approval: nil, approved: false, result: nil,
      unit: nil, completeness: [])
  }
}
