import AuditTrail

/// Reads syslog's times: RFC 3339, or `Feb 11 13:15:39`, which has neither year nor zone.
struct SyslogClock {
  private var year: Int?
  private var lastMonth: Int?
  private let zone: PostgresLogTime.Zone

  /// A clock that begins in a year.
  init(year: Int?, zone: @escaping PostgresLogTime.Zone) {
    self.year = year
    self.zone = zone
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    .map { Array($0.utf8) }
  private static let shortBytes = 15

  /// The time at the beginning of a line; `nil` where none is there.
  static func stamp(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    if let month = months.firstIndex(where: { line.starts(with: $0) }), month >= 0 {
      let stamp = line.prefix(shortBytes)
      return stamp.count == shortBytes && parts(stamp) != nil ? stamp : nil
    }
    let stamp = line.prefix(40).prefix { $0 != 0x20 }
    guard stamp.count >= 20, stamp.dropFirst(10).first == UInt8(ascii: "T") else { return nil }
    return Timestamp(utf8: Array(stamp)) != nil ? stamp : nil
  }

  private static func parts(_ stamp: ArraySlice<UInt8>) -> (month: Int, rest: String)? {
    guard let month = months.firstIndex(where: { stamp.starts(with: $0) }) else { return nil }
    let bytes = Array(stamp)
    let day = [bytes[4] == 0x20 ? UInt8(ascii: "0") : bytes[4], bytes[5]]
    let clock = bytes[7...]
    guard bytes[3] == 0x20, bytes[6] == 0x20, Int64(digits: day) != nil, clock.count == 8 else { return nil }
    return (month + 1, String(decoding: day, as: UTF8.self) + "T" + String(decoding: clock, as: UTF8.self))
  }

  /// Whether such a time can be told.
  func canTell(_ stamp: ArraySlice<UInt8>) -> Bool {
    var copy = self
    return (try? copy.moment(stamp)) != nil
  }

  /// The moment. From December to January a year begins.
  mutating func moment(_ stamp: ArraySlice<UInt8>) throws(Rejection) -> Timestamp {
    guard let parts = Self.parts(stamp) else {
      guard let time = Timestamp(utf8: Array(stamp)) else { throw .illTyped("time", expected: "time of syslog") }
      return time
    }
    guard var year else {
      throw Rejection("year_missing", "The time has no year; set --log-year to the year in which the log begins")
    }
    if lastMonth == 12, parts.month == 1 {
      year += 1
    } else if lastMonth == 1, parts.month == 12 {
      // A line that came late.
      year -= 1
    }
    let month = parts.month < 10 ? "0\(parts.month)" : "\(parts.month)"
    guard let reading = Timestamp("\(year)-\(month)-\(parts.rest)Z") else {
      throw .illTyped("time", expected: "time of syslog")
    }
    guard let seconds = zone(reading, "") else { throw PostgresLogTime.ambiguousZone }
    (self.year, lastMonth) = (year, parts.month)
    return reading.adding(nanoseconds: -seconds * 1_000_000_000)
  }
}
