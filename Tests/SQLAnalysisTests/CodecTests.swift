import AuditTrail
import SeededRandom
import SQLAnalysis
import Testing

@Suite struct CodecTests {
  @Test func `come back as they were`() throws {
    for text in try Case.all() {
      let facts = analyze(text.sql)
      #expect(try Facts(encoded: facts.encoded) == facts, "\(text.sql)")
      #expect(facts.encoded == facts.encoded)
    }
  }

  @Test func `come back whatever they hold`() throws {
    var random = SplitMix64(seed: 5)
    let words = ["", "a", "é🙂", String(repeating: "long", count: 100), "*", "s.t"]
    func word() -> String { words.randomElement(using: &random) ?? "" }
    func table() -> TableReference { TableReference(schema: Bool.random(using: &random) ? word() : nil, name: word()) }
    func columns() -> [ColumnReference] {
      (0..<Int.random(in: 0...3, using: &random)).map { _ in ColumnReference(table: table(), column: word()) }
    }
    for _ in 0..<300 {
      let commands = (0..<Int.random(in: 0...4, using: &random)).map { _ in
        var command = CommandFacts(kinds: Set(CommandKind.allCases.filter { _ in Bool.random(using: &random) }))
        command.predicate = PredicateState.allCases.randomElement(using: &random) ?? .none
        command.hasLimit = [nil, true, false].randomElement(using: &random) ?? nil
        command.reads = columns()
        command.outputs = columns()
        command.writes = columns()
        command.objects = [ObjectReference(type: word(), name: word())]
        command.functions = [word()]
        command.isNested = Bool.random(using: &random)
        return command
      }
      let facts = Facts(
        parsed: Bool.random(using: &random), fingerprint: word(), normalized: word(), commands: commands,
        commandCount: Int.random(in: 0...1_000_000, using: &random), overApproximate: Bool.random(using: &random))
      #expect(try Facts(encoded: facts.encoded) == facts)
    }
  }

  @Test func `that are damaged are refused, never misread into a crash`() {
    let bytes = analyze("WITH d AS (DELETE FROM s.t WHERE a = 1 RETURNING *) SELECT lower(b) FROM d LIMIT 1").encoded
    for count in 0..<bytes.count {
      #expect(throws: AssayError.self) { try Facts(encoded: Array(bytes[..<count])) }
    }
    #expect(throws: AssayError.self) { try Facts(encoded: bytes + [0]) }
    #expect(throws: AssayError.self) { try Facts(encoded: [2] + bytes.dropFirst()) }
    var random = SplitMix64(seed: 6)
    for _ in 0..<2_000 {
      var changed = bytes
      changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      if let facts = try? Facts(encoded: changed) { #expect(facts.commandCount >= 0) }
    }
  }
}
