import AuditTrail
import Evidence

/// `replay/tool-validation.md`: whether the program that made the package measures and grades rightly, by the labelled cases that it
/// carries.
struct ValidationPage {
  static let path = "replay/tool-validation.md"

  let model: EvidenceModel

  var text: String {
    var page = MarkdownWriter()
    page.heading(1, "Validation of the program")
    page.paragraph(
      "Effects and verdicts in this package are as good as the program that measured and graded them. It carries labelled cases: "
        + "a schema, a recorded session, and what must be measured and concluded of each statement.")
    guard let validation = model.facts.plan.validation else {
      page.paragraph("Nothing is known of them here.")
      return page.text
    }
    page.grid(
      ["What", ""],
      [
        ["Program", "assay \(MarkdownText.escaped(model.toolVersion))"],
        ["Cases", "version \(MarkdownText.escaped(validation.corpus)), SHA-256 `\(validation.corpusSHA256)`"],
        ["Way of measuring", "revision \(MarkdownText.escaped(validation.measuringRevision))"],
      ])
    page.heading(2, "What running them came to")
    if validation.runs.isEmpty {
      page.paragraph(
        "No run of this program is recorded. `assay selftest --config assay.yaml` runs the cases and records the result in the "
          + "ledger; `assay report` then shows it here.")
    } else {
      page.table(model.validationTable)
      page.paragraph(
        "The ledger keeps these counts with the SHA-256 of the program that ran them; another program's are not shown.")
    }
    let failures = validation.runs.flatMap { run in run.failures.map { (run.engine, $0) } }
    if !failures.isEmpty {
      page.heading(2, "What came out otherwise")
      page.grid(
        ["Engine", "Case", "Statement", "What", "The case says", "Came out"],
        failures.map { engine, failure in
          [
            engine, "\(failure.file): \(failure.name)", "\(failure.statement)", failure.what, failure.expected,
            failure.actual,
          ]
          .map(MarkdownText.escaped)
        }, rightAligned: [false, false, true, false, false, false])
    }
    page.heading(2, "How to re-perform it")
    page.fenced("assay selftest --json    # version, sha256, and each case that came out otherwise", language: "sh")
    page.paragraph("`assay verify --reperform` runs the cases of the same engines again and compares this page.")
    page.heading(2, "What it does not show")
    page.list([
      "The labels were written by people: the cases show that the program does what they say, and no more.",
      "The oracle, which holds verdicts against what really happens and shares no code with the program, is not part of the "
        + "program. Its own runs are not recorded here; `docs/oracle.md` of the source says how to make one.",
    ])
    return page.text
  }
}

extension EvidenceModel {
  /// The recorded runs of the program's own cases.
  var validationTable: Table {
    Table(
      [
        Column("engine", .text, "The engine."),
        Column("server_version", .integer, "The server's major version; empty where there is no server."),
        Column("cases", .integer, "Cases that ran."),
        Column("statements", .integer, "Their statements."),
        Column("right", .integer, "Statements of which everything came out as the case says."),
        Column("wrong", .integer, "Statements of which something did not."),
      ],
      (facts.plan.validation?.runs ?? []).map { run in
        [
          .text(run.engine), .integer(run.serverVersion), .integer(run.cases), .integer(run.statements),
          .integer(run.right), .integer(run.statements &- run.right),
        ]
      })
  }

  func validationFile() -> EvidenceFile {
    EvidenceFile(
      "replay/tool-validation.csv", "What running the program's own labelled cases came to, by engine.", validationTable
    )
  }
}
