import Foundation
import Testing

/// The walls that `docs/safety.md` lists stand where it says, and the tests that it names are there.
@Suite struct SafetyDocumentTests {
  private static func text(of folder: String) throws -> [String: String] {
    let root = repository.appending(path: folder)
    let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
    return try Dictionary(
      names.filter { $0.hasSuffix(".swift") }.map { name in
        (name, try String(contentsOf: root.appending(path: name), encoding: .utf8))
      }
    ) { first, _ in first }
  }

  @Test func `every file and every test that the page names is there`() throws {
    let page = try String(contentsOf: repository.appending(path: "docs/safety.md"), encoding: .utf8)
    let quoted = page.matches(of: /`([^`]+)`/).map { String($0.output.1) }
    let paths = quoted.filter { $0.wholeMatch(of: /[A-Za-z]+\/[\w\/+.]+\.(swift|c|yaml)/) != nil }
    #expect(paths.count >= 30)
    for path in paths {
      let found = ["Sources", "Tests"].contains {
        FileManager.default.fileExists(atPath: repository.appending(path: "\($0)/\(path)").path)
      }
      #expect(found, "\(path) is not there")
    }
    let tests = try Self.text(of: "Tests").values.joined(separator: "\n")
    // The last cell of a row names tests.
    let cells = page.split(separator: "\n").filter { $0.hasPrefix("| ") }.compactMap { $0.split(separator: "|").last }
    let names = cells.flatMap { $0.matches(of: /`([^`]+ [^`]+)`/).map { String($0.output.1) } }
    #expect(names.count >= 30)
    for name in names { #expect(tests.contains("func `\(name)`"), "no test is called: \(name)") }
  }
}
