public import AuditTrail

/// A policy that was loaded: rules that see the statement, or hoop's own.
public enum LoadedPolicy: Sendable {
  case rules(CompiledPolicy)
  case hoop(HoopPolicy)

  /// What the policy decides.
  public func decide(_ request: borrowing Request) -> PolicyDecision {
    switch self {
    case .rules(let policy): policy.decide(request)
    case .hoop(let policy): policy.decide(request)
    }
  }

  /// Why it decides so.
  public func explain(_ request: borrowing Request) -> Explanation {
    switch self {
    case .rules(let policy): policy.explain(request)
    case .hoop(let policy): policy.explain(request)
    }
  }

  /// Whether a rule asks for the time of a statement.
  public var asksForTime: Bool {
    switch self {
    case .rules(let policy): policy.asksForTime
    case .hoop: false
    }
  }

  /// What counts as harm; hoop's rules say nothing of it, so the standard thresholds hold.
  public var harm: HarmRules {
    switch self {
    case .rules(let policy): policy.policy.harm
    case .hoop: .standard
    }
  }

  /// The policy's name.
  public var name: String {
    switch self {
    case .rules(let policy): policy.policy.name
    case .hoop(let policy): policy.name
    }
  }

  /// Its version, when it has one.
  public var version: String? {
    switch self {
    case .rules(let policy): policy.policy.version
    case .hoop: nil
    }
  }
}

/// The policy in force at each moment: one file that applies at all times, or a directory of dated versions.
public struct PolicySet: Sendable {
  /// A version, and from when it is in force (`nil`: always).
  public struct Version: Sendable {
    /// From when.
    public let effective: Timestamp?
    /// The policy.
    public let policy: LoadedPolicy
  }

  /// The versions, in the order of time.
  public let versions: [Version]

  /// One policy that applies at all times, whatever its `effective` says.
  public init(always policy: LoadedPolicy) {
    versions = [Version(effective: nil, policy: policy)]
  }

  /// Dated versions, in any order. Fails without any, for one without `effective`, and for two of the same time.
  public init(dated policies: [Policy], directory: String) throws(PolicyErrors) {
    var errors: [AssayError] = []
    if policies.isEmpty {
      errors.append(
        AssayError(.missingInput, "the directory holds no policy; expected *.yaml files", at: Place(directory)))
    }
    var byTime: [Timestamp: Policy] = [:]
    for policy in policies.sorted(by: { $0.path < $1.path }) {
      guard let time = policy.effective else {
        errors.append(
          AssayError(
            .invalidFile, "lacks `effective`; in a directory of versions each says from when it is in force",
            at: Place(policy.path)))
        continue
      }
      if let other = byTime[time] {
        errors.append(
          AssayError(
            .invalidFile, "is in force from \(time) as \(other.path) is; give one of them another `effective`",
            at: Place(policy.path)))
      } else {
        byTime[time] = policy
      }
    }
    guard errors.isEmpty else { throw PolicyErrors(errors) }
    versions = byTime.sorted { $0.key < $1.key }.map { time, policy in
      Version(effective: time, policy: .rules(CompiledPolicy(policy)))
    }
  }

  /// What the versions' rules mask, as `table.column` or `detector:NAME`, sorted: what must not reach a client.
  public var masks: [String] {
    var masks: Set<String> = []
    for version in versions {
      guard case .rules(let policy) = version.policy else { continue }
      for rule in policy.policy.rules {
        if case .mask(let columns, _) = rule.action { masks.formUnion(columns) }
      }
    }
    return masks.sorted()
  }

  /// The columns among `names`, each `table.column`, that a version's rules mask by name or its harm names as disclosed: what
  /// is not measured could never be found to leak.
  public func watchedColumns(among names: [String]) -> [String] {
    let masked = masks.filter { !$0.hasPrefix("detector:") }.compactMap { ColumnPattern($0) }
    let disclosed = versions.flatMap { $0.policy.harm.entries.flatMap { $0.harm.discloses?.columns ?? [] } }
    return names.filter { name in
      (masked + disclosed).contains { $0.matches(effectName: name, isColumn: true) }
    }
  }

  /// The version in force at the moment; fails before the first.
  public func inForce(at time: Timestamp) throws(AssayError) -> LoadedPolicy {
    if let version = version(at: time) { return version }
    throw AssayError(
      .invalidFile,
      "no policy is in force at \(time); the first version is effective from "
        + "\(versions.first?.effective.map(\.description) ?? "no time")")
  }

  /// The version in force at the moment, or `nil` before the first.
  public func version(at time: Timestamp) -> LoadedPolicy? {
    var (low, high) = (0, versions.count)
    while low < high {
      let middle = (low + high) / 2
      if versions[middle].effective.map({ $0 <= time }) ?? true { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : versions[low - 1].policy
  }
}
