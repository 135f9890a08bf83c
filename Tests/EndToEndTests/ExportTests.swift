import Foundation
import Testing

/// What `assay export` writes is what others read.
@Suite struct ExportTests {
  /// What `make test-deps` makes.
  static let python = repository.appending(path: ".build/export/bin/python")

  /// A quarter that was run, with a statement that is hostile in every place where text may be.
  static func quarter() throws -> Folder {
    let folder = try SmallQuarter.folder()
    let hostile = #"SELECT '\u001b[31m|a=b\\c\n<14>1 - - x\r\u2028' AS \"p|q=r\""#
    let lines = [
      Archive.header,
      Archive.opening("h|1=\\\\\\n2").replacing("ana@example.org", with: #"eve|x=y\\z\n{\"a\":1}"#),
      SmallQuarter.statement(1, hostile).replacing(#""session":"s1""#, with: #""session":"h|1=\\\n2""#)
        .replacing(#""error":null"#, with: #""error":{"sqlstate":"42|=\n1","message":"secret-message"}"#),
    ]
    try folder.write("quarter/archives/hostile.jsonl", lines.joined(separator: "\n") + "\n")
    try SmallQuarter.run(in: folder)
    return folder
  }

  @discardableResult
  static func export(_ arguments: [String], in folder: Folder, status: Int32 = 0) throws -> Finished {
    let finished = try assay(["export", "--config", "quarter/assay.yaml"] + arguments, in: folder)
    try #require(finished.status == status, "\(finished)")
    return finished
  }

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: python.path),
      "what reads exported records is not in .build/export; `make test-deps` installs it"))
  func `every record is valid for others who read its schema, and they refuse what is not`() throws {
    let folder = try Self.quarter()
    // A month of many verdicts.
    let unpacked = try run(
      URL(filePath: "/bin/sh"), ["-c", "gzip -dc \"$0\" > old.db", try fixture("ledger-7.db.gz").path], in: folder)
    try #require(unpacked.status == 0, "\(unpacked)")
    for name in ["assay", "cef", "ecs", "otel", "ocsf-1.1.0", "ocsf-1.5.0", "ocsf-1.8.0"] {
      let parts = name.split(separator: "-").map(String.init)
      let schema = ["--schema", parts[0]] + (parts.count > 1 ? ["--ocsf-version", parts[1]] : [])
      try Self.export(schema + ["--to", "file:small"], in: folder)
      let old = try assay(["export", "--ledger", "old.db", "--to", "file:old"] + schema, in: folder)
      try #require(old.status == 0, "\(old)")
      let checked = try validate(name, ["small", "old"], in: folder)
      #expect(checked.status == 0, "\(name) \(checked.output)")
      let text = try folder.text("small")
      #expect(!text.contains("secret-message"))
      for (from, to) in Self.faults[parts[0]] ?? [] {
        let place = try #require(text.firstRange(of: from), "\(name) \(from)")
        try folder.write("bad", text.replacingCharacters(in: place, with: to))
        #expect(try validate(name, ["bad"], in: folder).status == 1, "\(name) \(from)")
      }
    }
  }

  /// What no record may hold, by schema: what stands in its place shows that the validation looks there.
  private static let faults = [
    "assay": [("\"sql_cut\":", "\"cut\":")],
    "cef": [("|assay|", "|as|say|"), (" suser=", " zuser="), ("cs1=", "cs1=\\q")],
    "ecs": [
      ("\"action\":", "\"acting\":"), ("\"outcome\":\"success\"", "\"outcome\":\"good\""),
      ("\"severity\":0", "\"severity\":\"0\""),
    ],
    "otel": [
      ("\"timeUnixNano\":\"1", "\"timeUnixNano\":\"x"), ("severityText", "severityName"),
      ("db.system.name", "db.system"),
    ],
    "ocsf": [
      ("\"class_uid\":6005", "\"class_uid\":6006"), ("\"severity_id\":1", "\"severity_id\":12"),
      ("\"query_info\"", "\"query\""),
    ],
  ]

  private func validate(_ name: String, _ files: [String], in folder: Folder) throws -> Finished {
    try run(
      Self.python, [repository.appending(path: "Tests/export/validate.py").path, name] + files.map { folder($0) },
      in: folder)
  }

