public import AuditTrail
public import Incidents
import Sensitivity

/// An incident as one HTML file that needs nothing else: no script, no picture, font or style from elsewhere. Readable in
/// light, in dark and on paper.
///
/// - Parameter templates: a directory of shells that replace the built-in ones.
public func incidentPage(_ incident: Incident, templates: String? = nil) throws(AssayError) -> String {
  let page = IncidentPage(incident: incident)
  return try ReportShells(directory: templates).render(
    .incidentPage,
    [
      "title": incident.title, "headline": incident.headline, "timeline_title": incident.timelineTitle,
      "figures": page.figures,
      "who": page.who, "picture": page.scrolling(BlastPicture(incident: incident).svg),
      "blast": page.blast, "undone": page.undone, "rules": page.table(incident.ruleTable),
      "strip": page.scrolling(TimelinePicture(incident: incident).svg), "timeline": page.timeline,
      "findings": page.findings,
      "approvals": page.approvals, "counterfactual": page.counterfactual,
      "provenance": HTMLText.list(incident.provenanceLines) + page.legend,
    ]) + incidentMark
}

private struct IncidentPage {
  let incident: Incident

  /// The figures at the top.
  var figures: String {
    let blast = incident.blast
    let columns = Set(blast.disclosures.map { "\($0.connection) \($0.column)" }).count
    var cards: [(value: Int64, label: String, isBad: Bool)] = [
      (blast.rowsDestroyed, blast.rowsDestroyed == 1 ? "row destroyed" : "rows destroyed", true),
      (Int64(blast.objects.count), blast.objects.count == 1 ? "object gone" : "objects gone", true),
      (Int64(columns), columns == 1 ? "sensitive column seen" : "sensitive columns seen", true),
      (blast.rowsUndone, "rows stopped or undone", false),
      (incident.totals.statements, incident.totals.statements == 1 ? "statement" : "statements", false),
      (incident.totals.measured, "of them measured", false),
    ]
    let recorded = incident.totals.recordedOnly.rows
    if recorded > 0 { cards.insert((recorded, "rows lost by the record, not measured", true), at: 0) }
    let items = cards.map { card in
      "<li\(card.isBad && card.value > 0 ? " class=\"bad\"" : "")><b>\(grouped(card.value))</b><span>\(card.label)</span></li>"
    }
    return "<ul class=\"figures\">\n\(items.joined(separator: "\n"))\n</ul>"
  }

  /// A session alone reads better from top to bottom, several as a table.
  var who: String {
    guard incident.sessions.count == 1, let row = incident.sessionTable.rows.first else {
      return table(incident.sessionTable)
    }
    let lines = zip(incident.sessionTable.columns, row).filter { $1 != "–" }.map { column, cell in
      HTMLText.element("dt", column.name) + HTMLText.element("dd", cell)
    }
    return "<dl>\n" + lines.joined(separator: "\n") + "\n</dl>"
  }

  func table(_ table: IncidentTable) -> String {
    guard !table.rows.isEmpty else { return HTMLText.element("p", table.none, class: "small") }
    let head = table.columns.map { "<th\($0.isNumber ? " class=\"n\"" : "")>\(HTMLText.escaped($0.name))</th>" }
    let rows = table.rows.map { row in
      let cells = zip(table.columns, row).map { column, cell in
        "<td\(column.isNumber ? " class=\"n\"" : "")>\(HTMLText.escaped(cell))</td>"
      }
      return "<tr>\(cells.joined())</tr>"
    }
    return "<div class=\"scroll\"><table>\n<thead><tr>\(head.joined())</tr></thead>\n<tbody>\n"
      + rows.joined(separator: "\n") + "\n</tbody></table></div>"
  }

  private func titled(_ table: IncidentTable) -> String {
    table.rows.isEmpty ? "" : HTMLText.element("h3", table.title) + "\n" + self.table(table)
  }

  var blast: String {
    let acts = incident.actLines
    let parts = [
      titled(incident.lossTable), titled(incident.disclosureTable),
      acts.isEmpty ? "" : HTMLText.element("h3", "Objects, rights, escapes") + "\n" + HTMLText.list(acts),
    ].filter { !$0.isEmpty }
    return parts.joined(separator: "\n")
  }

  var undone: String {
    let lines = incident.undoneLines
    guard !lines.isEmpty else { return "" }
    return HTMLText.element("h3", "Tried, and nothing of it is left (stopped, failed or rolled back)") + "\n"
      + HTMLText.list(lines)
  }

  var findings: String {
    let lines = incident.findingLines
    guard !lines.isEmpty else { return "" }
    return HTMLText.element("h2", "Findings") + "\n"
      + lines.map { HTMLText.element("p", $0, class: "finding") }.joined(separator: "\n")
  }

  var approvals: String {
    guard !incident.approvals.isEmpty else { return "" }
    return HTMLText.element("h2", "Approvals") + "\n" + table(incident.approvalTable)
  }

  var counterfactual: String {
    guard let other = incident.counterfactual else { return "" }
    return [
      HTMLText.element("h2", "Had another policy decided"), HTMLText.element("p", other.headline),
      HTMLText.element("p", other.countsLine, class: "small"), table(other.table), HTMLText.list(other.differenceLines),
      HTMLText.list(other.noteLines),
    ].joined(separator: "\n")
  }

  /// A picture that is no narrower than its words can be read in.
  func scrolling(_ picture: String) -> String { picture.isEmpty ? "" : "<div class=\"scroll\">\(picture)</div>" }

  var legend: String {
    let items = IncidentStep.Standing.allCases.map { "<li><i class=\"b-\($0.rawValue)\"></i>\($0.phrase)</li>" }
    return "\n<ul class=\"legend\">\n\(items.joined(separator: "\n"))\n</ul>"
  }

  var timeline: String {
    "<ol class=\"steps\">\n" + incident.timeline.map(item).joined(separator: "\n") + "\n</ol>"
  }

  private func item(_ item: TimelineItem) -> String {
    switch item {
    case .step(let step): self.step(step)
    case .run(let run):
      "<li class=\"run\"><div class=\"head\">" + HTMLText.element("span", incident.when(run.firstTime))
        + HTMLText.element("span", "\(incident.name(run.first)) to \(incident.name(run.last))", class: "id")
        + HTMLText.element("span", run.phrase) + "</div>"
        + (run.text.map { HTMLText.element("pre", shown($0)) } ?? "") + "</li>"
    }
  }

  private func step(_ step: IncidentStep) -> String {
    var lines = [
      "<li class=\"\(step.standing.rawValue)\"><div class=\"head\">"
        + HTMLText.element("span", incident.when(step.time))
        + HTMLText.element("span", incident.name(step.id), class: "id") + HTMLText.element("span", step.decisionPhrase)
        + HTMLText.element("span", step.verdictPhrase, class: "verdict") + "</div>",
      HTMLText.element("pre", shown(step.text)),
    ]
    let effects = step.effectPhrases
    if !effects.isEmpty { lines.append(HTMLText.element("div", effects.joined(separator: "; "), class: "effect")) }
    let notes = [
      step.measurementPhrase, step.provenancePhrase, step.failure.map { "failed when recorded: \($0)" },
      step.source.map { "\(portable($0.archive)) entry \($0.entry)" },
    ]
    lines.append(HTMLText.element("div", notes.compactMap(\.self).joined(separator: " · "), class: "small"))
    return lines.joined(separator: "\n") + "</li>"
  }

  /// The second lock on literals, and the length that a page bears.
  private func shown(_ text: String) -> String { incident.showsLiterals ? text : redactingLiterals(in: text) }
}
