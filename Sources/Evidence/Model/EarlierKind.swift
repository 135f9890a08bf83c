public import AuditTrail

/// A kind of exception that packages of earlier periods noted.
public struct EarlierKind: Sendable, Hashable, Codable {
  /// How many packages back a kind is followed that was not noted again.
  package static let reach = 3

  /// Its id, `EK-…`.
  public var id: String
  /// The test.
  public var test: String
  /// What it is about, in words.
  public var about: String
  /// The gravest rating that it had.
  public var rating: String
  /// The periods in which it was noted, in order.
  public var periods: [String]
  /// When one was first seen.
  public var first: Timestamp?
  /// The earliest day that an answer to one of them promised; `nil` where none did.
  public var due: CivilDate?
  /// How many packages followed the last one that noted it: 0 where the package before did.
  public var quiet: Int64

  /// A kind that was noted.
  public init(
    id: String, test: String, about: String, rating: String, periods: [String], first: Timestamp?, due: CivilDate?,
    quiet: Int64
  ) {
    (self.id, self.test, self.about, self.rating) = (id, test, about, rating)
    (self.periods, self.first, self.due, self.quiet) = (periods, first, due, quiet)
  }
}
