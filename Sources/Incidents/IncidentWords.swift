public import AuditTrail
public import Ledger

extension SessionEntry {
  /// Who, as far as it is known: the identity; where none is, the database's login.
  public var who: String { identity?.title ?? unnamed }
  /// The same in few words.
  public var whoBriefly: String { identity?.user ?? login(connection.databaseUser) }

  private var unnamed: String {
    guard connection.databaseUser != nil else {
      return "nobody named" + (client.application.map { " (application \($0))" } ?? "")
    }
    return login(connection.databaseUser) + " (no person named"
      + (client.application.map { ", application \($0)" } ?? "") + ")"
  }
}

/// `database user app`: who it was, where no person is known.
func login(_ login: String?) -> String { login.map { "database user \($0)" } ?? "nobody named" }

extension BlastRadius.Disclosure {
  /// Who saw it.
  public var whom: String { user ?? Incidents.login(login) }
  /// `59 rows`, or `59 values in 1 row` where a row holds several.
  public var amount: String { shownAmount(values: values, rows: rows) }
}

/// `59 rows`, or `59 values in 1 row` where a row holds several.
func shownAmount(values: Int64, rows: Int64) -> String {
  (values > rows ? "\(counted(values, "value")) in " : "") + counted(rows, "row")
}

/// `, 8,400 by cascade`: who changed rows that the statement itself did not; `all` are the rows that changed.
func indirectPhrase(_ indirect: Int64, cascaded: Int64, coded: Int64, of all: Int64?) -> String {
  let parts = [
    (cascaded, "by cascade"), (coded, "by a trigger or function"),
    (indirect &- cascaded &- coded, "by cascade, trigger or function"),
  ].filter { $0.0 > 0 }
  guard parts.count > 1 || indirect != all else { return parts.map { ", \($0.1)" }.joined() }
  return parts.map { ", \(grouped($0.0)) \($0.1)" }.joined()
}

/// Words that every rendering of an incident uses.
extension Identity {
  /// `cleanup-bot@example.org (AI agent, owner ana@example.org)`.
  public var title: String {
    var words: [String] = []
    switch (kind, kindBasis) {
    case (.agent, _): words.append("AI agent")
    case (.service, _): words.append("service")
    case (.human, .assumed): words.append("kind not recorded")
    case (.human, _): words.append("person")
    }
    if let owner { words.append("owner \(owner)") }
    return "\(user) (\(words.joined(separator: ", ")))"
  }
}

extension Timestamp {
  /// `2026-07-21 14:03`, in UTC.
  public var minute: String { String(description.prefix(16)).replacing("T", with: " ") }
  /// `2026-07-21 14:03:11`, in UTC.
  public var second: String { String(description.prefix(19)).replacing("T", with: " ") }
  /// `14:03:11`, in UTC.
  public var clock: String { String(description.prefix(19).suffix(8)) }
}

/// `a shadow of 2026-07-01 (synthetic)`.
public func shadowWords(_ basis: Basis, _ asOf: Timestamp?) -> String {
  let words = basis.rawValue.replacing("_", with: " ")
  return "a shadow" + (asOf.map { " of \($0.date)" } ?? "") + " (\(words))"
}

/// `a`, `a and b`, `a, b and c`.
func enumerated(_ words: [String]) -> String {
  guard words.count > 1, let last = words.last else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " and " + last
}

extension IncidentStep.Standing {
  /// What people read for it.
  public var phrase: String {
    switch self {
    case .harm: "harm measured; it took place"
    case .stopped: "would have harmed; stopped"
    case .changed: "changed data within limits"
    case .undone: "changed nothing in the end"
    case .unmeasured: "not measured"
    case .harmless: "harmless"
    }
  }
}

extension IncidentStep {
  /// What the proxy did, and what happened then: `allowed`, `blocked by rule drop-table`, `needs approval; ran`.
  public var decisionPhrase: String {
    let rule = decision.rule.map { " by rule \($0)" } ?? ""
    switch decision.action {
    case .allow:
      return (outcome == .notRun ? "allowed, did not run" : "allowed") + rule
        + (completeness.contains(.evaluationUnknown) ? " (not shown that a rule was evaluated)" : "")
    case .mask:
      return "allowed, masked" + rule + (decision.masked.isEmpty ? "" : ": " + decision.masked.joined(separator: ", "))
    case .block: return "blocked" + rule
    case .observed: return "logged; nothing decided"
    case .review:
      let asked = "needs approval" + rule
      switch outcome {
      case .ran: return asked + (approved ? "; approved, ran" : "; ran")
      case .ranUnapproved: return asked + "; ran without one in force"
      case .notRun: return asked + "; did not run"
      case .unknown: return asked + "; whether it ran is not recorded"
      }
    }
  }

