public import AuditTrail
public import Replay

/// MariaDB, on throw-away servers, for what MySQL and MariaDB have recorded.
public struct MariaDBEngine: ShadowEngine {
  /// The engine; it holds nothing.
  public init() {}

  /// `mariadb:DUMP`.
  public var usage: String { "mariadb:DUMP, where DUMP is a script of mysqldump or mariadb-dump" }

  /// Reads `mariadb:DUMP`.
  public func source(_ text: String) -> ShadowSource? {
    guard text.hasPrefix("mariadb:"), !text.hasPrefix("mariadb://"), text.utf8.count > 8 else { return nil }
    return ShadowSource(.dump, path: String(text.dropFirst(8)), prefix: "mariadb:", text: text)
  }

  /// Loads a dump into a server of its own.
  public func open(_ source: ShadowSource, options: ShadowOptions) throws(AssayError) -> any Shadow {
    try MariaDBShadow(reading: source, options: options)
  }
}
