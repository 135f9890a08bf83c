import AuditTrail
import Foundation
import Policies
import SeededRandom
import SQLAnalysis
import Testing

struct LintCase: Decodable, CustomTestStringConvertible {
  let name: String
  let rules: String
  let lints: [String]
  var testDescription: String { name }
}

struct LintTests {
  static let file = Result { try cases("lints.yaml", as: [LintCase].self) }

  private func lints(_ policy: Policy) -> [PolicyLint] { LoadedPolicy.rules(CompiledPolicy(policy)).lints }

  private func short(_ lint: PolicyLint) -> String {
    "\(lint.place.line ?? 0):\(lint.place.column ?? 0) \(lint.kind.rawValue) \(lint.rule ?? "-")"
  }

  @Test(arguments: (try? file.get()) ?? [])
  func `what is odd in a policy is named with its place, and nothing else is`(_ example: LintCase) throws {
    let found = lints(try policy(rules: example.rules))
    #expect(found.map(short) == example.lints)
    #expect(found.allSatisfy { $0.message.contains(";") }, "each says what to do")
  }

  @Test func `there are cases, and random rules are linted without a crash`() throws {
    let cases = try Self.file.get()
    #expect(cases.count >= 25)
    var random = SplitMix64(seed: 3)
    let parts = cases.flatMap { $0.rules.split(separator: "\n").filter { $0.hasPrefix("- {") } }.map(String.init)
    for _ in 0..<200 {
      let chosen = (0..<5).map { number in
        (parts.randomElement(using: &random) ?? "").replacing(/id: \w+/, with: "id: r\(number)")
      }
      let one = try policy(rules: chosen.joined(separator: "\n"))
      // Whatever is said to be shadowed or redundant can go without changing a decision that blocks.
      for lint in lints(one) where lint.kind == .redundantRule || lint.kind == .shadowedRule {
        var without = one
        without.rules.removeAll { $0.id == lint.rule }
        for kind in CommandKind.allCases {
          for state in PredicateState.allCases {
            var command = CommandFacts(kinds: [kind])
            command.predicate = state
            let request = Request(
              facts: PreparedFacts(facts([command])), text: "DROP TABLE t", identity: Identity(user: "a", kind: .agent),
              connection: Connection(name: "clinic", engine: "postgresql", environment: "production"))
            #expect(
              CompiledPolicy(without).decide(request).action == CompiledPolicy(one).decide(request).action,
              "\(lint.rule ?? "") in \(chosen)")
          }
        }
      }
    }
  }

  @Test func `names that no shadow has are told apart from those that one has`() throws {
    let policy = try policy(
      rules: """
        - { id: a, when: { statement: { reads: [customers.email, customers.mail, "*.ssn"] } }, then: { mask: [customers.email, people.ssn] } }
        - { id: b, when: { statement: { writes: [Payments, archive.visits.id, open_visits.note] } }, then: block }
        """)
    let columns = ["customers.email", "customers.ssn", "payments.amount", "visits.id", "open_visits.*"]
    let found = policy.lints(againstColumns: columns).map { lint in
      "\(lint.kind.rawValue) \(lint.message.prefix { $0 != ";" })"
    }
    #expect(
      found == [
        "unknown-table no shadow has a table `people`", "unknown-column no shadow has a column `customers.mail`",
      ])
  }

  @Test func `hoop's rules are told what their matching cannot see`() throws {
    func file(_ name: String) throws -> HoopFiles.File {
      let url = try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "cases"))
      return HoopFiles.File(path: name, bytes: Array(try Data(contentsOf: url)))
    }
    let hoop = try HoopPolicy(
      HoopFiles(
        guardrails: file("guardrails.json"), connections: file("connections.json"), attributes: file("attributes.json")),
      dialect: .re2)
    #expect(
      LoadedPolicy.hoop(hoop).lints.map { "\($0.place.entry ?? 0) \($0.kind.rawValue) \($0.rule ?? "")" } == [
        "1 hoop-anchored-pattern unsafe-write", "2 hoop-output-rule destructive-ddl",
        "3 hoop-case-sensitive-word deny-words", "4 hoop-refused-pattern look-ahead",
        "6 hoop-refused-pattern unknown-type", "7 hoop-case-sensitive-word bound-to-nothing",
        "7 hoop-unbound-rule bound-to-nothing",
      ])
  }

  /// What the lints believe of commands, held against the facts of many.
  @Test func `no command has what the lints say that it never has`() throws {
    let texts = try #require(
      Bundle.module.url(forResource: "vectors.yaml", withExtension: nil, subdirectory: "cases"))
    #expect(FileManager.default.fileExists(atPath: texts.path))
    for sql in try VectorTests.file.get().vectors.map(\.sql) + Self.combinations {
      for command in analyze(sql).commands {
        for (key, has) in [
          ("where: [missing, always_true, present]", command.predicate != .none),
          ("limit: [missing, present]", command.hasLimit != nil), ("objects: [table]", !command.objects.isEmpty),
          ("writes: [\"*\"]", !command.writes.isEmpty), ("reads: [\"*\"]", !command.reads.isEmpty),
          ("functions: [\"*\"]", !command.functions.isEmpty),
        ] where has {
          let kinds = command.kinds.map(\.rawValue).sorted().joined(separator: ", ")
          let rule = "- { id: a, when: { statement: { kind: [\(kinds)], \(key) } }, then: block }"
          let odd = lints(try policy(rules: rule)).filter { $0.kind == .contradiction }
          #expect(odd.isEmpty, "\(sql): \(key)")
        }
      }
    }
  }

  private static let combinations = [
    "EXPLAIN ANALYZE UPDATE t SET a = 1 WHERE b = 2", "PREPARE p AS SELECT a FROM t WHERE b = 1 LIMIT 2",
    "CREATE TABLE x AS SELECT a, lower(b) FROM t WHERE c = 1 LIMIT 5", "SELECT a INTO x FROM t WHERE b = 1",
    "COPY (SELECT a FROM t WHERE b = 1 LIMIT 2) TO STDOUT", "DECLARE c CURSOR FOR SELECT a FROM t WHERE b = 1",
    "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = 1 WHEN NOT MATCHED THEN INSERT VALUES (1)",
    "CREATE VIEW v AS SELECT a FROM t WHERE b = 1", "CALL p(f(1))", "SET search_path = a", "COPY t FROM '/tmp/x'",
    "INSERT INTO t SELECT a FROM u WHERE b = 1 LIMIT 3", "CREATE MATERIALIZED VIEW m AS SELECT a FROM t LIMIT 1",
    "CREATE INDEX i ON t (lower(a)) WHERE b = 1", "ALTER TABLE t ADD CHECK (f(a) > 1)",
    "CREATE POLICY p ON t USING (f(a))", "COMMENT ON TABLE t IS 'x'", "GRANT SELECT (a) ON t TO bob",
  ]

  @Test func `the samples' policies are odd in one way only`() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../samples/policies")
    for (name, expected) in [
      ("production-guardrails-2026.2.yaml", ["dead-kind drop-table"]),
      ("production-guardrails-2026.3.yaml", ["dead-kind drop-table"]),
    ] {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      let found = lints(try Policy(yaml: text, path: name))
      #expect(found.map { "\($0.kind.rawValue) \($0.rule ?? "")" } == expected, "\(name)")
    }
  }

  @Test func `the examples of the documentation are not odd`() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/policy-language.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let example = try #require(text.split(separator: "```yaml\n").dropFirst().first?.split(separator: "```").first)
    #expect(lints(try Policy(yaml: String(example), path: "p")) == [])
  }

  @Test func `every lint is documented, and nothing else is`() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/policy-lints.md")
    let rows = try String(contentsOf: page, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `") }
    let documented = rows.map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
    #expect(
      documented.map { "\($0[0]) \($0[1])" }
        == PolicyLint.Kind.allCases.map { "`\($0.rawValue)` \($0.severity)" })
    #expect(documented.allSatisfy { $0.count == 4 && !$0[2].isEmpty && !$0[3].isEmpty })
  }
}
