import AuditTrail
import Policies
import Testing

struct HarmTests {
  private func connection(_ environment: String?) -> Connection {
    Connection(name: "clinic", engine: "sqlite", environment: environment)
  }

  private func deletion(of rows: Int64) -> Effect {
    var table = TableEffect()
    (table.deleted, table.before) = (rows, 1_000_000)
    var effect = Effect(.ran)
    effect.tables["visits"] = table
    return effect
  }

  @Test func `without a harm block the standard thresholds hold`() throws {
    let policy = try policy(rules: "[]")
    #expect(policy.harm.harm(on: nil) == .standard)
    #expect(severity(of: deletion(of: 1000), harm: .standard) == .s3)
    #expect(severity(of: deletion(of: 999), harm: .standard) == .s2)
    #expect(Harm.standard.destroys?.sessionRows == 10_000)
  }

  @Test func `the first entry of a list that matches counts, and none means nothing is harmful`() throws {
    let rules = try policy(
      rules: "[]",
      harm: """

          - when: { connection: { environment: production } }
            destroys: { rows: 10, session_rows: 100 }
          - when: { connection: { environment: [test, staging] } }
            destroys: none
            discloses: none
            escalates: false
        """
    ).harm
    #expect(rules.harm(on: connection("production")).destroys?.limit.rows == 10)
    #expect(rules.harm(on: connection("production")).escalates)
    #expect(rules.harm(on: connection("staging")) == .none)
    #expect(rules.harm(on: connection("elsewhere")) == .none)
    // A record that does not say where it was must not hide harm.
    #expect(rules.harm(on: connection(nil)).destroys?.limit.rows == 10)
  }

  @Test func `rows of a session count where no table has its own limit`() throws {
    let harm = try policy(rules: "[]", harm: "{ tables: { visits: { rows: 5 } } }").harm.harm(on: nil)
    #expect(harm.sessionRows(destroyedBy: deletion(of: 7)) == 0)
    #expect(Harm.standard.sessionRows(destroyedBy: deletion(of: 7)) == 7)
  }

  @Test func `who approved the thresholds is read`() throws {
    let text = "policy: p\nversion: 1\napproved_by: cy@example.org\napproved_at: 2026-06-30\n"
    let policy = try Policy(yaml: text, path: "p")
    #expect(policy.approvedBy == "cy@example.org")
    #expect(policy.approvedAt == Timestamp("2026-06-30T00:00:00Z"))
  }
}

struct PolicySetTests {
  private func version(_ number: String, _ effective: String?, path: String) throws -> Policy {
    let date = effective.map { "effective: \($0)\n" } ?? ""
    return try Policy(yaml: "policy: p\nversion: \"\(number)\"\n\(date)", path: path)
  }

  private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

  @Test func `the version in force decides, in whatever order files are read`() throws {
    let versions = [
      try version("1", "2026-01-01T00:00:00Z", path: "a"), try version("2", "2026-07-01T00:00:00Z", path: "b"),
      try version("3", "2026-08-01T00:00:00Z", path: "c"),
    ]
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
      let set = try PolicySet(dated: order.map { versions[$0] }, directory: "policies")
      #expect(try set.inForce(at: time("2026-06-30T23:59:59.999999999Z")).version == "1")
      #expect(try set.inForce(at: time("2026-07-01T00:00:00Z")).version == "2")
      #expect(try set.inForce(at: time("2030-01-01T00:00:00Z")).version == "3")
      #expect(set.version(at: try time("2025-12-31T23:59:59Z")) == nil)
    }
  }

  @Test func `a moment before the first version is an error`() throws {
    let set = try PolicySet(dated: [version("1", "2026-01-01", path: "a")], directory: "policies")
    let error = #expect(throws: AssayError.self) { try set.inForce(at: time("2025-01-01T00:00:00Z")) }
    #expect(
      error?.message
        == "no policy is in force at 2025-01-01T00:00:00Z; the first version is effective from 2026-01-01T00:00:00Z")
  }

  @Test func `one file applies at all times`() throws {
    let policy = try version("1", "2026-01-01", path: "a")
    let set = PolicySet(always: .rules(CompiledPolicy(policy)))
    #expect(try set.inForce(at: time("1990-01-01T00:00:00Z")).version == "1")
  }

  @Test func `two versions of one time, and one of none, are errors`() throws {
    let versions = [
      try version("1", "2026-01-01", path: "b"), try version("2", "2026-01-01", path: "a"),
      try version("3", nil, path: "c"),
    ]
    let error = #expect(throws: PolicyErrors.self) { try PolicySet(dated: versions, directory: "policies") }
    #expect(
      error?.description == """
        b: is in force from 2026-01-01T00:00:00Z as a is; give one of them another `effective`
        c: lacks `effective`; in a directory of versions each says from when it is in force
        """)
    #expect(throws: PolicyErrors.self) { try PolicySet(dated: [], directory: "policies") }
  }
}
