import AuditTrail

/// What a client sees of a statement, for comparing two clones: hashes, not rows, so that no result is too large.
struct Observation: Equatable {
  /// Rows returned.
  var rows: Int64 = 0
  /// The rows as a multiset.
  var multiset: UInt64 = 0
  /// The rows in their order.
  var ordered: UInt64 = 0
  /// The values of each result column, in order of the rows.
  var columns: [UInt64] = []
  /// The changed rows that the engine reported.
  var ownCount: Int64?
  /// The error it ended with.
  var failure: String?
}

/// What a client sees, and which sensitive values stand in it verbatim.
struct ObservedRows {
  var seen = Observation()
  /// Sensitive columns, by position in the run's list, of which a value stood verbatim in a cell.
  var verbatim: Set<Int> = []
  /// Sensitive columns that a result column shows unchanged by the engine's own account, masked ones left out.
  var origins: Set<Int> = []
  /// Sensitive columns that the recorded mask hid, by the same account.
  var hidden: Set<Int> = []
  /// Notices and error messages, as one number; 0 where there were none.
  var texts: UInt64 = 0
  /// How much of a sensitive column's values stood in a cell in another form, where that was looked for.
  var forms: [Int: LeakForm] = [:]
}
