import AuditTrail

/// Which archives are meant: those of a proxy, or of one instance of it.
public struct SourceName: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
  /// The proxy's name.
  public var proxy: String
  /// The instance's name; `nil` for all.
  public var instance: String?

  /// A proxy's name, or its name and instance with a blank between. The name ends at the first blank, so that no proxy can
  /// call itself what another's instance is called.
  public init(_ text: String) {
    let parts = text.split(separator: " ", maxSplits: 1)
    self.init(proxy: parts.first.map(String.init) ?? "", instance: parts.count > 1 ? String(parts[1]) : nil)
  }

  /// A proxy of any name, or one instance of it.
  public init(proxy: String, instance: String?) { (self.proxy, self.instance) = (proxy, instance) }

  /// The same, of a literal.
  public init(stringLiteral value: String) { self.init(value) }

  /// The names with a blank between.
  public var description: String { proxy + (instance.map { " " + $0 } ?? "") }

  /// Whether a source of that name is meant.
  func matches(_ proxy: String, _ instance: String?) -> Bool {
    proxy.isExactly(self.proxy) && (self.instance.map { instance?.isExactly($0) == true } ?? true)
  }
}
