public import AuditTrail
public import Ledger
import SQLAnalysis
import Sensitivity

/// Reads from a ledger which sensitive columns sessions showed to whom. What is held in memory are shapes and ids, and no
/// text twice.
public func readDisclosure(
  _ ledger: borrowing Ledger, sessions: [SessionEntry], subject: [String], period: Period?, lookedFor: [String]
) throws(AssayError) -> DisclosureReport {
  var reading = DisclosureReading(DisclosureReport(subject: subject, period: period, lookedFor: lookedFor.sorted()))
  try ledger.query("SELECT statement FROM not_sampled") { row in reading.notSampled.insert(row[0].integer ?? 0) }
  for session in sessions.sorted(by: { $0.id < $1.id }) { try reading.add(session, ledger) }
  return try reading.finish(ledger)
}

private struct DisclosureReading {
  private struct ColumnKey: Hashable {
    let column: String
    let connection: String
    let whom: String
    let actsFor: String?
  }

  private struct ShapeKey: Hashable {
    let fingerprint: String
    let connection: String
    let whom: String
    let actsFor: String?
    let columns: [String]
    let leak: Leak
    let action: Action
    let basis: Basis
  }

  var notSampled: Set<Int64> = []
  private var report: DisclosureReport
  private let lookedFor: Set<String>
  private var columns: [ColumnKey: DisclosureReport.ShownColumn] = [:]
  private var shapes: [ShapeKey: DisclosureReport.ShownShape] = [:]
  private var inferred: [ShapeKey: DisclosureReport.ShownShape] = [:]
  private var stopped: [ShapeKey: DisclosureReport.ShownShape] = [:]
  private var unknown: [String: DisclosureReport.UnknownStatements] = [:]
  private var facts: [Int64: Facts] = [:]
  private var replays: Set<Int64> = []

  init(_ report: DisclosureReport) {
    self.report = report
    lookedFor = Set(report.lookedFor.map { $0.lowercased() })
  }

  mutating func add(_ session: SessionEntry, _ ledger: borrowing Ledger) throws(AssayError) {
    let statements = try ledger.statements(of: session.id, in: report.period)
    guard !statements.isEmpty else { return }
    let all = try ledger.rows("SELECT count(*) FROM statements WHERE session = ?1", [.integer(session.id)])
    report.outside += (all.first?.first?.integer ?? 0) - Int64(statements.count)
    report.sessions += 1
    report.statements += Int64(statements.count)
    report.recordedOutput += try ledger.recordedOutput(of: session.id)
    let graded = try ledger.graded(session: session.id)
    for statement in statements {
      let id = "\(session.key)/\(statement.sequence)"
      guard let graded = graded[statement.id] else {
        let reason = notSampled.contains(statement.id) ? "not_sampled" : "not_replayed"
        try note(reason, id, statement, nil, ledger)
        continue
      }
      if let replay = graded.replay { replays.insert(replay) }
      if let reason = reason(graded, statement) {
        try note(reason, id, statement, graded.effect, ledger)
        continue
      }
      report.measured += 1
      for column in Set(graded.effect.maskedColumns) { report.masked[redactingNames(in: column), default: 0] += 1 }
      guard graded.effect.leak > .none else { continue }
      let facts = try facts(of: statement, ledger)
      if graded.effect.leak == .predicate {
        add(id, statement, session, graded, facts, to: &inferred)
      } else if graded.effect.reachedClient(statement.decision, statement.outcome) {
        add(id, statement, session, graded, facts, to: &shapes)
        addColumns(statement, session, graded)
        if statement.outcome == .unknown { report.assumedRun += 1 }
      } else {
        add(id, statement, session, graded, facts, to: &stopped)
      }
    }
  }

  /// Why nothing is known of a graded statement; `nil` where its effect counts.
  private func reason(_ graded: GradedStatement, _ statement: StatementEntry) -> String? {
    let standing = IncidentStep.Standing(
      graded, outcome: statement.outcome, decision: statement.decision, failed: statement.result?.error != nil)
    if standing == .unmeasured {
      return graded.verdict.name == .diverged ? "diverged" : graded.verdict.reason ?? "not_measured"
    }
    // Data flow decides on tables without rows, where it can: what it leaves open is not known.
    if graded.effect.leak == .none, !graded.sensitiveOutputs.isEmpty { return InconclusiveReason.noRows.rawValue }
    return nil
  }

