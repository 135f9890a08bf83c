import AuditTrail
import Ledger
import Testing

@Suite struct ApprovalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var statement = Fixture.statement("s1", 1, action: .review)
    var approval: Approval? = Fixture.approval("a1")
    let outcome: String
    let link: String?
    let approved: Int64
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(
      name: "named by the statement, granted before",
      statement: Fixture.statement("s1", 1, action: .review, approval: "a1"), outcome: "ran", link: "recorded",
      approved: 1),
    Case(
      name: "named by the statement, granted after the fact",
      statement: Fixture.statement("s1", 1, action: .review, approval: "a1"),
      approval: Fixture.approval("a1", granted: "2026-07-01T09:30:00Z"), outcome: "ran_unapproved", link: "recorded",
      approved: 0),
    Case(
      name: "expired before the statement",
      statement: Fixture.statement("s1", 1, action: .review, approval: "a1"),
      approval: Fixture.approval("a1", expires: "2026-07-01T09:00:00.5Z"), outcome: "ran_unapproved",
      link: "recorded", approved: 0),
    Case(
      name: "rejected and not run",
      statement: Fixture.statement("s1", 1, action: .review, approval: "a1", hasResult: false),
      approval: Fixture.approval("a1", status: .rejected), outcome: "not_run", link: "recorded", approved: 0),
    Case(
      name: "names the session", approval: Fixture.approval("a1", session: "s1"), outcome: "ran", link: "recorded",
      approved: 1),
    Case(name: "just in time: same person, connection and time", outcome: "ran", link: "inferred", approved: 1),
    Case(
      name: "somebody else's", approval: Fixture.approval("a1", user: "cy@example.org"), outcome: "ran_unapproved",
      link: nil, approved: 0),
    Case(
      name: "ended before the session was opened",
      approval: Fixture.approval("a1", expires: "2026-07-01T08:59:00Z"), outcome: "ran_unapproved", link: nil,
      approved: 0),
    Case(name: "none", approval: nil, outcome: "ran_unapproved", link: nil, approved: 0),
  ]

  @Test(arguments: cases)
  func `an approval is joined and the outcome follows`(_ testCase: Case) throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    _ = try Fixture.load(
      [
        Fixture.batch(
          openings: [Fixture.opening("s1")], statements: [testCase.statement],
          approvals: testCase.approval.map { [$0] } ?? [])
      ], into: ledger)
    let row = try #require(
      try ledger.rows("SELECT outcome, approval_link, approved FROM statement_view").first)
    #expect(row[0] == .text(testCase.outcome))
    #expect(row[1] == testCase.link.map { .text($0) } ?? .null)
    #expect(row[2] == .integer(testCase.approved))
    let roundTrip = try ledger.approvals().map(\.approval)
    #expect(roundTrip == (testCase.approval.map { [$0] } ?? []))
    #expect(
      try ledger.rows("SELECT r.context = s.context FROM rollup r, statements s") == [[.integer(1)]])
  }
}
