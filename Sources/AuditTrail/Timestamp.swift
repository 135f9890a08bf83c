/// A moment in UTC, in nanoseconds since 1970-01-01T00:00:00Z.
///
/// Covers 1677-09-21 to 2262-04-11. Text outside that range (or not RFC 3339) does not parse: a reader rejects the entry
/// with its place rather than store another time than was written.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Nanoseconds since the Unix epoch.
  public let nanoseconds: Int64

  /// The moment that many nanoseconds after the Unix epoch.
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The moment that many whole seconds after the Unix epoch; `nil` outside the range.
  public init?(seconds: Int64) {
    let (value, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return nil }
    nanoseconds = value
  }

  /// Reads RFC 3339 (`2026-07-01T09:00:00.25Z`, `…+02:00`), with up to nine fraction digits.
  public init?(_ text: String) {
    self.init(utf8: Array(text.utf8))
  }

  /// Reads RFC 3339 from UTF-8 bytes. Source: RFC 3339 section 5.6; a leap second (`:60`) is read as the next second.
  public init?(utf8 bytes: [UInt8]) {
    self.init(utf8: bytes.span)
  }

  /// Reads RFC 3339 from a span of UTF-8 bytes.
  public init?(utf8 bytes: borrowing Span<UInt8>) {
    guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t") || bytes[10] == UInt8(ascii: " "),
      bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
      let year = Self.number(bytes, 0, 4), let month = Self.number(bytes, 5, 2), let day = Self.number(bytes, 8, 2),
      let hour = Self.number(bytes, 11, 2), let minute = Self.number(bytes, 14, 2),
      let second = Self.number(bytes, 17, 2),
      (1...12).contains(month), day >= 1, day <= CivilDate.days(inMonth: month, of: year),
      hour < 24, minute < 60, second <= 60
    else { return nil }
    var index = 19
    var fraction: Int64 = 0
    if bytes[index] == UInt8(ascii: ".") {
      index += 1
      var scale: Int64 = 100_000_000
      let first = index
      while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 {
        guard scale > 0 else { return nil }
        fraction += Int64(bytes[index] &- UInt8(ascii: "0")) * scale
        scale /= 10
        index += 1
      }
      guard index > first else { return nil }
    }
    guard index < bytes.count else { return nil }
    var offset: Int64 = 0
    switch bytes[index] {
    case UInt8(ascii: "Z"), UInt8(ascii: "z"):
      guard index + 1 == bytes.count else { return nil }
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      guard index + 6 == bytes.count, bytes[index + 3] == UInt8(ascii: ":"),
        let hours = Self.number(bytes, index + 1, 2), let minutes = Self.number(bytes, index + 4, 2),
        hours < 24, minutes < 60
      else { return nil }
      offset = Int64(hours * 3600 + minutes * 60) * (bytes[index] == UInt8(ascii: "-") ? -1 : 1)
    default: return nil
    }
    let days = CivilDate(year: year, month: month, day: day).daysSinceEpoch
    let seconds = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second) - offset
    // Before 1970 a second is taken from the fraction, so that the first moments of the range do not leave it on the way.
    let (whole, part) = seconds < 0 ? (seconds + 1, fraction - 1_000_000_000) : (seconds, fraction)
    let (scaled, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000)
    let (total, overflow2) = scaled.addingReportingOverflow(part)
    guard !overflow, !overflow2 else { return nil }
    nanoseconds = total
  }

  private static func number(_ bytes: borrowing Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
    var value = 0
    for index in start..<(start + count) {
      let digit = bytes[index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      value = value * 10 + Int(digit)
    }
    return value
  }

  /// Earlier than.
  public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

  /// Whole seconds since the epoch, rounded down.
  public var seconds: Int64 { Self.floor(nanoseconds, 1_000_000_000) }
  /// Whole UTC days since the epoch, rounded down.
  public var day: Int { Int(Self.floor(nanoseconds, 86_400_000_000_000)) }
  /// Whole UTC hours since the epoch, rounded down.
  public var hour: Int { Int(Self.floor(nanoseconds, 3_600_000_000_000)) }
  /// The UTC date.
  public var date: CivilDate { CivilDate(daysSinceEpoch: day) }

  /// The moment that many nanoseconds later, clamped to the range.
  public func adding(nanoseconds delta: Int64) -> Timestamp {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(delta)
    return Timestamp(nanoseconds: overflow ? (delta > 0 ? .max : .min) : sum)
  }

  private static func floor(_ value: Int64, _ unit: Int64) -> Int64 {
    let quotient = value / unit
    return value % unit < 0 ? quotient - 1 : quotient
  }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339 in UTC with as many fraction digits as are needed (0, 3, 6 or 9).
  public var description: String {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Writes ``description`` behind the bytes.
  package func write(to bytes: inout [UInt8]) {
    // By remainder: at the range's lower end the whole seconds, rounded down, lie outside of it.
    let remainder = nanoseconds % 1_000_000_000
    let fraction = remainder < 0 ? remainder + 1_000_000_000 : remainder
    let (date, clock) = (date, seconds - Int64(day) * 86_400)
    date.write(to: &bytes)
    bytes.append(UInt8(ascii: "T"))
    bytes.append(digits: clock / 3600, width: 2)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(digits: clock / 60 % 60, width: 2)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(digits: clock % 60, width: 2)
    if fraction != 0 {
      bytes.append(UInt8(ascii: "."))
      if fraction % 1_000_000 == 0 {
        bytes.append(digits: fraction / 1_000_000, width: 3)
      } else if fraction % 1000 == 0 {
        bytes.append(digits: fraction / 1000, width: 6)
      } else {
        bytes.append(digits: fraction, width: 9)
      }
    }
    bytes.append(UInt8(ascii: "Z"))
  }
}

/// A date of the proleptic Gregorian calendar.
public struct CivilDate: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The year.
  public let year: Int
  /// The month, 1 to 12.
  public let month: Int
  /// The day of the month, from 1.
  public let day: Int

  /// The date of the given parts, which must be in range.
  public init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// The date that many days after 1970-01-01.
  ///
  /// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
  public init(daysSinceEpoch: Int) {
    let shifted = daysSinceEpoch + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
    month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Reads `2026-07-01`.
  public init?(_ text: String) {
    guard text.utf8.count == 10, let start = Timestamp(text + "T00:00:00Z") else { return nil }
    self.init(daysSinceEpoch: start.day)
  }

  /// Days since 1970-01-01. Source: as above, `days_from_civil`.
  public var daysSinceEpoch: Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// Midnight UTC at the start of the date; clamped at the ends of `Timestamp`'s range.
  public var start: Timestamp {
    Timestamp(seconds: Int64(daysSinceEpoch) * 86_400) ?? Timestamp(nanoseconds: year < 1970 ? .min : .max)
  }

  /// How many days the month has.
  public static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Earlier than.
  public static func < (left: Self, right: Self) -> Bool { left.daysSinceEpoch < right.daysSinceEpoch }

  /// `2026-07-01`.
  public var description: String {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Writes ``description`` behind the bytes.
  package func write(to bytes: inout [UInt8]) {
    bytes.append(digits: Int64(year), width: 4)
    bytes.append(UInt8(ascii: "-"))
    bytes.append(digits: Int64(month), width: 2)
    bytes.append(UInt8(ascii: "-"))
    bytes.append(digits: Int64(day), width: 2)
  }
}

extension [UInt8] {
  /// Appends a whole number in decimal digits, with zeros in front up to `width` digits.
  package mutating func append(digits value: Int64, width: Int = 1) {
    if value < 0 { append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    let start = count
    repeat {
      append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    while count - start < width { append(UInt8(ascii: "0")) }
    self[start...].reverse()
  }
}
