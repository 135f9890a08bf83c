import AuditTrail
import Compression

/// The cells of a workbook that people filled in, whichever program saved it. Formulas count by the value that was saved with them.
struct FilledWorkbook {
  /// What a cell holds.
  enum Value: Hashable {
    case text(String)
    case number(Double)
  }

  /// The most that a part may hold, and the texts of a sheet's cells together, of which many may name one text.
  private static let partLimit = 64 << 20
  /// The most cells of a sheet that are read.
  private static let cellLimit = 1_000_000

  private let parts: [String: ArraySlice<UInt8>]
  private let directory: [String: (method: Int, size: Int, check: ArraySlice<UInt8>)]
  private let path: String

  /// Throws `invalid_file` where the bytes are not a workbook.
  init(_ bytes: [UInt8], path: String) throws(AssayError) {
    self.path = path
    guard let found = Self.entries(bytes) else {
      throw AssayError(.invalidFile, "The file is not a workbook that can be read; save it as .xlsx", at: Place(path))
    }
    parts = found.mapValues(\.packed)
    directory = found.mapValues { ($0.method, $0.size, $0.check) }
  }

  /// The rows of the sheet of that name from its first on, each by column from 0; `nil` where there is none. Throws `invalid_file` where it cannot be
  /// read.
  func rows(of sheet: String) throws(AssayError) -> [[Int: Value]]? {
    var book = XMLScanner(try content("xl/workbook.xml"))
    var id: String?
    while let event = book.next() {
      guard case .open("sheet", let attributes) = event, attributes["name"] == sheet else { continue }
      id = attributes["id"]
    }
    guard let id else { return nil }
    var links = XMLScanner(try content("xl/_rels/workbook.xml.rels"))
    var target: String?
    while let event = links.next() {
      guard case .open("Relationship", let attributes) = event, attributes["Id"] == id else { continue }
      target = attributes["Target"]
    }
    guard let target else { throw broken("the sheet \(sheet) is missing") }
    let texts = parts["xl/sharedStrings.xml"] == nil ? [] : try sharedTexts()
    return try read(target.hasPrefix("/") ? String(target.dropFirst()) : "xl/\(target)", texts)
  }

  private func broken(_ what: String) -> AssayError {
    AssayError(.invalidFile, "The workbook cannot be read: \(what)", at: Place(path))
  }

  /// The texts that cells name by number; what is written above them as a reading aid is none of it.
  private func sharedTexts() throws(AssayError) -> [String] {
    var scanner = XMLScanner(try content("xl/sharedStrings.xml"))
    var (texts, text, isText, aids): ([String], String, Bool, Int) = ([], "", false, 0)
    while let event = scanner.next() {
      switch event {
      case .open("si", _): text = ""
      case .open("rPh", _): aids += 1
      case .close("rPh"): aids -= 1
      case .open("t", _): isText = aids == 0
      case .close("t"): isText = false
      case .close("si"): texts.append(Self.plain(text))
      case .text(let part) where isText: text += part
      case .open, .close, .text: break
      }
    }
    if scanner.isBroken { throw broken("xl/sharedStrings.xml is not XML") }
    return texts
  }

  private func read(_ part: String, _ texts: [String]) throws(AssayError) -> [[Int: Value]] {
    var scanner = XMLScanner(try content(part))
    var rows: [[Int: Value]] = []
    var (column, kind, text, isValue, cells, length) = (0, "", "", false, 0, 0)
    while let event = scanner.next() {
      switch event {
      case .open("row", let attributes):
        // A sheet may leave out rows that hold nothing.
        let number = attributes["r"].flatMap { Int($0) } ?? rows.count + 1
        guard number <= Self.cellLimit else { throw broken("a sheet has more than \(grouped(Self.cellLimit)) rows") }
        rows += Array(repeating: [:], count: max(1, number - rows.count))
        column = -1
      case .open("c", let attributes):
        column = attributes["r"].flatMap(Self.column) ?? column + 1
        (kind, text) = (attributes["t"] ?? "n", "")
      case .open("v", _), .open("t", _): isValue = true
      case .close("v"), .close("t"): isValue = false
      case .close("c"):
        cells += 1
        guard cells <= Self.cellLimit else { throw broken("a sheet has more than \(grouped(Self.cellLimit)) cells") }
        guard !rows.isEmpty, let value = Self.value(text, kind, texts) else { continue }
        if case .text(let text) = value { length += text.utf8.count }
        guard length <= Self.partLimit else {
          throw broken("a sheet's texts are larger than \(Self.partLimit >> 20) MiB")
        }
        rows[rows.count - 1][column] = value
      case .text(let piece) where isValue: text += piece
      case .open, .close, .text: break
      }
    }
    if scanner.isBroken { throw broken("\(part) is not XML") }
    return rows
  }

