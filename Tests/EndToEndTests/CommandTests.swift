import Foundation
import Testing

/// The commands as a person meets them: help, lists, a first configuration, mistakes.
@Suite struct CommandTests {
  static let commands: [[String]] = [
    [], ["run"], ["init"], ["ingest"], ["replay"], ["diff"], ["report"], ["verify"], ["sample"], ["find"], ["incident"],
    ["explain"], ["reconcile"], ["seal"], ["shadow"], ["shadow", "create"], ["shadow", "check"],
    ["shadow", "classify"], ["policy"],
    ["policy", "check"], ["policy", "suggest"], ["ledger"], ["ledger", "fsck"], ["ledger", "slim"], ["selftest"],
    ["formats"], ["formats", "try"], ["frameworks"], ["status"], ["export"],
  ]

  @Test func `every command answers to help and says what it does`() throws {
    let folder = try Folder()
    for command in Self.commands {
      let help = try assay(command + ["--help"], in: folder)
      #expect(help.status == 0, "\(command)")
      #expect(help.output.hasPrefix("OVERVIEW: "), "\(command)")
      #expect(help.output.contains("USAGE: assay"), "\(command)")
      #expect(help.errors.isEmpty, "\(command)")
    }
    for command in ["run", "ingest", "replay", "diff", "report", "verify", "sample", "explain", "seal", "reconcile"] {
      #expect(try assay(command, "--help", in: folder).output.contains("Example: assay \(command)"), "\(command)")
    }
    #expect(try assay("--version", in: folder).output.hasPrefix("0."))
  }

  @Test func `the version names every C library that is loaded, each with its own`() throws {
    let folder = try Folder()
    for arguments in [["--version", "--verbose"], ["--verbose", "--version"]] {
      let lines = try assay(arguments, in: folder).output.split(separator: "\n")
      #expect(lines.first?.hasPrefix("assay 0.") == true)
      for name in [
        "SQLite", "libpq", "MariaDB Connector/C", "libpg_query", "libxlsxwriter", "OpenSSL", "simdjson", "RE2", "PCRE2",
        "zlib", "Zstandard",
      ] {
        let line = lines.first { $0.hasPrefix(name + " ") }
        #expect(line?.contains { $0.isNumber } == true, "\(name): \(lines)")
      }
    }
  }

