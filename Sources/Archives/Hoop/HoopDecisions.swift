import AuditTrail

/// What a hoop session's archive lets one say of each statement: the decision and the result.
struct HoopDecisions {
  /// What is known of one statement.
  struct Outcome {
    var decision = Decision(action: .allow)
    var approval: String?
    var result: RecordedResult?
    var flags: Completeness = [.evaluationUnknown, .resultsAbsent]
  }

  private(set) var outcomes: [Outcome]

  /// Concludes. "No hit" is never turned into "evaluated and allowed": hoop records no evaluation that let a text pass.
  init(of session: HoopSession, _ statements: HoopStatements) {
    outcomes = Array(repeating: Outcome(), count: statements.items.count)
    guard !outcomes.isEmpty else { return }
    applyReview(session)
    applyMasking(session)
    applyGuardrails(session, statements)
    applyAnalysis(session)
    applyOutput(session)
    for (index, item) in statements.items.enumerated() where outcomes[index].decision.action != .block {
      guard let result = item.result else { continue }
      outcomes[index].result = result
      outcomes[index].flags.remove(.resultsAbsent)
    }
  }

  private mutating func applyReview(_ session: HoopSession) {
    guard let review = session.review, review.isOneTime else { return }
    for index in outcomes.indices {
      outcomes[index].decision = Decision(action: .review, rule: review.rule, message: review.rejectionReason)
      outcomes[index].approval = review.id
      outcomes[index].flags.remove(.evaluationUnknown)
    }
  }

  private mutating func applyMasking(_ session: HoopSession) {
    guard let masking = session.masking, masking.redactions > 0 else { return }
    let isOneStatement = session.isExec && outcomes.count == 1
    for index in outcomes.indices {
      guard isOneStatement else {
        outcomes[index].flags.insert(.maskingBySession)
        continue
      }
      outcomes[index].decision.masked = masking.detectors.map { "detector:\($0)" }
      if outcomes[index].decision.action == .allow { outcomes[index].decision.action = .mask }
      outcomes[index].flags.remove(.evaluationUnknown)
    }
  }

  private mutating func applyGuardrails(_ session: HoopSession, _ statements: HoopStatements) {
    for hit in session.guardrails {
      let refused = session.isExec ? Array(outcomes.indices) : [Self.refused(by: hit, in: statements)]
      for index in refused {
        if hit.isInput, outcomes[index].decision.action != .block {
          // The first hit refuses: its rule and its message, whatever was reviewed before.
          outcomes[index].decision.action = .block
          outcomes[index].decision.rule = hit.rule
          outcomes[index].decision.message = Self.joined([
            hit.message, session.review?.rejectionReason.map { "review rejected: \($0)" }, session.analysis,
          ])
          outcomes[index].flags.subtract([.evaluationUnknown, .resultsAbsent])
        } else if !hit.isInput, outcomes[index].decision.message == nil {
          // A hit on the output ends the session after the statement ran; the first hit names the rule.
          outcomes[index].decision.message = hit.message
          if outcomes[index].decision.rule == nil { outcomes[index].decision.rule = hit.rule }
        }
        if !session.isExec { outcomes[index].flags.insert(.decisionBySession) }
      }
    }
  }

  /// A hit names no statement. A refusal ends the session, so it is the last one, unless the words it matched are in
  /// exactly one other.
  private static func refused(by hit: HoopSession.Hit, in statements: HoopStatements) -> Int {
    let last = statements.items.count - 1
    func holds(_ index: Int) -> Bool {
      let text = statements.texts[statements.items[index].text].utf8
      return hit.words.contains { contains(text, Array($0.utf8)) }
    }
    if hit.words.isEmpty || holds(last) { return last }
    let holding = statements.items.indices.filter { holds($0) }
    return holding.count == 1 ? holding[0] : last
  }

  private static func contains(_ text: [UInt8], _ word: [UInt8]) -> Bool {
    guard let first = word.first, word.count <= text.count else { return false }
    var start = text.startIndex
    while let hit = text[start...].firstIndex(of: first), hit + word.count <= text.count {
      if text[hit..<(hit + word.count)].elementsEqual(word) { return true }
      start = hit + 1
    }
    return false
  }

  private static func joined(_ parts: [String?]) -> String? {
    let said = parts.compactMap(\.self)
    return said.isEmpty ? nil : said.joined(separator: "; ")
  }

  /// The AI analyzer decides scripts before they run.
  private mutating func applyAnalysis(_ session: HoopSession) {
    guard session.isExec, let action = session.aiAction else { return }
    for index in outcomes.indices {
      switch action {
      case "block_execution" where outcomes[index].decision.action != .block:
        outcomes[index].decision.action = .block
        outcomes[index].decision.rule = "ai_analyzer"
        outcomes[index].decision.message = session.analysis
        outcomes[index].flags.subtract([.evaluationUnknown, .resultsAbsent])
      case "require_access_request" where outcomes[index].decision.action.strictness < Action.review.strictness:
        outcomes[index].decision.action = .review
        outcomes[index].decision.rule = "ai_analyzer"
        outcomes[index].decision.message = session.analysis
        outcomes[index].flags.remove(.evaluationUnknown)
      case "allow_execution":
        outcomes[index].flags.remove(.evaluationUnknown)
      default: break
      }
    }
  }

  /// Output tells of a result only where the script is one statement.
  private mutating func applyOutput(_ session: HoopSession) {
    let didRun = session.review.map { !$0.isOneTime || $0.released } ?? true
    for index in outcomes.indices where outcomes[index].decision.action == .block || !didRun {
      outcomes[index].flags.remove(.resultsAbsent)
    }
    guard session.isExec, outcomes.count == 1, didRun, outcomes[0].decision.action != .block,
      let output = session.events.outputText
    else { return }
    guard let result = PsqlOutput.result(in: output, exitCode: session.exitCode) else { return }
    outcomes[0].result = result
    outcomes[0].flags.remove(.resultsAbsent)
  }
}