  /// The verdict in words, with its severity.
  public var verdictPhrase: String {
    guard let graded else { return "not replayed" }
    let reason = graded.verdict.reason.map { " (\($0))" } ?? ""
    return "\(graded.verdict.name.phrase)\(reason), \(graded.verdict.severity.name)"
  }

  /// What the shadow measured, a line each; nothing where there is nothing to tell.
  public var effectPhrases: [String] {
    guard let effect = graded?.effect else { return [] }
    var lines: [String] = []
    switch effect.execution {
    case .ran: break
    case .failed(let code, let missing):
      return ["failed on the shadow: \(code)" + (missing.map { ", \($0) is not there" } ?? "")]
    case .notRun(let reason): return ["not run on a shadow: \(reason.rawValue)"]
    }
    for (name, table) in effect.tables.sorted(by: { $0.key < $1.key }) {
      if let phrase = table.phrase { lines.append("\(name): \(phrase)\(table.isScratch ? " (its own table)" : "")") }
    }
    lines += effect.dropped.map { object in
      "\(object.type) \(object.name) dropped" + (object.rows.map { " with \(counted($0, "row"))" } ?? "")
    }
    lines += effect.altered.map { "\($0)" } + effect.escalated.map { "right gained: \($0)" }
    lines += effect.refused.map { "escape refused by the shadow: \($0)" } + [effect.estimate?.phrase].compactMap(\.self)
    if effect.leak >= .derived {
      let how = effect.leak == .raw ? "as they stand" : "derived"
      lines.append(
        "\(effect.leakedColumns.joined(separator: ", ")) \(how), in "
          + shownAmount(values: effect.valuesShown, rows: effect.rowsReturned))
    }
    if !lines.isEmpty, !tookPlace {
      lines.append(outcome == .notRun || decision.action == .block ? "tried on the shadow and undone" : "undone")
    }
    return lines
  }

  /// On what it was measured, and how sure the verdict is.
  public var measurementPhrase: String? {
    graded.map { graded in
      (graded.replay == nil ? "no shadow" : "shadow (\(graded.effect.basis.rawValue))")
        + ", confidence \(graded.verdict.confidence.rawValue)"
    }
  }

  /// What the archive records of its rows, beside what the shadow measured; nothing where neither counts.
  public var provenancePhrase: String? {
    guard let graded, graded.effect.tookEffect, !graded.effect.tables.isEmpty || recorded != nil else {
      return recorded.map { "recorded: \(counted($0.rows, "row"))\($0.kind.suffix)" }
    }
    return recorded.map { "recorded: \(counted($0.rows, "row"))\($0.kind.suffix)" }
      ?? "the archive records no row count"
  }
}

extension RowsKind {
  fileprivate var suffix: String {
    switch self {
    case .affected: " affected"
    case .returned: " returned"
    case .unknown: ""
    }
  }
}

extension TableEffect {
  /// `8,400 deleted of 8,400, by cascade`.
  var phrase: String? {
    let overwritten = max(0, updated - unchanged)
    let parts = [
      (inserted, "inserted"), (overwritten, "overwritten"), (min(updated, unchanged), "rewritten unchanged"),
      (max(0, deleted - restored), "deleted"),
    ].filter { $0.0 > 0 }
    guard !parts.isEmpty else { return nil }
    let all = inserted &+ updated &+ deleted
    return parts.map { "\(grouped($0.0)) \($0.1)" }.joined(separator: ", ")
      + (before.map { " of \(grouped($0))" } ?? "")
      + indirectPhrase(indirect, cascaded: cascaded, coded: coded, of: all)
  }
}

extension BlastRadius.TableLoss {
  /// `8,400 deleted of 8,400; 100 inserted`.
  public var phrase: String {
    let parts = [(deleted, "deleted"), (overwritten, "overwritten"), (inserted, "inserted")].filter { $0.0 > 0 }
    // What was tried and undone may have met the same rows each time.
    let tries = steps.count > 1 && destroyed > before ?? .max ? " in \(counted(steps.count, "try", "tries"))" : ""
    let text = parts.map { "\(grouped($0.0)) \($0.1)" }.joined(separator: ", ") + tries
    return (text.isEmpty ? "rewritten unchanged" : text) + (before.map { " of \(grouped($0))" } ?? "")
      + indirectPhrase(indirect, cascaded: cascaded, coded: coded, of: nil)
  }
}

