import CSimdJSON

/// What a value is.
public enum JSONKind: Sendable, Hashable {
  case null, bool, integer, double, string, array, object
}

/// A value of the document that its parser read last: an index, nothing more.
public struct JSONValue: Sendable, Hashable {
  let index: Int
}

/// A member of an object: its key, with its value behind it.
public struct JSONMember: Sendable, Hashable {
  let index: Int
  let end: Int

  /// The member's value.
  public var value: JSONValue { JSONValue(index: index + 1) }
}

/// An element of an array.
public struct JSONElement: Sendable, Hashable {
  let index: Int
  let end: Int

  /// The element itself.
  public var value: JSONValue { JSONValue(index: index) }
}

/// Reads JSON documents one after another, without making a String.
///
/// simdjson validates the text (UTF-8, numbers, nesting up to 1,024) and unescapes its strings; one pass then lays every
/// value flat in memory, so that walking the document costs array look-ups. Values belong to the last document parsed.
/// Source: <https://github.com/simdjson/simdjson> 3.0.1, DOM interface.
@safe public struct JSONParser: ~Copyable {
  private let handle: OpaquePointer?
  private let maximumBytes: Int
  var nodes: UnsafeBufferPointer<cjson_node>
  var strings: UnsafePointer<UInt8>?

  /// A parser of documents of up to `maximumBytes` bytes (16 MiB unless said otherwise).
  public init(maximumBytes: Int = 16 << 20) {
    unsafe handle = cjson_new()
    self.maximumBytes = maximumBytes
    unsafe nodes = UnsafeBufferPointer(start: nil, count: 0)
  }

  deinit { unsafe cjson_free(handle) }

  /// Parses one document and returns its root.
  @discardableResult
  public mutating func parse(_ bytes: borrowing Span<UInt8>) throws(JSONError) -> JSONValue {
    try parse(bytes, at: 0..<bytes.count)
  }

  /// Parses the document that stands at `range` of a buffer; where enough of the buffer lies behind it, without a copy.
  @discardableResult
  public mutating func parse(
    _ buffer: borrowing Span<UInt8>, at range: Range<Int>
  ) throws(JSONError) -> JSONValue {
    unsafe nodes = UnsafeBufferPointer(start: nil, count: 0)
    guard range.count <= maximumBytes else { throw JSONError(.tooLong) }
    guard let handle = unsafe handle else { throw JSONError(.noMemory) }
    let code = unsafe buffer.extracting(range.lowerBound...).withUnsafeBufferPointer { rest -> Int32 in
      var empty: UInt8 = 0
      return unsafe withUnsafePointer(to: &empty) {
        unsafe cjson_parse(handle, rest.baseAddress ?? $0, range.count, rest.count)
      }
    }
    guard code == CJSON_OK else {
      let reported = JSONError.Code(rawValue: unsafe String(cString: cjson_error_name(code))) ?? .syntax
      throw Self.located(reported, in: buffer.extracting(range))
    }
    var count = 0
    let start = unsafe cjson_nodes(handle, &count)
    unsafe nodes = UnsafeBufferPointer(start: start, count: count)
    unsafe strings = cjson_strings(handle)
    return JSONValue(index: 0)
  }

  /// Parses one document.
  @discardableResult
  public mutating func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue { try parse(bytes.span) }

  /// Parses one document.
  @discardableResult
  public mutating func parse(_ text: String) throws(JSONError) -> JSONValue { try parse(Array(text.utf8).span) }

  /// simdjson does not say where a text is wrong, and calls a malformed number one out of range: a refused text is read
  /// once more, slowly, to tell.
  private static func located(_ code: JSONError.Code, in bytes: borrowing Span<UInt8>) -> JSONError {
    switch code {
    case .syntax, .invalidUTF8, .tooDeep, .numberOutOfRange:
      var scanner = JSONFaultScanner(maximumDepth: maximumDepth)
      return scanner.firstFault(in: bytes) ?? JSONError(code)
    case .tooLong, .duplicateKey, .empty, .noMemory:
      return JSONError(code)
    }
  }

  /// simdjson's default of 1,024 counts the document itself, and does not count an innermost container that is empty.
  private static let maximumDepth = 1_023

  func node(_ index: Int) -> cjson_node {
    let count = unsafe nodes.count
    precondition(index >= 0 && index < count, "a JSON value of another document")
    return unsafe nodes[index]
  }

  // MARK: Scalars

