import AuditTrail
import Ledger

extension TestID {
  /// Entitlements are reviewed.
  public static let t12 = TestID("T-12")
}

/// T-12: were entitlements reviewed as often as they must be?
enum EntitlementReview: RegisterTest {
  static let description = TestDescription(
    id: .t12, title: "Entitlements are reviewed",
    objective: "Somebody looks at who may do what, and takes away what is not needed.",
    procedure: """
      For each campaign in the file of reviews: it must be done by the day on which it was due, by a named reviewer, name the \
      list that was reviewed by its digest, and hold a decision on each entitlement of that list. At the end of the period the \
      last review that was done must not be older than the limit, one limit for privileged entitlements and one for all others.
      """,
    limitations: ["That what was decided was also carried out is for the next lists to show."])

  static let register = "review_campaigns"
  static let privilegedDays = TestLimit("privileged_review_days", 92, "days between reviews of privileged entitlements")
  static let otherDays = TestLimit("other_review_days", 366, "days between reviews of all other entitlements")
  static let limits = [privilegedDays, otherDays]

  static let query = PopulationQuery(
    id: "POP-12", title: "Reviews of entitlements",
    purpose: "Each campaign in the file of reviews is one item of T-12.",
    sql: """
      SELECT c.value ->> 'scope' AS scope, c.value ->> 'due' AS due, c.value ->> 'done' AS done,
        c.value ->> 'reviewer' AS reviewer, c.value ->> 'snapshot_sha256' AS snapshot_sha256,
        c.value ->> 'entitlements' AS entitlements, c.value ->> 'decided' AS decided
      FROM json_each(?3) c ORDER BY c.key
      """,
    columns: [
      Column("scope", .text, "privileged or all."),
      Column("due", .date, "Until when it was due."),
      Column("done", .date, "When it was done."),
      Column("reviewer", .text, "Who reviewed."),
      Column("snapshot_sha256", .text, "The SHA-256 of the list that was reviewed."),
      Column("entitlements", .integer, "How many that list holds."),
      Column("decided", .integer, "On how many of them was decided."),
    ], parameters: ["start of the period", "end of the period", "the file of reviews, as a JSON list"])

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = population(facts, context)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t12)
    var last: [String: CivilDate] = [:]
    var (reviews, known): (Int64, Int64) = (0, 0)
    let given = Set(
      facts.plan.sideFiles.extractions.filter { $0.name.hasPrefix("entitlements_") }.map { $0.sha256.lowercased() })
    try Items(population).forEach { item in
      let scope = item.text("scope") ?? ""
      let due = item.day("due") ?? context.period.end.date
      // What is due after the period says nothing of it yet.
      guard due.start < context.period.end || item.day("done") != nil else { return tally.add(.passed, at: nil) }
      let problems = problems(item, due)
      if let done = item.day("done"), done.start < context.period.end {
        reviews += 1
        if let digest = item.text("snapshot_sha256"), given.contains(digest.lowercased()) { known += 1 }
        for covered in scope == "all" ? ["all", "privileged"] : [scope] {
          last[covered] = max(last[covered] ?? done, done)
        }
      }
      tally.add(problems.isEmpty ? .passed : .failed, at: due.start)
      for problem in problems {
        exceptions.note(item.reference("\(scope) \(due) \(problem)"), at: due.start, wording(scope, due, problem))
      }
    }
    if context.plan.sideFiles.holds(register) {
      for (scope, limit) in [("privileged", privilegedDays), ("all", otherDays)] {
        let days = context.limits[limit.name] ?? limit.standard
        let age = last[scope].map { context.period.end.date.daysSinceEpoch - $0.daysSinceEpoch }
        guard age.map({ $0 > Int(days) }) ?? true else { continue }
        exceptions.note(
          ItemReference(key: "\(scope) not reviewed within \(days)"), at: nil, old(scope, age, days))
      }
    }
    return result(
      context, population, tally, exceptions, noun: "reviews of entitlements",
      metrics: [
        Metric(
          name: "reviews_of_given_lists", label: "reviews done whose list is one that was given here, by its digest",
          share: Share(known, of: reviews))
      ],
      limitations: known == reviews
        ? []
        : [
          "\(grouped(reviews - known)) of \(counted(reviews, "review")) name a list that was not given here: whether it held every "
            + "entitlement is not shown."
        ])
  }

  /// What is wrong with a campaign.
  private static func problems(_ item: Item, _ due: CivilDate) -> [String] {
    guard let done = item.day("done") else { return ["it was not done"] }
    let all = item.integer("entitlements") ?? 0
    let decided = item.integer("decided") ?? 0
    return [
      done > due ? "it was done \(counted(done.daysSinceEpoch - due.daysSinceEpoch, "day")) late" : nil,
      item.meaningful("reviewer") == nil ? "it names no reviewer" : nil,
      item.meaningful("snapshot_sha256") == nil ? "it does not name the list that was reviewed by its digest" : nil,
      decided < all ? "\(grouped(all - decided)) of \(counted(all, "entitlement")) have no decision" : nil,
    ].compactMap(\.self)
  }

  private static func wording(_ scope: String, _ due: CivilDate, _ problem: String) -> Wording {
    Wording(
      criteria: "A review of entitlements is done when it is due, by a named person, and decides on each entitlement.",
      condition: { _ in "Of the review of \(words(scope)) that was due on \(due): \(problem)." },
      cause: "Not established.",
      effect: "Entitlements that nobody needs may have stayed.")
  }

  private static func old(_ scope: String, _ age: Int?, _ days: Int64) -> Wording {
    Wording(
      criteria: "\(scope == "all" ? "All" : "Privileged") entitlements are reviewed every \(counted(days, "day")).",
      condition: { _ in
        age.map { "The last review of \(words(scope)) was done \(counted($0, "day")) before the period's end." }
          ?? "No review of \(words(scope)) was done before the period's end."
      },
      cause: "Not established.", effect: "Entitlements that nobody needs may have stayed.")
  }

  private static func words(_ scope: String) -> String { "\(scope == "all" ? "all" : "privileged") entitlements" }
}
