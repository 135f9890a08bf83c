import AuditTrail

/// What a message of PostgreSQL's log says of a statement. Source: `postgres.c` (`exec_simple_query`,
/// `exec_execute_message`, `check_log_duration`).
enum PostgresLogMessage: Hashable {
  /// A text sent by itself, or an execution of a prepared one.
  case statement(sql: ArraySlice<UInt8>, isPrepared: Bool, microseconds: Int64?)
  /// More rows of an execution that came before it.
  case fetch
  /// Parsing or binding, which run nothing.
  case preparation
  /// How long the command before it took.
  case duration(microseconds: Int64)
  /// Somebody connected, from this host.
  case received(client: String?)
  /// Who it was, as the way of logging in says it.
  case authenticated(identity: String, method: String)
  /// The login succeeded: whose, to which database, and with which application, as far as the line says it.
  case authorized(user: String?, database: String?, application: String?)
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

  /// Whether it is the first line of a session.
  var isFirst: Bool {
    if case .received = self { return true }
    return false
  }

  private static func durationOrEnd(_ message: ArraySlice<UInt8>) -> PostgresLogMessage {
    if message.starts(with: "disconnection: ".utf8) { return .disconnection }
    guard let rest = message.rest(behind: "duration: "), let end = rest.range(of: " ms") else { return .other }
    guard let time = microseconds(rest[..<end.lowerBound]) else { return .other }
    let text = rest[end.upperBound...]
    return text.isEmpty ? .duration(microseconds: time) : command(text.drop { $0 == 0x20 }, time)
  }

  private static func connection(_ message: ArraySlice<UInt8>) -> PostgresLogMessage {
    if let rest = message.rest(behind: "connection received: ") {
      // `host=10.0.0.7 port=5432`, or `host=[local]`.
      let host = rest.rest(behind: "host=").map { host in
        host.range(of: " port=").map { host[..<$0.lowerBound] } ?? host
      }
      return .received(client: host.flatMap(text))
    }
    if let rest = message.rest(behind: "connection authenticated: identity=\"") {
      guard let end = rest.range(of: "\" method="),
        let method = rest[end.upperBound...].split(separator: 0x20).first
      else { return .other }
      return .authenticated(
        identity: String(decoding: rest[..<end.lowerBound], as: UTF8.self),
        method: String(decoding: method, as: UTF8.self))
    }
    guard let rest = message.rest(behind: "connection authorized: ") else { return .other }
    return authorized(rest)
  }

  /// `user=ana database=shop application_name=psql SSL enabled (…)`: a name may hold spaces; what may follow it is known.
  private static func authorized(_ line: ArraySlice<UInt8>) -> PostgresLogMessage {
    let end = [" SSL enabled (", " GSS ("].compactMap { line.range(of: $0)?.lowerBound }.min() ?? line.endIndex
    var rest = line[..<end]
    /// The value of the last of the keys, which is taken off.
    func take(_ key: String) -> String? {
      guard let mark = rest.range(of: key) else { return nil }
      defer { rest = rest[..<mark.lowerBound] }
      return text(rest[mark.upperBound...])
    }
    let application = take(" application_name=")
    let database = take(" database=")
    return .authorized(user: rest.rest(behind: "user=").flatMap(text), database: database, application: application)
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String? {
    String(decoding: bytes, as: UTF8.self).nonEmpty
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
  /// The rest behind a text that the bytes begin with; `nil` where they begin otherwise.
  func rest(behind text: String) -> ArraySlice<UInt8>? {
    starts(with: text.utf8) ? dropFirst(text.utf8.count) : nil
  }
}

extension Int64 {
  /// A number that is written with nothing but digits; `nil` where it is too large.
  init?(digits: some Collection<UInt8>, radix: Int64 = 10) {
    guard !digits.isEmpty else { return nil }
    self = 0
    for digit in digits {
      let value: UInt8
      switch digit {
      case 0x30...0x39: value = digit - 0x30
      case 0x41...0x5A: value = digit - 0x41 + 10
      case 0x61...0x7A: value = digit - 0x61 + 10
      default: return nil
      }
      guard value < radix else { return nil }
      let (shifted, overflow) = multipliedReportingOverflow(by: radix)
      let (sum, overflow2) = shifted.addingReportingOverflow(Int64(value))
      guard !overflow, !overflow2 else { return nil }
      self = sum
    }
  }
}
