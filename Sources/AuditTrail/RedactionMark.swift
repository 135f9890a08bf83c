/// What is in place of a literal, a comment or a personal name in a ledger that was cut down without them: a character
/// that no text of SQL has a use for (U+E000, private use).
public enum RedactionMark {
  /// The character.
  public static let mark: Unicode.Scalar = "\u{E000}"
  /// The character as a text.
  public static let text = "\u{E000}"

  /// Whether something was taken from the text.
  public static func stands(in text: String) -> Bool { text.unicodeScalars.contains(mark) }
}
