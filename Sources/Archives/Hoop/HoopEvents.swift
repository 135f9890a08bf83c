import Digests

/// A session's event stream in each of the forms the API gives it.
enum HoopEvents {
  /// One recorded event.
  struct Event {
    /// Seconds since the connect, though the API's documentation says milliseconds.
    var elapsed: Double?
    /// `i` client to server, `o` output, `e` the closing error; others occur.
    var type: UInt8
    /// What was sent.
    var payload: [UInt8]
  }

  /// The key is absent or null.
  case absent
  /// Triples of time, type and base64.
  case events([Event], unreadable: Int)
  /// All output as one text, asked for with `event_stream=utf8` or `base64`.
  case output([UInt8])
  /// The recording was no longer there when it was asked for.
  case lost
  /// The gateway could not spell the stream as JSON.
  case undecodable

  /// Reads the value of `event_stream`.
  init(_ value: JSONTree) {
    guard case .array(let elements) = value else {
      self = .absent
      return
    }
    if elements.count == 1, let text = elements[0].string {
      self = Self.wholeText(text)
      return
    }
    var events: [Event] = []
    var unreadable = 0
    for element in elements {
      let parts = element.elements
      if parts.count == 3, let type = parts[1].string?.utf8.first, let payload = Self.base64(parts[2].string) {
        events.append(Event(elapsed: parts[0].number, type: type, payload: payload))
      } else {
        unreadable += 1
      }
    }
    if events.count == 1, events[0].type == UInt8(ascii: "e"), events[0].payload == Self.placeholder {
      self = .lost
    } else {
      self = .events(events, unreadable: unreadable)
    }
  }

  private static let placeholder = Array("no log found on disk".utf8)
  private static let fallback = "An internal error occurred: unable to decode the event stream"

  private static func wholeText(_ text: String) -> HoopEvents {
    if text.hasPrefix(fallback) { return .undecodable }
    // Which of the two was asked for is nowhere said; output that is also valid base64 of UTF-8 text is taken for it.
    if !text.isEmpty, let bytes = base64(text), String(validating: bytes, as: UTF8.self) != nil {
      return .output(bytes)
    }
    return .output(Array(text.utf8))
  }

  private static func base64(_ text: String?) -> [UInt8]? {
    guard let text else { return nil }
    do throws(DigestsError) {
      return try Base64.decode(text)
    } catch {
      return nil
    }
  }

  /// The recorded events; none in the other forms.
  var recorded: [Event] {
    if case .events(let events, _) = self { return events }
    return []
  }

  /// Whether there was a recording, and none of it can be read.
  var isMissing: Bool {
    switch self {
    case .lost, .undecodable: true
    case .absent, .events, .output: false
    }
  }

  /// The bytes of the whole recording; `nil` where that is not what was handed over, or some of it could not be read.
  var recordedBytes: Int64? {
    if isMissing { return 0 }
    guard case .events(let events, unreadable: 0) = self else { return nil }
    return events.reduce(0) { $0 &+ Int64($1.payload.count) }
  }

  /// The text the client saw.
  var outputText: [UInt8]? {
    switch self {
    case .output(let bytes): bytes
    case .events(let events, _):
      events.contains { $0.type == UInt8(ascii: "o") }
        ? events.filter { $0.type == UInt8(ascii: "o") }.flatMap(\.payload) : nil
    case .absent, .lost, .undecodable: nil
    }
  }
}
