import AuditTrail
import Foundation
import Ledger
import Policies
import Testing

@testable import Incidents

/// Whose data somebody saw: limits where nothing is counted one by one, and what is not known of it.
@Suite struct DisclosureTests {
  private static func shown(_ values: Int64, rows: Int64? = nil, _ leak: Leak = .raw) -> Effect {
    var effect = Fixture.leaked(leak, rows: rows ?? max(1, values))
    effect.valuesShown = values
    return effect
  }

  private static func report(
    _ sent: [Sent], period: Period? = nil, lookedFor: [String] = ["customers.email"]
  ) throws -> DisclosureReport {
    let ledger = try Fixture.ledger(sent)
    var sessions: [SessionEntry] = []
    try ledger.forEachSession(SessionFilter()) { sessions.append($0) }
    return try readDisclosure(
      ledger, sessions: sessions, subject: ["ana@example.org"], period: period, lookedFor: lookedFor)
  }

  private static func sent(_ effect: Effect?, _ change: (inout Sent) -> Void = { _ in }) -> Sent {
    var sent = Sent(sql: "SELECT email FROM customers", effect: effect, verdict: Fixture.harm)
    (sent.rows, sent.rowsKind) = (7, .returned)
    change(&sent)
    return sent
  }

  @Test func `values of several statements are added up as a limit, and never called a union`() throws {
    let report = try Self.report([Self.sent(Self.shown(40)), Self.sent(Self.shown(40)), Self.sent(Self.shown(3))])
    let column = try #require(report.columns.first)
    #expect(report.columns.count == 1 && column.valuesAtMost == 83 && column.isBounded)
    #expect(column.limit == "at most 83" && column.statements == 3 && column.rows == 83)
    #expect(column.recordedRows == 21)
    #expect(report.provisos[0].contains("not a union"))
    #expect(report.shapes.count == 1 && report.shapes[0].steps == ["s1/1", "s1/2", "s1/3"])
    #expect(report.isComplete && report.headline.contains("3 of 3 statements"))
  }

  @Test func `an expression has no limit`() throws {
    let report = try Self.report([Self.sent(Self.shown(0, rows: 1, .derived))])
    #expect(report.columns.map(\.limit) == ["no limit known"])
    let mixed = try Self.report([Self.sent(Self.shown(0, rows: 1, .derived)), Self.sent(Self.shown(2))])
    #expect(mixed.columns.map(\.limit) == ["at most 2, and more by expressions"])
    #expect(mixed.provisos.contains { $0.contains("any number of people") })
  }

  @Test func `who saw it, and for whom, are kept apart`() throws {
    let report = try Self.report([
      Self.sent(Self.shown(1)), Self.sent(Self.shown(2)) { ($0.user, $0.session) = ("bo@example.org", "s2") },
      Self.sent(Self.shown(3)) { ($0.actsFor, $0.session) = ("cy@example.org", "s3") },
    ])
    #expect(report.columns.map(\.whom) == ["ana@example.org", "ana@example.org", "bo@example.org"])
    #expect(report.columns.map(\.valuesAtMost) == [1, 3, 2])
    #expect(report.columns.map(\.actsFor) == [nil, "cy@example.org", nil])
  }

  struct Unknown: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var effect: Effect?
    var verdict = Verdict(.confirmedAllow)
    let reason: String
  }

  static let unknowns = [
    Unknown(testDescription: "what was not replayed", effect: nil, reason: "not_replayed"),
    Unknown(
      testDescription: "what came to no result", effect: Effect(.notRun(.missingParams)),
      verdict: Verdict(.inconclusive, reason: "missing_params"), reason: "missing_params"),
    Unknown(
      testDescription: "what ended otherwise than recorded", effect: Effect(.failed(code: "x", missingObject: nil)),
      verdict: Verdict(.diverged), reason: "diverged"),
    Unknown(
      testDescription: "what was measured in a session that does not count", effect: shown(5),
      verdict: Verdict(.inconclusive, reason: "poisoned"), reason: "poisoned"),
  ]

  @Test(arguments: unknowns)
  func `of what nothing is known, nothing is said to have been disclosed or not`(_ one: Unknown) throws {
    let report = try Self.report([
      Self.sent(Fixture.read) { $0.verdict = Verdict(.confirmedAllow) },
      Self.sent(one.effect) { $0.verdict = one.verdict },
    ])
    #expect(report.unknown.map(\.reason) == [one.reason], "\(report)")
    #expect(report.unknown.first?.columns == ["customers.email"] && report.unknown.first?.steps == ["s1/2"])
    #expect(report.columns.isEmpty && !report.isComplete)
    #expect(report.headline.hasPrefix("Not known whether anything was disclosed"))
  }

  @Test func `nothing disclosed is said where everything was measured, and nowhere else`() throws {
    let read = Self.sent(Fixture.read) { $0.verdict = Verdict(.confirmedAllow) }
    let whole = try Self.report([read, read])
    #expect(whole.isComplete && whole.headline.hasPrefix("No value of a sensitive column reached"))
    let unnamed = try Self.report([read], lookedFor: [])
    #expect(!unnamed.isComplete && unnamed.headline.contains("nothing was looked for"))
    let late = Self.sent(Fixture.read) { ($0.verdict, $0.at) = (Verdict(.confirmedAllow), "2026-08-01T09:00:00Z") }
    let part = try Self.report([read, late], period: Period("2026-07"))
    #expect(part.statements == 1 && part.outside == 1 && !part.isComplete)
    #expect(part.headline.contains("outside of that time"))
  }

  @Test func `what was stopped, masked or only asked for is not shown`() throws {
    var hidden = Fixture.read
    hidden.maskedColumns = ["customers.email"]
    let report = try Self.report([
      Self.sent(Self.shown(9)) {
        ($0.decision, $0.hasResult, $0.verdict) = (Decision(action: .block), false, Verdict(.confirmedBlock))
      },
      Self.sent(hidden) {
        ($0.decision, $0.verdict) = (Decision(action: .mask, masked: ["customers.email"]), Verdict(.confirmedMask))
      },
      Self.sent(Self.shown(0, rows: 4, .predicate)) { $0.verdict = Verdict(.confirmedAllow) },
    ])
    #expect(report.columns.isEmpty && report.stopped.count == 1 && report.inferred.count == 1)
    #expect(report.masked == ["customers.email": 1])
    #expect(report.isComplete && report.headline.contains("1 statement let values be inferred"))
  }

  @Test func `a statement of which the archive does not say whether it ran counts as run, and is told`() throws {
    let report = try Self.report([
      Self.sent(Self.shown(4)) { ($0.hasResult, $0.completeness) = (false, [.resultsAbsent]) }
    ])
    #expect(report.columns.map(\.valuesAtMost) == [4] && report.assumedRun == 1)
    #expect(report.provisos.contains { $0.contains("does not say whether they ran") })
  }

  @Test func `no value and no literal is in it`() throws {
    let report = try Self.report([
      Self.sent(Self.shown(1)) { $0.sql = "SELECT email FROM customers WHERE name = 'Zoe Quill'" }
    ])
    let text = String(decoding: report.json([]), as: UTF8.self)
    #expect(!text.contains("Zoe") && text.contains("SELECT email FROM customers"))
  }
}
