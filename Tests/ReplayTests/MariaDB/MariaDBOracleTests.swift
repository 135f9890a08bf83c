import AuditTrail
import MariaDB
import SeededRandom
import Testing

@testable import MariaDBShadows
@testable import Replay

/// What the counters say, held against what is in the tables before and after each statement.
@Suite(.serialized, .disabled(if: mariaDBIsAbsentOnPurpose, "ASSAY_TEST_WITHOUT_MARIADB says that there is no server"))
struct MariaDBOracleTests {
  private static let schema = """
    CREATE TABLE a (id int PRIMARY KEY, n int, u int UNIQUE, up int, FOREIGN KEY (up) REFERENCES a (id) ON DELETE CASCADE);
    CREATE TABLE b (id int PRIMARY KEY, a int, n int, FOREIGN KEY (a) REFERENCES a (id) ON DELETE CASCADE);
    CREATE TABLE c (id int PRIMARY KEY, b int, n int, FOREIGN KEY (b) REFERENCES b (id) ON DELETE SET NULL);
    CREATE TABLE d (id int PRIMARY KEY AUTO_INCREMENT, n int, KEY (n));
    CREATE TABLE m (id int PRIMARY KEY, n int) ENGINE=MyISAM;
    CREATE TABLE p (id int PRIMARY KEY, n int) PARTITION BY HASH (id) PARTITIONS 3;
    INSERT INTO a SELECT seq, seq % 5, seq, NULL FROM seq_1_to_40;
    INSERT INTO a SELECT seq, seq % 5, seq, seq - 40 FROM seq_41_to_60;
    INSERT INTO b SELECT seq, 1 + seq % 60, seq % 7 FROM seq_1_to_120;
    INSERT INTO c SELECT seq, 1 + seq % 120, seq % 7 FROM seq_1_to_150;
    INSERT INTO m SELECT seq, seq % 7 FROM seq_1_to_50;
    INSERT INTO p SELECT seq, seq % 7 FROM seq_1_to_50;
    DELIMITER ;;
    CREATE TRIGGER tc AFTER UPDATE ON c FOR EACH ROW BEGIN INSERT INTO d (n) VALUES (NEW.n); END ;;
    CREATE TRIGGER tm AFTER DELETE ON m FOR EACH ROW BEGIN DELETE FROM b WHERE id = OLD.id; END ;;
    CREATE PROCEDURE work(k int) BEGIN UPDATE c SET n = n + 1 WHERE id = k; DELETE FROM b WHERE n = k; END ;;
    DELIMITER ;
    """
  private static let tables = ["a", "b", "c", "d", "m", "p"]

  private static func statement(_ random: inout SplitMix64) -> String {
    func pick(_ bound: Int) -> Int { Int.random(in: 1...bound, using: &random) }
    switch pick(20) {
    case 1: return "INSERT INTO a VALUES (\(100 + pick(900)), 1, \(100 + pick(900)), NULL)"
    case 2:
      return
        "INSERT IGNORE INTO a VALUES (\(pick(80)), 1, \(200 + pick(800)), NULL), (\(pick(80)), 1, \(pick(90)), NULL)"
    case 3:
      return
        "INSERT INTO b VALUES (\(pick(200)), \(pick(60)), 1), (\(pick(200)), \(pick(60)), 2) ON DUPLICATE KEY UPDATE n = 3"
    case 4: return "UPDATE a SET n = n + 1 WHERE id < \(pick(30))"
    case 5: return "UPDATE a SET n = n"
    case 6: return "UPDATE IGNORE a SET u = \(pick(70)) WHERE id = \(pick(60))"
    case 7: return "DELETE FROM a WHERE id = \(pick(60))"
    case 8: return "DELETE FROM b WHERE n = \(pick(7)) AND id < \(pick(60))"
    case 9: return "UPDATE c SET n = \(pick(7)) WHERE id < \(pick(20))"
    case 10: return "CALL work(\(pick(9)))"
    case 11: return "DELETE FROM m WHERE id = \(pick(50))"
    case 12: return "DELETE FROM m"
    case 13: return "UPDATE p SET id = id + 100 WHERE id = \(pick(50))"
    case 14: return "DELETE FROM p WHERE n = \(pick(7))"
    case 15: return "DELETE b FROM b JOIN a ON a.id = b.a WHERE a.n = \(pick(5))"
    case 16: return "UPDATE b JOIN a ON a.id = b.a SET b.n = 9, a.n = 8 WHERE a.id < \(pick(20))"
    case 17: return "DELETE a, b FROM a JOIN b ON a.id = b.a WHERE a.id = \(pick(60))"
    case 18: return "INSERT INTO m VALUES (\(100 + pick(50)), 1), (\(pick(60)), 1)"
    case 19: return "DELETE FROM c WHERE id IN (SELECT id FROM (SELECT id FROM c WHERE n = \(pick(7))) x)"
    default: return "INSERT INTO d (n) SELECT n FROM b WHERE n < \(pick(4))"
    }
  }

  @Test func `effects are what the contents show`() throws {
    let fixture = try MariaDBFixture(Self.schema)
    var random = SplitMix64(seed: 7)
    var (compared, undecided) = (0, [String]())
    for _ in 0..<20 {
      let texts = (0..<12).map { _ in Self.statement(&random) }
      let effects = try fixture.effects(texts.map { Sent($0) })
      let clone = try fixture.shadow.pool.freshCopy()
      defer { fixture.shadow.pool.retire(clone) }
      let session = try clone.login(as: MariaDBMeter.replayer, to: "app")
      try session.execute("SET sql_mode = 'STRICT_TRANS_TABLES'")
      for (text, effect) in zip(texts, effects) {
        let before = try contents(session)
        let hasFailed = (try? session.execute(text)) == nil
        let after = try contents(session)
        if case .notRun = effect.execution {
          undecided.append("\(text): \(effect.execution)")
          continue
        }
        compared += 1
        #expect((effect.execution != .ran) == hasFailed, "\(text)")
        for table in Self.tables {
          let expected = difference(before[table] ?? [:], after[table] ?? [:])
          #expect(shown(effect.tables[table], movesKeys: text.contains("SET id")) == expected, "\(text): \(table)")
        }
      }
    }
    #expect(compared > 200 && undecided.count < 20, "\(undecided)")
  }

  /// Rows by key, as one text each.
  private func contents(_ session: borrowing MariaDB) throws -> [String: [String: String]] {
    var found: [String: [String: String]] = [:]
    for table in Self.tables {
      for row in try session.rows("SELECT * FROM \(table)") {
        found[table, default: [:]][row[0] ?? ""] = row.map { $0 ?? "NULL" }.joined(separator: ",")
      }
    }
    return found
  }

  private func difference(_ before: [String: String], _ after: [String: String]) -> String {
    let gone = before.keys.count { after[$0] == nil }
    let come = after.keys.count { before[$0] == nil }
    let changed = before.count { key, row in after[key].map { $0 != row } ?? false }
    return "\(come)/\(changed)/\(gone)"
  }

  /// A row that gets another key is another one to the contents.
  private func shown(_ effect: TableEffect?, movesKeys: Bool) -> String {
    guard let effect else { return "0/0/0" }
    if movesKeys { return "\(effect.inserted + effect.updated)/0/\(effect.deleted + effect.updated)" }
    return "\(effect.inserted)/\(effect.updated)/\(effect.deleted)"
  }
}
