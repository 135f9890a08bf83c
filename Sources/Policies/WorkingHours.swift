import AuditTrail
import Foundation

/// Hours of the week in a time zone, such as `Mon-Fri 08:00-18:00 Europe/Berlin`; the end is not inside.
struct WorkingHours: Sendable, Hashable {
  /// One bit a day, Monday first; hours past midnight belong to the day they began on.
  private let days: UInt8
  /// Minutes after midnight.
  private let start: Int
  private let end: Int
  private let zone: TimeZone

  private static let dayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

  /// `nil` where the text is not days, hours and a zone.
  init?(_ text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 3, let days = Self.days(parts[0]), let zone = TimeZone(identifier: String(parts[2])) else {
      return nil
    }
    let hours = parts[1].split(separator: "-", omittingEmptySubsequences: false)
    guard hours.count == 2, let start = Self.minutes(hours[0]), let end = Self.minutes(hours[1]), start != end,
      start < 1440
    else { return nil }
    self.days = days
    self.start = start
    self.end = end
    self.zone = zone
  }

  func contains(_ time: Timestamp) -> Bool {
    let instant = Date(timeIntervalSince1970: Double(time.seconds))
    let local = time.seconds + Int64(zone.secondsFromGMT(for: instant))
    let day = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
    let minute = Int((local - day * 86_400) / 60)
    // 1970-01-01 was a Thursday.
    let weekday = Int(((day + 3) % 7 + 7) % 7)
    if start < end { return isOn(weekday) && minute >= start && minute < end }
    return isOn(weekday) && minute >= start || isOn((weekday + 6) % 7) && minute < end
  }

  private func isOn(_ weekday: Int) -> Bool { days & (1 << UInt8(weekday)) != 0 }

  private static func days(_ text: Substring) -> UInt8? {
    var mask: UInt8 = 0
    for range in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = range.split(separator: "-", omittingEmptySubsequences: false).map { name in
        dayNames.firstIndex(of: String(name))
      }
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1] else { return nil }
      var day = first
      mask |= 1 << UInt8(day)
      while day != last {
        day = (day + 1) % 7
        mask |= 1 << UInt8(day)
      }
    }
    return mask
  }

  private static func minutes(_ text: Substring) -> Int? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
      let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour < 24 || hour == 24 && minute == 0
    else { return nil }
    return hour * 60 + minute
  }
}
