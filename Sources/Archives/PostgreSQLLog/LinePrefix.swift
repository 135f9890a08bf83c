import AuditTrail

/// A `log_line_prefix`, and how it is taken off a line. Source: PostgreSQL 15 to 18, "log_line_prefix".
struct LinePrefix {
  /// A part of a prefix.
  enum Part: Equatable {
    /// These bytes.
    case literal([UInt8])
    /// The value of an escape, by its letter.
    case field(UInt8)
    /// The prefix of processes that serve no session ends here.
    case end
  }

  /// The prefix as it is set.
  let text: String
  private let parts: [Part]

  /// A prefix; `nil` where it has an escape that PostgreSQL does not know.
  init?(_ text: String) {
    self.text = text
    var parts: [Part] = []
    var literal: [UInt8] = []
    var rest = Array(text.utf8)[...]
    func flush() {
      if !literal.isEmpty { parts.append(.literal(literal)) }
      literal = []
    }
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        literal.append(byte)
        continue
      }
      // A width pads the value with spaces, which are taken off again.
      if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      rest = rest.drop { (0x30...0x39).contains($0) }
      guard let letter = rest.popFirst() else { return nil }
      if letter == UInt8(ascii: "%") {
        literal.append(letter)
        continue
      }
      guard Self.letters.contains(letter) else { return nil }
      flush()
      parts.append(letter == UInt8(ascii: "q") ? .end : .field(letter))
    }
    flush()
    self.parts = parts
  }

  private static let letters = Set("aubdrhLpPtmnsiecvlxQq".utf8)

  /// Whether a line tells when it was written.
  var hasTime: Bool { has("t") || has("m") || has("n") }
  /// Whether a line tells the session or the process.
  var hasProcess: Bool { has("p") || has("c") }

  /// Whether an escape is in it.
  func has(_ letter: Character) -> Bool { letter.asciiValue.map { parts.contains(.field($0)) } ?? false }

  /// A line's values, its severity and the rest of the line.
  struct Match {
    fileprivate let parts: [Part]
    fileprivate var values: [ArraySlice<UInt8>]
    var severity: ArraySlice<UInt8>
    var rest: ArraySlice<UInt8>

    /// The bytes of a value; `nil` where it is empty or not there.
    func bytes(_ letter: Character) -> ArraySlice<UInt8>? {
      guard let letter = letter.asciiValue, let place = parts.firstIndex(of: .field(letter)), place < values.count,
        !values[place].isEmpty
      else { return nil }
      return values[place]
    }

    /// A value as text; `nil` where it is not known to the server either.
    func text(_ letter: Character) -> String? {
      guard let value = bytes(letter) else { return nil }
      let text = String(decoding: value, as: UTF8.self)
      return text == "[unknown]" ? nil : text
    }

    /// A value as a number.
    func number(_ letter: Character) -> Int64? { bytes(letter).flatMap { Int64(digits: $0) } }
  }

  /// No line takes more steps: values that could end in many places are not tried in all of them.
  private static let mostSteps = 4_000

  /// Takes the prefix off a line; `nil` where the line does not begin with it and a severity.
  func match(_ line: ArraySlice<UInt8>) -> Match? {
    var values: [ArraySlice<UInt8>] = []
    values.reserveCapacity(parts.count)
    var steps = Self.mostSteps
    return match(line, &values, &steps)
  }

  private func match(
    _ line: ArraySlice<UInt8>, _ values: inout [ArraySlice<UInt8>], _ steps: inout Int
  ) -> Match? {
    let index = values.count
    guard index < parts.count else { return severity(line, values) }
    steps -= 1
    guard steps > 0 else { return nil }
    defer { values.removeSubrange(index...) }
    switch parts[index] {
    case .literal(let bytes):
      guard line.starts(with: bytes) else { return nil }
      values.append(line.prefix(0))
      return match(line.dropFirst(bytes.count), &values, &steps)
    case .end:
      values.append(line.prefix(0))
      if let whole = match(line, &values, &steps) { return whole }
      return severity(line, Array(values.prefix(index)))
    case .field(let letter):
      let padded = line.first == 0x20 ? line.drop { $0 == 0x20 } : line
      // The shortest value with which the rest fits; names may hold anything, numbers and times may not.
      for length in LinePrefixField.lengths(letter, padded) where mayEnd(index, padded.dropFirst(length)) {
        values.append(padded.prefix(length))
        if let matched = match(padded.dropFirst(length), &values, &steps) { return matched }
        values.removeLast()
      }
      return nil
    }
  }

  /// Whether a value may end where the rest begins, as the prefix has it.
  private func mayEnd(_ index: Int, _ rest: ArraySlice<UInt8>) -> Bool {
    guard index + 1 < parts.count, case .literal(let bytes) = parts[index + 1] else { return true }
    return rest.first == bytes.first
  }

  private func severity(_ line: ArraySlice<UInt8>, _ values: [ArraySlice<UInt8>]) -> Match? {
    guard let colon = line.prefix(Self.longestSeverity).firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
      line[colon...].starts(with: ":  ".utf8)
    else { return nil }
    let name = line[..<colon]
    guard name.allSatisfy({ (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 >= 0x80 }) else {
      return nil
    }
    return Match(parts: parts, values: values, severity: name, rest: line[(colon + 3)...])
  }
  /// Longer names of severities no translation has.
  private static let longestSeverity = 40
}

