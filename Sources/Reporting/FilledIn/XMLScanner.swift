/// Reads the parts of a workbook tag by tag: elements by their local names, attributes, text. A part with a document type, which no
/// workbook has, is broken, and so is what is no XML.
struct XMLScanner {
  enum Event {
    case open(String, [String: String])
    case close(String)
    case text(String)
  }

  /// Whether it came upon something that is no XML.
  private(set) var isBroken = false
  private let bytes: [UInt8]
  private var place = 0
  /// The element that closes itself, once it was told as opened.
  private var closing: String?

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// What comes next; `nil` at the end, or where it is broken.
  mutating func next() -> Event? {
    if let name = closing {
      closing = nil
      return .close(name)
    }
    while !isBroken, let byte = byte(at: place) {
      guard byte == UInt8(ascii: "<") else { return text(upTo: "<", skipping: 0, isEscaped: true) }
      if skip("<!--", "-->") || skip("<?", "?>") { continue }
      if starts("<![CDATA[") {
        place += 9
        return text(upTo: "]]>", skipping: 3, isEscaped: false)
      }
      return starts("<!") ? broken() : tag()
    }
    return nil
  }

  private func byte(at place: Int) -> UInt8? { bytes.indices.contains(place) ? bytes[place] : nil }

  private func starts(_ word: String) -> Bool { bytes[place...].starts(with: word.utf8) }

  private mutating func broken() -> Event? {
    isBroken = true
    return nil
  }

  /// Where the word begins, from the place on.
  private func find(_ word: String) -> Int? {
    var at = place
    while let first = word.utf8.first, let found = bytes[at...].firstIndex(of: first) {
      if bytes[found...].starts(with: word.utf8) { return found }
      at = found + 1
    }
    return nil
  }

  private mutating func skip(_ start: String, _ end: String) -> Bool {
    guard starts(start) else { return false }
    guard let found = find(end) else {
      isBroken = true
      return true
    }
    place = found + end.utf8.count
    return true
  }

  private mutating func text(upTo end: String, skipping: Int, isEscaped: Bool) -> Event? {
    let found = find(end)
    guard found != nil || skipping == 0 else { return broken() }
    let part = bytes[place..<(found ?? bytes.count)]
    place = (found ?? bytes.count) + (found == nil ? 0 : skipping)
    guard let text = isEscaped ? Self.unescaped(part) : String(decoding: part, as: UTF8.self) else { return broken() }
    return .text(text)
  }

  private mutating func tag() -> Event? {
    place += 1
    let isEnd = byte(at: place) == UInt8(ascii: "/")
    if isEnd { place += 1 }
    let name = word()
    guard !name.isEmpty else { return broken() }
    var attributes: [String: String] = [:]
    while true {
      skipBlanks()
      switch byte(at: place) {
      case UInt8(ascii: ">"):
        place += 1
        return isEnd ? .close(name) : .open(name, attributes)
      case UInt8(ascii: "/") where byte(at: place + 1) == UInt8(ascii: ">") && !isEnd:
        place += 2
        closing = name
        return .open(name, attributes)
      default:
        guard !isEnd, let (key, value) = attribute() else { return broken() }
        attributes[key] = value
      }
    }
  }

  private mutating func attribute() -> (String, String)? {
    let name = word()
    skipBlanks()
    guard !name.isEmpty, byte(at: place) == UInt8(ascii: "=") else { return nil }
    place += 1
    skipBlanks()
    guard let quote = byte(at: place), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
    place += 1
    guard let end = bytes[place...].firstIndex(of: quote), let value = Self.unescaped(bytes[place..<end]) else {
      return nil
    }
    place = end + 1
    return (name, value)
  }

  private mutating func skipBlanks() {
    while let byte = byte(at: place), byte == 0x20 || (0x09...0x0D).contains(byte) { place += 1 }
  }

  /// A name without the prefix of its namespace.
  private mutating func word() -> String {
    let start = place
    while let byte = byte(at: place), byte > 0x20, ![0x2F, 0x3E, 0x3D, 0x3C, 0x22, 0x27].contains(byte) { place += 1 }
    let name = String(decoding: bytes[start..<place], as: UTF8.self)
    return name.split(separator: ":").last.map(String.init) ?? ""
  }

  /// A text with its characters in place of their names and numbers; `nil` where one is none.
  private static func unescaped(_ part: ArraySlice<UInt8>) -> String? {
    var rest = Substring(String(decoding: part, as: UTF8.self))
    guard rest.utf8.contains(UInt8(ascii: "&")) else { return String(rest) }
    let names = ["lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'"]
    var result = ""
    while let start = rest.firstIndex(of: "&") {
      result += rest[..<start]
      guard let end = rest[start...].firstIndex(of: ";") else { return nil }
      let name = rest[start..<end].dropFirst()
      if let character = names[String(name)] {
        result += character
      } else {
        let isHex = name.hasPrefix("#x")
        guard name.hasPrefix("#"), let value = UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10),
          let scalar = Unicode.Scalar(value)
        else { return nil }
        result.unicodeScalars.append(scalar)
      }
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }
}
