import AuditTrail
import Testing

@testable import MariaDBShadows
@testable import Replay

struct MySQLDumpTests {
  private func loaded(_ sql: String) -> (String, Set<String>) {
    var filter = MySQLDumpFilter()
    guard case .run(let bytes) = filter.treatment(of: Array(sql.utf8)) else { return ("", []) }
    return (String(decoding: bytes, as: UTF8.self), filter.changed)
  }

  @Test func `what MySQL 8 writes is turned and said`() {
    let (text, changed) = loaded(
      """
      CREATE TABLE `t` (`id` int NOT NULL, `j` json DEFAULT NULL, `g` varchar(9) COLLATE utf8mb4_0900_ai_ci
        GENERATED ALWAYS AS (`j` ->> '$.a') VIRTUAL, `h` int /*!80023 INVISIBLE */, PRIMARY KEY (`id`),
        KEY `f` ((lower(`g`))), CONSTRAINT `c` CHECK ((`id` > 3)) /*!80016 NOT ENFORCED */
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci STATS_AUTO_RECALC=1
      """)
    #expect(!text.contains("0900") && !text.contains("lower(") && !text.contains("CHECK") && !text.contains("RECALC"))
    #expect(text.contains("json_unquote(json_extract(`j`,'$.a'))") && text.contains("`h` int INVISIBLE"))
    #expect(changed.count == 6, "\(changed)")
  }

  @Test func `definers go, and strings stay as they are`() {
    let (text, _) = loaded("CREATE DEFINER=`root`@`%` PROCEDURE p() SELECT 'DEFINER=`a`@`b` utf8mb4_0900_ai_ci'")
    #expect(text == "CREATE  PROCEDURE p() SELECT 'DEFINER=`a`@`b` utf8mb4_0900_ai_ci'")
  }

  @Test(arguments: [
    "GRANT ALL ON *.* TO x", "CREATE USER x", "INSTALL SONAME 'x'", "INSERT INTO mysql.user VALUES (1)", "SELECT 1",
    "CREATE FUNCTION f RETURNS STRING SONAME 'x.so'", "CREATE SERVER s FOREIGN DATA WRAPPER mysql", "USE mysql",
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE t", "SET PASSWORD = 'x'", "CHANGE MASTER TO x", "DROP USER x",
  ])
  func `a dump may not reach out`(_ sql: String) {
    var filter = MySQLDumpFilter()
    guard case .refuse = filter.treatment(of: Array(sql.utf8)) else {
      Issue.record("\(sql) is not refused")
      return
    }
  }

  @Test func `counters are solved`() throws {
    var delta = TableCounters()
    (delta.inserts, delta.updates, delta.changed, delta.rows, delta.modified) = (3, 1, 2, 1, 2)
    let upsert = try solveCounters(delta, of: CountedTable(), in: CounterContext())
    #expect(upsert.inserted == 1 && upsert.updated == 1)
    #expect(throws: CounterDoubt.undecided) {
      try solveCounters(delta, of: CountedTable(), in: CounterContext(ignoresErrors: true))
    }
    // Rows that went otherwise than by a key.
    delta = TableCounters()
    (delta.rows, delta.modified) = (-4, 4)
    #expect(throws: CounterDoubt.disagreement) { try solveCounters(delta, of: CountedTable(), in: CounterContext()) }
    #expect(try solveCounters(delta, of: CountedTable(mayCascade: true), in: CounterContext()).deleted == 4)
  }
}
