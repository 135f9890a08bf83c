import ArgumentParser
import AssayCommand
import FoundationEssentials
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
}
