import AuditTrail
import Evidence
import JSONReader

/// An exception as a package states it, and what kind of thing it is about.
struct StatedException: Sendable {
  let id: String
  let test: String
  let rating: String
  let status: String
  let condition: String
  let user: String?
  let connection: String?
  let firstSeen: String?
  /// The day that management's answer promised.
  let due: String?
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
    due = json.value(of: object, "response").flatMap { json.text($0, "due") }
  }

  /// What it is about that lasts. Two exceptions with the same are one kind.
  var kind: ExceptionKind {
    ExceptionKind(test: test, key: key, session: session, user: user, connection: connection, row: row)
  }
}
