import AuditTrail

/// A time of syslog: RFC 3339, or `Feb 11 13:15:39`, which has neither year nor zone.
enum SyslogTime: Hashable {
  /// A moment.
  case moment(Timestamp)
  /// A clock reading: the month and the day from 1, and the second of the day.
  case yearless(month: Int, day: Int, second: Int64)

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    .map { Array($0.utf8) }
  private static let shortBytes = 15

  /// Reads the time that a line begins with, and gives the rest of the line; `nil` where it begins with none.
  static func read(_ line: ArraySlice<UInt8>) -> (time: SyslogTime, rest: ArraySlice<UInt8>)? {
    if let month = months.firstIndex(where: { line.starts(with: $0) }) {
      let stamp = line.prefix(shortBytes)
      guard stamp.count == shortBytes, stamp.dropFirst(3).first == 0x20, stamp.dropFirst(6).first == 0x20,
        let day = Int64(digits: stamp.dropFirst(4).prefix(2).drop { $0 == 0x20 }), (1...31).contains(day),
        let second = ClockReading.second(of: stamp.suffix(8))
      else { return nil }
      return (.yearless(month: month + 1, day: Int(day), second: second), line.dropFirst(shortBytes))
    }
    let stamp = line.prefix(40).prefix { $0 != 0x20 }
    guard stamp.count >= 20, stamp.dropFirst(10).first == UInt8(ascii: "T"), let time = Timestamp(utf8: Array(stamp))
    else { return nil }
    return (.moment(time), line.dropFirst(stamp.count))
  }

  /// A line without its priority, `<134>`, and the version that RFC 5424 writes behind it.
  static func withoutPriority(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard line.first == UInt8(ascii: "<"), let close = line.prefix(6).firstIndex(of: UInt8(ascii: ">")) else {
      return line
    }
    let rest = line[(close + 1)...]
    return rest.rest(behind: "1 ") ?? rest
  }
}

/// Readings of a clock, whose zone is not written.
enum ClockReading {
  /// Seconds since 1970 as if it were UTC, from eight digits and `09:00:00`; `nil` where that is not a time.
  static func seconds(date: ArraySlice<UInt8>, clock: ArraySlice<UInt8>) -> Int64? {
    guard let number = Int64(digits: date), let second = second(of: clock) else { return nil }
    let (year, month, day) = (Int(number / 10_000), Int(number / 100 % 100), Int(number % 100))
    guard (1700...2261).contains(year), (1...12).contains(month), day >= 1,
      day <= CivilDate.days(inMonth: month, of: year)
    else { return nil }
    return Int64(CivilDate(year: year, month: month, day: day).daysSinceEpoch) * 86_400 + second
  }

  /// The second of the day, from `09:00:00`; a leap second counts as the next.
  static func second(of clock: ArraySlice<UInt8>) -> Int64? {
    let parts = clock.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 3, let hour = Int64(digits: parts[0].drop { $0 == 0x20 }),
      let minute = Int64(digits: parts[1]), let second = Int64(digits: parts[2]), hour < 24, minute < 60, second <= 60
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }
}
