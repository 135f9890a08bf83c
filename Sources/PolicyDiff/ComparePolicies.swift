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
/// Each distinct (text, context, recorded decision) is decided once; only statements of texts that change are looked at
/// one by one. Both sides are graded by the old side's harm; a side that says nothing of harm takes the other's.
public func comparePolicies(
  _ ledger: borrowing Ledger, old: PolicySource, new: PolicySource, filter: SessionFilter = SessionFilter()
) throws(AssayError) -> PolicyDifference {
  var comparison = Comparison(old: old, new: new, traffic: try Traffic(ledger, filter))
  try comparison.decide(ledger)
  return try comparison.difference(ledger)
}

struct Comparison {
  let old: PolicySource
  let new: PolicySource
  let traffic: Traffic
  /// The texts that change somewhere, or whose change depends on time or script.
  var texts: [Int64: PreparedText] = [:]
  var unchanged: Int64 = 0
  var changed: [ChangedStatement] = []

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
  }

  /// Decides every row, then the statements that need it.
  mutating func decide(_ ledger: borrowing Ledger) throws(AssayError) {
    if case .recorded = old, case .recorded = new {
      unchanged = traffic.rows.reduce(0) { $0 + $1.statements }
      return
    }
    let scripts = try traffic.occurrences(ledger, ofTexts: nil, inScripts: true)
    let outcomes = try decideRows(ledger, scripts)
    let loose = try traffic.occurrences(ledger, ofTexts: Set(outcomes.keys.map(\.text)), inScripts: false)
    for occurrence in loose {
      switch outcomes[occurrence.key] {
      case nil, .same?: continue
      case .changed(let transition, let old, let new)?:
        add(occurrence, transition, from: old, to: new)
      case .timed?:
        guard let text = texts[occurrence.key.text] else { continue }
        add(
          occurrence, from: old.decision(on: occurrence, text, traffic),
          to: new.decision(on: occurrence, text, traffic))
      }
    }
    decideScripts(scripts)
    changed.sort {
      ($0.occurrence.session, $0.occurrence.sequence) < ($1.occurrence.session, $1.occurrence.sequence)
    }
  }

  private mutating func add(_ occurrence: Traffic.Occurrence, from old: SideDecision, to new: SideDecision) {
    guard let transition = Transition(from: old, to: new) else {
      unchanged += 1
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

  /// The rows that change or depend on time; statements of scripts are left to ``decideScripts(_:)``.
  private mutating func decideRows(
    _ ledger: borrowing Ledger, _ scripts: [Traffic.Occurrence]
  ) throws(AssayError) -> [Traffic.Key: RowOutcome] {
    var inScripts: [Traffic.Key: Int64] = [:]
    for occurrence in scripts { inScripts[occurrence.key, default: 0] += 1 }
    let scriptTexts = Set(scripts.map(\.key.text))
    var outcomes: [Traffic.Key: RowOutcome] = [:]
    var (kept, unchanged, next) = ([Int64: PreparedText](), Int64(0), 0)
    try ledger.query("SELECT id, sql, facts FROM texts ORDER BY id") { (values) throws(AssayError) in
      let id = values[0].integer ?? 0
      guard next < traffic.rows.count, traffic.rows[next].key.text == id else { return }
      let text = try PreparedText(values)
      if scriptTexts.contains(id) { kept[id] = text }
      while next < traffic.rows.count, traffic.rows[next].key.text == id {
        let row = traffic.rows[next]
        next += 1
        let statements = row.statements - inScripts[row.key, default: 0]
        guard statements > 0 else { continue }
        let outcome = outcome(row, text)
        if case .same = outcome {
          unchanged += statements
        } else {
          outcomes[row.key] = outcome
          kept[id] = text
        }
      }
    }
    guard next == traffic.rows.count else {
      throw AssayError(.ledger, "The ledger names a text that it does not hold; check it with `assay ledger fsck`.")
    }
    texts = kept
    self.unchanged += unchanged
    return outcomes
  }

  private func outcome(_ row: Traffic.Row, _ text: PreparedText) -> RowOutcome {
    guard let before = old.decision(on: row, text, traffic), let after = new.decision(on: row, text, traffic) else {
      return .timed
    }
    guard let transition = Transition(from: before, to: after) else { return .same }
    return .changed(transition, before.decision, after.decision)
  }

  /// Scripts that the proxy decided as one: hoop's rules see the whole text, and the strictest block or review takes all.
  private mutating func decideScripts(_ scripts: [Traffic.Occurrence]) {
    var units: [Int64: [Traffic.Occurrence]] = [:]
    for occurrence in scripts { units[occurrence.unit ?? 0, default: []].append(occurrence) }
    for (_, statements) in units.sorted(by: { $0.key < $1.key }) {
      let script = statements.map { texts[$0.key.text]?.sql ?? "" }.joined(separator: ";\n")
      let before = decisions(of: statements, script, by: old)
      let after = decisions(of: statements, script, by: new)
      for (index, occurrence) in statements.enumerated() { add(occurrence, from: before[index], to: after[index]) }
    }
  }

  private func decisions(
    of statements: [Traffic.Occurrence], _ script: String, by source: PolicySource
  ) -> [SideDecision] {
    let each = statements.map { occurrence in
      texts[occurrence.key.text].map { source.decision(on: occurrence, $0, script: script, traffic) }
        ?? .absent(.noDecision)
    }
    if case .recorded = source { return each }
    return decidedAsOne(each)
  }
}

extension PreparedText {
  /// From a row of id, text and facts.
  init(_ row: [LedgerValue]) throws(AssayError) {
    guard case .bytes(let encoded) = row[2] else {
      throw AssayError(.ledger, "The ledger holds a text without facts; make it anew with `assay ingest`.")
    }
    let facts = try Facts(encoded: encoded)
    self.init(
      sql: row[1].text ?? "", facts: PreparedFacts(facts),
      outputs: facts.commands.flatMap { $0.outputs.map(\.description) })
  }
}
