import AuditTrail
import Digests

/// A value of a Bind message, as it was sent.
struct BoundValue {
  /// The type's object id from the Parse message; 0 where the server was to infer it.
  let type: Int
  /// Whether it is in the type's binary form.
  let isBinary: Bool
  /// The bytes; `nil` is SQL NULL.
  let bytes: ArraySlice<UInt8>?

  /// The parameter; `nil` where the binary form of the type is not known, so that nothing is guessed.
  var parameter: Parameter? {
    guard let bytes else { return Parameter(type: typeName, value: nil) }
    if isBinary { return binaryText(bytes).map { Parameter(type: typeName, value: $0) } }
    return String(validating: bytes, as: UTF8.self).map { Parameter(type: typeName, value: $0) }
  }

  /// Names of built-in types by object id. Source: PostgreSQL's `pg_type.dat`.
  private static let names: [Int: String] = [
    16: "boolean", 17: "bytea", 18: "char", 19: "name", 20: "bigint", 21: "integer", 23: "integer", 25: "text",
    26: "oid", 114: "json", 700: "real", 701: "double precision", 1042: "text", 1043: "text", 1082: "date",
    1083: "time", 1114: "timestamp", 1184: "timestamptz", 1700: "numeric", 2950: "uuid", 3802: "jsonb",
  ]

  private var typeName: String? { Self.names[type] }

  private func binaryText(_ bytes: ArraySlice<UInt8>) -> String? {
    var cursor = ByteCursor(bytes)
    switch (type, bytes.count) {
    case (16, 1): return bytes.first == 0 ? "false" : "true"
    case (17, _): return "\\x" + Hex.encode(Array(bytes))
    case (20, 8): return cursor.unsigned(8).map { String(Int64(bitPattern: $0)) }
    case (21, 2): return cursor.int16().map { String($0) }
    case (23, 4): return cursor.int32().map { String($0) }
    case (26, 4): return cursor.unsigned(4).map { String($0) }
    case (700, 4): return cursor.unsigned(4).map { Self.spell(Float(bitPattern: UInt32(truncatingIfNeeded: $0))) }
    case (701, 8): return cursor.unsigned(8).map { Self.spell(Double(bitPattern: $0)) }
    case (18, _), (19, _), (25, _), (114, _), (1042, _), (1043, _): return String(validating: bytes, as: UTF8.self)
    case (3802, 1...) where bytes.first == 1: return String(validating: bytes.dropFirst(), as: UTF8.self)
    case (1082, 4): return cursor.int32().flatMap { Self.date(daysSince2000: $0) }
    case (1114, 8), (1184, 8): return cursor.unsigned(8).flatMap { moment(microseconds: Int64(bitPattern: $0)) }
    case (2950, 16): return Self.uuid(bytes)
    default: return nil
    }
  }

  private static func spell(_ value: some BinaryFloatingPoint & LosslessStringConvertible) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return String(value)
  }

  /// PostgreSQL counts from 2000-01-01, which is day 10,957 of the Unix epoch.
  private static func date(daysSince2000 days: Int) -> String? {
    guard (-730_000...2_900_000).contains(days) else { return nil }
    return CivilDate(daysSinceEpoch: days + 10_957).description
  }

  private func moment(microseconds: Int64) -> String? {
    let (sinceEpoch, overflow) = microseconds.addingReportingOverflow(946_684_800_000_000)
    let (nanoseconds, overflow2) = sinceEpoch.multipliedReportingOverflow(by: 1000)
    guard !overflow, !overflow2 else { return nil }
    let text = Timestamp(nanoseconds: nanoseconds).description
    // A timestamp without time zone carries none.
    return type == 1114 ? String(text.dropLast()) : text
  }

  private static func uuid(_ bytes: ArraySlice<UInt8>) -> String {
    let digits = Array(Hex.encode(Array(bytes)))
    let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
    return parts.joined(separator: "-")
  }
}
