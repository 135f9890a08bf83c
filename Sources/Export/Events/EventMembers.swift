import AuditTrail
import Ledger

extension ExportEvent {
  /// What our own documents say of it and other schemas have no field for; what is not known is left out.
  var members: [Member] {
    switch subject {
    case .statement(let statement): statement.members
    case .conclusion(let conclusion): conclusion.allMembers
    }
  }
}

extension StatementEvent {
  fileprivate var members: [Member] {
    let known: [Member?] = [
      Member("statement", id), Member("proxy", proxy), Member("decision", decision.action.rawValue),
      Member("outcome", outcome.rawValue), Member("rule", decision.rule), Member("policy", decision.policy),
      Member("policy_version", decision.policyVersion), Member("masked", decision.masked),
      Member("identity_kind", identity?.kind.rawValue), Member("acts_for", actsFor), Member("agent", agent),
      Member("application", application), Member("environment", connection.environment),
      Member("fingerprint", text.fingerprint), Member("operations", text.kinds.map(\.rawValue)),
      Member("reads", text.reads), Member("writes", text.writes),
      Member("rows", result?.rows), Member("rows_kind", result.map(\.rowsKind.rawValue)), Member("flags", flags),
      Member("archive_sha256", archive), Member("entry", entry),
    ]
    return known.compactMap(\.self) + graded
  }

  private var graded: [Member] {
    guard let grade else { return [] }
    let (verdict, effect) = (grade.verdict, grade.effect)
    let concluded: [Member?] = [
      Member("verdict", verdict.name.rawValue), Member("reason", verdict.reason),
      Member("severity", verdict.severity.name), Member("confidence", verdict.confidence.rawValue),
      Member("verdict_flags", verdict.flags), Member("harm_kind", verdict.kind?.rawValue),
      Member("fate", verdict.fate?.rawValue), Member("would_disclose", verdict.wouldDisclose),
      Member("approval", grade.approval?.standing.rawValue),
    ]
    let measured: [Member?] = [
      Member("basis", grade.replay == nil ? nil : effect.basis.rawValue), Member("kept", effect.kept),
      Member("rows_inserted", effect.rowsInserted), Member("rows_updated", effect.rowsUpdated),
      Member("rows_deleted", effect.rowsDeleted),
      Member("tables_changed", effect.tables.keys.sorted()),
      Member("dropped", effect.dropped.map { "\($0.type) \($0.name)" }), Member("truncated", effect.truncated),
      Member("altered", effect.altered), Member("escalated", effect.escalated), Member("refused", effect.refused),
      Member("leak", effect.leak.rawValue), Member("leaked_columns", effect.leakedColumns),
    ]
    return (concluded + measured).compactMap(\.self)
  }
}

extension ConclusionEvent {
  fileprivate var allMembers: [Member] {
    let known: [Member?] = [
      Member("name", name), Member("status", status), Member("frameworks", frameworks), Member("controls", controls),
      Member("connection", connection), Member("session", session), Member("seq", sequence),
    ]
    return known.compactMap(\.self) + members
  }
}
