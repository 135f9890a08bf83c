import AuditTrail
import SeededRandom

/// A quarter of everyday sessions through hoop.
struct HoopTraffic {
  private(set) var sessions: [HoopSession] = []

  init(seed: UInt64) {
    for day in Days.quarter {
      var random = SplitMix64(seed: seed &+ UInt64(day) &* 7919)
      append(day, &random)
    }
  }

  private mutating func append(_ day: Int, _ random: inout SplitMix64) {
    let isWeekend = Days.isWeekend(day)
    for _ in 0..<(isWeekend ? 2 : 7) {
      connect(People.portal, day, 5...20, &random) { work, random in
        (0..<random.number(in: 14...24)).map { _ in work.application(&random) }
      }
    }
    guard !isWeekend else { return }
    connect(People.careBot, day, 8...16, &random) { work, random in
      (0..<random.number(in: 6...12)).map { _ in work.application(&random).inlined }
    }
    connect(People.tuningBot, day, 9...10, &random) { work, random in
      (0..<random.number(in: 3...6)).map { _ in work.tuning(&random) }
    }
    exec(random.pick([People.dana, People.ana, People.gus]), Connections.clinic, day, &random) { work, random in
      (0..<random.number(in: 1...4)).map { _ in work.lookup(&random) }
    }
    exec(random.pick([People.ana, People.finn]), Connections.staging, day, &random, on: .staging) { work, random in
      (0..<random.number(in: 2...6)).map { _ in
        let call = work.staging(&random)
        return call.kind == .affected ? call : work.lookup(&random)
      }
    }
    if day % 3 == 0 { reviewed(day, &random) }
  }

  private func name() -> String { "session-\(sessions.count + 1)" }

  private mutating func connect(
    _ actor: Actor, _ day: Int, _ hours: ClosedRange<Int>, _ random: inout SplitMix64,
    _ calls: (inout Work, inout SplitMix64) -> [Call]
  ) {
    var work = Work(.production, random: &random)
    let start = Self.start(day, hours, &random)
    let list = calls(&work, &random)
    sessions.append(
      .connect(name(), at: start, by: actor, to: Connections.clinic, random: &random, list))
  }

  private mutating func exec(
    _ actor: Actor, _ connection: Connection, _ day: Int, _ random: inout SplitMix64, on clinic: Clinic = .production,
    _ calls: (inout Work, inout SplitMix64) -> [Call]
  ) {
    var work = Work(clinic, random: &random)
    let start = Self.start(day, 7...17, &random)
    let list = calls(&work, &random)
    sessions.append(.exec(name(), at: start, by: actor, to: connection, random: &random, list))
  }

  /// A correction on the connection that needs a review: asked for, approved, run.
  private mutating func reviewed(_ day: Int, _ random: inout SplitMix64) {
    let person = random.pick([People.ana, People.finn, People.gus])
    let start = Self.start(day, 8...15, &random)
    let granted = start.adding(seconds: random.number(in: 300...2400))
    let name = name()
    let work = Work(.production, random: &random)
    var session = HoopSession.exec(
      name, at: start, by: person, to: Connections.admin, random: &random, runsAt: granted.adding(seconds: 90),
      [work.correction(&random)])
    session.review =
      HoopReview(
        name: name, requested: start.adding(milliseconds: 40), reviewer: random.pick([People.ben, People.eve]),
        reviewedAt: granted
      ).json
    session.reason = "data correction"
    sessions.append(session)
  }

  /// A start within the hours; in the hour without records nobody came through hoop either.
  private static func start(_ day: Int, _ hours: ClosedRange<Int>, _ random: inout SplitMix64) -> Timestamp {
    var hour = random.number(in: hours)
    let gap = NativeTraffic.gapHour - 1...NativeTraffic.gapHour
    if day == NativeTraffic.gapDay && gap.contains(hour) { hour = hours.lowerBound }
    return Days.time(day, hour, random.number(in: 0...59), random.number(in: 0...59))
      .adding(milliseconds: random.number(in: 0...999))
  }
}
