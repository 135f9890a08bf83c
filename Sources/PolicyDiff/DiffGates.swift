/// What `--fail-on` names.
public enum DiffGate: String, Sendable, Hashable, CaseIterable {
  case risk, friction, leak, harm, any
}

extension PolicyDifference {
  /// The gates that trip, in the order of ``DiffGate``; up to `allowedUnknown` statements may be without a verdict.
  public func tripped(_ gates: Set<DiffGate>, allowedUnknown: Int64 = 0) -> [DiffGate] {
    DiffGate.allCases.filter { gate in
      guard gates.contains(gate) else { return false }
      switch gate {
      case .risk: return figures.risk > 0 || figures.riskUnknown > allowedUnknown
      case .friction: return figures.friction > 0
      case .leak: return figures.leak > 0
      case .harm: return harmChanged
      case .any: return changed > 0 || harmChanged
      }
    }
  }
}
