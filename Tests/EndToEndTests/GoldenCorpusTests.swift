import AuditTrail
import Foundation
import Testing

/// How the corpus comes out on both engines, as the program itself says; run once for every test that looks at it.
private let selftest = Result {
  let folder = try Folder()
  let run = try assay(["selftest", "--json"], in: folder)
  return (run: run, document: try run.json, left: try folder.files("."))
}

private let postgresIsAbsent = ProcessInfo.processInfo.environment["ASSAY_TEST_WITHOUT_POSTGRESQL"] != nil

/// The labelled cases built into the program, and what `docs/golden.md` and `README.md` say of them.
@Suite struct GoldenCorpusTests {
  /// The document of one engine.
  private func run(on engine: String) throws -> JSON {
    let engines = try selftest.get().document.engines.array
    return try #require(engines.first { $0.engine.string == engine }, "the corpus did not run on \(engine)")
  }

  private func expectNothingWrong(on engine: String) throws {
    let run = try run(on: engine)
    for wrong in run.wrong.array { Issue.record("\(wrong)") }
    #expect(run.right.int == run.statements.int)
    #expect((run.cases.int ?? 0) >= 280)
    #expect(run.verdicts.object.values.reduce(0) { $0 + ($1.given.int ?? 0) } == run.statements.int)
  }

  @Test func `every golden case is measured and graded as its file says`() throws {
    try expectNothingWrong(on: "sqlite")
  }

  @Test(.disabled(if: postgresIsAbsent, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
  func `every golden case is measured and graded on PostgreSQL as its file says`() throws {
    try expectNothingWrong(on: "postgresql")
  }

  @Test(.disabled(if: postgresIsAbsent, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
  func `what is measured otherwise has another revision, so that no ledger goes on with what it holds`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "fixtures/measured.tsv")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    let document = try selftest.get().document
    #expect(
      lines.first == ["revision", document.measuring_revision.string ?? ""],
      "`make docs` writes the file again under the new revision")
    let found = Set(
      document.engines.array.flatMap { run in
        run.measured.array.map { [run.engine.string, $0.file.string, $0["case"].string, $0.digest.string] }
      })
    let known = Set(lines.dropFirst().map { $0.map(Optional.some) })
    let changed = found.symmetricDifference(known).compactMap { $0.prefix(3).compactMap(\.self).joined(separator: " ") }
    #expect(
      Set(changed).sorted() == [],
      "A case that was there and is measured otherwise needs another MeasurementKeys.revision; then run `make docs`")
  }

  @Test func `no escape touched the machine`() throws {
    #expect(try selftest.get().left.isEmpty)
    for name in ["/tmp/assay-must-not-exist", "/tmp/assay-must-not-exist.db"] {
      #expect(!FileManager.default.fileExists(atPath: name))
    }
  }

  @Test func `the corpus inside the program is right, and says which it is`() throws {
    let (run, document, _) = try selftest.get()
    #expect(run.status == 0, "\(run)")
    #expect(document.right.int == document.statements.int)
    #expect(document.wrong.array.isEmpty)
    #expect(document.sha256.string?.count == 64)
    #expect(document.engines.array.compactMap(\.engine.string).contains("sqlite"))
    // Each engine ran, or is said not to have run and why.
    #expect(document.engines.array.count + document.not_run.array.count == 2)
    #expect(document.files_left_out.int == 0 || !document.not_run.array.isEmpty)
    #expect(document.not_run.array.allSatisfy { $0.reason.string?.contains("install") == true })
    for sum in ["files", "cases", "statements", "right"] {
      #expect(document[sum].int == document.engines.array.reduce(0) { $0 + ($1[sum].int ?? 0) })
    }
  }

  @Test func `people read of the corpus what the document says`() throws {
    let text = try assay("selftest", "--engine", "sqlite", in: Folder()).output
    #expect(text.contains(try selftest.get().document.sha256.string ?? "-"))
    #expect(text.contains("0 wrong"))
    let run = try run(on: "sqlite")
    #expect(text.contains("\(run.cases.int ?? 0) cases of \(run.files.int ?? 0) files on SQLite"))
  }

  // MARK: Documents

  private func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

  private func counts(_ values: JSON...) -> [String] { values.map { $0.int.map(String.init) ?? "?" } }

  private func section(_ run: JSON) -> String {
    let (statements, right) = (run.statements.int ?? 0, run.right.int ?? 0)
    var lines = [
      "\(run.cases.int ?? 0) cases in \(run.files.int ?? 0) files, \(statements) statements: \(right) right, "
        + "\(statements - right) wrong.", "",
      row(["verdict", "expected", "given", "right"]), "|---|--:|--:|--:|",
    ]
    for name in VerdictName.allCases {
      let tally = run.verdicts[name.rawValue]
      guard tally.expected.int != 0 || tally.given.int != 0 else { continue }
      lines.append(row(["`\(name.rawValue)`"] + counts(tally.expected, tally.given, tally.right)))
    }
    lines += [
      "", row(["effect measured", "caught or held back", "not"]), "|---|--:|--:|",
      row(["harmful"] + counts(run.matrix.true_positives, run.matrix.false_negatives)),
      row(["others"] + counts(run.matrix.false_positives, run.matrix.true_negatives)),
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  /// What stands between the two marks of a document.
  private func marked(_ mark: String, in document: String) throws -> String {
    let text = try String(contentsOf: repository.appending(path: document), encoding: .utf8)
    let parts = text.components(separatedBy: "<!-- \(mark) -->\n")
    try #require(parts.count == 3, "\(document) has the mark \(mark) not twice")
    return parts[1]
  }

  @Test func `the document says how the corpus comes out on SQLite`() throws {
    #expect(try marked("sqlite", in: "docs/golden.md") == section(run(on: "sqlite")))
  }

  @Test(.disabled(if: postgresIsAbsent, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
  func `the document and the front page say how the corpus comes out on both engines`() throws {
    let (sqlite, postgres) = (try run(on: "sqlite"), try run(on: "postgresql"))
    #expect(try marked("postgresql", in: "docs/golden.md") == section(postgres))
    let matrix = [
      row(
        ["engine", "cases", "statements", "right", "harmful, caught", "missed", "others, held back"]
          + ["let through"]), "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    let rows = [("SQLite", sqlite), ("PostgreSQL", postgres)].map { name, run in
      row(
        [name]
          + counts(
            run.cases, run.statements, run.right, run.matrix.true_positives, run.matrix.false_negatives,
            run.matrix.false_positives, run.matrix.true_negatives))
    }
    #expect(try marked("golden", in: "README.md") == (matrix + rows).joined(separator: "\n") + "\n")
  }
}
