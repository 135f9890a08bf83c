import Foundation
import Testing

/// Where a command writes is not where it reads.
@Suite struct OutputTests {
  static let commands = [
    "replay --verdicts", "run --verdicts", "incident s1 --markdown", "incident s1 --html",
    "incident --archive a.jsonl --shadow sqlite:shadow.sql --html", "diff recorded policy.yaml --junit",
    "diff recorded policy.yaml --sarif", "policy suggest --policy policy.yaml --output",
  ]
  static let inputs = ["l.db", "shadow.sql", "policy.yaml", "assay.yaml", "a.jsonl"]

  @Test(arguments: commands)
  func `no file that a command reads is replaced, whatever it is called`(command: String) throws {
    let folder = try Self.folder()
    for input in Self.inputs {
      let bytes = try folder.bytes(input)
      for name in try Self.names(of: input, in: folder) {
        try refused(command + " " + name, in: folder)
        #expect(try folder.bytes(input) == bytes, "\(command) \(name)")
      }
    }
  }

  @Test func `what makes a file does not make it of itself`() throws {
    let folder = try Self.folder()
    try folder.write("dump.sql", "-- PostgreSQL database dump\n")
    let archive = try folder.bytes("a.jsonl")
    for name in try Self.names(of: "a.jsonl", in: folder) {
      for command in ["seal a.jsonl --output", "seal a.jsonl --allow-rejected --output"] {
        try refused("\(command) \(name)", in: folder)
      }
    }
    #expect(try folder.bytes("a.jsonl") == archive)
    for source in ["shadow.sql", "sqlite:shadow.sql"] {
      try refused("shadow create --schema \(source) --output shadow.sql", in: folder)
    }
    try refused("shadow create --schema shadow.sql --from-ledger --output l.db", in: folder)
    try refused("incident s1 --html page --markdown ./page", in: folder)
  }

  @Test func `a file of a folder that is read is not replaced, and a new one may be put there`() throws {
    let folder = try Self.folder()
    try folder.makeFolder("rules")
    try folder.copy("policy.yaml", to: "rules/2026.yaml")
    let text = try folder.text("assay.yaml").replacing("policy.yaml", with: "rules")
    try folder.write("assay.yaml", text)
    try refused("policy suggest --output rules/2026.yaml", in: folder)
    let finished = try assay(
      "policy suggest --output rules/new.yaml".split(separator: " ").map(String.init), in: folder)
    #expect(finished.status == 0, "\(finished)")
  }

  /// Each command that writes a file, once with its options.
  static let writers = [
    "replay --verdicts", "run --verdicts", "incident s1 --markdown", "incident s1 --html",
    "diff recorded policy.yaml --junit", "diff recorded policy.yaml --sarif", "policy suggest --output",
    "seal a.jsonl --output", "seal a.jsonl --output s.jsonl --key k.pem --checkpoint",
    "shadow create --schema sqlite:shadow.sql --output", "shadow create --schema sqlite:shadow.sql --output sqlite:",
  ]

  @Test(arguments: writers)
  func `a file that is not its like is not replaced, and its like is`(command: String) throws {
    let folder = try Self.folder()
    try Self.makeKey(in: folder)
    try folder.write("b.jsonl", Archive.text("other", statements: 3))
    try folder.copy("policy.yaml", to: "of-others.yaml")
    try folder.write("page.html", "<!DOCTYPE html>\n<html><body>Ours</body></html>\n")
    try folder.write("notes.md", "# Notes\n")
    try folder.write("other.sarif", "{\n  \"$schema\": \"x\", \"runs\": []\n}\n")
    let package = "out/2026-07"
    let kept = [
      "b.jsonl", "k2.pem", "of-others.yaml", "page.html", "notes.md", "other.sarif", "old.db",
      package + "/MANIFEST.json",
      package + "/summary.md", package + ".run.json",
    ]
    try folder.copy("l.db", to: "old.db")
    for name in kept {
      let bytes = try folder.bytes(name)
      let finished = try Self.run(command, name, in: folder)
      #expect(finished.status == 77, "\(command) \(name): \(finished)")
      #expect(finished.errors.contains("name"), "\(command) \(name): \(finished)")
      #expect(try folder.bytes(name) == bytes, "\(command) \(name)")
    }
    // A chain goes on from its head; that is tried with the signatures.
    if command.contains("--checkpoint") { return }
    try folder.write("new", "")
    for name in ["new", "new.sql", "new.db"] {
      for _ in 0..<2 {
        let finished = try Self.run(command, name, in: folder)
        #expect(finished.status == 0, "\(command) \(name): \(finished)")
      }
    }
  }

