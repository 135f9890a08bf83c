public import AuditTrail

/// Clock readings without a zone: those of a log whose server writes its own local time.
///
/// What zone that was, only its people know. Without it nothing is read, for an hour or a quarter would be another one.
struct LocalTime {
  private let offset: @Sendable (Timestamp, String) -> Int64?
  private let year: Int?
  /// The last month read of readings without a year, and the year it is in.
  private var last: (month: Int, year: Int)?

  /// Readings, in the zone and from the year that the caller names.
  init(_ options: ReadOptions) { (offset, year) = (options.zone, options.logYear) }

  /// The moment of a reading, in seconds since 1970 as if it were UTC.
  func moment(seconds: Int64) throws(AssayError) -> Timestamp {
    guard let reading = Timestamp(seconds: seconds) else {
      return Timestamp(nanoseconds: seconds < 0 ? .min : .max)
    }
    guard let offset = offset(reading, "") else {
      throw AssayError(
        .zoneMissing,
        "The log's times carry no time zone. Name its server's with --log-time-zone, such as --log-time-zone Europe/Berlin, "
          + "or `time_zone:` at the archive in assay.yaml")
    }
    return reading.adding(nanoseconds: -offset * 1_000_000_000)
  }

  /// The moment of a reading without a year: of the first year that the caller names, and of the next from each January on
  /// that follows a December.
  mutating func moment(month: Int, day: Int, second: Int64) throws(AssayError) -> Timestamp {
    guard let first = year else {
      throw AssayError(
        .yearMissing,
        "The log's times carry no year. Name that of its first line with --log-year, such as --log-year 2026, or `year:` at the "
          + "archive in assay.yaml")
    }
    var year = last?.year ?? first
    // A line or two may be out of order about midnight; a whole year goes back only by half of it or more.
    if let last, month < last.month, last.month - month >= 6 { year += 1 }
    if let last, month > last.month, month - last.month >= 6 { year -= 1 }
    last = (month, year)
    let days = CivilDate(year: year, month: month, day: min(day, CivilDate.days(inMonth: month, of: year)))
      .daysSinceEpoch
    return try moment(seconds: Int64(days) * 86_400 + second)
  }
}

extension AssayError.Code {
  /// The times of a log carry no zone, and none was named.
  public static let zoneMissing = Self("zone_missing", .badData)
  /// The times of a log carry no year, and none was named.
  public static let yearMissing = Self("year_missing", .badData)
}
