import AuditTrail

/// How long the making of a shadow has taken, against what it may.
///
/// The schema's code runs for each row: a check, a default or a generated column that is each time just short enough would add
/// up to days. What a row may take on average leaves an honest schema ten times what it needs.
struct MakingTime {
  private static let secondsPerRow = 0.01
  private let start = ContinuousClock.now
  private let seconds: Double
  private var rows = 0.0

  /// The time from now on; `seconds` is what may be taken besides what each row may.
  init(seconds: Double) { self.seconds = seconds }

  /// A row is to be made, of the table.
  ///
  /// - Throws: `invalid_file` where those before took too long.
  mutating func takeRow(of table: String) throws(AssayError) {
    rows += 1
    guard start.duration(to: .now) > .seconds(seconds + rows * Self.secondsPerRow) else { return }
    throw Self.failure(isBound: true, at: Place(table), cause: "in the sum of all rows")
  }

  /// Why the schema's own code ended the making of a shadow.
  static func failure(isBound: Bool, at place: Place, cause: String) -> AssayError {
    AssayError(
      .invalidFile,
      isBound
        ? "Making the shadow takes more time or memory than it may: the schema's own code, such as a check, a default, a "
          + "generated column or a view, does too much. Take it out of the schema, or ask for fewer rows."
        : "The schema's own code, such as a check, a default, a generated column or a policy, fails where rows are read or made. "
          + "Correct it, or take it out of the schema.", at: place, cause: cause)
  }
}
