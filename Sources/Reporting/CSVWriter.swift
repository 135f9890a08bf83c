import Evidence

/// Writes RFC 4180 as UTF-8: CRLF, a header row, quotes where they are needed.
///
/// Spreadsheet programs run a text that begins with `=`, `+`, `-`, `@`, a tab, CR, LF, one of their full-width forms or a
/// NUL as a formula, quoted or not (CWE-1236). Such texts, and those that begin with `'`, get one `'` in front, so that
/// taking one leading `'` off every text cell gives the text back. Numbers, times and flags are never changed.
struct CSVWriter {
  /// What was written and not yet drained.
  private(set) var bytes: [UInt8] = []
  /// NUL characters left out, which no spreadsheet program reads.
  private(set) var removedNULs = 0
  private let columns: [Column]

  /// A writer that has written the header row.
  init(_ columns: [Column]) {
    self.columns = columns
    writeRow(columns.map(\.name))
  }

  /// Writes a row with one cell for each column.
  mutating func append(_ cells: [Cell]) {
    writeRow(
      cells.indices.map { index in
        if case .text(let text) = cells[index] { return guarded(text) }
        let plain = cells[index].plain
        return columns[index].type == .text ? guarded(plain) : plain
      })
  }

  /// Hands over what was written since the last call.
  mutating func drain() -> [UInt8] {
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

  private mutating func guarded(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return text }
    let prefix = Self.guardedScalars.contains(first) ? "'" : ""
    let count = text.utf8.count { $0 == 0 }
    if count == 0 { return prefix + text }
    removedNULs += count
    var kept = String.UnicodeScalarView()
    kept.append(contentsOf: text.unicodeScalars.lazy.filter { $0.value != 0 })
    return prefix + String(kept)
  }

  /// A field of type text without the guard in front of it.
  static func unguarded(_ field: String) -> String {
    guard field.unicodeScalars.first == "'" else { return field }
    return String(String.UnicodeScalarView(field.unicodeScalars.dropFirst()))
  }

  /// What makes a program read a text as a formula, and the guard itself.
  static let guardedScalars: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "\0", "'", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
  ]
}
