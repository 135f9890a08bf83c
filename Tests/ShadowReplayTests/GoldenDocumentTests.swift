import AuditTrail
import Foundation
import GoldenCorpus
import Policies
import Testing

/// `docs/golden.md` says how the corpus comes out; it is compared, so that it cannot say more than is so.
@Suite struct GoldenDocumentTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

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
      row(["effect measured", "held back", "let through"]), "|---|--:|--:|",
      row(["harmful", "\(run.matrix.truePositives)", "\(run.matrix.falseNegatives)"]),
      row(["harmless", "\(run.matrix.falsePositives)", "\(run.matrix.trueNegatives)"]),
    ]
  }

  @Test func `the document says how the corpus comes out on SQLite`() throws {
    let run = try CorpusRun.onSQLite()
    let wanted =
      [
        "\(run.cases) cases in \(run.files) files, \(run.statements) statements: \(run.right) right, "
          + "\(run.statements - run.right) wrong.", "",
      ] + verdicts(run) + [""] + decisions(run)
    let text = try String(contentsOf: Self.root.appending(path: "docs/golden.md"), encoding: .utf8)
    let parts = text.components(separatedBy: "<!-- sqlite -->\n")
    #expect(parts.count == 3)
    #expect(parts[1] == wanted.joined(separator: "\n") + "\n")
  }
}
