/// Why an entry gives no record. The message names the key and never its value.
struct Rejection: Error, Hashable {
  /// A stable name.
  let reason: String
  /// What is wrong.
  let message: String
  /// Where in the entry, in bytes.
  var offset = 0

  init(_ reason: String, _ message: String, offset: Int = 0) {
    self.reason = reason
    self.message = message
    self.offset = offset
  }

  static func missing(_ key: String) -> Rejection {
    Rejection("missing_key", "The required key \(key) is missing")
  }

  static func illTyped(_ key: String, expected: String) -> Rejection {
    Rejection("ill_typed", "The key \(key) is no \(expected)")
  }

  static func unexpected(_ key: String, expected: String) -> Rejection {
    Rejection("bad_value", "The key \(key) holds none of the values \(expected)")
  }
}
