import Foundation

/// A JSON document as a value.
@dynamicMemberLookup
enum JSON: Decodable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  init(_ text: String) throws { self = try JSONDecoder().decode(JSON.self, from: Data(text.utf8)) }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSON].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }

  /// A member of an object; `null` where there is none.
  subscript(dynamicMember name: String) -> JSON { object[name] ?? .null }
  subscript(name: String) -> JSON { object[name] ?? .null }

  var object: [String: JSON] { if case .object(let members) = self { members } else { [:] } }
  var array: [JSON] { if case .array(let elements) = self { elements } else { [] } }
  var string: String? { if case .string(let text) = self { text } else { nil } }
  var int: Int? { if case .number(let number) = self { Int(exactly: number) } else { nil } }
  var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The objects that a path names: the value itself by an empty path, elements of an array by `[]`, values of a map by
  /// `{}`. Where a path leads through what is not there, or is null, there is none.
  func objects(at path: String) -> [JSON] {
    guard !path.isEmpty else { return self == .null ? [] : [self] }
    let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
    let rest = parts.count > 1 ? parts[1] : ""
    if parts[0].hasSuffix("[]") { return self[String(parts[0].dropLast(2))].array.flatMap { $0.objects(at: rest) } }
    if parts[0].hasSuffix("{}") {
      return self[String(parts[0].dropLast(2))].object.values.flatMap { $0.objects(at: rest) }
    }
    return self[parts[0]].objects(at: rest)
  }
}