  /// What the value is.
  public func kind(_ value: JSONValue) -> JSONKind {
    switch Int(node(value.index).kind) {
    case Int(CJSON_NULL.rawValue): .null
    case Int(CJSON_FALSE.rawValue), Int(CJSON_TRUE.rawValue): .bool
    case Int(CJSON_INT.rawValue), Int(CJSON_UINT.rawValue): .integer
    case Int(CJSON_DOUBLE.rawValue): .double
    case Int(CJSON_STRING.rawValue): .string
    case Int(CJSON_ARRAY.rawValue): .array
    default: .object
    }
  }

  /// Whether the value is null.
  public func isNull(_ value: JSONValue) -> Bool { node(value.index).kind == CJSON_NULL.rawValue }

  /// The boolean, if it is one.
  public func bool(_ value: JSONValue) -> Bool? {
    let kind = node(value.index).kind
    return kind == CJSON_TRUE.rawValue ? true : kind == CJSON_FALSE.rawValue ? false : nil
  }

  /// The integer, if it is one that fits into 64 signed bits.
  public func int(_ value: JSONValue) -> Int64? {
    let node = node(value.index)
    guard node.kind == CJSON_INT.rawValue || (node.kind == CJSON_UINT.rawValue && node.payload >= 0) else { return nil }
    return node.payload
  }

  /// The integer, if it is one that is not negative.
  public func uint(_ value: JSONValue) -> UInt64? {
    let node = node(value.index)
    switch node.kind {
    case CJSON_INT.rawValue: return UInt64(exactly: node.payload)
    case CJSON_UINT.rawValue: return UInt64(bitPattern: node.payload)
    default: return nil
    }
  }

  /// The number as a double, if it is a number.
  public func double(_ value: JSONValue) -> Double? {
    let node = node(value.index)
    switch node.kind {
    case CJSON_INT.rawValue: return Double(node.payload)
    case CJSON_UINT.rawValue: return Double(UInt64(bitPattern: node.payload))
    case CJSON_DOUBLE.rawValue: return Double(bitPattern: UInt64(bitPattern: node.payload))
    default: return nil
    }
  }

  // MARK: Strings

  /// The string, if it is one.
  public func string(_ value: JSONValue) -> String? {
    node(value.index).kind == CJSON_STRING.rawValue
      ? unsafe String(decoding: buffer(value.index), as: UTF8.self) : nil
  }

