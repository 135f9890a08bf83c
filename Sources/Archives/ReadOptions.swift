public import AuditTrail
public import Compression

/// How an archive is read: limits against hostile input, and what only the caller knows.
public struct ReadOptions: Sendable {
  /// Entries longer than this, in bytes, are rejected unread.
  public var maximumEntryBytes = 16 << 20
  /// A batch is delivered when it holds this many records.
  public var batchRecords = 8000
  /// A batch is delivered when its arena holds this many bytes.
  public var batchBytes = 4 << 20
  /// How far a compressed file may grow.
  public var expansion = ExpansionLimits()
  /// Roots of the segments that are known, in hex; `nil` leaves the chain to the caller.
  public var knownRoots: Set<String>?
  /// The keys whose signatures are trusted.
  public var trust = SignatureTrust()
  /// What wrote the archive, where its format does not say and several of its kind may be read.
  public var source: String?
  /// Splits a script into its commands, as ranges of UTF-8 offsets; without it a script is one statement.
  public var split: @Sendable (String) -> [Range<Int>]

  /// The `log_line_prefix` with which PostgreSQL wrote its text logs; `nil` tells it by content.
  public var linePrefix: String?
  /// The year in which a log begins whose times have none.
  public var logYear: Int?
  /// The seconds east of UTC of a clock that shows a time, by a zone's abbreviation (empty where none is written); `nil` where
  /// they are not known.
  public var zone: @Sendable (_ reading: Timestamp, _ abbreviation: String) -> Int64? = { _, _ in nil }

  /// Says what recorded output holds, by detectors' names; without it output is not looked at.
  public var recognize: @Sendable ([UInt8]) -> [String: Int64] = { _ in [:] }

  /// The usual limits.
  public init(split: @escaping @Sendable (String) -> [Range<Int>] = { [0..<$0.utf8.count] }) {
    self.split = split
  }
}

/// Takes a batch of records on its way to the ledger.
typealias Deliver = (consuming RecordBatch) throws(AssayError) -> Void
