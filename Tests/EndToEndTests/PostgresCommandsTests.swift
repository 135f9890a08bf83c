import Foundation
import Testing

/// The commands on a throw-away PostgreSQL cluster, as a person calls them.
@Suite(
  .disabled(
    if: ProcessInfo.processInfo.environment["ASSAY_TEST_WITHOUT_POSTGRESQL"] != nil,
    "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
struct PostgresCommandsTests {
  private static let dump = """
    CREATE TABLE wards (id int PRIMARY KEY, name text);
    CREATE TABLE beds (id int PRIMARY KEY, ward int REFERENCES wards (id) ON DELETE CASCADE);
    CREATE TABLE staff (id int PRIMARY KEY, email text);
    INSERT INTO wards SELECT i, 'ward' FROM generate_series(1, 100) i;
    INSERT INTO beds SELECT i, 1 + i % 100 FROM generate_series(1, 1000) i;
    INSERT INTO staff SELECT i, 'person' || i || '@example.org' FROM generate_series(1, 40) i;
    """
  private static let policy = """
    policy: stricter
    version: "1"
    rules:
      - { id: unbounded, then: block, when: { statement: { kind: [delete], where: [missing] } } }
      - { id: hidden, then: { mask: [staff.email] }, when: { statement: { kind: [select], reads: [staff] } } }
    """
  /// Three sessions that meet in `beds`, and one that reads addresses.
  private static let sessions = [
    ("first", ["DELETE FROM beds WHERE id <= 40", "INSERT INTO wards VALUES (500, 'new')"]),
    ("second", ["DELETE FROM beds WHERE id <= 60", "SELECT count(*) FROM beds"]), ("third", ["DELETE FROM wards"]),
    ("reader", ["SELECT email FROM staff"]),
  ]

  /// A folder with the dump, the policy and an archive of the sessions.
  private func folder() throws -> Folder {
    let folder = try Folder()
    try folder.write("dump.sql", Self.dump)
    try folder.write("stricter.yaml", Self.policy)
    var lines = [Archive.header]
    for (hour, session) in Self.sessions.enumerated() {
      let time = "2026-07-01T1\(hour):00"
      lines.append(
        Archive.opening(session.0).replacing("2026-07-01T09:00", with: time).replacing(
          "\"sqlite\"", with: "\"postgresql\""))
      for (index, sql) in session.1.enumerated() {
        let line = Archive.statement(session.0, index + 1, sql: sql, time: "\(time):0\(index + 1)Z")
        lines.append(line.dropLast() + #","result":{}}"#)
      }
      lines.append(
        Archive.closing(session.0, statements: session.1.count).replacing(
          "2026-07-01T09:05", with: "2026-07-01T1\(hour):05"))
    }
    try folder.write("gate.jsonl", lines.joined(separator: "\n") + "\n")
    return folder
  }

  private func deleted(_ verdicts: [String: Verdict], _ statement: String, _ table: String) -> Int? {
    verdicts[statement]?.effect.tables[table]?.deleted
  }

  /// libpq would look there for the throw-away cluster.
  @Test func `what the environment says of servers leads no connection elsewhere`() throws {
    let folder = try folder()
    let elsewhere = [
      "PGHOSTADDR=127.0.0.1", "PGHOST=nowhere", "PGPORT=1", "PGSERVICE=nosuch", "PGSERVICEFILE=none",
      "PGREQUIREPEER=nobody",
      "PGCHANNELBINDING=require", "PGTARGETSESSIONATTRS=read-only", "PGTZ=nosuch", "PGOPTIONS=-c nosuch=1",
      "PGUSER=nobody",
      "PGDATABASE=nosuch", "PGCLIENTENCODING=nosuch", "PGDATESTYLE=nosuch", "PGGEQO=nosuch", "PGDATA=/nowhere",
      "PGSSLMODE=verify-full", "PGPASSFILE=/nowhere",
    ]
    let finished = try run(
      URL(filePath: "/usr/bin/env"), elsewhere + [binary.path, "shadow", "check", "postgres:dump.sql"], in: folder)
    #expect(finished.status == 0, "\(finished)")
  }

  @Test func `a session meets what earlier ones left with history, and the baseline without`() throws {
    let folder = try folder()
    #expect(try assay("ingest", "gate.jsonl", "--ledger", "l.db", in: folder).status == 0)
    let replay = ["replay", "--ledger", "l.db", "--shadow", "postgres:dump.sql", "--quiet", "--verdicts"]
    let alone = try assay(replay + ["session.jsonl"], in: folder)
    #expect(alone.status == 0, "\(alone)")
    let baseline = try Verdict.read(folder, "session.jsonl")
    let together = try assay(replay + ["history.jsonl", "--isolation", "history"], in: folder)
    #expect(together.status == 0, "\(together)")
    let history = try Verdict.read(folder, "history.jsonl")
    #expect([baseline, history].map { deleted($0, "first/1", "beds") } == [40, 40])
    #expect([baseline, history].map { deleted($0, "second/1", "beds") } == [60, 20])
    #expect([baseline, history].map { deleted($0, "third/1", "wards") } == [100, 101])
    #expect([baseline, history].map { deleted($0, "third/1", "beds") } == [1000, 940])
    #expect(history.mapValues(\.verdict) == baseline.mapValues(\.verdict))
    #expect(history["third/1"]?.verdict == "false_allow" && history["reader/1"]?.verdict == "mask_leak")
  }

  @Test func `another policy ends otherwise on PostgreSQL too, over the ledger and over one archive`() throws {
    let folder = try folder()
    #expect(try assay("ingest", "gate.jsonl", "--ledger", "l.db", in: folder).status == 0)
    let shadow = ["--shadow", "postgres:dump.sql", "--as-if", "stricter.yaml"]
    let replayed = try assay(["replay", "--ledger", "l.db", "--json"] + shadow, in: folder)
    #expect(replayed.status == 0, "\(replayed)")
    let document = try replayed.json
    let ends = Dictionary(
      document.tables.array.map {
        ($0.table.string ?? "", [$0.before.int, $0.recorded_change.int, $0.as_if_change.int])
      }
    ) { first, _ in first }
    #expect(ends == ["beds": [1000, -1000, 0], "wards": [100, -100, 0]])
    #expect(document.columns_hidden.array.compactMap(\.name.string) == ["staff.email"])
    let text = try assay(["replay", "--ledger", "l.db"] + shadow, in: folder).output
    #expect(text.contains("would have been decided otherwise: 2 of 4"), "\(text)")

    let page = try assay(["incident", "third", "--archive", "gate.jsonl", "--json"] + shadow, in: folder)
    #expect(page.status == 0, "\(page)")
    let incident = try page.json
    #expect(incident.headline.string?.contains("Rule unbounded of stricter 1 (to be tried)") == true, "\(page)")
    #expect(
      incident.counterfactual.headline.string == "Under stricter 1 1,100 rows more would be there.", "\(page)")
    #expect(try folder.files(".") == ["dump.sql", "gate.jsonl", "l.db", "stricter.yaml"])
  }
}
