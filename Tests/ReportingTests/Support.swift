import AuditTrail
import Compression
import Foundation
import Testing

@testable import Reporting

/// A directory that is gone with the value.
final class Scratch {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/assay-reporting-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
  }

  func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }

  /// Paths of the regular files below `name`, in order.
  func files(_ name: String) throws -> [String] { try PackageTree("\(path)/\(name)").files }
}

/// The rows of an RFC 4180 file, the header first, with the guard taken off.
func readCSV(_ bytes: [UInt8]) -> [[String]] {
  var (rows, row, field): ([[String]], [String], [UInt8]) = ([], [], [])
  var (isQuoted, index) = (false, 0)
  func endField() {
    let text = String(decoding: field, as: UTF8.self)
    row.append(text.unicodeScalars.first == "'" ? String(text.unicodeScalars.dropFirst()) : text)
    field = []
  }
  while index < bytes.count {
    switch bytes[index] {
    case 0x22 where isQuoted && index + 1 < bytes.count && bytes[index + 1] == 0x22:
      field.append(0x22)
      index += 1
    case 0x22: isQuoted.toggle()
    case 0x2C where !isQuoted: endField()
    case 0x0D where !isQuoted:
      endField()
      rows.append(row)
      row = []
      index += 1
    default: field.append(bytes[index])
    }
    index += 1
  }
  return rows
}

/// A table of Markdown: its header and rows with escapes and links taken off.
struct MarkdownTable {
  let header: [String]
  let rows: [[String]]

  /// The tables of a page, in order.
  static func all(in text: String) -> [MarkdownTable] {
    var (tables, lines): ([MarkdownTable], [String]) = ([], [])
    for line in (text + "\n").split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("|") {
        lines.append(line)
      } else {
        if lines.count > 2 {
          tables.append(MarkdownTable(header: cells(lines[0]), rows: lines.dropFirst(2).map(cells)))
        }
        lines = []
      }
    }
    return tables
  }

  static func with(_ header: [String], in text: String) -> [[String]] {
    all(in: text).filter { $0.header == header }.flatMap(\.rows)
  }

  private static func cells(_ line: String) -> [String] {
    var (cells, cell, isEscaped): ([String], String, Bool) = ([], "", false)
    for character in line.dropFirst() {
      if isEscaped {
        cell.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "|" {
        cells.append(plain(cell))
        cell = ""
      } else {
        cell.append(character)
      }
    }
    return cells
  }

  private static func plain(_ cell: String) -> String {
    var text = cell.split(separator: " ").joined(separator: " ").filter { $0 != "`" && $0 != "*" }
    if text.hasPrefix("["), let end = text.firstRange(of: "](") {
      let rest = text[end.upperBound...].drop { $0 != ")" }.dropFirst()
      text = String(text[text.index(after: text.startIndex)..<end.lowerBound] + rest)
    }
    return text
  }
}

/// The entries of a ZIP container, unpacked.
func unzip(_ bytes: [UInt8]) throws -> [String: [UInt8]] {
  func number(_ offset: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }
  let end = try #require((0...(bytes.count - 22)).last { number($0, 4) == 0x0605_4B50 })
  var (entries, offset): ([String: [UInt8]], Int) = ([:], number(end + 16, 4))
  for _ in 0..<number(end + 10, 2) {
    let (method, crc) = (number(offset + 10, 2), bytes[(offset + 16)..<(offset + 20)])
    let (packed, size) = (number(offset + 20, 4), bytes[(offset + 24)..<(offset + 28)])
    let nameLength = number(offset + 28, 2)
    let name = String(decoding: bytes[(offset + 46)..<(offset + 46 + nameLength)], as: UTF8.self)
    let local = number(offset + 42, 4)
    let start = local + 30 + number(local + 26, 2) + number(local + 28, 2)
    let content = Array(bytes[start..<(start + packed)])
    // The same deflate stream in a gzip frame, which has the same checksum and size at its end.
    let frame: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    entries[name] = method == 0 ? content : try decompress(frame + content + crc + size, limit: 1 << 28)
    offset += 46 + nameLength + number(offset + 30, 2) + number(offset + 32, 2)
  }
  return entries
}

/// The cells of a workbook's sheets as text, by sheet name, row and column from 0.
func readWorkbook(_ bytes: [UInt8]) throws -> [String: [[String]]] {
  let entries = try unzip(bytes)
  func text(_ name: String) throws -> String { String(decoding: try #require(entries[name]), as: UTF8.self) }
  var sheets: [String: [[String]]] = [:]
  for (index, part) in try text("xl/workbook.xml").components(separatedBy: "<sheet name=\"").dropFirst().enumerated() {
    let name = String(part.prefix { $0 != "\"" })
    var rows: [[String]] = []
    for row in try text("xl/worksheets/sheet\(index + 1).xml").components(separatedBy: "<row r=\"").dropFirst() {
      let number = try #require(Int(row.prefix { $0 != "\"" }))
      while rows.count < number { rows.append([]) }
      for cell in row.components(separatedBy: "<c r=\"").dropFirst() {
        let letters = cell.prefix { $0.isLetter }
        let column = letters.unicodeScalars.reduce(0) { $0 * 26 + Int($1.value) - 64 } - 1
        while rows[number - 1].count <= column { rows[number - 1].append("") }
        rows[number - 1][column] = content(cell)
      }
    }
    sheets[name] = rows
  }
  return sheets
}

private func content(_ cell: String) -> String {
  for (open, close) in [("<t>", "</t>"), ("<t xml:space=\"preserve\">", "</t>"), ("<v>", "</v>")] {
    guard let start = cell.firstRange(of: open), let end = cell[start.upperBound...].firstRange(of: close) else {
      continue
    }
    return [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")].reduce(
      String(cell[start.upperBound..<end.lowerBound])
    ) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
  }
  return ""
}
