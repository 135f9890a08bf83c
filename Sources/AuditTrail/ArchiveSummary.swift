/// Whether an archive's own seal holds.
public enum SealState: String, Sendable, Hashable, CaseIterable, Codable {
  /// Everything the seal states was recomputed and equals.
  case valid
  /// Something the seal states does not hold, or the archive goes on behind it.
  case broken
  /// The archive carries no seal, or its format has none.
  case none
}

/// What reading an archive found, whatever its format. Always `entries == accepted + rejected + blank`.
public struct ArchiveSummary: Sendable, Hashable {
  /// The path as the user gave it.
  public var path: String
  /// The format's name, such as `assay.archive/1` or `hoop.sessions`.
  public var format: String
  /// The SHA-256 of the file as stored, in hex.
  public var sha256: String
  /// The file's size as stored, in bytes.
  public var bytes: Int64
  /// The size after decompression, in bytes.
  public var expandedBytes: Int64 = 0
  /// Lines, or elements of JSON arrays.
  public var entries: Int64 = 0
  /// Entries that gave records (or are the archive's own header or seal).
  public var accepted: Int64 = 0
  /// Entries that could not be read.
  public var rejected: Int64 = 0
  /// Blank entries.
  public var blank: Int64 = 0
  /// The header, when the format has one.
  public var header: ArchiveHeader?
  /// The seal.
  public var seal = SealState.none
  /// What does not hold, when the seal is broken: one sentence each.
  public var sealProblems: [String] = []
  /// The RFC 6962 root that was recomputed, in hex, when the format has one.
  public var root: String?
  /// The least record time.
  public var first: Timestamp?
  /// The greatest record time.
  public var last: Timestamp?
  /// Whether the seal is signed, and by which key (hex SHA-256 of the public key).
  public var signatureKey: String?
  /// Flags such as `unsealed`, `seal_broken`, `chain_gap`, `list_rows_only`, sorted.
  public var flags: [String] = []
  /// Sentences for people: what an export lacks and how to get it.
  public var notes: [String] = []
  /// Keys that the format does not know and that were left out, with counts.
  public var unknownKeys: [String: Int64] = [:]
  /// The damage at which reading stopped, when the container was damaged; what was read whole before it is kept.
  public var damage: AssayError?

  /// A summary of the file at a path.
  public init(path: String, format: String, sha256: String, bytes: Int64) {
    self.path = path
    self.format = format
    self.sha256 = sha256
    self.bytes = bytes
  }
}