  @Test func `every dependency is pinned to one version, and continuous integration to digests`() throws {
    let package = try String(contentsOf: repository.appending(path: "Package.swift"), encoding: .utf8)
    let dependencies = package.split(separator: "\n").filter { $0.contains(".package(url:") }
    #expect(dependencies.count == 3)
    #expect(dependencies.allSatisfy { $0.contains("exact: ") })
    let folder = repository.appending(path: "docs/ci")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      for line in try String(contentsOf: folder.appending(path: name), encoding: .utf8).split(separator: "\n") {
        let words = line.split(separator: " ")
        // What is in capital letters is for the reader to fill in.
        if let index = words.firstIndex(of: "uses:"), index + 1 < words.count {
          #expect(words[index + 1].firstMatch(of: /@([0-9a-f]{40}|COMMIT)$/) != nil, "\(name): \(line)")
        }
        for key in ["image:", "container:"] {
          guard let index = words.firstIndex(where: { $0 == key }), index + 1 < words.count else { continue }
          #expect(words[index + 1].firstMatch(of: /@sha256:([0-9a-f]{64}|DIGEST)$/) != nil, "\(name): \(line)")
        }
      }
    }
  }

  @Test func `every command of the top level is tested here`() throws {
    let help = try assay("--help", in: Folder()).output
    let list = try #require(help.range(of: "SUBCOMMANDS:")).upperBound
    let names = help[list...].split(separator: "\n").compactMap { line -> String? in
      guard line.hasPrefix("  "), !line.hasPrefix("   ") else { return nil }
      return line.split(separator: " ").first.map(String.init)
    }.filter { $0 != "See" }
    #expect(Set(names) == Set(Self.commands.compactMap(\.first)))
  }

  @Test func `what is odd in a policy is status 65 with --strict only`() throws {
    let folder = try Folder()
    try folder.write(
      "odd.yaml", "policy: p\nversion: \"1\"\nrules:\n  - { id: a, then: block }\n  - { id: b, then: review }\n")
    let plain = try assay("policy", "check", "odd.yaml", in: folder)
    #expect(plain.status == 0 && plain.output.contains("odd.yaml:5:5: warning: rule `b`"))
    let strict = try assay("policy", "check", "odd.yaml", "--strict", "--json", in: folder)
    #expect(strict.status == 65)
    #expect(try strict.json["lints"].array.compactMap { $0["id"].string } == ["shadowed-rule"])
  }

  @Test(arguments: [
    (["--bogus"], Int32(64), "--bogus"), (["ingest", "--bogus"], 64, "--bogus"), (["nonsense"], 64, "nonsense"),
    (["nonsense", "--help"], 64, "nonsense"), (["policy", "nonsense", "--help"], 64, "nonsense"),
    (["replya", "--ledger", "l.db"], 64, "`replya`"), (["policy", "chekc", "--strict", "x.yaml"], 64, "`chekc`"),
    (["verify"], 64, "paths"), (["ingest", "--format", "nonsense", "a"], 64, "nonsense"),
    (["run"], 66, "assay init"), (["run", "--config", "nowhere.yaml"], 66, "nowhere.yaml"),
    (["replay", "--shadow", "sqlite:nowhere.sql", "--ledger", "l.db"], 66, "nowhere.sql"),
    (["replay", "--shadow", "sqlite:empty.sql", "--ledger", "nowhere.db"], 66, "assay ingest"),
    (["replay", "--sample", "0%"], 64, "0%"), (["replay", "--sample", "many"], 64, "many"),
    (["replay", "--isolation", "none"], 64, "none"),
    (["replay", "--isolation", "history", "--session", "s1"], 64, "history"),
    (["replay", "--dry-run", "--thresholds"], 64, "thresholds"),
    (["replay", "--thresholds", "--ledger", "l.db"], 66, "assay replay"),
    (["replay", "--shadow", "oracle:x", "--ledger", "l.db"], 64, "sqlite:PATH"), (["replay"], 64, "--shadow"),
    (["explain", "s1"], 66, "ledger"), (["verify", "nowhere"], 66, "nowhere"),
    (["report", "--period", "Q3"], 66, "assay.yaml"),
    (["replay", "--shadow", "sqlite:unmarked.db", "--ledger", "l.db"], 77, "assay_shadow"),
    (["shadow", "check", "sqlite:unmarked.db"], 77, "assay_shadow"),
    (["shadow", "check", "sqlite:bad.sql"], 65, "bad.sql:2"), (["policy", "check", "bad.yaml"], 65, "bad.yaml:4:27"),
    (["run", "--config", "wrong.yaml"], 65, "wrong.yaml:2:1"), (["run", "--config", "cut.yaml"], 65, "cut.yaml:"),
    (["frameworks", "--config", "wrong.yaml"], 65, "wrong.yaml:2:1"),
  ])
  func `a mistake has its status, and a sentence that names it`(arguments: [String], status: Int32, says: String) throws
  {
    let folder = try Folder()
    try folder.write("empty.sql", "")
    try folder.write("bad.sql", "CREATE TABLE t (a);\nCREATE TABLE t (a);\n")
    try folder.write("bad.yaml", "policy: p\nversion: \"1\"\nrules:\n  - { id: a, then: block, whne: {} }\n")
    try folder.write("wrong.yaml", "organization: Small\narchive: [a]\nperiod: 2026-Q3\n")
    try folder.write("cut.yaml", "organization: [Small\nperiod: 2026-Q3\n")
    try folder.write("one.jsonl", Archive.text(statements: 1))
    _ = try assay("ingest", "one.jsonl", "--ledger", "l.db", in: folder)
    try folder.copy("l.db", to: "unmarked.db")
    let failed = try assay(arguments, in: folder)
    #expect(failed.status == status, "\(failed)")
    #expect(failed.errors.contains(says), "\(failed)")
    #expect(failed.output.isEmpty, "\(failed)")
  }

  @Test func `a dry run executes nothing, a sample is said to be one, and thresholds need no replay`() throws {
    let folder = try Folder()
    try folder.write("one.jsonl", Archive.text(statements: 3))
    try folder.write("shadow.sql", "CREATE TABLE t (a INTEGER);\n")
    _ = try assay("ingest", "one.jsonl", "--ledger", "l.db", in: folder)
    let shadow = ["--shadow", "sqlite:shadow.sql", "--ledger", "l.db"]
    let dry = try assay(["replay", "--dry-run", "--json"] + shadow, in: folder)
    #expect(dry.status == 0, "\(dry)")
    #expect(try dry.json.statements.int == 3)
    #expect(try dry.json.dry_run.bool == true)
    #expect(try assay("replay", "--thresholds", "--ledger", "l.db", in: folder).status == 66)
    #expect(try assay(["replay", "--dry-run"] + shadow, in: folder).output.contains("Nothing was executed"))
    let sampled = try assay(["replay", "--sample", "1", "--json"] + shadow, in: folder)
    #expect(sampled.status == 0, "\(sampled)")
    let counts = try sampled.json
    #expect((counts.statements.int ?? 0) + (counts.not_sampled.int ?? 0) == 3)
    let thresholds = try assay("replay", "--thresholds", "--ledger", "l.db", "--json", in: folder)
    #expect(thresholds.status == 0, "\(thresholds)")
    #expect(try thresholds.json.thresholds.array.count == 9)
    #expect(try assay("replay", "--thresholds", "--ledger", "l.db", in: folder).output.contains("rows ≥ 10,000"))
  }

  @Test(arguments: [
    ("native", "assay.archive/1", "s-bot-1"), ("hoop", "hoop.sessions", "00000000-0000-4000-8000-000000000004"),
    ("postgresql", "postgresql.csvlog", "6a564193.1006"),
  ])
  func `what init writes runs as it is, and leads to an incident`(source: String, format: String, harmful: String)
    throws
  {
    let folder = try Folder()
    let made = try assay("init", "new", "--from", source, in: folder)
    #expect(made.status == 0 && made.output.contains("assay run --config new/assay.yaml"), "\(made)")
    let checked = try assay("policy", "check", "new/policies", in: folder)
    #expect(checked.status == 0 && checked.output.contains("no errors"), "\(checked)")
    let finished = try assay("run", "--config", "new/assay.yaml", in: folder)
    #expect(finished.status == 0 && finished.output.contains(format), "\(finished)")
    #expect(try assay("verify", "new/reports/2026-Q3", in: folder).status == 0)
    let found = try assay("find", "--harmful", "--config", "new/assay.yaml", "--json", in: folder)
    #expect(try found.json.sessions.array.map { $0.session.string } == [harmful], "\(found)")
    let incident = try assay("incident", harmful, "--config", "new/assay.yaml", in: folder)
    // 180 orders, and the items that go with them.
    #expect(incident.status == 0, "\(incident)")
    for text in ["order_items          500      460", "orders               200      180"] {
      #expect(incident.output.contains(text), "\(incident)")
    }
    let again = try assay("init", "new", "--from", source, "--json", in: folder)
    #expect(try again.json.kept.array.count == 4 && again.json.written.array.isEmpty)
  }

  @Test func `the lists name formats and frameworks`() throws {
    let folder = try Folder()
    let formats = try assay("formats", in: folder).output
    for name in ["assay.archive/1", "hoop.sessions", "hoopinspect", "postgresql.csvlog"] {
      #expect(formats.contains(name))
    }
    let frameworks = try assay("frameworks", in: folder).output
    for name in ["soc2-2017", "iso27001-2022", "fedramp-rev5-moderate"] { #expect(frameworks.contains(name)) }
  }

  @Test func `a statement is explained without its literals, or with them when asked`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let id = "f233365e-18d3-f299-bb85-2eecb55976aa/2"
    let explained = try assay("explain", id, "--config", "samples/assay.yaml", "--json", in: quarter.folder)
    #expect(explained.status == 0, "\(explained)")
    let document = try explained.json
    #expect(document.verdict.verdict.string == "false_allow")
    #expect(document.provenance.archive.string?.hasPrefix("archives/hoop/") == true)
    #expect(document.sql.string?.contains("DELETE FROM visits") == true)
    let word = try assay(
      "explain", "105a415b-32ed-b70e-b48a-8968b1db62ec/1", "--config", "samples/assay.yaml", in: quarter.folder)
    #expect(!word.output.contains("drop table x"), "\(word)")
    let shown = try assay(
      "explain", "105a415b-32ed-b70e-b48a-8968b1db62ec/1", "--show-literals", "--config", "samples/assay.yaml",
      in: quarter.folder)
    #expect(shown.output.contains("SELECT 'drop table x'"), "\(shown)")
  }

  @Test(arguments: [
    "native/gw-1-2026-W28.jsonl.zst", "hoop/sessions-2026-W30.json.gz", "hoop/hoopinspect-2026-Q3.jsonl.gz",
  ])
  func `an archive that is sealed verifies, and reads as before`(name: String) throws {
    let folder = try Folder.withSamples()
    let sealed = try assay("seal", "samples/archives/\(name)", "--output", "sealed.jsonl", "--json", in: folder)
    #expect(sealed.status == 0, "\(sealed)")
    #expect(try folder.files(".").contains { $0.hasPrefix(".assay-") } == false)
    let verified = try assay("verify", "sealed.jsonl", "--json", in: folder)
    #expect(verified.status == 0, "\(verified)")
    let before = try assay("ingest", "samples/archives/\(name)", "--ledger", "a.db", "--json", in: folder).json
    let after = try assay("ingest", "sealed.jsonl", "--ledger", "b.db", "--json", in: folder).json
    #expect(after.archives.array.first?.seal.string == "valid")
    for key in ["sessions", "statements", "approvals"] {
      #expect(before.totals[key].int ?? 0 == after.totals[key].int, "\(key)")
    }
    var bytes = try folder.bytes("sealed.jsonl")
    let place = try #require(bytes.lastIndex { $0 == UInt8(ascii: "9") })
    bytes[place] = UInt8(ascii: "8")
    try folder.write("sealed.jsonl", bytes)
    let broken = try assay("verify", "sealed.jsonl", in: folder)
    #expect(broken.status == 1, "\(broken)")
    #expect(broken.output.contains("sealed.jsonl"))
  }

  @Test func `shadows are checked and classified`() throws {
    let folder = try Folder.withSamples()
    let checked = try assay("shadow", "check", "sqlite:samples/shadow/clinic-empty.sql", "--json", in: folder)
    #expect(checked.status == 0, "\(checked)")
    #expect(try checked.json.basis.string == "schema_only")
    let found = try assay("shadow", "classify", "sqlite:samples/shadow/clinic.sql", "--json", in: folder).json
    #expect(found.columns.array.contains { $0.column.string == "customers.email" && $0.detector.string == "email" })
  }
}
