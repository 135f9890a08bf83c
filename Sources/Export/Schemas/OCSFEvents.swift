import AuditTrail
import JSONReader
import Ledger

/// A version of the Open Cybersecurity Schema Framework (<https://schema.ocsf.io>) whose records can be validated offline.
package enum OCSFVersion: String, Sendable, CaseIterable {
  case v1_1 = "1.1.0"
  case v1_5 = "1.5.0"
  case v1_8 = "1.8.0"

  /// The version as people type it: `1.5` or `1.5.0`.
  package init?(typed: String) {
    guard let version = Self.allCases.first(where: { $0.rawValue == typed || $0.rawValue == typed + ".0" }) else {
      return nil
    }
    self = version
  }

  /// Whether what was decided has fields of its own (the profile `security_control` of class 6005).
  fileprivate var hasSecurityControl: Bool { self != .v1_1 }
  /// Whether a finding is about a list of resources; before 1.3 about one.
  fileprivate var hasResources: Bool { self != .v1_1 }
  /// Whether there is a type for users that are services.
  fileprivate var hasServiceUsers: Bool { self == .v1_8 }
}

/// Records of OCSF: statements as Datastore Activity (6005), the rest as Compliance Finding (2003). They hold what there is
/// something to say of; what has no attribute is in `unmapped.assay`.
struct OCSFEvents: EventSchema {
  let version: OCSFVersion
  let program: String

  var title: String { "OCSF \(version.rawValue)" }
  let beginning = "{\"metadata\":{\"product\":{\"name\":\"Assay\""

