/// Values by names that are told apart by their bytes.
public struct ExactNames<Value> {
  private var values: [ExactText: Value] = [:]

  /// No values.
  public init() {}

  /// The names, in an order that follows from their bytes.
  public var names: [String] {
    values.keys.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// How many names there are.
  public var count: Int { values.count }

  /// The value of a name; `nil` where there is none.
  public subscript(_ name: String) -> Value? {
    get { values[ExactText(name)] }
    _modify { yield &values[ExactText(name)] }
  }

  /// The value of a name, or another.
  public subscript(_ name: String, default other: @autoclosure () -> Value) -> Value {
    get { values[ExactText(name)] ?? other() }
    _modify { yield &values[ExactText(name), default: other()] }
  }

  /// Takes a name's value away, and gives it.
  public mutating func removeValue(forKey name: String) -> Value? { values.removeValue(forKey: ExactText(name)) }
}

extension ExactNames: Sendable where Value: Sendable {}
