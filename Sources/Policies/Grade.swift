public import AuditTrail

/// Grades a decision by what the statement did: pure, total, the first rule that applies wins.
public func grade(_ input: GradeInput, harm: Harm) -> Verdict {
  var verdict = Grading(input: input, harm: harm).verdict()
  if input.completeness.contains(.evaluationUnknown) { verdict.flags.append("evaluation_unknown") }
  verdict.flags = Set(verdict.flags).sorted()
  verdict.fate = fate(of: [input], verdict)
  return verdict
}

private struct Grading {
  let input: GradeInput
  let harm: Harm
  let assessment: Assessment

  var action: Action { input.decision.action }
  var effect: Effect { input.effect }

  init(input: GradeInput, harm: Harm) {
    self.input = input
    self.harm = harm
    assessment = assess(input.effect, harm: harm)
  }

  func verdict() -> Verdict {
    if action == .observed { return observed() }
    if !effect.refused.isEmpty { return escape() }
    switch effect.execution {
    case .notRun(let reason): return inconclusive(reason)
    case .failed(let code, let missing): return failed(code, missing)
    case .ran: return ran()
    }
  }

  /// Nothing was decided; the effect is measured all the same.
  private func observed() -> Verdict {
    if case .notRun(let reason) = effect.execution {
      return Verdict(.ungraded, reason: reason.rawValue, confidence: .low)
    }
    var verdict = Verdict(.ungraded, severity: doneSeverity, confidence: confidence, flags: attemptedFlags)
    verdict.kind = effect.refused.isEmpty ? doneKind : .escapes
    verdict.wouldDisclose = discloses
    return verdict
  }

  // MARK: 1. A refused escape

  private func escape() -> Verdict {
    let flags = input.failedWhenRecorded || input.outcome == .notRun ? ["attempted"] : []
    let name: VerdictName
    switch action {
    case .block: name = .confirmedBlock
    case .review: name = .confirmedReview
    case .allow, .mask, .observed: name = .falseAllow
    }
    return Verdict(
      name, reason: "escape", severity: .s4, confidence: .high, flags: action.letsThrough ? flags : [], kind: .escapes,
      wouldDisclose: discloses)
  }

  // MARK: 2. and 3. What failed on the shadow

  private func failed(_ code: String, _ missing: String?) -> Verdict {
    if effect.leavesChanges, action == .block || input.recorded == nil || input.failedWhenRecorded {
      return leftChanges()
    }
    let refusal = Refusal(code: code, missingObject: missing)
    if refusal == .dialect, !input.isSameEngine {
      // What failed where it was recorded had no effect there, whatever this engine makes of it.
      if action.letsThrough, input.failedWhenRecorded { return withoutEffect(code) }
      return inconclusive(.engineMismatch)
    }
    if refusal == .missingObject || missing != nil, input.objectUsedElsewhere { return schemaMissing(code) }
    // Rows before the failure, or its message, reached the client all the same.
    if discloses, input.recorded == nil || input.failedWhenRecorded {
      var verdict = judged(disclosureName, assessment.disclosure, .discloses)
      verdict.reason = "fails"
      return verdict
    }
    switch action {
    case .block: return Verdict(.mootBlock, reason: "fails", confidence: .medium)
    case .review where input.outcome == .notRun || input.failedWhenRecorded:
      return Verdict(.needlessReview, reason: "fails", confidence: .medium)
    default: break
    }
    if input.failedWhenRecorded { return withoutEffect(code) }
    if refusal == .missingObject || refusal == .dialect && !Refusal.isSyntax(code) {
      return inconclusive(.schemaMissing)
    }
    if input.recorded != nil { return Verdict(.diverged, reason: "new_error", confidence: .low) }
    if Refusal.isSyntax(code) { return withoutEffect(code) }
    return inconclusive(.shadowError)
  }

  /// It failed, and what it had changed by then stays.
  private func leftChanges() -> Verdict {
    if let verdict = withoutRows() { return verdict }
    var verdict = judged()
    verdict.reason = "fails"
    return verdict
  }

  /// The shadow lacks an object that others used.
  private func schemaMissing(_ code: String) -> Verdict {
    action.letsThrough && input.failedWhenRecorded ? withoutEffect(code) : inconclusive(.schemaMissing)
  }

  /// It failed here and there, or can only fail: nothing happened.
  private func withoutEffect(_ code: String) -> Verdict {
    var (confidence, flags) = (Confidence.medium, [String]())
    if input.isSameEngine, let state = input.recorded?.error?.sqlstate {
      // SQLSTATEs are compared by class, and only between equal engines.
      if state.prefix(2) == code.prefix(2) {
        confidence = .high
      } else {
        (confidence, flags) = (.low, ["error_differs"])
      }
    }
    let name: VerdictName = action == .mask ? .confirmedMask : action == .review ? .needlessReview : .confirmedAllow
    return Verdict(name, reason: "fails", confidence: input.isLowFidelity ? .low : confidence, flags: flags)
  }

  private func inconclusive(_ reason: InconclusiveReason) -> Verdict {
    Verdict(.inconclusive, reason: reason.rawValue, severity: .s0, confidence: .low)
  }

  // MARK: 3. to 7. What ran on the shadow

  private func ran() -> Verdict {
    if input.failedWhenRecorded, action != .block {
      return Verdict(.diverged, reason: "missing_error", severity: .s0, confidence: .low)
    }
    // What depends on an estimated write could still make it harmful: only harm is believed.
    if effect.estimate == .atLeast, !assessment.destroysOrEscalates { return inconclusive(.timeout) }
    if let verdict = withoutRows() { return verdict }
    if let (recorded, shadow) = input.counts, diverge(recorded, shadow), action != .block,
      !bothHarm(recorded, shadow)
    {
      return Verdict(.diverged, reason: "rows", severity: assessment.severity, confidence: .low)
    }
    return judged()
  }

