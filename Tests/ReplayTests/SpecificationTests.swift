import Foundation
import GoldenCorpus
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
    try YAMLDecoder().decode(Specification.self, from: String(decoding: GoldenCorpus.specification, as: UTF8.self))
  }
}

@Suite struct SpecificationTests {
  /// The lines that the cases of an engine show.
  private func shown(on engine: GoldenEngine) throws -> Set<String> {
    Set(try GoldenCorpus.files(on: engine).flatMap(\.cases).flatMap { $0.line?.ids ?? [] })
  }

  @Test(arguments: GoldenEngine.allCases)
  func `every line has a case on each engine it applies to`(_ engine: GoldenEngine) throws {
    let shown = try shown(on: engine)
    for line in try Specification.read().lines where line.engines.contains(engine.rawValue) {
      #expect(shown.contains(line.id), "no case on \(engine): \(line.id), \(line.says)")
    }
  }

  @Test func `no case names a line that is not there, and no line is named twice`() throws {
    let lines = try Specification.read().lines
    let ids = Set(lines.map(\.id))
    #expect(ids.count == lines.count)
    #expect(try shown(on: .sqlite).union(shown(on: .postgresql)).isSubset(of: ids))
    #expect(lines.allSatisfy { $0.engines.isEmpty == ($0.shownBy != nil) })
  }

  @Test func `a case runs on an engine that each of its lines applies to`() throws {
    let lines = try Specification.read().lines
    var missing: [String: Set<String>] = [:]
    for engine in GoldenEngine.allCases {
      let apply = Set(lines.filter { $0.engines.contains(engine.rawValue) }.map(\.id))
      for file in try GoldenCorpus.files(on: engine) {
        for line in file.cases {
          let lacking = Set(line.line?.ids ?? []).subtracting(apply)
          missing["\(file.name): \(line.name)", default: lacking].formIntersection(lacking)
        }
      }
    }
    #expect(missing.filter { !$0.value.isEmpty } == [:])
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
