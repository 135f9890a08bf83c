/// What sampled values say a column holds.
public struct Classification: Sendable, Hashable {
  /// The kind of value.
  public let detector: Detector
  /// How many of the sampled values that are not empty are of that kind.
  public let matching: Int
  /// How many sampled values are not empty.
  public let sampled: Int

  /// The share of matching values, 0 to 1.
  public var share: Double { sampled == 0 ? 0 : Double(matching) / Double(sampled) }
}

/// How many values of a column, and how many characters of each, say what it holds: nothing that a detector knows is longer.
public enum ColumnSample {
  /// Values of a column.
  public static let values = 200
  /// Characters of a value.
  public static let length = 4_096
}

/// Says which kind of sensitive value a column holds: the detector that the greatest share of the values are whole
/// matches of, if that share reaches `threshold`; `nil` for a column that holds none or no values at all.
public func classify(_ values: [String], threshold: Double = 0.5) -> Classification? {
  let present = values.filter { !$0.utf8.allSatisfy { $0 == .space } }
  guard !present.isEmpty else { return nil }
  var best: Classification?
  for detector in Detector.allCases {
    let matching = present.count { detector.matches($0) }
    let candidate = Classification(detector: detector, matching: matching, sampled: present.count)
    if matching > 0, candidate.share >= threshold, candidate.share > best?.share ?? 0 { best = candidate }
  }
  return best
}
