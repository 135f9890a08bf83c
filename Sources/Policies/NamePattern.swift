import AuditTrail

/// A word in which `*` stands for any run of characters.
struct Wildcard: Sendable, Hashable {
  private enum Form: Sendable, Hashable {
    case any
    case exact(String)
    /// The literal runs between the stars; the first and last are anchored and may be empty.
    case runs([[UInt8]])
  }
  private let form: Form

  init(_ text: String) {
    if text == "*" {
      form = .any
    } else if text.utf8.contains(UInt8(ascii: "*")) {
      let runs = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
      form = .runs(runs.map(Array.init))
    } else {
      form = .exact(text)
    }
  }

  var isAny: Bool { form == .any }

  /// The one word that it stands for, where it has no star.
  var exact: String? { if case .exact(let word) = form { word } else { nil } }

  /// What stands before the first star.
  var beginning: String {
    switch form {
    case .any: ""
    case .exact(let word): word
    case .runs(let runs): String(decoding: runs.first ?? [], as: UTF8.self)
    }
  }

  func matches(_ text: String) -> Bool {
    switch form {
    case .any: true
    case .exact(let word): word.isExactly(text)
    case .runs(let runs): Self.matches(runs, Array(text.utf8))
    }
  }

  /// Leftmost match of each run in turn: linear in runs times text, never exponential.
  private static func matches(_ runs: [[UInt8]], _ text: [UInt8]) -> Bool {
    guard let first = runs.first, let last = runs.last, text.count >= first.count + last.count,
      text.starts(with: first), text.suffix(last.count).elementsEqual(last)
    else { return false }
    var position = first.count
    let end = text.count - last.count
    for run in runs.dropFirst().dropLast() where !run.isEmpty {
      var found = false
      while position + run.count <= end {
        if text[position..<(position + run.count)].elementsEqual(run) {
          found = true
          break
        }
        position += 1
      }
      guard found else { return false }
      position += run.count
    }
    return true
  }
}

extension Wildcard {
  /// The word as it is written.
  var spelling: String {
    switch form {
    case .any: "*"
    case .exact(let word): word
    case .runs(let runs): runs.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "*")
    }
  }

  /// Whether it matches whatever the other matches; `false` where that cannot be told.
  func covers(_ other: Wildcard) -> Bool {
    switch (form, other.form) {
    case (.any, _): true
    case (_, .exact(let word)): matches(word)
    default: self == other
    }
  }

  /// Whether nothing matches both; `false` where that cannot be told.
  func isDisjoint(from other: Wildcard) -> Bool {
    switch (form, other.form) {
    case (.exact(let word), _): !other.matches(word)
    case (_, .exact(let word)): !matches(word)
    default: false
    }
  }
}

/// A table or column as a policy names it: `table`, `table.column` or `schema.table.column`, each part with `*`.
struct ColumnPattern: Sendable, Hashable {
  /// `nil` matches any schema.
  let schema: Wildcard?
  let table: Wildcard
  /// `nil` matches any column.
  let column: Wildcard?

  /// `nil` where the text is not such a name.
  init?(_ text: String) {
    guard let parts = foldedNameParts(text), (1...3).contains(parts.count) else { return nil }
    schema = parts.count == 3 ? Wildcard(parts[0]) : nil
    table = Wildcard(parts.count == 3 ? parts[1] : parts[0])
    column = parts.count == 1 ? nil : Wildcard(parts[parts.count - 1])
  }

  /// A name of parts.
  init(schema: Wildcard?, table: Wildcard, column: Wildcard?) {
    self.schema = schema
    self.table = table
    self.column = column
  }

  /// The name as a policy spells it, folded.
  var spelling: String { [schema, table, column].compactMap { $0?.spelling }.joined(separator: ".") }

  /// Whether it names whatever the other names; `false` where that cannot be told.
  func covers(_ other: ColumnPattern) -> Bool {
    guard table.covers(other.table) else { return false }
    if let schema, !schema.isAny {
      guard let named = other.schema, schema.covers(named) else { return false }
    }
    guard let column else { return true }
    return other.column.map(column.covers) ?? column.isAny
  }

