import AuditTrail
import Ledger

extension TestID {
  /// Approvals are worth the name.
  public static let t44 = TestID("T-44")
}

/// T-44: did whoever approved look at what they approved?
enum ApprovalsWorthTheName: DrawnTest {
  static let description = TestDescription(
    id: .t44, title: "Approvals are worth the name",
    objective: "Who approves has the time, the distance and the freedom to refuse.",
    procedure: """
      For each approval that a person granted in the period: it was not forced, was not granted within fewer seconds of the \
      request than the limit, and not one of more approvals than the limit that the same person granted within one minute. \
      Counted, and no exception by themselves: approvals between the same two people, and those from 22:00 to 06:00 UTC or on a \
      weekend.
      """,
    limitations: ["A quick approval may follow a talk that no archive records."])

  static let seconds = TestLimit("approval_seconds", 10, "seconds that an approval takes at the least", isFloor: true)
  static let bulk = TestLimit("approvals_in_bulk", 10, "approvals that one person grants within a minute")
  static let lasting = ["user", "connection", "approver"]
  static let passing = ["approval"]
  static let limits = [seconds, bulk]

  static let query = PopulationQuery(
    id: "POP-44", title: "Approvals granted by people", purpose: "Each approval is one item of T-44.",
    sql: """
      SELECT a.proxy, a.key AS approval, a.connection, a.session_key AS session, a.requested_by AS user, a.requested_at,
        a.granted_at AS time,
        (SELECT r.user FROM approval_decisions r WHERE r.approval = a.id AND r.decision = 'approved'
          ORDER BY r.time DESC, r.position DESC LIMIT 1) AS approver,
        EXISTS (SELECT 1 FROM approval_decisions r WHERE r.approval = a.id AND r.forced = 1) AS forced,
        ar.path AS archive, ar.sha256 AS archive_sha256, a.entry
      FROM approvals a JOIN archives ar ON ar.id = a.archive
      WHERE a.granted_at >= ?1 AND a.granted_at < ?2 AND a.automatic = 0
      ORDER BY a.granted_at, a.proxy, a.key
      """,
    columns: [
      Column("proxy", .text, "The proxy's product name."),
      Column("approval", .text, "The approval's key."),
      Column("connection", .text, "The connection it is for."),
      Column("session", .text, "The session it is for, where recorded."),
      Column("user", .text, "Who asked."),
      Column("requested_at", .time, "When."),
      Column("time", .time, "When it was granted."),
      Column("approver", .text, "Who granted it; the last of several."),
      Column("forced", .flag, "Whether a reviewer was overridden."),
      Column("archive", .text, "The archive's path."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry in the archive, from 1."),
    ], parameters: ["start of the period", "end of the period"])

  /// What is wrong with an approval; each counts by itself.
  private enum Problem: String, CaseIterable {
    case forced, hasty = "within seconds", bulk = "in bulk"
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t44], context.bounds, sources: context.sources)
    let least = context.limits[seconds.name] ?? seconds.standard
    let most = context.limits[bulk.name] ?? bulk.standard
    var approvals: [Item] = []
    try Items(population).forEach { approvals.append($0) }
    let inBulk = rowsInBulk(approvals, most)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t44)
    var counts: [Problem: Int64] = [:]
    var pairs: [String: Int64] = [:]
    var outOfHours: Int64 = 0
    for item in approvals {
      let time = item.time("time") ?? context.period.start
      let approver = item.text("approver")
      pairs["\(personKey(item.text("user") ?? "")) \(personKey(approver ?? ""))", default: 0] += 1
      outOfHours += isOutOfHours(time) ? 1 : 0
      let taken = item.time("requested_at").map { time.seconds - $0.seconds }
      let problems: [Problem] = [
        item.flag("forced") ? .forced : nil, taken.map { $0 < least } ?? false ? .hasty : nil,
        inBulk.contains(item.row) ? .bulk : nil,
      ].compactMap(\.self)
      for problem in problems {
        counts[problem, default: 0] += 1
        exceptions.note(
          item.reference("approval \(item.text("approval") ?? "") \(problem.rawValue)"), at: time,
          wording(item, problem, taken ?? 0, least, most))
      }
      tally.add(problems.isEmpty ? approver == nil || taken == nil ? .inconclusive : .passed : .failed, at: time)
    }
    let often = pairs.values.filter { $0 > 1 }.reduce(0, +)
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "approvals granted by people",
      metrics: Problem.allCases.map { problem in
        Metric(
          name: "approvals_\(problem)",
          label: "approvals \(problem == .forced ? "that were forced" : problem.rawValue)",
          share: Share(counts[problem] ?? 0, of: population.count))
      } + [
        Metric(
          name: "approvals_by_the_same_pair", label: "approvals between two people who did so more than once",
          share: Share(often, of: population.count)),
        Metric(
          name: "approvals_out_of_hours", label: "approvals at night or on a weekend (UTC)",
          share: Share(outOfHours, of: population.count)),
      ],
      remedy: "Collect who approved, and when it was asked for.")
  }

  /// The rows of approvals of which one person granted more than the limit within a minute.
  private static func rowsInBulk(_ approvals: [Item], _ most: Int64) -> Set<Int> {
    var found: Set<Int> = []
    for own in Dictionary(grouping: approvals, by: { personKey($0.text("approver") ?? "") }).values {
      // The query gives them in the order of time.
      var (first, taken) = (0, 0)
      for place in own.indices {
        guard let time = own[place].time("time") else { continue }
        while let start = own[first].time("time"), time.seconds - start.seconds >= 60 { first += 1 }
        guard place - first + 1 > most else { continue }
        found.formUnion(own[max(first, taken)...place].map(\.row))
        taken = place + 1
      }
    }
    return found
  }

  private static func isOutOfHours(_ time: Timestamp) -> Bool {
    let hour = (time.seconds % 86_400) / 3600
    return hour >= 22 || hour < 6 || (time.day + 3) % 7 >= 5
  }

  private static func wording(_ item: Item, _ problem: Problem, _ taken: Int64, _ least: Int64, _ most: Int64)
    -> Wording
  {
    let approval = "Approval \(item.text("approval") ?? "")"
    let approver = item.text("approver") ?? "nobody named"
    return Wording(
      criteria: "An approval is given freely, with time to look, one by one.",
      condition: { _ in
        switch problem {
        case .forced: "\(approval) for \(item.text("user") ?? "") was forced: a reviewer was overridden."
        case .hasty:
          "\(approval) was granted by \(approver) \(counted(taken, "second")) after the request; \(counted(least, "second")) are the least."
        case .bulk: "\(approval) is one of more than \(grouped(most)) that \(approver) granted within a minute."
        }
      },
      cause: "Not established. Ask whoever approved what they looked at.",
      effect: "The approval may show nothing but that somebody pressed a button.")
  }
}
