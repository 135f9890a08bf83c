import AuditTrail
import Foundation
import Ledger
import MariaDB
import SQLAnalysis
import Testing

@testable import MariaDBShadows
@testable import Replay

@Suite(.serialized, .disabled(if: mariaDBIsAbsentOnPurpose, "ASSAY_TEST_WITHOUT_MARIADB says that there is no server"))
struct MariaDBReplayTests {
  static let clinic = """
    CREATE TABLE customers (id int PRIMARY KEY, email varchar(80) UNIQUE, name varchar(40));
    CREATE TABLE visits (id int PRIMARY KEY AUTO_INCREMENT, customer int, note varchar(40),
      FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE);
    CREATE TABLE bills (id int PRIMARY KEY, customer int,
      FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE SET NULL);
    CREATE TABLE audit (what varchar(40)) ENGINE=MyISAM;
    CREATE TABLE log (id int PRIMARY KEY AUTO_INCREMENT, what varchar(40));
    INSERT INTO customers VALUES (1, 'a@x', 'Ana'), (2, 'b@x', 'Bo'), (3, 'c@x', 'Cy'), (4, 'd@x', 'Di');
    INSERT INTO visits (customer, note) VALUES (1, 'n'), (1, 'n'), (2, 'n'), (3, 'n'), (4, 'n');
    INSERT INTO bills VALUES (1, 1), (2, 1), (3, 2), (4, 4);
    INSERT INTO audit VALUES ('x'), ('y');
    DELIMITER ;;
    CREATE TRIGGER gone AFTER DELETE ON bills FOR EACH ROW BEGIN INSERT INTO log (what) VALUES ('bill'); END ;;
    CREATE PROCEDURE tidy() BEGIN DELETE FROM bills WHERE id > 2; END ;;
    DELIMITER ;
    """
  private static let shared = Result { try MariaDBFixture(clinic) }

  private var clinic: MariaDBFixture { get throws { try Self.shared.get() } }

  @Test(arguments: [
    ("INSERT INTO log (what) VALUES ('a'), ('b')", "log", "2/0/0"),
    ("UPDATE visits SET note = 'm' WHERE customer = 1", "visits", "0/2/0"),
    ("UPDATE visits SET note = note", "visits", "0/0/0"),
    ("DELETE FROM visits", "visits", "0/0/5"),
    ("DELETE FROM customers WHERE id = 1", "customers", "0/0/1"),
    ("DELETE FROM customers WHERE id = 1", "visits", "0/0/2"),
    ("DELETE FROM customers WHERE id = 1", "bills", "0/2/0"),
    ("REPLACE INTO customers VALUES (9, 'i@x', 'Ida')", "customers", "1/0/0"),
    ("INSERT IGNORE INTO bills VALUES (1, 1), (9, 1)", "bills", "1/0/0"),
    (
      "INSERT INTO customers VALUES (1, 'z@x', 'Z'), (8, 'h@x', 'H') ON DUPLICATE KEY UPDATE name = 'Z'", "customers",
      "1/1/0"
    ),
    ("DELETE b FROM bills b JOIN customers c ON c.id = b.customer WHERE c.id = 1", "bills", "0/0/2"),
    ("DELETE FROM bills", "log", "4/0/0"),
    ("CALL tidy()", "bills", "0/0/2"),
    ("CALL tidy()", "log", "2/0/0"),
    ("DELETE FROM audit", "audit", "0/0/2"),
    ("TRUNCATE TABLE log", "log", "0/0/0"),
    ("TRUNCATE TABLE audit", "audit", "0/0/2"),
    ("DROP TABLE bills", "bills", "0/0/4"),
  ])
  func `rows are counted with what keys and triggers do`(_ sql: String, _ table: String, _ rows: String) throws {
    let effect = try clinic.effect(sql)
    #expect(effect.execution == .ran)
    #expect(effect.rows(table) == rows)
  }

