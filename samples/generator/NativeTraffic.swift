import AuditTrail
import SeededRandom

/// A quarter of everyday sessions through the native gateway.
struct NativeTraffic {
  private(set) var sessions: [NativeSession] = []
  private(set) var approvals: [Approval] = []

  /// The hour in which the gateway was down: 13:00 to 14:00 UTC on 2026-08-12.
  static let gapDay = Days.day(8, 12)
  static let gapHour = 13

  init(seed: UInt64) {
    for day in Days.quarter { append(day, seed: seed) }
  }

  private mutating func append(_ day: Int, seed: UInt64) {
    var random = SplitMix64(seed: seed &+ UInt64(day))
    let isWeekend = Days.isWeekend(day)
    for _ in 0..<(isWeekend ? 1 : 4) { appendApplication(day, &random) }
    for _ in 0..<(isWeekend ? 1 : 2) { appendBilling(day, &random) }
    append(People.jobs, Connections.clinic, day, 4...5, &random) { work, random in
      (0..<random.number(in: 8...14)).map { _ in .allow(work.nightly(&random)) }
    }
    guard !isWeekend else { return }
    append(People.reportBot, Connections.clinic, day, 8...9, &random) { work, random in
      var calls = (0..<random.number(in: 6...10)).map { _ in DecidedCall.allow(work.report(&random)) }
      if day >= Days.newPolicy {
        let city = random.pick(Clinic.cities)
        calls.append(
          .mask(
            .reads("SELECT name, city, email FROM customers WHERE city = '\(city)' ORDER BY id LIMIT 10", rows: 10),
            Policy.maskedColumns, rule: Policy.agentMask))
      }
      return calls
    }
    if day % 2 == 0 {
      append(People.tuningBot, Connections.clinic, day, 10...11, &random) { work, random in
        (0..<random.number(in: 5...9)).map { _ in .allow(work.tuning(&random)) }
      }
      append(
        random.pick([People.ana, People.finn, People.gus]), Connections.staging, day, 14...15, &random,
        on: .staging
      ) { work, random in
        (0..<random.number(in: 6...12)).map { _ in .allow(work.staging(&random)) }
      }
    }
    appendCorrection(day, &random)
  }

  private mutating func appendApplication(_ day: Int, _ random: inout SplitMix64) {
    append(People.app, Connections.clinic, day, 6...18, &random) { work, random in
      (0..<random.number(in: 14...26)).map { _ in .allow(work.application(&random)) }
    }
  }

  private mutating func appendBilling(_ day: Int, _ random: inout SplitMix64) {
    append(People.billing, Connections.clinic, day, 7...17, &random) { work, random in
      (0..<random.number(in: 12...20)).map { _ in
        guard random.number(in: 0...9) < 6 else { return .allow(work.billing(&random)) }
        return .mask(work.customerRead(&random), Policy.maskedColumns, rule: Policy.billingMask)
      }
    }
  }

  /// A person corrects data on the connection that needs an approval, and has one.
  private mutating func appendCorrection(_ day: Int, _ random: inout SplitMix64) {
    let person = random.pick([People.ana, People.finn, People.gus])
    let approver = random.pick([People.ben, People.eve])
    let start = Self.start(day, 9...16, &random)
    let approval = Self.approval(
      "a-\(padded(approvals.count + 1, 4))", for: person, by: approver, requested: start.adding(seconds: -1800),
      granted: start.adding(seconds: -600), reason: "data correction")
    approvals.append(approval)
    let work = Work(.production, random: &random)
    let calls = (0..<random.number(in: 3...7)).map { index -> DecidedCall in
      index % 2 == 0
        ? .allow(work.lookup(&random)).under(approval.id)
        : .review(work.correction(&random), rule: Policy.humanWrites, approval: approval.id)
    }
    sessions.append(
      NativeSession(
        name(), at: start, by: person, to: Connections.admin,
        purpose: Purpose(ticket: "OPS-\(1000 + approvals.count)", reason: "data correction"), random: &random, calls))
  }

  private func name() -> String { "gw1-\(padded(sessions.count + 1, 5))" }

  private mutating func append(
    _ actor: Actor, _ connection: Connection, _ day: Int, _ hours: ClosedRange<Int>, _ random: inout SplitMix64,
    on clinic: Clinic = .production, _ calls: (inout Work, inout SplitMix64) -> [DecidedCall]
  ) {
    var work = Work(clinic, random: &random)
    let start = Self.start(day, hours, &random)
    let list = calls(&work, &random)
    sessions.append(NativeSession(name(), at: start, by: actor, to: connection, random: &random, list))
  }

  /// A start within the hours that leaves the gap alone: on that day nothing begins, or asks for approval, near it.
  private static func start(_ day: Int, _ hours: ClosedRange<Int>, _ random: inout SplitMix64) -> Timestamp {
    var hour = random.number(in: hours)
    if day == gapDay && (gapHour - 1...gapHour + 1).contains(hour) { hour = hours.lowerBound }
    return Days.time(day, hour, random.number(in: 0...59), random.number(in: 0...59))
  }

  /// An approval by one person, valid for two hours.
  static func approval(
    _ id: String, for person: Actor, by approver: Actor, requested: Timestamp, granted: Timestamp, reason: String,
    rule: String = Policy.humanWrites, hours: Int = 2
  ) -> Approval {
    Approval(
      id: id, connection: Connections.admin.name, session: nil, requestedBy: person.user, requestedAt: requested,
      reason: reason, status: .approved, automatic: false, rule: rule,
      decisions: [
        ApprovalDecision(
          user: approver.user, group: approver.groups.first, decision: "approved", time: granted, forced: false)
      ], validFrom: granted, expiresAt: granted.adding(seconds: hours * 3600), unitSHA256: nil)
  }
}
