import Foundation
import Testing

/// Who may read what Assay writes, whatever umask it was started with.
@Suite struct RightsTests {
  /// Runs `assay` under a umask, with its temporary files in `tmp/`.
  private func assay(_ arguments: [String], umask: String, in folder: Folder, killAfter: Double = patience) throws
    -> Finished
  {
    try run(
      URL(filePath: "/bin/sh"),
      ["-c", #"umask "$0"; TMPDIR="$PWD/tmp" exec "$@""#, umask, binary.path] + arguments, in: folder,
      killAfter: killAfter)
  }

  /// The entries below `name` that another user could read, write or pass.
  private func open(_ name: String, _ folder: Folder) throws -> [String] {
    guard FileManager.default.fileExists(atPath: folder(name)) else { return [] }
    let below = try FileManager.default.subpathsOfDirectory(atPath: folder(name)).map { "\(name)/\($0)" }
    return try ([name] + below).filter { try rights(folder($0)) & 0o077 != 0 }
  }

  private func rights(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
  }

  private static func prepare(_ folder: Folder) throws {
    try folder.makeFolder("tmp")
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder("tmp"))
    try folder.write("one.jsonl", Archive.text(statements: 3))
    try folder.write("shadow.sql", "CREATE TABLE t (a INTEGER);\n")
    try folder.write(
      "assay.yaml",
      """
      organization: Small
      period: 2026-07
      archives: [one.jsonl]
      shadows: [{ connection: clinic, source: "sqlite:shadow.sql" }]
      frameworks: [soc2-2017]
      ledger: made/ledger.db
      output: made/reports
      """)
  }

  @Test(arguments: ["000", "022", "077", "0177"])
  func `what Assay writes is for its user alone`(umask: String) throws {
    let folder = try Folder()
    try Self.prepare(folder)
    // A page that stands there already and that everybody may read.
    try folder.write("made/page.html", "old\n<!-- An incident's page, made by `assay incident`. -->\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder("made/page.html"))
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder("made"))
    let finished = try assay(["run", "--verdicts", "made/verdicts.jsonl"], umask: umask, in: folder)
    #expect(finished.status == 0, "\(finished)")
    for arguments in [
      ["incident", "s1", "--html", "made/page.html", "--markdown", "made/page.md"],
      ["incident", "--archive", "one.jsonl", "s1", "--html", "made/other.html"],
      ["seal", "one.jsonl", "--output", "made/sealed.jsonl"],
      ["ledger", "slim", "--output", "made/slim.db"], ["report"], ["ingest"],
    ] {
      let finished = try assay(arguments, umask: umask, in: folder)
      #expect(finished.status == 0, "\(arguments): \(finished)")
    }
    #expect(try folder.files("made").count > 40)
    #expect(try open("made", folder) == [])
    #expect(try folder.files("tmp") == [])
  }

  @Test(arguments: ["000", "022", "077"])
  func `so is what it keeps beside the ledger and in temporary folders, should it be killed`(umask: String) throws {
    let folder = try Folder()
    try Self.prepare(folder)
    try folder.write("one.jsonl", Archive.text(statements: 60_000))
    try folder.makeFolder("made")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder("made"))
    var found: Set<String> = []
    for (index, moment) in [0.3, 0.8, 1.5, 2.5].enumerated() {
      for arguments in [
        ["ingest", "--ledger", "made/\(index).db"], ["incident", "--archive", "one.jsonl", "s1"],
      ] {
        _ = try assay(arguments, umask: umask, in: folder, killAfter: moment)
        #expect(try open("made", folder) == [], "\(moment)")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder("tmp")) {
          #expect(try open("tmp/\(name)", folder) == [], "\(moment)")
        }
        found.formUnion(try folder.files("made").map { ($0 as NSString).pathExtension })
      }
    }
    #expect(found.contains("db"))
    #expect(
      found.contains { $0.hasPrefix("db-") }, "no run was killed with a log or journal beside its ledger: \(found)")
  }

  @Test(arguments: ["000", "077"])
  func `a package that is shared may be read by everybody and changed by nobody else, and the ledger stays private`(
    umask: String
  ) throws {
    let folder = try Folder()
    try Self.prepare(folder)
    for arguments in [["run", "--shared"], ["report", "--shared"]] {
      let finished = try assay(arguments, umask: umask, in: folder)
      #expect(finished.status == 0, "\(arguments): \(finished)")
      let names = try FileManager.default.subpathsOfDirectory(atPath: folder("made/reports"))
      #expect(names.count > 40)
      for name in names {
        let path = folder("made/reports/\(name)")
        let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        #expect(try rights(path) == (type == .typeDirectory ? 0o755 : 0o644), "\(name)")
      }
      #expect(try rights(folder("made/reports")) == 0o755)
      #expect(try rights(folder("made/ledger.db")) == 0o600)
      #expect(try assay(["verify", "made/reports/2026-07"], umask: umask, in: folder).status == 0)
    }
    #expect(try assay(["report"], umask: umask, in: folder).status == 0)
    #expect(try open("made/reports/2026-07", folder) == [])
  }
}