  @Test func `what a rollback undoes is not kept, and what MyISAM holds is`() throws {
    let effects = try clinic.effects([
      Sent("BEGIN"), Sent("DELETE FROM visits"), Sent("DELETE FROM audit"), Sent("ROLLBACK"),
    ])
    #expect(effects[1].rows("visits") == "0/0/5" && !effects[1].kept)
    #expect(effects[2].rows("audit") == "0/0/2" && effects[2].kept)
  }

  @Test func `a definition commits what is open`() throws {
    let effects = try clinic.effects([
      Sent("START TRANSACTION"), Sent("DELETE FROM visits"), Sent("CREATE INDEX n ON bills (customer, id)"),
      Sent("ROLLBACK"),
    ])
    #expect(effects[1].kept && effects[1].rows("visits") == "0/0/5")
  }

  @Test func `a second BEGIN commits what is open`() throws {
    let effects = try clinic.effects([Sent("BEGIN"), Sent("DELETE FROM visits"), Sent("BEGIN"), Sent("ROLLBACK")])
    #expect(effects[1].kept)
  }

  @Test func `without autocommit a session's end undoes what it did`() throws {
    let effects = try clinic.effects([Sent("SET autocommit = 0"), Sent("DELETE FROM visits")])
    #expect(effects[1].rows("visits") == "0/0/5" && !effects[1].kept)
  }

  @Test func `savepoints are gone back to`() throws {
    let effects = try clinic.effects([
      Sent("BEGIN"), Sent("DELETE FROM visits WHERE id = 1"), Sent("SAVEPOINT s"), Sent("DELETE FROM visits"),
      Sent("ROLLBACK TO s"), Sent("COMMIT"),
    ])
    #expect(effects[1].kept && !effects[3].kept)
    #expect(effects[3].rows("visits") == "0/0/4")
  }

  @Test func `what was blocked is measured and undone, definitions too`() throws {
    let effects = try clinic.effects([
      Sent("DELETE FROM visits WHERE id = 1"), Sent("DROP TABLE visits", isBlocked: true),
      Sent("TRUNCATE TABLE audit", isBlocked: true), Sent("DELETE FROM visits"), Sent("DELETE FROM audit"),
    ])
    #expect(effects[1].rows("visits") == "0/0/4" && effects[1].dropped.map(\.name) == ["visits"])
    #expect(effects[2].truncated == ["audit"])
    #expect(effects[3].rows("visits") == "0/0/4")
    #expect(effects[4].rows("audit") == "0/0/2")
  }

  @Test func `parameters are bound`() throws {
    let effects = try clinic.effects([
      Sent(
        "DELETE FROM visits WHERE customer = ? LIMIT ?",
        [
          Parameter(type: "integer", value: "1"), Parameter(type: nil, value: "1"),
        ]),
      Sent("DELETE FROM visits WHERE customer = ?"),
    ])
    #expect(effects[0].tables["visits"]?.deleted == 1 || effects[0].execution == .notRun(.volatile))
    #expect(effects[1].execution == .notRun(.missingParams))
  }

  @Test(arguments: [
    ("SELECT * FROM customers INTO OUTFILE '/tmp/x'", "INTO OUTFILE"), ("SELECT load_file('/etc/passwd')", "LOAD_FILE"),
    ("LOAD DATA INFILE '/etc/passwd' INTO TABLE log", "LOAD DATA INFILE"),
    ("INSTALL SONAME 'ha_x'", "INSTALL PLUGIN"), ("SHUTDOWN", "SHUTDOWN"),
  ])
  func `ways out are refused`(_ sql: String, _ name: String) throws {
    #expect(try clinic.effect(sql).refused == [name])
  }

