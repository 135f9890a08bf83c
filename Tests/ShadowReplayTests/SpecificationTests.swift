import Foundation
import GoldenCorpus
import Testing
import Yams

/// `golden/specification.yaml`: what the corpus must show.
private struct Specification: Decodable {
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
    try YAMLDecoder().decode(
      Specification.self, from: String(contentsOf: golden.appending(path: "specification.yaml"), encoding: .utf8))
  }
}

private let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "golden")

/// Only what a case says of the lines it shows, whatever else its engine adds.
private struct LinesOnly: Decodable {
  struct Case: Decodable {
    let line: GoldenLines?
  }

  let cases: [Case]
}

@Suite struct SpecificationTests {
  /// The files of a folder of the corpus; none where there is no folder.
  private func files(in folder: URL) -> [URL] {
    let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return (files ?? []).filter { $0.pathExtension == "yaml" && $0.lastPathComponent != "specification.yaml" }
  }

  /// The lines that the cases of a folder show.
  private func shown(in folder: URL) throws -> Set<String> {
    var shown: Set<String> = []
    for url in files(in: folder) {
      let file = try YAMLDecoder().decode(LinesOnly.self, from: String(contentsOf: url, encoding: .utf8))
      for line in file.cases { shown.formUnion(line.line?.ids ?? []) }
    }
    return shown
  }

  @Test(arguments: [("sqlite", golden), ("postgresql", golden.appending(path: "postgresql"))])
  func `every line has a case on each engine it applies to`(_ engine: String, _ folder: URL) throws {
    // Another engine's cases come with its own folder.
    if files(in: folder).isEmpty { return }
    let shown = try shown(in: folder)
    for line in try Specification.read().lines where line.engines.contains(engine) {
      #expect(shown.contains(line.id), "no case on \(engine): \(line.id), \(line.says)")
    }
  }

  @Test func `no case names a line that is not there, and no line is named twice`() throws {
    let lines = try Specification.read().lines
    let ids = Set(lines.map(\.id))
    #expect(ids.count == lines.count)
    #expect(try shown(in: golden).union(shown(in: golden.appending(path: "postgresql"))).isSubset(of: ids))
    #expect(lines.allSatisfy { $0.engines.isEmpty == ($0.shownBy != nil) })
  }

  @Test func `a line that no engine shows names a test that is there`() throws {
    let folder = golden.deletingLastPathComponent()
    let sources = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "swift" }.map { try String(contentsOf: $0, encoding: .utf8) }
    for name in try Specification.read().lines.compactMap(\.shownBy) {
      #expect(sources.contains { $0.contains("func `\(name)`") }, "no test: \(name)")
    }
  }
}
