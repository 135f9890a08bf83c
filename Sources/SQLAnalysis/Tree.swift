import PgQuery

/// A parse tree as libpg_query prints it, flattened in order: a node's children follow it, `end` is where they stop.
///
/// It reads the JSON of the library in this process and of no one else, in one pass and straight into keyed nodes; a
/// general reader makes every name a string first, which costs more than the walk. Anything unexpected makes it refuse.
struct Tree {
  /// What a node holds.
  enum Kind: UInt8 { case object, array, string, number, yes, no, null }

  struct Node {
    var kind: Kind
    /// Its name within the object around it.
    var key: Key
    /// The index after its last descendant.
    var end: Int32
    /// A string's or number's bytes in `texts`; of an object under a name that is not a key, the name's.
    var start: Int32
    var stop: Int32
  }

  /// How deep trees may nest; deeper text counts as not parsed.
  static let maximumDepth = 1_500

  private(set) var nodes: [Node] = []
  /// The JSON itself, and behind it the strings in it that have escapes, without them.
  private(set) var texts: [UInt8] = []
  /// The SQL that it is the tree of.
  private(set) var source: [UInt8] = []
  private var open: [Int32] = []
  private let keys = Key.byName

  /// Reads the tree of a text; `false` when it nests too deep or is not JSON.
  mutating func read(_ tree: borrowing ParseTree, of source: [UInt8]) -> Bool {
    self.source = source
    nodes.removeAll(keepingCapacity: true)
    texts.removeAll(keepingCapacity: true)
    open.removeAll(keepingCapacity: true)
    guard tree.byteCount < Int(Int32.max) / 2 else { return false }
    tree.append(to: &texts)
    return tree.withJSON { read($0) }
  }

  private mutating func read(_ json: Span<UInt8>) -> Bool {
    var position = 0
    var key = Key.unknown
    // Of a name that is not a key, where it stands.
    var name = 0..<0
    while position < json.count {
      switch json[position] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard open.count < Tree.maximumDepth else { return false }
        open.append(Int32(nodes.count))
        // A name that is not a key is kept with what it names, so that `same` can tell it from another.
        add(json[position] == UInt8(ascii: "{") ? .object : .array, key, name)
        (key, name) = (.unknown, 0..<0)
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard let last = open.popLast() else { return false }
        nodes[Int(last)].end = Int32(nodes.count)
        position += 1
      case UInt8(ascii: "\""):
        let start = position + 1
        position = start
        var isEscaped = false
        while position < json.count {
          let byte = json[position]
          if byte == UInt8(ascii: "\"") { break }
          if byte == UInt8(ascii: "\\") {
            isEscaped = true
            position &+= 1
          }
          position &+= 1
        }
        guard position < json.count else { return false }
        let content = start..<position
        position += 1
        if position < json.count, json[position] == UInt8(ascii: ":") {
          key = keys.find(json, content)
          name = key == .unknown ? content : 0..<0
          position += 1
        } else {
          add(.string, key, isEscaped ? appendText(json, content) : content)
          (key, name) = (.unknown, 0..<0)
        }
      case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
        let kind = json[position] == UInt8(ascii: "t") ? Kind.yes : json[position] == UInt8(ascii: "f") ? .no : .null
        add(kind, key, 0..<0)
        (key, name) = (.unknown, 0..<0)
        position += kind == .no ? 5 : 4
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        let first = position
        while position < json.count, isNumberPart(json[position]) { position += 1 }
        add(.number, key, first..<position)
        (key, name) = (.unknown, 0..<0)
      case UInt8(ascii: ","), 0x20, 0x0a, 0x0d, 0x09: position += 1
      default: return false
      }
    }
    return open.isEmpty && !nodes.isEmpty && Int(nodes[0].end) == nodes.count
  }

  private func isNumberPart(_ byte: UInt8) -> Bool { isDigit(byte) || byte == UInt8(ascii: "-") }

  @inline(__always) private mutating func add(_ kind: Kind, _ key: Key, _ text: Range<Int>) {
    nodes.append(
      Node(
        kind: kind, key: key, end: Int32(truncatingIfNeeded: nodes.count + 1),
        start: Int32(truncatingIfNeeded: text.lowerBound), stop: Int32(truncatingIfNeeded: text.upperBound)))
  }

  /// Keeps a text without its escapes; gives where.
  private mutating func appendText(_ json: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    let start = texts.count
    var position = range.lowerBound
    while position < range.upperBound {
      guard json[position] == UInt8(ascii: "\\") else {
        texts.append(json[position])
        position += 1
        continue
      }
      switch json[position + 1] {
      case UInt8(ascii: "n"): texts.append(10)
      case UInt8(ascii: "t"): texts.append(9)
      case UInt8(ascii: "r"): texts.append(13)
      case UInt8(ascii: "b"): texts.append(8)
      case UInt8(ascii: "f"): texts.append(12)
      case UInt8(ascii: "u"):
        // The library escapes control characters, `<` and `>` this way: nothing beyond one byte.
        var value: UInt32 = 0
        for place in (position + 2)..<min(position + 6, range.upperBound) {
          value = value << 4 | UInt32(json[place] & 0xf) + (json[place] >= 0x40 ? 9 : 0)
        }
        texts.append(contentsOf: String(Unicode.Scalar(value) ?? "\u{fffd}").utf8)
        position += 4
      case let other: texts.append(other)
      }
      position += 2
    }
    return start..<texts.count
  }
}

