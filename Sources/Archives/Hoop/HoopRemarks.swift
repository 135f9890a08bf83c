extension HoopSession {
  /// The keys of a session. Source: hoop 1.148, `gateway/api/openapi/types.go`, `Session`.
  private static let known: Set = [
    "id", "org_id", "script", "script_size", "labels", "integrations_metadata", "metadata", "metrics", "user",
    "user_id",
    "user_name", "user_email", "type", "connection_subtype", "connection", "connection_type", "connection_tags",
    "resource_name", "role_name", "review", "verb", "status", "exit_code", "event_stream", "event_size",
    "session_batch_id", "correlation_id", "start_date", "end_date", "ai_analysis", "guardrails_info", "identity_type",
    "machine_identity_id", "origin", "created_at", "ended_at",
  ]

  /// What the session says beside its records.
  static func remarks(_ value: JSONTree, _ review: HoopReview?) -> Set<Remark> {
    var remarks = Set(value.members.map(\.key).filter { !known.contains($0) }.map { Remark.unknownKey($0) })
    if (value["metrics"]["data_masking"]["err_count"].integer ?? 0) > 0 { remarks.insert(.maskingError) }
    if !value["metrics"]["data_analyzer"].members.isEmpty { remarks.insert(.outputAnalysis) }
    if !value["ai_analysis"]["steps"].elements.isEmpty { remarks.insert(.analyzerSteps) }
    if review?.hasTimeWindow == true { remarks.insert(.timeWindow) }
    if review?.isGrantedByTooFew == true { remarks.insert(.fewApprovals) }
    return remarks
  }

  /// The runbook that wrote the script.
  static func runbook(_ labels: JSONTree) -> String? { labels["runbookFile"].text.map { "runbook \($0)" } }

  /// The analyzer's risk and explanation, as one text.
  static func reason(_ analysis: JSONTree) -> String? {
    let risk = analysis["risk_level"].text.map { "risk \($0)" }
    let parts = [risk, analysis["explanation"].text].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ": ")
  }
}

extension HoopSession {
  /// What the analyzer says of the script: its title, risk and explanation.
  var analysis: String? {
    let parts = [aiTitle, aiReason].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}

extension HoopEvents {
  /// The guardrail whose refusal only the closing error names.
  var refusal: HoopSession.Hit? {
    let error = UInt8(ascii: "e")
    guard let closing = recorded.last(where: { $0.type == error }) else { return nil }
    let text = String(decoding: closing.payload, as: UTF8.self)
    let single = "Blocked by the following Guardrails rule: "
    guard
      text.hasPrefix(single) || text.hasPrefix("Blocked because ") && text.contains("Guardrails rules were violated")
    else { return nil }
    let named = text.split(separator: ":", maxSplits: 1).last?.split(separator: ";").first
    let rule = named.map { $0.drop { $0 == " " } }.map(String.init)
    // What the database had answered, a rule on the output refused.
    let last = recorded.last { $0.type != error }
    return HoopSession.Hit(rule: rule, isInput: last?.type != UInt8(ascii: "o"), words: [], message: text)
  }
}
