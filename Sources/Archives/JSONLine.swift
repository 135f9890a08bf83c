/// Writes one line of compact JSON: the same values, the same bytes.
struct JSONLine {
  /// The bytes so far.
  private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// Opens an object.
  mutating func beginObject() { open(0x7B) }
  /// Closes it.
  mutating func endObject() { close(0x7D) }
  /// Opens an array.
  mutating func beginArray() { open(0x5B) }
  /// Closes it.
  mutating func endArray() { close(0x5D) }

  /// A key; its value comes next.
  mutating func key(_ name: String) {
    string(name)
    bytes.append(0x3A)
    needsComma = false
  }

  /// A string, or null.
  mutating func string(_ text: String?) {
    guard let text else { return null() }
    separate()
    appendQuoted(text.utf8.span)
  }

  /// A string of UTF-8 bytes.
  mutating func string(utf8: borrowing Span<UInt8>) {
    separate()
    appendQuoted(utf8)
  }

  /// An integer, or null.
  mutating func integer(_ value: Int64?) {
    guard let value else { return null() }
    separate()
    bytes.append(contentsOf: String(value).utf8)
  }

  /// True or false.
  mutating func boolean(_ value: Bool) {
    separate()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  /// Null.
  mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  /// Takes the line and starts the next.
  mutating func take() -> [UInt8] {
    let line = bytes
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
    return line
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(0x2C) }
    needsComma = true
  }

  private static let hexDigits = Array("0123456789abcdef".utf8)

  private mutating func appendQuoted(_ text: borrowing Span<UInt8>) {
    bytes.append(0x22)
    for index in text.indices {
      let byte = text[index]
      switch byte {
      case 0x22, 0x5C:
        bytes.append(0x5C)
        bytes.append(byte)
      case 0x0A: bytes.append(contentsOf: [0x5C, 0x6E])
      case 0x0D: bytes.append(contentsOf: [0x5C, 0x72])
      case 0x09: bytes.append(contentsOf: [0x5C, 0x74])
      case 0..<0x20:
        bytes.append(contentsOf: [0x5C, 0x75, 0x30, 0x30])
        bytes.append(Self.hexDigits[Int(byte >> 4)])
        bytes.append(Self.hexDigits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(0x22)
  }
}
