/// Follows a PostgreSQL client through the simple and the extended protocol: what it ran, in order, with which values.
///
/// Only a query and an execute are statements; a portal may be executed many times. Texts and bound values are kept once
/// each, however often they run, so that a hostile stream cannot grow.
struct PostgresConversation {
  /// One run of a text.
  struct Run {
    /// The index of the text in ``texts``.
    let text: Int
    /// The index of the values in ``bindings``; `nil` for a simple query.
    let binding: Int?
    /// The event in which it was asked for.
    let event: Int
  }

  private struct Prepared {
    let text: Int
    let types: [Int]
    let event: Int
  }
  private struct Portal {
    let text: Int
    let binding: Int
  }

  /// The texts, as bytes the client sent.
  private(set) var texts: [ArraySlice<UInt8>] = []
  /// The values of each bind; `nil` where they cannot be shown.
  private(set) var bindings: [[BoundValue]?] = []
  /// What ran, in order.
  private(set) var runs: [Run] = []
  /// Executes whose text is in no event that was recorded.
  private(set) var unresolved = 0
  /// The statement that was prepared last and not run since, when nothing ran after it.
  private(set) var preparedLast: Run?
  /// Messages that contradict the protocol.
  private(set) var malformed = 0

  private var prepared: [ArraySlice<UInt8>: Prepared] = [:]
  private var portals: [ArraySlice<UInt8>: Portal] = [:]

  /// Takes the next message.
  mutating func take(_ message: PostgresMessages.Message) {
    var cursor = ByteCursor(message.body)
    switch message.type {
    case UInt8(ascii: "Q"): query(&cursor, message.event)
    case UInt8(ascii: "P"): parse(&cursor, message.event)
    case UInt8(ascii: "B"): bind(&cursor)
    case UInt8(ascii: "E"): execute(&cursor, message.event)
    case UInt8(ascii: "C"): close(&cursor)
    default: break
    }
  }

  private mutating func query(_ cursor: inout ByteCursor, _ event: Int) {
    guard let text = cursor.zeroTerminated() else { return malformed += 1 }
    // A simple query destroys the unnamed statement and portal.
    prepared[[]] = nil
    portals[[]] = nil
    texts.append(text)
    runs.append(Run(text: texts.count - 1, binding: nil, event: event))
    preparedLast = nil
  }

  private mutating func parse(_ cursor: inout ByteCursor, _ event: Int) {
    guard let name = cursor.zeroTerminated(), let text = cursor.zeroTerminated(), let count = cursor.int16() else {
      return malformed += 1
    }
    var types: [Int] = []
    for _ in 0..<max(0, count) {
      guard let type = cursor.unsigned(4) else { return malformed += 1 }
      types.append(Int(type))
    }
    texts.append(text)
    prepared[name] = Prepared(text: texts.count - 1, types: types, event: event)
    preparedLast = Run(text: texts.count - 1, binding: nil, event: event)
  }

  private mutating func bind(_ cursor: inout ByteCursor) {
    guard let portal = cursor.zeroTerminated(), let name = cursor.zeroTerminated() else { return malformed += 1 }
    guard let statement = prepared[name] else {
      portals[portal] = nil
      return
    }
    guard let values = Self.values(&cursor, types: statement.types) else {
      malformed += 1
      bindings.append(nil)
      portals[portal] = Portal(text: statement.text, binding: bindings.count - 1)
      return
    }
    bindings.append(values)
    portals[portal] = Portal(text: statement.text, binding: bindings.count - 1)
  }

  /// The formats, then the values; `nil` when the message is cut.
  private static func values(_ cursor: inout ByteCursor, types: [Int]) -> [BoundValue]? {
    var formats: [Int] = []
    guard let formatCount = cursor.int16() else { return nil }
    for _ in 0..<max(0, formatCount) {
      guard let format = cursor.int16() else { return nil }
      formats.append(format)
    }
    guard let count = cursor.int16() else { return nil }
    var values: [BoundValue] = []
    for index in 0..<max(0, count) {
      guard let length = cursor.int32() else { return nil }
      let format = formats.count == 1 ? formats[0] : index < formats.count ? formats[index] : 0
      let bytes: ArraySlice<UInt8>?
      if length < 0 {
        bytes = nil
      } else {
        guard let taken = cursor.take(length) else { return nil }
        bytes = taken
      }
      values.append(BoundValue(type: index < types.count ? types[index] : 0, isBinary: format == 1, bytes: bytes))
    }
    return values
  }

  private mutating func execute(_ cursor: inout ByteCursor, _ event: Int) {
    guard let name = cursor.zeroTerminated() else { return malformed += 1 }
    guard let portal = portals[name] else { return unresolved += 1 }
    runs.append(Run(text: portal.text, binding: portal.binding, event: event))
    preparedLast = nil
  }

  private mutating func close(_ cursor: inout ByteCursor) {
    guard let kind = cursor.unsigned(1), let name = cursor.zeroTerminated() else { return malformed += 1 }
    if kind == UInt64(UInt8(ascii: "S")) {
      prepared[name] = nil
    } else {
      portals[name] = nil
    }
  }
}
