import AuditTrail
import Incidents

/// An incident for a terminal.
struct IncidentText {
  let incident: Incident
  /// Longer texts of statements are cut here, with a word on it.
  private static let textLength = 160

  var text: String {
    var lines = wrapped(incident.headline, 100) + [""]
    lines += section("Who, what, why, when") + who
    lines += section("Blast radius") + blast
    if !incident.undoneLines.isEmpty {
      lines += ["", "Tried, and nothing of it is left (stopped, failed or rolled back):"]
      lines += incident.undoneLines.map { "  " + printable($0) }
    }
    lines += section("Which rule would have stopped it") + rules
    lines += section(incident.timelineTitle) + incident.timeline.flatMap(item)
    if !incident.findings.isEmpty {
      lines += section("Findings") + incident.findingLines.flatMap(bullet)
    }
    if !incident.approvals.isEmpty { lines += section("Approvals") + [table(incident.approvalTable)] }
    if let other = incident.counterfactual {
      lines += section("Had another policy decided") + [AsIfText(counterfactual: other).text]
    }
    lines += section("Where the figures come from")
    lines += incident.provenanceLines.flatMap(bullet)
    if !incident.showsLiterals {
      lines += ["- Statements are shown without their literals; --show-literals shows them."]
    }
    return lines.joined(separator: "\n")
  }

  private func bullet(_ text: String) -> [String] {
    wrapped(text, 98).enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
  }

  private func section(_ title: String) -> [String] { ["", title, String(repeating: "─", count: title.count)] }

  /// A session alone reads better from top to bottom, several as a table.
  private var who: [String] {
    guard incident.sessions.count == 1, let row = incident.sessionTable.rows.first else {
      return [table(incident.sessionTable)]
    }
    return zip(incident.sessionTable.columns, row).filter { $1 != "–" }.map { column, cell in
      column.name.padding(12) + printable(cell)
    }
  }

  private var blast: [String] {
    var lines: [String] = []
    if !incident.blast.tables.isEmpty { lines.append(table(incident.lossTable)) }
    if !incident.blast.disclosures.isEmpty {
      if !lines.isEmpty { lines.append("") }
      lines.append(table(incident.disclosureTable))
    }
    if !incident.actLines.isEmpty {
      if !lines.isEmpty { lines.append("") }
      lines += incident.actLines.map(printable)
    }
    if !lines.isEmpty { return lines }
    return wrapped(incident.emptyBlast, 100)
  }

  /// A line each, longer where a policy has a reason.
  private var rules: [String] {
    guard !incident.judgements.isEmpty else { return [incident.ruleTable.none] }
    return incident.judgements.flatMap { judgement -> [String] in
      var lines = ["\(printable(judgement.title)) (\(judgement.role.phrase)):"]
      for group in judgement.groups {
        let step = group.step
        let mark = step.reach == .stops ? "stops" : step.reach == .maybe ? "perhaps" : "passes"
        let rule = step.rule.map { " by rule \($0)" } ?? "; no rule matches"
        let place = step.place.map { ", \($0)" } ?? ""
        lines.append("  \(mark.padding(9))\(printable(incident.names(group.steps) + ": " + step.verb + rule + place))")
        if step.reach == .passes, step.action != .allow { lines.append("           \(step.reachPhrase)") }
        if let because = step.because { lines.append("           because: \(printable(because))") }
      }
      return lines
    }
  }

  private func item(_ item: TimelineItem) -> [String] {
    switch item {
    case .run(let run):
      return [
        "  \(incident.when(run.firstTime))  \(printable(incident.name(run.first))) … \(printable(incident.name(run.last)))"
      ]
        + wrapped(printable(run.phrase), 96).map { "      " + $0 } + (run.text.map { ["      " + shown($0)] } ?? [])
    case .step(let step):
      let mark = Self.mark(step.standing)
      var lines = [
        "\(mark) \(incident.when(step.time))  \(printable(incident.name(step.id)))  \(printable(step.decisionPhrase))"
      ]
      lines.append("      " + shown(step.text))
      if step.standing != .harmless || !step.effectPhrases.isEmpty {
        lines.append("      → \(step.verdictPhrase)")
      }
      for phrase in step.effectPhrases { lines.append("        \(printable(phrase))") }
      if step.standing != .harmless, let recorded = step.provenancePhrase { lines.append("        \(recorded)") }
      if let failure = step.failure { lines.append("        failed when recorded: \(printable(failure))") }
      return lines
    }
  }

  private static func mark(_ standing: IncidentStep.Standing) -> String {
    switch standing {
    case .harm: "!"
    case .stopped: "×"
    case .changed: "*"
    case .undone: "~"
    case .unmeasured: "?"
    case .harmless: " "
    }
  }

  private func shown(_ text: String) -> String {
    let line = printable(text.split(whereSeparator: \.isWhitespace).joined(separator: " "))
    guard line.count > Self.textLength else { return line }
    return "\(line.prefix(Self.textLength))… (\(grouped(line.count)) characters; --html or --json has all)"
  }

  private func table(_ table: IncidentTable) -> String { tableText(table) }
}

/// A table of an incident for a terminal.
func tableText(_ table: IncidentTable) -> String {
  guard !table.rows.isEmpty else { return table.none }
  var text = TextTable(table.columns.map { ($0.name, $0.isNumber ? .right : .left) })
  for row in table.rows { text.add(row) }
  return text.text
}

/// How the end would differ, for a terminal.
struct AsIfText {
  let counterfactual: Counterfactual

  var text: String {
    var lines = [printable(counterfactual.headline), "", counterfactual.countsLine]
    if counterfactual.sessionsDiffering > 0 {
      lines += ["", tableText(counterfactual.table)]
      if !counterfactual.differenceLines.isEmpty { lines += [""] + counterfactual.differenceLines.map(printable) }
      lines += [""] + counterfactual.noteLines
    }
    return lines.joined(separator: "\n")
  }
}

/// The text in lines of at most so many characters, broken between words.
func wrapped(_ text: String, _ width: Int) -> [String] {
  var lines: [String] = []
  var line = ""
  for word in printable(text).split(separator: " ") {
    if !line.isEmpty, line.count + 1 + word.count > width {
      lines.append(line)
      line = String(word)
    } else {
      line += line.isEmpty ? String(word) : " " + word
    }
  }
  return line.isEmpty ? lines : lines + [line]
}

extension String {
  /// The text with spaces to at least that many characters.
  func padding(_ width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - count))
  }
}
