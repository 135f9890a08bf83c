import AuditTrail

/// Client messages as hoop stores them in its `i` events.
enum HoopWire {
  /// PostgreSQL's simple query. Source: PostgreSQL documentation, "Message Formats".
  static func query(_ sql: String) -> [UInt8] { message("Q", text(sql)) }

  /// Parse: a name, the text, and the type of each parameter.
  static func parse(_ name: String, _ sql: String, _ parameters: [Parameter]) -> [UInt8] {
    message(
      "P",
      text(name) + text(sql) + int16(parameters.count)
        + parameters.flatMap { int32($0.type == "integer" ? integerType : textType) })
  }

  /// Bind: the unnamed portal, a statement, every value as text, every result as text.
  static func bind(_ name: String, _ parameters: [Parameter]) -> [UInt8] {
    let values = parameters.flatMap { parameter -> [UInt8] in
      guard let value = parameter.value else { return int32(-1) }
      return int32(value.utf8.count) + Array(value.utf8)
    }
    return message("B", text("") + text(name) + int16(0) + int16(parameters.count) + values + int16(0))
  }

  static let describe = message("D", Array("P".utf8) + text(""))
  static let execute = message("E", text("") + int32(0))
  static let sync = message("S", [])
  static let terminate = message("X", [])

  /// MySQL's COM_QUERY, with the control byte that hoop leaves in front.
  static func mysqlQuery(_ sql: String) -> [UInt8] { [0x03] + Array(sql.utf8) }

  private static let integerType = 23
  private static let textType = 25

  private static func message(_ type: String, _ body: [UInt8]) -> [UInt8] {
    Array(type.utf8) + int32(body.count + 4) + body
  }

  private static func text(_ value: String) -> [UInt8] { Array(value.utf8) + [0] }

  private static func int16(_ value: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
  }

  private static func int32(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}
