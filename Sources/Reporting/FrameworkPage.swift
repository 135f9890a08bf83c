import AuditTrail
import Evidence

/// `report/<framework>.md`: a framework's controls with the evidence for each.
struct FrameworkPage {
  let model: EvidenceModel
  let framework: FrameworkResult

  /// The values of the framework's shell.
  var values: [String: String] {
    [
      "title": framework.title, "organization": model.organization, "period": model.period.sentence,
      "catalog":
        "Catalog \(framework.id), version \(framework.version), from \(framework.source), checked \(framework.date).",
      "note": bullets([framework.note], none: ""), "results": results, "controls": controls, "exceptions": exceptions,
      "untested": untested, "out_of_scope": outOfScope,
    ]
  }

  private var results: String {
    var page = MarkdownWriter()
    page.grid(
      ["Result", "Controls"],
      TestStatus.allCases.map { status in
        [status.phrase, grouped(framework.controls.count { $0.status == status && !$0.isPerformed })]
      } + [
        ["Performed, whatever was found", grouped(framework.controls.count(where: \.isPerformed))],
        ["**All in scope**", grouped(framework.controls.count)],
      ], rightAligned: [false, true])
    if let seals = model.seals { page.paragraph(MarkdownText.escaped(seals)) }
    return page.text
  }

  private var controls: String {
    var page = MarkdownWriter()
    let isCoreKnown = framework.controls.contains(where: \.annualCore)
    let rows = framework.controls.filter { !$0.tests.isEmpty }.map { control in
      [
        MarkdownText.escaped(control.control), MarkdownText.escaped(control.title), control.phrase,
        control.mappings.map { evidence(control, $0) }.joined(separator: "; "),
      ] + (isCoreKnown ? [control.annualCore ? "every year" : ""] : [])
    }
    if rows.isEmpty { page.paragraph("No control in scope is supported by a test of this report.") }
    if !rows.isEmpty {
      page.grid(
        ["Control", "Title (ours)", "Result", "Supported by"] + (isCoreKnown ? ["Assessed"] : []), rows)
      page.paragraph(
        "**Which clause each test supports.** For a control that asks for monitoring it counts that the "
          + "test was performed; for one that restricts, that it found nothing.")
      page.grid(["Control", "Test", "What counts", "What is to be shown", "In part, because"], clauses)
    }
    return page.text
  }

  private var clauses: [[String]] {
    framework.controls.flatMap { control in
      control.mappings.map { mapping in
        [
          MarkdownText.escaped(control.control), mapping.test.rawValue,
          MarkdownText.escaped(control.criterion(mapping)), MarkdownText.escaped(mapping.clause),
          MarkdownText.escaped(mapping.reservations),
        ]
      }
    }
  }

  private func evidence(_ control: ControlResult, _ mapping: ControlMapping) -> String {
    let id = mapping.test.rawValue
    let limits = control.limits(mapping)
    return "[\(id)](../tests/\(id).md): \((control.conclusion(mapping)?.status ?? .notRun).phrase)"
      + (limits.isEmpty ? "" : " (by \(limits.joined(separator: ", ")))")
  }

  private var exceptions: String {
    var page = MarkdownWriter()
    let tests = Set(framework.controls.flatMap(\.tests))
    let rows = model.tests.filter { tests.contains($0.id) && !$0.exceptions.isEmpty }.map { test in
      let supported = framework.controls.filter { $0.tests.contains(test.id) }.map(\.control)
      return [
        "[\(test.id.rawValue)](../\(test.pagePath))", MarkdownText.escaped(supported.joined(separator: ", ")),
        grouped(test.exceptions.count), grouped(test.exceptions.count { $0.status == .open }),
        MarkdownText.escaped(test.conclusion.sentence),
      ]
    }
    if rows.isEmpty { page.paragraph("None noted.") }
    if !rows.isEmpty {
      page.grid(
        ["Test", "Controls", "Exceptions", "Open", "Conclusion"], rows,
        rightAligned: [false, false, true, true, false])
    }
    return page.text
  }

  private var untested: String {
    var page = MarkdownWriter()
    let rows = framework.controls.filter(\.tests.isEmpty).map { control in
      [
        MarkdownText.escaped(control.control), MarkdownText.escaped(control.title), control.phrase,
        MarkdownText.escaped(control.reason),
      ]
    }
    if rows.isEmpty { page.paragraph("None: every control in scope is supported by a test.") }
    if !rows.isEmpty { page.grid(["Control", "Title (ours)", "Result", "In scope because"], rows) }
    return page.text
  }

  private var outOfScope: String {
    var page = MarkdownWriter()
    if framework.outOfScope.isEmpty { page.paragraph("The catalog names none.") }
    if !framework.outOfScope.isEmpty {
      page.grid(
        ["Control", "Title (ours)", "Why"],
        framework.outOfScope.map {
          [MarkdownText.escaped($0.control), MarkdownText.escaped($0.title), MarkdownText.escaped($0.reason)]
        })
    }
    return page.text
  }
}

extension ControlResult {
  /// What of a test counts for the control, with the control's own limits and what the test came to by them.
  fileprivate func criterion(_ mapping: ControlMapping) -> String {
    let counts = mapping.shows == .performed ? "it was performed" : "it found nothing"
    let limits = limits(mapping)
    guard !limits.isEmpty, let conclusion = conclusion(mapping) else { return counts }
    return "\(counts); limit: \(limits.joined(separator: "; ")); result: \(conclusion.status.phrase)"
  }
}
