import AuditTrail
import Evidence
import XLSX

/// The workbook's first sheet: the summary's answers in the summary's order.
struct CoverSheet {
  let model: EvidenceModel
  let summary: Summary

  func draw(on sheet: Worksheet) throws(XLSXError) {
    try sheet.setPage(landscape: false, fitToPagesTall: 1)
    try sheet.hideGridlines()
    try sheet.setTabColor(WorkpaperStyle.head)
    var cursor = try SheetCursor(sheet, widths: [40, 104, 24])
    try cursor.title("\(model.organization): database access, \(model.period.label)")
    try cursor.line([
      (.text("What this is"), WorkpaperStyle.label), (.text(summary.sentence), WorkpaperStyle.text),
      (.text("Not an opinion"), WorkpaperStyle.label),
    ])
    try reliance(&cursor)
    try results(&cursor)
    try gravest(&cursor)
    try untestable(&cursor)
    try provenance(&cursor)
  }

  private func reliance(_ cursor: inout SheetCursor) throws(XLSXError) {
    try cursor.section("Can it be relied on?")
    for line in summary.reliance { try cursor.answer(line) }
    for choice in summary.choices {
      let before = choice.previous.map { "; \(model.facts.plan.previous?.period ?? "before"): \($0)" } ?? ""
      try cursor.line([
        (.text("Chosen: \(choice.name)"), WorkpaperStyle.label),
        (.text("\(choice.value)\nAs shipped: \(choice.shipped)\(before)"), WorkpaperStyle.text),
        (.text(choice.isAsShipped ? "Not as before" : "Not as shipped"), WorkpaperStyle.label),
      ])
    }
  }

  private func results(_ cursor: inout SheetCursor) throws(XLSXError) {
    try cursor.section("Results")
    for count in summary.results where count.count > 0 || [.pass, .fail, .inconclusive].contains(count.status) {
      let tests = model.tests.filter { $0.status == count.status }
      try cursor.line([
        (.text("\(count.count) of \(counted(model.tests.count, "test"))"), WorkpaperStyle.label),
        (.text(tests.isEmpty ? "None \(count.label)" : Self.list(tests)), WorkpaperStyle.text),
        (.text(count.status.phrase), WorkpaperStyle.status(count.status)),
      ])
    }
    for line in summary.replay { try cursor.answer(line) }
  }

  /// The tests with their titles; where they are more than a row can show, by their ids.
  static func list(_ tests: [TestResult]) -> String {
    tests.count <= 10
      ? tests.map { "\($0.id.rawValue) \($0.title)" }.joined(separator: "\n")
      : tests.map(\.id.rawValue).joined(separator: ", ")
  }

  private func gravest(_ cursor: inout SheetCursor) throws(XLSXError) {
    try cursor.section("The five gravest events")
    for exception in summary.gravest {
      try cursor.line([
        (.text("\(exception.test.rawValue), \(exception.id)"), WorkpaperStyle.label),
        (.text("\(exception.condition)\n\(exception.whoAndWhere)"), WorkpaperStyle.text),
        (
          .text(
            exception.rating.rawValue
              + (exception.severity.map { "; effect on data \($0.name): \($0.meaning)" } ?? "")),
          exception.severity.map(WorkpaperStyle.severity) ?? WorkpaperStyle.text
        ),
      ])
    }
    try cursor.line([
      (.text("All exceptions"), WorkpaperStyle.label),
      (
        .text(
          "\(model.exceptionSentence): \(grouped(summary.openExceptions)) open, "
            + "\(grouped(Int64(model.exceptions.count - summary.openExceptions))) accepted"), WorkpaperStyle.text
      ),
      (.link("Sheet Exceptions", to: .sheet("Exceptions")), WorkpaperStyle.cellLink),
    ])
  }

  private func untestable(_ cursor: inout SheetCursor) throws(XLSXError) {
    try cursor.section("What could not be tested, and what would make it testable")
    for line in summary.untestable {
      try cursor.line([
        (.text("\(line.test.id.rawValue) \(line.test.title)"), WorkpaperStyle.label),
        (.text("\(line.why)\nWhat would make it testable: \(line.remedy)"), WorkpaperStyle.text),
        (.text(line.test.status.phrase), WorkpaperStyle.status(line.test.status)),
      ])
    }
    if summary.untestable.isEmpty {
      try cursor.line([
        (.text("None"), WorkpaperStyle.label),
        (.text("Every test of this report could be decided."), WorkpaperStyle.text),
        (.blank, WorkpaperStyle.text),
      ])
    }
    if let sentence = summary.untestedControls {
      try cursor.line([
        (.text("Controls without a test"), WorkpaperStyle.label), (.text(sentence), WorkpaperStyle.text),
        (.text(TestStatus.notRun.phrase), WorkpaperStyle.status(.notRun)),
      ])
    }
  }

  private func provenance(_ cursor: inout SheetCursor) throws(XLSXError) {
    try cursor.section("Where it comes from")
    let catalogs = model.frameworks.map { "\($0.title): \($0.id), version \($0.version)" }.joined(separator: "\n")
    for (label, text) in [
      ("System", model.system), ("Period", model.period.sentence), ("Catalogs", catalogs),
      (
        "Inputs",
        "\(counted(model.inputs.count, "archive")), \(counted(model.files.count, "other file")), SHA-256 together "
          + model.inputsSHA256
      ),
      ("Made by", "Assay \(model.toolVersion)"),
      (
        "Prepared by",
        "Said next to the package, in \(model.period.label).run.json, with the time and the program: its bytes depend on "
          + "neither."
      ),
      (
        "Sign-off",
        "What people sign goes next to the package, into \(model.period.label).signoff/, so that signing changes no byte of it."
      ),
    ] {
      try cursor.line([
        (.text(label), WorkpaperStyle.label), (.text(text), WorkpaperStyle.text), (.blank, WorkpaperStyle.text),
      ])
    }
    try cursor.line([(.link("Go to the index", to: .sheet("Index")), WorkpaperStyle.link)])
  }
}
