import Regexes
import Testing

@Suite struct RegexesTests {
  @Test(
    arguments: [
      ("DROP", "x DROP TABLE t", 2..<6), ("drop", "x DROP TABLE t", nil), ("(?i)drop", "x DROP TABLE t", 2..<6),
      (#"\bdelete\s+from\b"#, "delete  from t", 0..<12), (#"\d{3}-\d{2}"#, "a 123-45", 2..<8), ("^b", "a\nb", nil),
      ("(?m)^b", "a\nb", 2..<3), ("a.c", "a\nc", nil), ("(?s)a.c", "a\nc", 0..<3), ("é+", "xéé", 1..<5),
      (".", "é", 0..<2), (#"\pL"#, "1é", 1..<3), ("a|ab", "ab", 0..<1), ("b$", "ab\n", nil), (#"b\z"#, "ab", 1..<2),
      ("(?P<n>x)", "x", 0..<1), ("", "abc", 0..<0), ("a*", "", 0..<0), (#"[[:alpha:]]+"#, "12ab", 2..<4),
      ("a(?:b|c)", "ac", 0..<2), (#"x\Q.*\E"#, "x.*", 0..<3),
    ] as [(String, String, Range<Int>?)])
  func `RE2 finds what Go's regexp finds`(pattern: String, text: String, expected: Range<Int>?) throws {
    let regex = try RE2Regex(pattern)
    #expect(regex.firstMatch(in: text) == expected, "\(pattern)")
    #expect(regex.matches(text) == (expected != nil), "\(pattern)")
  }

  @Test(arguments: ["(", "[a", "a**", "a{1001}", "(?=x)", #"\1"#, #"\p{Nope}"#, "(?<=a)b", "x{2,1}", #"\"#])
  func `RE2 refuses what Go's regexp refuses`(pattern: String) {
    #expect {
      try RE2Regex(pattern)
    } throws: { error in
      (error as? RegexError)?.code == .invalidPattern && (error as? RegexError)?.message.isEmpty == false
    }
  }

  @Test func `RE2 is linear where backtracking is exponential, and bounds what it compiles`() throws {
    let text = String(repeating: "a", count: 100_000) + "b"
    #expect(try !RE2Regex("(a+)+$").matches(text))
    #expect(try !RE2Regex("(a|aa)*c").matches(text))
    #expect(throws: RegexError.self) { try RE2Regex("((a{1,100}){1,100}){1,100}") }
    #expect(throws: RegexError.self) { try RE2Regex(String(repeating: "(", count: 100_000)) }
  }

  @Test func `matches are found one after the other`() throws {
    let text = Array("ab ab\nab".utf8)
    let re2 = try RE2Regex(#"\bab"#)
    let pcre = try PCRERegex(#"\bab"#)
    var (fromRE2, fromPCRE): ([Range<Int>], [Range<Int>]) = ([], [])
    var position = 0
    while let match = re2.firstMatch(in: text.span, from: position) {
      fromRE2.append(match)
      position = match.upperBound
    }
    position = 0
    while let match = try pcre.firstMatch(in: text.span, from: position) {
      fromPCRE.append(match)
      position = match.upperBound
    }
    #expect(fromRE2 == [0..<2, 3..<5, 6..<8])
    #expect(fromPCRE == fromRE2)
    #expect(re2.firstMatch(in: text.span, from: 9) == nil)
    #expect(re2.firstMatch(in: text.span, from: -1) == nil)
    #expect(try pcre.firstMatch(in: text.span, from: 9) == nil)
  }

  @Test(
    arguments: [
      ("drop", "x DROP", 2..<6), ("^b", "a\nb", 2..<3), ("a.c", "a\nc", 0..<3), (#"(?<=id=)\d+"#, "id=42", 3..<5),
      (#"(\w)\1"#, "abb", 1..<3), (#"\w+"#, "éa", 0..<3), (#"\b4\d{3}(?!\d)"#, "x 4111", 2..<6),
      ("(?P<n>x)", "x", 0..<1),
      ("É", "é", 0..<2), ("q", "abc", nil), ("", "", 0..<0),
    ] as [(String, String, Range<Int>?)])
  func `PCRE finds what Presidio's recognizers find`(pattern: String, text: String, expected: Range<Int>?) throws {
    let regex = try PCRERegex(pattern)
    #expect(try regex.firstMatch(in: text) == expected, "\(pattern)")
    #expect(try regex.matches(text) == (expected != nil), "\(pattern)")
  }

  @Test func `PCRE options can be left off`() throws {
    let plain = try PCRERegex("^b.c", options: [])
    #expect(try !plain.matches("B.c"))
    #expect(try !plain.matches("a\nb.c"))
    #expect(try !plain.matches("b\nc"))
    #expect(try plain.matches("b-c"))
  }

  @Test func `PCRE says where a pattern is wrong`() {
    #expect {
      try PCRERegex("ab(c")
    } throws: { error in
      (error as? RegexError)?.code == .invalidPattern && (error as? RegexError)?.offset == 4
    }
    #expect(throws: RegexError.self) { try PCRERegex(#"\C"#) }
    #expect(throws: RegexError.self) { try PCRERegex(String(repeating: "(", count: 10_000)) }
    #expect(throws: RegexError.self) { try PCRERegex(String(repeating: "a", count: 100_000)) }
  }

  @Test func `a runaway PCRE search is stopped, and shows nothing of the text`() throws {
    let text = String(repeating: "a", count: 64) + "secret"
    #expect {
      try PCRERegex("^(a+)+$").matches(text)
    } throws: { error in
      (error as? RegexError)?.code == .limitExceeded && !String(reflecting: error).contains("secret")
    }
  }

  @Test(arguments: [
    // Just below what one attempt may take, from each of many places; and one long loop from each.
    ("(x+x+)+y", String(repeating: "xxxxxxxxxxxx ", count: 200_000) + "y"),
    ("a*[bd]", String(repeating: "a", count: 1_000_000) + "c"),
    ("(?:a|b|ab)+$", String(repeating: "ab", count: 100_000) + "!"),
  ]) func `what a search does is bounded in the sum of its attempts`(pattern: String, text: String) throws {
    #expect {
      try PCRERegex(pattern).matches(text)
    } throws: { error in
      (error as? RegexError)?.code == .limitExceeded
    }
  }

  @Test func `a long text is searched as a short one is`() throws {
    let filler = String(repeating: "SELECT a, b FROM visits; ", count: 40_000)
    #expect(try PCRERegex(#"\bdrop\s+table\b"#).matches(filler + "DROP  TABLE t"))
    #expect(try !PCRERegex(#"\bdrop\s+table\b"#).matches(filler))
    #expect(try PCRERegex("[0-9]{4}-[0-9]{2}").firstMatch(in: filler + "2026-07") == 1_000_000..<1_000_007)
  }

  @Test func `bytes that are no UTF-8 are searched safely`() throws {
    let text: [UInt8] = [0xFF, 0x61, 0xC3, 0x62, 0x00, 0x63, 0xED, 0xA0, 0x80]
    for (pattern, expected) in [("a", 1..<2), ("b", 3..<4), (#"\x00c"#, 4..<6)] {
      #expect(try RE2Regex(pattern).firstMatch(in: text.span) == expected)
      #expect(try PCRERegex(pattern).firstMatch(in: text.span) == expected)
    }
    #expect(try !RE2Regex("zz").matches(text.span))
    #expect(try !PCRERegex("zz").matches(text.span))
  }

  @Test func `one pattern serves many threads`() async throws {
    let re2 = try RE2Regex(#"(\w+)@(\w+)\.com"#)
    let pcre = try PCRERegex(#"(\w+)@(\w+)\.com"#)
    let agreed = await withTaskGroup(of: Bool.self) { group in
      for index in 0..<200 {
        group.addTask {
          let text = String(repeating: "x ", count: index) + "joe@host.com"
          let expected = index * 2..<text.utf8.count
          return re2.firstMatch(in: text) == expected && (try? pcre.firstMatch(in: text)) == expected
        }
      }
      return await group.reduce(true) { $0 && $1 }
    }
    #expect(agreed)
  }
}
