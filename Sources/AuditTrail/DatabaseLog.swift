/// What tells a database's own log from a proxy's archive where nothing was decided or observed.
package enum DatabaseLog {
  /// The products whose archives are logs of databases, as their readers name them.
  private static let products: Set<Substring> = ["postgresql", "mysql", "mariadb"]

  /// Whether a source is one: the product's name, or the name and the server's after a blank.
  package static func isProduct(_ source: String) -> Bool {
    products.contains(source.prefix { $0 != " " })
  }
}
