/// What detectors recognised in the output that an archive holds of a session: how much of which kind, never a value.
public struct OutputFinding: Sendable, Hashable {
  /// The session's key.
  public let session: String
  /// The detector's name, such as `email`.
  public let detector: String
  /// How many values it recognised.
  public let count: Int64

  /// Values of one kind in one session's output.
  public init(session: String, detector: String, count: Int64) {
    self.session = session
    self.detector = detector
    self.count = count
  }
}
