/// What tells a database's own log from a proxy's archive by the name of its format or its source: no proxy is in the path.
package enum DatabaseLog {
  /// The products; the names of their formats begin with one and a full stop.
  private static let products = ["postgresql", "mysql", "percona", "mariadb"]

  /// Whether a format is one of a database's own logs.
  package static func isFormat(_ name: String) -> Bool { products.contains { name.hasPrefix($0 + ".") } }

  /// Whether a source is one: the product's name, or the name and the server's after a blank.
  package static func isProduct(_ source: String) -> Bool {
    products.contains { source == $0 || source.hasPrefix($0 + " ") }
  }

  /// The condition of SQL that says the same as ``isFormat(_:)`` of a column.
  package static func isFormat(column: String) -> String {
    "(" + products.map { "\(column) GLOB '\($0).*'" }.joined(separator: " OR ") + ")"
  }
}
