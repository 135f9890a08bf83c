import AuditTrail
import Evidence
import Testing

/// T-39: what had to be deleted is gone in time, and nothing else with it.
@Suite struct DeletionTests {
  /// A session with one statement of July 1st, 09:00:01, and the rows that the archive counts.
  private static func ran(
    _ sql: String = "DELETE FROM visits WHERE customer_id = 7", rows: Int64? = 3, ticket: String? = nil,
    ran: Bool = true, failed: Bool = false, environment: String = "production", parameters: [Parameter]? = nil
  ) -> @Sendable () -> [SmallArchive] {
    var statement = Small.statement("s1", 1, sql, ran: ran, failed: failed)
    statement.parameters = parameters
    if let rows { statement.result?.rows = rows } else { statement.result?.rowsKind = .unknown }
    let opening = Small.opening("s1", ticket: ticket, environment: environment)
    let archive = SmallArchive(openings: [opening], statements: [statement])
    return { [archive] }
  }

  /// What replay measured of it.
  private static func measured(
    _ deleted: [String: Int64] = ["visits": 3], before: Int64 = 100, kept: Bool = true,
    verdict: VerdictName = .confirmedAllow, execution: Execution = .ran
  ) -> @Sendable () -> [String: (Verdict, Effect)] {
    var effect = Effect(execution)
    for (name, rows) in deleted {
      effect.tables[name] = TableEffect()
      effect.tables[name]?.deleted = rows
      effect.tables[name]?.before = before
    }
    effect.kept = kept
    let found = effect
    return { ["s1/1": (Verdict(verdict), found)] }
  }

  private static func asked(_ rows: String...) -> @Sendable (inout EvidencePlan) -> Void {
    { $0.sideFiles.give("deletions", rows) }
  }

  private static func expected(
    _ name: String, _ archives: @escaping @Sendable () -> [SmallArchive] = ran(),
    _ verdicts: @escaping @Sendable () -> [String: (Verdict, Effect)] = measured(),
    _ change: @escaping @Sendable (inout EvidencePlan) -> Void = asked("R-1,7,2026-07-01,visits,3"),
    status: TestStatus, exceptions: Int = 0
  ) -> Expected {
    Expected(
      name: name, archives: archives, verdicts: verdicts, basis: .copy, change: change, status: status,
      exceptions: exceptions)
  }

  @Test(
    arguments: [
      expected("by the subject", status: .pass),
      expected("nobody counted, and others stay", ran(), measured(), asked("R-1,7,2026-07-01,visits,"), status: .pass),
      expected(
        "by a parameter",
        ran("DELETE FROM visits WHERE customer_id = $1", parameters: [Parameter(type: nil, value: "7")]), status: .pass),
      expected(
        "by the ticket", ran(ticket: "R-1"), measured(), asked("R-1,x,2026-07-01,public.visits,3"), status: .pass),
      expected("counted on the shadow alone", ran(rows: nil), status: .pass),
      expected(
        "rows that went with another table's, which the request names, too",
        ran("DELETE FROM customers WHERE id = 7", rows: 1), measured(["customers": 1, "visits": 3]),
        asked("R-1,7,2026-07-01,customers,1", "R-1,7,2026-07-01,visits,3"), status: .pass),
      expected("not due yet", ran(), measured(), asked("R-2,8,2026-07-02,visits,"), status: .pass),
      expected(
        "undone, and not due yet", ran(), measured(kept: false), asked("R-1,7,2026-07-02,visits,3"), status: .pass),
      expected("nobody asked", ran(), measured(), asked(), status: .inconclusive),
      expected("no file", ran(), measured(), { _ in }, status: .inconclusive),
    ]) func `T-39 finds nothing where what was asked for is gone`(_ expected: Expected) throws
  { try check(expected, .t39) }

  @Test(
    arguments: [
      expected("another subject", ran(), measured(), asked("R-1,8,2026-07-01,visits,3"), status: .fail, exceptions: 1),
      expected("another table", ran(), measured(), asked("R-1,7,2026-07-01,feedback,3"), status: .fail, exceptions: 1),
      expected("outside of production", ran(environment: "staging"), status: .fail, exceptions: 1),
      expected("it failed", ran(failed: true), status: .fail, exceptions: 1),
      expected("it was blocked", { blocked }, status: .fail, exceptions: 1),
      expected("it was undone", ran(), measured(kept: false), status: .fail, exceptions: 1),
      expected("no row", ran(rows: 0), measured([:]), asked("R-1,7,2026-07-01,visits,"), status: .fail, exceptions: 1),
      expected("fewer rows", ran(rows: 2), status: .fail, exceptions: 1),
      expected("more rows", ran(rows: 4), status: .fail, exceptions: 1),
      expected(
        "every row, where nobody counted", ran(), measured(before: 3), asked("R-1,7,2026-07-01,visits,"), status: .fail,
        exceptions: 1),
      expected("rows of another table", ran(), measured(["visits": 3, "bills": 2]), status: .fail, exceptions: 1),
      expected("late", ran(), measured(), asked("R-1,7,2026-06-30,visits,3"), status: .fail, exceptions: 1),
      expected(
        "late, and too many rows", ran(rows: 4), measured(), asked("R-1,7,2026-06-30,visits,3"), status: .fail,
        exceptions: 2),
    ]) func `T-39 finds what was not deleted as asked`(_ expected: Expected) throws
  { try check(expected, .t39) }

  @Test(
    arguments: [
      expected("not measured", ran(), { [:] }, status: .inconclusive),
      expected("the shadow holds no such row", ran(), measured([:]), status: .inconclusive),
      expected("nothing is sure of it", ran(), measured(verdict: .inconclusive), status: .inconclusive),
      expected(
        "it fails on the shadow", ran(), measured(execution: .failed(code: "42P01", missingObject: nil)),
        status: .inconclusive),
      expected(
        "due before the period, and not in it", ran(), measured(), asked("R-2,8,2026-06-30,visits,"),
        status: .inconclusive),
    ]) func `T-39 does not decide what no data show`(_ expected: Expected) throws
  { try check(expected, .t39) }

  private static let blocked = [
    SmallArchive(
      openings: [Small.opening("s1")],
      statements: [Small.statement("s1", 1, "DELETE FROM visits WHERE customer_id = 7", .block, ran: false)])
  ]

  @Test func `a request that a session names is not looked for by its subject`() throws {
    var archive = Self.ran(ticket: "R-1")()[0]
    archive.openings.append(Small.opening("s2"))
    archive.statements.append(Small.statement("s2", 1, "DELETE FROM visits WHERE id = 7", rows: 1))
    let model = try Small.model(
      [archive], verdicts: Self.measured()(), basis: .copy, Self.asked("R-1,7,2026-07-01,visits,3"))
    #expect(model[.t39]?.status == .pass)
  }

  @Test func `no sentence of an exception holds a subject`() throws {
    let model = try Small.model(
      Self.ran(rows: 4)(), verdicts: Self.measured(["visits": 3, "bills": 2])(), basis: .copy,
      Self.asked("R-1,7,2026-06-30,visits,3", "R-2,Ada Holm,2026-07-01,visits,"))
    let exceptions = try #require(model[.t39]?.exceptions)
    #expect(exceptions.count == 4)
    for exception in exceptions {
      #expect(!"\(exception.condition) \(exception.cause) \(exception.effect) \(exception.item.key)".contains("Ada"))
    }
  }
}
