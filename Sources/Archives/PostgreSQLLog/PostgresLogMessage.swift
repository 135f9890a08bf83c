import AuditTrail

/// What a message of PostgreSQL's log says of a statement. Source: `postgres.c` (`exec_simple_query`,
/// `exec_execute_message`, `check_log_duration`).
enum PostgresLogMessage: Hashable {
  /// A text sent by itself, or an execution of a prepared one.
  case statement(sql: ArraySlice<UInt8>, isPrepared: Bool, microseconds: Int64?)
  /// More rows of an execution that stands before it.
  case fetch
  /// Parsing or binding, which run nothing.
  case preparation
  /// How long the command before it took.
  case duration(microseconds: Int64)
  /// Somebody connected.
  case received
  /// Who it was, as the way of logging in says it.
  case authenticated(identity: String, method: String)
  /// The login succeeded; the application's name, where it is said.
  case authorized(application: String?)
  /// The session ended.
  case disconnection
  /// Anything else.
  case other

  init(_ message: [UInt8]) {
    // Most lines begin with one of few letters: the others are told without a comparison.
    switch message.first {
    case UInt8(ascii: "d"): self = Self.durationOrEnd(message[...])
    case UInt8(ascii: "c"): self = Self.connection(message[...])
    default: self = Self.command(message[...], nil)
    }
  }

  private static func durationOrEnd(_ message: ArraySlice<UInt8>) -> PostgresLogMessage {
    if message.starts(with: "disconnection: ".utf8) { return .disconnection }
    guard let rest = message.rest(behind: "duration: "), let end = rest.range(of: " ms") else { return .other }
    guard let time = microseconds(rest[..<end.lowerBound]) else { return .other }
    let text = rest[end.upperBound...]
    return text.isEmpty ? .duration(microseconds: time) : command(text.drop { $0 == 0x20 }, time)
  }

  private static func connection(_ message: ArraySlice<UInt8>) -> PostgresLogMessage {
    if message.starts(with: "connection received: ".utf8) { return .received }
    if let rest = message.rest(behind: "connection authenticated: identity=\"") {
      guard let end = rest.range(of: "\" method="),
        let method = rest[end.upperBound...].split(separator: 0x20).first
      else { return .other }
      return .authenticated(
        identity: String(decoding: rest[..<end.lowerBound], as: UTF8.self),
        method: String(decoding: method, as: UTF8.self))
    }
    guard let rest = message.rest(behind: "connection authorized: ") else { return .other }
    guard let name = rest.range(of: "application_name=") else { return .authorized(application: nil) }
    // A name may hold spaces; what may stand behind it is known.
    let tail = rest[name.upperBound...]
    let end = tail.range(of: " SSL enabled (")?.lowerBound ?? tail.range(of: " GSS (")?.lowerBound ?? tail.endIndex
    let text = String(decoding: tail[..<end], as: UTF8.self)
    return .authorized(application: text.isEmpty ? nil : text)
  }

  private static func command(_ text: ArraySlice<UInt8>, _ microseconds: Int64?) -> PostgresLogMessage {
    if let sql = text.rest(behind: "statement: ") {
      return .statement(sql: sql, isPrepared: false, microseconds: microseconds)
    }
    if text.starts(with: "execute fetch from ".utf8) { return .fetch }
    if text.starts(with: "parse ".utf8) || text.starts(with: "bind ".utf8) { return .preparation }
    guard let rest = text.rest(behind: "execute "), let name = rest.range(of: ": ") else { return .other }
    return .statement(sql: rest[name.upperBound...], isPrepared: true, microseconds: microseconds)
  }

  /// Milliseconds with up to three fraction digits.
  private static func microseconds(_ text: ArraySlice<UInt8>) -> Int64? {
    let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first.flatMap({ Int64(digits: $0) }), whole < Int64.max / 2000 else { return nil }
    guard parts.count == 2 else { return whole * 1000 }
    let digits = parts[1].prefix(3)
    guard let fraction = Int64(digits: digits) else { return nil }
    return whole * 1000 + [100, 10, 1][max(0, digits.count - 1)] * fraction
  }

  /// The parameters of a detail, `parameters: $1 = 'it''s', $2 = NULL`; `nil` where it holds none, or not all of them whole.
  static func parameters(_ detail: [UInt8]?) -> [Parameter]? {
    guard let detail, var left = detail[...].rest(behind: "parameters: ") ?? detail[...].rest(behind: "Parameters: ")
    else { return nil }
    var parameters: [Parameter] = []
    while !left.isEmpty {
      guard let behind = left.rest(behind: "$\(parameters.count + 1) = ") else { return nil }
      left = behind
      guard let value = takeValue(&left) else { return nil }
      parameters.append(Parameter(type: nil, value: value.text))
      guard !left.isEmpty else { break }
      guard let next = left.rest(behind: ", ") else { return nil }
      left = next
    }
    return parameters
  }

  private static func takeValue(_ left: inout ArraySlice<UInt8>) -> (text: String?, Void)? {
    if let rest = left.rest(behind: "NULL") {
      left = rest
      return (nil, ())
    }
    guard left.first == UInt8(ascii: "'") else { return nil }
    left = left.dropFirst()
    var value: [UInt8] = []
    while let byte = left.first {
      left = left.dropFirst()
      if byte == UInt8(ascii: "'") {
        guard left.first == byte else {
          // A value cut by log_parameter_max_length ends so, within its quotes.
          let isCut = value.suffix(3).elementsEqual("...".utf8)
          return isCut ? nil : (String(decoding: value, as: UTF8.self), ())
        }
        left = left.dropFirst()
      }
      value.append(byte)
    }
    return nil
  }
}

extension ArraySlice<UInt8> {
  /// What stands behind a text that the bytes begin with.
  func rest(behind text: String) -> ArraySlice<UInt8>? {
    starts(with: text.utf8) ? dropFirst(text.utf8.count) : nil
  }

  /// Where a text first occurs.
  func range(of text: String) -> Range<Int>? {
    guard let first = text.utf8.first else { return nil }
    var start = startIndex
    while let found = self[start...].firstIndex(of: first) {
      if self[found...].starts(with: text.utf8) { return found..<(found + text.utf8.count) }
      start = found + 1
    }
    return nil
  }
}

extension Int64 {
  /// A number that is written with nothing but up to 18 digits.
  init?(digits: some Collection<UInt8>) {
    guard !digits.isEmpty, digits.count <= 18 else { return nil }
    self = 0
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      self = self * 10 + Int64(digit - 0x30)
    }
  }
}
