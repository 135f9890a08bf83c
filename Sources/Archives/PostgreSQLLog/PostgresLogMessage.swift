import AuditTrail

/// What a message of PostgreSQL's log says of a statement. Source: `postgres.c` (`exec_simple_query`,
/// `exec_execute_message`, `check_log_duration`).
enum PostgresLogMessage: Hashable {
  /// A text sent by itself, or an execution of a prepared one.
  case statement(sql: String, isPrepared: Bool, microseconds: Int64?)
  /// More rows of an execution that stands before it.
  case fetch
  /// Parsing or binding, which run nothing.
  case preparation
  /// How long the command before it took.
  case duration(microseconds: Int64)
  /// The login succeeded; the application's name, where it is said.
  case authorized(application: String?)
  /// The session ended.
  case disconnection
  /// Anything else.
  case other

  init(_ message: String) {
    if let rest = message.rest(behind: "duration: "), let end = rest.range(of: " ms") {
      let time = Self.microseconds(rest[..<end.lowerBound])
      let text = rest[end.upperBound...]
      guard let time else {
        self = .other
        return
      }
      self = text.isEmpty ? .duration(microseconds: time) : Self.command(text.drop { $0 == " " }, time)
    } else if let rest = message.rest(behind: "connection authorized: ") {
      self = .authorized(application: rest.word(behind: "application_name="))
    } else if message.hasPrefix("disconnection: ") {
      self = .disconnection
    } else {
      self = Self.command(message[...], nil)
    }
  }

  private static func command(_ text: Substring, _ microseconds: Int64?) -> PostgresLogMessage {
    if let sql = text.rest(behind: "statement: ") {
      return .statement(sql: String(sql), isPrepared: false, microseconds: microseconds)
    }
    if text.hasPrefix("execute fetch from ") { return .fetch }
    if text.hasPrefix("parse ") || text.hasPrefix("bind ") { return .preparation }
    guard let rest = text.rest(behind: "execute "), let name = rest.range(of: ": ") else { return .other }
    return .statement(sql: String(rest[name.upperBound...]), isPrepared: true, microseconds: microseconds)
  }

  /// Milliseconds with up to three fraction digits.
  private static func microseconds(_ text: Substring) -> Int64? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first.flatMap({ Int64($0) }), whole >= 0, whole < Int64.max / 2000 else { return nil }
    guard parts.count == 2 else { return whole * 1000 }
    let digits = parts[1].prefix(3)
    guard let fraction = Int64(digits), fraction >= 0 else { return nil }
    return whole * 1000 + [100, 10, 1][max(0, digits.count - 1)] * fraction
  }

  /// The parameters of a detail, `parameters: $1 = 'it''s', $2 = NULL`; `nil` where it holds none, or not all of them whole.
  static func parameters(_ detail: String?) -> [Parameter]? {
    guard let detail, let rest = detail.rest(behind: "parameters: ") ?? detail.rest(behind: "Parameters: ") else {
      return nil
    }
    var parameters: [Parameter] = []
    var left = rest.utf8[...]
    while !left.isEmpty {
      let mark = Array("$\(parameters.count + 1) = ".utf8)
      guard left.starts(with: mark) else { return nil }
      left = left.dropFirst(mark.count)
      guard let value = takeValue(&left) else { return nil }
      parameters.append(Parameter(type: nil, value: value.text))
      guard !left.isEmpty else { break }
      guard left.starts(with: ", ".utf8) else { return nil }
      left = left.dropFirst(2)
    }
    return parameters
  }

  private static func takeValue(_ left: inout Substring.UTF8View.SubSequence) -> (text: String?, Void)? {
    if left.starts(with: "NULL".utf8) {
      left = left.dropFirst(4)
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

extension StringProtocol where SubSequence == Substring {
  /// What stands behind a prefix.
  fileprivate func rest(behind prefix: String) -> Substring? {
    hasPrefix(prefix) ? self[index(startIndex, offsetBy: prefix.count)...] : nil
  }

  /// Where a text first occurs.
  fileprivate func range(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }

  /// The word behind a text, up to the next space.
  fileprivate func word(behind text: String) -> String? {
    guard let found = range(of: text) else { return nil }
    let word = self[found.upperBound...].prefix { $0 != " " }
    return word.isEmpty ? nil : String(word)
  }
}
