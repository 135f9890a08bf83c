import Foundation
import Testing

/// One run over the sample quarter, which the tests that only read share.
struct SampleQuarter: Sendable {
  /// Holds `samples/`, `reports/2026-Q3/` and `verdicts.jsonl`.
  let folder: Folder
  let finished: Finished
  let verdicts: [String: Verdict]

  /// The package's files, by their path in it.
  let package: [String: [UInt8]]

  /// The run; made once.
  static let shared = Task {
    let folder = try Folder.withSamples()
    let finished = try assay(
      ["run", "--config", folder("samples/assay.yaml"), "--verdicts", "verdicts.jsonl", "--json"], in: folder)
    try #require(finished.status == 0, "\(finished)")
    return SampleQuarter(
      folder: folder, finished: finished, verdicts: try Verdict.read(folder, "verdicts.jsonl"),
      package: try folder.package("reports/2026-Q3"))
  }
}

/// A line of `--verdicts`, as much of it as the tests ask for.
struct Verdict: Decodable, Sendable {
  struct Effect: Decodable, Equatable, Sendable {
    struct Table: Decodable, Equatable, Sendable {
      let inserted, updated, deleted: Int
    }
    let rows_deleted: Int
    let tables: [String: Table]
    let dropped, truncated, altered, refused: [String]
    let leak: String
  }

  let session: String
  let seq: Int
  let decision, outcome, verdict: String
  let reason, severity, basis: String?
  let effect: Effect

  /// Every line of a file by `session/seq`.
  static func read(_ folder: Folder, _ name: String) throws -> [String: Verdict] {
    let decoder = JSONDecoder()
    var verdicts: [String: Verdict] = [:]
    for line in try folder.bytes(name).split(separator: UInt8(ascii: "\n")) {
      let verdict = try decoder.decode(Verdict.self, from: Data(line))
      try #require(
        verdicts.updateValue(verdict, forKey: "\(verdict.session)/\(verdict.seq)") == nil,
        "a statement has two verdicts")
    }
    return verdicts
  }
}

extension Folder {
  /// The files of a package.
  func package(_ name: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for file in try self.files(name) { files[file] = try bytes("\(name)/\(file)") }
    return files
  }
}

/// The paths whose bytes differ between two packages, or that one of them lacks.
func differences(_ one: [String: [UInt8]], _ other: [String: [UInt8]]) -> [String] {
  Set(one.keys).union(other.keys).filter { one[$0] != other[$0] }.sorted()
}
