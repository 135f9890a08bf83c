import AuditTrail
import JSONReader

/// Log records of OpenTelemetry as OTLP spells them in JSON, with the stable attributes of databases of the semantic
/// conventions 1.44.0. What these have no attribute for is named `assay.…`. Parameters are never among them.
struct OTelLogs: EventSchema {
  let program: String

  let title = "OpenTelemetry logs 1.44.0"
  let beginning =
    "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"assay\"}}"

  private static let conventions = "https://opentelemetry.io/schemas/1.44.0"

  var envelope: (head: [UInt8], tail: [UInt8]) {
    var version = JSONWriter()
    version.string(program)
    let head =
      beginning
      + ",{\"key\":\"service.version\",\"value\":{\"stringValue\":\(version.text)}}]},\"scopeLogs\":[{\"scope\":"
      + "{\"name\":\"assay\",\"version\":\(version.text)},\"logRecords\":["
    return (Array(head.utf8), Array("],\"schemaUrl\":\"\(Self.conventions)\"}]}]}".utf8))
  }

  func encode(_ event: ExportEvent) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    // 64-bit numbers are texts in the JSON of OTLP. The protocol has no times before 1970.
    json.member("timeUnixNano", String(max(0, event.time.nanoseconds)))
    let (number, text) = Self.severity(event.gravity)
    json.member("severityNumber", number)
    json.member("severityText", text)
    json.member("eventName", "assay.\(event.kind.rawValue)")
    json.object("body") { $0.member("stringValue", event.message) }
    json.key("attributes")
    json.beginArray()
    for member in [Member("log.record.uid", event.uid)].compactMap(\.self) + attributes(event.subject) {
      write(member, named: member.name, &json)
    }
    for member in event.members { write(member, named: "assay.\(member.name)", &json) }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  private static func severity(_ gravity: Gravity) -> (Int, String) {
    switch gravity {
    case .informational: (9, "INFO")
    case .low: (10, "INFO2")
    case .medium: (13, "WARN")
    case .high: (17, "ERROR")
    case .critical: (18, "ERROR2")
    }
  }

  private func attributes(_ subject: ExportEvent.Subject) -> [Member] {
    switch subject {
    case .conclusion(let conclusion): return [Member("user.name", conclusion.user)].compactMap(\.self)
    case .statement(let statement):
      let text = statement.text
      let tables = Set(text.reads + text.writes)
      // Where a text holds several, neither is the text's own.
      let isSingle = text.commands == 1
      return [
        Member("db.system.name", Self.system(statement.connection.engine)),
        Member("db.namespace", statement.connection.database),
        Member("db.collection.name", isSingle && tables.count == 1 ? tables.first : nil),
        Member("db.operation.name", isSingle ? text.kinds.first?.rawValue.uppercased() : nil),
        Member("db.query.summary", text.summary.isEmpty ? nil : text.summary), Member("db.query.text", text.shown),
        Member("db.response.status_code", statement.result?.error?.sqlstate),
        Member("error.type", statement.result?.error.map { $0.sqlstate ?? "_OTHER" }),
        Member("client.address", statement.ip ?? statement.host), Member("user.name", statement.identity?.user),
        Member("session.id", statement.session),
      ].compactMap(\.self)
    }
  }

  /// The well-known name of an engine.
  private static func system(_ engine: String) -> String {
    switch engine.lowercased() {
    case "postgres", "postgresql": "postgresql"
    case "mysql": "mysql"
    case "mariadb": "mariadb"
    case "sqlite": "sqlite"
    case "mssql", "sqlserver": "microsoft.sql_server"
    case "oracle", "oracledb": "oracle.db"
    default: "other_sql"
    }
  }

  private func write(_ member: Member, named name: String, _ json: inout JSONWriter) {
    json.beginObject()
    json.member("key", name)
    json.object("value") { write(member.value, &$0) }
    json.endObject()
  }

  private func write(_ value: Member.Value, _ json: inout JSONWriter) {
    switch value {
    case .text(let text): json.member("stringValue", text)
    case .integer(let number): json.member("intValue", String(number))
    case .flag(let flag):
      json.key("boolValue")
      json.bool(flag)
    case .texts(let texts):
      json.object("arrayValue") { json in json.objects("values", texts) { $0.member("stringValue", $1) } }
    }
  }
}
