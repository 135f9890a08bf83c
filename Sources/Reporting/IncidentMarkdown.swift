public import AuditTrail
public import Incidents
import Sensitivity

/// An incident as Markdown that reads well as plain text too.
///
/// - Parameter templates: a directory of shells that replace the built-in ones.
public func incidentMarkdown(_ incident: Incident, templates: String? = nil) throws(AssayError) -> String {
  let page = IncidentMarkdown(incident: incident)
  return try ReportShells(directory: templates).render(
    .incident,
    [
      "title": incident.title, "headline": incident.headline, "timeline_title": incident.timelineTitle,
      "who": page.table(incident.sessionTable),
      "blast": page.blast, "undone": page.undone, "rules": page.table(incident.ruleTable), "timeline": page.timeline,
      "findings": page.findings, "approvals": page.approvals, "counterfactual": page.counterfactual,
      "provenance": page.list(incident.provenanceLines),
    ]) + "\n" + incidentMark
}

/// The end of every page of an incident, by which a file is known as one.
package let incidentMark = "<!-- An incident's page, made by `assay incident`. -->\n"

private struct IncidentMarkdown {
  let incident: Incident

  func table(_ table: IncidentTable) -> String {
    var page = MarkdownWriter()
    add(table, to: &page)
    return page.text
  }

  func list(_ lines: [String]) -> String {
    var page = MarkdownWriter()
    page.list(lines.map(MarkdownText.escaped))
    return page.text
  }

  private func add(_ table: IncidentTable, to page: inout MarkdownWriter) {
    guard !table.rows.isEmpty else { return page.paragraph(table.none) }
    page.grid(
      table.columns.map(\.name), table.rows.map { $0.map(MarkdownText.escaped) },
      rightAligned: table.columns.map(\.isNumber))
  }

  var blast: String {
    var page = MarkdownWriter()
    for table in [incident.lossTable, incident.disclosureTable] {
      page.heading(3, table.title)
      add(table, to: &page)
    }
    if !incident.actLines.isEmpty {
      page.heading(3, "Objects, rights, escapes")
      page.list(incident.actLines.map(MarkdownText.escaped))
    }
    return page.text
  }

  var undone: String {
    guard !incident.undoneLines.isEmpty else { return "" }
    var page = MarkdownWriter()
    page.heading(3, "Tried, and nothing of it is left (stopped, failed or rolled back)")
    page.list(incident.undoneLines.map(MarkdownText.escaped))
    return page.text
  }

  var findings: String {
    guard !incident.findings.isEmpty else { return "" }
    return "## Findings\n\n" + list(incident.findingLines)
  }

  var approvals: String {
    guard !incident.approvals.isEmpty else { return "" }
    return "## Approvals\n\n" + table(incident.approvalTable)
  }

  var counterfactual: String {
    guard let other = incident.counterfactual else { return "" }
    var page = MarkdownWriter()
    page.heading(2, "Had another policy decided")
    page.paragraph(MarkdownText.escaped(other.headline))
    page.paragraph(MarkdownText.escaped(other.countsLine))
    add(other.table, to: &page)
    page.list((other.differenceLines + other.noteLines).map(MarkdownText.escaped))
    return page.text
  }

  var timeline: String {
    var page = MarkdownWriter()
    page.grid(
      ["When", "Statement", "Text", "Decision", "Effect", "Verdict"],
      incident.timeline.map { item in
        switch item {
        case .run(let run):
          [
            incident.when(run.firstTime),
            MarkdownText.escaped("\(incident.name(run.first)) to \(incident.name(run.last))"),
            run.text.map(shown) ?? "",
            "", MarkdownText.escaped(run.phrase), "",
          ]
        case .step(let step):
          [
            incident.when(step.time), MarkdownText.escaped(incident.name(step.id)), shown(step.text),
            MarkdownText.escaped(step.decisionPhrase),
            MarkdownText.escaped(
              (step.effectPhrases + [step.provenancePhrase].compactMap(\.self)).joined(separator: "; ")),
            MarkdownText.escaped(step.verdictPhrase),
          ]
        }
      })
    return page.text
  }

  /// The second lock on literals.
  private func shown(_ text: String) -> String {
    MarkdownText.code(incident.showsLiterals ? text : redactingLiterals(in: text))
  }
}
