import Digests

/// What kind of thing an exception is about: what of it outlasts the period. Exceptions of two periods with the same are one kind.
public struct ExceptionKind: Sendable, Hashable {
  /// The columns of a kind that an exception itself states.
  public static let ownColumns = ["user", "connection"]

  /// The test, the words of the exception's key that name no moment, and the test's lasting columns by name.
  public let about: [String]

  /// `EK-` and 16 hex digits of the SHA-256 of what it is about, a line each.
  public var id: String { "EK-\(SHA256Digest(of: Array(about.joined(separator: "\n").utf8)).hex.prefix(16))" }

  /// The kind of an exception of that test, whose item has that key. `row` is what its population says of the first row that it
  /// is about, as much of it as the test names.
  public init(
    test: String, key: String, session: String?, user: String?, connection: String?, row: [String: String]
  ) {
    let columns = kindColumns(test)
    var parts = [test] + [Self.lastingWords(key, session, columns.passing, row)].filter { !$0.isEmpty }
    for column in columns.lasting {
      let value =
        switch column {
        case "user": user
        case "connection": connection
        default: row[column]
        }
      // A part is named, so that a person is never taken for a connection of that name.
      if let value, !value.isEmpty { parts.append("\(column) \(value)") }
    }
    about = parts
  }

  /// The key without what names one session, statement, unit, approval or version, a time, a digest or a number.
  private static func lastingWords(
    _ key: String, _ session: String?, _ passing: [String], _ row: [String: String]
  ) -> String {
    var words = Substring(key)
    if let session, !session.isEmpty, let rest = words.dropping(session) {
      // `SESSION/4` and `SESSION unit u7` name what was done once, and nothing else.
      words = rest.first == "/" || rest.hasPrefix(" unit ") ? "" : rest
    } else if let session, words.hasSuffix(" \(session)") {
      words = words.dropLast(session.count + 1)
    }
    for value in passing.compactMap({ row[$0] }) where !value.isEmpty {
      words = Substring((words + " ").replacing(" \(value) ", with: " ", maxReplacements: 1))
    }
    let list = words.split(separator: " ").map(String.init)
    return list.indices.filter { !isMomentary(list, $0) }.map { list[$0] }.joined(separator: " ")
  }

  /// Whether a word is a date, a time, a week, a SHA-256, or a count as in `2 of 27` and `within 90`. Any other number may be
  /// the name of a person.
  private static func isMomentary(_ words: [String], _ place: Int) -> Bool {
    func isCount(_ place: Int) -> Bool {
      words.indices.contains(place) && words[place].allSatisfy { $0.isASCII && $0.isNumber }
    }
    func isWord(_ place: Int, _ word: String) -> Bool { words.indices.contains(place) && words[place] == word }
    if isCount(place) {
      return isWord(place - 1, "within") || isWord(place + 1, "of") && isCount(place + 2)
        || isWord(place - 1, "of") && isCount(place - 2)
    }
    if words[place].utf8.count == 64 { return words[place].allSatisfy(\.isHexDigit) }
    let form = String(words[place].map { $0.isASCII && $0.isNumber ? "0" : $0 })
    return form == "0000-W00" || form == "0000-00-00" || form.hasPrefix("0000-00-00T")
  }
}

extension Substring {
  /// What follows the text, where it begins with it and ends there, or goes on with a blank or a slash.
  fileprivate func dropping(_ text: String) -> Substring? {
    guard hasPrefix(text) else { return nil }
    let rest = dropFirst(text.count)
    return rest.isEmpty || rest.first == " " || rest.first == "/" ? rest : nil
  }
}