  @Test(arguments: [
    "GRANT ALL ON *.* TO x@localhost", "CREATE USER x@localhost", "SET PASSWORD = PASSWORD('x')",
    "SET GLOBAL read_only = 1",
    "SELECT * FROM mysql.global_priv", "CREATE DATABASE other", "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE log",
    "XA START 'a'", "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM visits",
    "ALTER TABLE visits DISCARD TABLESPACE",
  ])
  func `what is not measured is said`(_ sql: String) throws {
    let effect = try clinic.effect(sql)
    guard case .notRun(let reason) = effect.execution else {
      Issue.record("\(sql): \(effect.execution)")
      return
    }
    #expect([.privilege, .unsupported].contains(reason))
  }

  @Test(arguments: [
    "WITH d AS (SELECT 1) DELETE FROM visits WHERE id IN (SELECT * FROM d)",
    "SELECT JSON_PRETTY(REGEXP_LIKE('a', 'a'))",
    "SELECT 1 FROM visits FOR UPDATE OF visits",
    "INSERT INTO log (what) VALUES ('a') AS n ON DUPLICATE KEY UPDATE what = n.what",
  ])
  func `what MySQL 8 reads alone fails as another dialect`(_ sql: String) throws {
    guard case .failed(let code, nil) = try clinic.effect(sql).execution else {
      Issue.record("\(sql) ran")
      return
    }
    #expect(["42601", "0A000"].contains(code))
  }

  @Test func `columns and objects that go are named`() throws {
    let effects = try clinic.effects([
      Sent("ALTER TABLE customers DROP COLUMN name"), Sent("RENAME TABLE bills TO invoices"),
      Sent("DELETE FROM invoices"), Sent("CREATE TABLE mine AS SELECT * FROM visits"), Sent("DROP TABLE mine"),
      Sent("ALTER TABLE visits MODIFY note varchar(3)"), Sent("DROP PROCEDURE tidy"),
    ])
    #expect(effects[0].dropped.map(\.name) == ["customers.name"])
    #expect(effects[1].altered == ["rename table bills to invoices"])
    #expect(effects[2].rows("invoices") == "0/0/4")
    #expect(effects[3].tables["mine"]?.inserted == 5 && effects[3].rowsDestroyed == 0)
    #expect(effects[4].rowsDestroyed == 0)
    #expect(effects[5].execution == .notRun(.unsupported))
    #expect(effects[6].dropped.map(\.name) == ["tidy"])
  }

  @Test func `a part of a failed statement that stays is its effect`() throws {
    let failure = RecordedError(sqlstate: "42S02", message: "Unknown table")
    let effects = try clinic.effects([
      Sent("DROP TABLE log, nowhere", failure: failure), Sent("SELECT count(*) FROM bills"),
      Sent("INSERT INTO log (what) VALUES ('x')"),
    ])
    #expect(effects[0].leavesChanges && effects[0].dropped.map(\.name) == ["log"])
    guard case .failed("42S02", _) = effects[2].execution else {
      Issue.record("\(effects[2].execution)")
      return
    }
  }

  @Test func `a statement without an end has no verdict but its time`() throws {
    let slow = try MariaDBFixture(Self.clinic, seconds: 1)
    let effects = try slow.effects([
      Sent("DELETE FROM visits WHERE id = 1"), Sent("SELECT benchmark(10000000000, md5('a'))"),
      Sent("DELETE FROM visits"),
    ])
    #expect(effects[1].execution == .notRun(.timeout))
    #expect(effects[0].rows("visits") == "0/0/1" && effects[2].rows("visits") == "0/0/4")
  }

