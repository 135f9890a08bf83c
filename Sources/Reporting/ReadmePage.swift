import AuditTrail
import Evidence

/// `README.md`: what the package is, how to verify it, what to read first and what it is not.
struct ReadmePage {
  let model: EvidenceModel
  /// The package directory's name.
  let directory: String

  /// The values of the read-me's shell.
  var values: [String: String] {
    [
      "organization": model.organization, "system": model.system, "period": model.period.label,
      "directory": directory, "tool_version": model.toolVersion, "inputs_sha256": model.inputsSHA256,
      "results": results, "reading_order": readingOrder, "limits": limits,
    ]
  }

  private var results: String {
    let parts = [TestStatus.pass, .passWithAccepted, .fail, .inconclusive, .notRun, .notApplicable].compactMap {
      status in
      let count = model.count(status)
      return count == 0 ? nil : "\(status.phrase.lowercased()): \(count)"
    }
    return
      "Of \(counted(model.tests.count, "test")): \(parts.joined(separator: ", ")). Start with [summary.md](summary.md)."
  }

  private var readingOrder: String {
    var page = MarkdownWriter()
    let frameworks = model.frameworks.map { framework in
      "[\(MarkdownText.escaped(framework.title))](report/\(fileName(framework.id)).md)"
    }
    let entries = [
      (
        "[summary.md](summary.md)",
        "one page: whether it can be relied on, results, gravest exceptions, what was not tested"
      ),
      ("`report/`", "control by control: \(frameworks.joined(separator: ", "))"),
      ("`tests/`", "a page a test: objective, result, population with its query, exceptions, how to re-perform it"),
      ("[workpaper.xlsx](workpaper.xlsx)", "the same figures as a workbook, to filter, sample and tick"),
      ("`populations/`", "every item that was tested, one file a test"),
      ("`exceptions/`", "every exception with its place in the archives"),
      ("`controls/`", "the control matrix"),
      ("`coverage/`", "hours with and without records"),
      ("`metrics/`", "results, rates and the daily series of every test"),
      ("`replay/`", "what replay made of the decisions, and the shadows it ran on"),
      ("`tieout/`", "control totals, both sides of each equation"),
      ("`custody/`, `policies/`, `scope/`", "what was read, which policies were in force, which connections are meant"),
      (
        "[machine/evidence.json](machine/evidence.json)",
        "all of it for programs; the items of the populations stay in CSV"
      ),
      (
        "[machine/facts.json](machine/facts.json)",
        "what all of it follows from, besides the populations: `assay verify` judges both again and compares"
      ),
      ("[DATA-DICTIONARY.md](DATA-DICTIONARY.md)", "every column of every CSV file"),
      ("[MANIFEST.json](MANIFEST.json), [SHA256SUMS](SHA256SUMS)", "every file with its hash"),
    ]
    page.grid(["Where", "What"], entries.map { [$0.0, $0.1] })
    return page.text
  }

  private var limits: String {
    var page = MarkdownWriter()
    page.list([
      "No opinion, attestation or certificate: it holds management's own tests, run by program.",
      "No statement that a control or a requirement is met: a test supports a control, and the assessor judges.",
      "No copy of the archives: literals and parameters of statements are left out, and only their shapes are shown.",
      "No measurement of production: what replay measured, it measured on a shadow whose basis is named beside it.",
      "No proof that the first writer of an archive was honest: hashes show that nothing changed since.",
    ])
    return page.text
  }
}

/// `DATA-DICTIONARY.md`: every column of every CSV file.
struct DictionaryPage {
  let files: [EvidenceFile]
  /// What could not be written as it is, one sentence each.
  let notes: [String]

  var text: String {
    var page = MarkdownWriter()
    page.heading(1, "Data dictionary")
    page.paragraph(
      "Every CSV file is RFC 4180 in UTF-8 without a byte order mark: CRLF, a header row, the same columns in every row. "
        + "An empty cell is a value that is not known or does not apply. Times are RFC 3339 in UTC, dates ISO 8601, flags "
        + "true or false, numbers without separators.")
    page.paragraph(
      "A text that a spreadsheet program could run as a formula, because it begins with `=`, `+`, `-`, `@`, a tab, a line "
        + "end or a full-width form of one of them, has one `'` in front; so has a text that begins with `'`. Take one "
        + "leading `'` off every cell of type text to get the value back. Numbers are never changed.")
    page.paragraph("Columns that hold statements hold their shapes: every literal is a placeholder.")
    page.heading(2, "What could not be written as it is")
    page.list(notes.isEmpty ? ["Nothing: every value stands in the CSV files and the workbook as it was."] : notes)
    for file in files {
      page.heading(2, file.path)
      page.paragraph("\(MarkdownText.escaped(file.purpose)) \(counted(file.table.rows.count, "row")).")
      page.grid(
        ["Column", "Type", "Meaning"],
        file.table.columns.map { [MarkdownText.code($0.name), $0.type.rawValue, MarkdownText.escaped($0.meaning)] })
    }
    return page.text
  }
}
