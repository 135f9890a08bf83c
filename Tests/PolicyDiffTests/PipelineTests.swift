import ArgumentParser
import AssayCommand
import Foundation
import Testing
import Yams

/// The examples of `docs/ci/`, with stand-ins for the services.
@Suite struct PipelineTests {
  private static let mark = "<!-- assay: policy diff -->\n"
  private static let headline = "**1 statement that destroyed 48,213 rows on the shadow would newly be allowed"
  /// Comments of others, with our mark too, and another of the service's own user: only the last is ours.
  private static let comments = #"""
    [{"id": 9, "user": {"login": "m"}, "author": {"id": 4}, "body": "<!-- assay: policy diff -->\nLook"},
     {"id": 10, "user": {"login": "github-actions[bot]"}, "author": {"id": 5}, "body": "The build passes."},
     {"id": 11, "user": {"login": "github-actions[bot]"}, "author": {"id": 5}, "body": "<!-- assay: policy diff -->\nOld"}]
    """#

  /// The shell of every step, job and hook under a node.
  private static func scripts(_ node: Node) -> [String] {
    if let mapping = node.mapping {
      return mapping.flatMap { key, value in
        guard ["run", "script", "before_script"].contains(key.string ?? "") else { return scripts(value) }
        return value.string.map { [$0] } ?? value.sequence.map { $0.compactMap(\.string) } ?? []
      }
    }
    return node.sequence.map { $0.flatMap(scripts) } ?? []
  }

  @Test(arguments: [
    ("github-actions-policy-diff.yml", ["on", "permissions", "jobs"], ["diff"]),
    ("github-actions-traffic.yml", ["on", "permissions", "jobs"], ["ingest", "replay", "ledger"]),
    ("gitlab-ci-policy-diff.yml", ["assay traffic", "policy diff"], ["ingest", "replay", "ledger", "diff"]),
  ])
  func `a pipeline is YAML and calls the program with options that it has`(
    name: String, keys: [String], commands: [String]
  ) throws {
    let text = try String(contentsOf: URL(fileURLWithPath: Pipeline.examples + name), encoding: .utf8)
    let root = try #require(try Yams.compose(yaml: text))
    for key in keys { #expect(root[key] != nil, "\(key)") }
    var found: [String] = []
    for line in Self.scripts(root).flatMap({ $0.replacing("\\\n", with: " ").split(separator: "\n") }) {
      // The command ends where its output goes to a file.
      let words = line.split(separator: " ").prefix { $0 != ">" && $0 != "||" }.map(String.init)
      guard words.first == "assay", words.count > 2 else { continue }
      found.append(words[1])
      #expect(throws: Never.self, "\(line)") { _ = try AssayCommand.parseAsRoot(Array(words.dropFirst())) }
      #expect(throws: (any Error).self) { _ = try AssayCommand.parseAsRoot(words.dropFirst() + ["--no-such"]) }
    }
    #expect(found == commands)
  }

  private static func expectReports(in work: String) throws {
    for (file, text) in [("diff.sarif", "\"ruleId\": \"risk\""), ("diff.xml", "<failure ")] {
      #expect(try String(contentsOf: URL(fileURLWithPath: work + "/" + file), encoding: .utf8).contains(text))
    }
  }

  @Test func `GitHub gets one comment, which a later run writes anew`() throws {
    let pipeline = try Pipeline()
    // The policies before, the traffic, the diff, whose gate trips, the comment.
    #expect(try pipeline.runGitHub() == [0, 0, 1, 0], "\(pipeline.printed)")
    try Self.expectReports(in: pipeline.work)
    #expect(try pipeline.comment.hasPrefix(Self.mark + Self.headline))
    #expect(try pipeline.summary.hasPrefix(Self.headline))
    #expect(
      try pipeline.posts
        == ["gh api --method POST repos/o/r/issues/7/comments --input body.json --silent"])

    let again = try Pipeline()
    again.variables["COMMENTS"] = Self.comments
    #expect(try again.runGitHub() == [0, 0, 1, 0], "\(again.printed)")
    #expect(
      try again.posts == ["gh api --method PATCH repos/o/r/issues/comments/11 --input body.json --silent"])
  }

  @Test func `a fork's token is not asked to comment`() throws {
    let pipeline = try Pipeline()
    pipeline.variables["FORK"] = "true"
    #expect(try pipeline.runGitHub() == [0, 0, 1, 0], "\(pipeline.printed)")
    #expect(try pipeline.posts == [])
    #expect(pipeline.printed.contains("may not comment"))
    #expect(try pipeline.summary.hasPrefix(Self.headline))

    let lab = try Pipeline()
    #expect(try lab.runGitLab() == 1)
    #expect(try lab.posts == [])
    #expect(try lab.calls.count == 1 && lab.calls[0].contains("--header JOB-TOKEN: job "))
    #expect(lab.printed.contains("No ASSAY_TOKEN here") && lab.printed.contains(Self.headline))
  }

  @Test func `no comment is empty`() throws {
    let without = try Pipeline()
    without.variables["RUNS"] = #"{"workflow_runs": []}"#
    #expect(try without.runGitHub() == [0, 1, nil, 0], "\(without.printed)")
    #expect(without.printed.contains("There is no traffic yet: run the workflow traffic.yml on main once."))
    #expect(try without.posts == [])

    let spoilt = try Pipeline()
    try spoilt.spoilTraffic(with: "no ledger")
    let statuses = try spoilt.runGitHub()
    #expect(statuses.count == 4 && statuses[2] != 0 && statuses[3] == 0, "\(spoilt.printed)")
    #expect(try spoilt.posts == [])

    for text in [nil, "no ledger"] {
      let lab = try Pipeline()
      lab.variables["ASSAY_TOKEN"] = "token"
      try lab.spoilTraffic(with: text)
      #expect(try lab.runGitLab() != 0)
      #expect(try lab.posts == [], "\(lab.printed)")
    }
  }

  @Test func `a base without policies is what the proxy did`() throws {
    let pipeline = try Pipeline(before: false)
    #expect(try pipeline.runGitHub() == [0, 0, 0, 0], "\(pipeline.printed)")
    #expect(try pipeline.comment.contains("1 statement: 1 unchanged"))

    let lab = try Pipeline(before: false)
    lab.variables["ASSAY_TOKEN"] = "token"
    #expect(try lab.runGitLab() == 0, "\(lab.printed)")
    #expect(try lab.comment.contains("1 statement: 1 unchanged"))
  }

  @Test func `a pull request that leaves no policy fails and says so`() throws {
    let pipeline = try Pipeline()
    try #require(try pipeline.run("git rm -q policies/p.yaml") == 0)
    #expect(try pipeline.runGitHub() == [0, 0, 1, 0])
    #expect(pipeline.printed.contains("No policy is left in policies/"))
    #expect(try pipeline.posts == [])
  }

  @Test func `GitLab gets one comment, which a later run writes anew`() throws {
    let notes = "https://example.invalid/api/v4/projects/3/merge_requests/7/notes"
    for (comments, method, place) in [("[]", "POST", notes), (Self.comments, "PUT", notes + "/11")] {
      let pipeline = try Pipeline()
      pipeline.variables["ASSAY_TOKEN"] = "token"
      pipeline.variables["COMMENTS"] = comments
      #expect(try pipeline.runGitLab() == 1, "\(pipeline.printed)")
      try Self.expectReports(in: pipeline.work)
      #expect(try pipeline.comment.hasPrefix(Self.mark + Self.headline))
      let posts = try pipeline.posts
      #expect(posts.count == 1 && posts[0].contains("--request \(method) ") && posts[0].hasSuffix(" " + place))
    }
  }

  @Test(arguments: ["github-actions-traffic.yml", "gitlab-ci-policy-diff.yml"])
  func `the traffic that a pipeline makes can be held against policies`(name: String) throws {
    let text = try String(contentsOf: URL(fileURLWithPath: Pipeline.examples + name), encoding: .utf8)
    let script = Self.scripts(try #require(try Yams.compose(yaml: text))).filter {
      $0.hasPrefix("assay ingest") || $0.hasPrefix("assay replay") || $0.hasPrefix("assay ledger")
    }
    let pipeline = try Pipeline()
    let steps =
      ["assay init quarter --from hoop", "cd quarter"] + script
      + ["assay diff recorded policies --ledger traffic.db --fail-on harm --markdown >comment.md && test -s comment.md"]
    #expect(try pipeline.run(steps.joined(separator: "\n")) == 0, "\(pipeline.printed)")
  }
}
