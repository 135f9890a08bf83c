import AssayCommand
import AuditTrail
import FoundationEssentials
import Ledger
import Policies
import PolicyDiff
import Testing

/// Ledgers that were cut down for a pipeline.
@Suite struct SlimTests {
  private static let secrets = [
    "hunter2", "dana@example.org", "ana@example.org", "4711", "Schmidt", "the why", "ops@", "4111", "10.0.0.8", "psql",
  ]

  private static func whole(_ folder: String) throws -> String {
    let path = folder + "/l.db"
    let ledger = try Ledger(path: path, create: true)
    try Fixture.load(
      [
        Sent(sql: "DELETE FROM visits WHERE note <> 'hunter2' -- the why", effect: Fixture.deleted(48_213)),
        Sent(sql: "DELETE FROM visits", at: "2026-08-01T00:00:00Z", effect: Fixture.deleted(48_213)),
        Sent(sql: "SELECT email FROM customers WHERE email = 'dana@example.org'", effect: Fixture.leaked),
        Sent(
          sql: "SELECT name FROM t WHERE id = 4711 AND name = \"Schmidt\"", connection: "my-dana@example.org",
          engine: "mysql"),
        Sent(sql: "DROP TABLE old_visits; SELECT 'hunter2'", kind: .agent, effect: Effect(.ran)),
        Sent(sql: "SELEC dana@example.org 'hunter2", session: "session-of-dana@example.org"),
      ], into: ledger)
    return path
  }

  private static func redacted(_ whole: String, _ path: String) throws {
    let ledger = try Ledger(path: whole, create: false)
    let border = try #require(Timestamp("2026-08-01T00:00:00Z"))
    _ = try ledger.cutDown(to: path, borders: [border], redaction: .traffic)
  }

  @Test func `no literal, comment, parameter or address is in the file's bytes`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/slim.db"
    try Self.redacted(Self.whole(folder.path), path)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    for secret in Self.secrets { #expect(!bytes.contains(secret), "\(secret)") }
    for kept in ["visits", "customers", "old_visits", "clinic"] { #expect(bytes.contains(kept), "\(kept)") }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("slim") } == ["slim.db"])
  }

  @Test func `a value that stands for a name is not in the file's bytes`() throws {
    let folder = try TemporaryFolder()
    let (whole, slim) = (folder.path + "/l.db", folder.path + "/slim.db")
    var effect = Effect(.ran)
    effect.altered = ["create table 4111111111111111"]
    effect.tables = ["dana@example.org": TableEffect(), "visits": TableEffect()]
    let ledger = try Ledger(path: whole, create: true)
    try Fixture.load(
      [
        Sent(sql: "CREATE TABLE \"4111111111111111\" (a int)", effect: effect),
        Sent(sql: "SELECT a AS \"4111111111111111\" FROM visits", effect: Effect(.ran)),
      ], into: ledger)
    try Self.redacted(whole, slim)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: slim))
    for secret in Self.secrets { #expect(!bytes.contains(secret), "\(secret)") }
    #expect(bytes.contains("visits"))
  }

