/// What a source could not show about a record. Reports repeat these flags beside the figures they limit.
public struct Completeness: OptionSet, Sendable, Hashable {
  /// One bit a flag, in the order of ``names``.
  public let rawValue: UInt32
  /// Flags from their bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The archive does not show that a rule was evaluated.
  public static let evaluationUnknown = Self(rawValue: 1 << 0)
  /// Parameter values were not logged.
  public static let paramsNotLogged = Self(rawValue: 1 << 1)
  /// The text was cut.
  public static let statementTruncated = Self(rawValue: 1 << 2)
  /// No person, service or agent is named.
  public static let noIdentity = Self(rawValue: 1 << 3)
  /// No decision is recorded.
  public static let noDecision = Self(rawValue: 1 << 4)
  /// Literals were removed at the source.
  public static let redacted = Self(rawValue: 1 << 5)
  /// The time is derived, not recorded.
  public static let approximateTime = Self(rawValue: 1 << 6)
  /// The archive holds no result: neither rows nor error.
  public static let resultsAbsent = Self(rawValue: 1 << 7)
  /// The decision is known for the session, not for the statement.
  public static let decisionBySession = Self(rawValue: 1 << 8)
  /// The source's scanner gave up on the text.
  public static let sqlIncomplete = Self(rawValue: 1 << 9)
  /// The text held bytes that are no UTF-8; they were replaced.
  public static let invalidUTF8 = Self(rawValue: 1 << 10)
  /// The session's opening is in no archive that was read.
  public static let sessionOpenMissing = Self(rawValue: 1 << 11)
  /// Masking is known for the session, not for the statement.
  public static let maskingBySession = Self(rawValue: 1 << 12)
  /// The text was prepared under a name, and its executions are not recorded: it ran any number of times.
  public static let executionsNotRecorded = Self(rawValue: 1 << 13)
  /// The line that logs the statement is not in the archive; its text is known from its error.
  public static let statementLineMissing = Self(rawValue: 1 << 14)

  /// Every flag's name, in the order of the bits.
  public static let names = [
    "evaluation_unknown", "params_not_logged", "statement_truncated", "no_identity", "no_decision", "redacted",
    "approximate_time", "results_absent", "decision_by_session", "sql_incomplete", "invalid_utf8",
    "session_open_missing", "masking_by_session", "executions_not_recorded",
    "statement_line_missing",
  ]

  /// The names of the flags that are set, in the order of the bits.
  public var flagNames: [String] {
    Self.names.enumerated().filter { rawValue & (1 << UInt32($0.offset)) != 0 }.map(\.element)
  }
}
