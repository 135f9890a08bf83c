package import AuditTrail
import Digests
package import Evidence
package import Ledger
import Policies
import Sensitivity

/// Makes events of what the ledger holds and of what evidence concludes. Literals, parameters and messages of errors stay
/// behind; statements are shown as shapes unless literals are asked for.
package struct EventMaker {
  private var preparation: TextPreparation

  /// A maker; `showsLiterals` leaves statements as they were sent.
  package init(showsLiterals: Bool) { preparation = TextPreparation(showsLiterals: showsLiterals) }

  /// The event of a statement; `reader` gives its text.
  package mutating func event(
    _ statement: ExportedStatement, _ reader: inout ExportReader
  ) throws(AssayError) -> ExportEvent {
    let text = try preparation.text(statement.text) { () throws(AssayError) in try reader.text(statement.text) }
    let session = statement.session
    let recorded = session.client.address
    let ip = recorded.flatMap(networkAddress(recorded:))
    var grade = statement.graded
    grade?.effect = statement.graded.map { preparation.effect($0.effect) } ?? Effect(.ran)
    var decision = statement.decision
    decision.masked = preparation.names(decision.masked)
    let event = StatementEvent(
      proxy: session.proxy, session: session.key, sequence: statement.sequence, text: text,
      identity: session.identity, actsFor: session.actsFor, agent: session.agent?.name.map { preparation.name($0) },
      ip: ip, host: ip == nil ? recorded.map { preparation.name($0) } : nil,
      application: session.client.application.map { preparation.name($0) }, connection: session.connection,
      decision: decision, outcome: statement.outcome, result: statement.result,
      flags: statement.completeness.flagNames, grade: grade, archive: statement.source.archive,
      entry: statement.source.entry)
    return ExportEvent(
      uid: Self.uid(["statement", session.proxy, session.key, String(statement.sequence)]), kind: .statement,
      time: statement.time, gravity: Gravity(grade?.verdict), message: Self.message(event), subject: .statement(event))
  }

  private static func message(_ event: StatementEvent) -> String {
    let done = event.text.summary.isEmpty ? "statement" : event.text.summary
    let who = event.identity?.user ?? event.connection.databaseUser ?? "unknown"
    let end = event.grade?.verdict.name.phrase ?? "\(event.decision.action.rawValue); \(event.outcome.rawValue)"
    return "\(done) by \(who) on \(event.connection.name): \(end)"
  }

  /// The event of a finding.
  package func event(_ finding: ExportedFinding) -> ExportEvent {
    let session = finding.session
    var conclusion = ConclusionEvent(
      name: finding.kind, title: finding.kind.replacing("_", with: " "), detail: finding.detail, status: "open",
      isFailure: true)
    conclusion.user = session.identity?.user
    conclusion.connection = session.connection.name
    (conclusion.session, conclusion.sequence) = (session.key, finding.sequence)
    (conclusion.first, conclusion.last) = (finding.time, finding.time)
    let text = "\(conclusion.title) in \(session.key)/\(finding.sequence): \(finding.detail)"
    return ExportEvent(
      uid: Self.uid(["finding", finding.kind, session.proxy, session.key, String(finding.sequence)]), kind: .finding,
      time: finding.time, gravity: .medium, message: text, subject: .conclusion(conclusion))
  }

  /// The event of an exception. One about no moment has the period's end.
  package func event(_ exception: ExceptionNoted, of model: EvidenceModel) -> ExportEvent {
    var conclusion = ConclusionEvent(
      name: exception.id, title: "\(exception.test.rawValue): \(exception.criteria)", detail: exception.condition,
      status: exception.status.rawValue, isFailure: true)
    conclusion.isAccepted = exception.status == .accepted
    conclusion.frameworks = Set(exception.controls.map(\.framework)).sorted()
    conclusion.controls = exception.controls.map { "\($0.framework) \($0.control)" }
    (conclusion.user, conclusion.connection) = (exception.item.user, exception.item.connection)
    (conclusion.session, conclusion.sequence) = (exception.item.session, exception.item.sequence)
    (conclusion.first, conclusion.last) = (exception.firstSeen, exception.lastSeen)
    conclusion.members = [
      Member("test", exception.test.rawValue), Member("item", exception.item.key), Member("event", exception.event),
      Member("rating", exception.rating.rawValue), Member("criteria", exception.criteria),
      Member("condition", exception.condition), Member("cause", exception.cause), Member("effect", exception.effect),
      Member("severity", exception.severity?.name), Member("period", model.period.label),
      Member("accepted_by", exception.acceptance?.by),
    ].compactMap(\.self)
    let gravity: Gravity =
      switch exception.rating {
      case _ where conclusion.isAccepted: .informational
      case .high: .high
      case .moderate: .medium
      case .low: .low
      }
    return ExportEvent(
      uid: Self.uid(["exception", model.organization, model.system, exception.id]), kind: .exception,
      time: exception.lastSeen ?? exception.firstSeen ?? model.period.end, gravity: gravity,
      message: "\(exception.test.rawValue): \(exception.condition)", subject: .conclusion(conclusion))
  }

  /// The event of a test's result, at the period's end.
  package func event(_ test: TestResult, of model: EvidenceModel) -> ExportEvent {
    var conclusion = ConclusionEvent(
      name: test.id.rawValue, title: "\(test.id.rawValue): \(test.title)", detail: test.conclusion.sentence,
      status: test.status.rawValue, isFailure: Self.isFailure(test.status))
    conclusion.isAccepted = test.status == .passWithAccepted
    let controls = model.frameworks.flatMap { framework in
      framework.controls.filter { $0.tests.contains(test.id) }.map { (framework.id, $0.control) }
    }
    conclusion.frameworks = Set(controls.map(\.0)).sorted()
    conclusion.controls = controls.map { "\($0.0) \($0.1)" }
    (conclusion.first, conclusion.last) = (model.period.start, model.period.end)
    conclusion.members = [
      Member("population", test.population.count), Member("tested", test.tested), Member("passed", test.passed),
      Member("failed", test.failed), Member("inconclusive", test.inconclusive),
      Member("exceptions", Int64(test.exceptions.count)), Member("period", model.period.label),
      Member("organization", model.organization), Member("system", model.system),
    ].compactMap(\.self)
    let gravity: Gravity =
      switch test.status {
      case .fail: .medium
      case .inconclusive: .low
      case .notRun, .passWithAccepted, .pass, .notApplicable: .informational
      }
    return ExportEvent(
      uid: Self.uid(["test", model.organization, model.system, model.period.label, test.id.rawValue]), kind: .test,
      time: model.period.end, gravity: gravity, message: "\(test.id.rawValue): \(test.conclusion.sentence)",
      subject: .conclusion(conclusion))
  }

  private static func isFailure(_ status: TestStatus) -> Bool? {
    switch status {
    case .fail: true
    case .pass, .passWithAccepted: false
    case .inconclusive, .notRun, .notApplicable: nil
    }
  }

  /// The namespace of ids: `assay.event/1` and three zero bytes.
  private static let namespace = Array("assay.event/1".utf8) + [0, 0, 0]

  private static func uid(_ names: [String]) -> String {
    NameUUID(names.map { "\($0.utf8.count):\($0)" }.joined(separator: ","), in: namespace).description
  }
}
