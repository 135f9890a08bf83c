import AuditTrail
import Replay

/// Splits the plain SQL of a dump the way psql does: statements end at a semicolon outside quotes, comments, parentheses
/// and `BEGIN ATOMIC` bodies; lines that begin with a backslash are meta-commands; rows of COPY end at `\.`.
struct DumpScanner: ~Copyable {
  /// A statement with the line of the dump at which it starts.
  struct Statement {
    var bytes: [UInt8]
    var line: Int
  }

  private enum Mode {
    case plain, lineComment, singleQuoted(escapes: Bool), doubleQuoted
    case blockComment(depth: Int)
    case dollarQuoted(tag: [UInt8], from: Int)
  }

  private static let limit = 256 << 20
  /// Meta-commands that mean nothing here: pg_dump puts them around its output.
  private static let harmless: Set<String> = ["restrict", "unrestrict"]

  private let input: DumpInput
  private var buffer: [UInt8] = []
  private var position = 0
  private(set) var line = 1
  /// Whether backslashes escape in plain quotes, as dumps of old servers ask for.
  var hasOldStrings = false

  /// Reads a dump from its start.
  init(_ input: DumpInput) { self.input = input }

  /// The place of a line.
  func place(_ line: Int) -> Place { Place(input.path, line: line) }

  private mutating func fill() throws(AssayError) -> Bool {
    guard position == buffer.count else { return true }
    buffer = try input.read()
    position = 0
    return !buffer.isEmpty
  }

  // MARK: Statements

  /// The next statement, without comments; `nil` at the end.
  ///
  /// - Throws: `invalid_file` with the line for a meta-command other than `\restrict` and `\unrestrict`.
  mutating func next() throws(AssayError) -> Statement? {
    var statement = Statement(bytes: [], line: line)
    var mode = Mode.plain
    var body = BodyDepth()
    var parentheses = 0
    var previous: UInt8 = 0
    var isEscapedNext = false
    var lastQuoteEscapes = false
    var dollar: Int?
    while try fill() {
      let byte = buffer[position]
      position += 1
      if byte == UInt8(ascii: "\n") { line += 1 }
      var seen = byte
      switch mode {
      case .lineComment:
        if byte == UInt8(ascii: "\n") {
          mode = .plain
          if !statement.bytes.isEmpty { statement.bytes.append(byte) }
        }
        seen = 0
      case .blockComment(let depth):
        if previous == UInt8(ascii: "/"), byte == UInt8(ascii: "*") {
          mode = .blockComment(depth: depth + 1)
          seen = 0
        } else if previous == UInt8(ascii: "*"), byte == UInt8(ascii: "/") {
          mode = depth > 1 ? .blockComment(depth: depth - 1) : .plain
          seen = 0
        }
      case .singleQuoted(let escapes):
        statement.bytes.append(byte)
        if isEscapedNext {
          isEscapedNext = false
        } else if escapes, byte == UInt8(ascii: "\\") {
          isEscapedNext = true
        } else if byte == UInt8(ascii: "'") {
          lastQuoteEscapes = escapes
          mode = .plain
        }
      case .doubleQuoted:
        statement.bytes.append(byte)
        if byte == UInt8(ascii: "\"") { mode = .plain }
      case .dollarQuoted(let tag, let from):
        statement.bytes.append(byte)
        if byte == UInt8(ascii: "$"), statement.bytes.count - tag.count >= from, statement.bytes.hasSuffix(tag) {
          mode = .plain
          seen = 0
        }
      case .plain:
        if statement.bytes.isEmpty {
          if byte <= 0x20 { continue }
          statement.line = line
        }
        switch byte {
        case UInt8(ascii: "\\"):
          try metaCommand()
          continue
        case UInt8(ascii: "-") where previous == byte:
          statement.bytes.removeLast()
          mode = .lineComment
        case UInt8(ascii: "*") where previous == UInt8(ascii: "/"):
          statement.bytes.removeLast()
          mode = .blockComment(depth: 1)
          seen = 0
        case UInt8(ascii: ";") where parentheses == 0 && !body.isInside(statement.bytes):
          return statement
        default:
          if byte == UInt8(ascii: "'") {
            let escapes =
              previous == byte && lastQuoteEscapes || hasOldStrings || statement.bytes.endsWithEscapeMark
            mode = .singleQuoted(escapes: escapes)
          } else if byte == UInt8(ascii: "\"") {
            mode = .doubleQuoted
          } else if byte == UInt8(ascii: "(") {
            parentheses += 1
          } else if byte == UInt8(ascii: ")") {
            parentheses = max(0, parentheses - 1)
          }
          statement.bytes.append(byte)
          if byte == UInt8(ascii: "$") {
            if let start = dollar, statement.bytes[(start + 1)...].dropLast().allSatisfy(\.isIdentifier),
              !statement.bytes[start + 1].isDigit
            {
              mode = .dollarQuoted(tag: Array(statement.bytes[start...]), from: statement.bytes.count)
              dollar = nil
            } else {
              dollar = previous.isIdentifier ? nil : statement.bytes.count - 1
            }
          }
          body.see(byte, statement.bytes)
        }
      }
      previous = seen
      if statement.bytes.count > Self.limit {
        throw AssayError(
          .invalidFile, "A statement of the dump is larger than 256 MiB; dump its rows with COPY.",
          at: place(statement.line))
      }
    }
    if case .lineComment = mode { mode = .plain }
    while let last = statement.bytes.last, last <= 0x20 { statement.bytes.removeLast() }
    guard statement.bytes.isEmpty, case .plain = mode else {
      throw AssayError(
        .invalidFile, "The dump ends inside this statement; it was cut short.", at: place(statement.line))
    }
    return nil
  }

