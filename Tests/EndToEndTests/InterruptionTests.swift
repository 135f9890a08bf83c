import Foundation
import Testing

/// What a signal leaves of a throw-away cluster.
@Suite struct InterruptionTests {
  @Test(arguments: [0.3, 1.5], [("INT", Int32(130)), ("QUIT", 131), ("TERM", 143), ("USR1", 138)])
  func `Ctrl-C leaves neither a server nor a folder behind`(_ seconds: Double, _ signal: (String, Int32)) throws {
    let folder = try Folder()
    try folder.write("dump.sql", "CREATE TABLE t (id int);\nSELECT pg_sleep(60);\n")
    let before = try clusters()
    let started = try run(
      URL(filePath: "/usr/bin/timeout"),
      [
        "--preserve-status", "--signal=\(signal.0)", String(seconds), binary.path, "shadow", "check",
        "postgres:dump.sql",
      ],
      in: folder)
    #expect(started.status == signal.1, "\(started)")
    #expect(try abandoned(since: before).isEmpty)
  }

  /// Other tests make clusters at the same time; ours is the one whose owner is gone.
  private func abandoned(since before: Set<String>) throws -> Set<String> {
    let made = try clusters().subtracting(before)
    // One that has no owner yet may be another test's that is being made.
    for _ in 0..<Int(patience) where made.contains(where: { exists($0) && owner($0) == nil }) { sleep(1) }
    return made.filter { exists($0) && !FileManager.default.fileExists(atPath: "/proc/\(owner($0) ?? "none")") }
  }

  private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(temporary)/\(name)") }

  /// The number of the process that a cluster belongs to.
  private func owner(_ name: String) -> String? {
    let text = try? String(contentsOfFile: "\(temporary)/\(name)/owner", encoding: .utf8)
    return text?.split(separator: " ").first.map(String.init)
  }

  @Test func `a closed pipe leaves neither a server nor a folder behind`() throws {
    let folder = try Folder()
    try folder.write("a.jsonl", Archive.text("s1", statements: 3))
    try folder.write("dump.sql", "CREATE TABLE t (id int);\n")
    let before = try clusters()
    let started = try run(
      URL(filePath: "/bin/bash"),
      [
        "-c",
        "\(binary.path) ingest a.jsonl --ledger l.db --quiet && \(binary.path) replay --ledger l.db --shadow postgres:dump.sql "
          + "2>&1 | true; exit ${PIPESTATUS[0]}",
      ], in: folder)
    #expect(started.status == 0, "\(started)")
    #expect(try abandoned(since: before).isEmpty)
  }

  /// Swift's runtime would print registers and what they point to: a statement, perhaps. A shadow on SQLite leaves nothing
  /// behind that another test would find.
  @Test(arguments: ["SEGV", "ABRT", "BUS", "ILL", "FPE", "TRAP"])
  func `a fault prints no memory`(signal: String) throws {
    let folder = try Folder()
    try folder.write(
      "slow.sql",
      "CREATE TABLE t AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000000000) "
        + "SELECT count(*) AS n FROM c;\n")
    let started = try run(
      URL(filePath: "/usr/bin/timeout"),
      [
        "--preserve-status", "--kill-after=5", "--signal=\(signal)", "0.5", binary.path, "shadow", "check",
        "sqlite:slow.sql",
      ], in: folder)
    // `timeout` ends itself by the same signal, where that would leave a core.
    #expect(started.status ?? 255 > 128, "\(started)")
    #expect(started.errors.isEmpty && started.output.isEmpty, "\(started)")
  }

  private let temporary = FileManager.default.temporaryDirectory.path

  private func clusters() throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: temporary).filter { $0.hasPrefix("assay-postgres-") })
  }
}