  @Test func `a rule over what is left decides as before, one over what was taken decides maybe`() throws {
    let folder = try TemporaryFolder()
    let (whole, slim) = (try Self.whole(folder.path), folder.path + "/slim.db")
    try Self.redacted(whole, slim)
    let full = try Ledger(path: whole, create: false)
    let cut = try Ledger(path: slim, create: false)
    let allow = try OneRule.policy("allow")
    func changes(_ rule: String) throws -> (PolicyDifference, PolicyDifference) {
      let policy = try Fixture.policy(["- { id: r, \(rule), then: block }"])
      return (
        try comparePolicies(full, old: allow, new: policy), try comparePolicies(cut, old: allow, new: policy)
      )
    }
    for rule in [
      "when: { statement: { kind: delete } }", "when: { statement: { kind: delete, where: missing } }",
      "when: { identity: { kind: agent } }", "when: { statement: { reads: [customers.email] } }",
      "when: { statement: { parsed: false } }", "when: { identity: { user: '*' } }",
    ] {
      let (before, after) = try changes(rule)
      #expect(before.changes == after.changes, "\(rule)")
      #expect(before.figures == after.figures, "\(rule)")
      #expect(before.groups.map(\.count) == after.groups.map(\.count), "\(rule)")
      #expect(after.changes[.newlyBlocked] ?? 0 > 0, "\(rule)")
    }
    let (before, after) = try changes("when: { statement: { text: { re2: '(?i)\\bdrop\\s+table\\b' } } }")
    #expect((before.changes[.newlyBlocked], before.changes[.maybe]) == (1, 0))
    // What stands outside the literals matches for sure, a text without literals surely does not.
    #expect((after.changes[.newlyBlocked], after.changes[.maybe], after.unchanged) == (1, 4, 1))
    let (user, users) = try changes("when: { identity: { user: 'ana@*' } }")
    #expect((user.changes[.newlyBlocked], users.changes[.maybe]) == (6, 6))
    let (word, words) = try changes("when: { statement: { text: { contains: 'visits' } } }")
    #expect((word.changes[.newlyBlocked], words.changes[.newlyBlocked], words.changes[.maybe]) == (3, 3, 3))
    #expect(words.traffic.isMeasured)
  }

  @Test func `a cut ledger tells what lies on each side of its borders, and says where it cannot`() throws {
    let folder = try TemporaryFolder()
    let (whole, slim) = (try Self.whole(folder.path), folder.path + "/slim.db")
    try Self.redacted(whole, slim)
    let ledger = try Ledger(path: slim, create: false)
    var july = SessionFilter()
    july.period = Period("2026-07")
    let policy = try OneRule.policy("block")
    #expect(try comparePolicies(ledger, old: OneRule.policy("allow"), new: policy, filter: july).statements == 5)
    var session = SessionFilter()
    session.keys = ["s1"]
    #expect(throws: AssayError.self) {
      _ = try comparePolicies(ledger, old: .recorded, new: policy, filter: session)
    }
  }

  @Test func `without redaction it is the same difference with fewer rows`() throws {
    let folder = try TemporaryFolder()
    let (whole, slim) = (try Self.whole(folder.path), folder.path + "/slim.db")
    let ledger = try Ledger(path: whole, create: false)
    _ = try ledger.cutDown(to: slim, borders: [], redaction: nil)
    let cut = try Ledger(path: slim, create: false)
    let policy = try Fixture.policy([
      "- { id: t, when: { statement: { text: { contains: 'hunter2' } } }, then: block }",
      "- { id: u, when: { identity: { user: 'nobody' } }, then: block }",
    ])
    let before = try comparePolicies(ledger, old: OneRule.policy("review"), new: policy)
    #expect(try comparePolicies(cut, old: OneRule.policy("review"), new: policy) == before)
    #expect(before.changes[.newlyBlocked] == 3)
    #expect(try cut.problems().isEmpty)
  }

  @Test func `the command refuses to overwrite, and other commands refuse a cut ledger`() throws {
    let folder = try TemporaryFolder()
    let (whole, slim) = (try Self.whole(folder.path), folder.path + "/slim.db")
    let arguments = ["ledger", "slim", "--redact", "--output", slim, "--ledger", whole, "--quiet"]
    #expect(AssayCommand.run(arguments) == 0)
    #expect(AssayCommand.run(arguments) == 64)
    let first = try Data(contentsOf: URL(fileURLWithPath: slim))
    try FileManager.default.removeItem(atPath: slim)
    #expect(AssayCommand.run(arguments) == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: slim)) == first)
    for command in [
      ["explain", "s1/1"], ["replay", "--shadow", "sqlite:none.sql"], ["ledger", "slim", "--output", "x"],
    ] {
      #expect(AssayCommand.run(command + ["--ledger", slim, "--quiet"]) != 0)
    }
    #expect(AssayCommand.run(["ledger", "fsck", "--ledger", slim, "--quiet"]) == 0)
    #expect(AssayCommand.run(["diff", "recorded", "recorded", "--ledger", slim, "--quiet"]) == 0)
  }
}

extension Data {
  fileprivate func contains(_ text: String) -> Bool { firstRange(of: Data(text.utf8)) != nil }
}
