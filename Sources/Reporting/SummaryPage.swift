import AuditTrail
import Evidence

/// `summary.md`: one page that answers what an assessor asks first, in the design's order.
struct SummaryPage {
  let model: EvidenceModel
  let summary: Summary

  /// The values of the summary's shell.
  var values: [String: String] {
    [
      "title": "\(model.organization): database access, \(model.period.label)", "sentence": summary.sentence,
      "reliance": reliance, "results": results, "replay": replay, "gravest": gravest, "untestable": untestable,
      "limitations": limitations,
    ]
  }

  private var reliance: String {
    var page = MarkdownWriter()
    page.grid(["Question", "Answer", "Result"], summary.reliance.map(Self.row))
    page.paragraph(MarkdownText.escaped(summary.chosen))
    if !summary.choices.isEmpty {
      let previous = model.facts.plan.previous?.period
      page.grid(
        ["Choice", "Here", "As shipped"] + (previous.map { [MarkdownText.escaped($0)] } ?? []),
        summary.choices.map { choice in
          ([choice.name, choice.value, choice.shipped] + (previous == nil ? [] : [choice.previous ?? ""]))
            .map(MarkdownText.escaped)
        })
    }
    page.paragraph(
      "Inputs: \(counted(model.inputs.count, "archive")) and \(counted(model.files.count, "other file")), named together "
        + "by SHA-256 `\(model.inputsSHA256)` ([each one](custody/input-digests.csv)).")
    return page.text
  }

  private static func row(_ line: Summary.Line) -> [String] {
    [
      "**\(MarkdownText.escaped(line.question))**", MarkdownText.escaped(line.answer),
      line.status.map(\.phrase) ?? "",
    ]
  }

  private var results: String {
    var page = MarkdownWriter()
    let counts = summary.results.filter { $0.count > 0 || [.pass, .fail, .inconclusive].contains($0.status) }
    page.paragraph(
      "Of \(counted(model.tests.count, "test")): "
        + counts.map { "**\($0.count)** \($0.label)" }.joined(separator: ", ") + ".")
    page.grid(
      ["Test", "What it tests", "Result", "Population", "Exceptions", "Undecided"],
      model.tests.map { test in
        [
          "[\(test.id.rawValue)](\(test.pagePath))", MarkdownText.escaped(test.title), test.status.phrase,
          grouped(test.population.count), grouped(test.exceptions.count), grouped(test.inconclusive),
        ]
      }, rightAligned: [false, false, false, true, true, true])
    let assurance = model.tests.filter(\.id.isToolAssurance).map(\.id.rawValue)
    if !assurance.isEmpty {
      page.paragraph(
        "\(assurance.joined(separator: " and ")) are tool assurance: they show whether this report can be relied on, and "
          + "support no control.")
    }
    page.grid(
      [
        "Framework", "Controls", "No exceptions, or performed", "Exceptions", "Unable to test", "Not tested",
      ],
      model.frameworks.map { framework in
        func count(_ statuses: Set<TestStatus>) -> String {
          grouped(framework.controls.count { statuses.contains($0.status) })
        }
        return [
          "[\(MarkdownText.escaped(framework.title))](report/\(fileName(framework.id)).md), "
            + MarkdownText.escaped("\(framework.id) \(framework.version)"), grouped(framework.controls.count),
          count([.pass, .passWithAccepted]), count([.fail]), count([.inconclusive]), count([.notRun, .notApplicable]),
        ]
      }, rightAligned: [false, true, true, true, true, true])
    for chart in model.charts { page.paragraph("![\(chart.title)](\(chart.path))") }
    return page.text
  }

