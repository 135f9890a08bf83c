import AuditTrail
package import Evidence
import JSONReader

/// Writes RFC 4180 as UTF-8: CRLF, a header row, quotes where they are needed.
///
/// Spreadsheet programs run a text that begins with `=`, `+`, `-`, `@`, a tab, CR, LF, one of their full-width forms
/// as a formula, quoted or not (CWE-1236). Such texts, and those that begin with `'`, get one `'` in front, so that
/// taking one leading `'` off every text cell gives the text back. Numbers, times and flags are never changed.
///
/// What steers a terminal, turns the direction of text or is not seen stands as `\u{1b}`, its number in hex; a backslash
/// before `u{` stands as `\u{5c}`, so that taking every such form for its character gives the text back. Tabs, LF and CR
/// before LF stay.
package struct CSVWriter {
  /// What was written and not yet drained.
  package private(set) var bytes: [UInt8] = []
  private let columns: [Column]

  /// A writer that has written the header row.
  package init(_ columns: [Column]) {
    self.columns = columns
    writeRow(columns.map(\.name))
  }

  /// Writes a row with one cell for each column.
  package mutating func append(_ cells: [Cell]) {
    for index in cells.indices {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      let isAlone = cells.count == 1
      switch cells[index] {
      case .text(let text) where Self.isPlain(text): bytes.append(contentsOf: text.utf8)
      case .text(let text): write(guarded(text), isAlone: isAlone)
      case .empty: write("", isAlone: isAlone)
      case let cell where columns[index].type == .text: write(guarded(cell.plain), isAlone: isAlone)
      case .integer(let value): bytes.append(digits: value)
      case .time(let time): time.write(to: &bytes)
      case let cell: write(cell.plain, isAlone: isAlone)
      }
    }
    bytes.append(contentsOf: [0x0D, 0x0A])
  }

  /// Whether a text is in the file as it is, as nearly all do: printable ASCII without quotes, commas and backslashes,
  /// and nothing at its begin that is guarded.
  private static func isPlain(_ text: String) -> Bool {
    let bytes = text.utf8Span.span
    guard !bytes.isEmpty, ![0x27, 0x2B, 0x2D, 0x3D, 0x40].contains(bytes[0]) else { return false }
    for index in bytes.indices {
      switch bytes[index] {
      case 0x22, 0x2C, 0x5C: return false
      case 0x20...0x7E: continue
      default: return false
      }
    }
    return true
  }

  /// Hands over what was written since the last call.
  package mutating func drain() -> [UInt8] {
    let drained = bytes
    bytes.removeAll(keepingCapacity: true)
    return drained
  }

  private mutating func writeRow(_ fields: [String]) {
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      write(field, isAlone: fields.count == 1)
    }
    bytes.append(contentsOf: [0x0D, 0x0A])
  }

  private mutating func write(_ field: String, isAlone: Bool) {
    guard field.isEmpty ? isAlone : Self.isSpecial(field) else { return bytes.append(contentsOf: field.utf8) }
    bytes.append(UInt8(ascii: "\""))
    for byte in field.utf8 {
      if byte == UInt8(ascii: "\"") { bytes.append(byte) }
      bytes.append(byte)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Whether it holds a quote, a comma or a line end.
  private static func isSpecial(_ field: String) -> Bool {
    let bytes = field.utf8Span.span
    for index in bytes.indices {
      switch bytes[index] {
      case 0x22, 0x2C, 0x0D, 0x0A: return true
      default: continue
      }
    }
    return false
  }

  private func guarded(_ text: String) -> String {
    let text = Self.escaped(text)
    guard let first = text.unicodeScalars.first, Self.guardedScalars.contains(first) else { return text }
    return "'" + text
  }

  /// The text with what steers a terminal, turns its direction or is not seen as its number.
  static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 > 0x7E || $0 == UInt8(ascii: "\\") }) else { return text }
    let scalars = Array(text.unicodeScalars)
    var result: [Unicode.Scalar] = []
    for (index, scalar) in scalars.enumerated() {
      let next = index + 1 < scalars.count ? scalars[index + 1] : nil
      let isEscaped =
        switch scalar {
        case "\t", "\n": false
        case "\r": next != "\n"
        case "\\": next == "u" && index + 2 < scalars.count && scalars[index + 2] == "{"
        default: scalar.isUnseen
        }
      if isEscaped {
        result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(String.UnicodeScalarView(result))
  }

  /// A field of type text as the text that was written: without the guard in front, escapes as their characters.
  static func plain(_ field: String) -> String {
    guard field.utf8.first == UInt8(ascii: "'") || field.utf8.contains(UInt8(ascii: "\\")) else { return field }
    var scalars = Substring(field).unicodeScalars
    if scalars.first == "'" { scalars.removeFirst() }
    var result: [Unicode.Scalar] = []
    while let start = scalars.firstIndex(of: "\\") {
      result.append(contentsOf: scalars[..<start])
      scalars = scalars[start...]
      if scalars.starts(with: "\\u{".unicodeScalars), let end = scalars.firstIndex(of: "}"),
        let value = UInt32(String(scalars[..<end].dropFirst(3)), radix: 16), let scalar = Unicode.Scalar(value)
      {
        result.append(scalar)
        scalars = scalars[scalars.index(after: end)...]
      } else {
        result.append(scalars.removeFirst())
      }
    }
    result.append(contentsOf: scalars)
    return String(String.UnicodeScalarView(result))
  }

  /// What makes a program read a text as a formula, and the guard itself.
  static let guardedScalars: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "'", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
  ]
}
