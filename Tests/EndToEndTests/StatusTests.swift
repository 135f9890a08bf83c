import Foundation
import Testing

/// What there is at a glance, and where the configuration is found.
@Suite struct StatusTests {
  @Test func `status says in ten lines what there is, what is open and what comes next`() throws {
    let folder = try LedgerTests.folder()
    let status = try assay("status", in: folder)
    #expect(status.status == 0, "\(status)")
    let lines = status.output.split(separator: "\n")
    #expect(lines.count <= 10, "\(status)")
    #expect(lines.first?.contains("l.db: 2 sessions, 12 statements, 2026-07-01 09:00 to 2026-07-01 09:00 UTC") == true)
    #expect(status.output.contains("gate g: 1 archive, 12 statements"))
    #expect(status.output.contains("Graded    12 of 12 statements"))
    #expect(status.output.contains("Package   out/2026-07: "))
    let json = try assay("status", "--json", in: folder).json
    #expect(json.statements.int == 12 && json.without_verdict.int == 0 && json.sources.array.count == 1)
    let packaged = json.package.open_exceptions.int ?? -1
    let exceptions = try String(contentsOfFile: folder("out/2026-07/exceptions/exceptions.csv"), encoding: .utf8)
    #expect(packaged == exceptions.split(separator: "\r\n").dropFirst().count { $0.contains(",open,") })
  }

  @Test func `status names the step that is missing`() throws {
    let folder = try LedgerTests.folder()
    func next() throws -> String { try assay("status", "--json", in: folder).json.next.string ?? "" }
    try folder.write("b.jsonl", Archive.text("s3", statements: 3))
    let configuration = try String(contentsOfFile: folder("assay.yaml"), encoding: .utf8)
    try folder.write("assay.yaml", configuration.replacing("[a.jsonl]", with: "[a.jsonl, b.jsonl]"))
    #expect(try next().contains("assay ingest: 1 file to read"))
    try #require(try assay("ingest", in: folder).status == 0)
    #expect(try next().hasPrefix("assay replay: 3 statements have no verdict"))
    try #require(try assay("replay", in: folder).status == 0)
    #expect(try next().hasPrefix("assay report: the package does not rest on 1 archive"))
    try #require(try assay("report", in: folder).status == 0)
    #expect(try !next().contains("assay report"))
    // What was read is known by its bytes, and what was moved away stays read.
    try FileManager.default.moveItem(atPath: folder("b.jsonl"), toPath: folder("c.jsonl"))
    try folder.write("assay.yaml", configuration.replacing("[a.jsonl]", with: "[a.jsonl, c.jsonl, moved]"))
    try folder.makeFolder("moved")
    #expect(try assay("status", "--json", in: folder).json.files_waiting.int == 0)
  }

  @Test func `the configuration is found in a folder above, and said`() throws {
    let folder = try LedgerTests.folder()
    try folder.makeFolder("deep")
    try folder.makeFolder("deep/er")
    func find(_ arguments: String) throws -> Finished {
      try run(
        URL(filePath: "/bin/bash"), ["-c", "cd deep/er && exec '\(binary.path)' \(arguments)"], in: folder)
    }
    let found = try find("find")
    #expect(found.status == 0 && found.output.contains("s1"), "\(found)")
    #expect(found.errors == "assay: Using ../../assay.yaml.\n", "\(found)")
    // A program is told by the documents alone, and nothing is written where the command was run.
    #expect(try find("find --json").errors.isEmpty)
    #expect(try find("report --quiet").status == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder("deep/er")).isEmpty)
    // The nearest counts.
    try folder.write("deep/assay.yaml", "organization: Other\nperiod: 2026-07\narchives: [a.jsonl]\nledger: none.db\n")
    let nearer = try find("find")
    #expect(nearer.status == 66 && nearer.errors.contains("../none.db"), "\(nearer)")
  }

  @Test(.enabled(if: geteuid() == 0, "only the administrator can make another's file"))
  func `a configuration of another user in a folder above is not used`() throws {
    let folder = try LedgerTests.folder()
    try folder.makeFolder("deep")
    try FileManager.default.setAttributes([.ownerAccountID: 4711], ofItemAtPath: folder("assay.yaml"))
    let found = try run(
      URL(filePath: "/bin/bash"), ["-c", "cd deep && exec '\(binary.path)' find"], in: folder)
    #expect(found.status == 66 && !found.errors.contains("Using"), "\(found)")
  }

  @Test(arguments: [
    ("incidnt", "Did you mean incident?"), ("ledger fsk", "`assay ledger --help` lists them. Did you mean fsck"),
    ("zzz", "`assay --help` lists them.\n"),
  ])
  func `a mistyped command is answered with what may have been meant`(typed: String, answer: String) throws {
    let said = try assay(typed.split(separator: " ").map(String.init), in: try Folder())
    #expect(said.status == 64 && said.errors.contains(answer), "\(said)")
  }

  @Test(arguments: [40, 60, 120])
  func `on a terminal no line is wider than it, and words stay whole`(width: Int) throws {
    let folder = try LedgerTests.folder()
    let commands = "'\(binary.path)' find; '\(binary.path)' status"
    let shown = try run(
      URL(filePath: "/usr/bin/script"),
      [
        "-qec", "unset NO_COLOR; export TERM=xterm; stty cols \(width) rows 40; \(commands)", "/dev/null",
      ], in: folder)
    let plain = shown.output.replacing(/\u{1B}\[[0-9]*m/, with: "").replacing("\r\n", with: "\n")
    #expect(plain.split(separator: "\n").allSatisfy { $0.count <= width }, "\(plain)")
    for word in ["statements", "confirmed_allow", "session", "shadow."] {
      #expect(plain.contains(word), "\(word): \(plain)")
    }
    // Where a table is too wide for its titles, each row is a block.
    #expect(shown.output.contains("\u{1B}[1m") == (width == 120), "\(shown)")
    // What is not for a terminal is one line a row, whatever the width, and plain.
    let piped = try assay("find", in: folder)
    #expect(!piped.output.contains("\u{1B}") && piped.output.contains("s1"))
  }

  @Test func `a verdict has its colour where colours are asked for, and a document has none`() throws {
    let folder = try LedgerTests.folder()
    let shown = try assay("find", "--color", "always", in: folder)
    let plain = try assay("find", "--color", "never", in: folder)
    #expect(shown.output.contains("\u{1B}[32mconfirmed_allow\u{1B}[0m S0"), "\(shown)")
    #expect(shown.output.replacing(/\u{1B}\[[0-9]*m/, with: "") == plain.output)
    #expect(try assay("find", "--json", "--color", "always", in: folder).output.contains("\u{1B}") == false)
    #expect(try assay("find", "--color", "blue", in: folder).status == 64)
  }
}
