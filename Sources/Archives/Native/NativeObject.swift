import AuditTrail
import JSONReader

/// An object of a native record, with its path for messages.
struct NativeObject {
  let value: JSONValue
  let path: String

  /// The object at `value`; throws where it is none.
  init(_ value: JSONValue, _ path: String, _ parser: borrowing JSONParser) throws(Rejection) {
    guard parser.kind(value) == .object else { throw .illTyped(path, expected: "object") }
    self.value = value
    self.path = path
  }

  /// The value of a key that is there and not null.
  func find(_ name: StaticString, _ parser: borrowing JSONParser) -> JSONValue? {
    guard let found = parser.value(of: value, name), !parser.isNull(found) else { return nil }
    return found
  }

  /// The key as messages name it.
  func label(_ name: StaticString) -> String { path.isEmpty ? name.description : "\(path).\(name)" }

  func text(_ name: StaticString, _ parser: borrowing JSONParser) throws(Rejection) -> String? {
    guard let found = find(name, parser) else { return nil }
    guard let text = parser.string(found) else { throw .illTyped(label(name), expected: "string") }
    return text
  }

  func requiredText(_ name: StaticString, _ parser: borrowing JSONParser) throws(Rejection) -> String {
    guard let text = try text(name, parser) else { throw .missing(label(name)) }
    return text
  }

  func time(_ name: StaticString, _ parser: borrowing JSONParser) throws(Rejection) -> Timestamp? {
    guard let found = find(name, parser) else { return nil }
    return try parser.time(found, label(name))
  }

  func requiredTime(_ name: StaticString, _ parser: borrowing JSONParser) throws(Rejection) -> Timestamp {
    guard let time = try time(name, parser) else { throw .missing(label(name)) }
    return time
  }

  func natural(_ name: StaticString, _ parser: borrowing JSONParser) throws(Rejection) -> Int64? {
    guard let found = find(name, parser) else { return nil }
    return try parser.natural(found, label(name))
  }

  func requiredNatural(_ name: StaticString, _ parser: borrowing JSONParser) throws(Rejection) -> Int64 {
    guard let number = try natural(name, parser) else { throw .missing(label(name)) }
    return number
  }

  func flag(_ name: StaticString, _ parser: borrowing JSONParser) throws(Rejection) -> Bool {
    guard let found = find(name, parser) else { return false }
    guard let flag = parser.bool(found) else { throw .illTyped(label(name), expected: "boolean") }
    return flag
  }

  func strings(_ name: StaticString, _ parser: borrowing JSONParser) throws(Rejection) -> [String] {
    guard let found = find(name, parser) else { return [] }
    return try parser.strings(found, label(name))
  }

  func requiredName<Name: RawRepresentable<String> & CaseIterable>(
    _ name: StaticString, _ parser: borrowing JSONParser
  ) throws(Rejection) -> Name {
    guard let found = find(name, parser) else { throw .missing(label(name)) }
    return try parser.name(found, label(name))
  }

  /// The object of a key; `nil` where it is null or absent.
  func object(_ name: StaticString, _ parser: borrowing JSONParser) throws(Rejection) -> NativeObject? {
    guard let found = find(name, parser) else { return nil }
    return try NativeObject(found, label(name), parser)
  }
}

extension JSONParser {
  func integer(_ value: JSONValue, _ key: @autoclosure () -> String) throws(Rejection) -> Int64 {
    guard let number = int(value) else { throw .illTyped(key(), expected: "whole number of 64 bits") }
    return number
  }

  func natural(_ value: JSONValue, _ key: @autoclosure () -> String) throws(Rejection) -> Int64 {
    guard let number = int(value), number >= 0 else { throw .illTyped(key(), expected: "whole number from 0 on") }
    return number
  }

  func time(_ value: JSONValue, _ key: @autoclosure () -> String) throws(Rejection) -> Timestamp {
    let time = try withUTF8(value) { (text) throws(Rejection) -> Timestamp in try readTime(text, key()) }
    guard let time else { throw .illTyped(key(), expected: "string") }
    return time
  }

  func strings(_ value: JSONValue, _ key: @autoclosure () -> String) throws(Rejection) -> [String] {
    guard kind(value) == .array else { throw .illTyped(key(), expected: "array") }
    var strings: [String] = []
    for element in elements(of: value) {
      guard let text = string(element) else { throw .illTyped(key(), expected: "array of strings") }
      strings.append(text)
    }
    return strings
  }

  /// One of a type's names. They are short enough that no String on the heap is made.
  func name<Name: RawRepresentable<String> & CaseIterable>(
    _ value: JSONValue, _ key: @autoclosure () -> String
  ) throws(Rejection) -> Name {
    guard let text = string(value) else { throw .illTyped(key(), expected: "string") }
    guard let name = Name(rawValue: text) else {
      throw .unexpected(key(), expected: Name.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return name
  }
}

/// Keys that the format does not know, counted by their path.
struct UnknownKeys {
  private(set) var counts: [String: Int64] = [:]
  private static let distinctLimit = 1000

  /// Counts a key; a hostile archive cannot make the table grow without end.
  mutating func add(_ path: String, _ key: String) {
    let name = key.utf8.count <= 64 ? "\(path).\(key)" : "\(path).(longer than 64 bytes)"
    let isKnown = counts[name] != nil || counts.count < Self.distinctLimit
    counts[isKnown ? name : "(others)", default: 0] += 1
  }
}
