import AuditTrail
package import Incidents

/// The end of every page of a disclosure, by which a file is known as one.
package let disclosureMark = "<!-- A disclosure's page, made by `assay report`. -->\n"

/// A disclosure as Markdown that reads well as plain text too.
package func disclosurePage(_ report: DisclosureReport) -> [UInt8] {
  Array((wrappedProse(DisclosurePage(report: report).text) + "\n" + disclosureMark).utf8)
}

/// The page's name for whom it is about, after the package's.
package func disclosureName(_ subject: String) -> String { "disclosure-\(fileName(subject).prefix(80))" }

private struct DisclosurePage {
  /// Ids that are named of a row; the JSON names all.
  private static let mostSteps = 6

  let report: DisclosureReport

  var text: String {
    var page = MarkdownWriter()
    page.heading(1, "Disclosure: " + MarkdownText.escaped(report.subject.joined(separator: ", ")))
    page.paragraph("**\(MarkdownText.escaped(report.headline))**")
    page.grid(
      ["Time looked at", "Sessions", "Statements", "Measured", "Not known", "Outside of that time"],
      [
        [MarkdownText.escaped(report.period?.sentence ?? "all")]
          + [report.sessions, report.statements, report.measured, report.unknownCount, report.outside].map {
            grouped($0)
          }
      ], rightAligned: [false, true, true, true, true, true])
    columns(&page)
    shapes("Through which statements", report.shapes, none: "No measured statement showed a sensitive column.", &page)
    recorded(&page)
    unknown(&page)
    shapes("What can be inferred", report.inferred, none: "No measured statement asked for it.", &page)
    shapes("Stopped or failed", report.stopped, none: "Nothing was stopped that would have shown one.", &page)
    masked(&page)
    page.heading(2, "How to read it")
    page.list(report.provisos.map(MarkdownText.escaped))
    return page.text
  }

  private func columns(_ page: inout MarkdownWriter) {
    page.heading(2, "Whose data, by column")
    guard !report.columns.isEmpty else {
      return page.paragraph(
        report.isComplete ? "None." : "None that was measured; see what is not known.")
    }
    page.grid(
      ["Column", "Seen by", "Values", "Rows", "Statements", "When"],
      report.columns.map { column in
        [
          MarkdownText.escaped("\(column.column) (\(column.connection))"),
          MarkdownText.escaped(column.whom + (column.actsFor.map { ", for \($0)" } ?? "")), column.limit,
          grouped(column.rows) + (column.recordedRows.map { ", recorded \(grouped($0))" } ?? ", not all recorded"),
          grouped(column.statements), Self.when(column.first, column.last),
        ]
      })
  }

  private func shapes(
    _ title: String, _ shapes: [DisclosureReport.ShownShape], none: String, _ page: inout MarkdownWriter
  ) {
    page.heading(2, title)
    guard !shapes.isEmpty else { return page.paragraph(none) }
    page.grid(
      ["Statement", "Columns", "By", "How", "Rows", "Which, and when"],
      shapes.map { shape in
        [
          MarkdownText.code(shape.text), MarkdownText.escaped(shape.columns.joined(separator: ", ")),
          MarkdownText.escaped("\(shape.whom), \(shape.connection)"),
          "\(shape.leak.phrase); \(shape.action.phrase), \(shape.severity.name)",
          grouped(shape.rows) + (shape.values > 0 ? ", \(counted(shape.values, "value"))" : ""),
          MarkdownText.escaped(Self.named(shape.steps)) + ", " + Self.when(shape.first, shape.last),
        ]
      })
  }

  private func recorded(_ page: inout MarkdownWriter) {
    page.heading(2, "Recorded")
    guard !report.recordedOutput.isEmpty else {
      return page.paragraph("The archive holds no output of these sessions in which a detector recognises a value.")
    }
    page.paragraph("The archive holds production's own output of these sessions, with values that detectors recognise:")
    page.list(
      report.recordedOutput.map { found in
        MarkdownText.escaped("\(found.session): \(found.detector), \(counted(found.count, "value"))")
      })
  }

  private func unknown(_ page: inout MarkdownWriter) {
    page.heading(2, "Not known")
    guard !report.unknown.isEmpty else {
      return page.paragraph(report.isComplete ? "Nothing: all of it was measured." : "Nothing of what was looked at.")
    }
    page.grid(
      ["Statements", "Why", "Sensitive columns that they read", "Which"],
      report.unknown.map { group in
        [
          grouped(group.steps.count), MarkdownText.escaped("They \(DisclosureReport.phrase(group.reason))."),
          MarkdownText.escaped(group.columns.sorted().joined(separator: ", ")),
          MarkdownText.escaped(Self.named(group.steps)),
        ]
      }, rightAligned: [true])
  }

  private func masked(_ page: inout MarkdownWriter) {
    guard !report.masked.isEmpty else { return }
    page.heading(2, "Hidden by the recorded mask")
    page.list(
      report.masked.sorted { $0.key < $1.key }.map {
        MarkdownText.escaped("\($0.key): \(counted($0.value, "statement"))")
      })
  }

  private static func named(_ steps: [String]) -> String {
    steps.prefix(mostSteps).joined(separator: ", ")
      + (steps.count > mostSteps ? " and \(grouped(steps.count - mostSteps)) more" : "")
  }

  private static func when(_ first: Timestamp, _ last: Timestamp) -> String {
    first.minute == last.minute ? first.minute : "\(first.minute) to \(last.minute)"
  }
}

extension Leak {
  /// What people read for it.
  fileprivate var phrase: String {
    switch self {
    case .none: "not shown"
    case .predicate: "by conditions only"
    case .derived: "through an expression"
    case .raw: "as it stands"
    }
  }
}
