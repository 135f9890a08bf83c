import Foundation
import SQLite
import Testing

/// The sample quarter on a shadow made from schema, row counts and ledger alone; made once.
struct SyntheticQuarter: Sendable {
  /// Each statement's verdict, by session and number.
  let verdicts: [String: String]

  static let shared = Task {
    let folder = try await SampleQuarter.shared.value.copyOfItsFolder()
    let samples = folder("samples")
    let connections = [
      "clinic": ["clinic", "clinic-admin", "clinic-reporting", "legacy-billing"], "staging": ["clinic-staging"],
    ]
    var configuration = try String(contentsOfFile: samples + "/assay.yaml", encoding: .utf8)
    for (name, names) in connections.sorted(by: { $0.key < $1.key }) {
      let schema = "sqlite:\(samples)/shadow/\(name).sql"
      let query = try assay(["shadow", "create", "--schema", schema, "--print-query"], in: folder).output
      let database = try SQLiteDatabase.inMemory()
      try database.execute(String(contentsOfFile: "\(samples)/shadow/\(name).sql", encoding: .utf8))
      var counts = try database.prepare(query)
      var lines = "table,rows\n"
      while try counts.step() { lines += "\(counts.text(0)),\(counts.int64(1))\n" }
      try lines.write(toFile: "\(samples)/\(name).csv", atomically: true, encoding: .utf8)
      let made = try assay(
        [
          "shadow", "create", "--config", "samples/assay.yaml", "--schema", schema, "--rows", "samples/\(name).csv",
          "--from-ledger", "--as-of", "2026-07-01", "--output", "samples/synthetic-\(name).sql",
        ] + names.flatMap { name in ["--connection", name] }, in: folder)
      try #require(made.status == 0, "\(made)")
      configuration = configuration.replacingOccurrences(of: "shadow/\(name).sql", with: "synthetic-\(name).sql")
    }
    try configuration.write(toFile: samples + "/synthetic.yaml", atomically: true, encoding: .utf8)
    let run = try assay(
      ["replay", "--config", "samples/synthetic.yaml", "--verdicts", "synthetic.jsonl", "--quiet"], in: folder)
    try #require(run.status == 0, "\(run)")
    return SyntheticQuarter(verdicts: try Verdict.read(folder, "synthetic.jsonl").mapValues(\.verdict))
  }
}
