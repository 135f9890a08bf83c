import AuditTrail
import Compression
import Digests
import FoundationEssentials

/// Writes the sample quarter into a folder that holds the hand-written `policies/`: `swift run sample-quarter samples`.
@main
struct SampleQuarter {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else {
      print("usage: sample-quarter FOLDER (the folder that holds policies/)")
      throw CocoaError(.fileReadInvalidFileName)
    }
    let folder = Folder(path: CommandLine.arguments[1])
    let policy = try folder.read("policies/production-guardrails-2026.3.yaml")
    let quarter = Quarter()

    for (dialect, suffix) in [(ShadowDialect.sqlite, "sql"), (.postgresql, "postgresql.sql")] {
      let script = ShadowScript(dialect: dialect)
      try folder.write("shadow/clinic.\(suffix)", script.text(basis: "synthetic", rows: .production))
      try folder.write("shadow/staging.\(suffix)", script.text(basis: "synthetic", rows: .staging))
    }
    let empty = ShadowScript(dialect: .sqlite).text(basis: "schema_only", rows: nil)
    try folder.write("shadow/clinic-empty.sql", empty)

    for (index, segment) in quarter.nativeSegments(policyDigest: SHA256Digest(of: policy).hex).enumerated() {
      let name = "archives/native/gw-1-\(segment.week).jsonl"
      if index.isMultiple(of: 2) {
        try folder.write("\(name).gz", compress(segment.text, as: .gzip(level: 9)))
      } else {
        try folder.write("\(name).zst", compress(segment.text, as: .zstd(level: 19)))
      }
      if let altered = altered(segment.text) {
        try folder.write("tampered/gw-1-\(segment.week).jsonl.gz", compress(altered, as: .gzip(level: 9)))
      }
    }
    for export in quarter.hoopExports {
      try folder.write("archives/hoop/sessions-\(export.week).json.gz", compress(export.text, as: .gzip(level: 9)))
    }
    try folder.write(
      "archives/hoop/hoopinspect-2026-Q3.jsonl.gz", compress(quarter.sidecar.lines, as: .gzip(level: 9)))

    for (name, table, system, query, actor) in [
      ("source_counts.csv", quarter.sourceCounts, "gateways", "sessions and statements by day", People.cleo),
      ("tickets.csv", Quarter.tickets, "tracker", "changes approved from July to September", People.eve),
      ("bindings.csv", Quarter.bindings, "gateways", "bindings in force from July to September", People.cleo),
      ("access/tls.csv", Registers.encryption(quarter.encrypted), "gateways", "encryption by session", People.cleo),
    ] + Registers.all.map({ ($0.path, $0.table, $0.system, $0.query, $0.extractor) }) {
      try folder.write(name, table.text)
      try folder.write(
        "\(name).meta.yaml", Quarter.sidecar(table, system: system, query: query, by: actor))
    }
    try folder.write(Registers.sealedAway, Registers.encrypted)
    try folder.write("expected/incidents.csv", Scene.incidentTable(quarter.scene.incidents).text)
    try folder.write(
      "expected/exceptions.csv",
      Scene.exceptionTable(
        quarter.scene.exceptions + Quarter.bindingExceptions + Registers.exceptions
      ).text)
  }

  /// The text with one byte changed, if it holds the bulk delete: as someone would who wants it to look harmless.
  private static func altered(_ text: [UInt8]) -> [UInt8]? {
    let original = Array("DELETE FROM job_runs WHERE 1 = 1".utf8)
    guard let range = text.firstRange(of: original) else { return nil }
    var copy = text
    copy[range.upperBound - 1] = UInt8(ascii: "2")
    return copy
  }
}

/// The folder that the sample lives in.
private struct Folder {
  let path: String

  func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\(name)"))) }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let file = URL(filePath: "\(path)/\(name)")
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }
}
