import AuditTrail

/// The first and the last time of an archive's records.
struct TimeSpan {
  private(set) var first: Timestamp?
  private(set) var last: Timestamp?

  /// Takes a record's time.
  mutating func add(_ time: Timestamp) {
    if first.map({ time < $0 }) ?? true { first = time }
    if last.map({ time > $0 }) ?? true { last = time }
  }

  /// Says it.
  func report(into summary: inout ArchiveSummary) { (summary.first, summary.last) = (first, last) }
}
