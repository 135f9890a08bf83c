public import AuditTrail
public import JSONReader

/// Writes a verdict's members into the object that is open: `verdict`, `reason`, `severity`, `confidence` and `flags`, as
/// every document that shows a verdict spells them.
public func writeMembers(of verdict: Verdict, _ json: inout JSONWriter) {
  json.key("verdict")
  json.string(verdict.name.rawValue)
  json.key("reason")
  json.string(verdict.reason)
  json.key("severity")
  json.string(verdict.severity.name)
  json.key("confidence")
  json.string(verdict.confidence.rawValue)
  json.key("flags")
  json.strings(verdict.flags)
}
