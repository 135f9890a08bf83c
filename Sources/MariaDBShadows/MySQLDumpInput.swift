import AuditTrail
import Compression
import Digests
import Foundation

/// The statements of a dump, plain or compressed, as the `mariadb` client would split them.
final class MySQLDumpInput {
  /// A statement with the line of the dump at which it starts.
  struct Statement {
    var bytes: [UInt8]
    var line: Int
  }

  private enum Mode { case plain, lineComment, comment, quoted(UInt8) }

  /// The most bytes of one statement.
  private static let limit = 256 << 20

  let path: String
  /// Bytes of plain text read so far.
  private(set) var count = 0
  /// The database that the dump's head names.
  private(set) var namedDatabase: String?
  private var input: CompressedInput
  private var hasher = SHA256Hasher()
  private var buffer: [UInt8] = []
  private var position = 0
  private var line = 1
  private var delimiter: [UInt8] = [UInt8(ascii: ";")]

  /// Fails where there is no file.
  static func requireThere(_ path: String) throws(AssayError) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw AssayError(
        .missingInput, "There is no dump here; check the path in --shadow or in the configuration.", at: Place(path))
    }
  }

  /// Opens a dump.
  init(_ path: String) throws(AssayError) {
    self.path = path
    do {
      input = try CompressedInput(path: path)
    } catch {
      throw Self.unreadableFile(error, path)
    }
  }

  private static func unreadableFile(_ error: CompressionError, _ path: String) -> AssayError {
    let code: AssayError.Code =
      switch error.code {
      case .missing: .missingInput
      case .notARegularFile: .notAFile
      case .changedWhileRead: .changedWhileRead
      case .permission, .inputOutput: .inputOutput
      case .truncated, .corrupt, .unsupported, .expansionLimit: .damagedContainer
      }
    return AssayError(code, error.message + ".", at: Place(path))
  }

  /// The digest of all that was read.
  func sha256() -> String { hasher.finish().hex }

  private func refill() throws(AssayError) -> Bool {
    guard position == buffer.count else { return true }
    var bytes = [UInt8](repeating: 0, count: 1 << 18)
    do {
      bytes.removeLast(bytes.count - (try input.read(into: &bytes)))
    } catch {
      throw Self.unreadableFile(error, path)
    }
    hasher.update(bytes)
    count += bytes.count
    (buffer, position) = (bytes, 0)
    return !bytes.isEmpty
  }

  // MARK: Statements

  /// The next statement, without comments but those that the server runs; `nil` at the end.
  func nextStatement() throws(AssayError) -> Statement? {
    var statement = Statement(bytes: [], line: line)
    var mode = Mode.plain
    var comment: [UInt8] = []
    var isEscaped = false
    while try refill() {
      let byte = buffer[position]
      position += 1
      if byte == UInt8(ascii: "\n") { line += 1 }
      switch mode {
      case .lineComment:
        if byte == UInt8(ascii: "\n") {
          noteHead(comment)
          comment = []
          mode = .plain
          if !statement.bytes.isEmpty { statement.bytes.append(byte) }
        } else if comment.count < 4096 {
          comment.append(byte)
        }
      case .comment:
        if byte == UInt8(ascii: "/"), comment.last == UInt8(ascii: "*") {
          comment = []
          mode = .plain
          statement.bytes.append(UInt8(ascii: " "))
        } else {
          comment = [byte]
        }
      case .quoted(let quote):
        statement.bytes.append(byte)
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "`") {
          isEscaped = true
        } else if byte == quote {
          mode = .plain
        }
      case .plain:
        if statement.bytes.isEmpty {
          if byte <= 0x20 { continue }
          statement.line = line
        }
        statement.bytes.append(byte)
        if isDelimiterLine(statement.bytes) {
          if byte == UInt8(ascii: "\n") { try setDelimiter(&statement) }
          continue
        }
        readPlain(byte, &statement, &mode)
        if statement.bytes.ends(with: delimiter) {
          statement.bytes.removeLast(delimiter.count)
          if !statement.bytes.allSatisfy({ $0 <= 0x20 }) { return statement }
          statement = Statement(bytes: [], line: line)
        }
      }
      if statement.bytes.count > Self.limit {
        throw AssayError(
          .invalidFile, "A statement of the dump is larger than 256 MiB; dump with --max-allowed-packet=64M.",
          at: Place(path, line: statement.line))
      }
    }
    guard statement.bytes.allSatisfy({ $0 <= 0x20 }) || isDelimiterLine(statement.bytes) else {
      throw AssayError(
        .invalidFile, "The dump ends inside this statement; it was cut short.", at: Place(path, line: statement.line))
    }
    return nil
  }

  /// Follows a byte outside quotes and comments: what it begins.
  private func readPlain(_ byte: UInt8, _ statement: inout Statement, _ mode: inout Mode) {
    let bytes = statement.bytes
    switch byte {
    case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): mode = .quoted(byte)
    case UInt8(ascii: "#"):
      statement.bytes.removeLast()
      mode = .lineComment
    case 0...0x20 where bytes.count > 2 && bytes.dropLast().suffix(2).elementsEqual("--".utf8):
      statement.bytes.removeLast(3)
      if byte == UInt8(ascii: "\n") { statement.bytes.append(byte) } else { mode = .lineComment }
      if statement.bytes.allSatisfy({ $0 <= 0x20 }) { statement.bytes = [] }
    case UInt8(ascii: "!") where bytes.ends(with: Array("/*!".utf8)): break
    case UInt8(ascii: "M") where bytes.ends(with: Array("/*M".utf8)): break
    case _ where bytes.count > 2 && bytes.dropLast().suffix(2).elementsEqual("/*".utf8):
      statement.bytes.removeLast(3)
      mode = .comment
      if byte == UInt8(ascii: "*") { position -= 1 }
    default: break
    }
  }

  /// Whether a `DELIMITER` line has begun, which is the client's.
  private func isDelimiterLine(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 10, bytes[0] | 0x20 == UInt8(ascii: "d") else { return false }
    return String(decoding: bytes.prefix(10), as: UTF8.self).lowercased() == "delimiter "
  }

  private func setDelimiter(_ statement: inout Statement) throws(AssayError) {
    let word = statement.bytes.dropFirst(10).filter { $0 > 0x20 }
    guard !word.isEmpty, word.count < 16 else {
      throw AssayError(
        .invalidFile, "This line of the dump sets no delimiter that could be read.",
        at: Place(path, line: statement.line)
      )
    }
    (delimiter, statement.bytes) = (Array(word), [])
  }

  /// Source: mysqldump writes `-- Host: localhost    Database: clinic` at the head of each dump.
  private func noteHead(_ comment: [UInt8]) {
    guard namedDatabase == nil else { return }
    let text = String(decoding: comment, as: UTF8.self)
    guard let range = text.range(of: "Database: "), text.contains("Host: ") else { return }
    let name = text[range.upperBound...].filter { $0 != "\r" && $0 != "\n" }
    if !name.isEmpty, name.utf8.count <= 64 { namedDatabase = String(name) }
  }
}

extension [UInt8] {
  /// Whether it ends with the bytes.
  fileprivate func ends(with other: [UInt8]) -> Bool {
    count >= other.count && suffix(other.count).elementsEqual(other)
  }
}
