public import SQLAnalysis

/// A text of which no facts are known yet.
public struct UnreadText: Sendable {
  /// As the client sent it.
  public let sql: String
  /// How its connection's engine reads it.
  public let dialect: SQLDialect

  /// A text in a dialect.
  public init(sql: String, dialect: SQLDialect) {
    self.sql = sql
    self.dialect = dialect
  }
}
