public import Policies

/// One side of a diff.
public enum PolicySource: Sendable {
  /// What the proxy decided.
  case recorded
  /// What a policy decides: the version in force at each statement's time.
  case policies(PolicySet)

  /// The policies, where they say themselves what counts as harm; hoop's rules do not.
  var harmPolicies: PolicySet? {
    guard case .policies(let set) = self, case .rules? = set.versions.first?.policy else { return nil }
    return set
  }
}
