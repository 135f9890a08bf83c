/// A half-open interval of time `[start, end)` that evidence is made for.
public struct Period: Sendable, Hashable, Codable {
  /// What people call it, such as `2026-Q3`.
  public let label: String
  /// The first moment inside.
  public let start: Timestamp
  /// The first moment after.
  public let end: Timestamp
  /// The time zone in which the bounds were given; `UTC` unless the configuration says otherwise.
  public let zone: String

  /// The period from `start` to before `end`, which must not be before `start`.
  public init(label: String, start: Timestamp, end: Timestamp, zone: String = "UTC") {
    self.label = label
    self.start = start
    self.end = max(start, end)
    self.zone = zone
  }

  /// Reads `2026`, `2026-Q3` or `2026-07`, in UTC.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard !text.utf8.contains(UInt8(ascii: "+")), let first = parts.first, first.utf8.count == 4,
      let year = Int(first), (1700...2200).contains(year)
    else { return nil }
    let (month, length): (Int, Int)
    switch parts.count {
    case 1: (month, length) = (1, 12)
    case 2 where parts[1].utf8.count == 2 && parts[1].first == "Q":
      guard let quarter = Int(parts[1].dropFirst()), (1...4).contains(quarter) else { return nil }
      (month, length) = (quarter * 3 - 2, 3)
    case 2 where parts[1].utf8.count == 2:
      guard let value = Int(parts[1]), (1...12).contains(value) else { return nil }
      (month, length) = (value, 1)
    default: return nil
    }
    let after = month - 1 + length
    self.init(
      label: text, start: CivilDate(year: year, month: month, day: 1).start,
      end: CivilDate(year: year + after / 12, month: after % 12 + 1, day: 1).start)
  }

  /// Whether the moment lies inside.
  public func contains(_ time: Timestamp) -> Bool { start <= time && time < end }

  /// The UTC hours that the period touches, as hours since the epoch.
  public var hours: Range<Int> {
    start.hour..<max(start.hour, end.adding(nanoseconds: -1).hour + 1)
  }

  /// The UTC days that the period touches, as days since the epoch.
  public var days: Range<Int> {
    start.day..<max(start.day, end.adding(nanoseconds: -1).day + 1)
  }
}