  private mutating func metaCommand() throws(AssayError) {
    let start = line
    var name: [UInt8] = []
    var isNamed = false
    while try fill() {
      let byte = buffer[position]
      position += 1
      if byte == UInt8(ascii: "\n") {
        line += 1
        break
      }
      if byte <= 0x20 { isNamed = true }
      if !isNamed, name.count < 32 { name.append(byte) }
    }
    let word = String(decoding: name.filter { $0.isIdentifier || $0 == UInt8(ascii: "!") }, as: UTF8.self)
    if Self.harmless.contains(word) { return }
    throw AssayError(
      .invalidFile,
      "The dump holds psql's meta-command \\\(word), which is not carried out; only \\restrict and \\unrestrict are known. "
        + "Dump one database without --create, or take the line out.", at: place(start))
  }

  // MARK: Rows of COPY

  /// The next rows of the COPY that was just returned, whole lines; `nil` after the last.
  mutating func nextRows() throws(AssayError) -> [UInt8]? {
    if isAtRowsStart { skipLine() }
    guard !rowsEnded else {
      rowsEnded = false
      isAtRowsStart = true
      return nil
    }
    isAtRowsStart = false
    var rows: [UInt8] = []
    while try fill() {
      // From here to the end of the line, or of what was read.
      let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? buffer.count
      pendingLine += buffer[position..<end]
      position = end
      guard pendingLine.last == UInt8(ascii: "\n") else {
        guard pendingLine.count <= Self.limit else {
          throw AssayError(.invalidFile, "A row of the dump is larger than 256 MiB.", at: place(line))
        }
        continue
      }
      line += 1
      if pendingLine.isEndOfRows {
        pendingLine = []
        rowsEnded = true
        return rows.isEmpty ? try nextRows() : rows
      }
      rows += pendingLine
      pendingLine.removeAll(keepingCapacity: true)
      if rows.count >= 1 << 16 { return rows }
    }
    throw AssayError(.invalidFile, "The dump ends inside the rows of a COPY; it was cut short.", at: place(line))
  }

  private var isAtRowsStart = true
  private var rowsEnded = false
  private var pendingLine: [UInt8] = []

  /// What follows the semicolon of a COPY on its line is blank.
  private mutating func skipLine() {
    while position < buffer.count, buffer[position] != UInt8(ascii: "\n") { position += 1 }
    if position < buffer.count {
      position += 1
      line += 1
    }
  }
}

/// How deep a statement is in the body of a function written in SQL's own form: `BEGIN ATOMIC … END`.
private struct BodyDepth {
  private var depth = 0
  private var wordStart: Int?
  private var words = 0
  private var isCreate = false
  private var isRoutine = false

  /// Whether a semicolon here belongs to the body.
  mutating func isInside(_ text: [UInt8]) -> Bool {
    endWord(text, text.count)
    return depth > 0
  }

  /// Takes notice of a byte outside quotes, which stands at the end of the text.
  mutating func see(_ byte: UInt8, _ text: [UInt8]) {
    if byte.isIdentifier {
      if wordStart == nil { wordStart = text.count - 1 }
    } else {
      endWord(text, text.count - 1)
    }
  }

  private mutating func endWord(_ text: [UInt8], _ end: Int) {
    guard let start = wordStart else { return }
    wordStart = nil
    words += 1
    guard words <= 4 || isRoutine, end - start <= 9 else { return }
    switch String(decoding: text[start..<end], as: UTF8.self).lowercased() {
    case "create": if words == 1 { isCreate = true }
    case "function", "procedure": if words <= 4, isCreate { isRoutine = true }
    case "begin": if isRoutine { depth += 1 }
    case "case": if depth > 0 { depth += 1 }
    case "end": depth = max(0, depth - 1)
    default: break
    }
  }
}

extension UInt8 {
  /// A letter, a digit, an underscore, or part of a character beyond ASCII.
  var isIdentifier: Bool { isDigit || (self | 0x20) &- 0x61 < 26 || self == UInt8(ascii: "_") || self > 127 }
  /// `0` to `9`.
  var isDigit: Bool { self &- 0x30 < 10 }
}

extension [UInt8] {
  func hasSuffix(_ other: [UInt8]) -> Bool {
    count >= other.count && self[(count - other.count)...].elementsEqual(other)
  }

  /// Whether the quote that follows is that of `E'…'`.
  fileprivate var endsWithEscapeMark: Bool {
    guard let last, last | 0x20 == UInt8(ascii: "e") else { return false }
    return count < 2 || !self[count - 2].isIdentifier
  }

  fileprivate var isEndOfRows: Bool {
    guard count >= 3, self[0] == UInt8(ascii: "\\"), self[1] == UInt8(ascii: ".") else { return false }
    return count == 3 || count == 4 && self[2] == UInt8(ascii: "\r")
  }
}
