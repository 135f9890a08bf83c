import AuditTrail
import Foundation
import Ledger
import PolicyDiff
import Testing
import Yams

/// A pipeline of `docs/ci/`, run as its service runs it: with stand-ins for what calls the service, which write down their
/// calls and answer from files.
final class Pipeline {
  static let examples =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/docs/ci/"
  /// The product, which is next to the tests' bundle.
  private static let products = Bundle.module.bundleURL.deletingLastPathComponent().path

  private let folder: TemporaryFolder
  /// Where the pipeline's steps run.
  let work: String
  /// The commit before.
  private(set) var base = ""
  /// What the steps find in their environment.
  var variables: [String: String] = [:]
  /// What the steps printed.
  private(set) var printed = ""

  private static let gitHub = """
    #!/bin/bash
    echo "gh $*" >>"$CALLS"
    case "$*" in
      *"/runs?"*) jq --raw-output "${@: -1}" <<<"$RUNS" ;;
      "run download"*) mkdir -p .assay && cp "$TRAFFIC" .assay/traffic.db ;;
      *"/comments?"*) jq --raw-output "${@: -1}" <<<"$COMMENTS" ;;
      *"--method"*) cp body.json "$CALLS.body" ;;
    esac
    """
  private static let curl = """
    #!/bin/bash
    echo "curl $*" >>"$CALLS"
    output=/dev/stdout
    while [ $# -gt 0 ]; do
      case "$1" in --output) output=$2; shift ;; --data) cp "${2#@}" "$CALLS.body"; shift ;; esac
      address=$1
      shift
    done
    case "$address" in
      */user) echo '{"id": 5}' >"$output" ;;
      */jobs/artifacts/*) cp "$TRAFFIC" "$output" 2>/dev/null || exit 22 ;;
      *"/notes?"*"&page=1&"*) echo "$COMMENTS" >"$output" ;;
      *"/notes?"*) echo "[]" >"$output" ;;
    esac
    """

  /// A repository whose last commit takes a rule from its policy, beside traffic that the rule would stop. Without `before`
  /// the commit before has no policy.
  init(before: Bool = true) throws {
    folder = try TemporaryFolder()
    work = folder.path + "/work"
    let manager = FileManager.default
    for name in ["/work", "/bin", "/home"] {
      try manager.createDirectory(atPath: folder.path + name, withIntermediateDirectories: true)
    }
    for (name, text) in [("gh", Self.gitHub), ("curl", Self.curl)] {
      let path = folder.path + "/bin/" + name
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }
    variables = [
      "PATH": "\(folder.path)/bin:\(Self.products):" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"),
      "HOME": folder.path + "/home", "CALLS": folder.path + "/calls", "TRAFFIC": folder.path + "/traffic.db",
      "RUNS": #"{"workflow_runs": [{"id": 41}]}"#, "COMMENTS": "[]",
      "GITHUB_REPOSITORY": "o/r", "GITHUB_STEP_SUMMARY": folder.path + "/summary.md", "NUMBER": "7", "FORK": "false",
      "BRANCH": "main", "CI_API_V4_URL": "https://example.invalid/api/v4", "CI_MERGE_REQUEST_PROJECT_ID": "3",
      "CI_MERGE_REQUEST_IID": "7", "CI_DEFAULT_BRANCH": "main", "CI_JOB_TOKEN": "job",
    ]
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load([Sent(sql: "DELETE FROM visits WHERE 1=1", effect: Fixture.deleted(48_213))], into: ledger)
    _ = try ledger.cutDown(to: folder.path + "/traffic.db", borders: [], redaction: .traffic)
    let head = "policy: p\nversion: \"1\"\neffective: 2026-01-01T00:00:00Z\n"
    let rule = "rules:\n  - { id: d, when: { statement: { kind: delete } }, then: block }\n"
    let commit = "git -c user.name=t -c user.email=t -c commit.gpgsign=false commit -q -m"
    try write("note.md", "A repository.\n")
    if before { try write("policies/p.yaml", head + rule) }
    try #require(try run("git init -q . && git add . && \(commit) one && git rev-parse HEAD >../base") == 0)
    try write("policies/p.yaml", head + "rules: []\n")
    try #require(try run("git add . && \(commit) two") == 0)
    base = try file("/base").split(separator: "\n").first.map(String.init) ?? ""
    variables["BASE"] = base
    variables["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = base
  }

  private func write(_ name: String, _ text: String) throws {
    let place = URL(fileURLWithPath: work + "/" + name)
    try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: place)
  }

  private func file(_ name: String) throws -> String {
    try String(contentsOf: URL(fileURLWithPath: folder.path + name), encoding: .utf8)
  }

  /// Takes away what there is at the place of the traffic, or puts a file there that is not a ledger.
  func spoilTraffic(with text: String?) throws {
    try FileManager.default.removeItem(atPath: folder.path + "/traffic.db")
    if let text { try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/traffic.db")) }
  }

  /// The calls of the stand-ins, in their order.
  var calls: [String] {
    get throws {
      guard FileManager.default.fileExists(atPath: folder.path + "/calls") else { return [] }
      return try file("/calls").split(separator: "\n").map(String.init)
    }
  }

  /// The calls that write a comment.
  var posts: [String] {
    get throws { try calls.filter { $0.contains(" --method ") || $0.contains(" --request ") } }
  }

  /// The comment that was sent last.
  var comment: String {
    get throws {
      struct Body: Decodable { let body: String }
      return try JSONDecoder().decode(Body.self, from: Data(try file("/calls.body").utf8)).body
    }
  }

  var summary: String { get throws { try file("/summary.md") } }

  /// Runs lines of a pipeline in the work folder, as a runner does; gives the status.
  func run(_ script: String) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-e", "-o", "pipefail", "-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: work)
    process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    printed += String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Runs GitHub's steps but for those that install; after one that fails only those that always run. Gives each one's status,
  /// `nil` for one that did not run.
  func runGitHub() throws -> [Int32?] {
    let text = try String(
      contentsOf: URL(fileURLWithPath: Self.examples + "github-actions-policy-diff.yml"), encoding: .utf8)
    let steps = try #require(try Yams.compose(yaml: text)?["jobs"]?["diff"]?["steps"]?.sequence)
    var statuses: [Int32?] = []
    for step in steps {
      guard let script = step["run"]?.string, !script.contains("apt-get") else { continue }
      let failed = statuses.contains { $0 != 0 }
      statuses.append(failed && step["if"] == nil ? nil : try run(script))
    }
    return statuses
  }

  /// Runs GitLab's script, which comes after what installs; gives the status.
  func runGitLab() throws -> Int32 {
    let text = try String(
      contentsOf: URL(fileURLWithPath: Self.examples + "gitlab-ci-policy-diff.yml"), encoding: .utf8)
    let lines = try #require(try Yams.compose(yaml: text)?["policy diff"]?["script"]?.sequence).compactMap(\.string)
    return try run(lines.joined(separator: "\n"))
  }
}
