import Foundation
import Testing

@Test func `the collection script takes a period whole or stops`() throws {
  let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
  let fixtures = try #require(Bundle.module.url(forResource: "fixtures", withExtension: nil))
  let process = Process()
  process.executableURL = URL(filePath: "/bin/bash")
  process.arguments = [
    fixtures.appending(path: "collect-hoop-test.sh").path, repository.appending(path: "docs/collect-hoop.sh").path,
  ]
  let output = Pipe()
  process.standardOutput = output
  process.standardError = output
  try process.run()
  let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  #expect(process.terminationStatus == 0, "\(said)")
  #expect(said.contains("ok   a period is collected"), "\(said)")
}
