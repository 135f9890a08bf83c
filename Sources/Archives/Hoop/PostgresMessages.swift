/// Cuts the bytes a PostgreSQL client sent into messages, across and within recorded events.
///
/// Source: PostgreSQL documentation, "Message Formats". Bodies that may hold a secret (start-up packets, passwords, SASL)
/// are stepped over and never handed out.
struct PostgresMessages {
  /// A message whose body may be read.
  struct Message {
    /// The type byte.
    let type: UInt8
    /// The body behind the length.
    let body: ArraySlice<UInt8>
    /// The event in which it began.
    let event: Int
  }

  /// Whether bytes came that are not a client message; the rest of the stream is then unreadable.
  private(set) var isLost = false
  /// A message that was begun and not ended.
  private var pending: [UInt8] = []
  private var pendingEvent = 0
  /// Bytes of a secret message still to be stepped over.
  private var toSkip = 0
  /// Longer messages are taken for text or rubbish.
  private static let longest = 1 << 28
  private static let types = Set("QPBDESCXFHdcfp".utf8)
  /// Protocol 3.0 and 3.2, cancel, TLS and GSS requests: what a message without a type byte begins with.
  private static let startCodes: Set<UInt64> = [196_608, 196_610, 80_877_102, 80_877_103, 80_877_104]

  /// Whether the bytes begin as a client message does, not as SQL text.
  static func begins(_ bytes: ArraySlice<UInt8>) -> Bool {
    if isStart(bytes) { return true }
    var cursor = ByteCursor(bytes)
    guard let type = cursor.unsigned(1), types.contains(UInt8(type)), let length = cursor.unsigned(4) else {
      return false
    }
    return length >= 4 && length < longest
  }

  private static func isStart(_ bytes: ArraySlice<UInt8>) -> Bool {
    var cursor = ByteCursor(bytes)
    guard let length = cursor.unsigned(4), let code = cursor.unsigned(4) else { return false }
    return length >= 8 && length <= 10_000 && startCodes.contains(code)
  }

  /// Takes an event's bytes and calls `body` with each message that is complete.
  mutating func feed(_ payload: [UInt8], event: Int, _ body: (Message) -> Void) {
    if isLost { return }
    var start = min(toSkip, payload.count)
    toSkip -= start
    if pending.isEmpty {
      pendingEvent = event
      let used = cut(payload[start...], event: event, body)
      start += used
      if start < payload.count, !isLost { pending = Array(payload[start...]) }
    } else {
      pending.append(contentsOf: payload[start...])
      guard isComplete else { return }
      let bytes = pending
      pending = []
      let used = cut(bytes[...], event: pendingEvent, body)
      pendingEvent = event
      if used < bytes.count, !isLost { pending = Array(bytes[used...]) }
    }
  }

  /// Whether bytes are left that make no whole message.
  var isUnfinished: Bool { !pending.isEmpty || toSkip > 0 }

  /// Whether the first message of `pending` is there, so that long ones are not scanned at each event.
  private var isComplete: Bool {
    var cursor = ByteCursor(pending[...])
    guard cursor.unsigned(1) != nil, let length = cursor.unsigned(4) else { return false }
    return Self.isStart(pending[...]) || UInt64(pending.count) >= length &+ 1
  }

  /// Hands out the messages at the start of `bytes`; returns how many bytes they take.
  private mutating func cut(_ bytes: ArraySlice<UInt8>, event: Int, _ body: (Message) -> Void) -> Int {
    var rest = bytes
    while !rest.isEmpty {
      if Self.isStart(rest) {
        var cursor = ByteCursor(rest)
        step(over: Int(cursor.unsigned(4) ?? 0), in: &rest)
        continue
      }
      var cursor = ByteCursor(rest)
      guard let type = cursor.unsigned(1).map({ UInt8(truncatingIfNeeded: $0) }) else { break }
      guard Self.types.contains(type) || rest.count < 8 && type == 0 else {
        isLost = true
        break
      }
      guard let length = cursor.unsigned(4) else { break }
      guard length >= 4, length < Self.longest else {
        isLost = true
        break
      }
      if type == UInt8(ascii: "p") {
        step(over: Int(length) + 1, in: &rest)
        continue
      }
      guard let content = cursor.take(Int(length) - 4) else { break }
      body(Message(type: type, body: content, event: event))
      rest = rest[content.endIndex...]
    }
    return rest.startIndex - bytes.startIndex
  }

  private mutating func step(over count: Int, in rest: inout ArraySlice<UInt8>) {
    let here = min(count, rest.count)
    toSkip = count - here
    rest = rest[(rest.startIndex + here)...]
  }
}
