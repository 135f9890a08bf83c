/// An engine that cases of the corpus run on.
package enum GoldenEngine: String, CaseIterable, Sendable {
  case sqlite, postgresql

  /// Its name as people write it.
  package var title: String { self == .sqlite ? "SQLite" : "PostgreSQL" }
}
