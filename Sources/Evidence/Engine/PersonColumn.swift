import AuditTrail
import Digests
import JSONReader
import Ledger

/// How a query tells persons apart, as ``personKey(_:)`` does, with nothing that a plain SQLite lacks: that folds the case of
/// ASCII letters alone, so names with others come as a parameter.
enum PersonColumn {
  /// What that parameter means.
  static let meaning = "whose names with letters beyond ASCII are one person's, as a JSON object of names to persons"

  /// The common table expression that `key` looks into; `parameter` is the number of the object's parameter.
  static func folded(_ parameter: Int) -> String {
    "folded AS MATERIALIZED (SELECT key AS name, value AS person FROM json_each(?\(parameter)))"
  }

  /// The expression for a column that holds a user, in a query with `folded`.
  static func key(_ column: String) -> String {
    """
    coalesce((SELECT person FROM folded WHERE name = \(column)),
      CASE WHEN instr(\(column), '+') BETWEEN 1 AND instr(\(column), '@')
        THEN lower(substr(\(column), 1, instr(\(column), '+') - 1) || substr(\(column), instr(\(column), '@')))
        ELSE lower(\(column)) END)
    """
  }

  /// The object for the ledger's users and those of side files' rows, which are JSON lists. What Unicode calls the same text is
  /// one person, who bears one of its spellings.
  static func persons(_ ledger: borrowing Ledger, _ lists: [Cell]) throws(AssayError) -> String {
    var sources = [
      "SELECT user FROM identities", "SELECT acts_for FROM sessions", "SELECT subject FROM access_changes",
    ]
    sources += (1...lists.count).map { "SELECT value ->> 'user' FROM json_each(?\($0))" }
    var persons = ExactNames<String>()
    var known: Set<String> = []
    try ledger.query(sources.joined(separator: " UNION ") + " ORDER BY 1", lists.map(\.ledgerValue)) { row in
      guard case .text(let name) = row[0], name.utf8.contains(where: { $0 >= 0x80 }) else { return }
      persons[name] = known.insert(personKey(name)).memberAfterInsert
    }
    var json = JSONWriter()
    json.beginObject()
    for name in persons.names {
      json.key(name)
      json.string(persons[name])
    }
    json.endObject()
    return json.text
  }
}
