/// A strict reader of comma-separated values (RFC 4180) with a header line.
///
/// Lines may end in CRLF or LF; a UTF-8 byte-order mark is skipped; blank lines are refused like any other line whose number
/// of fields differs from the header's.
package struct CSVReader {
  /// A row's fields with the line it starts on, counted from 1.
  package struct Row {
    /// The line.
    package let line: Int
    /// Its fields.
    package let fields: [String]
  }

  private let path: String
  /// Gives the next piece of the file; an empty one is its end.
  private let nextPiece: () throws(AssayError) -> [UInt8]
  private var bytes: [UInt8]
  private var isWhole: Bool
  private var hasBegun = false
  private var position = 0
  private var line = 1
  private var fieldCount: Int?

  /// A reader of the file's bytes; `path` names it in errors.
  package init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
    isWhole = true
    nextPiece = { () throws(AssayError) in [] }
  }

  /// A reader of a file that comes in pieces, of which the last one is empty.
  package init(path: String, pieces: @escaping () throws(AssayError) -> [UInt8]) {
    self.path = path
    bytes = []
    isWhole = false
    nextPiece = pieces
  }

  private mutating func skipByteOrderMark() throws(AssayError) {
    while bytes.count < 3, !isWhole { try readOn(from: 0) }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    hasBegun = true
  }

  /// Every row, the header first; all have as many fields as the header.
  package mutating func rows() throws(AssayError) -> [Row] {
    var rows: [Row] = []
    while let row = try next() { rows.append(row) }
    guard !rows.isEmpty else { throw failure("The file is empty; write at least its header line.", line: 1) }
    return rows
  }

  /// The next row, the header first; `nil` after the last. Throws `invalid_file` where it has not as many fields as the header.
  package mutating func next() throws(AssayError) -> Row? {
    if !hasBegun { try skipByteOrderMark() }
    while true {
      while position == bytes.count, !isWhole { try readOn(from: position) }
      guard position < bytes.count else { return nil }
      let start = (position: position, line: line)
      do throws(AssayError) {
        let row = try row()
        if position < bytes.count || isWhole {
          if let fieldCount, fieldCount != row.fields.count {
            throw failure("This line has \(row.fields.count) fields, the header \(fieldCount).", line: row.line)
          }
          fieldCount = row.fields.count
          return row
        }
      } catch {
        // Before the end of what was read nothing that follows makes it right.
        if isWhole || position + 1 < bytes.count { throw error }
      }
      // The row may go on in the next piece.
      line = start.line
      try readOn(from: start.position)
    }
  }

  /// Reads on behind what begins at `start`: as much again at least, so that a long row is not looked through time and again.
  private mutating func readOn(from start: Int) throws(AssayError) {
    bytes.removeSubrange(..<start)
    position = 0
    let wanted = 2 * bytes.count
    repeat {
      let piece = try nextPiece()
      isWhole = piece.isEmpty
      bytes.append(contentsOf: piece)
    } while bytes.count < wanted && !isWhole
  }

  private mutating func row() throws(AssayError) -> Row {
    let start = line
    var fields: [String] = []
    while true {
      fields.append(try field())
      guard position < bytes.count else { return Row(line: start, fields: fields) }
      if bytes[position] == UInt8(ascii: ",") {
        position += 1
        continue
      }
      if bytes[position] == UInt8(ascii: "\r") { position += 1 }
      position += 1
      line += 1
      return Row(line: start, fields: fields)
    }
  }

  private mutating func field() throws(AssayError) -> String {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return try plainField() }
    let start = line
    position += 1
    var value: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
          guard isAtFieldEnd else {
            throw failure("Text follows a closing quote; double the quotes inside a field.", line: line)
          }
          return try text(value)
        }
        position += 1
      }
      if byte == UInt8(ascii: "\n") { line += 1 }
      value.append(byte)
    }
    throw failure("A quoted field is not closed.", line: start)
  }

  private mutating func plainField() throws(AssayError) -> String {
    let start = position
    while position < bytes.count, !isAtFieldEnd {
      guard bytes[position] != UInt8(ascii: "\"") else {
        throw failure("A quote is inside a field that is not quoted.", line: line)
      }
      guard bytes[position] != UInt8(ascii: "\r") else {
        throw failure("A carriage return stands without a line feed after it.", line: line)
      }
      position += 1
    }
    return try text(bytes[start..<position])
  }

  private var isAtFieldEnd: Bool {
    guard position < bytes.count else { return true }
    switch bytes[position] {
    case UInt8(ascii: ","), UInt8(ascii: "\n"): return true
    case UInt8(ascii: "\r"): return position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "\n")
    default: return false
    }
  }

  private func text(_ bytes: some Sequence<UInt8>) throws(AssayError) -> String {
    guard let text = String(validating: Array(bytes), as: UTF8.self) else {
      throw failure("A field is not UTF-8.", line: line)
    }
    return text
  }

  private func failure(_ message: String, line: Int) -> AssayError {
    AssayError(.invalidFile, message, at: Place(path, line: line))
  }
}
