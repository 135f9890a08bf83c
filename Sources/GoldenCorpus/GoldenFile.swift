package import AuditTrail
package import PostgresShadows
package import Replay
import SQLAnalysis
package import SQLiteShadows
import Yams

/// A file of `golden/` as it is for one engine: a shadow, and the sessions that run on it.
package struct GoldenFile: Decodable, Sendable {
  /// Its name without `.yaml`.
  package private(set) var name = ""
  package let about: String
  package let shadow: String
  package let sensitive: [String]?
  package let production: [String: Int64]?
  /// How long a statement may take on PostgreSQL; only where some take for ever, or else a busy machine would decide.
  package let seconds: Double?
  package let cases: [GoldenCase]

  private enum CodingKeys: String, CodingKey { case about, shadow, sensitive, production, seconds, cases }

  /// The file of that text, as it is for an engine; without cases where it has none for it.
  package static func read(_ text: [UInt8], name: String, on engine: GoldenEngine) throws(AssayError) -> GoldenFile {
    let (path, text) = ("golden/\(name).yaml", String(decoding: text, as: UTF8.self))
    let node = try GoldenReader.read(text, path: path, on: engine)
    do {
      var file = try YAMLDecoder().decode(GoldenFile.self, from: node)
      file.name = name
      return file
    } catch {
      throw AssayError(
        .invalidFile, "This file of the golden corpus cannot be read.", at: Place(path), cause: "\(error)")
    }
  }

  /// The file of that name in the corpus that is built in, as it is for an engine.
  package static func read(_ name: String, on engine: GoldenEngine) throws(AssayError) -> GoldenFile {
    guard let file = GoldenCorpus.files.first(where: { $0.name == name }) else {
      throw AssayError(.missingInput, "The golden corpus has no such file.", at: Place("golden/\(name).yaml"))
    }
    return try read(file.bytes, name: name, on: engine)
  }

  /// The shadow of the file, on SQLite.
  package func makeShadow() throws(AssayError) -> (shadow: SQLiteShadow, sensitive: [String]) {
    let options = ShadowOptions(production: productionRows)
    return (try SQLiteShadow(script: shadow, path: "golden.sql", options: options), sensitive ?? [])
  }

  /// Replays on clones of the file's shadow, on PostgreSQL.
  package func clones(on cluster: ScriptCluster) throws(AssayError) -> any CloneSource {
    var measuring = Measuring(sensitive: sensitive ?? [], analyze: { analyze($0, as: $1) })
    if let seconds { measuring.secondsPerStatement = seconds }
    return try cluster.clones(of: shadow, source: "golden", production: productionRows, measuring)
  }

  private var productionRows: ProductionRows {
    var rows = ProductionRows()
    for (table, count) in production ?? [:] { rows[table] = count }
    return rows
  }
}
