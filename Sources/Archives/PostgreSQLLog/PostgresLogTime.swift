import AuditTrail

/// A time as PostgreSQL logs it, `2026-11-23 07:24:38.213 CET`: a clock reading and a zone's name or offset.
///
/// An abbreviation alone means nothing (IST is three zones). A session's id begins with its start in seconds since 1970, so
/// the zone's offset is had by comparing that with the start as written; where it is not to be had, the time is refused.
struct PostgresLogTime {
  /// The reading as if it were UTC.
  let reading: Timestamp
  /// The zone as it is written.
  let zone: String

  /// The bytes of a date and a time without fraction.
  static let dateBytes = 19
  private static let shape = Array("dddd-dd-dd dd:dd:dd".utf8)

  /// Whether the bytes begin as a record does.
  static func begins(_ bytes: ArraySlice<UInt8>) -> Bool {
    // Any field of CSV may be quoted.
    let bytes = bytes.first == UInt8(ascii: "\"") ? bytes.dropFirst() : bytes
    guard bytes.count >= dateBytes else { return false }
    return zip(bytes, shape).allSatisfy { byte, form in
      form == UInt8(ascii: "d") ? (0x30...0x39).contains(byte) : byte == form
    }
  }

  /// Reads a time; `nil` where the text is none.
  init?(_ text: [UInt8]) {
    guard let space = text.lastIndex(of: 0x20), space >= Self.dateBytes,
      let reading = Timestamp(utf8: Array(text[..<space]) + [UInt8(ascii: "Z")])
    else { return nil }
    self.reading = reading
    zone = String(decoding: text[(space + 1)...], as: UTF8.self)
  }

  /// The seconds east of UTC of a clock that shows a reading, by a zone's abbreviation; `nil` where they are not known.
  typealias Zone = @Sendable (_ reading: Timestamp, _ abbreviation: String) -> Int64?

  /// Nothing explains an abbreviation.
  static let ambiguousZone = Rejection(
    "ambiguous_time_zone",
    "The zone of the time is an abbreviation that neither the session's id nor --log-time-zone explains")

  /// The moment, with the start of the session as written and as its id says it.
  func moment(sessionStart: PostgresLogTime?, startSeconds: Int64?, _ known: Zone) -> Timestamp? {
    if let seconds = Self.offset(zone) { return reading.adding(nanoseconds: -seconds * 1_000_000_000) }
    // The session's id first: it tells the two hours apart that a clock shows twice.
    guard let sessionStart, let startSeconds, let change = Self.change(from: sessionStart.zone, to: zone) else {
      return known(reading, zone).map { reading.adding(nanoseconds: -$0 * 1_000_000_000) }
    }
    let seconds = sessionStart.reading.seconds - startSeconds + change
    // Zones differ from UTC by quarters of an hour, up to 14 hours.
    guard seconds.magnitude <= 14 * 3600, seconds % 900 == 0 else { return nil }
    return reading.adding(nanoseconds: -seconds * 1_000_000_000)
  }

  /// The seconds by which the clock was moved since the session began: none in one zone, an hour where daylight saving time
  /// began or ended; `nil` where the two names are not of one place.
  private static func change(from start: String, to zone: String) -> Int64? {
    if start == zone { return 0 }
    if isSummer(zone, of: start) { return 3600 }
    return isSummer(start, of: zone) ? -3600 : nil
  }

  /// Whether one name is the other's in summer: CEST of CET, EDT of EST, BST of GMT.
  private static func isSummer(_ summer: String, of winter: String) -> Bool {
    if (summer, winter) == ("BST", "GMT") || (summer, winter) == ("IST", "GMT") { return true }
    guard winter.hasSuffix("T"), summer.hasSuffix("T") else { return false }
    let stem = winter.dropLast()
    return summer == stem + "ST" || winter.hasSuffix("ST") && summer == winter.dropLast(2) + "DT"
  }

  /// The seconds east of UTC that a zone names by itself: `UTC`, `+02`, `-03:30`.
  private static func offset(_ zone: String) -> Int64? {
    if ["UTC", "GMT", "Z"].contains(zone) { return 0 }
    guard let sign = zone.first, sign == "+" || sign == "-" else { return nil }
    let digits = zone.dropFirst().filter { $0 != ":" }
    guard digits.count == 2 || digits.count == 4, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int64(digits)
    else { return nil }
    let seconds = digits.count == 2 ? number * 3600 : number / 100 * 3600 + number % 100 * 60
    return sign == "-" ? -seconds : seconds
  }
}
