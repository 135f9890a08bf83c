public import AuditTrail

/// Everything that is wrong in one policy, or in a set of them, in the order of place.
public struct PolicyErrors: Error, Sendable, Hashable, CustomStringConvertible {
  /// At least one failure, sorted by path, line, column and message.
  public let errors: [AssayError]

  /// The failures, sorted; equal ones count once.
  public init(_ errors: [AssayError]) {
    self.errors = Set(errors).sorted { left, right in
      let (a, b) = (left.place, right.place)
      return (a?.path ?? "", a?.line ?? 0, a?.column ?? 0, left.message)
        < (b?.path ?? "", b?.line ?? 0, b?.column ?? 0, right.message)
    }
  }

  /// One failure.
  public init(_ error: AssayError) { errors = [error] }

  /// One line a failure: `policy.yaml:8:13: unknown action …`.
  public var description: String {
    errors.map { error in (error.place.map { "\($0): " } ?? "") + error.message }.joined(separator: "\n")
  }
}
