import Ledger
import Replay

/// Texts of sessions with `standard_conforming_strings` off, where a backslash in a plain literal escapes what follows.
///
/// Source: PostgreSQL 15, 4.1.2.1 and 4.1.2.2 "String Constants", 20.13.1 on the setting.
enum OldStrings {
  /// The text with each plain literal that holds a backslash as `E'…'`, which means the same under either setting.
  ///
  /// The parsers that split a text know only the standard's literals.
  static func respelled(_ sql: String) -> String {
    guard sql.utf8.contains(UInt8(ascii: "\\")) else { return sql }
    let bytes = Array(sql.utf8)
    var spelled: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let start = index
      switch bytes[index] {
      case UInt8(ascii: "'"):
        let prefix = literalPrefix(bytes, before: index)
        index = end(ofLiteral: bytes, from: index, escapes: prefix == nil || prefix == UInt8(ascii: "e"))
        if prefix == nil, bytes[start..<index].contains(UInt8(ascii: "\\")) { spelled += " E".utf8 }
      case UInt8(ascii: "\""): index = end(ofLiteral: bytes, from: index, escapes: false)
      case UInt8(ascii: "-") where follows(bytes, index, "-"):
        while index < bytes.count, bytes[index] != 0x0a { index += 1 }
      case UInt8(ascii: "/") where follows(bytes, index, "*"): index = end(ofComment: bytes, from: index)
      case UInt8(ascii: "$"): index = end(ofDollarQuote: bytes, from: index)
      default: index += 1
      }
      spelled += bytes[start..<index]
    }
    return String(decoding: spelled, as: UTF8.self)
  }

  private static func follows(_ bytes: [UInt8], _ index: Int, _ next: Unicode.Scalar) -> Bool {
    index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: next)
  }

  private static func isName(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26 || byte.isDigit || byte == UInt8(ascii: "_") || byte > 127
  }

  /// The letter that makes a literal another kind (`e`, `b`, `x`, `&`), in lower case; `nil` for a plain one.
  private static func literalPrefix(_ bytes: [UInt8], before index: Int) -> UInt8? {
    guard index > 0 else { return nil }
    if bytes[index - 1] == UInt8(ascii: "&") { return bytes[index - 1] }
    let letter = bytes[index - 1] | 0x20
    guard "ebx".utf8.contains(letter), index == 1 || !isName(bytes[index - 2]) else { return nil }
    return letter
  }

  /// Behind the literal or quoted name that begins at `start`; the end of the text where it is not closed.
  private static func end(ofLiteral bytes: [UInt8], from start: Int, escapes: Bool) -> Int {
    var index = start + 1
    while index < bytes.count {
      if escapes, bytes[index] == UInt8(ascii: "\\") {
        index += 2
      } else if bytes[index] == bytes[start] {
        // Doubled, it stands for itself.
        guard index + 1 < bytes.count, bytes[index + 1] == bytes[start] else { return index + 1 }
        index += 2
      } else {
        index += 1
      }
    }
    return bytes.count
  }

  private static func end(ofComment bytes: [UInt8], from start: Int) -> Int {
    var (index, depth) = (start + 2, 1)
    while index < bytes.count, depth > 0 {
      if bytes[index] == UInt8(ascii: "/"), follows(bytes, index, "*") {
        (index, depth) = (index + 2, depth + 1)
      } else if bytes[index] == UInt8(ascii: "*"), follows(bytes, index, "/") {
        (index, depth) = (index + 2, depth - 1)
      } else {
        index += 1
      }
    }
    return min(index, bytes.count)
  }

  private static func end(ofDollarQuote bytes: [UInt8], from start: Int) -> Int {
    if start > 0, isName(bytes[start - 1]) { return start + 1 }
    var tag = start + 1
    while tag < bytes.count, isName(bytes[tag]) { tag += 1 }
    let isQuote = tag < bytes.count && bytes[tag] == UInt8(ascii: "$") && !(start + 1 < tag && bytes[start + 1].isDigit)
    guard isQuote else { return start + 1 }
    let mark = bytes[start...tag]
    var index = tag + 1
    while index + mark.count <= bytes.count {
      if bytes[index..<index + mark.count] == mark { return index + mark.count }
      index += 1
    }
    return bytes.count
  }
}

extension PostgresDriver {
  /// The statement as the server reads it: by the setting that it reports.
  func asRead(_ statement: StatementEntry) -> StatementEntry {
    guard meter.hasOldStrings else { return statement }
    return statement.with(sql: OldStrings.respelled(statement.sql))
  }
}
