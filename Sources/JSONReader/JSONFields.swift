import CSimdJSON

/// The members of objects of one kind, found by their keys in one pass and without a String.
///
/// Made once for a kind of object and filled again for each. A producer writes its keys in one order, so each key is first
/// compared with the one that stood behind the key before it in the list.
@safe public struct JSONFields: Sendable {
  private let names: [StaticString]
  /// The node of each name's value; -1 where there is none, or null.
  private var indices: [Int]

  /// Fields of these keys, in their usual order; a key's position is its number.
  public init(_ names: [StaticString]) {
    self.names = names
    indices = Array(repeating: -1, count: names.count)
  }

  /// The value of a key by its number; `nil` where it is absent or null.
  public subscript(_ number: Int) -> JSONValue? {
    let index = indices[number]
    return index < 0 ? nil : JSONValue(index: index)
  }

  /// Whether the key is one of these.
  public func hold(_ member: JSONMember, in parser: borrowing JSONParser) -> Bool {
    names.contains { parser.key(member, is: $0) }
  }

  /// Takes an object's members; gives how many keys it has that are none of these. Not an object: none.
  public mutating func take(_ object: JSONValue, from parser: borrowing JSONParser) -> Int {
    for number in indices.indices { indices[number] = -1 }
    var unknown = 0
    var expected = 0
    var next = parser.firstMember(of: object)
    while let member = next {
      next = parser.member(after: member)
      let key = unsafe parser.buffer(member.index)
      var number = expected
      var compared = 0
      while compared < names.count {
        if number >= names.count { number = 0 }
        if unsafe JSONParser.isEqual(key, names[number]) { break }
        number += 1
        compared += 1
      }
      guard compared < names.count else {
        unknown += 1
        continue
      }
      expected = number + 1
      indices[number] = parser.isNull(member.value) ? -1 : member.index + 1
    }
    return unknown
  }
}
