import AuditTrail
import JSONReader

extension PolicyDifference {
  /// The document of `assay diff --json`.
  public func json(tripped: [DiffGate]) -> [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("headline")
    json.string(headline)
    json.key("statements")
    json.integer(statements)
    json.key("unchanged")
    json.integer(unchanged)
    json.key("changes")
    json.beginObject()
    for change in Change.allCases {
      json.key(change.rawValue)
      json.integer(changes[change] ?? 0)
    }
    json.endObject()
    json.key("unreplayable")
    json.beginObject()
    for (reason, count) in unreplayable.sorted(by: { $0.key < $1.key }) {
      json.key(reason)
      json.integer(count)
    }
    json.endObject()
    json.key("harm_changed")
    json.bool(harmChanged)
    json.key("harm_flips")
    json.beginArray()
    for flip in harmFlips { write(flip, &json) }
    json.endArray()
    json.key("groups")
    json.beginArray()
    for group in groups { write(group, &json) }
    json.endArray()
    write(figures, &json)
    json.key("newly_allowed_unknown")
    json.integer(newlyAllowedUnknown)
    write(traffic, &json)
    json.key("tripped")
    json.strings(tripped.map(\.rawValue))
    json.endObject()
    return json.bytes
  }

  private func write(_ flip: HarmFlip, _ json: inout JSONWriter) {
    json.beginObject()
    for (key, value) in [
      ("from", flip.from.rawValue), ("to", flip.to.rawValue), ("fingerprint", flip.fingerprint), ("sql", flip.sql),
      ("example", flip.example),
    ] {
      json.key(key)
      json.string(value)
    }
    json.key("count")
    json.integer(flip.count)
    json.endObject()
  }

  private func write(_ group: DiffGroup, _ json: inout JSONWriter) {
    json.beginObject()
    for (key, value) in [
      ("change", group.change.rawValue), ("reason", group.reason), ("identity_kind", group.identityKind),
      ("fingerprint", group.fingerprint), ("sql", group.sql), ("old_rule", group.oldRule),
      ("new_rule", group.newRule), ("severity", group.severity.rawValue), ("first", group.first.description),
      ("last", group.last.description), ("example", group.examples.first),
    ] as [(String, String?)] {
      json.key(key)
      json.string(value)
    }
    json.key("examples")
    json.strings(group.examples)
    json.key("count")
    json.integer(group.count)
    json.key("sessions")
    json.integer(group.sessions)
    write(group.figures, &json)
    json.endObject()
  }

  private func write(_ figures: DiffFigures, _ json: inout JSONWriter) {
    for (key, value) in [
      ("risk", figures.risk), ("risk_unknown", figures.riskUnknown), ("friction", figures.friction),
      ("leak", figures.leak), ("fixed_miss", figures.fixedMiss), ("fixed_friction", figures.fixedFriction),
      ("attempted", figures.attempted),
      ("risk_rows", figures.riskRows),
    ] {
      json.key(key)
      json.integer(value)
    }
  }

  private func write(_ traffic: DiffTraffic, _ json: inout JSONWriter) {
    json.key("traffic")
    json.beginObject()
    json.key("first")
    json.string(traffic.first?.description)
    json.key("last")
    json.string(traffic.last?.description)
    json.key("age_days")
    json.integer(traffic.ageInDays.map(Int64.init))
    json.key("with_verdict")
    json.integer(traffic.conclusive)
    json.key("measured")
    json.bool(traffic.isMeasured)
    json.endObject()
  }
}
