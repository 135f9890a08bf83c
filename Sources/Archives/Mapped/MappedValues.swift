import AuditTrail
import JSONReader

/// The values of one record, by the names that a mapping uses.
enum MappedValues {
  /// Of a line of values.
  case columns([String: String])
  /// Of an object.
  case object(JSONTree)

  /// The value at the keys, as text; `nil` where there is none, or an empty one.
  func text(_ path: [String]) -> String? {
    switch self {
    case .columns(let values): return values[path.joined(separator: ".")]?.nonEmpty
    case .object(let tree):
      // A key may itself hold dots.
      let whole = tree[path.joined(separator: ".")]
      let value = whole.isNull ? path.reduce(tree) { $0[$1] } : whole
      switch value {
      case .string(let text): return text.nonEmpty
      case .integer(let number): return "\(number)"
      case .number(let number): return "\(number)"
      case .boolean(let truth): return truth ? "true" : "false"
      case .null, .array, .object: return nil
      }
    }
  }

  /// The value of a source.
  func text(_ source: FieldMapping.Source?) -> String? {
    switch source {
    case nil: return nil
    case .constant(let text): return text
    case .fields(let paths):
      let values = paths.compactMap(text)
      return values.isEmpty ? nil : values.joined(separator: "/")
    }
  }

  /// Splits a line into its values.
  static func split(_ line: ArraySlice<UInt8>, separator: UInt8) throws(Rejection) -> [String] {
    var fields: [String] = []
    var value: [UInt8] = []
    var (isQuoted, wasQuoted) = (false, false)
    let bytes = line.last == 0x0D ? line.dropLast() : line
    for byte in bytes {
      if byte == UInt8(ascii: "\"") {
        // A doubled quote within quotes is one.
        if !isQuoted, wasQuoted { value.append(byte) }
        isQuoted.toggle()
        wasQuoted = true
      } else if byte == separator, !isQuoted {
        fields.append(String(decoding: value, as: UTF8.self))
        (value, wasQuoted) = ([], false)
        guard fields.count < mostFields else { throw Rejection("bad_arity", "The record has too many fields") }
      } else {
        value.append(byte)
      }
    }
    guard !isQuoted else { throw Rejection("invalid_csv", "A quote is not closed") }
    fields.append(String(decoding: value, as: UTF8.self))
    return fields
  }

  private static let mostFields = 1000
}

/// Reads a time in a mapping's format.
struct MappedTime {
  private let format: FieldMapping.TimeFormat
  private let zone: (@Sendable (Timestamp) -> Int64)?

  init(_ mapping: FieldMapping) { (format, zone) = (mapping.timeFormat, mapping.zone) }

  /// What a text says.
  enum Reading {
    case moment(Timestamp)
    /// Seconds since 1970 as if it were UTC, and the fraction.
    case local(seconds: Int64, nanoseconds: Int64)
  }

  /// The reading of a text; `nil` where it is none.
  func reading(_ text: String) -> Reading? {
    switch format {
    case .rfc3339:
      if let time = Timestamp(text) { return .moment(time) }
      return local(Timestamp(text + "Z"))
    case .epoch(let units): return Self.epoch(text, units).map { .moment($0) }
    case .pattern(let pattern):
      return Self.parse(text, pattern).flatMap { $0.offset == nil ? local($0.time) : .moment($0.time) }
    }
  }

  private func local(_ time: Timestamp?) -> Reading? {
    guard let time else { return nil }
    if let zone { return .moment(time.adding(nanoseconds: -zone(time) * 1_000_000_000)) }
    return .local(
      seconds: time.seconds, nanoseconds: (time.nanoseconds % 1_000_000_000 + 1_000_000_000) % 1_000_000_000)
  }

  private static func epoch(_ text: String, _ units: Int64) -> Timestamp? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard units > 0, let whole = parts.first.flatMap({ Int64($0) }) else { return nil }
    let (nanos, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000 / units)
    guard !overflow else { return nil }
    guard parts.count == 2 else { return Timestamp(nanoseconds: nanos) }
    let digits = parts[1].prefix(9)
    guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let fraction = Double("0." + digits) else { return nil }
    let more = Int64(fraction * Double(1_000_000_000 / units))
    return Timestamp(nanoseconds: nanos).adding(nanoseconds: whole < 0 ? -more : more)
  }

  private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

  private static func parse(_ text: String, _ pattern: String) -> (time: Timestamp, offset: Int64?)? {
    var rest = Array(text.utf8)[...]
    var parts: [UInt8: Int64] = [:]
    var (nanoseconds, offset): (Int64, Int64?) = (0, nil)
    func digits(_ most: Int) -> Int64? {
      let run = rest.drop { $0 == 0x20 }.prefix(most).prefix { (0x30...0x39).contains($0) }
      guard let value = Int64(digits: run) else { return nil }
      rest = rest[run.endIndex...]
      return value
    }
    var form = Array(pattern.utf8)[...]
    while let byte = form.popFirst() {
      guard byte == UInt8(ascii: "%"), let code = form.popFirst() else {
        guard rest.popFirst() == byte else { return nil }
        continue
      }
      switch code {
      case UInt8(ascii: "b"):
        let name = String(decoding: rest.prefix(3), as: UTF8.self).lowercased()
        guard let month = months.firstIndex(of: name) else { return nil }
        rest = rest.dropFirst(3)
        parts[UInt8(ascii: "m")] = Int64(month + 1)
      case UInt8(ascii: "f"):
        let before = rest
        guard let value = digits(9) else { return nil }
        let width = before.count - rest.count
        nanoseconds = (0..<max(0, 9 - width)).reduce(value) { product, _ in product * 10 }
      case UInt8(ascii: "z"):
        if rest.first == UInt8(ascii: "Z") {
          rest = rest.dropFirst()
          offset = 0
          continue
        }
        guard let sign = rest.popFirst(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), let hours = digits(2)
        else {
          return nil
        }
        if rest.first == UInt8(ascii: ":") { rest = rest.dropFirst() }
        let seconds = hours * 3600 + (digits(2) ?? 0) * 60
        offset = sign == UInt8(ascii: "-") ? -seconds : seconds
      default:
        guard let value = digits(code == UInt8(ascii: "Y") ? 4 : 2) else { return nil }
        parts[code] = value
      }
    }
    func part(_ letter: Unicode.Scalar, _ least: Int64) -> Int { Int(clamping: parts[UInt8(ascii: letter)] ?? least) }
    let (year, month, day) = (part("Y", 0), part("m", 1), part("d", 1))
    let (hour, minute, second) = (part("H", 0), part("M", 0), part("S", 0))
    guard rest.isEmpty, (1700...2261).contains(year), (1...12).contains(month), day >= 1,
      day <= CivilDate.days(inMonth: month, of: year), hour < 24, minute < 60, second <= 60
    else { return nil }
    let days = CivilDate(year: year, month: month, day: day).daysSinceEpoch
    let seconds = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second) - (offset ?? 0)
    return Timestamp(seconds: seconds).map { ($0.adding(nanoseconds: nanoseconds), offset) }
  }
}
