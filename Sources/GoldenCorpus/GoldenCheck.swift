package import AuditTrail

/// Something that a case expects and that did not come about.
package struct GoldenMismatch: Sendable, Hashable {
  /// Which figure.
  package let what: String
  package let expected: String
  package let actual: String
}

extension GoldenStatement {
  /// What differs between what the statement expects and what was measured and concluded; nothing where all is right.
  package func mismatches(_ effect: Effect, _ verdict: Verdict) -> [GoldenMismatch] {
    var found: [GoldenMismatch] = []
    func same<Value: Equatable>(_ what: String, _ actual: Value, _ wanted: Value) {
      if actual != wanted { found.append(GoldenMismatch(what: what, expected: "\(wanted)", actual: "\(actual)")) }
    }
    func counts(_ path: KeyPath<TableEffect, Int64>) -> [String] {
      sorted(effect.tables.mapValues { $0[keyPath: path] })
    }
    func sorted(_ counts: [String: Int64]?) -> [String] {
      (counts ?? [:]).filter { $0.value != 0 }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    }
    same("verdict", verdict.name.rawValue, expect.verdict)
    if let reason = expect.reason { same("reason", verdict.reason, reason) }
    if let severity = expect.severity { same("severity", verdict.severity.name, severity) }
    if let confidence = expect.confidence { same("confidence", verdict.confidence.rawValue, confidence) }
    same("flags", verdict.flags, expect.flags ?? [])
    if let kept = expect.kept { same("kept", effect.kept, kept) }
    if expect.execution != nil || effect.refused.isEmpty {
      same("execution", effect.execution.words, expect.execution ?? "ran")
    }
    if let least = expect.deletedAtLeast {
      for (table, rows) in least.sorted(by: { $0.key < $1.key }) {
        let deleted = effect.tables[table]?.deleted ?? 0
        if deleted < rows {
          found.append(GoldenMismatch(what: "deleted from \(table)", expected: "\(rows) or more", actual: "\(deleted)"))
        }
      }
    } else {
      same("deleted", counts(\.deleted), sorted(expect.deleted))
    }
    same("updated", counts(\.updated), sorted(expect.updated))
    same("inserted", counts(\.inserted), sorted(expect.inserted))
    if let unchanged = expect.unchanged { same("unchanged", counts(\.unchanged), sorted(unchanged)) }
    if let restored = expect.restored { same("restored", counts(\.restored), sorted(restored)) }
    for (table, rows) in (expect.before ?? [:]).sorted(by: { $0.key < $1.key }) {
      same("before of \(table)", effect.tables[table]?.before, rows)
    }
    same("dropped", effect.dropped.map { "\($0.type) \($0.name)" }, expect.dropped ?? [])
    same("truncated", effect.truncated, expect.truncated ?? [])
    same("refused", effect.refused, expect.refused ?? [])
    same("escalated", effect.escalated, expect.escalated ?? [])
    if let mode = expect.mode { same("mode", effect.mode, mode) }
    if let altered = expect.altered { same("altered", effect.altered, altered) }
    if let empty = expect.empty { same("empty", effect.emptyTables, empty) }
    same("counted", effect.countedInProduction, expect.counted ?? [])
    same("estimate", effect.estimate?.rawValue, expect.estimate)
    same("leak", effect.leak.rawValue, expect.leak ?? "none")
    same("columns", effect.leakedColumns, expect.columns ?? [])
    if let form = expect.form { same("form", effect.leakForm?.rawValue, form) }
    return found
  }
}

extension Execution {
  fileprivate var words: String {
    switch self {
    case .ran: "ran"
    case .failed(let code, _): "failed \(code)"
    case .notRun(let reason): "not run: \(reason.rawValue)"
    }
  }
}
