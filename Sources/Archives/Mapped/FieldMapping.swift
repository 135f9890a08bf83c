public import AuditTrail

/// Says how the records of a CSV or JSON-lines log become statements, for products that have no reader of their own.
public struct FieldMapping: Sendable {
  /// How the log is laid out.
  public enum Layout: Sendable, Hashable {
    /// Lines of values; `columns` names them where the first line does not.
    case csv(separator: UInt8, columns: [String]?)
    /// One JSON object to the line.
    case jsonLines
  }

  /// What a record can say.
  public enum Target: String, Sendable, Hashable, CaseIterable {
    case time, statement, session, sequence, user, groups, connection, engine, database
    case databaseUser = "database_user"
    case environment, address, application, decision, rule, message, rows, duration, error, ticket, reason
  }

  /// Where a value comes from.
  public enum Source: Sendable, Hashable {
    /// A column's name, or the keys to a value of JSON; where there are several, the values joined with `/`.
    case fields([[String]])
    /// The same for all.
    case constant(String)
  }

  /// How a time is written.
  public enum TimeFormat: Sendable, Hashable {
    /// RFC 3339; a blank may replace the `T`.
    case rfc3339
    /// A number of units since 1970, of which so many are a second.
    case epoch(unitsPerSecond: Int64)
    /// A pattern of `%Y %m %d %H %M %S %f %z %b` and the text between them.
    case pattern(String)
  }

  /// How the log is laid out.
  public var layout: Layout
  /// What the records say, and where.
  public var sources: [Target: Source]
  /// How times are written.
  public var timeFormat: TimeFormat
  /// The offset of times that carry none; `nil` takes the caller's.
  public var zone: (@Sendable (_ reading: Timestamp) -> Int64)?
  /// What the log's words for decisions mean.
  public var decisions: [String: Action]
  /// What every other word means; `nil` rejects the entry.
  public var otherDecision: Action?
  /// Microseconds in a unit of duration.
  public var durationUnit: Int64
  /// The kind of every identity.
  public var identityKind: IdentityKind?
  /// What rows are.
  public var rowsKind: RowsKind
  /// Records to leave out: a field and its values.
  public var skip: (field: [String], values: Set<String>)?

  /// A mapping without fields.
  public init(layout: Layout) {
    self.layout = layout
    (sources, timeFormat, decisions) = ([:], .rfc3339, [:])
    (durationUnit, rowsKind) = (1000, .unknown)
  }
}

extension ArchiveFormat {
  /// The format that a mapping describes, under the name of its file.
  public static func mapped(_ mapping: FieldMapping, name: String) -> ArchiveFormat {
    ArchiveFormat(mapping: mapping, name: "mapping:\(name)")
  }
}
