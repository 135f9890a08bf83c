import AuditTrail
import Policies
import Testing

struct VerdictFile: Decodable {
  let harms: [String: String]
  let cases: [VerdictCase]
  let units: [UnitCase]
}

struct EffectCase: Decodable {
  struct Table: Decodable {
    let deleted: Int64?
    let updated: Int64?
    let inserted: Int64?
    let unchanged: Int64?
    let restored: Int64?
    let indirect: Int64?
    let before: Int64?
    let scratch: Bool?
  }
  struct Dropped: Decodable {
    let type: String
    let name: String
    let rows: Int64?
    let scratch: Bool?
  }
  let failed: String?
  let missing: String?
  let not_run: String?
  let tables: [String: Table]?
  let dropped: [Dropped]?
  let truncated: [String]?
  let altered: [String]?
  let escalated: [String]?
  let refused: [String]?
  let reads: [String]?
  let leak: String?
  let leaked: [String]?
  let returned: Int64?
  let own: Int64?
  let kept: Bool?
  let empty: [String]?
  let counted: [String]?
  let estimate: String?

  func effect() throws -> Effect {
    var execution = Execution.ran
    if let failed { execution = .failed(code: failed, missingObject: missing) }
    if let not_run { execution = .notRun(try #require(InconclusiveReason(rawValue: not_run))) }
    var effect = Effect(execution)
    for (name, table) in tables ?? [:] {
      var change = TableEffect()
      change.deleted = table.deleted ?? 0
      change.updated = table.updated ?? 0
      change.inserted = table.inserted ?? 0
      change.unchanged = table.unchanged ?? 0
      change.restored = table.restored ?? 0
      change.indirect = table.indirect ?? 0
      change.before = table.before
      change.isScratch = table.scratch ?? false
      effect.tables[name] = change
    }
    effect.dropped = (dropped ?? []).map {
      DroppedObject(type: $0.type, name: $0.name, rows: $0.rows, isScratch: $0.scratch ?? false)
    }
    effect.truncated = truncated ?? []
    effect.altered = altered ?? []
    effect.escalated = escalated ?? []
    effect.refused = refused ?? []
    effect.reads = reads ?? []
    effect.leak = try #require(Leak(rawValue: leak ?? "none"))
    effect.leakedColumns = leaked ?? []
    effect.rowsReturned = returned ?? 0
    effect.ownCount = own
    effect.kept = kept ?? true
    effect.emptyTables = empty ?? []
    effect.countedInProduction = counted ?? []
    effect.estimate = try estimate.map { try #require(RowEstimate(rawValue: $0)) }
    return effect
  }
}

struct VerdictCase: Decodable, CustomTestStringConvertible {
  struct Recorded: Decodable {
    let rows: Int64?
    let kind: String?
    let error: String?
  }
  let name: String
  let decision: String
  let outcome: String?
  let masked: [String]?
  let harm: String?
  let effect: EffectCase
  let recorded: Recorded?
  let connection: String?
  let shadow: String?
  let used_elsewhere: Bool?
  let read_only: Bool?
  let sensitive_outputs: [String]?
  let low_fidelity: Bool?
  let evaluation_unknown: Bool?
  let verdict: String
  let reason: String?
  let severity: String?
  let confidence: String?
  let flags: [String]?
  /// `none` where it must not be harmful.
  let kind: String?
  let fate: String?
  let would_disclose: Bool?
  var testDescription: String { name }

  func input() throws -> GradeInput {
    let result = try recorded.map { recorded in
      RecordedResult(
        rows: recorded.rows, rowsKind: try #require(RowsKind(rawValue: recorded.kind ?? "unknown")),
        durationMicroseconds: nil, error: recorded.error.map { RecordedError(sqlstate: $0, message: nil) })
    }
    return GradeInput(
      decision: Decision(action: try #require(Action(rawValue: decision)), masked: masked ?? []),
      outcome: try #require(Outcome(rawValue: outcome ?? "ran")), effect: try effect.effect(), recorded: result,
      completeness: evaluation_unknown == true ? .evaluationUnknown : [], connectionEngine: connection ?? "sqlite",
      shadowEngine: shadow ?? "sqlite", objectUsedElsewhere: used_elsewhere ?? false, isReadOnly: read_only ?? false,
      sensitiveOutputs: sensitive_outputs ?? [], isLowFidelity: low_fidelity ?? false)
  }
}

struct UnitCase: Decodable, CustomTestStringConvertible {
  let name: String
  let decision: String
  let outcome: String?
  let effects: [EffectCase]
  let verdict: String
  let reason: String?
  let severity: String?
  let flags: [String]?
  let kind: String?
  let fate: String?
  var testDescription: String { name }
}