  /// Whether the reference may be what the pattern names; `*` in facts covers each column. A reference without a schema
  /// may be in any, so a table that the pattern names by letters matches; `audit.*.*` matches what names `audit`.
  func matches(_ reference: ColumnReference) -> Bool {
    guard table.matches(reference.table.name) else { return false }
    if let schema, !schema.isAny {
      if let named = reference.table.schema {
        guard schema.matches(named) else { return false }
      } else if table.isAny {
        return false
      }
    }
    guard let column else { return true }
    return reference.column == "*" || column.matches(reference.column)
  }

  /// Whether the pattern names a column (or, without one, a table) that an effect spells `[schema.]table[.column]`.
  func matches(effectName: String, isColumn: Bool) -> Bool {
    let parts = effectName.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map {
      lowercasedASCII(String(decoding: $0, as: UTF8.self))
    }
    let columnCount = isColumn ? 1 : 0
    guard parts.count > columnCount else { return false }
    let tableIndex = parts.count - 1 - columnCount
    guard table.matchesFolded(parts[tableIndex]) else { return false }
    if let schema, tableIndex > 0, !schema.matchesFolded(parts[tableIndex - 1]) { return false }
    guard isColumn, let column else { return true }
    return parts[parts.count - 1] == "*" || column.matchesFolded(parts[parts.count - 1])
  }
}

extension Wildcard {
  /// Whether the lower-case text matches, the pattern's own letters compared in lower case too.
  fileprivate func matchesFolded(_ text: String) -> Bool {
    switch form {
    case .any: true
    case .exact(let word): lowercasedASCII(word).isExactly(text)
    case .runs(let runs):
      Self.matches(runs.map { Array(lowercasedASCII(String(decoding: $0, as: UTF8.self)).utf8) }, Array(text.utf8))
    }
  }
}

/// ASCII letters in lower case, the rest as it is: how PostgreSQL folds in a multi-byte encoding.
func lowercasedASCII(_ text: String) -> String {
  guard text.utf8.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) else { return text }
  return String(
    decoding: text.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
}

/// The parts of a dotted name folded as PostgreSQL folds them: lower case unless in double quotes, at most 63 bytes.
/// `nil` where a part is empty or a quote is not closed.
func foldedNameParts(_ text: String) -> [String]? {
  var parts: [String] = []
  var rest = Array(text.utf8)[...]
  while true {
    var part: [UInt8] = []
    if rest.first == UInt8(ascii: "\"") {
      rest.removeFirst()
      var closed = false
      while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "\"") {
          guard rest.first == byte else {
            closed = true
            break
          }
          rest.removeFirst()
        }
        part.append(byte)
      }
      guard closed else { return nil }
      guard !part.isEmpty else { return nil }
      parts.append(clipped(String(decoding: part, as: UTF8.self)))
    } else {
      while let byte = rest.first, byte != UInt8(ascii: ".") {
        guard byte != UInt8(ascii: " "), byte != UInt8(ascii: "\"") else { return nil }
        part.append(byte)
        rest.removeFirst()
      }
      guard !part.isEmpty else { return nil }
      parts.append(clipped(lowercasedASCII(String(decoding: part, as: UTF8.self))))
    }
    guard let next = rest.popFirst() else { return parts }
    guard next == UInt8(ascii: ".") else { return nil }
  }
}

/// The longest prefix of whole characters that PostgreSQL keeps of a name. Source: `NAMEDATALEN` - 1.
private func clipped(_ name: String) -> String {
  guard name.utf8.count > 63 else { return name }
  var length = 0
  var kept = String.UnicodeScalarView()
  for scalar in name.unicodeScalars {
    length += UTF8.width(scalar)
    guard length <= 63 else { break }
    kept.append(scalar)
  }
  return String(kept)
}
