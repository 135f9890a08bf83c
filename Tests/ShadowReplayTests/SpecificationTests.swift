import Foundation
import Testing
import Yams

/// `golden/specification.yaml`: what the corpus must show.
struct Specification: Decodable {
  struct Line: Decodable {
    let id: String
    let says: String
    let engines: [String]
    let shownBy: String?

    enum CodingKeys: String, CodingKey {
      case id, says, engines
      case shownBy = "shown_by"
    }
  }

  let lines: [Line]

  static func read() throws -> Specification {
    let url = try #require(Bundle.module.url(forResource: "golden/specification", withExtension: "yaml"))
    return try YAMLDecoder().decode(Specification.self, from: String(contentsOf: url, encoding: .utf8))
  }
}

/// Only what a case of another engine says of the lines it shows.
private struct LinesOnly: Decodable {
  struct Case: Decodable {
    let line: GoldenLines?
  }

  let cases: [Case]
}

@Suite struct SpecificationTests {
  /// The lines that the cases of a folder show.
  private func shown(in folder: String) throws -> Set<String> {
    var shown: Set<String> = []
    for name in GoldenFile.names(in: folder) where name != "specification" {
      let url = try #require(Bundle.module.url(forResource: "\(folder)/\(name)", withExtension: "yaml"))
      let file = try YAMLDecoder().decode(LinesOnly.self, from: String(contentsOf: url, encoding: .utf8))
      for line in file.cases { shown.formUnion(line.line?.ids ?? []) }
    }
    return shown
  }

  @Test(arguments: [("sqlite", "golden"), ("postgresql", "golden/postgresql")])
  func `every line has a case on each engine it applies to`(_ engine: String, _ folder: String) throws {
    // Another engine's cases come with its own folder.
    if GoldenFile.names(in: folder).isEmpty { return }
    let shown = try shown(in: folder)
    for line in try Specification.read().lines where line.engines.contains(engine) {
      #expect(shown.contains(line.id), "no case on \(engine): \(line.id), \(line.says)")
    }
  }

  @Test func `no case names a line that is not there, and no line is named twice`() throws {
    let lines = try Specification.read().lines
    let ids = Set(lines.map(\.id))
    #expect(ids.count == lines.count)
    #expect(try shown(in: "golden").union(shown(in: "golden/postgresql")).isSubset(of: ids))
    #expect(lines.allSatisfy { $0.engines.isEmpty == ($0.shownBy != nil) })
  }

  @Test func `a line that no engine shows names a test that is there`() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let sources = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "swift" }.map { try String(contentsOf: $0, encoding: .utf8) }
    for name in try Specification.read().lines.compactMap(\.shownBy) {
      #expect(sources.contains { $0.contains("func `\(name)`") }, "no test: \(name)")
    }
  }
}
