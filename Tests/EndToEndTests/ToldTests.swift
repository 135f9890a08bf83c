import Foundation
import Testing

/// What people are told of what an archive records and a shadow measures, through the built product.
@Suite struct ToldTests {
  /// A statement of an archive: its text, and what else its line says.
  private struct Sent {
    var session = "bot"
    var sql: String
    var decision = #"{"action":"allow","masked":[]}"#
    var result = "{}"
  }

  /// A folder with a ledger of the statements, replayed on the script.
  private func replayed(_ sent: [Sent], on script: String, engine: String = "sqlite", _ options: [String] = []) throws
    -> Folder
  {
    let folder = try Folder()
    var lines = [Archive.header]
    for session in sent.map(\.session) where !lines.contains(where: { $0.contains("\"session\":\"\(session)\"") }) {
      let time = "2026-07-01T\(String(10 + lines.count)):00"
      lines.append(
        Archive.opening(session).replacing("2026-07-01T09:00", with: time).replacing(
          "\"sqlite\"", with: "\"\(engine)\""))
      for (index, statement) in sent.filter({ $0.session == session }).enumerated() {
        lines.append(
          Archive.statement(session, index + 1, sql: statement.sql, time: "\(time):0\(index + 1)Z")
            .replacing(
              #""decision":{"action":"allow"}"#,
              with: #""decision":\#(statement.decision),"result":\#(statement.result)"#))
      }
    }
    try folder.write("gate.jsonl", lines.joined(separator: "\n") + "\n")
    try folder.write("shadow.sql", script)
    try run(folder, "ingest", "gate.jsonl", "--quiet")
    try run(
      folder, ["replay", "--shadow", "\(engine == "sqlite" ? "sqlite" : "postgres"):shadow.sql", "--quiet"] + options)
    return folder
  }

  @discardableResult
  private func run(_ folder: Folder, _ arguments: String...) throws -> Finished { try run(folder, arguments) }

  @discardableResult
  private func run(_ folder: Folder, _ arguments: [String]) throws -> Finished {
    let finished = try assay(arguments + ["--ledger", "l.db"], in: folder)
    try #require(finished.status == 0, "\(finished)")
    return finished
  }

  private func words(_ finished: Finished) -> String {
    finished.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  // MARK: What only the archive records

  @Test func `what the archive records as deleted leads where the shadow has no rows`() throws {
    let affected = #"{"rows":8715,"rows_kind":"affected"}"#
    let folder = try replayed(
      [Sent(sql: "DELETE FROM t WHERE id > 0", result: affected), Sent(sql: "SELECT 1")],
      on: "CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT);")
    let page = try run(folder, "incident", "bot", "--markdown", "page.md", "--html", "page.html")
    let told =
      "the archive records 8,715 rows deleted from t; the shadow has no rows there, so the loss could not be measured"
    #expect(words(page).contains(told))
    for text in [page.output, try folder.text("page.md"), try folder.text("page.html")] {
      #expect(!text.lowercased().contains("nothing was lost"))
    }
    #expect(try folder.text("page.html").contains("<b>8,715</b><span>rows lost by the record, not measured"))
    let document = try run(folder, "incident", "bot", "--json").json
    #expect(document.headline.string?.contains(told) == true)
    #expect(document.totals.rows_recorded_only.int == 8715)
    let found = try run(folder, "find")
    #expect(found.output.contains("8,715 recorded"))
    #expect(try run(folder, "find", "--json").json.sessions.array.first?.rows_recorded_only.int == 8715)
  }

  // MARK: What was undone

  @Test func `a deletion that was rolled back is an attempt in a diff of either direction, and no risk`() throws {
    let affected = #"{"rows":5000,"rows_kind":"affected"}"#
    let folder = try replayed(
      [Sent(sql: "BEGIN"), Sent(sql: "DELETE FROM t", result: affected), Sent(sql: "ROLLBACK")],
      on: """
        CREATE TABLE t (id INTEGER PRIMARY KEY);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT i FROM n;
        """)
    try folder.write(
      "strict.yaml", policy("{ id: w, when: { statement: { kind: delete, where: missing } }, then: block }"))
    try folder.write("loose.yaml", policy("{ id: w, when: { statement: { kind: drop } }, then: block }"))
    for sides in [["strict.yaml", "loose.yaml"], ["loose.yaml", "strict.yaml"]] {
      let document = try run(folder, ["diff"] + sides + ["--json"]).json
      #expect(document.attempted.int == 1)
      for figure in ["risk", "risk_unknown", "friction", "leak", "fixed_miss", "fixed_friction"] {
        #expect(document[figure].int == 0, "\(figure) of \(sides)")
      }
      #expect(document.headline.string?.contains("5,000") == false)
      #expect(try run(folder, ["diff"] + sides).output.contains("attempted and rolled back 1"))
    }
  }

  private func policy(_ rule: String) -> String {
    "policy: p\nversion: \"1\"\nrules:\n  - \(rule)\n"
  }

  // MARK: What a mask stops

  /// Reads of addresses and phones, and whether a mask of the address, or of both, leaves nothing.
  private static let reads: [(sql: String, email: Bool, both: Bool)] = [
    ("SELECT id, email FROM people", true, true), ("SELECT email, phone FROM people", false, true),
    ("SELECT group_concat(email) FROM people", false, false), ("SELECT email, upper(email) FROM people", false, false),
    ("SELECT json_object('e', email, 'p', phone) FROM people", false, false),
    ("SELECT email FROM (SELECT id, email FROM people)", true, true),
  ]

  @Test(arguments: reads, [false, true])
  func `incident, diff and as-if say the same of a mask`(
    _ read: (sql: String, email: Bool, both: Bool), masksBoth: Bool
  ) throws {
    let folder = try replayed([Sent(sql: read.sql)], on: Self.people)
    let columns = masksBoth ? "people.email, people.phone" : "people.email"
    try folder.write("mask.yaml", policy("{ id: m, then: { mask: [\(columns)] } }"))
    let stops = masksBoth ? read.both : read.email
    let incident = try run(
      folder, "incident", "bot", "--policy", "mask.yaml", "--as-if", "mask.yaml", "--shadow", "sqlite:shadow.sql",
      "--json"
    ).json
    #expect(incident.policies.array.first?.statements.array.first?.reach.string == (stops ? "stops" : "passes"))
    #expect(incident.counterfactual.columns_seen_still.array.isEmpty == stops)
    let diff = try run(folder, "diff", "recorded", "mask.yaml", "--json").json
    #expect(diff.fixed_miss.int == (stops ? 1 : 0))
    #expect(diff.changes.newly_masked.int == 1)
  }

  @Test func `a mask by pattern hides what its columns show, and what a recorded mask hid is a leak without it`() throws
  {
    let hidden = #"{"action":"mask","masked":["people.email"]}"#
    let folder = try replayed(
      [
        Sent(sql: "SELECT email FROM people", decision: hidden),
        Sent(sql: "SELECT count(*) FROM people", decision: hidden),
      ],
      on: Self.people)
    try folder.write("wide.yaml", policy("{ id: m, then: { mask: [\"people.*\"] } }"))
    try folder.write("none.yaml", policy("{ id: w, when: { statement: { kind: drop } }, then: block }"))
    #expect(try run(folder, "diff", "recorded", "wide.yaml", "--json").json.leak.int == 0)
    #expect(try run(folder, "diff", "recorded", "none.yaml", "--json").json.leak.int == 1)
    let asIf = try run(
      folder, "incident", "bot", "--as-if", "wide.yaml", "--shadow", "sqlite:shadow.sql", "--json"
    ).json.counterfactual
    #expect(asIf.columns_shown.array.isEmpty && asIf.columns_seen_still.array.isEmpty)
  }

  private static let people = """
    CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, phone TEXT);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 59)
      INSERT INTO people SELECT i, 'person' || i || '@example.org', '+49 30 ' || (100000 + i * 37) FROM n;
    """

  // MARK: Rows and values

  @Test func `values are counted where one row holds many`() throws {
    let folder = try replayed([Sent(sql: "SELECT group_concat(email, ';') FROM people")], on: Self.people)
    let document = try run(folder, "incident", "bot", "--json").json
    let seen = try #require(document.blast_radius.disclosed.array.first)
    #expect((seen.rows.int, seen.values.int) == (1, 59))
    #expect(document.headline.string?.contains("people.email was seen (59 values in 1 row)") == true)
    let page = try run(folder, "incident", "bot", "--html", "page.html")
    #expect(page.output.contains("in 59 values in 1 row"))
    #expect(try folder.text("page.html").contains("59 values in 1 row"))
    let rows = try replayed([Sent(sql: "SELECT email FROM people")], on: Self.people)
    #expect(try run(rows, "incident", "bot", "--json").json.headline.string?.contains("seen in 59 rows") == true)
  }

  @Test func `harm by disclosed rows counts the values of a row that holds many`() throws {
    let folder = try replayed([Sent(sql: "SELECT group_concat(email, ';') FROM people")], on: Self.people)
    try folder.write(
      "harm.yaml",
      policy("{ id: w, when: { statement: { kind: drop } }, then: block }") + "harm: { discloses: { rows: 50 } }\n")
    try run(folder, "replay", "--shadow", "sqlite:shadow.sql", "--policy", "harm.yaml", "--quiet")
    #expect(try run(folder, "explain", "bot/1").output.contains("mask_leak"))
  }

  @Test func `by cascade are only rows that a key's action took`() throws {
    let folder = try replayed(
      [
        Sent(session: "key", sql: "DELETE FROM wards WHERE id <= 10"),
        Sent(session: "trigger", sql: "DELETE FROM staff WHERE id <= 5"),
      ],
      on: """
        CREATE TABLE wards (id INTEGER PRIMARY KEY);
        CREATE TABLE beds (id INTEGER PRIMARY KEY, ward INTEGER REFERENCES wards (id) ON DELETE CASCADE);
        CREATE TABLE staff (id INTEGER PRIMARY KEY);
        CREATE TABLE badges (id INTEGER PRIMARY KEY, staff INTEGER);
        CREATE TRIGGER lost AFTER DELETE ON staff BEGIN DELETE FROM badges WHERE staff = OLD.id; END;
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO wards SELECT i FROM n;
        INSERT INTO beds SELECT id, id FROM wards; INSERT INTO staff SELECT id FROM wards;
        INSERT INTO badges SELECT id, id FROM wards;
        """)
    for (session, table, cascade, code, words) in [
      ("key", "beds", 10, 0, "10 deleted of 100, by cascade"),
      ("trigger", "badges", 0, 5, "5 deleted of 100, by a trigger or function"),
    ] {
      let page = try run(folder, "incident", session)
      #expect(page.output.contains(words), "\(page)")
      let rows = try run(folder, "incident", session, "--json").json.blast_radius.tables.array
      let loss = try #require(rows.first { $0.table.string == table })
      #expect((loss.by_cascade.int, loss.by_code.int) == (cascade, code))
    }
  }

  private static let hasServer = ProcessInfo.processInfo.environment["ASSAY_TEST_WITHOUT_POSTGRESQL"] == nil

  @Test(.enabled(if: hasServer, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
  func `on PostgreSQL a cascade, a trigger and a function are told apart too`() throws {
    let folder = try replayed(
      [
        Sent(session: "key", sql: "DELETE FROM wards WHERE id <= 10"),
        Sent(session: "function", sql: "SELECT purge()"),
        Sent(session: "sum", sql: "SELECT string_agg(email, ';') FROM staff"),
        Sent(session: "json", sql: "SELECT row_to_json(s) FROM staff s"),
        Sent(session: "plain", sql: "SELECT id, email FROM staff"),
      ],
      on: """
        CREATE TABLE wards (id int PRIMARY KEY);
        CREATE TABLE beds (id int PRIMARY KEY, ward int REFERENCES wards (id) ON DELETE CASCADE);
        CREATE TABLE log (at text, ward int);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN INSERT INTO log VALUES ('gone', OLD.id); RETURN OLD; END $$;
        CREATE TRIGGER noted AFTER DELETE ON wards FOR EACH ROW EXECUTE FUNCTION note();
        CREATE TABLE staff (id int PRIMARY KEY, email text);
        CREATE TABLE visits (id int PRIMARY KEY);
        CREATE FUNCTION purge() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM visits; RETURN 1; END $$;
        INSERT INTO wards SELECT i FROM generate_series(1, 100) i;
        INSERT INTO beds SELECT i, 1 + i % 100 FROM generate_series(1, 1000) i;
        INSERT INTO visits SELECT i FROM generate_series(1, 70) i;
        INSERT INTO staff SELECT i, 'person' || i || '@example.org' FROM generate_series(1, 40) i;
        """, engine: "postgresql")
    for (session, table, cascade, code) in [
      ("key", "beds", 100, 0), ("key", "log", 0, 10), ("function", "visits", 0, 70),
    ] {
      let rows = try run(folder, "incident", session, "--json").json.blast_radius.tables.array
      let loss = try #require(rows.first { $0.table.string == table }, "\(table)")
      #expect((loss.by_cascade.int, loss.by_code.int) == (cascade, code), "\(table)")
    }
    #expect(try run(folder, "incident", "sum").output.contains("40 values in 1 row"))
    try folder.write("mask.yaml", policy("{ id: m, then: { mask: [staff.email] } }"))
    for (session, stops) in [("plain", true), ("json", false), ("sum", false)] {
      let incident = try run(
        folder, "incident", session, "--policy", "mask.yaml", "--as-if", "mask.yaml", "--shadow", "postgres:shadow.sql",
        "--json"
      ).json
      #expect(incident.policies.array.first?.statements.array.first?.reach.string == (stops ? "stops" : "passes"))
      #expect(incident.counterfactual.columns_seen_still.array.isEmpty == stops)
      let diff = try run(folder, "diff", "recorded", "mask.yaml", "--session", session, "--json").json
      #expect(diff.fixed_miss.int == (stops ? 1 : 0), "\(session)")
    }
  }

  // MARK: How sessions were kept apart

  @Test func `the page says how sessions were kept apart and offers the other way`() throws {
    let sent = [
      Sent(session: "one", sql: "DELETE FROM t WHERE id <= 60"),
      Sent(session: "two", sql: "DELETE FROM t WHERE id <= 80"),
    ]
    let script = """
      CREATE TABLE t (id INTEGER PRIMARY KEY);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO t SELECT i FROM n;
      """
    for (isolation, rows, other) in [
      ("session", "140 rows", "--isolation history"), ("history", "80 rows", "--isolation session"),
    ] {
      let folder = try replayed(sent, on: script, ["--isolation", isolation])
      let page = words(try run(folder, "incident", "one", "two"))
      #expect(page.contains(rows) && page.contains("isolation `\(isolation)`") && page.contains(other), "\(page)")
      #expect(page.contains("each session counted on a fresh copy") == (isolation == "session"))
      #expect(words(try run(folder, "find")).contains(other))
    }
  }
}