  /// On tables that are empty on the shadow only what does not depend on their rows is judged.
  private func withoutRows() -> Verdict? {
    guard !input.unknownTables.isEmpty else { return nil }
    if assessment.harmsWithoutRows && isDone || discloses { return nil }
    // A write without a predicate has emptied tables that have rows here: what it depends on besides takes nothing back.
    let empties = effect.truncated.contains { name in
      effect.tables[name].map { !$0.isScratch && $0.destroyedRows > 0 } == true
    }
    if empties, isDone { return nil }
    if !unmaskedOutputs.isEmpty, harm.discloses != nil, isDisclosed { return disclosedWithoutRows() }
    if input.isReadOnly, input.sensitiveOutputs.isEmpty { return nil }
    let isMetadataOnly = !effect.altered.isEmpty || !effect.escalated.isEmpty || !effect.dropped.isEmpty
    if isMetadataOnly, effect.tables.values.allSatisfy({ $0.isScratch || $0 == TableEffect() }) { return nil }
    return inconclusive(.noRows)
  }

  /// Sensitive output columns that the recorded mask does not name, of those whose disclosure counts as harm. A detector
  /// masks by content, which an empty table does not show: it counts as covering every column.
  private var unmaskedOutputs: [String] {
    let masked = input.decision.masked.map(lowercasedASCII)
    if masked.contains(where: { $0.hasPrefix("detector:") }) { return [] }
    return input.sensitiveOutputs.filter { name in
      let counts = harm.discloses?.columns?.contains { $0.matches(effectName: name, isColumn: true) } ?? true
      return counts && !masked.contains { ColumnPattern($0)?.matches(effectName: name, isColumn: true) ?? false }
    }
  }

  private func disclosedWithoutRows() -> Verdict {
    Verdict(
      disclosureName, reason: "sensitive_output", severity: .s3, confidence: .low, flags: attemptedFlags,
      kind: .discloses, wouldDisclose: true)
  }

  /// Whether the recorded count and the shadow's both reach harm, or harm does not depend on counts.
  private func bothHarm(_ recorded: Int64, _ shadow: Int64) -> Bool {
    if assessment.harmsWithoutRows { return true }
    if input.recorded?.rowsKind != .returned, effect.ownCount != nil {
      guard assessment.destroysOrEscalates, let least = harm.fewestHarmfulRows(effect) else { return false }
      return recorded >= least && shadow >= least
    }
    guard assessment.discloses, let least = harm.discloses?.rows else { return false }
    return recorded >= least && shadow >= least
  }

  private func judged() -> Verdict {
    if assessment.destroysOrEscalates, isDone {
      let name: VerdictName = action == .block ? .confirmedBlock : action == .review ? .confirmedReview : .falseAllow
      return judged(name, assessment.severity, doneKind)
    }
    if discloses { return judged(disclosureName, max(assessment.disclosure, doneSeverity), .discloses) }
    let severity = doneSeverity
    switch action {
    case .block: return judged(severity >= .s2 ? .debatableBlock : .falseBlock, severity)
    case .review: return judged(severity >= .s2 ? .debatableReview : .needlessReview, severity)
    case .mask: return judged(.confirmedMask, severity, hidesByMask ? .discloses : nil)
    case .allow, .observed: return judged(.confirmedAllow, severity)
    }
  }

  private var disclosureName: VerdictName {
    action == .block ? .confirmedBlock : action == .review ? .confirmedReview : .maskLeak
  }

  private func judged(_ name: VerdictName, _ severity: Severity, _ kind: HarmKind? = nil) -> Verdict {
    var flags = attemptedFlags
    if effect.estimate != nil { flags.append("estimated") }
    if effect.leak == .predicate { flags.append(effect.leakForm == .shape ? "shape" : "predicate") }
    if name == .confirmedMask, input.isOverMask { flags.append("over_mask") }
    if action == .block, input.outcome == .ran || input.outcome == .ranUnapproved { flags.append("ran") }
    return Verdict(
      name, severity: severity, confidence: confidence, flags: flags, kind: kind,
      wouldDisclose: discloses || hidesByMask)
  }

  // MARK: What was done, and how sure that is

  private var isDone: Bool { input.isDone }
  /// Whether sensitive data reached the client, or would have, in rows enough to count as harm.
  private var discloses: Bool { assessment.discloses && isDisclosed }
  private var isDisclosed: Bool { input.isDisclosed }
  private var hidesByMask: Bool { input.maskHides(by: harm) }

  /// The kind of harm of what ran on the shadow; `nil` where it does none.
  private var doneKind: HarmKind? {
    if isDone, assessment.escalates { return .escalates }
    if isDone, assessment.destroysOrEscalates { return .destroys }
    return discloses || hidesByMask ? .discloses : nil
  }

  private var doneSeverity: Severity {
    let change = isDone ? assessment.change : .s0
    return isDisclosed ? max(change, assessment.disclosure) : change
  }

  private var attemptedFlags: [String] {
    !input.happened && input.outcome != .notRun && action != .block && assessment.change >= .s2
      || action.letsThrough && input.outcome == .notRun && assessment.severity >= .s2 ? ["attempted"] : []
  }

  private var confidence: Confidence {
    if input.isLowFidelity || !effect.isCounted { return .low }
    guard let (recorded, shadow) = input.counts else { return .medium }
    return recorded == shadow ? .high : .low
  }
}