  private var replay: String {
    var page = MarkdownWriter()
    page.grid(
      ["Measure", "Value"],
      summary.replay.map { ["**\(MarkdownText.escaped($0.question))**", MarkdownText.escaped($0.answer)] }
        + model.grading.metrics.filter { !Summary.firstMetrics.contains($0.name) }.map {
          [MarkdownText.escaped($0.label), MarkdownText.escaped($0.figure)]
        })
    page.paragraph("Percentages are cut after the last digit that is shown, never rounded.")
    page.paragraph("What became of harmful units, by kind of harm:")
    page.table(Table(model.grading.fateTable.columns, model.grading.shownFates))
    page.grid(
      ["Verdict", "What it means", "Statements", "Units"],
      model.grading.verdicts.map { count in
        ["`\(count.verdict.rawValue)`", count.verdict.phrase, grouped(count.statements), grouped(count.units)]
      } + [["", "not replayed", grouped(model.grading.notReplayed), ""]],
      rightAligned: [false, false, true, true])
    let total = model.grading.verdicts.reduce(model.grading.notReplayed) { $0 &+ $1.statements }
    page.paragraph(
      "\(grouped(total)) statements with a verdict or not replayed, \(grouped(model.grading.statements)) in the period. "
        + "A unit is what the proxy decided as one: a statement, or a script with all of its statements.")
    if !model.grading.inconclusive.isEmpty {
      page.grid(
        ["Could not be graded because", "Statements"],
        model.grading.inconclusive.map { [MarkdownText.code($0.reason), grouped($0.statements)] },
        rightAligned: [false, true])
    }
    return page.text
  }

  private var gravest: String {
    var page = MarkdownWriter()
    if summary.gravest.isEmpty {
      page.paragraph("No open exception.")
    } else {
      page.grid(
        ["Rating", "Event", "Test", "What was found", "What was expected", "Who and where"],
        summary.gravest.map { exception in
          [
            exception.rating.rawValue, "`\(exception.event)`",
            "[\(exception.test.rawValue)](tests/\(exception.test.rawValue).md)",
            MarkdownText.escaped(exception.condition), MarkdownText.escaped(exception.criteria),
            MarkdownText.escaped(exception.whoAndWhere),
          ]
        })
    }
    page.paragraph(
      "\(model.exceptionSentence): \(grouped(summary.openExceptions)) open, "
        + "\(grouped(Int64(model.exceptions.count - summary.openExceptions))) accepted "
        + "([every one of them](exceptions/exceptions.csv)).")
    return page.text
  }

  private var untestable: String {
    var page = MarkdownWriter()
    if summary.untestable.isEmpty {
      page.paragraph("Every test of this report could be decided.")
    } else {
      page.grid(
        ["Test", "Why not", "What would make it testable"],
        summary.untestable.map { line in
          [
            "[\(line.test.id.rawValue)](\(line.test.pagePath)) \(MarkdownText.escaped(line.test.title))",
            MarkdownText.escaped(line.why), MarkdownText.escaped(line.remedy),
          ]
        })
    }
    if let sentence = summary.untestedControls { page.paragraph(MarkdownText.escaped(sentence)) }
    return page.text
  }

  private var limitations: String {
    var page = MarkdownWriter()
    page.list(model.limitations.map(MarkdownText.escaped))
    if model.limitations.isEmpty { page.paragraph("None beyond those that the tests' pages name.") }
    page.paragraph(
      "Severity: " + Severity.allCases.map { "**\($0.name)** \($0.meaning)" }.joined(separator: "; ") + ".")
    page.grid(["Result", "What it means"], TestStatus.allCases.map { [$0.phrase, $0.meaning] })
    if !model.policies.isEmpty {
      page.grid(
        ["Policy", "Version", "In force from", "Until before", "Known from", "Approved by"],
        model.policies.map { policy in
          [
            MarkdownText.escaped(policy.policy), MarkdownText.escaped(policy.version ?? ""), policy.from.description,
            policy.until?.description ?? "", policy.knownFrom,
            MarkdownText.escaped(policy.approvedBy ?? "not recorded"),
          ]
        })
    }
    return page.text
  }
}

extension ExceptionNoted {
  /// `bot@example.org on clinic, session s1/4, 2026-07-03T04:00:00Z`.
  var whoAndWhere: String {
    var text = item.user ?? ""
    if let connection = item.connection { text += "\(text.isEmpty ? "" : " ")on \(connection)" }
    // Statements of one shape are one exception, whose key says again who and where.
    let words = item.key.split(separator: " ").map(String.init)
    let isShape = words.count > 2 && words.suffix(3).dropLast() == [item.user ?? "-", item.connection ?? "-"]
    let key = isShape ? "shape \(words.last ?? "")" : item.key
    let parts = [text.isEmpty ? nil : text, key, firstSeen?.description].compactMap(\.self)
    return (rows.count > 1 ? "first of \(grouped(rows.count)): " : "") + parts.joined(separator: ", ")
  }
}
