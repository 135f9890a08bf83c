public import AuditTrail
import SQLite

/// What a checkpoint showed of the archives that the ledger holds.
public struct CheckpointFinding: Sendable, Hashable {
  /// The checkpoint's file.
  public var path: String
  /// The source whose chain it is the head of.
  public var source: String
  /// The root of the segment that was the newest.
  public var root: String
  /// The greatest record time of that segment.
  public var last: Timestamp?
  /// What does not hold, as a sentence; `nil` where the chain is whole.
  public var problem: String?

  /// A finding.
  public init(path: String, source: String, root: String, last: Timestamp?, problem: String?) {
    self.path = path
    self.source = source
    self.root = root
    self.last = last
    self.problem = problem
  }
}

/// Who sealed the archives, by the keys that a configuration trusts: beside what the archives hold, and replaced whenever keys
/// are named again.
extension Ledger {
  /// Stores the origins by archive id, and what checkpoints showed. Writes nothing where the ledger says the same already.
  public borrowing func map(
    origins: [Int64: ArchiveOrigin], checkpoints: [CheckpointFinding]
  ) throws(AssayError) {
    let known = try checkpointFindings()
    let changed = try archives().filter { entry in origins[entry.id].map { $0 != entry.summary.origin } ?? false }
    guard !changed.isEmpty || known != checkpoints else { return }
    do {
      try changing(["archive_origins", "checkpoints"]) { () throws(SQLiteError) in
        for entry in changed {
          guard let origin = origins[entry.id] else { continue }
          try write(
            "INSERT OR REPLACE INTO archive_origins VALUES (?1, ?2, ?3, ?4, ?5)",
            [
              .integer(entry.id), .text(origin.standing.rawValue), .text(origin.reason), .text(jsonList(origin.flags)),
              .integer(origin.breaksSeal ? 1 : 0),
            ])
        }
        try write("DELETE FROM checkpoints", [])
        for finding in checkpoints {
          try write(
            "INSERT INTO checkpoints VALUES (?1, ?2, ?3, ?4, ?5)",
            [
              .text(finding.path), .text(finding.source), .text(finding.root), .optional(finding.last),
              .optional(finding.problem),
            ])
        }
      }
    } catch {
      throw Ledger.failure(error, path: path)
    }
  }

  /// What checkpoints showed, in order of path.
  public borrowing func checkpointFindings() throws(AssayError) -> [CheckpointFinding] {
    try rows("SELECT path, source, root, last, problem FROM checkpoints ORDER BY path").map { row in
      CheckpointFinding(
        path: row[0].text ?? "", source: row[1].text ?? "", root: row[2].text ?? "",
        last: row[3].integer.map(Timestamp.init(nanoseconds:)), problem: row[4].text)
    }
  }

  /// The origins that were stored, by archive id.
  borrowing func storedOrigins() throws(AssayError) -> [Int64: ArchiveOrigin] {
    var lists = StoredJSON()
    var origins: [Int64: ArchiveOrigin] = [:]
    try query("SELECT archive, origin, reason, flags, breaks_seal FROM archive_origins") { row in
      guard let id = row[0].integer, let standing = row[1].text.flatMap(ArchiveOrigin.Standing.init) else { return }
      origins[id] = ArchiveOrigin(
        standing, row[2].text ?? "", flags: lists.list(row[3].text ?? ""), breaksSeal: row[4].integer == 1)
    }
    return origins
  }
}
