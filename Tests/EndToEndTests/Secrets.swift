import Foundation
import Glibc
import SQLite

/// What a redacted file must not hold: string literals, parameters and e-mail addresses of a ledger, in lower case.
struct Secrets {
  private(set) var literals: Set<String> = []
  private(set) var parameters: Set<String> = []
  private(set) var addresses: Set<String> = []

  /// Those of five characters and more that are not a name, keyword or shape of the traffic as well.
  init(ledger path: String) throws {
    let database = try SQLiteDatabase(path: path, access: .readOnly)
    var shown = ""
    var shapes = try database.prepare(
      """
      SELECT normalized FROM shapes UNION ALL SELECT name || ' ' || coalesce(environment, '') || tags FROM connections
      UNION ALL SELECT groups FROM identities UNION ALL SELECT key FROM sessions
      UNION ALL SELECT coalesce(rule, '') || ' ' || coalesce(policy, '') FROM decisions
      UNION ALL SELECT sql FROM sqlite_master WHERE sql IS NOT NULL UNION ALL SELECT verdict FROM verdicts
      UNION ALL SELECT effect FROM measurements UNION ALL SELECT coalesce(address, '') FROM clients
      UNION ALL SELECT coalesce(application, '') FROM clients
      """)
    while try shapes.step() { shown += shapes.text(0).lowercased() + "\n" }
    let known = LowerCased(shown)
    var texts = try database.prepare("SELECT sql FROM texts")
    while try texts.step() {
      let sql = texts.text(0)
      for part in sql.split(separator: "'", omittingEmptySubsequences: false).enumerated() where part.offset % 2 == 1 {
        add(part.element, to: &literals, unless: known)
      }
      for word in sql.split(whereSeparator: { " '\"(),;=<>".contains($0) }) where word.contains("@") {
        add(word, to: &addresses, unless: nil)
      }
    }
    var values = try database.prepare("SELECT parameters FROM statements WHERE parameters IS NOT NULL")
    while try values.step() {
      let text = String(decoding: values.bytes(0), as: UTF8.self)
      for value in text.split(whereSeparator: { !$0.isASCII || $0.isWhitespace || $0 < " " }) {
        add(value, to: &parameters, unless: known)
      }
    }
    var users = try database.prepare(
      "SELECT user FROM identities UNION SELECT owner FROM identities WHERE owner IS NOT NULL")
    while try users.step() {
      let user = users.text(0).lowercased()
      if user.contains("@") { addresses.insert(user) }
    }
  }

  private func add(_ part: Substring, to set: inout Set<String>, unless known: LowerCased?) {
    let text = part.lowercased()
    if text.utf8.count >= 5, !set.contains(text), known?.holds(text) != true { set.insert(text) }
  }
}

/// A long text in lower case in which much is looked for, by its bytes.
struct LowerCased {
  /// A C string: a NUL of the text stands as a line end.
  private let bytes: [CChar]

  init(_ text: String) {
    bytes = text.lowercased().utf8.map { CChar(bitPattern: $0 == 0 ? UInt8(ascii: "\n") : $0) } + [0]
  }

  /// Whether `part`, which holds no NUL, is in it.
  func holds(_ part: String) -> Bool { unsafe strstr(bytes, part) != nil }
}
