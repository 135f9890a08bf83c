import JSONReader
import Testing

@Suite struct JSONReaderTests {
  private func failure(_ bytes: [UInt8], maximumBytes: Int = 16 << 20) -> JSONError? {
    var parser = JSONParser(maximumBytes: maximumBytes)
    do throws(JSONError) {
      try parser.parse(bytes)
      return nil
    } catch {
      return error
    }
  }

  private func member(
    _ name: StaticString, of object: JSONValue, in parser: borrowing JSONParser
  ) throws -> JSONValue {
    let value = parser.value(of: object, name)
    return try #require(value)
  }

  private func rewritten(_ text: String) throws -> String {
    var parser = JSONParser()
    let root = try parser.parse(text)
    var bytes: [UInt8] = []
    parser.appendJSON(root, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `every kind of value is read in place`() throws {
    var parser = JSONParser()
    let root = try parser.parse(
      #"{"session":"s-1","n":-3,"big":18446744073709551615,"d":1.5,"t":true,"f":false,"z":null,"a":[1,[2],{}],"o":{"k":"v"}}"#
    )
    #expect(parser.kind(root) == .object)
    #expect(parser.count(root) == 9)
    let session = try member("session", of: root, in: parser)
    #expect(parser.string(session) == "s-1")
    #expect(parser.int(session) == nil)
    let negative = try member("n", of: root, in: parser)
    #expect(parser.int(negative) == -3)
    #expect(parser.uint(negative) == nil)
    #expect(parser.double(negative) == -3)
    let big = try member("big", of: root, in: parser)
    #expect(parser.int(big) == nil)
    #expect(parser.uint(big) == UInt64.max)
    let decimal = try member("d", of: root, in: parser)
    #expect(parser.double(decimal) == 1.5)
    let yes = try member("t", of: root, in: parser)
    #expect(parser.bool(yes) == true)
    let no = try member("f", of: root, in: parser)
    #expect(parser.bool(no) == false)
    let nothing = try member("z", of: root, in: parser)
    #expect(parser.isNull(nothing) == true)
    let elements = parser.elements(of: try member("a", of: root, in: parser))
    #expect(elements.map { parser.kind($0) } == [.integer, .array, .object])
    #expect(parser.value(of: root, "absent") == nil)
    #expect(parser.value(of: session, "k") == nil)
  }

  @Test func `members come in document order and subtrees are stepped over`() throws {
    var parser = JSONParser()
    let root = try parser.parse(#"{"b":{"x":[1,2,{"y":1.5}]},"a":1,"":2}"#)
    var keys: [String] = []
    parser.forEachMember(of: root) { keys.append(parser.key($0)) }
    #expect(keys == ["b", "a", ""])
    let member = parser.firstMember(of: root)
    let first = try #require(member)
    #expect(parser.key(first, is: "b") == true)
    #expect(parser.key(first, is: "bb") == false)
    #expect(parser.withKey(first) { $0.count } == 1)
  }

  @Test func `strings are unescaped and lent without a copy`() throws {
    var parser = JSONParser()
    let root = try parser.parse(#"["a\"\\\/\b\f\n\r\t\u0000\u00e9\ud83d\ude00é", 1]"#)
    let elements = parser.elements(of: root)
    let expected = "a\"\\/\u{8}\u{C}\n\r\t\0é😀é"
    #expect(parser.string(elements[0]) == expected)
    #expect(parser.withUTF8(elements[0]) { $0.count } == expected.utf8.count)
    #expect(parser.withUTF8(elements[1]) { $0.count } == nil)
    var arena = Array("x".utf8)
    let appended = elements.map { parser.appendUTF8($0, to: &arena) }
    #expect(appended == [true, false])
    #expect(arena == Array(("x" + expected).utf8))
  }

  @Test(
    arguments: [
      ("", JSONError.Code.empty, nil), (" \n ", .empty, nil), ("{", .syntax, 1), ("[1,]", .syntax, 3),
      (#"{"a":1,}"#, .syntax, 7), (#"{"a" 1}"#, .syntax, 5), ("[1 2]", .syntax, 3), ("1 2", .syntax, 2),
      ("[tru]", .syntax, 4), ("[01]", .syntax, 3), ("[1.]", .syntax, 3), ("[-]", .syntax, 2), ("[1e]", .syntax, 3),
      (#"["a"#, .syntax, 3), ("[\"a\nb\"]", .syntax, 3), (#"["\x"]"#, .syntax, 2), (#"["\ud800"]"#, .syntax, 2),
      (#"["\udc00"]"#, .syntax, 2), ("{]", .syntax, 1), ("[}", .syntax, 1), ("NaN", .syntax, 0), ("'a'", .syntax, 0),
      ("[1, 18446744073709551616]", .numberOutOfRange, 4), ("[-9223372036854775809]", .numberOutOfRange, 1),
      ("[1e400]", .numberOutOfRange, 1), ("\u{FEFF}{}", .syntax, 0),
    ] as [(String, JSONError.Code, Int?)])
  func `a text that is not a document is refused with its reason and place`(
    text: String, code: JSONError.Code, offset: Int?
  ) throws {
    let error = try #require(failure(Array(text.utf8)))
    #expect(error.code == code, "\(text)")
    #expect(error.offset == offset, "\(text)")
  }

  @Test(
    arguments: [
      ([0x22, 0xFF, 0x22], 1), ([0x22, 0xC3, 0x22], 1), ([0x22, 0x61, 0xED, 0xA0, 0x80, 0x22], 2),
      ([0x22, 0xC0, 0x80, 0x22], 1), ([0x5B, 0x80, 0x5D], 1),
    ] as [([UInt8], Int)])
  func `bytes that are not UTF-8 are refused at their place`(bytes: [UInt8], offset: Int) throws {
    #expect(failure(bytes) == JSONError(.invalidUTF8, offset: offset))
  }

  @Test func `nesting is read up to the limit and refused beyond it`() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: UInt8(ascii: "]"), count: depth)
    }
    #expect(failure(nested(1_024)) == nil)
    #expect(failure(nested(1_025)) == JSONError(.tooDeep, offset: 1_023))
    #expect(failure(nested(100_000))?.code == .tooDeep)
    #expect(failure(Array(repeating: UInt8(ascii: "["), count: 100_000))?.code == .tooDeep)
    let objects = String(repeating: #"{"a":"#, count: 100_000)
    #expect(failure(Array(objects.utf8))?.code == .tooDeep)
    var bytes: [UInt8] = []
    var parser = JSONParser()
    let root = try parser.parse(nested(1_024))
    parser.appendJSON(root, to: &bytes)
    #expect(bytes == nested(1_024))
  }

  @Test func `a document over the limit is refused unread`() {
    #expect(failure(Array("[1,2]".utf8), maximumBytes: 4)?.code == .tooLong)
    #expect(failure(Array("[1,2]".utf8), maximumBytes: 5) == nil)
  }

  @Test(arguments: [2, 17, 63, 64, 65, 66, 5_000])
  func `a key that comes twice is refused in objects of any size`(count: Int) throws {
    let keys = (0..<count).map { "key-\($0)" }
    func object(_ keys: [String]) -> [UInt8] {
      Array(("{" + keys.map { "\"\($0)\":{\"a\":1}" }.joined(separator: ",") + "}").utf8)
    }
    #expect(failure(object(keys)) == nil)
    for repeated in [0, count / 2, count - 1] {
      #expect(failure(object(keys + [keys[repeated]]))?.code == .duplicateKey)
    }
    #expect(failure(object([keys[0]] + keys))?.code == .duplicateKey)
  }

  @Test func `equal keys are found behind escapes and inside other values`() {
    #expect(failure(Array(#"{"a":1,"\u0061":2}"#.utf8))?.code == .duplicateKey)
    #expect(failure(Array(#"[{"o":{"a":1,"a":2}}]"#.utf8))?.code == .duplicateKey)
    #expect(failure(Array(#"[{"a":1},{"a":2}]"#.utf8)) == nil)
  }

  @Test func `a parser goes on after a refused document`() throws {
    var parser = JSONParser()
    for length in [10, 100_000, 20, 2_000_000, 5] {
      let text = String(repeating: "x", count: length)
      let root = try parser.parse("\"\(text)\"")
      #expect(parser.string(root) == text)
      #expect(throws: JSONError.self) { try parser.parse("[\"\(text)") }
    }
  }

  @Test(arguments: [
    ("[1, 2 ,3]", "[1,2,3]"), (#"{ "b" : 1 , "a" : [ ] , "c":{ } }"#, #"{"b":1,"a":[],"c":{}}"#),
    ("[1.0,0.1,1e3,-0.0,5e-324,1.7976931348623157e308]", "[1.0,0.1,1000.0,-0.0,5e-324,1.7976931348623157e+308]"),
    (
      "[9223372036854775807,-9223372036854775808,18446744073709551615]",
      "[9223372036854775807,-9223372036854775808,18446744073709551615]"
    ),
    (#"["\u00e9\/\u0001\n\"\\", "\u007f"]"#, "[\"é/\\u0001\\n\\\"\\\\\",\"\u{7F}\"]"),
    (#"{"\n":null,"t":true,"f":false}"#, #"{"\n":null,"t":true,"f":false}"#), ("7", "7"),
  ])
  func `a value is written back canonically, and again the same`(text: String, expected: String) throws {
    #expect(try rewritten(text) == expected)
    #expect(try rewritten(expected) == expected)
  }

  @Test func `whatever simdjson refuses, a place is found for`() throws {
    let original = Array(#"{"a":[1,-2.5e3,true,null,"x\u00e9\n"],"b":{"c":false,"d":"é"}}"#.utf8)
    let inserted = Array("{}[],:\"\\0e.-x\u{1}".utf8) + [0xC3, 0xFF]
    var refused = 0
    func check(_ bytes: [UInt8]) {
      guard let error = failure(bytes), error.code != .empty, error.code != .duplicateKey else { return }
      refused += 1
      #expect(error.offset.map { $0 <= bytes.count } == true, "\(bytes)")
    }
    for index in original.indices {
      check(Array(original[..<index]))
      check(Array(original[..<index] + original[(index + 1)...]))
      for byte in inserted {
        check(Array(original[..<index] + [byte] + original[index...]))
        check(Array(original[..<index] + [byte] + original[(index + 1)...]))
      }
    }
    #expect(refused > 1_000)
  }
}
