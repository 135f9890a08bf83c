import Foundation
import Testing

@testable import PolicyDiff

/// What others read of a diff, read by them.
@Suite struct ConsumerTests {
  /// Runs the script of the fixtures; gives its status and what it printed on both streams.
  private static func validate(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let script = try fixture("validate.py")
    let process = Process()
    process.executableURL = python
    process.arguments = [script] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }

  private static func fixture(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: "fixtures", withExtension: nil)).appending(path: name).path
  }

  @Test(.enabled(if: has("jsonschema"), "python3-jsonschema is not installed; `make test-deps` installs it"))
  func `SARIF is valid by its published schema, and the schema refuses what is not`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path + "/diff.sarif"
    let schema = try Self.fixture("sarif-schema-2.1.0.json")
    let bytes = try RenderingTests.sample().sarif(places: [:], policy: "policies/new policy.yaml", version: "1.2.3")
    for (log, isValid) in [
      (bytes, true),
      (Array(String(decoding: bytes, as: UTF8.self).replacing("\"warning\"", with: "\"wrong\"").utf8), false),
    ] {
      try Data(log).write(to: URL(fileURLWithPath: file))
      let found = try Self.validate(["sarif", schema, file])
      #expect((found.status == 0) == isValid, "\(found.output.suffix(400))")
    }
    let empty = PolicyDifference().sarif(places: [:], policy: "p.yaml", version: "1")
    try Data(empty).write(to: URL(fileURLWithPath: file))
    #expect(try Self.validate(["sarif", schema, file]).status == 0)
  }

  @Test(.enabled(if: has("junitparser"), "python3-junitparser is not installed; `make test-deps` installs it"))
  func `JUnit is read by a usual consumer`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path + "/diff.xml"
    let text = try RenderingTests.sample().junit(gates: [.risk, .leak, .friction], tripped: [.risk, .friction])
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    let found = try Self.validate(["junit", file])
    #expect(found.status == 0, "\(found.output)")
    #expect(found.output == "risk friction leak | risk friction\n")
  }
}

/// The system's Python, which sees the system's packages.
private let python = URL(fileURLWithPath: "/usr/bin/python3")

/// Whether Python has a module.
private func has(_ module: String) -> Bool {
  let process = Process()
  process.executableURL = python
  process.arguments = ["-c", "import \(module)"]
  process.standardError = FileHandle.nullDevice
  guard (try? process.run()) != nil else { return false }
  process.waitUntilExit()
  return process.terminationStatus == 0
}
