import AuditTrail
import JSONReader
import Ledger
import Replay

/// Our own documents, with the keys of `docs/json.md`.
struct AssayEvents: EventSchema {
  let title = "assay.event/1"
  let beginning = "{\"schema\":\"assay.event/1\""

  func encode(_ event: ExportEvent) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("schema", title)
    json.member("id", event.uid)
    json.member("kind", event.kind.rawValue)
    json.member("time", event.time.description)
    json.member("message", event.message)
    switch event.subject {
    case .statement(let statement): write(statement, &json)
    case .conclusion(let conclusion): write(conclusion, &json)
    }
    json.endObject()
    return json.bytes
  }

  private func write(_ statement: StatementEvent, _ json: inout JSONWriter) {
    json.member("statement", statement.id)
    json.member("proxy", statement.proxy)
    json.member("session", statement.session)
    json.member("seq", statement.sequence)
    json.member("sql", statement.text.shown)
    json.key("sql_cut")
    json.bool(statement.text.isCut)
    json.member("fingerprint", statement.text.fingerprint)
    json.key("operations")
    json.strings(statement.text.kinds.map(\.rawValue))
    json.key("reads")
    json.strings(statement.text.reads)
    json.key("writes")
    json.strings(statement.text.writes)
    json.object("identity") { json in
      json.key("user")
      json.string(statement.identity?.user)
      json.key("kind")
      json.string(statement.identity?.kind.rawValue)
      json.key("groups")
      json.strings(statement.identity?.groups ?? [])
      json.key("acts_for")
      json.string(statement.actsFor)
      json.key("agent")
      json.string(statement.agent)
    }
    json.object("client") { json in
      json.key("address")
      json.string(statement.ip ?? statement.host)
      json.key("application")
      json.string(statement.application)
    }
    json.object("connection") { json in
      json.member("name", statement.connection.name)
      json.member("engine", statement.connection.engine)
      json.key("database")
      json.string(statement.connection.database)
      json.key("database_user")
      json.string(statement.connection.databaseUser)
      json.key("environment")
      json.string(statement.connection.environment)
    }
    writeDecision(statement, &json)
    json.key("flags")
    json.strings(statement.flags)
    json.object("provenance") { json in
      json.member("archive_sha256", statement.archive)
      json.member("entry", statement.entry)
    }
  }

  private func writeDecision(_ statement: StatementEvent, _ json: inout JSONWriter) {
    json.object("decision") { json in
      json.member("action", statement.decision.action.rawValue)
      json.key("rule")
      json.string(statement.decision.rule)
      json.key("policy")
      json.string(statement.decision.policy)
      json.key("policy_version")
      json.string(statement.decision.policyVersion)
      json.key("masked")
      json.strings(statement.decision.masked)
      json.member("outcome", statement.outcome.rawValue)
    }
    json.key("result")
    if let result = statement.result {
      json.beginObject()
      json.key("rows")
      json.integer(result.rows)
      json.member("rows_kind", result.rowsKind.rawValue)
      json.key("duration_us")
      json.integer(result.durationMicroseconds)
      json.key("failed")
      json.bool(result.error != nil)
      json.key("sqlstate")
      json.string(result.error?.sqlstate)
      json.endObject()
    } else {
      json.null()
    }
    json.key("verdict")
    if let grade = statement.grade { write(grade, &json) } else { json.null() }
  }

  private func write(_ grade: GradedStatement, _ json: inout JSONWriter) {
    json.beginObject()
    writeMembers(of: grade.verdict, &json)
    json.key("harmful")
    json.bool(grade.verdict.isHarmful)
    json.key("kind")
    json.string(grade.verdict.kind?.rawValue)
    json.key("fate")
    json.string(grade.verdict.fate?.rawValue)
    json.key("would_disclose")
    json.bool(grade.verdict.wouldDisclose)
    json.key("approval")
    json.string(grade.approval?.standing.rawValue)
    json.key("basis")
    json.string(grade.replay == nil ? nil : grade.effect.basis.rawValue)
    json.key("kept")
    json.bool(grade.effect.kept)
    json.key("effect")
    Replay.write(grade.effect, &json)
    json.endObject()
  }

  private func write(_ conclusion: ConclusionEvent, _ json: inout JSONWriter) {
    json.member("name", conclusion.name)
    json.member("title", conclusion.title)
    json.member("detail", conclusion.detail)
    json.member("status", conclusion.status)
    json.key("controls")
    json.strings(conclusion.controls)
    json.key("user")
    json.string(conclusion.user)
    json.key("connection")
    json.string(conclusion.connection)
    json.key("session")
    json.string(conclusion.session)
    json.key("seq")
    json.integer(conclusion.sequence)
    json.key("first")
    json.string(conclusion.first?.description)
    json.key("last")
    json.string(conclusion.last?.description)
    json.members("about", conclusion.members)
  }
}
