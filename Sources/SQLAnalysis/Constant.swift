/// A value that an expression has whatever the data.
enum Constant: Equatable {
  case bool(Bool)
  case integer(Int)
  case decimal(Double)
  case string(String)
  case null
  /// It depends on data, or cannot be told.
  case unknown

  init(_ truth: Bool?) { self = truth.map(Constant.bool) ?? .unknown }

  /// As PostgreSQL's `boolean`, and as other engines that take a number for one.
  var truth: Bool? {
    switch self {
    case .bool(let value): value
    case .integer(let value): value != 0
    case .decimal(let value): value != 0
    case .string(let value): Constant.truth(ofWord: value)
    case .null, .unknown: nil
    }
  }

  static func truth(ofWord word: String) -> Bool? {
    switch word.lowercased() {
    case "t", "true", "y", "yes", "on", "1": true
    case "f", "false", "n", "no", "off", "0": false
    default: nil
    }
  }

  /// Less, equal or greater as -1, 0 or 1, where both are of a kind.
  func compared(to other: Constant) -> Int? {
    func order<T: Comparable>(_ left: T, _ right: T) -> Int { left < right ? -1 : left == right ? 0 : 1 }
    switch (self, other) {
    case (.integer(let left), .integer(let right)): return order(left, right)
    case (.bool(let left), .bool(let right)): return order(left ? 1 : 0, right ? 1 : 0)
    case (.string(let left), .string(let right)):
      // Which of two unequal strings is less depends on the collation.
      return left == right ? 0 : nil
    case (.bool(let left), .string(let right)):
      return Constant.truth(ofWord: right).map { order(left ? 1 : 0, $0 ? 1 : 0) }
    case (.string, .bool): return other.compared(to: self).map { -$0 }
    default:
      guard let left = number, let right = other.number else { return nil }
      return order(left, right)
    }
  }

  /// Whether the two are certain to differ or to be equal.
  func equals(_ other: Constant) -> Bool? {
    if case .string(let left) = self, case .string(let right) = other { return left == right }
    return compared(to: other).map { $0 == 0 }
  }

  private var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .decimal(let value): value
    case .string(let value): Double(value)
    default: nil
    }
  }
}
