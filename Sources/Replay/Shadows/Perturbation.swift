/// A way to make the second world of the leak oracle: how the values of one sensitive column are changed.
///
/// What a client sees differs between two worlds only if it depends on what differs between them; which change shows it
/// says what of the values it depends on.
package enum Perturbation: Int, CaseIterable {
  /// Each value another one of the same length and the same kind of character at each place: only what depends on values
  /// differs.
  case sameShape
  /// The same values at other rows.
  case shuffled
  /// One row has the value of another: for columns that take no other values, since to change places keeps how many there are
  /// of each.
  case moved
  /// Longer values.
  case otherLength
  /// Every third value is missing.
  case someNull
  /// Every second value is that of its neighbour.
  case duplicates

  /// Whether a difference that only this change shows says nothing of the values but their shape.
  package var tellsShapeOnly: Bool {
    switch self {
    case .sameShape, .shuffled, .moved: false
    case .otherLength, .someNull, .duplicates: true
    }
  }

  /// Whether values that join to others before go on joining one to one.
  package var keepsJoins: Bool { self != .someNull && self != .duplicates && self != .moved }

  /// Whether only the first row of those whose value changes gets another.
  package var changesOneRow: Bool { self == .moved }

  /// Whether it needs other values than there were, and these are the same ones at other places.
  package func isMissed<Value: Hashable>(by new: [Value?], of old: [Value]) -> Bool {
    self == .sameShape && !old.isEmpty && Set(new) == Set(old)
  }

  /// What each of a column's distinct values becomes, in their order; `nil` for NULL.
  package func replacements<Value: ColumnValue>(_ values: [Value]) -> [Value?] {
    var taken = Set(values.map(\.bytes))
    return values.indices.map { index in
      var value = values[index]
      switch self {
      case .sameShape:
        guard let new = fresh(value.bytes, taken, isBinary: value.isBinary) else {
          return values[(index + 1) % values.count]
        }
        value.bytes = new
      case .shuffled: return values[(index + 1) % values.count]
      case .moved: return index == 0 ? values[values.count - 1] : value
      case .otherLength: value = longer(value, taken)
      case .someNull: return index % 3 == 0 ? nil : value
      case .duplicates: return index % 2 == 1 ? values[index - 1] : value
      }
      taken.insert(value.bytes)
      return value
    }
  }

  /// A value that is longer by as much as it takes not to be taken; the same where none fits.
  private func longer<Value: ColumnValue>(_ value: Value, _ taken: Set<[UInt8]>) -> Value {
    var longer = value
    let isNegative = value.bytes.first == UInt8(ascii: "-")
    let startsWithDigit = value.bytes.first.map { $0 &- UInt8(ascii: "0") < 10 } == true
    for _ in 0..<8 {
      if value.isNumber, longer.bytes.count >= 18 { return value }
      longer.bytes.insert(
        value.isNumber || startsWithDigit ? UInt8(ascii: "7") : UInt8(ascii: "q"),
        at: value.isNumber && isNegative ? 1 : 0)
      if !taken.contains(longer.bytes) { return longer }
    }
    return value
  }
}

/// A value of a column as an engine gives it, for changing it.
package protocol ColumnValue {
  /// Its text.
  var bytes: [UInt8] { get set }
  /// Whether it is a number.
  var isNumber: Bool { get }
  /// Whether its bytes are not text.
  var isBinary: Bool { get }
}
