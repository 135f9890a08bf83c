import AuditTrail
import JSONReader
import Ledger

extension FoundSessions {
  /// The document of `find --json`.
  public var json: [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("sessions")
    json.beginArray()
    for session in sessions { session.write(to: &json) }
    json.endArray()
    json.key("found")
    json.integer(sessions.count)
    json.key("sessions_held")
    json.integer(sessionsHeld)
    json.key("statements")
    json.integer(statements)
    json.key("measured")
    json.integer(measured)
    json.endObject()
    return json.bytes
  }
}

extension FoundSession {
  fileprivate func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("session")
    json.string(session.key)
    json.key("proxy")
    json.string(session.proxy)
    json.key("first")
    json.string(first.description)
    json.key("last")
    json.string(last.description)
    json.key("identity")
    json.string(session.identity?.user)
    json.key("identity_kind")
    json.string(session.identity?.kind.rawValue)
    json.key("acts_for")
    json.string(session.actsFor)
    json.key("database_user")
    json.string(session.connection.databaseUser)
    json.key("application")
    json.string(session.client.application)
    json.key("connection")
    json.string(session.connection.name)
    json.key("statements")
    json.integer(statements)
    json.key("measured")
    json.integer(measured)
    json.key("worst_verdict")
    json.string(worst?.verdict.rawValue)
    json.key("severity")
    json.string(worst?.severity.name)
    json.key("rows_lost")
    json.integer(measured == 0 ? nil : rowsLost)
    json.key("rows_recorded_only")
    json.integer(rowsRecordedOnly)
    json.key("objects_lost")
    json.strings(objectsLost)
    json.key("columns_seen")
    json.strings(columnsSeen)
    json.key("findings")
    json.strings(findings)
    json.endObject()
  }
}
