import JSONReader
import Testing

@Suite struct JSONWriterTests {
  private func sample(indented: Bool) -> String {
    var json = JSONWriter(indented: indented)
    json.beginObject()
    json.key("b")
    json.integer(Int64.min)
    json.key("a")
    json.beginArray()
    json.string("x")
    json.double(0.1)
    json.double(.infinity)
    json.bool(true)
    json.null()
    json.beginObject()
    json.endObject()
    json.beginArray()
    json.endArray()
    json.endArray()
    json.key("u")
    json.unsigned(.max)
    json.key("s")
    json.strings(["p", "q"])
    json.endObject()
    return json.text
  }

  @Test func `compact text has no white space and keeps the order of keys`() {
    #expect(
      sample(indented: false)
        == #"{"b":-9223372036854775808,"a":["x",0.1,null,true,null,{},[]],"u":18446744073709551615,"s":["p","q"]}"#)
  }

  @Test func `indented text has one member or element a line`() {
    #expect(
      sample(indented: true) == """
        {
          "b": -9223372036854775808,
          "a": [
            "x",
            0.1,
            null,
            true,
            null,
            {},
            []
          ],
          "u": 18446744073709551615,
          "s": [
            "p",
            "q"
          ]
        }
        """)
  }

  @Test func `every scalar below U+0180 and beyond survives writing and reading`() throws {
    var parser = JSONParser()
    let scalars = (0..<0x180).compactMap(UnicodeScalar.init) + ["\u{2028}", "\u{FFFD}", "\u{10FFFF}"]
    for scalar in scalars {
      let text = "a\(Character(scalar))b"
      var json = JSONWriter()
      json.beginObject()
      json.key(text)
      json.string(text)
      json.endObject()
      let root = try parser.parse(json.bytes)
      let first = parser.firstMember(of: root)
      let member = try #require(first)
      #expect(Array(parser.key(member).utf8) == Array(text.utf8))
      #expect(parser.string(member.value).map { Array($0.utf8) } == Array(text.utf8))
    }
  }

  @Test(
    arguments: [
      0, -0.0, 1, 0.1, 1 / 3, 1e21, 1e-7, Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude, 123_456_789.125,
    ] as [Double]
  )
  func `a double reads back as itself`(value: Double) throws {
    var json = JSONWriter()
    json.double(value)
    var parser = JSONParser()
    let root = try parser.parse(json.bytes)
    #expect(parser.double(root)?.bitPattern == value.bitPattern)
  }

  @Test func `what is not seen is escaped, and verbatim it is not`() {
    let text = "a\u{202E}\u{9B}\u{7F}\u{E0041}é\u{2800}"
    var (shown, stored) = (JSONWriter(), JSONWriter(verbatim: true))
    shown.string(text)
    stored.string(text)
    #expect(shown.text == #""a\u202e\u009b\u007f\udb40\udc41é\u2800""#)
    #expect(stored.text == "\"\(text)\"")
  }

  @Test func `a missing string or integer is null`() {
    var json = JSONWriter()
    json.beginArray()
    json.string(String?.none)
    json.integer(Int64?.none)
    json.endArray()
    #expect(json.text == "[null,null]")
  }
}
