/// A run of bytes of a SQL text that the lexical rules hold together.
struct Token: Equatable {
  /// What the run is.
  enum Kind: UInt8 {
    /// A keyword or a plain name.
    case word
    /// A name in double quotes (or back-ticks, in text that is not PostgreSQL's).
    case quotedName
    /// A string of any form but the two below.
    case string
    /// `B'…'` or `X'…'`.
    case bitString
    /// `N'…'`.
    case nationalString
    case number
    /// `$1`.
    case parameter
    case comment
    case semicolon
    case open
    case close
    case openBracket
    case closeBracket
    case comma
    case dot
    case cast
    case symbol
  }

  var kind: Kind
  /// Offsets of the first byte and of the one after the last.
  var start: Int
  var end: Int

  /// Whether it holds a value rather than structure.
  var isLiteral: Bool {
    switch kind {
    case .string, .bitString, .nationalString, .number: true
    default: false
    }
  }
}

/// Which lexical rules hold where engines differ.
enum Lexicon {
  /// PostgreSQL's own rules.
  case postgreSQL
  /// MySQL's and MariaDB's in their usual mode: a backslash escapes, double quotes hold values.
  case mySQL
  /// The same in the mode `NO_BACKSLASH_ESCAPES`.
  case mySQLWithoutEscapes
  /// Text that PostgreSQL does not read: whatever may be a value anywhere counts as one.
  case unknown

  /// Whether it is one of MySQL's.
  var isMySQL: Bool { self == .mySQL || self == .mySQLWithoutEscapes }
}
