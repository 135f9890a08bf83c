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
    /// A string's or number's bytes in `texts`; of an object under a name that is no key, the name's.
    var start: Int32
    var stop: Int32
  }

  /// How deep trees may nest; deeper text counts as not parsed.
  static let maximumDepth = 1_500

  private(set) var nodes: [Node] = []
  private(set) var texts: [UInt8] = []
  /// The SQL that it is the tree of.
  private(set) var source: [UInt8] = []
  private var open: [Int32] = []

  /// Reads the tree of a text; `false` when it nests too deep or is not JSON.
  mutating func read(_ json: Span<UInt8>, of source: [UInt8]) -> Bool {
    self.source = source
    nodes.removeAll(keepingCapacity: true)
    texts.removeAll(keepingCapacity: true)
    open.removeAll(keepingCapacity: true)
    guard json.count < Int(Int32.max) else { return false }
    var position = 0
    var key = Key.unknown
    var name = 0..<0
    while position < json.count {
      switch json[position] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard open.count < Tree.maximumDepth else { return false }
        open.append(Int32(nodes.count))
        let start = texts.count
        // A name that is no key is kept with what it names, so that `same` can tell it from another.
        if key == .unknown { appendText(json, name) }
        name = 0..<0
        add(json[position] == UInt8(ascii: "{") ? .object : .array, &key, from: start)
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard let last = open.popLast() else { return false }
        nodes[Int(last)].end = Int32(nodes.count)
        position += 1
      case UInt8(ascii: "\""):
        guard let end = stringEnd(json, from: position + 1) else { return false }
        let content = (position + 1)..<end
        position = end + 1
        if position < json.count, json[position] == UInt8(ascii: ":") {
          key = Key.of(json, content)
          name = content
          position += 1
        } else {
          let start = texts.count
          appendText(json, content)
          add(.string, &key, from: start)
          name = 0..<0
        }
      case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
        let kind = json[position] == UInt8(ascii: "t") ? Kind.yes : json[position] == UInt8(ascii: "f") ? .no : .null
        add(kind, &key, from: texts.count)
        name = 0..<0
        position += kind == .no ? 5 : 4
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        let first = position
        while position < json.count, isNumberPart(json[position]) { position += 1 }
        let start = texts.count
        appendText(json, first..<position)
        add(.number, &key, from: start)
        name = 0..<0
      case UInt8(ascii: ","), 0x20, 0x0a, 0x0d, 0x09: position += 1
      default: return false
      }
    }
    return open.isEmpty && !nodes.isEmpty && Int(nodes[0].end) == nodes.count
  }

  private func isNumberPart(_ byte: UInt8) -> Bool { isDigit(byte) || byte == UInt8(ascii: "-") }

  /// Where the quote stands that ends a string.
  private func stringEnd(_ json: Span<UInt8>, from start: Int) -> Int? {
    var position = start
    while position < json.count {
      if json[position] == UInt8(ascii: "\"") { return position }
      position += json[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    return nil
  }

  private mutating func add(_ kind: Kind, _ key: inout Key, from start: Int) {
    nodes.append(
      Node(kind: kind, key: key, end: Int32(nodes.count + 1), start: Int32(start), stop: Int32(texts.count)))
    key = .unknown
  }

  /// Keeps a text without its escapes.
  private mutating func appendText(_ json: Span<UInt8>, _ range: Range<Int>) {
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
  }
}

// MARK: - Reading it

extension Tree {
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
    member(node, key).map(children) ?? Children(nodes: nodes, position: 0, end: 0)
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
  func text(_ node: Int, _ key: Key) -> String? { member(node, key).flatMap(text) }

  /// Whether a string member holds exactly that.
  func text(_ node: Int, _ key: Key, is value: String) -> Bool {
    guard let member = member(node, key), nodes[member].kind == .string else { return false }
    return texts[Int(nodes[member].start)..<Int(nodes[member].stop)].elementsEqual(value.utf8)
  }

  /// The number in a member; 0 when it is left out, as the library leaves zeros out.
  func number(_ node: Int, _ key: Key) -> Int {
    guard let member = member(node, key), nodes[member].kind == .number else { return 0 }
    let digits = texts[Int(nodes[member].start)..<Int(nodes[member].stop)]
    return Int(String(decoding: digits, as: UTF8.self)) ?? 0
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
    children(list).compactMap { unwrapped($0, as: .String).flatMap { text($0, .sval) } }
  }

  /// Whether two subtrees say the same, wherever they stand in the text.
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
      // What the two are called where they stand does not matter, nor how a name that is no key is spelt there.
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