  @Test func `nothing is written into a package`() throws {
    let folder = try Self.folder()
    try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: "out/2026-07/populations")
    let before = try folder.files("out/2026-07")
    for place in ["out/2026-07", "out/2026-07/populations", "out/2026-07/new/deep", "link"] {
      for command in [
        "report --output \(place)", "run --output \(place)", "replay --verdicts \(place)/v.jsonl",
        "ingest a.jsonl --ledger \(place)/l.db", "incident s1 --html \(place)/i.html",
        "seal a.jsonl --output \(place)/s.jsonl",
      ] {
        let config = command.hasPrefix("report") || command.hasPrefix("run") ? " --config assay.yaml" : ""
        let finished = try assay((command + config).split(separator: " ").map(String.init), in: folder)
        #expect(finished.status == 77, "\(command): \(finished)")
        #expect(finished.errors.contains("package"), "\(command): \(finished)")
      }
    }
    #expect(try folder.files("out/2026-07") == before)
    #expect(try assay("verify", "out/2026-07", in: folder).status == 0)
  }

  /// What is written beside a package, with the command that writes it.
  static let beside = [
    ("2026-07.run.json", "report"), ("2026-07.dsse.json", "report --sign k.pem"),
    ("2026-07.SHA256SUMS.sig", "report --sign k.pem"), ("2026-07.compare.md", "report --compare out/2026-07"),
    ("2026-07.compare.csv", "report --compare out/2026-07"),
    ("2026-07.disclosure-ana-example.org.md", "report --disclosure ana@example.org"),
    ("2026-07.samples", "sample T-02 --package out/2026-07 --size 2 --seed s"),
    ("2026-07.samples/T-02-2-043a7187.csv", "sample T-02 --package out/2026-07/ --size 2 --seed s"),
    ("2026-07.samples/T-02-2-043a7187.json", "sample T-02 --package ./out/2026-07 --size 2 --seed s"),
  ]

  @Test(arguments: beside)
  func `what is written beside a package follows no link and waits for no pipe`(name: String, command: String) throws {
    let folder = try Self.folder()
    try Self.makeKey(in: folder)
    try folder.write("kept/file", "ours")
    if name.contains("samples/") { try folder.makeFolder("out/2026-07.samples") }
    let place = folder("out/" + name)
    for bait in ["kept/file", "kept", "kept/new", "pipe", "folder"] {
      switch bait {
      case "pipe":
        try #require(
          try EndToEndTests.run(URL(filePath: "/usr/bin/env"), ["mkfifo", place], in: folder).status == 0)
      case "folder" where name.hasSuffix("samples"): continue
      case "folder": try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
      default:
        try? FileManager.default.removeItem(atPath: place)
        try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: folder(bait))
      }
      let finished = try assay(command.split(separator: " ").map(String.init), in: folder)
      #expect(finished.status == 77, "\(bait): \(finished)")
      #expect(finished.errors.contains("move it away"), "\(bait): \(finished)")
      #expect(try folder.files("kept") == ["file"])
      #expect(try folder.text("kept/file") == "ours")
      try FileManager.default.removeItem(atPath: place)
    }
    #expect(try assay(command.split(separator: " ").map(String.init), in: folder).status == 0)
    #expect(try assay("verify", "out/2026-07", in: folder).status == 0)
  }

  @Test func `two that write one package at once do not take away each other's files`() throws {
    let folder = try Self.folder()
    for round in 1...3 {
      try folder.write("assay.yaml", try folder.text("assay.yaml").replacing("Clinic", with: "Clinic \(round)"))
      let reports = (1...3).map { "('\(binary.path)' report --quiet 2> \($0).errors; echo $? > \($0).status) &" }
      let shell = URL(filePath: "/bin/bash")
      #expect(try EndToEndTests.run(shell, ["-c", reports.joined(separator: " ") + " wait"], in: folder).status == 0)
      let statuses = try (1...3).map { try folder.text("\($0).status") }
      let errors = try (1...3).map { try folder.text("\($0).errors") }
      #expect(
        statuses.contains("0\n") && statuses.allSatisfy { ["0\n", "75\n"].contains($0) }, "\(statuses) \(errors)")
      for (status, error) in zip(statuses, errors) where status == "75\n" {
        #expect(error.contains("in use by another assay") || error.contains("written by another assay"), "\(error)")
      }
      let verified = try assay("verify", "out/2026-07", in: folder)
      #expect(verified.status == 0, "\(verified)")
    }
  }

  @Test func `nothing beside an output is lost, whatever it is called`() throws {
    let folder = try Self.folder()
    try folder.copy("a.jsonl", to: "s.jsonl.partial")
    let archive = try folder.bytes("a.jsonl")
    #expect(try assay("seal", "s.jsonl.partial", "--output", "s.jsonl", in: folder).status == 0)
    try folder.copy("a.jsonl", to: "v.jsonl.partial")
    #expect(try assay("replay", "--verdicts", "v.jsonl", in: folder).status == 0)
    for name in ["s.jsonl.partial", "v.jsonl.partial"] { #expect(try folder.bytes(name) == archive) }
    #expect(try folder.files("").filter { $0.hasPrefix(".assay-") } == [])
  }

  @Test(arguments: writers.filter { !$0.contains("sqlite:shadow.sql --output sqlite:") && !$0.contains("checkpoint") })
  func `an output takes the place of a link and is written through none`(command: String) throws {
    let folder = try Self.folder()
    try folder.makeFolder("kept")
    try FileManager.default.createSymbolicLink(atPath: folder("new"), withDestinationPath: "kept/new")
    let finished = try Self.run(command, "new", in: folder)
    #expect(finished.status == 0, "\(finished)")
    #expect(try folder.files("kept") == [])
  }

  @Test func `what SQLite keeps beside the ledger is not an output`() throws {
    let folder = try Self.folder()
    for ending in ["-wal", "-shm", "-journal", ".lock"] { try refused("replay --verdicts l.db" + ending, in: folder) }
  }

  @Test func `an archive is sealed again onto itself only as the same`() throws {
    let folder = try Self.folder()
    func seal(_ input: String) throws -> Finished { try assay("seal", input, "--output", "s.jsonl", in: folder) }
    #expect(try seal("a.jsonl").status == 0)
    let sealed = try folder.bytes("s.jsonl")
    #expect(try seal("a.jsonl").status == 0)
    try folder.write("b.jsonl", Archive.text("other", statements: 3))
    let other = try seal("b.jsonl")
    #expect(other.status == 77, "\(other)")
    #expect(try folder.bytes("s.jsonl") == sealed)
    #expect(try folder.files("").filter { $0.hasPrefix(".assay-") } == [])
  }

  private static func makeKey(in folder: Folder) throws {
    for name in ["k.pem", "k2.pem"] {
      try folder.write(
        name,
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\n-----END PRIVATE KEY-----\n"
      )
    }
  }

  private static func run(_ command: String, _ output: String, in folder: Folder) throws -> Finished {
    let text = command.hasSuffix(":") ? command + output : command + " " + output
    return try assay(text.split(separator: " ").map(String.init), in: folder)
  }

  private static func folder() throws -> Folder {
    let folder = try LedgerTests.folder()
    try folder.write(
      "policy.yaml",
      "policy: p\nversion: \"1\"\neffective: 2026-01-01T00:00:00Z\nrules: []\nharm: { escalates: true }\n")
    try folder.write("assay.yaml", try folder.text("assay.yaml") + "\npolicies: policy.yaml\n")
    return folder
  }

  private func refused(_ command: String, in folder: Folder) throws {
    let finished = try assay(command.split(separator: " ").map(String.init), in: folder)
    #expect(finished.status == 64, "\(command): \(finished)")
    #expect(finished.errors.contains("name"), "\(command): \(finished)")
  }

  /// A file's path, the same through its folder, a symbolic and a hard link.
  private static func names(of input: String, in folder: Folder) throws -> [String] {
    try FileManager.default.createSymbolicLink(atPath: folder("soft-" + input), withDestinationPath: input)
    try FileManager.default.linkItem(atPath: folder(input), toPath: folder("hard-" + input))
    return [input, folder(input), "soft-" + input, "hard-" + input]
  }
}
