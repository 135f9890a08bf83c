import SQLAnalysis

/// What the loader knows of a session while it reads an archive.
struct SessionState {
  let id: Int64
  var context: Int64
  /// What its statements are written in.
  var dialect: SQLDialect
  var lastSequence: Int64
  let storedLastSequence: Int64
  /// The digest of its opening; `nil` before one was read.
  var openingDigest: String?
  /// How it ended; `nil` before that was read.
  var end: SessionEnd?
}

/// How a session ended, and with how many statements by its own count.
struct SessionEnd {
  let time: Int64
  let statements: Int64?

  /// Whether the other one says otherwise what both say.
  func contradicts(_ other: SessionEnd) -> Bool {
    time != other.time || statements != nil && other.statements != nil && statements != other.statements
  }
}
