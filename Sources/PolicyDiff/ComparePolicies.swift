public import AuditTrail
public import Ledger
import Policies
import SQLAnalysis

/// A statement whose decision changes.
struct ChangedStatement {
  var occurrence: Traffic.Occurrence
  var transition: Transition
  var old: PolicyDecision
  var new: PolicyDecision
}

/// What `new` would have decided differently from `old` about the ledger's traffic, crossed with what the shadow measured.
///
/// Each distinct (text, context, recorded decision) is decided once, and statements that were measured alike are judged
/// once; they are looked at one by one only where their own time decides. Both sides are graded by the old side's harm; a
/// side that says nothing of harm takes the other's.
public func comparePolicies(
  _ ledger: borrowing Ledger, old: PolicySource, new: PolicySource, filter: SessionFilter = SessionFilter()
) throws(AssayError) -> PolicyDifference {
  try comparePolicies(ledger, old: old, new: new, traffic: try Traffic(ledger, filter))
}

func comparePolicies(
  _ ledger: borrowing Ledger, old: PolicySource, new: PolicySource, traffic: Traffic
) throws(AssayError) -> PolicyDifference {
  var comparison = Comparison(old: old, new: new, traffic: traffic)
  return try ledger.atOneMoment { () throws(AssayError) in
    try comparison.decide(ledger)
    return try comparison.difference(ledger)
  }
}

struct Comparison {
  let old: PolicySource
  let new: PolicySource
  let traffic: Traffic
  /// The texts that change somewhere, or whose change depends on time or script.
  var texts: [Int64: PreparedText] = [:]
  var unchanged: Int64 = 0
  var changed: [ChangedStatement] = []
  /// Scripts that are decided as one: as the traffic counts them, or statement by statement where time decides.
  var scripts: [[Traffic.Occurrence]] = []

  init(old: PolicySource, new: PolicySource, traffic: Traffic) {
    self.old = old
    self.new = new
    self.traffic = traffic
  }

  private enum RowOutcome {
    case same
    case changed(Transition, PolicyDecision, PolicyDecision)
    /// Each statement's time decides.
    case timed

    var isTimed: Bool { if case .timed = self { true } else { false } }
  }

  /// Decides every row and script, then the statements that need it.
  mutating func decide(_ ledger: borrowing Ledger) throws(AssayError) {
    if case .recorded = old, case .recorded = new {
      unchanged = traffic.statements
      return
    }
    let outcomes = try decideRows(ledger)
    for occurrence in traffic.entries {
      guard case .changed(let transition, let old, let new)? = outcomes[occurrence.key] else { continue }
      add(occurrence, transition, from: old, to: new)
    }
    // Where the traffic is read by statement, all that change are; else those whose time decides.
    let single = traffic.entries.isEmpty ? outcomes : outcomes.filter(\.value.isTimed)
    for occurrence in try traffic.occurrences(ledger, ofTexts: Set(single.keys.map(\.text))) {
      switch single[occurrence.key] {
      case nil, .same?: continue
      case .changed(let transition, let old, let new)?: add(occurrence, transition, from: old, to: new)
      case .timed?: addTimed(occurrence)
      }
    }
    try decideScripts(ledger)
  }

  private mutating func addTimed(_ occurrence: Traffic.Occurrence) {
    guard let text = texts[occurrence.key.text], let before = old.decision(on: occurrence.row, text, traffic),
      let after = new.decision(on: occurrence.row, text, traffic)
    else { return }
    add(occurrence, from: before, to: after)
  }

  private mutating func add(_ occurrence: Traffic.Occurrence, from old: SideDecision, to new: SideDecision) {
    guard occurrence.isSelected else { return }
    guard let transition = Transition(from: old, to: new) else {
      unchanged += occurrence.row.statements
      return
    }
    add(occurrence, transition, from: old.decision, to: new.decision)
  }

  /// What the sides make of a part of a text says nothing of the whole.
  private mutating func add(
    _ occurrence: Traffic.Occurrence, _ transition: Transition, from old: PolicyDecision, to new: PolicyDecision
  ) {
    let isUndecided = occurrence.isCut && transition.change != .unreplayable
    changed.append(
      ChangedStatement(
        occurrence: occurrence, transition: isUndecided ? Transition(unreplayable: .truncated) : transition, old: old,
        new: new))
  }

