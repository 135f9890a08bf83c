import CSimdJSON
import Glibc

/// A value as it was in one document, to tell quickly whether a value of another is the same, keys in the same order.
@safe public struct JSONSnapshot: Sendable {
  private struct Node: Sendable, Equatable {
    let kind: UInt32
    let length: UInt32
    let next: Int
    /// A number's bits; a string's place behind the first string.
    let payload: Int64
  }

  private var nodes: [Node] = []
  private var strings: [UInt8] = []

  /// A snapshot of nothing: no value is the same.
  public init() {}

  /// Takes a value of the parser's document.
  public mutating func take(_ value: JSONValue, from parser: borrowing JSONParser) {
    nodes.removeAll(keepingCapacity: true)
    strings.removeAll(keepingCapacity: true)
    let region = unsafe parser.strings(of: value)
    for index in value.index..<Int(parser.node(value.index).next) {
      nodes.append(Self.node(index, parser, root: value.index, base: unsafe region.base))
    }
    unsafe strings.append(contentsOf: region.bytes)
  }

  /// Whether the value of the parser's document is the same.
  public func matches(_ value: JSONValue, in parser: borrowing JSONParser) -> Bool {
    guard Int(parser.node(value.index).next) - value.index == nodes.count else { return false }
    let region = unsafe parser.strings(of: value)
    guard unsafe region.bytes.count == strings.count else { return false }
    let base = unsafe region.base
    for offset in nodes.indices
    where Self.node(value.index + offset, parser, root: value.index, base: base) != nodes[offset] {
      return false
    }
    return unsafe strings.withUnsafeBytes { mine in
      guard let mine = mine.baseAddress, let other = unsafe region.bytes.baseAddress else { return strings.isEmpty }
      return unsafe memcmp(mine, other, region.bytes.count) == 0
    }
  }

  private static func node(_ index: Int, _ parser: borrowing JSONParser, root: Int, base: Int64) -> Node {
    let node = parser.node(index)
    let isText = node.kind == CJSON_STRING.rawValue || node.kind == CJSON_KEY.rawValue
    return Node(
      kind: node.kind, length: node.length, next: Int(node.next) - root,
      payload: isText ? node.payload - base : node.payload)
  }
}

extension JSONParser {
  /// The bytes in which a value's strings and keys stand, in document order, and where they begin.
  @unsafe fileprivate func strings(of value: JSONValue) -> (base: Int64, bytes: UnsafeBufferPointer<UInt8>) {
    let none = unsafe (base: Int64(0), bytes: UnsafeBufferPointer<UInt8>(start: nil, count: 0))
    var (first, end): (Int64?, Int64) = (nil, 0)
    for index in value.index..<Int(node(value.index).next) {
      let node = node(index)
      guard node.kind == CJSON_STRING.rawValue || node.kind == CJSON_KEY.rawValue else { continue }
      first = first ?? node.payload
      end = node.payload + Int64(node.length)
    }
    guard let first, let strings = unsafe strings else { return unsafe none }
    return unsafe (first, UnsafeBufferPointer(start: strings + Int(first), count: Int(end - first)))
  }
}
