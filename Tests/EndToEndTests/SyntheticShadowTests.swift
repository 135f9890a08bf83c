import Foundation
import SQLite
import Testing

/// The sample quarter on its real data and on a shadow made from schema, row counts and ledger alone.
@Suite struct SyntheticShadowTests {
  @Test func `a synthetic shadow agrees with the real data on every planted incident`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let folder = try quarter.copyOfItsFolder()
    let samples = folder("samples")
    let real = Self.byKey(quarter.verdicts)
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
    let synthetic = Self.byKey(try Verdict.read(folder, "synthetic.jsonl"))
    for incident in SampleTests.incidents {
      let key = "\(incident["session"] ?? "")/\(incident["seq"] ?? "")"
      #expect(synthetic[key] == incident["expected_verdict"], "\(key)")
    }
    var (agreed, all) = ([String: Int](), [String: Int]())
    for (key, verdict) in real {
      all[verdict, default: 0] += 1
      if synthetic[key] == verdict { agreed[verdict, default: 0] += 1 }
    }
    // Whether an UPDATE changed its row's values stands in no ledger; every other verdict agrees nearly always.
    for (verdict, count) in all where verdict != "needless_review" {
      #expect(Double(agreed[verdict, default: 0]) >= 0.99 * Double(count), "\(verdict)")
    }
  }

  /// Each statement's verdict, by session and number.
  private static func byKey(_ verdicts: [String: Verdict]) -> [String: String] {
    Dictionary(verdicts.values.map { ("\($0.session)/\($0.seq)", $0.verdict) }) { first, _ in first }
  }
}

/// What a signal leaves of a throw-away cluster.
@Suite struct InterruptionTests {
  @Test(arguments: [0.3, 1.5]) func `Ctrl-C leaves neither a server nor a folder behind`(_ seconds: Double) throws {
    let folder = try Folder()
    try folder.write("dump.sql", "CREATE TABLE t (id int);\nSELECT pg_sleep(60);\n")
    let before = try clusters()
    let started = try run(
      URL(filePath: "/usr/bin/timeout"),
      ["--preserve-status", "--signal=INT", String(seconds), binary.path, "shadow", "check", "postgres:dump.sql"],
      in: folder)
    #expect(started.status == 130, "\(started)")
    // Other tests make clusters at the same time; ours is the one whose owner is gone.
    let left = try clusters().subtracting(before).filter { name in
      let owner = try? String(contentsOfFile: "\(temporary)/\(name)/owner", encoding: .utf8)
      let process = owner?.split(separator: " ").first.map(String.init) ?? "none"
      return !FileManager.default.fileExists(atPath: "/proc/\(process)")
    }
    #expect(left.isEmpty, "\(left)")
  }

  private let temporary = FileManager.default.temporaryDirectory.path

  private func clusters() throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: temporary).filter { $0.hasPrefix("assay-postgres-") })
  }
}