  /// The rows that change or depend on time; keeps the texts of these and of scripts.
  private mutating func decideRows(_ ledger: borrowing Ledger) throws(AssayError) -> [Traffic.Key: RowOutcome] {
    let scriptTexts = Set(traffic.scripts.flatMap { $0.map(\.key.text) })
    let harms = harmInForce
    var outcomes: [Traffic.Key: RowOutcome] = [:]
    var (kept, unchanged, next) = ([Int64: PreparedText](), Int64(0), 0)
    try ledger.query("SELECT id, sql, facts FROM texts ORDER BY id") { (values) throws(AssayError) in
      let id = values[0].integer ?? 0
      let hasRows = next < traffic.rows.count && traffic.rows[next].key.text == id
      guard hasRows || scriptTexts.contains(id) else { return }
      let text = try PreparedText(values)
      if scriptTexts.contains(id) { kept[id] = text }
      while next < traffic.rows.count, traffic.rows[next].key.text == id {
        let row = traffic.rows[next]
        next += 1
        let outcome = outcome(row, text, harms)
        if case .same = outcome {
          unchanged += row.statements
        } else {
          outcomes[row.key] = outcome
          kept[id] = text
        }
      }
    }
    guard next == traffic.rows.count, scriptTexts.allSatisfy({ kept[$0] != nil }) else {
      throw AssayError(.ledger, "The ledger names a text that it does not hold; check it with `assay ledger fsck`.")
    }
    texts = kept
    self.unchanged += unchanged
    return outcomes
  }

  private func outcome(_ row: Traffic.Row, _ text: PreparedText, _ harms: HarmInForce) -> RowOutcome {
    guard let before = old.decision(on: row, text, traffic), let after = new.decision(on: row, text, traffic) else {
      return .timed
    }
    guard let transition = Transition(from: before, to: after) else { return .same }
    guard traffic.isTimeless || !harms.changes(during: row, traffic) else { return .timed }
    return .changed(transition, before.decision, after.decision)
  }

  // MARK: Scripts

  /// Scripts that the proxy decided as one: hoop's rules see the whole text, and the strictest block or review takes all.
  private mutating func decideScripts(_ ledger: borrowing Ledger) throws(AssayError) {
    scripts = traffic.scripts
    if !traffic.isTimeless, scripts.contains(where: { decisions(of: $0) == nil }) {
      scripts = try traffic.readScripts(ledger)
    }
    for statements in scripts {
      guard let (before, after) = decisions(of: statements) else { continue }
      for (index, occurrence) in statements.enumerated() { add(occurrence, from: before[index], to: after[index]) }
    }
  }

  /// What both sides decide about a script; `nil` where that depends on the time of each that was sent.
  private func decisions(of statements: [Traffic.Occurrence]) -> ([SideDecision], [SideDecision])? {
    let script = statements.map { texts[$0.key.text]?.sql ?? "" }.joined(separator: ";\n")
    let harms = harmInForce
    guard traffic.isTimeless || !statements.contains(where: { harms.changes(during: $0.row, traffic) }),
      let before = decisions(of: statements, script, by: old), let after = decisions(of: statements, script, by: new)
    else { return nil }
    return (before, after)
  }

  private func decisions(
    of statements: [Traffic.Occurrence], _ script: String, by source: PolicySource
  ) -> [SideDecision]? {
    var each: [SideDecision] = []
    for occurrence in statements {
      guard let text = texts[occurrence.key.text],
        let decision = source.decision(on: occurrence.row, text, script: script, traffic)
      else { return nil }
      each.append(decision)
    }
    if case .recorded = source { return each }
    return decidedAsOne(each)
  }
}

extension PreparedText {
  /// From a row of id, text and facts.
  init(_ row: [LedgerValue]) throws(AssayError) {
    guard case .bytes(let encoded) = row[2] else {
      throw AssayError(.ledger, "The ledger holds a text without facts; make it again with `assay ingest`.")
    }
    self.init(sql: row[1].text ?? "", facts: PreparedFacts(try Facts(encoded: encoded)))
  }
}
