import AuditTrail
import Foundation
import Policies
import SeededRandom
import Testing

struct ErrorCase: Decodable, CustomTestStringConvertible {
  let name: String
  let policy: String
  let errors: [String]
  var testDescription: String { name }
}

struct PolicyErrorTests {
  static let file = Result { try cases("errors.yaml", as: [ErrorCase].self) }

  @Test func `there are twenty-five cases or more`() throws {
    #expect(try Self.file.get().count >= 25)
  }

  @Test(arguments: (try? file.get()) ?? [])
  func `errors name line, column and what was expected`(_ example: ErrorCase) {
    var printed: [String] = []
    do throws(PolicyErrors) {
      _ = try Policy(yaml: example.policy, path: "p")
    } catch {
      #expect(error.errors.allSatisfy { $0.code == .invalidFile })
      printed = error.description.split(separator: "\n").map { line in
        String(line.dropFirst(line.hasPrefix("p: ") ? 3 : 2))
      }
    }
    #expect(printed == example.errors)
  }

  @Test func `deep nesting is an error, not a crash`() {
    for opening in ["[", "{a: ", "- ", "? "] {
      let text = String(repeating: opening, count: 100_000)
      #expect(throws: PolicyErrors.self) { try Policy(yaml: text, path: "p") }
    }
  }

  @Test(arguments: [
    ("[" + String(repeating: "1,", count: 10_000) + "1]", 300),
    ("{" + String(repeating: "a,", count: 10_000) + "a}", 300),
    (String(repeating: "\n- 1", count: 10_000) + "\n", 300), (String(repeating: "\n- - - 1", count: 4_000) + "\n", 300),
  ]) func `what an alias stands for counts, and not that it is one`(_ node: String, _ count: Int) {
    let keys = (0..<count).map { "? [*a, \($0)]\n: 1\n" }.joined()
    #expect { try Policy(yaml: "a: &a \(node)\n\(keys)", path: "p") } throws: {
      "\($0)".contains("aliases stand for too many nodes")
    }
  }

  @Test func `regular expressions are bounded in sum, however briefly each is written`() throws {
    func policy(_ pattern: String, _ count: Int) throws -> Policy {
      let rules = (0..<count).map {
        "  - { id: r\($0), when: { statement: { text: { re2: '\(pattern)\($0)' } } }, then: block }\n"
      }
      return try Policy(yaml: "policy: p\nversion: \"1\"\nrules:\n" + rules.joined(), path: "p")
    }
    #expect { try policy(#"(?i)\p{L}{100}"#, 300) } throws: { error in
      "\(error)".components(separatedBy: "too large in sum").count == 2
    }
    #expect(try policy(#"(?i)\b(drop|truncate)\s+table\b.*"#, 1_000).rules.count == 1_000)
  }

  @Test func `an honest policy may name a block of rules again and again`() throws {
    let users = (0..<200).map { "\"u\($0)@example.org\"" }.joined(separator: ", ")
    let rules = (0..<1_000).map {
      "  - { id: r\($0), when: { identity: \($0 == 0 ? "&people { user: [\(users)] }" : "*people") }, then: block }\n"
    }
    let policy = try Policy(yaml: "policy: p\nversion: \"1\"\nrules:\n" + rules.joined(), path: "p")
    #expect(policy.rules.count == 1_000)
  }

  @Test func `random edits of a policy are read or refused, and never crash`() throws {
    let original = Array(
      try DecisionTests.file.get().policies["design"].map { "policy: p\nversion: 1\nrules:\n" + $0 }?.utf8 ?? "".utf8)
    var random = SplitMix64(seed: 11)
    for _ in 0..<300 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes.remove(at: index)
        case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
        default: bytes[index] = Array("*&[]{}:-?|>\"'#\n ".utf8).randomElement(using: &random) ?? 0
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(PolicyErrors) {
        _ = try Policy(yaml: text, path: "p")
      } catch {
        #expect(!error.errors.isEmpty)
      }
    }
  }
}