  private static func value(_ text: String, _ kind: String, _ texts: [String]) -> Value? {
    switch kind {
    case "s":
      guard let number = Int(text), texts.indices.contains(number) else { return nil }
      return .text(texts[number])
    case "n": return Double(text).map(Value.number) ?? (text.isEmpty ? nil : .text(text))
    default: return text.isEmpty ? nil : .text(plain(text))
    }
  }

  /// The column of a cell such as `AB7`, from 0.
  private static func column(_ reference: String) -> Int? {
    var column = 0
    for byte in reference.utf8 {
      guard (0x41...0x5A).contains(byte) else { break }
      column = column * 26 + Int(byte) - 0x40
      guard column <= 16_384 else { return nil }
    }
    return column == 0 ? nil : column - 1
  }

  /// A text with the characters that a workbook spells as `_x000A_`. Source: ECMA-376, 22.4.2.4.
  private static func plain(_ text: String) -> String {
    guard text.contains("_x") else { return text }
    return text.replacing(#/_x([0-9A-Fa-f]{4})_/#) { match in
      UInt32(match.output.1, radix: 16).flatMap(Unicode.Scalar.init).map { String(Character($0)) }
        ?? String(match.output.0)
    }
  }
}

extension FilledWorkbook {
  private typealias Entry = (packed: ArraySlice<UInt8>, method: Int, size: Int, check: ArraySlice<UInt8>)

  /// The entries of a ZIP container by their names, as its directory lists them; `nil` where it is none.
  private static func entries(_ bytes: [UInt8]) -> [String: Entry]? {
    func slice(_ offset: Int, _ count: Int) -> ArraySlice<UInt8>? {
      offset >= 0 && count >= 0 && offset <= bytes.count && count <= bytes.count - offset
        ? bytes[offset..<(offset + count)] : nil
    }
    func number(_ offset: Int, _ count: Int) -> Int? {
      slice(offset, count)?.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    // The directory's end may have a comment after it.
    let ends = stride(from: bytes.count - 22, through: max(0, bytes.count - 65_557), by: -1)
    guard bytes.count >= 22, let end = ends.first(where: { number($0, 4) == 0x0605_4B50 }),
      let count = number(end + 10, 2), var offset = number(end + 16, 4)
    else { return nil }
    var entries: [String: Entry] = [:]
    for _ in 0..<count {
      guard number(offset, 4) == 0x0201_4B50, let method = number(offset + 10, 2), let check = slice(offset + 16, 4),
        let packed = number(offset + 20, 4), let size = number(offset + 24, 4), let length = number(offset + 28, 2),
        let extra = number(offset + 30, 2), let comment = number(offset + 32, 2), let local = number(offset + 42, 4),
        let name = slice(offset + 46, length), number(local, 4) == 0x0403_4B50, let own = number(local + 26, 2),
        let ownExtra = number(local + 28, 2), let content = slice(local + 30 + own + ownExtra, packed)
      else { return nil }
      entries[String(decoding: name, as: UTF8.self)] = (content, method, size, check)
      offset += 46 + length + extra + comment
    }
    return entries
  }

  private func content(_ part: String) throws(AssayError) -> [UInt8] {
    guard let packed = parts[part], let (method, size, check) = directory[part] else {
      throw broken("\(part) is missing")
    }
    if method == 0 { return Array(packed) }
    let length = (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
    // The same deflate stream in a gzip frame, which has the same checksum and size at its end.
    let frame: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    guard method == 8, size <= Self.partLimit,
      let content = try? decompress(frame + packed + check + length, limit: Self.partLimit)
    else { throw broken("\(part) is damaged, or larger than \(Self.partLimit >> 20) MiB") }
    return content
  }
}
