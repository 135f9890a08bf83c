import Digests

/// Values by name, each with a number, so that a name is looked up once however often its value is asked for.
struct NamedSlots<Value> {
  private var slots = ExactNames<Int>()
  private var values: [(name: String, value: Value?)] = []
  private var free: [Int] = []

  /// How many values there are.
  var count: Int { values.count - free.count }

  /// The slots in the order of their names' bytes.
  var inOrder: [Int] { slots.names.compactMap { slots[$0] } }

  /// The value in a slot; `nil` where it was removed.
  subscript(_ slot: Int) -> Value? {
    get { values[slot].value }
    _modify { yield &values[slot].value }
  }

  /// The slot of a name; `nil` where it has no value.
  func slot(of name: String) -> Int? { slots[name] }

  /// The slot of a name, with a value of its own where it has none yet.
  mutating func slot(of name: String, else value: @autoclosure () -> Value) -> Int {
    if let slot = slots[name] { return slot }
    let slot = free.popLast() ?? values.count
    if slot == values.count { values.append((name, value())) } else { values[slot] = (name, value()) }
    slots[name] = slot
    return slot
  }

  /// Takes a value away, and gives it; its slot is used again.
  mutating func remove(_ slot: Int) -> Value? {
    guard let value = values[slot].value else { return nil }
    _ = slots.removeValue(forKey: values[slot].name)
    values[slot].value = nil
    free.append(slot)
    return value
  }
}
