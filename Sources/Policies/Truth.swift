/// Whether something holds, when not every fact is known.
public enum Truth: UInt8, Sendable, Hashable, CaseIterable, Comparable {
  case no, unknown, yes

  /// Known either way.
  public init(_ known: Bool) { self = known ? .yes : .no }

  /// Less certain to hold than.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// Both hold.
  public func and(_ other: Self) -> Self { min(self, other) }
  /// At least one holds.
  public func or(_ other: Self) -> Self { max(self, other) }
  /// The opposite; what is unknown stays unknown.
  public var negated: Self {
    switch self {
    case .no: .yes
    case .unknown: .unknown
    case .yes: .no
    }
  }

  /// `no`, `unknown` or `yes`.
  public var name: String {
    switch self {
    case .no: "no"
    case .unknown: "unknown"
    case .yes: "yes"
    }
  }
}
