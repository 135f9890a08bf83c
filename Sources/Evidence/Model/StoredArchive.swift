/// An archive of the inventory that is encrypted by its word, as its file was found.
public struct StoredArchive: Sendable, Hashable, Codable {
  /// Where it is, as the inventory names it.
  public var place: String
  /// The form of encrypted files that it has; `nil` where it has none.
  public var form: String?

  /// An archive that was found.
  public init(place: String, form: String?) { (self.place, self.form) = (place, form) }
}