extension StepRun {
  /// `57 harmless statements: 40 select, 17 set; 1,210 rows returned`.
  public var phrase: String {
    let told = kinds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\(grouped($0.value)) \($0.key)" }
      .joined(separator: ", ")
    let of = tables.isEmpty ? "" : " on \(enumerated(tables.sorted()))"
    switch kind {
    case .harmless:
      return "\(counted(count, "harmless statement")) (\(told))\(of); \(counted(rowsReturned, "row")) returned"
    case .unmeasured:
      return "\(counted(count, "read")) by their texts (\(told))\(of), effects not measured"
    case .repeated:
      return "\(grouped(count)) times the same shape within limits (\(told))\(of); "
        + "\(counted(rowsDestroyed, "row")) destroyed in all"
    }
  }
}

extension PolicyJudgement.Step {
  /// `blocked`, `held for approval`, `masked`, `allowed`: what the policy does with it.
  public var verb: String {
    switch action {
    case .block: "blocked"
    case .review: "held for approval"
    case .mask: "masked"
    case .allow, .observed: "allowed"
    }
  }

  /// What it would have done to the statement: `blocked it`, `held it for approval`.
  var deed: String {
    switch action {
    case .block: "blocked it"
    case .review: "held it for approval"
    case .mask: "masked it"
    case .allow, .observed: "allowed it"
    }
  }

  /// Whether it is in the harm's way, in words.
  public var reachPhrase: String {
    switch reach {
    case .stops: "yes"
    case .maybe: "perhaps: it depends on what is not recorded"
    case .passes:
      switch action {
      case .mask: "no: something sensitive reaches the client behind the mask"
      case .review: "no: held for approval, and an approval is on record"
      case .allow, .block, .observed: "no"
      }
    }
  }
}

extension PolicyJudgement {
  /// Statements of which the policy says the same, in the order of the first of each group.
  public struct Group: Sendable {
    /// What it says of each.
    public let step: Step
    /// The statements, as `SESSION/SEQ`.
    public internal(set) var steps: [String]
  }

  /// Its statements by what it says of them.
  public var groups: [Group] {
    var groups: [Group] = []
    for step in steps {
      let known = groups.firstIndex {
        $0.step.rule == step.rule && $0.step.action == step.action && $0.step.reach == step.reach
          && $0.step.place == step.place
      }
      if let known {
        groups[known].steps.append(step.step)
      } else {
        groups.append(Group(step: step, steps: [step.step]))
      }
    }
    return groups
  }
}

extension PolicyJudgement.Role {
  /// What people read for it.
  public var phrase: String {
    switch self {
    case .inForce: "in force then"
    case .latest: "in force now"
    case .candidate: "to be tried"
    }
  }
}

extension Incident {
  /// `Incident: session s1; literals redacted`.
  public var title: String {
    let subject =
      window.map {
        "\($0.actors.names.joined(separator: ", ")), \($0.period.start.minute) to \($0.period.end.minute) UTC"
      }
      ?? (sessions.count == 1 ? "session " : "sessions ") + sessions.map(\.entry.key).joined(separator: ", ")
    return "Incident: \(subject); literals \(showsLiterals ? "shown" : "redacted")"
  }

  /// A statement as people read it here: `#2` where there is one session only.
  public func name(_ step: String) -> String {
    guard sessions.count == 1, let key = sessions.first?.entry.key, step.hasPrefix(key + "/") else { return step }
    return "#" + step.dropFirst(key.count + 1)
  }

  /// Statements as people read them: up to three by name, more by the first, the last and their number.
  public func names(_ steps: [String]) -> String {
    guard steps.count > 3, let first = steps.first, let last = steps.last else {
      return steps.map(name).joined(separator: ", ")
    }
    return "\(name(first)) … \(name(last)) (\(counted(steps.count, "statement")))"
  }

  /// Whether everything happened on one day, so that the clock says when.
  public var day: CivilDate? {
    let days = Set(sessions.flatMap { [$0.first.date, $0.last.date] })
    return days.count == 1 ? days.first : nil
  }

  /// When something happened: the clock, where everything happened on one day.
  public func when(_ time: Timestamp) -> String { day == nil ? time.second : time.clock }

  /// `Timeline of 2026-07-21 (UTC)`.
  public var timelineTitle: String { "Timeline" + (day.map { " of \($0)" } ?? "") + " (UTC)" }

  /// What people read for a finding's kind.
  public static func phrase(ofFinding kind: String) -> String {
    switch kind {
    case "approved_harm": "harm that a person approved"
    case "accumulated_harm": "small steps that add up to harm"
    case "bypass_after_block": "blocked, then done another way"
    default: kind.replacing("_", with: " ")
    }
  }
}
