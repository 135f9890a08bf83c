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
      "results": results, "reading_order": readingOrder, "reliance": reliance, "limits": limits,
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
    let entries = PackagePart.all.compactMap { $0.line?(model) }
    page.grid(["Where", "What"], entries.map { [$0.0, $0.1] })
    return page.text
  }

  /// The complementary user-entity controls: what the tests take for granted and cannot see.
  private var reliance: String {
    var page = MarkdownWriter()
    page.paragraph(
      "The tests take for granted what only the organisation can see to. Assessors call these complementary user-entity "
        + "controls.")
    page.list([
      "Nobody reaches a database but through the recorded sources: network rules and database logins see to it.",
      "The sources record what passes, and their archives are exported whole. T-01 and T-02 show a part of that.",
      "The identity provider says who somebody is: accounts are personal, and second factors are asked for where it says so.",
      "Side files are extracted as their sidecars say, by somebody who does not gain by them.",
      "Shadows are made from what they are said to be made from. What they hold is guarded as its basis demands.",
      "Policies' files are those that the proxy enforces, and keys that sign are in the hands of those they are said to be.",
      "Exceptions are followed up: this package notes them, and people end them.",
    ])
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
    page.paragraph(
      "A character of a text that would steer a terminal, turn the direction of text or not be seen stands as `\\u{…}` with "
        + "its number in hex, `\\u{1b}` for ESC; a backslash before `u{` stands as `\\u{5c}`. Tabs and line ends stay.")
    page.paragraph("Columns that hold statements hold their shapes: every literal is a placeholder.")
    page.heading(2, "What could not be written as it is")
    page.list(notes.isEmpty ? ["Nothing: every value is in the CSV files and the workbook as it was."] : notes)
    for file in files {
      page.heading(2, file.path)
      page.paragraph("\(MarkdownText.escaped(file.purpose)) \(counted(file.count, "row")).")
      page.grid(
        ["Column", "Type", "Meaning"],
        file.columns.map { [MarkdownText.code($0.name), $0.type.rawValue, MarkdownText.escaped($0.meaning)] })
    }
    return page.text
  }
}
