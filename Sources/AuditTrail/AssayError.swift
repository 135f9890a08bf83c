/// A failure a person can act on: what went wrong, where, and what to do about it.
///
/// `message` says how to remedy and holds no SQL literal, parameter or personal name; the command line turns
/// `code.category` into a sysexits status and prints `code`, `message` and `place`.
public struct AssayError: Error, Sendable, Hashable {
  /// What kind of failure it is, for the exit status.
  public enum Category: String, Sendable, Hashable {
    case usage, badData, missingInput, unavailable, internalFault, inputOutput, inUse, refused
  }

  /// A stable name for scripts, with its category.
  public struct Code: Sendable, Hashable {
    /// The name printed in messages and in JSON, in snake_case.
    public let name: String
    /// The kind of failure.
    public let category: Category

    /// A code of the given name and category.
    public init(_ name: String, _ category: Category) {
      self.name = name
      self.category = category
    }
  }

  /// What happened.
  public let code: Code
  /// What happened and what to do, as one sentence or two.
  public let message: String
  /// Where it happened, when that is known.
  public let place: Place?
  /// The failure underneath, in words, when there is one.
  public let cause: String?

  /// A failure with its place and cause.
  public init(_ code: Code, _ message: String, at place: Place? = nil, cause: String? = nil) {
    self.code = code
    self.message = message
    self.place = place
    self.cause = cause
  }
}

extension AssayError: CustomStringConvertible {
  /// `place: message (code; cause)`.
  public var description: String {
    let head = place.map { "\($0): " } ?? ""
    let tail = cause.map { "; \($0)" } ?? ""
    return "\(head)\(message) (\(code.name)\(tail))"
  }
}

extension AssayError.Code {
  /// A command was called in a way that cannot be carried out.
  public static let usage = Self("usage", .usage)
  /// A file is of no format that is known.
  public static let unknownFormat = Self("unknown_format", .badData)
  /// A container (gzip, zstd) is damaged or cut short.
  public static let damagedContainer = Self("damaged_container", .badData)
  /// A configuration, policy or catalog file does not hold what it should.
  public static let invalidFile = Self("invalid_file", .badData)
  /// A file or folder that was named does not exist.
  public static let missingInput = Self("missing_input", .missingInput)
  /// What was named is not a regular file.
  public static let notAFile = Self("not_a_regular_file", .missingInput)
  /// A file changed while it was read.
  public static let changedWhileRead = Self("changed_while_read", .inputOutput)
  /// Reading or writing failed.
  public static let inputOutput = Self("input_output", .inputOutput)
  /// The ledger cannot be used as it is.
  public static let ledger = Self("ledger", .inputOutput)
  /// The ledger's file is not a whole database, or no ledger.
  public static let damagedLedger = Self("ledger_damaged", .badData)
  /// The ledger holds what this program did not write.
  public static let changedLedger = Self("ledger_changed", .badData)
  /// Another process works with what is needed.
  public static let inUse = Self("in_use", .inUse)
  /// A database that must be a shadow does not prove that it is one.
  public static let notAShadow = Self("not_a_shadow", .refused)
  /// A superuser of a running server, whom nobody allowed.
  public static let refusedSuperuser = Self("refused_superuser", .refused)
  /// A service that is needed does not answer.
  public static let unavailable = Self("unavailable", .unavailable)
  /// A fault of Assay itself.
  public static let internalFault = Self("internal_fault", .internalFault)
}

/// A place in a file: the path, and as much of line, column, entry and byte offset as is known.
public struct Place: Sendable, Hashable {
  /// The path as the user gave it.
  public let path: String
  /// The line, counted from 1.
  public var line: Int?
  /// The column in bytes, counted from 1.
  public var column: Int?
  /// The entry (a line, or an element of a JSON array), counted from 1.
  public var entry: Int?
  /// The offset into the file, after decompression, in bytes.
  public var byteOffset: Int?

  /// A place in the file at `path`.
  public init(_ path: String, line: Int? = nil, column: Int? = nil, entry: Int? = nil, byteOffset: Int? = nil) {
    self.path = path
    self.line = line
    self.column = column
    self.entry = entry
    self.byteOffset = byteOffset
  }
}

extension Place: CustomStringConvertible {
  /// `path:line:column`, `path entry 7`, or `path byte 1024`.
  public var description: String {
    if let line { return column.map { "\(path):\(line):\($0)" } ?? "\(path):\(line)" }
    if let entry { return "\(path) entry \(entry)" }
    if let byteOffset { return "\(path) byte \(byteOffset)" }
    return path
  }
}
