/// A text by its bytes: to Swift “é” is the same, whether one character or two.
public struct ExactText: Hashable, Sendable {
  /// The text.
  public let text: String

  /// The text, to be told from others by its bytes.
  public init(_ text: String) { self.text = text }

  /// Whether both have the same bytes.
  public static func == (left: Self, right: Self) -> Bool {
    ByteRun.areEqual(left.text.utf8Span.span, right.text.utf8Span.span)
  }

  /// Takes the bytes.
  public func hash(into hasher: inout Hasher) { hasher.combine(ByteRun.hash(text.utf8Span.span)) }
}
