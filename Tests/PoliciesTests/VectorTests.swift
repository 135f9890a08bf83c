import AuditTrail
import Foundation
import Policies
import SQLAnalysis
import Testing

struct VectorFile: Decodable {
  let policy: String
  let lines: [String: [String]]
  let vectors: [Vector]
}

struct Vector: Decodable, CustomTestStringConvertible {
  let line: String
  let sql: String
  let engine: String?
  let hoop: [String: String]
  let policy: String
  let why: String
  var testDescription: String { "\(line): \(sql)" }
}

struct VectorTests {
  static let file = Result { try cases("vectors.yaml", as: VectorFile.self) }

  private func guardrails() throws -> HoopPolicy {
    func file(_ name: String) throws -> HoopFiles.File {
      let url = try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "cases"))
      return HoopFiles.File(path: name, bytes: Array(try Data(contentsOf: url)))
    }
    return try HoopPolicy(
      HoopFiles(
        guardrails: file("guardrails.json"), connections: file("connections.json"), attributes: file("attributes.json")),
      dialect: .re2)
  }

  @Test(arguments: (try? file.get().vectors) ?? [])
  func `a known gap or false alarm is decided as the vector says, by hoop and by the policy`(_ vector: Vector) throws {
    let engine = vector.engine ?? "postgresql"
    let facts = analyze(vector.sql, as: SQLDialect(engine: engine))
    let policy = CompiledPolicy(try PoliciesTests.policy(rules: Self.file.get().policy))
    let decision = policy.decide(Request(facts: PreparedFacts(facts), text: vector.sql))
    #expect(decision.action.rawValue == vector.policy)
    #expect(!vector.hoop.isEmpty && !vector.why.isEmpty)
    let hoop = try guardrails()
    for (connection, expected) in vector.hoop.sorted(by: { $0.key < $1.key }) {
      let request = Request(facts: nil, text: vector.sql, connection: Connection(name: connection, engine: engine))
      #expect(hoop.decide(request).action.rawValue == expected, "\(connection)")
    }
  }

  @Test func `every line of both lists has its vector, and no vector stands for another`() throws {
    let file = try Self.file.get()
    let lines = Set(file.lines.values.joined())
    #expect(file.lines["hoop"]?.count == 26)
    #expect(file.lines["effects"]?.count == 34)
    #expect(lines == Set(file.vectors.map(\.line)))
  }

  @Test func `the policy closes the gaps that text shows, and stops less for nothing`() throws {
    let vectors = try Self.file.get().vectors
    let gaps = vectors.filter { !$0.hoop.values.contains("block") && $0.policy != "allow" }
    let alarms = vectors.filter { $0.hoop.values.contains("block") && $0.policy == "allow" }
    #expect(gaps.count >= 40)
    #expect(alarms.count >= 5)
  }
}
