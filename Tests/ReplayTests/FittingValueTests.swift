import Replay
import Testing

@Suite struct FittingValueTests {
  private static func values(for old: String, as form: ValueForm) -> [String] {
    (0..<FittingValue.attempts).map { attempt in
      String(decoding: FittingValue.value(for: Array(old.utf8), as: form, attempt: attempt), as: UTF8.self)
    }
  }

  @Test(arguments: [
    (
      "{\"name\": \"Ana\", \"n\": 13, \"sure\": true, \"at\": [\"x\\\"y\", null]}", ValueForm.json, "\"name\": ", "true"
    ),
    ("<a href=\"b\">secret &amp; 9</a>", .xml, "<a href=\"b\">", "&amp;"),
    ("\\x00ff17", .bytes, "\\x", ""),
    ("1 day 02:03:04", .digits, " day ", ":"),
  ])
  func `what a type holds to its form stays`(old: String, form: ValueForm, head: String, inside: String) {
    let values = Self.values(for: old, as: form)
    for value in values {
      #expect(value.contains(head) && (inside.isEmpty || value.contains(inside)))
      #expect(value.utf8.count == old.utf8.count)
    }
    #expect(Set(values).subtracting([old]).count > 1)
  }

  @Test func `dates, times and addresses stay such`() throws {
    let times = #/1[0-9]{2}[0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]) ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]/#
    for value in Self.values(for: "1950-12-31 23:59:59", as: .digits) { #expect(value.wholeMatch(of: times) != nil) }
    for value in Self.values(for: "10.255.0.0/16", as: .address) {
      #expect(value.hasSuffix(".0.0/16"))
      #expect(value.split(separator: ".").prefix(2).allSatisfy { UInt8($0) != nil })
    }
  }

  @Test func `some attempts give no larger number, and some no smaller one`() throws {
    let values = Self.values(for: "32000", as: .digits).compactMap { Int($0) }
    #expect(values.count == FittingValue.attempts)
    #expect(values.contains { $0 < 32_000 && $0 >= 10_000 })
    #expect(values.enumerated().allSatisfy { $0.offset % 3 != 1 || $0.element <= 32_000 })
    #expect(values.enumerated().allSatisfy { $0.offset % 3 != 2 || $0.element >= 32_000 })
  }

  @Test(arguments: ["Иван", "東京", "Müller", "Ζωή"])
  func `a value in another script gets another of as many bytes`(name: String) throws {
    let new = try #require(fresh(Array(name.utf8), [Array(name.utf8)]))
    let text = try #require(String(validating: new, as: UTF8.self))
    #expect(text != name && text.utf8.count == name.utf8.count)
    #expect(text.unicodeScalars.count == name.unicodeScalars.count)
  }

  @Test func `bytes that are not text get others`() throws {
    let bytes: [UInt8] = [0, 1, 0xff, 0x80]
    let new = try #require(fresh(bytes, [bytes], isBinary: true))
    #expect(new != bytes && new.count == 4)
  }
}
