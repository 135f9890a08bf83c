import AuditTrail
import Ledger

extension TestID {
  /// Segregation of duties in approvals.
  public static let t15 = TestID("T-15")
}

/// T-15: did another person approve?
enum SegregationOfDuties: DrawnTest {
  static let description = TestDescription(
    id: .t15, title: "Segregation of duties in approvals",
    objective: "Nobody approves their own request.",
    procedure: """
      For each approval that people granted in the period: compare who asked with who approved (case and “+” suffixes of an \
      address make no difference) and count the distinct approvers. Approvals that a rule granted are excluded and counted.
      """,
    limitations: [
      "Two accounts of one person under different names are told apart as two people.",
      "Whether an approver belonged to the right group at that time is not in the archives.",
    ])
  static let lasting = ["user", "connection"]
  static let passing = ["approval"]

  static let query = PopulationQuery(
    id: "POP-15", title: "Approvals granted by people in the period", purpose: "Each approval is one item of T-15.",
    sql: """
      SELECT a.proxy, a.key AS approval, a.connection, a.session_key AS session, a.requested_by AS user, a.requested_at,
        a.granted_at AS time, a.status, a.rule,
        (SELECT json_group_array(d.user) FROM (SELECT DISTINCT r.user FROM approval_decisions r
          WHERE r.approval = a.id AND r.decision = 'approved' ORDER BY r.user) d) AS approvers,
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
      Column("status", .text, "Where it stands."),
      Column("rule", .text, "The rule that demanded it."),
      Column("approvers", .text, "Who approved, as a JSON list."),
      Column("forced", .flag, "Whether a reviewer was overridden."),
      Column("archive", .text, "The archive's path."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry in the archive, from 1."),
    ], parameters: ["start of the period", "end of the period"])

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    try query.draw(ledger, context.bounds, exclusions: try exclusions(ledger, context.bounds))
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t15], context.bounds, sources: context.sources)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t15)
    var pairs: Set<[String]> = []
    var forced: Int64 = 0
    try Items(population).forEach { item in
      let key = item.text("approval") ?? ""
      let requester = personKey(item.text("user") ?? "")
      let people = Set(listedTexts(item.text("approvers") ?? "[]").map(personKey))
      for person in people where person != requester { pairs.insert([requester, person]) }
      forced += item.flag("forced") ? 1 : 0
      let required = context.plan.requiredApprovers
      if people.contains(requester) {
        tally.add(.failed, at: item.time("time"))
        exceptions.note(item.reference("approval \(key)"), at: item.time("time"), ownWording(key))
      } else if people.isEmpty {
        tally.add(.inconclusive, at: item.time("time"))
      } else if people.count < required {
        tally.add(.failed, at: item.time("time"))
        exceptions.note(
          item.reference("approval \(key)"), at: item.time("time"),
          Wording(
            criteria: "\(required) different people approve.",
            condition: { _ in "Approval \(key) was granted by \(people.count) of \(required) people." },
            cause: "The proxy granted it before enough people had approved.",
            effect: "Fewer people looked at the request than the control demands."))
      } else {
        tally.add(.passed, at: item.time("time"))
      }
    }
    let mutual = pairs.count { pairs.contains([$0[1], $0[0]]) }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "approvals",
      metrics: [
        Metric(
          name: "reciprocal_pairs", label: "pairs of requester and approver who also approve the other way round",
          share: Share(Int64(mutual), of: Int64(pairs.count)), note: "A hint for a look, not an exception."),
        Metric(
          name: "forced_approvals", label: "approvals that overrode a reviewer",
          share: Share(forced, of: population.count)),
      ], remedy: "Collect approvals with who decided them.")
  }

  private static func exclusions(
    _ ledger: borrowing Ledger, _ arguments: [Cell]
  ) throws(AssayError) -> [Exclusion] {
    [
      Exclusion(
        reason: "granted by a rule, without a person",
        count: try ledger.count(
          "SELECT count(*) FROM approvals WHERE granted_at >= ?1 AND granted_at < ?2 AND automatic = 1", arguments)),
      Exclusion(
        reason: "requested in the period and not granted",
        count: try ledger.count(
          "SELECT count(*) FROM approvals WHERE granted_at IS NULL AND requested_at >= ?1 AND requested_at < ?2",
          arguments)),
    ]
  }

  private static func ownWording(_ key: String) -> Wording {
    Wording(
      criteria: "The approver is another person than the requester.",
      condition: { _ in "Approval \(key) was granted by the person who asked for it." },
      cause: "Not established. Find out whether the proxy lets requesters review their own requests.",
      effect: "The access it gave was approved by nobody else.")
  }
}
