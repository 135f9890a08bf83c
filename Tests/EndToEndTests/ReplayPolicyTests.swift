import Testing

/// `replay --policy` supplies harm and masks, never decisions.
@Suite struct ReplayPolicyTests {
  private static let archive = """
    {"type":"archive","format":"assay.archive/1","proxy":{"name":"gw","version":"1","instance":"g"}}
    {"type":"session_open","session":"s1","time":"2026-07-01T09:00:00Z","identity":{"user":"ana@example.org","kind":"human"},"connection":{"name":"clinic","engine":"sqlite"}}
    {"type":"statement","session":"s1","seq":1,"time":"2026-07-01T09:00:01Z","sql":"SELECT phone FROM people","decision":{"action":"allow"},"result":{"rows":2,"rows_kind":"returned"}}
    {"type":"statement","session":"s1","seq":2,"time":"2026-07-01T09:00:02Z","sql":"SELECT name FROM people","decision":{"action":"allow"},"result":{"rows":2,"rows_kind":"returned"}}

    """
  private static let shadow = """
    CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, phone TEXT, mail TEXT);
    INSERT INTO people VALUES (1, 'Ana', '555-0101', 'ana@example.org'), (2, 'Bo', '555-0102', 'bo@example.org');
    """

  private func verdicts(_ policy: String?, in folder: Folder) throws -> JSON {
    var arguments = ["replay", "--ledger", "l.db", "--shadow", "sqlite:shadow.sql", "--json"]
    if let policy {
      try folder.write("policy.yaml", "policy: p\nversion: \"1\"\nrules:\n\(policy)")
      arguments += ["--policy", "policy.yaml"]
    }
    let finished = try assay(arguments, in: folder)
    #expect(finished.status == 0, "\(finished)")
    return try finished.json.verdicts
  }

  @Test func `a column that the policy masks must not reach the client`() throws {
    let folder = try Folder()
    try folder.write("one.jsonl", Self.archive)
    try folder.write("shadow.sql", Self.shadow)
    #expect(try assay("ingest", "one.jsonl", "--ledger", "l.db", in: folder).status == 0)
    #expect(try verdicts(nil, in: folder).confirmed_allow.int == 2)
    let byName = "  - { id: m, when: { identity: { kind: agent } }, then: { mask: [people.phone] } }\n"
    #expect(try verdicts(byName, in: folder).mask_leak.int == 1)
    #expect(try verdicts(byName, in: folder).confirmed_allow.int == 1)
    // A rule that blocks what was allowed changes no recorded decision.
    #expect(try verdicts("  - { id: b, then: block }\n", in: folder).confirmed_allow.int == 2)
    let byDetector = "  - { id: m, then: { mask: [\"detector:email\"] } }\n"
    #expect(try verdicts(byDetector, in: folder).confirmed_allow.int == 2)
  }

  @Test(arguments: ["people.phone", "people.*", "people", "main.people.phone", "PEOPLE.Phone", "*.phone"])
  func `a column that only the policy's harm names is looked for`(column: String) throws {
    let folder = try Folder()
    try folder.write("one.jsonl", Self.archive)
    try folder.write("shadow.sql", Self.shadow)
    #expect(try assay("ingest", "one.jsonl", "--ledger", "l.db", in: folder).status == 0)
    let harm = "  []\nharm: { discloses: { columns: [\"\(column)\"], rows: 1 } }\n"
    #expect(try verdicts(harm, in: folder).mask_leak.int ?? 0 >= 1)
  }
}
