public import AuditTrail
public import Replay

/// SQLite, embedded.
public struct SQLiteEngine: ShadowEngine {
  /// The engine; it holds nothing.
  public init() {}

  /// `sqlite:PATH`.
  public var usage: String { "sqlite:PATH, where PATH is a .sql script or a SQLite database" }

  /// Reads `sqlite:PATH`, where a path that ends in `.sql` is a script.
  public func source(_ text: String) -> ShadowSource? {
    guard text.hasPrefix("sqlite:"), text.utf8.count > 7 else { return nil }
    let path = String(text.dropFirst(7))
    let isScript = path.lowercased().hasSuffix(".sql")
    return ShadowSource(isScript ? .script : .database, path: path, prefix: "sqlite:", text: text)
  }

  /// Opens a database or builds one from a script.
  public func open(_ source: ShadowSource, options: ShadowOptions) throws(AssayError) -> any Shadow {
    try SQLiteShadow(reading: source, options: options)
  }
}
