import MariaDB
import Replay

/// A trial of the server's counters on tables of our own: what they say is held against what was done.
enum CounterTrial {
  /// Whether they say what happens, cascades and refused rows included.
  static func passes(on server: borrowing MariaDB) throws(MariaDBError) -> Bool {
    let name = "assay_trial"
    try server.execute("CREATE DATABASE \(name)")
    for table in [
      "p (id int PRIMARY KEY, n int)",
      "c (id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES \(name).p (id) ON DELETE CASCADE)",
      "s (id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES \(name).p (id) ON DELETE SET NULL)",
    ] {
      try server.execute("CREATE TABLE \(name).\(table)")
    }
    for table in ["p", "c", "s"] { _ = try server.rows("SELECT 1 FROM \(name).\(table) LIMIT 1") }
    let catalog = try MariaDBCatalog(server, schemas: [name], main: name)
    var isRight = true
    for trial in trials {
      let before = try CounterReading(server, schemas: [name], stored: catalog.stored)
      try server.execute(trial.sql)
      let after = try CounterReading(server, schemas: [name], stored: catalog.stored)
      for table in ["p", "c", "s"] {
        let key = MariaDBCatalog.tableKey(name, table)
        let delta = (after.tables[key] ?? TableCounters()).since(before.tables[key] ?? TableCounters())
        let expected = trial.expected[table] ?? RowChange()
        do {
          var found = try solveCounters(delta, of: CountedTable(mayCascade: table != "p"), in: CounterContext())
          (found.indirect, found.cause) = (0, .unknown)
          if found != expected { isRight = false }
        } catch {
          isRight = false
        }
      }
    }
    try server.execute("DROP DATABASE \(name)")
    return isRight
  }

  private static let trials: [(sql: String, expected: [String: RowChange])] = [
    ("INSERT INTO assay_trial.p VALUES (1, 1), (2, 2), (3, 3), (4, 4)", ["p": RowChange(inserted: 4)]),
    ("INSERT INTO assay_trial.c VALUES (1, 1), (2, 1), (3, 2), (4, 3)", ["c": RowChange(inserted: 4)]),
    ("INSERT INTO assay_trial.s VALUES (1, 1), (2, 1), (3, 1)", ["s": RowChange(inserted: 3)]),
    ("UPDATE assay_trial.p SET n = n", [:]),
    ("UPDATE assay_trial.p SET n = n + 1 WHERE id > 2", ["p": RowChange(updated: 2)]),
    (
      "INSERT INTO assay_trial.p VALUES (4, 9), (5, 5) ON DUPLICATE KEY UPDATE n = 9",
      ["p": RowChange(inserted: 1, updated: 1)]
    ),
    (
      "DELETE FROM assay_trial.p WHERE id = 1",
      ["p": RowChange(deleted: 1), "c": RowChange(deleted: 2), "s": RowChange(updated: 3)]
    ),
    ("DELETE FROM assay_trial.c", ["c": RowChange(deleted: 2)]),
  ]
}