  @Test func `the same ledger gives the same bytes, and evidence has the ids of the package`() throws {
    let folder = try Self.quarter()
    let first = try Self.export(["--schema", "assay", "--to", "file:a.jsonl", "--json"], in: folder)
    try Self.export(["--schema", "assay", "--to", "file:b.jsonl"], in: folder)
    #expect(try folder.bytes("a.jsonl") == folder.bytes("b.jsonl"))
    let lines = try folder.text("a.jsonl").split(separator: "\n").map { try JSON(String($0)) }
    let kinds = Dictionary(lines.map { ($0.kind.string ?? "", 1) }, uniquingKeysWith: +)
    for (kind, count) in try first.json.delivered.object { #expect(kinds[kind, default: 0] == count.int, "\(kind)") }
    #expect(kinds["statement"] == 5 && kinds["exception", default: 0] > 0 && kinds["test", default: 0] > 40)
    #expect(Set(lines.compactMap(\.id.string)).count == lines.count)
    let noted = try folder.text("quarter/reports/2026-07/exceptions/exceptions.csv")
    for line in lines where line.kind.string == "exception" {
      #expect(noted.contains(try #require(line.name.string)))
    }
    // Standard output has the same, and nothing else.
    let printed = try Self.export(["--schema", "assay"], in: folder)
    let written = try folder.bytes("a.jsonl")
    #expect(Array(printed.output.utf8) == written && printed.errors.isEmpty)
  }

  @Test(
    arguments: [
      (["--kind", "statement", "--verdict", "false_allow"], ["statement": 1]),
      (["--kind", "statement", "--connection", "clinic"], ["statement": 5]), (["--kind", "finding"], [:]),
      (["--kind", "statement", "--kind", "finding"], ["statement": 5]),
    ] as [([String], [String: Int])])
  func `filters choose what is sent`(arguments: [String], counts: [String: Int]) throws {
    let folder = try Self.quarter()
    let sent = try Self.export(["--schema", "ecs", "--to", "file:x", "--json"] + arguments, in: folder)
    let delivered = try sent.json.delivered.object.compactMapValues(\.int).filter { $0.value > 0 }
    #expect(delivered == counts)
  }

  @Test(
    arguments: [
      (["--schema", "xml"], 64), (["--schema", "ecs", "--to", "ftp://h"], 64),
      (["--schema", "ecs", "--to", "otlp:https://h"], 64), (["--schema", "ecs", "--follow"], 64),
      (["--schema", "ecs", "--json"], 64), (["--schema", "ocsf", "--ocsf-version", "2"], 64),
      (["--schema", "ecs", "--to", "elasticsearch:https://user:canary@h/i"], 64),
      (["--schema", "ecs", "--batch", "0"], 64), (["--schema", "ecs", "--connection", "nowhere"], 66),
      (["--schema", "ecs", "--to", "splunk:http://example.org:1", "--credential-file", "credential"], 77),
      (["--schema", "ecs", "--to", "splunk:https://h", "--credential-file", "missing"], 66),
      (["--schema", "ecs", "--to", "splunk:https://h", "--credential-file", "empty"], 65),
      (["--schema", "ecs", "--to", "splunk:https://h", "--credential-file", "pipe"], 74),
      (["--schema", "ecs", "--to", "splunk:https://h", "--credential-file", "link"], 65),
      (["--schema", "ecs", "--to", "splunk:https://h", "--ca-file", "missing"], 66),
      (["--schema", "ecs", "--to", "splunk:https://h", "--ca-file", "pipe"], 74),
      (["--schema", "ecs", "--to", "syslog+tls://h", "--ca-file", "link"], 65),
      (["--schema", "ecs", "--to", "file:raw.jsonl"], 77), (["--schema", "ecs", "--to", "append:raw.jsonl"], 77),
      (["--schema", "ecs", "--to", "file:quarter/assay.yaml"], 64),
    ] as [([String], Int32)])
  func `what cannot be done is said before anything is sent`(arguments: [String], status: Int32) throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    try folder.write("credential", "canary-credential\n")
    try folder.write("empty", "\n")
    let made = try run(
      URL(filePath: "/bin/sh"), ["-c", "mkfifo pipe && truncate -s 4T hole && ln -s hole link"], in: folder)
    try #require(made.status == 0, "\(made)")
    let finished = try assay(["export", "--config", "quarter/assay.yaml"] + arguments, in: folder)
    #expect(finished.status == status, "\(finished)")
    #expect(!finished.errors.contains("canary-credential"))
    #expect(try folder.text("raw.jsonl").hasPrefix("{\"type\":\"archive\""))
  }

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: python.path),
      "DuckDB is not in .build/export; `make test-deps` installs it"))
  func `the documented step makes Parquet of exported lines`() throws {
    let folder = try Self.quarter()
    try Self.export(["--schema", "assay", "--to", "file:events.jsonl"], in: folder)
    let document = try String(contentsOf: repository.appending(path: "docs/export.md"), encoding: .utf8)
    let start = try #require(document.range(of: "```python\n")?.upperBound)
    let end = try #require(document[start...].range(of: "```")?.lowerBound)
    try folder.write("parquet.py", String(document[start..<end]))
    let made = try run(Self.python, ["parquet.py"], in: folder)
    #expect(made.status == 0, "\(made)")
    try folder.write(
      "count.py",
      "import duckdb\nprint(duckdb.sql(\"SELECT kind, count(*) FROM 'events.parquet' GROUP BY 1 ORDER BY 1\").fetchall())\n"
    )
    let counted = try run(Self.python, ["count.py"], in: folder)
    #expect(counted.output.contains("('statement', 5)"), "\(counted)")
  }
}
