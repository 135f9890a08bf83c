import ArgumentParser
import AuditTrail
import Incidents
import Ledger
import Reporting

/// `assay report --disclosure`: whose data somebody saw, for who must notify them.
extension ReportCommand {
  /// Where the page is written: `--output` where it names a Markdown file, else beside the package of the period.
  func disclosurePath(_ subject: String, _ configuration: Configuration?) throws -> String {
    if let output, output.hasSuffix(".md") { return output }
    let label = try looked(configuration)?.label
    return "\(packageFolder(output, configuration))/\(label.map { "\($0)." } ?? "")\(disclosureName(subject)).md"
  }

  /// The time that is looked at: as typed, else the configuration's.
  private func looked(_ configuration: Configuration?) throws -> Period? {
    try period.map(readPeriod) ?? configuration?.period
  }

  /// Reads who saw what.
  func disclosed(_ subject: String) throws -> DisclosureReport {
    let configuration = try common.configuration()
    let ledger = try existingLedger(common.ledgerPath(configuration))
    try configuration?.applyMappings(to: ledger)
    return try ledger.concluded {
      if !noCheck { try ledger.requireUnchanged() }
      let period = try looked(configuration)
      let (names, sessions) = try sessions(subject, ledger)
      let report = try readDisclosure(
        ledger, sessions: sessions, subject: names, period: period, lookedFor: try columns(configuration, ledger))
      guard report.statements > 0 else {
        let time = period.map { " in \($0.label)" } ?? ""
        throw AssayError(
          .missingInput, "\(names.joined(separator: ", ")) sent no statement\(time); name another time with --period.")
      }
      return report
    }
  }

  /// The sessions that a text names: one by its whole name, else those of an identity, else one by the beginning of its name.
  private func sessions(
    _ subject: String, _ ledger: borrowing Ledger
  ) throws -> (names: [String], sessions: [SessionEntry]) {
    func named(_ found: [SessionEntry]) -> (names: [String], sessions: [SessionEntry]) {
      (found.map { "session \($0.key)" }, found)
    }
    if try ledger.holdsSession(subject) { return named(try resolveSessions(ledger, named: [subject])) }
    let actors = try? resolveActors(ledger, named: subject)
    if actors == nil, let found = try? resolveSessions(ledger, named: [subject]) { return named(found) }
    var search = SessionSearch()
    search.actors = try actors ?? resolveActors(ledger, named: subject)
    return (search.actors.names, try findSessions(ledger, search).sessions.map(\.session))
  }

  /// The sensitive columns: the configuration's, else those that detectors recognised on the shadows.
  private func columns(_ configuration: Configuration?, _ ledger: borrowing Ledger) throws -> [String] {
    switch configuration?.sensitive {
    case .columns(let columns): columns
    case .detect, nil: try ledger.detectedColumns()
    }
  }
}

extension Ledger {
  /// Whether a session has that very name.
  fileprivate borrowing func holdsSession(_ name: String) throws(AssayError) -> Bool {
    try !rows("SELECT 1 FROM sessions WHERE key = ?1 OR proxy || '/' || key = ?1 LIMIT 1", [.text(name)]).isEmpty
  }
}

/// What a disclosure comes to, for people.
struct DisclosureText {
  private let report: DisclosureReport

  init(_ report: DisclosureReport) { self.report = report }

  /// The columns, what is not known, and a sentence over all.
  var text: String {
    var columns = TextTable([
      ("column", .left), ("seen by", .left), ("for", .left), ("values", .left), ("rows", .right),
      ("statements", .right),
      ("first", .left), ("last", .left),
    ])
    for column in report.columns {
      columns.add([
        column.column, column.whom, column.actsFor ?? "–", column.limit, grouped(column.rows),
        grouped(column.statements), column.first.minute, column.last.minute,
      ])
    }
    var unknown = TextTable([("not known", .right), ("why", .left), ("sensitive columns that they read", .left)])
    for group in report.unknown {
      unknown.add([
        grouped(group.steps.count), DisclosureReport.phrase(group.reason),
        group.columns.sorted().joined(separator: ", "),
      ])
    }
    let recorded = report.recordedOutput.map {
      printable("Recorded in the archive's own output of \($0.session): \($0.detector), \(counted($0.count, "value")).")
    }
    return
      ([columns, unknown].filter { !$0.isEmpty }.map(\.text)
      + [
        recorded.joined(separator: "\n"), printable(report.headline), report.columns.isEmpty ? "" : report.provisos[0],
      ])
      .filter { !$0.isEmpty }.joined(separator: "\n\n")
  }
}
