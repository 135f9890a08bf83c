import SQLAnalysis
import Testing

@Suite struct SplittingTests {
  @Test(
    arguments: [
      ("", []), (" ; ;\n", []), ("SELECT 1", ["SELECT 1"]), ("SELECT 1;", ["SELECT 1"]),
      ("SELECT 1 ; SELECT 2", ["SELECT 1", "SELECT 2"]),
      ("SELECT ';' ; SELECT $$;$$ ; SELECT \";\"", ["SELECT ';'", "SELECT $$;$$", "SELECT \";\""]),
      ("/* ; */ SELECT 1 -- ;\n; SELECT 2 /* tail */", ["SELECT 1", "SELECT 2"]),
      (
        "CREATE RULE r AS ON DELETE TO t DO (SELECT 1; SELECT 2); SELECT 3",
        ["CREATE RULE r AS ON DELETE TO t DO (SELECT 1; SELECT 2)", "SELECT 3"]
      ),
      (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3",
        [
          "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
          "SELECT 3",
        ]
      ),
      (
        "CREATE TRIGGER a AFTER INSERT ON t BEGIN DELETE FROM u; UPDATE v SET a = 1; END; SELECT 1",
        ["CREATE TRIGGER a AFTER INSERT ON t BEGIN DELETE FROM u; UPDATE v SET a = 1; END", "SELECT 1"]
      ),
      (
        "CREATE PROCEDURE p() BEGIN IF a THEN DELETE FROM t; END IF; CASE b WHEN 1 THEN SELECT 1; END CASE; END; SELECT 2",
        [
          "CREATE PROCEDURE p() BEGIN IF a THEN DELETE FROM t; END IF; CASE b WHEN 1 THEN SELECT 1; END CASE; END",
          "SELECT 2",
        ]
      ),
      ("BEGIN; DELETE FROM t; END", ["BEGIN", "DELETE FROM t", "END"]),
      ("SELECT 'open; DROP TABLE t", ["SELECT 'open; DROP TABLE t"]),
      ("SELECT 1) ; DROP TABLE t", ["SELECT 1)", "DROP TABLE t"]),
    ] as [(String, [String])])
  func `cuts at semicolons that end a command`(sql: String, units: [String]) {
    #expect(unitTexts(sql) == units)
  }

  @Test func `gives bytes, not characters`() {
    #expect(split("SELECT 'é'; SELECT 2") == [0..<11, 13..<21])
  }
}
