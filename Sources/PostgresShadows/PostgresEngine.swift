public import AuditTrail
public import Replay

/// PostgreSQL, on a throw-away cluster or a running server.
public struct PostgresEngine: ShadowEngine {
  /// The engine; it holds nothing.
  public init() {}

  /// `postgres:DUMP` or `postgresql://HOST/DATABASE`.
  public var usage: String { "postgres:DUMP, or postgresql://HOST/DATABASE" }

  /// Reads `postgres:DUMP` or `postgresql://HOST/DATABASE`.
  public func source(_ text: String) throws(AssayError) -> ShadowSource? {
    if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") {
      return ShadowSource(.server, path: try PostgresAddress(text).label, prefix: "", text: text)
    }
    guard text.hasPrefix("postgres:"), text.utf8.count > 9 else { return nil }
    return ShadowSource(.dump, path: String(text.dropFirst(9)), prefix: "postgres:", text: text)
  }

  /// Loads a dump into a cluster of its own, or connects to a marked database.
  public func open(_ source: ShadowSource, options: ShadowOptions) throws(AssayError) -> any Shadow {
    try PostgresShadow(reading: source, options: options)
  }
}
