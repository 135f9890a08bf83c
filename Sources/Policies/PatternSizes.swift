/// How large the regular expressions of a policy are in sum, in RE2's instructions. What one line writes briefly may take long
/// to compile: `\p{L}{100}` has as many as a thousand plain patterns.
final class PatternSizes {
  /// What is wrong where they are too large.
  static let complaint = "the regular expressions up to here are too large in sum"

  /// The most: forty thousand plain patterns.
  private static let largest = 2_000_000

  private var sum = 0

  /// Whether nothing more should be compiled.
  var areTooLarge: Bool { sum > Self.largest }

  /// Counts a compiled pattern.
  func add(_ pattern: TextPattern) { sum += pattern.size }
}
