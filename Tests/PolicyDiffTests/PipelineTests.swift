import ArgumentParser
import AssayCommand
import AuditTrail
import Foundation
import Ledger
import PolicyDiff
import Testing
import Yams

/// The examples of `docs/ci/`, as far as they run without the services.
@Suite struct PipelineTests {
  private static let folder =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/docs/ci/"

  @Test(arguments: [
    ("github-actions-policy-diff.yml", ["on", "permissions", "jobs"]), ("gitlab-ci-policy-diff.yml", ["policy diff"]),
  ])
  func `a pipeline is YAML and calls the program with options that it has`(name: String, keys: [String]) throws {
    let text = try String(contentsOf: URL(fileURLWithPath: Self.folder + name), encoding: .utf8)
    let root = try #require(try Yams.compose(yaml: text)?.mapping)
    for key in keys { #expect(root[Node(key)] != nil, "\(key)") }
    // The command ends where its output goes to a file.
    let start = try #require(text.firstRange(of: "assay diff"))
    let end = try #require(text[start.upperBound...].firstRange(of: "> comment.md"))
    let words = text[start.lowerBound..<end.lowerBound].split(whereSeparator: { " \n\\".contains($0) }).dropFirst()
    #expect(words.contains("--fail-on"))
    #expect(throws: Never.self) { _ = try AssayCommand.parseAsRoot(words.map(String.init)) }
    #expect(throws: (any Error).self) { _ = try AssayCommand.parseAsRoot(words.map(String.init) + ["--no-such"]) }
  }

  /// The product, which is next to the tests' bundle.
  private static let products = Bundle.module.bundleURL.deletingLastPathComponent().path

  /// Runs lines of a pipeline in a folder, as a runner does; gives the status.
  private static func run(_ script: String, in folder: String, _ variables: [String: String] = [:]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-e", "-o", "pipefail", "-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    var environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    environment["PATH"] = products + ":" + (environment["PATH"] ?? "/usr/bin:/bin")
    process.environment = environment
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// A repository whose last commit takes a rule from its policy, beside traffic that the rule stopped; gives the commit
  /// before.
  private static func repository(_ folder: String) throws -> String {
    let work = folder + "/work"
    try FileManager.default.createDirectory(atPath: work + "/policies", withIntermediateDirectories: true)
    let ledger = try Ledger(path: folder + "/l.db", create: true)
    try Fixture.load([Sent(sql: "DELETE FROM visits WHERE 1=1", effect: Fixture.deleted(48_213))], into: ledger)
    _ = try ledger.cutDown(to: folder + "/traffic.db", borders: [], redaction: .traffic)
    let head = "policy: p\nversion: \"1\"\neffective: 2026-01-01T00:00:00Z\n"
    let rule = "rules:\n  - { id: d, when: { statement: { kind: delete } }, then: block }\n"
    let git = "git -c user.name=t -c user.email=t -c commit.gpgsign=false"
    func commit(_ policy: String, _ script: String) throws {
      try Data(policy.utf8).write(to: URL(fileURLWithPath: work + "/policies/p.yaml"))
      try #require(try run(script, in: work) == 0)
    }
    try commit(
      head + rule,
      "git init -q . && git add policies && \(git) commit -q -m one && git rev-parse HEAD > ../base")
    try commit(head + "rules: []\n", "\(git) commit -q -a -m two")
    return try String(contentsOf: URL(fileURLWithPath: folder + "/base"), encoding: .utf8)
      .split(separator: "\n").map(String.init).first ?? ""
  }

  private static func expectReports(in work: String) throws {
    let comment = try String(contentsOf: URL(fileURLWithPath: work + "/comment.md"), encoding: .utf8)
    #expect(comment.hasPrefix("**1 statement that destroyed 48,213 rows on the shadow would newly be allowed"))
    for (file, text) in [("diff.sarif", "\"ruleId\": \"risk\""), ("diff.xml", "<failure ")] {
      #expect(try String(contentsOf: URL(fileURLWithPath: work + "/" + file), encoding: .utf8).contains(text))
    }
  }

  @Test func `GitHub's steps run, but for those that call GitHub`() throws {
    let folder = try TemporaryFolder()
    let base = try Self.repository(folder.path)
    let work = folder.path + "/work"
    try FileManager.default.createDirectory(atPath: work + "/.assay", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: folder.path + "/traffic.db", toPath: work + "/.assay/traffic.db")
    let text = try String(
      contentsOf: URL(fileURLWithPath: Self.folder + "github-actions-policy-diff.yml"), encoding: .utf8)
    let steps = try #require(try Yams.compose(yaml: text)?["jobs"]?["diff"]?["steps"]?.sequence)
    var statuses: [Int32] = []
    for script in steps.compactMap({ $0["run"]?.string }) where !script.contains("gh ") {
      statuses.append(
        try Self.run(script.replacing("${{ github.event.pull_request.base.sha }}", with: base), in: work))
    }
    // The worktree of the policies before, then the diff, whose gate trips.
    #expect(statuses == [0, 1])
    try Self.expectReports(in: work)
  }

  @Test func `GitLab's script runs`() throws {
    let folder = try TemporaryFolder()
    let base = try Self.repository(folder.path)
    let work = folder.path + "/work"
    let text = try String(contentsOf: URL(fileURLWithPath: Self.folder + "gitlab-ci-policy-diff.yml"), encoding: .utf8)
    let lines = try #require(try Yams.compose(yaml: text)?["policy diff"]?["script"]?.sequence).compactMap(\.string)
    let variables = ["CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "ASSAY_TRAFFIC": folder.path + "/traffic.db"]
    #expect(try Self.run(lines.joined(separator: "\n"), in: work, variables) == 1)
    try Self.expectReports(in: work)
  }
}
