/// Writes one JSON document as UTF-8, keys in the order they are given: the same calls give the same bytes.
///
/// What steers a terminal, turns the direction of text or is not seen is escaped (RFC 8259, section 7), so that a document
/// says the same and a terminal shows it. What is stored or signed is written verbatim: its bytes stay as they were.
public struct JSONWriter: Sendable {
  /// What was written so far.
  public private(set) var bytes: [UInt8] = []
  private let isIndented: Bool
  private let isVerbatim: Bool
  private var levels: [Level] = []
  private var afterKey = false

  private struct Level {
    var isEmpty = true
  }

  /// A writer; `indented` puts each element and member on a line of its own, two spaces a level, and `verbatim` escapes
  /// nothing that JSON does not ask for.
  public init(indented: Bool = false, verbatim: Bool = false) { (isIndented, isVerbatim) = (indented, verbatim) }

  /// What was written so far, as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  private mutating func separate() {
    if afterKey {
      afterKey = false
      return
    }
    guard let last = levels.indices.last else { return }
    if !levels[last].isEmpty { bytes.append(UInt8(ascii: ",")) }
    levels[last].isEmpty = false
    newLine()
  }

  private mutating func newLine() {
    guard isIndented else { return }
    bytes.append(UInt8(ascii: "\n"))
    for _ in 0..<(levels.count * 2) { bytes.append(UInt8(ascii: " ")) }
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    levels.append(Level())
  }

  private mutating func close(_ bracket: UInt8) {
    let level = levels.popLast()
    if level?.isEmpty == false { newLine() }
    bytes.append(bracket)
  }

  /// Begins an object.
  public mutating func beginObject() { open(UInt8(ascii: "{")) }
  /// Ends an object.
  public mutating func endObject() { close(UInt8(ascii: "}")) }
  /// Begins an array.
  public mutating func beginArray() { open(UInt8(ascii: "[")) }
  /// Ends an array.
  public mutating func endArray() { close(UInt8(ascii: "]")) }

  /// Writes a member's key; its value comes next.
  public mutating func key(_ name: String) {
    separate()
    quote(name.utf8)
    bytes.append(UInt8(ascii: ":"))
    if isIndented { bytes.append(UInt8(ascii: " ")) }
    afterKey = true
  }

  /// Writes null.
  public mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  /// Writes a boolean.
  public mutating func bool(_ value: Bool) {
    separate()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  /// Writes an integer.
  public mutating func integer(_ value: Int64) {
    separate()
    bytes.append(contentsOf: String(value).utf8)
  }

  /// Writes an integer.
  public mutating func integer(_ value: Int) { integer(Int64(value)) }

  /// Writes an integer of 64 unsigned bits.
  public mutating func unsigned(_ value: UInt64) {
    separate()
    bytes.append(contentsOf: String(value).utf8)
  }

  /// Writes a number in the shortest form that reads back the same; null where it is none.
  public mutating func double(_ value: Double) {
    guard value.isFinite else { return null() }
    separate()
    bytes.append(contentsOf: "\(value)".utf8)
  }

  /// Writes a string.
  public mutating func string(_ value: String) {
    separate()
    quote(value.utf8)
  }

  /// Writes a string, or null.
  public mutating func string(_ value: String?) {
    if let value { string(value) } else { null() }
  }

  /// Writes an integer, or null.
  public mutating func integer(_ value: Int64?) {
    if let value { integer(value) } else { null() }
  }

  /// Writes an array of strings.
  public mutating func strings(_ values: [String]) {
    beginArray()
    for value in values { string(value) }
    endArray()
  }

  private static let hex = Array("0123456789abcdef".utf8)

  private mutating func quote(_ text: String.UTF8View) {
    let start = bytes.count
    bytes.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""): bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\"")])
      case UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\\")])
      case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
      case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
      case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
      case 0..<0x20:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(Self.hex[Int(byte >> 4)])
        bytes.append(Self.hex[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
    guard !isVerbatim, text.contains(where: { $0 > 0x7E }) else { return }
    let quoted = String(decoding: bytes[start...], as: UTF8.self)
    bytes.replaceSubrange(start..., with: printableJSON(quoted).utf8)
  }
}
