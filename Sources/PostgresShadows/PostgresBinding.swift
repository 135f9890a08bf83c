import AuditTrail
import Postgres
import Replay

/// How recorded parameters become values for the server: as text, with the type that the archive names.
enum PostgresBinding {
  /// The values of a command that takes `count` of them; `nil` when one is missing.
  static func values(_ parameters: [Parameter]?, count: Int, typed: Bool) -> [PostgresValue]? {
    guard count > 0 else { return [] }
    guard let parameters, parameters.count >= count else { return nil }
    return parameters.prefix(count).map { PostgresValue($0.value, type: typed ? type($0.type) : 0) }
  }

  /// Whether the archive names a type for any of them that we know.
  static func hasTypes(_ parameters: [Parameter]?) -> Bool { parameters?.contains { type($0.type) != 0 } ?? false }

  /// The highest `$n` of a text, quotes and comments left out.
  static func highestParameter(_ sql: String) -> Int {
    let bytes = Array(sql.utf8)
    var (index, highest) = (0, 0)
    var quote: UInt8?
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if let open = quote {
        if byte == open { quote = nil }
      } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        quote = byte
      } else if byte == UInt8(ascii: "-"), index < bytes.count, bytes[index] == byte {
        while index < bytes.count, bytes[index] != 0x0a { index += 1 }
      } else if byte == UInt8(ascii: "$") {
        var number = 0
        while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10, number < 100_000 {
          number = number * 10 + Int(bytes[index] - UInt8(ascii: "0"))
          index += 1
        }
        if number == 0 {
          // A dollar-quoted string: its tag, and what follows up to the same tag.
          let start = index - 1
          while index < bytes.count, bytes[index] != byte,
            (bytes[index] | 0x20) &- UInt8(ascii: "a") < 26 || bytes[index] == UInt8(ascii: "_")
          { index += 1 }
          guard index < bytes.count, bytes[index] == byte else { continue }
          let tag = bytes[start...index]
          index += 1
          while index < bytes.count, !bytes[index...].starts(with: tag) { index += 1 }
          index = min(bytes.count, index + tag.count)
        } else {
          highest = max(highest, number)
        }
      }
    }
    return highest
  }

  /// The oid of a type that archives name. Source: PostgreSQL 15, `pg_type.dat`.
  private static func type(_ name: String?) -> UInt32 {
    switch name?.lowercased() {
    case "boolean", "bool": 16
    case "bytea", "blob": 17
    case "bigint", "int8", "bigserial": 20
    case "smallint", "int2": 21
    case "integer", "int", "int4", "serial": 23
    case "text", "string": 25
    case "oid": 26
    case "json": 114
    case "real", "float4": 700
    case "double", "double precision", "float8", "float": 701
    case "varchar", "character varying": 1043
    case "char", "bpchar", "character": 1042
    case "date": 1082
    case "time", "time without time zone": 1083
    case "timestamp", "timestamp without time zone": 1114
    case "timestamptz", "timestamp with time zone": 1184
    case "interval": 1186
    case "numeric", "decimal": 1700
    case "uuid": 2950
    case "jsonb": 3802
    default: 0
    }
  }
}
