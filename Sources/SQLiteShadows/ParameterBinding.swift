import AuditTrail
import Replay
import SQLite

/// How recorded parameters become SQLite's values.
///
/// The type that the archive names decides. Without one a canonical number (`17`, `-2.5`; not `007`, `+1`, `1e3`) is bound
/// as a number and everything else as text: SQLite compares a number with a text column as text, so both sides of
/// `phone = $1` and `length(name) = $1` hold.
enum ParameterBinding {
  /// A value as SQLite stores it.
  enum Value: Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
  }

  /// The value of a parameter.
  static func stored(_ parameter: Parameter) -> Value {
    guard let text = parameter.value else { return .null }
    guard let type = parameter.type else { return untyped(text) }
    switch type.lowercased() {
    case "integer", "bigint", "smallint", "int", "int2", "int4", "int8", "serial", "bigserial", "oid":
      return Int64(text).map(Value.integer) ?? .text(text)
    case "numeric", "decimal", "real", "double", "double precision", "float", "float4", "float8":
      if let integer = Int64(text) { return .integer(integer) }
      return exactReal(text).map(Value.real) ?? .text(text)
    case "boolean", "bool":
      switch text.lowercased() {
      case "t", "true", "1", "on", "yes": return .integer(1)
      case "f", "false", "0", "off", "no": return .integer(0)
      default: return .text(text)
      }
    case "bytea", "blob":
      return hexadecimal(text).map(Value.blob) ?? .text(text)
    default: return .text(text)
    }
  }

  private static func untyped(_ text: String) -> Value {
    guard let first = text.utf8.first, first == UInt8(ascii: "-") || first &- UInt8(ascii: "0") < 10,
      text.utf8.count <= 24
    else { return .text(text) }
    if let integer = Int64(text), String(integer) == text { return .integer(integer) }
    if let real = exactReal(text), "\(real)" == text { return .real(real) }
    return .text(text)
  }

  /// A decimal of at most 15 significant digits, which a 64-bit floating-point number keeps.
  private static func exactReal(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 || ".-+eE".utf8.contains($0) }),
      text.utf8.count(where: { $0 &- UInt8(ascii: "0") < 10 }) <= 15, let value = Double(text), value.isFinite
    else { return nil }
    return value
  }

  private static func hexadecimal(_ text: String) -> [UInt8]? {
    guard text.hasPrefix("\\x"), text.utf8.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    var rest = text.dropFirst(2)
    while !rest.isEmpty {
      guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    return bytes
  }

  /// Binds the parameters of a command and says how many of them its text has used so far; `nil` when a value is missing.
  ///
  /// `?` and `:name` take the next value in the order of the text, `$2` and `?2` the second of all.
  static func bind(
    _ parameters: [Parameter]?, to statement: inout SQLiteStatement, used: Int
  ) throws(SQLiteError) -> Int? {
    let count = statement.parameterCount
    guard count > 0 else { return used }
    guard let parameters else { return nil }
    var next = used
    for index in 1...count {
      var position = next
      if let name = statement.parameterName(index), let number = Int(name.dropFirst()), number > 0 {
        position = number - 1
      } else {
        next += 1
      }
      guard parameters.indices.contains(position) else { return nil }
      switch stored(parameters[position]) {
      case .null: try statement.bindNull(index)
      case .integer(let value): try statement.bind(index, value)
      case .real(let value): try statement.bind(index, value)
      case .text(let value): try statement.bind(index, value)
      case .blob(let value): try statement.bind(index, blob: value.span)
      }
    }
    return next
  }
}