// MARK: - Reading it

extension Tree {
  /// The index after a node's last descendant: of its next sibling, where it has one.
  @inline(__always) func end(_ node: Int) -> Int { Int(nodes[node].end) }

  /// The children of an object or array.
  func children(_ node: Int) -> Children { Children(nodes: nodes, position: node + 1, end: Int(nodes[node].end)) }

  /// The first child, if there is one.
  func firstChild(_ node: Int) -> Int? { Int(nodes[node].end) > node + 1 ? node + 1 : nil }

  /// The indices of a node's children, in order.
  struct Children: Sequence, IteratorProtocol {
    let nodes: [Node]
    var position: Int
    let end: Int

    mutating func next() -> Int? {
      guard position < end else { return nil }
      defer { position = Int(nodes[position].end) }
      return position
    }
  }

  /// The member of that name.
  func member(_ node: Int, _ key: Key) -> Int? {
    var position = node + 1
    let end = Int(nodes[node].end)
    while position < end {
      if nodes[position].key == key { return position }
      position = Int(nodes[position].end)
    }
    return nil
  }

  /// The children of the member of that name; none when it is missing.
  func list(_ node: Int, _ key: Key) -> Children {
    member(node, key).map({ children($0) }) ?? Children(nodes: nodes, position: 0, end: 0)
  }

  /// The key of a node within its parent.
  func key(_ node: Int) -> Key { nodes[node].key }

  /// The one member of a wrapper such as `{"ColumnRef": {…}}`.
  func unwrapped(_ node: Int) -> Int? {
    nodes[node].kind == .object ? firstChild(node) : nil
  }

  /// The contents of a wrapper, when it wraps that.
  func unwrapped(_ node: Int, as key: Key) -> Int? {
    guard let inner = unwrapped(node), nodes[inner].key == key else { return nil }
    return inner
  }

  /// Whether a member is there and `true`.
  func flag(_ node: Int, _ key: Key) -> Bool { member(node, key).map { nodes[$0].kind == .yes } ?? false }

  /// The text of a string member.
  func text(_ node: Int, _ key: Key) -> String? { member(node, key).flatMap({ text($0) }) }

  /// Whether a string member holds exactly that.
  func text(_ node: Int, _ key: Key, is value: String) -> Bool {
    guard let member = member(node, key) else { return false }
    return text(member, is: value)
  }

  /// Whether a string node holds exactly that.
  func text(_ node: Int, is value: String) -> Bool {
    let found = nodes[node]
    let wanted = value.utf8.span
    guard found.kind == .string, Int(found.stop - found.start) == wanted.count else { return false }
    for offset in wanted.indices where texts[Int(found.start) + offset] != wanted[offset] { return false }
    return true
  }

