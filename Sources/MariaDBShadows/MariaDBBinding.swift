import AuditTrail
import MariaDB

/// How recorded parameters become values for the server: numbers where the archive says so, text otherwise, which the server
/// compares as the column's type asks.
enum MariaDBBinding {
  /// The values of a command that takes so many, after those that were used; `nil` when one is missing.
  static func taken(_ parameters: [Parameter]?, _ count: Int, after used: Int) -> [MariaDBValue]? {
    guard count > 0 else { return [] }
    guard let parameters, parameters.count >= used + count else { return nil }
    return parameters[used..<(used + count)].map(bound)
  }

  private static func bound(_ parameter: Parameter) -> MariaDBValue {
    guard let text = parameter.value else { return .null }
    switch parameter.type?.lowercased() {
    case "integer", "bigint", "smallint", "int", "mediumint", "tinyint", "int2", "int4", "int8", "long", "longlong":
      return Int64(text).map(MariaDBValue.integer) ?? .text(Array(text.utf8))
    case "boolean", "bool":
      switch text.lowercased() {
      case "t", "true", "1": return .integer(1)
      case "f", "false", "0": return .integer(0)
      default: return .text(Array(text.utf8))
      }
    default: return .text(Array(text.utf8))
    }
  }
}