/// The values that an escape of `log_line_prefix` may have.
enum LinePrefixField {
  /// The greatest length of a name, in bytes.
  private static let longest = 256

  /// The lengths that a value may have.
  static func lengths(_ letter: UInt8, _ line: ArraySlice<UInt8>) -> Range<Int> {
    switch letter {
    case UInt8(ascii: "t"), UInt8(ascii: "s"), UInt8(ascii: "m"):
      return exactly(time(line, hasFraction: letter == UInt8(ascii: "m")), atLeast: 1)
    case UInt8(ascii: "p"), UInt8(ascii: "l"), UInt8(ascii: "x"): return exactly(run(line, isDigit), atLeast: 1)
    case UInt8(ascii: "P"): return exactly(run(line, isDigit), atLeast: 0)
    case UInt8(ascii: "n"): return exactly(run(line) { isDigit($0) || $0 == UInt8(ascii: ".") }, atLeast: 1)
    case UInt8(ascii: "Q"): return exactly(run(line) { isDigit($0) || $0 == UInt8(ascii: "-") }, atLeast: 1)
    case UInt8(ascii: "c"): return exactly(run(line) { isHex($0) || $0 == UInt8(ascii: ".") }, atLeast: 3)
    case UInt8(ascii: "e"):
      let length = run(line) { isDigit($0) || (0x41...0x5A).contains($0) }
      return exactly(length, atLeast: length == 5 ? 5 : .max)
    case UInt8(ascii: "v"): return exactly(run(line) { isDigit($0) || $0 == UInt8(ascii: "/") }, atLeast: 0)
    default: return 0..<(min(longest, line.count) + 1)
    }
  }

  private static func exactly(_ length: Int, atLeast least: Int) -> Range<Int> {
    length >= least ? length..<(length + 1) : 0..<0
  }

  private static func run(_ line: ArraySlice<UInt8>, _ isPart: (UInt8) -> Bool) -> Int {
    (line.firstIndex { !isPart($0) } ?? line.endIndex) - line.startIndex
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isHex(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte) }

  /// `2026-11-23 07:24:41.952 CET`: the zone is a name or an offset.
  private static func time(_ line: ArraySlice<UInt8>, hasFraction: Bool) -> Int {
    guard PostgresLogTime.begins(line), line.first != UInt8(ascii: "\"") else { return 0 }
    var rest = line.dropFirst(PostgresLogTime.dateBytes)
    guard (rest.first == UInt8(ascii: ".")) == hasFraction else { return 0 }
    if hasFraction { rest = rest.dropFirst().drop(while: isDigit) }
    guard rest.popFirst() == 0x20, let first = rest.first else { return 0 }
    let isOffset = first == UInt8(ascii: "+") || first == UInt8(ascii: "-")
    if isOffset { rest = rest.dropFirst() }
    let zone = isOffset ? run(rest, isDigit) : run(rest) { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
    return zone > 0 ? rest.startIndex + zone - line.startIndex : 0
  }
}
