import AuditTrail
import JSONReader

extension PolicySuggestion {
  /// The document of `assay policy suggest --json`.
  public var json: [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("headline")
    json.string(headline)
    json.key("measured")
    json.bool(isMeasured)
    for (key, value) in [
      ("statements", statements), ("with_verdict", conclusive), ("misses", misses), ("stopped", stopped),
    ] {
      json.key(key)
      json.integer(value)
    }
    json.key("first")
    json.string(first?.description)
    json.key("last")
    json.string(last?.description)
    json.key("unstopped")
    json.strings(unstopped)
    json.key("rules")
    json.beginArray()
    for rule in rules { write(rule, &json) }
    json.endArray()
    json.key("approvals")
    json.beginArray()
    for approval in approvals {
      json.beginObject()
      json.key("rule")
      json.string(approval.rule)
      json.key("when")
      json.string(approval.when)
      json.key("count")
      json.integer(Int64(approval.statements.count))
      json.key("upper_limit")
      json.double(approval.upperLimit)
      json.key("statements")
      json.strings(approval.statements)
      json.endObject()
    }
    json.endArray()
    json.key("yaml")
    json.string(isMeasured ? yaml : nil)
    json.endObject()
    return json.bytes
  }

  private func write(_ rule: SuggestedRule, _ json: inout JSONWriter) {
    json.beginObject()
    for (key, value) in [("id", rule.id), ("when", rule.when), ("action", rule.action.rawValue)] {
      json.key(key)
      json.string(value)
    }
    for (key, value) in [
      ("stopped", Int64(rule.stopped.count)), ("stopped_rows", rule.stoppedRows), ("harmful", rule.harmful),
      ("harmless", rule.harmless), ("friction", rule.friction),
    ] {
      json.key(key)
      json.integer(value)
    }
    json.key("recall")
    json.double(rule.recall)
    json.key("precision")
    json.double(rule.precision)
    json.key("row_weighted_recall")
    if let share = rule.rowWeightedRecall { json.double(share) } else { json.null() }
    json.key("statements")
    json.strings(rule.stopped)
    json.endObject()
  }
}
