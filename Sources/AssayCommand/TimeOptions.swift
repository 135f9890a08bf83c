import ArgumentParser
import AuditTrail

/// A stretch of time as people type it; every time without a zone is UTC.
struct TimeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("From when: 2026-08-14, 2026-08-14T14:00, or 14:00 with --on. UTC.", valueName: "time"))
  var from: String?

  @Option(help: ArgumentHelp("Until before when; a date means to its end. UTC.", valueName: "time"))
  var to: String?

  @Option(help: ArgumentHelp("The day, for times without one; alone it is the whole day.", valueName: "date"))
  var on: String?

  @Option(help: ArgumentHelp("Half an hour before this time to half an hour after it. UTC.", valueName: "time"))
  var around: String?

  @Option(help: "A whole period, such as 2026-Q3 or 2026-07.")
  var period: String?

  /// The time that was typed; `nil` where none was.
  func window() throws -> Period? {
    if let period {
      guard from == nil, to == nil, around == nil, on == nil else {
        throw AssayError(.usage, "--period stands alone; leave out --from, --to, --on and --around.")
      }
      return try readPeriod(period)
    }
    let day = try on.map(date)
    if let around {
      guard from == nil, to == nil else {
        throw AssayError(.usage, "--around says from when to when; leave out --from and --to.")
      }
      guard CivilDate(around) == nil else {
        throw AssayError(.usage, "--around takes a time, such as 2026-08-14T14:00, or 14:00 with --on 2026-08-14.")
      }
      let middle = try moment(around, day, isEnd: false)
      return window(middle.adding(nanoseconds: -Self.halfHour), middle.adding(nanoseconds: Self.halfHour))
    }
    guard from != nil || to != nil || day != nil else { return nil }
    let start = try from.map { try moment($0, day, isEnd: false) } ?? day?.start ?? Timestamp(nanoseconds: .min)
    let dayEnd = day.map { CivilDate(daysSinceEpoch: $0.daysSinceEpoch + 1).start }
    let end = try to.map { try moment($0, day, isEnd: true) } ?? dayEnd ?? Timestamp(nanoseconds: .max)
    guard start < end else {
      throw AssayError(.usage, "The time ends before it begins: from \(start) to \(end); turn --from and --to around.")
    }
    return window(start, end)
  }

  private static let halfHour: Int64 = 1800 * 1_000_000_000

  private func window(_ start: Timestamp, _ end: Timestamp) -> Period {
    Period(label: "\(start) to \(end)", start: start, end: end)
  }

  private func date(_ text: String) throws -> CivilDate {
    guard let date = CivilDate(text) else {
      throw AssayError(.usage, "Unknown date \(text); expected a day such as 2026-08-14.")
    }
    return date
  }

  private func moment(_ text: String, _ day: CivilDate?, isEnd: Bool) throws -> Timestamp {
    if let time = Timestamp(text) { return time }
    if let date = CivilDate(text) {
      return isEnd ? CivilDate(daysSinceEpoch: date.daysSinceEpoch + 1).start : date.start
    }
    let clock = text.replacing(" ", with: "T")
    for rest in ["Z", ":00Z"] {
      if let time = Timestamp(clock + rest) { return time }
      if let day, let time = Timestamp("\(day)T\(text)\(rest)") { return time }
    }
    if day == nil, Timestamp("2026-01-01T\(text):00Z") != nil {
      throw AssayError(.usage, "\(text) is a time of which day? Say so: --on 2026-08-14, or 2026-08-14T\(text).")
    }
    throw AssayError(
      .usage, "Unknown time \(text); expected 2026-08-14, 2026-08-14T14:00, or 14:00 with --on 2026-08-14 (UTC).")
  }
}
