import AuditTrail
import Foundation
import SQLAnalysis
import Testing

@Suite struct FactsTests {
  @Test(arguments: Case.files)
  func `are those that the case files list`(file: String) throws {
    let cases = try Case.read(file)
    #expect(!cases.isEmpty)
    for expected in cases {
      let facts = analyze(expected.sql)
      let parsed = expected.parsed ?? true
      #expect(facts.parsed == parsed, "\(expected.sql)")
      #expect(facts.overApproximate == (expected.over_approximate ?? false), "\(expected.sql)")
      #expect(
        facts.commands.map { lines($0) } == expected.commands.map { lines($0, parsed: parsed) }, "\(expected.sql)")
      #expect(facts.commandCount == facts.commands.filter { !$0.isNested }.count, "\(expected.sql)")
      if let shape = expected.shape { #expect(facts.normalized == shape, "\(expected.sql)") }
    }
  }

  @Test(arguments: ["always_true", "present"])
  func `fold constants in predicates`(state: String) throws {
    let predicates = try JSONDecoder().decode([String: [String]].self, from: Case.bytes("predicates"))
    for predicate in try #require(predicates[state]) {
      for sql in [
        "DELETE FROM t WHERE \(predicate)", "UPDATE t SET a = 1 WHERE \(predicate)",
        "SELECT a FROM t WHERE \(predicate)",
      ] {
        let facts = analyze(sql)
        #expect(facts.parsed, "\(sql)")
        #expect(facts.commands.map(\.predicate.rawValue) == [state], "\(sql)")
      }
    }
  }

  @Test func `are the same from an analyzer that has read other texts`() throws {
    var analyzer = Analyzer()
    let cases = try Case.all()
    for _ in 0..<2 {
      for text in cases { #expect(analyzer.analyze(text.sql) == analyze(text.sql), "\(text.sql)") }
    }
  }

  @Test func `hold outputs as a part of reads, sorted and each once`() throws {
    for text in try Case.all() {
      for command in analyze(text.sql).commands {
        #expect(Set(command.outputs).isSubset(of: command.reads), "\(text.sql)")
        for columns in [command.reads, command.outputs, command.writes] {
          #expect(columns == Array(Set(columns)).sorted(), "\(text.sql)")
        }
      }
    }
  }

  @Test func `name a shape by 16 digits, of a text that does not parse by x and 15`() throws {
    for text in try Case.all() {
      let facts = analyze(text.sql)
      let fingerprint = Array(facts.fingerprint.utf8)
      #expect(fingerprint.count == 16)
      #expect((fingerprint.first == UInt8(ascii: "x")) == !facts.parsed)
      #expect(fingerprint.dropFirst().allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 97 && $0 <= 102) })
    }
  }

  @Test func `give texts that differ in values alone one shape`() {
    let texts = [
      "SELECT a FROM t WHERE id = 1 AND b = 'x'", "SELECT a FROM t WHERE id = 22 AND b = 'y''z'",
      "SELECT a FROM t WHERE id=22 AND b = $q$ it's $q$",
    ]
    #expect(Set(texts.map { analyze($0).fingerprint }).count == 1)
    #expect(Set(texts.map { analyze($0).normalized }) == ["SELECT a FROM t WHERE id = $1 AND b = $2"])
    #expect(analyze("DELETE FROM `a` WHERE b = 1").fingerprint == analyze("DELETE  FROM `a` WHERE b = 'z'").fingerprint)
    // Where the grammar does not read the text, a name may be a value; what SQL itself says is not.
    #expect(analyze("DELETE FROM `a`").fingerprint == analyze("DELETE FROM `b`").fingerprint)
    #expect(analyze("DELETE FROM `a`").fingerprint != analyze("TRUNCATE `a`").fingerprint)
  }

  @Test func `number values behind the parameters of the text`() {
    #expect(analyze("SELECT $2, 'a', $1, 3").normalized == "SELECT $2, $3, $1, $4")
  }
}
