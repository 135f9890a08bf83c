import Archives
import ArgumentParser
import AuditTrail
import Foundation

/// What only people know of a log: the zone and the year of times that carry none, and how lines begin that do not show it.
struct LogOptions: ParsableArguments {
  @Option(
    name: .customLong("log-time-zone"),
    help: ArgumentHelp("The zone of times that carry none, such as Europe/Berlin or UTC.", valueName: "zone"))
  var timeZone: String?

  @Option(
    name: .customLong("log-year"),
    help: ArgumentHelp("The year in which a log begins whose times carry none.", valueName: "year"))
  var year: Int?

  @Option(
    name: .customLong("log-line-prefix"),
    help: ArgumentHelp(
      "PostgreSQL's log_line_prefix, as SHOW says it, of text logs whose lines do not show it.", valueName: "prefix"))
  var linePrefix: String?

  func validate() throws {
    if let timeZone, TimeZone(identifier: timeZone) == nil {
      throw ValidationError("There is no time zone \(timeZone); name one such as Europe/Berlin or UTC.")
    }
    if let year, !(1970...2261).contains(year) {
      throw ValidationError("The year \(year) is none that times are read of; name one from 1970 to 2261.")
    }
  }

  /// What the options say, else what the configuration says of the archive.
  func setting(_ path: String, _ configuration: Configuration?) -> LogSetting {
    var setting = configuration?.logSetting(of: path) ?? LogSetting()
    setting.timeZone = timeZone.flatMap(TimeZone.init(identifier:)) ?? setting.timeZone
    setting.year = year ?? setting.year
    setting.linePrefix = linePrefix ?? setting.linePrefix
    return setting
  }
}

/// The zone and the year of a log's times, and its `log_line_prefix`.
struct LogSetting: Equatable {
  var timeZone: TimeZone?
  var year: Int?
  var linePrefix: String?

  /// Puts them into the options of reading.
  func apply(to options: inout ReadOptions) {
    options.logYear = year
    options.linePrefix = linePrefix
    guard let timeZone else { return }
    options.zone = { reading, _ in timeZone.offset(at: reading) }
  }
}

extension TimeZone {
  /// The seconds east of UTC when a clock of the zone shows a reading. Of an hour that the clock shows twice it is the first.
  func offset(at reading: Timestamp) -> Int64 {
    func offset(_ seconds: Int64) -> Int64 {
      Int64(secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
    }
    // Asked for twice, since the first guess is off by the offset.
    return offset(reading.seconds - offset(reading.seconds - offset(reading.seconds)))
  }
}