  @Test func `what may show a sensitive column is not graded`() throws {
    let guarded = try MariaDBFixture(Self.clinic, sensitive: ["customers.email"])
    let effects = try guarded.effects([
      Sent("SELECT name FROM customers"), Sent("SELECT count(*) FROM customers"), Sent("SELECT email FROM customers"),
      Sent("SELECT * FROM visits"), Sent("DELETE FROM visits WHERE id = 1"),
      Sent("INSERT INTO log (what) SELECT email FROM customers"), Sent("SELECT what FROM log"),
    ])
    #expect(
      effects.map(\.execution) == [
        .ran, .ran, .notRun(.unsupported), .ran, .ran, .ran, .notRun(.unsupported),
      ])
  }

  /// The wall behind the refusals: what a text does that nobody has looked at.
  @Test func `the account that replays reaches nothing but the shadow`() throws {
    let clone = try clinic.shadow.pool.freshCopy()
    defer { try? clinic.shadow.pool.retire(clone) }
    let session = try clone.login(as: MariaDBMeter.replayer, to: "app")
    for sql in [
      "SELECT 1 INTO OUTFILE '/tmp/x'", "LOAD DATA INFILE '/etc/passwd' INTO TABLE log",
      "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE log", "SELECT * FROM mysql.global_priv", "CREATE DATABASE other",
      "CREATE USER x@localhost", "GRANT ALL ON app.* TO x@localhost", "SET GLOBAL read_only = 1",
      "INSTALL SONAME 'ha_connect'",
      "CREATE FUNCTION f RETURNS STRING SONAME 'x.so'", "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'h')",
      "CREATE TABLE f (a int) ENGINE=FEDERATED CONNECTION='mysql://u@h/d/t'", "SHUTDOWN", "FLUSH TABLES",
      "CHANGE MASTER TO MASTER_HOST = 'h'",
      "SET sql_log_bin = 0", "KILL 1", "CREATE DEFINER=root@localhost PROCEDURE q() SELECT 1",
      "SELECT 1; DROP TABLE log",
      "USE assay_trial", "BACKUP STAGE START", "SET SESSION binlog_format = 'ROW'",
    ] {
      #expect(throws: MariaDBError.self, "\(sql)") { try session.execute(sql) }
    }
    #expect(try session.rows("SELECT load_file('/etc/passwd')") == [[nil]])
    try session.execute("CREATE TABLE away (a int) DATA DIRECTORY='/tmp'")
    #expect(try session.rows("SHOW VARIABLES LIKE 'skip_networking'").first?.last == "ON")
  }

  @Test func `a script held back as one is measured on what its commands leave`() throws {
    let replay = try clinic.effects([
      Sent("DELETE FROM bills WHERE id = 1; DROP TABLE log", isBlocked: true), Sent("DELETE FROM bills"),
    ])
    #expect(replay[0].rows("bills") == "0/0/1" && replay[0].dropped.map(\.name) == ["log"])
    #expect(replay[1].rows("bills") == "0/0/4")
  }

  @Test func `what MySQL answers otherwise is graded only where the counts agree`() throws {
    let effect = try clinic.effect("DELETE FROM visits WHERE json_extract(note, '$.a') = 'x' OR note REGEXP '^n'")
    #expect(effect.execution == .notRun(.volatile))
  }

  @Test func `what failed is met again by what is probed later`() throws {
    let effects = try clinic.effects([
      Sent("INSERT INTO customers VALUES (1, 'x', 'x')"), Sent("DELETE FROM visits WHERE id = 2"),
      Sent("DELETE FROM visits", isBlocked: true),
    ])
    #expect(effects[0].execution == .failed(code: "23000", missingObject: nil))
    #expect(effects[2].rows("visits") == "0/0/4")
  }

  @Test func `text of another engine is not taken for MySQL's`() throws {
    let entry = StatementEntry(
      id: 1, session: 1, sequence: 1, time: Timestamp(nanoseconds: 1), textID: 1, sql: "DELETE FROM visits",
      parameters: nil, decision: Decision(action: .allow), outcome: .ran, approval: nil, approved: false, result: nil,
      unit: nil, completeness: [])
    let clones = try clinic.shadow.clones(Measuring(sensitive: [], analyze: { analyze($0, as: $1) }))
    #expect(
      try clones.open().measure([entry], engine: "postgresql").first?.effect.execution == .notRun(.engineMismatch))
  }
}
