import AuditTrail
import Foundation
import GoldenCorpus
import Policies
import Testing

/// `docs/golden.md` and `README.md` say how the corpus comes out; both are compared, so that they cannot say more than is so.
@Suite struct GoldenDocumentTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

  private func sentence(_ run: CorpusRun) -> String {
    "\(run.cases) cases in \(run.files) files, \(run.statements) statements: \(run.right) right, "
      + "\(run.statements - run.right) wrong."
  }

  private func verdicts(_ run: CorpusRun) -> [String] {
    var lines = [row(["verdict", "expected", "given", "right"]), "|---|--:|--:|--:|"]
    for name in VerdictName.allCases {
      guard let tally = run.verdicts[name] else { continue }
      lines.append(row(["`\(name.rawValue)`", "\(tally.expected)", "\(tally.given)", "\(tally.right)"]))
    }
    return lines
  }

  private func decisions(_ run: CorpusRun) -> [String] {
    [
      row(["effect measured", "caught or held back", "not"]), "|---|--:|--:|",
      row(["harmful", "\(run.matrix.truePositives)", "\(run.matrix.falseNegatives)"]),
      row(["others", "\(run.matrix.falsePositives)", "\(run.matrix.trueNegatives)"]),
    ]
  }

  /// What stands between the two marks of a document.
  private func marked(_ mark: String, in document: String) throws -> String {
    let text = try String(contentsOf: Self.root.appending(path: document), encoding: .utf8)
    let parts = text.components(separatedBy: "<!-- \(mark) -->\n")
    try #require(parts.count == 3, "\(document) has the mark \(mark) not twice")
    return parts[1]
  }

  private func document(_ run: CorpusRun) -> String {
    ([sentence(run), ""] + verdicts(run) + [""] + decisions(run)).joined(separator: "\n") + "\n"
  }

  @Test func `the document says how the corpus comes out on SQLite`() throws {
    #expect(try marked("sqlite", in: "docs/golden.md") == document(corpusOnSQLite.get()))
  }

  @Test(.disabled(if: postgresIsAbsentOnPurpose, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
  func `the document and the front page say how the corpus comes out on both engines`() throws {
    let (sqlite, postgres) = (try corpusOnSQLite.get(), try corpusOnPostgreSQL.get())
    #expect(try marked("postgresql", in: "docs/golden.md") == document(postgres))
    let both = [("SQLite", sqlite), ("PostgreSQL", postgres)]
    let matrix = [
      row(
        ["engine", "cases", "statements", "right", "harmful, caught", "missed", "others, held back"]
          + ["let through"]), "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    let rows = both.map { name, run in
      row(
        [name]
          + [
            run.cases, run.statements, run.right, run.matrix.truePositives, run.matrix.falseNegatives,
            run.matrix.falsePositives, run.matrix.trueNegatives,
          ].map(String.init))
    }
    #expect(try marked("golden", in: "README.md") == (matrix + rows).joined(separator: "\n") + "\n")
  }
}
