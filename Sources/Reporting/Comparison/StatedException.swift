import AuditTrail
import Digests
import Evidence
import JSONReader

/// An exception as a package states it, and what kind of thing it is about.
struct StatedException: Sendable {
  /// The columns of a kind that the exception itself states.
  static let ownColumns = ["user", "connection"]

  let id: String
  let test: String
  let rating: String
  let status: String
  let condition: String
  let user: String?
  let connection: String?
  let firstSeen: String?
  private let key: String
  private let session: String?
  /// What its population says of the first row that it is about.
  var row: [String: String] = [:]

  init?(_ json: borrowing JSONParser, _ object: JSONValue) {
    guard let id = json.text(object, "id"), let test = json.text(object, "test"),
      let item = json.value(of: object, "item"), let key = json.text(item, "key")
    else { return nil }
    (self.id, self.test, self.key) = (id, test, key)
    rating = json.text(object, "rating") ?? ""
    status = json.text(object, "status") ?? ""
    condition = json.text(object, "condition") ?? ""
    session = json.text(item, "session")
    user = json.text(item, "user")
    connection = json.text(item, "connection")
    firstSeen = json.text(object, "first_seen")
  }

  /// What it is about that lasts: the test, the words of its key that name no moment, and the test's lasting columns. Two
  /// exceptions with the same are one kind.
  var about: [String] {
    var parts = [test] + [lastingWords].filter { !$0.isEmpty }
    for column in kindColumns(test).lasting {
      let value =
        switch column {
        case "user": user
        case "connection": connection
        default: row[column]
        }
      // A part is named, so that a person is never taken for a connection of that name.
      if let value, !value.isEmpty { parts.append("\(column) \(value)") }
    }
    return parts
  }

  /// The key without what names one session, statement, unit, approval or version, a time, a digest or a number.
  private var lastingWords: String {
    var words = Substring(key)
    if let session, !session.isEmpty, let rest = words.dropping(session) {
      // `SESSION/4` and `SESSION unit u7` name what was done once, and nothing else.
      words = rest.first == "/" || rest.hasPrefix(" unit ") ? "" : rest
    } else if let session, words.hasSuffix(" \(session)") {
      words = words.dropLast(session.count + 1)
    }
    for value in kindColumns(test).passing.compactMap({ row[$0] }) where !value.isEmpty {
      words = Substring((words + " ").replacing(" \(value) ", with: " ", maxReplacements: 1))
    }
    let list = words.split(separator: " ").map(String.init)
    return list.indices.filter { !Self.isMomentary(list, $0) }.map { list[$0] }.joined(separator: " ")
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

/// `EK-` and 16 hex digits of the SHA-256 of what a kind is about, a line each.
func kindID(_ about: [String]) -> String {
  "EK-\(SHA256Digest(of: Array(about.joined(separator: "\n").utf8)).hex.prefix(16))"
}

extension Substring {
  /// What follows the text, where it begins with it and ends there, or goes on with a blank or a slash.
  fileprivate func dropping(_ text: String) -> Substring? {
    guard hasPrefix(text) else { return nil }
    let rest = dropFirst(text.count)
    return rest.isEmpty || rest.first == " " || rest.first == "/" ? rest : nil
  }
}
