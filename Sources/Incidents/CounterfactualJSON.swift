import AuditTrail
import JSONReader

extension Counterfactual {
  /// The document of `replay --as-if --json`; its keys are a contract (docs/json.md).
  public var json: [UInt8] {
    var json = JSONWriter(indented: true)
    write(to: &json)
    return json.bytes
  }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("policy", policy)
      json.member("headline", headline)
      json.key("same_end")
      json.bool(isSame)
      json.member("sessions", Int64(sessions))
      json.member("sessions_differing", Int64(sessionsDiffering))
      json.member("sessions_without_shadow", Int64(sessionsWithoutShadow))
      json.key("statements")
      json.object { json in
        for (key, value) in [
          ("total", counts.statements), ("same", counts.same), ("blocked", counts.blocked), ("held", counts.held),
          ("approved", counts.approved), ("masked", counts.masked), ("released", counts.released),
          ("undecided", counts.undecided), ("maybe", counts.maybe),
        ] { json.member(key, value) }
      }
      json.key("counted")
      json.bool(isCounted)
      json.list("tables", tables) { json, table in
        json.object { json in
          json.member("connection", table.connection)
          json.member("table", table.table)
          json.member("before", table.before)
          json.member("recorded_change", table.recordedChange)
          json.member("as_if_change", table.changeAsIf)
          json.member("recorded_overwritten", table.recordedOverwritten)
          json.member("as_if_overwritten", table.overwrittenAsIf)
          json.key("contents_differ")
          json.bool(table.contentsDiffer)
        }
      }
      for (key, differences) in [
        ("objects_kept", objectsKept), ("objects_gone", objectsGone), ("columns_hidden", columnsHidden),
        ("columns_shown", columnsShown), ("columns_seen_still", columnsSeenStill),
      ] {
        json.list(key, differences) { json, difference in
          json.object { json in
            json.member("connection", difference.connection)
            json.member("name", difference.name)
          }
        }
      }
    }
  }
}
