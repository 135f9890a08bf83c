package import AuditTrail
package import PostgresShadows
package import Replay
import SQLAnalysis
package import SQLiteShadows
import Yams

/// A file of `golden/`: one shadow and the sessions that run on it.
package struct GoldenFile: Decodable, Sendable {
  package let about: String
  package let shadow: String
  package let sensitive: [String]?
  package let production: [String: Int64]?
  package let cases: [GoldenCase]

  /// Reads a file's text.
  package static func read(_ text: [UInt8], name: String) throws(AssayError) -> GoldenFile {
    do {
      return try YAMLDecoder().decode(GoldenFile.self, from: String(decoding: text, as: UTF8.self))
    } catch {
      throw AssayError(
        .invalidFile, "This file of the golden corpus cannot be read.", at: Place("golden/\(name).yaml"),
        cause: "\(error)")
    }
  }

  /// The file of that name in the corpus that is built in.
  package static func read(_ name: String) throws(AssayError) -> GoldenFile {
    guard let file = GoldenCorpus.files.first(where: { $0.name == name }) else {
      throw AssayError(.missingInput, "The golden corpus has no such file.", at: Place("golden/\(name).yaml"))
    }
    return try read(file.bytes, name: name)
  }

  /// The shadow of the file, on SQLite.
  package func makeShadow() throws(AssayError) -> (shadow: SQLiteShadow, sensitive: [String]) {
    let options = ShadowOptions(production: productionRows)
    return (try SQLiteShadow(script: shadow, path: "golden.sql", options: options), sensitive ?? [])
  }

  /// Replays on clones of the file's shadow, on PostgreSQL.
  package func clones(on cluster: ScriptCluster) throws(AssayError) -> any CloneSource {
    var measuring = Measuring(sensitive: sensitive ?? [], analyze: { analyze($0, as: $1) })
    measuring.secondsPerStatement = 1
    return try cluster.clones(of: shadow, source: "golden", production: productionRows, measuring)
  }

  private var productionRows: ProductionRows {
    var rows = ProductionRows()
    for (table, count) in production ?? [:] { rows[table] = count }
    return rows
  }
}
