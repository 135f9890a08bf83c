import AuditTrail
import JSONReader
import Ledger
import Policies
import Replay

extension IncidentStep {
  /// Writes the step; `judged` is what the policy in force says of it, where it was asked.
  func write(_ judged: (policy: String, step: PolicyJudgement.Step)?, to json: inout JSONWriter) {
    json.object { json in
      json.member("statement", id)
      json.member("time", time.description)
      json.member("standing", standing.rawValue)
      json.member("sql", text)
      json.key("facts")
      json.object { json in
        json.member("fingerprint", fingerprint)
        json.key("kinds")
        json.strings(kinds)
        json.key("tables")
        json.strings(tables)
      }
      json.key("decision")
      json.object { json in
        json.member("action", decision.action.rawValue)
        json.member("rule", decision.rule)
        json.member("policy", decision.policy)
        json.member("policy_version", decision.policyVersion)
        json.key("masked")
        json.strings(decision.masked)
        json.member("outcome", outcome.rawValue)
        json.key("approved")
        json.bool(approved)
        json.member("approval", approval)
      }
      json.key("policy_decision")
      if let judged { judged.step.writeRules(of: judged.policy, to: &json) } else { json.null() }
      json.key("recorded")
      json.object { json in
        json.member("rows", recorded?.rows)
        json.member("rows_kind", recorded?.kind.rawValue)
        json.member("failed", failure)
      }
      writeVerdict(&json)
      json.key("provenance")
      json.object { json in
        json.member("archive", source?.archive)
        json.member("entry", source?.entry)
        json.key("flags")
        json.strings(completeness.flagNames)
      }
    }
  }

  private func writeVerdict(_ json: inout JSONWriter) {
    json.key("verdict")
    guard let graded else {
      json.null()
      json.key("effect")
      json.null()
      return
    }
    json.object { json in writeMembers(of: graded.verdict, &json) }
    json.key("effect")
    write(graded.effect, graded.replay == nil ? nil : Provenance.shadow, &json)
  }

  private func write(_ effect: Effect, _ provenance: Provenance?, _ json: inout JSONWriter) {
    json.object { json in
      json.member("provenance", provenance?.rawValue)
      json.member("basis", provenance == nil ? nil : effect.basis.rawValue)
      json.key("took_place")
      json.bool(tookPlace)
      json.member("rows_inserted", effect.rowsInserted)
      json.member("rows_updated", effect.rowsUpdated)
      json.member("rows_deleted", effect.rowsDeleted)
      json.member("rows_destroyed", effect.rowsDestroyed)
      json.member("rows_returned", effect.rowsReturned)
      json.key("tables")
      json.object { json in
        for (name, table) in effect.tables.sorted(by: { $0.key < $1.key }) {
          json.key(name)
          json.object { json in
            json.member("inserted", table.inserted)
            json.member("updated", table.updated)
            json.member("deleted", table.deleted)
            json.member("indirect", table.indirect)
            json.member("by_cascade", table.cascaded)
            json.member("by_code", table.coded)
            json.member("before", table.before)
          }
        }
      }
      json.key("dropped")
      json.strings(effect.dropped.map { "\($0.type) \($0.name)" })
      for (key, values) in [
        ("truncated", effect.truncated), ("altered", effect.altered), ("escalated", effect.escalated),
        ("refused", effect.refused),
      ] {
        json.key(key)
        json.strings(values)
      }
      json.member("values_shown", effect.valuesShown)
      json.member("leak", effect.leak.rawValue)
      for (key, columns) in [
        ("leaked_columns", effect.leakedColumns), ("unmaskable_columns", effect.unmaskableColumns),
        ("masked_columns", effect.maskedColumns),
      ] {
        json.key(key)
        json.strings(columns)
      }
    }
  }
}

extension PolicyJudgement.Step {
  fileprivate func writeRules(of policy: String, to json: inout JSONWriter) {
    json.object { json in
      json.member("policy", policy)
      json.member("action", action.rawValue)
      json.member("rule", rule)
      json.list("rules", rules) { json, rule in
        json.object { json in
          json.member("rule", rule.rule)
          json.member("place", rule.place.description)
          json.member("action", rule.action.rawValue)
          json.member("applies", rule.applies.name)
          json.key("because")
          json.strings(rule.deciding.map { "\($0.path): \($0.expected) (\($0.holds.name))" })
        }
      }
    }
  }
}

extension BlastRadius {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("rows_destroyed", rowsDestroyed)
      json.member("rows_undone", rowsUndone)
      json.list("tables", tables) { $1.write(to: &$0) }
      json.list("undone", undone) { $1.write(to: &$0) }
      json.list("disclosed", disclosures) { $1.write(to: &$0) }
      for (key, objects) in [("objects", objects), ("objects_undone", objectsUndone)] {
        json.list(key, objects) { json, loss in
          json.object { json in
            json.member("type", loss.object.type)
            json.member("name", loss.object.name)
            json.member("rows", loss.object.rows)
            json.member("connection", loss.connection)
            json.member("statement", loss.step)
          }
        }
      }
      for (key, acts) in [
        ("escalated", escalated), ("escapes", escapes), ("escapes_stopped", escapesStopped), ("altered", altered),
      ] {
        json.list(key, acts) { json, act in
          json.object { json in
            json.member("what", act.what)
            json.member("statement", act.step)
          }
        }
      }
    }
  }
}

extension BlastRadius.TableLoss {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("connection", connection)
      json.member("table", table)
      json.member("before", before)
      json.member("deleted", deleted)
      json.member("overwritten", overwritten)
      json.member("inserted", inserted)
      json.member("indirect", indirect)
      json.member("by_cascade", cascaded)
      json.member("by_code", coded)
      json.member("provenance", Provenance.shadow.rawValue)
      json.member("basis", basis.rawValue)
      json.member("as_of", asOf?.description)
      json.key("statements")
      json.strings(steps)
    }
  }
}

extension BlastRadius.Disclosure {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("connection", connection)
      json.member("column", column)
      json.member("seen_by", user)
      json.member("database_user", login)
      json.member("acts_for", actsFor)
      json.member("leak", leak.rawValue)
      json.member("rows", rows)
      json.member("values", values)
      json.member("recorded_rows", recordedRows)
      json.member("provenance", provenance.rawValue)
      json.key("statements")
      json.strings(steps)
    }
  }
}
