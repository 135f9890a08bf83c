import AuditTrail

/// The quarter's calendar, in UTC.
enum Days {
  /// 2026-07-01 to 2026-09-30, as days since the epoch.
  static let quarter = day(7, 1)...day(9, 30)
  /// The day on which policy 2026.3 came into force.
  static let newPolicy = day(8, 17)

  /// A day of 2026, as days since the epoch.
  static func day(_ month: Int, _ day: Int) -> Int { CivilDate(year: 2026, month: month, day: day).daysSinceEpoch }

  /// A moment on a day.
  static func time(_ day: Int, _ hour: Int, _ minute: Int = 0, _ second: Int = 0) -> Timestamp {
    CivilDate(daysSinceEpoch: day).start.adding(seconds: hour * 3600 + minute * 60 + second)
  }

  /// A moment of 2026, as month, day, hour, minute.
  static func time(_ month: Int, _ day: Int, at hour: Int, _ minute: Int) -> Timestamp {
    time(self.day(month, day), hour, minute)
  }

  /// Whether the day is a Saturday or a Sunday.
  static func isWeekend(_ day: Int) -> Bool { (day + 3) % 7 >= 5 }

  /// The ISO 8601 week of a day of 2026's third quarter, as `2026-W27`.
  static func week(_ day: Int) -> String {
    let thursday = day - (day + 3) % 7 + 3
    let firstOfYear = CivilDate(year: CivilDate(daysSinceEpoch: thursday).year, month: 1, day: 1).daysSinceEpoch
    return "2026-W\((thursday - firstOfYear) / 7 + 1)"
  }

  /// The policy version in force at a moment.
  static func policyVersion(at time: Timestamp) -> String { time.day < newPolicy ? "2026.2" : "2026.3" }
}

extension Timestamp {
  func adding(seconds: Int) -> Timestamp { adding(nanoseconds: Int64(seconds) * 1_000_000_000) }
  func adding(milliseconds: Int) -> Timestamp { adding(nanoseconds: Int64(milliseconds) * 1_000_000) }
}

/// A number with leading zeros.
func padded(_ value: Int, _ width: Int) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
