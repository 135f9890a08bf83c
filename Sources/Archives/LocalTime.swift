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

  /// The moment of a time of syslog. Where it has no year, the first is the year that the caller names; the next begins where a
  /// month lies half a year or more before the last one.
  mutating func moment(_ time: SyslogTime) throws(AssayError) -> Timestamp {
    let (month, day, second): (Int, Int, Int64)
    switch time {
    case .moment(let time): return time
    case .yearless(let readMonth, let readDay, let readSecond): (month, day, second) = (readMonth, readDay, readSecond)
    }
    guard let first = year else {
      throw AssayError(
        .yearMissing,
        "The log's times carry no year. Name that of its first line with --log-year, such as --log-year 2026, or `year:` at the "
          + "archive in assay.yaml")
    }
    var year = last?.year ?? first
    if let last, last.month - month >= 6 { year += 1 }
    // A line of the old year that came late.
    if let last, last.month == 1, month == 12 { year -= 1 }
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