  /// Gives `body` the unescaped UTF-8 of a string without a copy; `nil` when the value is not a string.
  public func withUTF8<Result, Failure: Error>(
    _ value: JSONValue, _ body: (borrowing Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard node(value.index).kind == CJSON_STRING.rawValue else { return nil }
    return try body(unsafe buffer(value.index).span)
  }

  /// Appends the unescaped UTF-8 of a string; `false` when the value is not a string.
  public func appendUTF8(_ value: JSONValue, to bytes: inout [UInt8]) -> Bool {
    guard node(value.index).kind == CJSON_STRING.rawValue else { return false }
    unsafe bytes.append(contentsOf: buffer(value.index))
    return true
  }

  /// Whether the value is this string.
  public func string(_ value: JSONValue, is text: StaticString) -> Bool {
    guard node(value.index).kind == CJSON_STRING.rawValue else { return false }
    return unsafe Self.isEqual(buffer(value.index), text)
  }

  /// Appends a string as four bytes of length, least first, and its unescaped UTF-8; `false` when the value is not a string.
  public func appendPrefixedUTF8(_ value: JSONValue, to bytes: inout [UInt8]) -> Bool {
    guard node(value.index).kind == CJSON_STRING.rawValue else { return false }
    let text = unsafe buffer(value.index)
    unsafe withUnsafeBytes(of: UInt32(truncatingIfNeeded: text.count).littleEndian) {
      unsafe bytes.append(contentsOf: $0)
    }
    unsafe bytes.append(contentsOf: text)
    return true
  }

  @unsafe func buffer(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    let node = node(index)
    guard let strings = unsafe strings else { return unsafe UnsafeBufferPointer(start: nil, count: 0) }
    return unsafe UnsafeBufferPointer(start: strings + Int(node.payload), count: Int(node.length))
  }

  // MARK: Containers

  /// How many elements an array or members an object has; 0 for others.
  public func count(_ value: JSONValue) -> Int {
    let node = node(value.index)
    return node.kind == CJSON_ARRAY.rawValue || node.kind == CJSON_OBJECT.rawValue ? Int(node.length) : 0
  }

  /// The first member of an object; `nil` for an empty one and for others.
  public func firstMember(of value: JSONValue) -> JSONMember? {
    let node = node(value.index)
    guard node.kind == CJSON_OBJECT.rawValue, node.length > 0 else { return nil }
    return JSONMember(index: value.index + 1, end: Int(node.next))
  }

  /// The member behind another of the same object.
  public func member(after member: JSONMember) -> JSONMember? {
    let next = Int(node(member.index).next)
    return next < member.end ? JSONMember(index: next, end: member.end) : nil
  }

  /// A member's key.
  public func key(_ member: JSONMember) -> String {
    unsafe String(decoding: buffer(member.index), as: UTF8.self)
  }

  /// Gives `body` a member's key without a copy.
  public func withKey<Result, Failure: Error>(
    _ member: JSONMember, _ body: (borrowing Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe buffer(member.index).span)
  }

  /// Whether a member's key is this one.
  public func key(_ member: JSONMember, is name: StaticString) -> Bool {
    unsafe Self.isEqual(buffer(member.index), name)
  }

  @unsafe static func isEqual(_ bytes: UnsafeBufferPointer<UInt8>, _ name: StaticString) -> Bool {
    guard name.hasPointerRepresentation else {
      return name.withUTF8Buffer { unsafe bytes.elementsEqual($0) }
    }
    guard bytes.count == name.utf8CodeUnitCount else { return false }
    for index in 0..<bytes.count where unsafe bytes[index] != name.utf8Start[index] { return false }
    return true
  }

  /// The value of a key of an object, if there is one.
  public func value(of object: JSONValue, _ name: StaticString) -> JSONValue? {
    var member = firstMember(of: object)
    while let current = member {
      if key(current, is: name) { return current.value }
      member = self.member(after: current)
    }
    return nil
  }

  /// Calls `body` with each member of an object, in document order.
  public func forEachMember<Failure: Error>(
    of value: JSONValue, _ body: (JSONMember) throws(Failure) -> Void
  ) throws(Failure) {
    var member = firstMember(of: value)
    while let current = member {
      try body(current)
      member = self.member(after: current)
    }
  }

  /// The first element of an array; `nil` for an empty one and for others.
  public func firstElement(of value: JSONValue) -> JSONElement? {
    let node = node(value.index)
    guard node.kind == CJSON_ARRAY.rawValue, node.length > 0 else { return nil }
    return JSONElement(index: value.index + 1, end: Int(node.next))
  }

  /// The element behind another of the same array.
  public func element(after element: JSONElement) -> JSONElement? {
    let next = Int(node(element.index).next)
    return next < element.end ? JSONElement(index: next, end: element.end) : nil
  }

  /// The elements of an array, in order; none for others.
  public func elements(of value: JSONValue) -> [JSONValue] {
    let node = node(value.index)
    guard node.kind == CJSON_ARRAY.rawValue else { return [] }
    var elements: [JSONValue] = []
    elements.reserveCapacity(Int(node.length))
    var index = value.index + 1
    while index < Int(node.next) {
      elements.append(JSONValue(index: index))
      index = Int(self.node(index).next)
    }
    return elements
  }

  // MARK: Writing back

  /// Appends the value as compact JSON: keys in document order, minimal escapes, integers exact, doubles shortest.
  public func appendJSON(_ value: JSONValue, to bytes: inout [UInt8]) {
    var writer = JSONWriter(verbatim: true)
    write(value, to: &writer)
    bytes.append(contentsOf: writer.bytes)
  }

  private func write(_ value: JSONValue, to writer: inout JSONWriter) {
    switch kind(value) {
    case .null: writer.null()
    case .bool: writer.bool(bool(value) ?? false)
    case .integer:
      if let integer = int(value) {
        writer.integer(integer)
      } else {
        writer.unsigned(UInt64(bitPattern: node(value.index).payload))
      }
    case .double: writer.double(double(value) ?? 0)
    case .string: writer.string(string(value) ?? "")
    case .array:
      writer.beginArray()
      for element in elements(of: value) { write(element, to: &writer) }
      writer.endArray()
    case .object:
      writer.beginObject()
      forEachMember(of: value) { member in
        writer.key(key(member))
        write(member.value, to: &writer)
      }
      writer.endObject()
    }
  }
}
