import AuditTrail
import JSONReader
import Ledger
import Policies

extension Incident {
  /// The document of `incident --json`; its keys are a contract (docs/json.md).
  public var json: [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("headline")
    json.string(headline)
    json.key("window")
    if let window {
      json.object { json in
        json.key("identities")
        json.strings(window.actors.users)
        json.key("logins")
        json.strings(window.actors.logins)
        json.key("from")
        json.string(window.period.start.description)
        json.key("to")
        json.string(window.period.end.description)
      }
    } else {
      json.null()
    }
    json.list("sessions", sessions) { $1.write(to: &$0) }
    json.key("totals")
    totals.write(blast, to: &json)
    json.list("timeline", timeline) { json, item in
      switch item {
      case .step(let step): step.write(rules(for: step), to: &json)
      case .run(let run): run.write(to: &json)
      }
    }
    json.key("blast_radius")
    blast.write(to: &json)
    json.list("policies", judgements) { $1.write(to: &$0) }
    json.list("approvals", approvals) { $1.write(to: &$0) }
    json.list("findings", findings) { json, finding in
      json.object { json in
        json.key("kind")
        json.string(finding.kind)
        json.key("statement")
        json.string(finding.step)
        json.key("detail")
        json.string(finding.detail)
      }
    }
    json.list("shadows", shadows) { json, shadow in
      json.object { json in
        for (key, value) in [
          ("connection", shadow.connection), ("engine", shadow.engine), ("source", shadow.source),
          ("image_sha256", shadow.imageSHA256), ("mode", shadow.mode), ("basis", shadow.basis.rawValue),
        ] {
          json.key(key)
          json.string(value)
        }
        json.key("as_of")
        json.string(shadow.asOf?.description)
      }
    }
    json.key("notes")
    json.strings(provenanceLines)
    json.key("counterfactual")
    if let counterfactual { counterfactual.write(to: &json) } else { json.null() }
    json.endObject()
    return json.bytes
  }

  /// Every rule of the policy in force, for a statement that did harm or was to.
  private func rules(for step: IncidentStep) -> (policy: String, step: PolicyJudgement.Step)? {
    for judgement in judgements where judgement.role == .inForce {
      if let judged = judgement.steps.first(where: { $0.step == step.id }) { return (judgement.title, judged) }
    }
    return nil
  }
}

extension JSONWriter {
  mutating func object(_ body: (inout JSONWriter) -> Void) {
    beginObject()
    body(&self)
    endObject()
  }

  mutating func list<Element>(_ name: String, _ elements: [Element], _ body: (inout JSONWriter, Element) -> Void) {
    key(name)
    beginArray()
    for element in elements { body(&self, element) }
    endArray()
  }

  mutating func member(_ name: String, _ value: Int64?) {
    key(name)
    integer(value)
  }

  mutating func member(_ name: String, _ value: String?) {
    key(name)
    string(value)
  }
}

extension IncidentSession {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("session", entry.key)
      json.member("proxy", entry.proxy)
      json.member("first", first.description)
      json.member("last", last.description)
      json.member("statements", statements)
      json.member("identity", entry.identity?.user)
      json.member("identity_kind", entry.identity?.kind.rawValue)
      json.member("kind_basis", entry.identity?.kindBasis.rawValue)
      json.member("owner", entry.identity?.owner)
      json.member("acts_for", entry.actsFor)
      json.member("database_user", entry.connection.databaseUser)
      json.member("address", entry.client.address)
      json.member("application", entry.client.application)
      json.member("connection", entry.connection.name)
      json.member("engine", entry.connection.engine)
      json.member("environment", entry.connection.environment)
      json.member("ticket", entry.purpose?.ticket)
      json.member("reason", entry.purpose?.reason)
      json.member("agent_name", entry.agent?.name)
      json.member("agent_model", entry.agent?.model)
      json.member("agent_task", entry.agent?.task)
    }
  }
}

extension IncidentTotals {
  fileprivate func write(_ blast: BlastRadius, to json: inout JSONWriter) {
    json.object { json in
      json.member("statements", statements)
      json.member("measured", measured)
      json.member("not_replayed", notReplayed)
      json.key("verdicts")
      json.object { json in
        for name in VerdictName.allCases {
          if let count = verdicts[name] { json.member(name.rawValue, count) }
        }
      }
      json.member("rows_destroyed", blast.rowsDestroyed)
      json.member("rows_undone", blast.rowsUndone)
      json.member("recorded_rows", recordedChanges == 0 ? nil : recordedRows)
      json.member("rows_recorded_only", recordedOnly.rows)
      json.member("changes_with_recorded_rows", recordedChanges)
      json.member("changes_without_recorded_rows", unrecordedChanges)
    }
  }
}

extension StepRun {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("run", kind.rawValue)
      json.member("first", first)
      json.member("last", last)
      json.member("time", firstTime.description)
      json.member("until", lastTime.description)
      json.member("statements", count)
      json.member("sql", text)
      json.key("kinds")
      json.object { json in for (kind, count) in kinds.sorted(by: { $0.key < $1.key }) { json.member(kind, count) } }
      json.key("tables")
      json.strings(tables.sorted())
      json.member("rows_returned", rowsReturned)
      json.member("rows_destroyed", rowsDestroyed)
      json.key("verdicts")
      json.object { json in
        for name in VerdictName.allCases { if let count = verdicts[name] { json.member(name.rawValue, count) } }
      }
    }
  }
}

extension IncidentApproval {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("approval", approval.id)
      json.member("link", link.rawValue)
      json.member("requested_by", approval.requestedBy)
      json.member("requested_at", approval.requestedAt.description)
      json.member("status", approval.status.rawValue)
      json.key("automatic")
      json.bool(approval.automatic)
      json.member("rule", approval.rule)
      json.member("granted_at", approval.grantedAt?.description)
      json.member("expires_at", approval.expiresAt?.description)
      json.list("decisions", approval.decisions) { json, decision in
        json.object { json in
          json.member("user", decision.user)
          json.member("group", decision.group)
          json.member("decision", decision.decision)
          json.member("time", decision.time.description)
          json.key("forced")
          json.bool(decision.forced)
        }
      }
      json.key("statements")
      json.strings(steps)
    }
  }
}

extension PolicyJudgement {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("policy", policy)
      json.member("version", version)
      json.member("role", role.rawValue)
      json.member("first_stop", firstStop?.step)
      json.member("stopped", Int64(stopped))
      json.member("judged", Int64(steps.count))
      json.list("statements", steps) { $1.write(to: &$0) }
    }
  }
}

extension PolicyJudgement.Step {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("statement", step)
      json.member("action", action.rawValue)
      json.member("rule", rule)
      json.member("because", because)
      json.member("place", place?.description)
      json.key("masked")
      json.strings(masked)
      json.member("reach", reach.rawValue)
    }
  }
}
