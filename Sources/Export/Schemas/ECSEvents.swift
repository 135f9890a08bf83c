import AuditTrail
import JSONReader
import Ledger

/// Documents of the Elastic Common Schema 9.4.0 (<https://www.elastic.co/docs/reference/ecs>). What has no field is in the
/// custom field set `assay`.
struct ECSEvents: EventSchema {
  let program: String

  let title = "ECS 9.4.0"
  let beginning = "{\"ecs\":{\"version\":\"9.4.0\"},\"event\":{\"module\":\"assay\""

  func encode(_ event: ExportEvent) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.object("ecs") { $0.member("version", "9.4.0") }
    json.object("event") { json in
      json.member("module", "assay")
      json.member("dataset", "assay.\(event.kind.rawValue)")
      json.member("kind", event.gravity.rawValue >= Gravity.high.rawValue ? "alert" : Self.kind(event.kind))
      json.member("category", ["database"])
      json.member("id", event.uid)
      json.member("severity", event.gravity.rawValue)
      switch event.subject {
      case .statement(let statement): writeEvent(statement, &json)
      case .conclusion(let conclusion):
        json.member("type", ["info"])
        json.member("outcome", conclusion.isFailure.map { $0 ? "failure" : "success" } ?? "unknown")
        json.member("reason", conclusion.detail)
        json.member("start", conclusion.first?.description)
        json.member("end", conclusion.last?.description)
      }
    }
    json.member("@timestamp", event.time.description)
    json.member("message", event.message)
    json.object("observer") { json in
      json.member("vendor", "Assay")
      json.member("product", "Assay")
      json.member("version", program)
    }
    switch event.subject {
    case .statement(let statement): write(statement, &json)
    case .conclusion(let conclusion): write(conclusion, &json)
    }
    json.members("assay", event.members + unknownFields(event.subject))
    json.endObject()
    return json.bytes
  }

  /// What ECS has no field for, and other schemas have.
  private func unknownFields(_ subject: ExportEvent.Subject) -> [Member] {
    guard case .statement(let statement) = subject else { return [] }
    return [Member("query", statement.text.shown), Member("database", statement.connection.database)].compactMap(\.self)
  }

  private static func kind(_ kind: ExportKind) -> String {
    switch kind {
    case .statement, .finding: "event"
    case .exception, .test: "state"
    }
  }

  private func writeEvent(_ statement: StatementEvent, _ json: inout JSONWriter) {
    json.member("provider", statement.proxy)
    json.member("action", statement.decision.action.rawValue)
    json.member("type", types(statement))
    let hasFailed = statement.result?.error != nil || statement.outcome == .notRun
    let isKnown = statement.result != nil || statement.outcome == .notRun
    json.member("outcome", isKnown ? (hasFailed ? "failure" : "success") : "unknown")
    json.member("reason", statement.grade?.verdict.name.phrase)
    json.member(
      "duration", statement.result?.durationMicroseconds.map { $0.multipliedReportingOverflow(by: 1_000).partialValue })
  }

  /// ECS expects of the category `database`: access, change, info, error.
  private func types(_ statement: StatementEvent) -> [String] {
    let kind =
      switch statement.text.kinds.first {
      case .insert, .update, .merge, .copy, .delete, .truncate, .create, .alter, .drop, .grant, .revoke: "change"
      case .select, .explain: "access"
      case .call, .do, .set, .transaction, .other, nil: "info"
      }
    return statement.result?.error == nil ? [kind] : [kind, "error"]
  }

  private func write(_ statement: StatementEvent, _ json: inout JSONWriter) {
    json.object("service") { json in
      json.member("name", statement.connection.name)
      json.member("type", statement.connection.engine)
      json.member("environment", statement.connection.environment)
    }
    let login = statement.connection.databaseUser
    if statement.identity != nil || login != nil {
      json.object("user") { json in
        json.member("name", statement.identity?.user)
        if let login { json.object("effective") { $0.member("name", login) } }
      }
    }
    if let address = statement.ip ?? statement.host {
      json.object("source") { json in
        json.member("address", address)
        json.member("ip", statement.ip)
      }
    }
    if statement.decision.rule != nil || statement.decision.policy != nil {
      json.object("rule") { json in
        json.member("name", statement.decision.rule)
        json.member("ruleset", statement.decision.policy)
        json.member("version", statement.decision.policyVersion)
      }
    }
    if let code = statement.result?.error?.sqlstate { json.object("error") { $0.member("code", code) } }
    json.object("related") { json in
      json.member("user", [statement.identity?.user, statement.actsFor, login].compactMap(\.self))
      json.member("ip", [statement.ip].compactMap(\.self))
    }
  }

  private func write(_ conclusion: ConclusionEvent, _ json: inout JSONWriter) {
    json.object("rule") { json in
      json.member("id", conclusion.name)
      json.member("name", conclusion.title)
    }
    if let user = conclusion.user {
      json.object("user") { $0.member("name", user) }
      json.object("related") { $0.member("user", [user]) }
    }
    if let connection = conclusion.connection { json.object("service") { $0.member("name", connection) } }
  }
}
