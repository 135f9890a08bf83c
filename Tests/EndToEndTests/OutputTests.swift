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
