import AuditTrail
import JSONReader

/// A JSON value in memory, for the formats whose entries are read once each and not on the fast path.
enum JSONTree {
  case null
  case boolean(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONTree])
  case object([Member])

  /// A key with its value.
  struct Member {
    var key: String
    var value: JSONTree
  }

  /// The value of a key; `null` where the value is not an object or has no such key.
  subscript(key: String) -> JSONTree {
    guard case .object(let members) = self else { return .null }
    return members.first { $0.key == key }?.value ?? .null
  }

  /// Whether an object has the key, whatever its value.
  func has(_ key: String) -> Bool {
    guard case .object(let members) = self else { return false }
    return members.contains { $0.key == key }
  }

  /// Whether it is null.
  var isNull: Bool {
    if case .null = self { return true }
    return false
  }

  /// The text of a string.
  var string: String? {
    if case .string(let text) = self { return text }
    return nil
  }

  /// The text of a string that is not empty.
  var text: String? { string.flatMap { $0.isEmpty ? nil : $0 } }

  /// The whole number, also where it is written with a fraction of zero.
  var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    default: nil
    }
  }

  /// The number.
  var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The truth value.
  var boolean: Bool? {
    if case .boolean(let value) = self { return value }
    return nil
  }

  /// The elements of an array; none of anything else.
  var elements: [JSONTree] {
    if case .array(let elements) = self { return elements }
    return []
  }

  /// The members of an object; none of anything else.
  var members: [Member] {
    if case .object(let members) = self { return members }
    return []
  }

  /// The text of a required string key.
  func required(_ key: String) throws(Rejection) -> String {
    let value = self[key]
    if value.isNull { throw .missing(key) }
    guard let text = value.string else { throw .illTyped(key, expected: "string") }
    return text
  }

  /// The time of a required key.
  func requiredTime(_ key: String) throws(Rejection) -> Timestamp {
    try readTime(try required(key).utf8.span, key)
  }

  /// The time of a key; `nil` for null, the empty string, and Go's zero time.
  func time(_ key: String) throws(Rejection) -> Timestamp? {
    let value = self[key]
    if value.isNull { return nil }
    guard let text = value.string else { throw .illTyped(key, expected: "string") }
    if text.isEmpty || text.hasPrefix("0001-01-01T00:00:00") { return nil }
    return try readTime(text.utf8.span, key)
  }
}

/// Reads RFC 3339; tells a moment outside the range from text that is not a time.
func readTime(_ text: borrowing Span<UInt8>, _ key: @autoclosure () -> String) throws(Rejection) -> Timestamp {
  if let time = Timestamp(utf8: text) { return time }
  if text.count >= 20, text.count <= 40 {
    // A leap year within the range shows whether only the year is at fault.
    var bytes = Array("2000".utf8)
    for index in 4..<text.count { bytes.append(text[index]) }
    var isYear = true
    for index in 0..<4 where !(0x30...0x39).contains(text[index]) { isYear = false }
    if isYear, Timestamp(utf8: bytes) != nil {
      throw Rejection(
        "time_out_of_range", "The time in \(key()) is outside 1677-09-21 to 2262-04-11, or on a day that is none")
    }
  }
  throw Rejection("invalid_time", "The key \(key()) holds no time of RFC 3339, such as 2026-07-01T09:00:00Z")
}

extension JSONParser {
  /// A document with all it holds.
  mutating func document(_ bytes: borrowing Span<UInt8>) throws(Rejection) -> JSONTree {
    do throws(JSONError) {
      return tree(try parse(bytes))
    } catch {
      throw Rejection(error)
    }
  }

  /// The object that an entry is, with all it holds.
  mutating func object(_ bytes: borrowing Span<UInt8>) throws(Rejection) -> JSONTree {
    let value = try document(bytes)
    guard case .object = value else { throw .notARecord }
    return value
  }

  /// The value with all it holds; as deep as the parser allows, 1,024 levels.
  func tree(_ value: JSONValue) -> JSONTree {
    switch kind(value) {
    case .null: .null
    case .bool: .boolean(bool(value) ?? false)
    case .integer: int(value).map { .integer($0) } ?? .number(double(value) ?? 0)
    case .double: .number(double(value) ?? 0)
    case .string: .string(string(value) ?? "")
    case .array: .array(elements(of: value).map { tree($0) })
    case .object: .object(members(of: value))
    }
  }

  private func members(of value: JSONValue) -> [JSONTree.Member] {
    var members: [JSONTree.Member] = []
    members.reserveCapacity(count(value))
    forEachMember(of: value) { members.append(JSONTree.Member(key: key($0), value: tree($0.value))) }
    return members
  }
}

extension Rejection {
  /// Why the JSON reader refused an entry.
  init(_ error: JSONError) {
    switch error.code {
    case .syntax, .empty: self.init("invalid_json", "The entry is not a JSON document")
    case .tooLong: self = .tooLong
    case .invalidUTF8, .tooDeep, .numberOutOfRange, .duplicateKey, .noMemory:
      self.init(error.code.rawValue, "In the entry \(error.description)")
    }
  }

  static let notARecord = Rejection("not_a_record", "The entry is not a JSON object")
  static let tooLong = Rejection("record_too_long", "The entry is longer than the limit and was not read")
  static let unclosed = Rejection("invalid_csv", "A quote, or an element, is never closed before the next entry begins")
  static let cut = Rejection("entry_cut", "The archive ends inside this entry; fetch the rest of it")
}

extension JSONTree {
  /// A whole number, also where it is written as text.
  var wholeNumber: Int64? { integer ?? string.flatMap { Int64($0) } }
  /// A text that is not empty, also where it is written as a number.
  var label: String? { text ?? integer.map { String($0) } }
}