  /// The number in a member; 0 when it is left out, as the library leaves zeros out.
  func number(_ node: Int, _ key: Key) -> Int {
    guard let member = member(node, key), nodes[member].kind == .number else { return 0 }
    var value = 0
    for place in Int(nodes[member].start)..<Int(nodes[member].stop) {
      guard isDigit(texts[place]) else { return minus(member) }
      let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, isLarger) = tens.addingReportingOverflow(Int(texts[place] - UInt8(ascii: "0")))
      if isTooLarge || isLarger { return 0 }
      value = sum
    }
    return value
  }

  /// The number in a node that does not start with a digit.
  private func minus(_ node: Int) -> Int {
    Int(String(decoding: texts[Int(nodes[node].start)..<Int(nodes[node].stop)], as: UTF8.self)) ?? 0
  }

  /// The value of an integer constant. The library leaves out what is not above zero, so that a minus one looks like a
  /// zero: then the text says which it is.
  func integer(_ constant: Int) -> Int? {
    guard let value = member(constant, .ival) else { return nil }
    if member(value, .ival) != nil { return number(value, .ival) }
    let location = number(constant, .location)
    guard location >= 0, location < source.count else { return nil }
    if isDigit(source[location]) { return 0 }
    guard source[location] == UInt8(ascii: "-") else { return nil }
    let digits = source[(location + 1)...].drop(while: isSpace).prefix(while: isDigit)
    return Int(String(decoding: digits, as: UTF8.self)).map { -$0 }
  }

  /// The text of a string node.
  func text(_ node: Int) -> String? {
    let value = nodes[node]
    guard value.kind == .string else { return nil }
    return String(decoding: texts[Int(value.start)..<Int(value.stop)], as: UTF8.self)
  }

  /// The name that a list of `String` nodes spells, its parts.
  func nameParts(_ list: Int) -> [String] {
    var parts: [String] = []
    var child = list + 1
    while child < end(list) {
      if let part = namePart(child) { parts.append(part) }
      child = end(child)
    }
    return parts
  }

  /// The last part of the name that a list of `String` nodes spells.
  func lastNamePart(_ list: Int) -> String? { lastNamePlace(list).flatMap({ text($0) }) }

  /// The name that a list of `String` nodes spells, when it has one part.
  func onlyNamePart(_ list: Int) -> String? {
    let parts = nameParts(list)
    return parts.count == 1 ? parts[0] : nil
  }

  private func namePart(_ node: Int) -> String? { unwrapped(node, as: .String).flatMap { text($0, .sval) } }

  /// Where the last part of the name stands that a list of `String` nodes spells.
  func lastNamePlace(_ list: Int) -> Int? {
    var place: Int?
    var child = list + 1
    while child < end(list) {
      if let sval = unwrapped(child, as: .String).flatMap({ member($0, .sval) }), nodes[sval].kind == .string {
        place = sval
      }
      child = end(child)
    }
    return place
  }

  /// Whether two subtrees say the same, wherever they are in the text.
  func same(_ left: Int, _ right: Int) -> Bool {
    var a = left
    var b = right
    let ends = (Int(nodes[left].end), Int(nodes[right].end))
    while a < ends.0, b < ends.1 {
      while a < ends.0, a > left, nodes[a].key == .location { a += 1 }
      while b < ends.1, b > right, nodes[b].key == .location { b += 1 }
      if a == ends.0 || b == ends.1 { break }
      let (x, y) = (nodes[a], nodes[b])
      guard x.kind == y.kind, Int(x.end) - a == Int(y.end) - b else { return false }
      // What the two are called where they stand does not matter, nor how a name that is not a key is spelt there.
      if a > left || x.kind != .object {
        guard a == left || x.key == y.key else { return false }
        guard texts[Int(x.start)..<Int(x.stop)] == texts[Int(y.start)..<Int(y.stop)] else { return false }
      }
      a += 1
      b += 1
    }
    return a == ends.0 && b == ends.1
  }
}