  private mutating func note(
    _ reason: String, _ id: String, _ statement: StatementEntry, _ effect: Effect?, _ ledger: borrowing Ledger
  ) throws(AssayError) {
    var group = unknown[reason] ?? DisclosureReport.UnknownStatements(reason: reason)
    group.steps.append(id)
    group.columns.formUnion((effect?.leakedColumns ?? []).map { redactingNames(in: $0) })
    for read in try facts(of: statement, ledger).commands.flatMap(\.reads) {
      for column in lookedFor where names(read, column) { group.columns.insert(redactingNames(in: column)) }
    }
    unknown[reason] = group
  }

  /// Whether what a text reads is, or may be, the column.
  private func names(_ read: ColumnReference, _ column: String) -> Bool {
    let parts = column.split(separator: ".")
    guard let own = parts.last, let table = parts.dropLast().last, read.table.name.lowercased() == table else {
      return false
    }
    return read.column == "*" || read.column.lowercased() == own
  }

  private mutating func addColumns(_ statement: StatementEntry, _ session: SessionEntry, _ graded: GradedStatement) {
    let effect = graded.effect
    for name in effect.leakedColumns {
      let key = ColumnKey(
        column: redactingNames(in: name), connection: session.connection.name, whom: session.whoBriefly,
        actsFor: session.actsFor)
      var column =
        columns[key]
        ?? DisclosureReport.ShownColumn(
          column: key.column, connection: key.connection, whom: key.whom, actsFor: key.actsFor, first: statement.time,
          last: statement.time, leak: effect.leak)
      column.statements += 1
      if effect.leak == .raw, effect.valuesShown > 0 {
        column.counted += 1
        column.valuesAtMost = column.valuesAtMost &+ effect.valuesShown
      }
      column.rows = column.rows &+ effect.rowsReturned
      let recorded = statement.result.flatMap { $0.rowsKind == .affected ? nil : $0.rows }
      column.recordedRows = column.recordedRows.flatMap { sum in recorded.map { sum &+ $0 } }
      (column.first, column.last) = (min(column.first, statement.time), max(column.last, statement.time))
      column.leak = max(column.leak, effect.leak)
      columns[key] = column
    }
  }

  private func add(
    _ id: String, _ statement: StatementEntry, _ session: SessionEntry, _ graded: GradedStatement, _ facts: Facts,
    to shapes: inout [ShapeKey: DisclosureReport.ShownShape]
  ) {
    let effect = graded.effect
    let key = ShapeKey(
      fingerprint: facts.fingerprint, connection: session.connection.name, whom: session.whoBriefly,
      actsFor: session.actsFor, columns: effect.leakedColumns.map { redactingNames(in: $0) }, leak: effect.leak,
      action: statement.decision.action, basis: effect.basis)
    var shape =
      shapes[key]
      ?? DisclosureReport.ShownShape(
        fingerprint: key.fingerprint, text: redactingLiterals(in: facts.normalized), connection: key.connection,
        whom: key.whom, actsFor: key.actsFor, columns: key.columns, leak: key.leak, action: key.action,
        severity: graded.verdict.severity, basis: key.basis, first: statement.time, last: statement.time)
    shape.steps.append(id)
    shape.severity = max(shape.severity, graded.verdict.severity)
    (shape.first, shape.last) = (min(shape.first, statement.time), max(shape.last, statement.time))
    shape.rows = shape.rows &+ effect.rowsReturned
    shape.values = shape.values &+ effect.valuesShown
    shapes[key] = shape
  }

  private mutating func facts(of statement: StatementEntry, _ ledger: borrowing Ledger) throws(AssayError) -> Facts {
    if let known = facts[statement.textID] { return known }
    let read = try Facts(encoded: try ledger.encodedFacts(ofText: statement.textID))
    facts[statement.textID] = read
    return read
  }

  /// The whole, sorted.
  func finish(_ ledger: borrowing Ledger) throws(AssayError) -> DisclosureReport {
    func sorted(_ shapes: [ShapeKey: DisclosureReport.ShownShape]) -> [DisclosureReport.ShownShape] {
      shapes.values.sorted { ($0.first, $0.steps.first ?? "") < ($1.first, $1.steps.first ?? "") }
    }
    var report = report
    report.columns = columns.values.sorted {
      ($0.column, $0.connection, $0.whom, $0.actsFor ?? "") < ($1.column, $1.connection, $1.whom, $1.actsFor ?? "")
    }
    (report.shapes, report.inferred, report.stopped) = (sorted(shapes), sorted(inferred), sorted(stopped))
    report.unknown = unknown.values.sorted { $0.reason < $1.reason }
    report.shadows = try ledger.replays().filter { replays.contains($0.id) }
    return report
  }
}