  func encode(_ event: ExportEvent) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    let (milliseconds, _) = event.time.nanoseconds.dividedFloor(by: 1_000_000)
    json.object("metadata") { json in
      json.object("product") { json in
        json.member("name", "Assay")
        json.member("vendor_name", "Assay")
        json.member("version", program)
      }
      json.member("version", version.rawValue)
      json.member("uid", event.uid)
      json.member("log_name", event.kind.rawValue)
      json.member("original_time", event.time.description)
      if case .statement(let statement) = event.subject {
        json.member("log_provider", statement.proxy)
        if version.hasSecurityControl { json.member("profiles", ["security_control"]) }
      }
    }
    json.member("time", milliseconds)
    json.member("severity_id", event.gravity.rawValue + 1)
    json.member("message", event.message)
    switch event.subject {
    case .statement(let statement): write(statement, event.gravity, &json)
    case .conclusion(let conclusion): write(conclusion, &json)
    }
    json.object("unmapped") { $0.members("assay", event.members) }
    json.endObject()
    return json.bytes
  }

  private func writeClass(_ uid: Int, category: Int, activity: Int, name: String, _ json: inout JSONWriter) {
    json.member("category_uid", category)
    json.member("class_uid", uid)
    json.member("activity_id", activity)
    json.member("activity_name", name)
    json.member("type_uid", uid * 100 + activity)
  }

  // MARK: Datastore Activity

  private func write(_ statement: StatementEvent, _ gravity: Gravity, _ json: inout JSONWriter) {
    let (activity, name) = Self.activity(statement.text.kinds.first)
    writeClass(6005, category: 6, activity: activity, name: name, &json)
    let (status, detail) = Self.status(statement)
    json.member("status_id", status)
    json.member("status_code", statement.result?.error?.sqlstate)
    json.member("status_detail", detail)
    json.member("duration", statement.result?.durationMicroseconds.map { $0 / 1_000 })
    json.object("actor") { json in
      if let identity = statement.identity { json.object("user") { write(identity, &$0) } }
      json.object("session") { $0.member("uid", statement.session) }
    }
    json.object("src_endpoint") { json in
      json.member("ip", statement.ip)
      // One of them must be there.
      if statement.ip == nil { json.member("name", statement.host ?? statement.application ?? "unknown") }
    }
    json.member("type_id", 1)
    json.object("database") { json in
      json.member("name", statement.connection.database ?? statement.connection.name)
      json.member("uid", statement.connection.name)
      json.member("type", statement.connection.engine)
      json.member("type_id", 1)
    }
    let tables = Set(statement.text.reads + statement.text.writes)
    if let table = tables.first, tables.count == 1 { json.object("table") { $0.member("name", table) } }
    json.object("query_info") { json in
      json.member("uid", statement.text.fingerprint)
      json.member("query_string", statement.text.shown)
    }
    if version.hasSecurityControl { writeControl(statement, gravity, &json) }
  }

  private func write(_ identity: Identity, _ json: inout JSONWriter) {
    json.member("name", identity.user)
    let (type, name) =
      switch identity.kind {
      case .human: (1, "User")
      case .service: version.hasServiceUsers ? (4, "Service") : (3, "System")
      case .agent: (99, "Agent")
      }
    json.member("type_id", type)
    json.member("type", name)
    json.objects("groups", identity.groups) { $0.member("name", $1) }
  }

  private func writeControl(_ statement: StatementEvent, _ gravity: Gravity, _ json: inout JSONWriter) {
    let hasRun = statement.outcome != .notRun
    let (action, disposition) =
      switch statement.decision.action {
      case .allow: (1, 1)
      case .mask: (4, 99)
      case .review: hasRun ? (1, 8) : (2, 25)
      case .block: (2, 2)
      case .observed: (3, 17)
      }
    json.member("action_id", action)
    json.member("action", statement.decision.action.rawValue)
    json.member("disposition_id", disposition)
    json.member("disposition", statement.decision.action.rawValue)
    json.key("is_alert")
    json.bool(gravity.rawValue >= Gravity.high.rawValue)
    if let grade = statement.grade {
      let confidence =
        switch grade.verdict.confidence {
        case .low: 1
        case .medium: 2
        case .high: 3
        }
      json.member("confidence_id", confidence)
    }
    if let policy = statement.decision.policy {
      json.object("policy") { json in
        json.member("name", policy)
        json.member("version", statement.decision.policyVersion)
      }
    }
  }

  /// The activity of the gravest kind of command.
  private static func activity(_ kind: CommandKind?) -> (id: Int, name: String) {
    switch kind {
    case .select, .explain: (4, "Query")
    case .insert: (5, "Write")
    case .update, .merge: (2, "Update")
    case .delete, .truncate, .drop: (7, "Delete")
    case .create: (6, "Create")
    case .alter, .grant, .revoke, .copy, .call, .do, .set, .transaction, .other:
      (99, kind.map { $0.rawValue.uppercased() } ?? "Other")
    case nil: (0, "Unknown")
    }
  }

  private static func status(_ statement: StatementEvent) -> (id: Int, detail: String) {
    switch statement.outcome {
    case .ran, .ranUnapproved:
      guard let result = statement.result else { return (0, "no result is recorded") }
      return result.error == nil ? (1, "ran") : (2, "failed")
    case .notRun: return (2, "did not run")
    case .unknown: return (0, "whether it ran is not recorded")
    }
  }

  // MARK: Compliance Finding

  private func write(_ conclusion: ConclusionEvent, _ json: inout JSONWriter) {
    writeClass(2003, category: 2, activity: 1, name: "Create", &json)
    json.member("status_id", conclusion.isAccepted ? 3 : conclusion.isFailure == false ? 4 : 1)
    json.object("finding_info") { json in
      json.member("uid", conclusion.name)
      json.member("title", conclusion.title)
      json.member("desc", conclusion.detail)
      json.member("first_seen_time", conclusion.first?.nanoseconds.dividedFloor(by: 1_000_000).quotient)
      json.member("last_seen_time", conclusion.last?.nanoseconds.dividedFloor(by: 1_000_000).quotient)
    }
    json.object("compliance") { json in
      json.member("standards", conclusion.frameworks.isEmpty ? ["Assay"] : conclusion.frameworks)
      json.member("requirements", conclusion.controls)
      json.member("status_id", conclusion.isFailure.map { $0 ? 3 : 1 } ?? 0)
      json.member("status", conclusion.status)
    }
    guard let connection = conclusion.connection else { return }
    let write = { (json: inout JSONWriter) in
      json.member("name", connection)
      json.member("type", "database connection")
    }
    if version.hasResources {
      json.objects("resources", [connection]) { json, _ in write(&json) }
    } else {
      json.object("resource", write)
    }
  }
}

extension Int64 {
  /// The whole multiples, towards smaller ones, and what is left.
  func dividedFloor(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
