import AuditTrail
import Ledger

extension TestID {
  /// Policies and thresholds change only as approved.
  public static let t25 = TestID("T-25")
}

/// T-25: was each policy version in force approved, and is its file the one that was approved?
enum PolicyChangeControl: DrawnTest {
  static let description = TestDescription(
    id: .t25, title: "Policies and thresholds change only as approved",
    objective: "Guardrails and the thresholds of harm are those that another person approved.",
    procedure: """
      For each version of a policy that a recorded change put in force, or that decisions name: its change must name an \
      approver, and that is another person than the one who made it. Where the policy's file is given, its SHA-256 must be \
      the one that the change recorded. A file that names no approver, for a version without a recorded change, is an \
      exception. Decisions that name no version, and versions of which neither a change nor a file is known, are not decided.
      """,
    limitations: [
      "Whether a version was tried on past traffic before it came into force is not looked at.",
      "Where a version came into force earlier or later than its change says, only its decisions show it.",
    ])
  static let passing = ["version"]

  private static let decided = """
    SELECT d.policy, d.policy_version AS version, count(*) AS statements
      FROM statements s JOIN decisions d ON d.id = s.decision
      WHERE s.time >= ?1 AND s.time < ?2 AND d.action <> 'observed' AND s.id NOT IN (SELECT statement FROM not_sampled)
      GROUP BY 1, 2
    """

  static let query = PopulationQuery(
    id: "POP-25", title: "Versions of policies", purpose: "Each version, and each change to it, is one item of T-25.",
    sql: """
      WITH used AS (\(decided)),
      changes AS (
        SELECT c.*, row_number() OVER (PARTITION BY c.policy, c.to_version ORDER BY c.time, c.id) AS place
        FROM policy_changes c
        WHERE c.time < ?2 AND (
          NOT EXISTS (SELECT 1 FROM policy_changes n WHERE n.policy = c.policy AND n.to_version IS NOT c.to_version
            AND n.time > c.time AND n.time <= ?1)
          OR EXISTS (SELECT 1 FROM used u WHERE u.policy = c.policy AND u.version IS c.to_version)))
      SELECT c.policy, c.to_version AS version, c.time, c.actor, c.approved_by, c.sha256 AS file_sha256,
        CASE WHEN c.place = 1 THEN coalesce(u.statements, 0) ELSE 0 END AS statements,
        ar.path AS archive, ar.sha256 AS archive_sha256, c.entry
      FROM changes c JOIN archives ar ON ar.id = c.archive
        LEFT JOIN used u ON u.policy = c.policy AND u.version IS c.to_version
      UNION ALL
      SELECT u.policy, u.version, NULL, NULL, NULL, NULL, u.statements, NULL, NULL, NULL FROM used u
      WHERE NOT EXISTS (SELECT 1 FROM changes c WHERE c.policy = u.policy AND c.to_version IS u.version)
      ORDER BY 1, 2, 3, 8, 10
      """,
    columns: [
      Column("policy", .text, "The policy; empty for decisions that name none."),
      Column("version", .text, "Its version; empty for decisions that name none."),
      Column("time", .time, "When a recorded change put it in force; empty where none is recorded."),
      Column("actor", .text, "Who made the change."),
      Column("approved_by", .text, "Who approved it."),
      Column("file_sha256", .text, "The SHA-256 of the policy's file, as the change recorded it."),
      Column("statements", .integer, "Decided statements of the period under the version, at its first change."),
      Column("archive", .text, "The path of the archive that holds the change."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry in the archive, from 1."),
    ], parameters: ["start of the period", "end of the period"])

  /// Where a version stands; the first that applies.
  enum Standing: String, CaseIterable {
    case otherFile = "not the approved file"
    case noApprover = "no approver on record"
    case ownApproval = "approved by the one who changed it"
    case approved = "approved"
    case noDigest = "approved; the change records no digest of its file"
    case declaredOnly = "approved by its file's own word only"
    case unknown = "not known"

    init(_ item: Item, _ plan: EvidencePlan) {
      guard let policy = item.text("policy") else {
        self = .unknown
        return
      }
      let file = plan.declaredPolicies.first {
        Cell.text($0.policy) == .text(policy) && $0.version.map(Cell.text) == item.text("version").map(Cell.text)
      }
      guard item.time("time") != nil else {
        self = file.map { $0.approvedBy == nil ? .noApprover : .declaredOnly } ?? .unknown
        return
      }
      let recorded = item.text("file_sha256")?.lowercased()
      if let recorded, let own = file?.sha256, own != recorded {
        self = .otherFile
      } else if let approver = item.meaningful("approved_by") {
        let isOwn = item.text("actor").map { isSamePerson($0, approver) } ?? false
        self = isOwn ? .ownApproval : file != nil && recorded == nil ? .noDigest : .approved
      } else {
        self = .noApprover
      }
    }

    var outcome: ItemOutcome {
      switch self {
      case .otherFile, .noApprover, .ownApproval: .failed
      case .approved: .passed
      case .noDigest, .declaredOnly, .unknown: .inconclusive
      }
    }

    fileprivate func wording(_ name: String, _ item: Item) -> Wording {
      let count = item.integer("statements") ?? 0
      let statements = "\(counted(count, "statement")) of the period \(count == 1 ? "was" : "were") decided under it."
      let condition =
        switch self {
        case .otherFile: "The file given for \(name) is not the approved file: its SHA-256 is not the recorded one."
        case .ownApproval: "\(name) was approved by the one who changed it."
        case .noApprover: "Nobody is on record as approver of \(name)."
        // These are not exceptions.
        case .approved, .noDigest, .declaredOnly, .unknown: "\(name): \(rawValue)."
        }
      return Wording(
        criteria: "A policy's version is approved by another person, and its file is the one that was approved.",
        condition: { _ in "\(condition) \(statements)" },
        cause: "Not established. Find out whether the version went through the process for changes.",
        effect: self == .otherFile
          ? "What this report counts as harm rests on thresholds that nobody is shown to have approved."
          : "Guardrails decided by rules that nobody else is shown to have approved.")
    }
  }

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    try query.draw(ledger, context.bounds)
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t25], context.bounds, sources: context.sources)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t25)
    var standings: [Standing: (versions: Int64, statements: Int64)] = [:]
    var statements: Int64 = 0
    try Items(population).forEach { item in
      let standing = Standing(item, context.plan)
      let own = item.integer("statements") ?? 0
      statements &+= own
      standings[standing, default: (0, 0)].versions += 1
      standings[standing, default: (0, 0)].statements &+= own
      tally.add(standing.outcome, at: item.time("time"))
      guard standing.outcome == .failed else { return }
      let name = item.versionName
      exceptions.note(
        item.reference("\(name) \(standing.rawValue)"), at: item.time("time"),
        isHarmful: standing == .otherFile, standing.wording(name, item))
    }
    func share(_ isMeant: (Standing) -> Bool) -> Share {
      Share(standings.filter { isMeant($0.key) }.values.reduce(0) { $0 &+ $1.statements }, of: statements)
    }
    var unseen = context.plan.declaredPolicies
    try population.rows.forEach { row in
      unseen.removeAll { row[0] == .shown($0.policy) && row[1] == .shown($0.version) }
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "policy versions",
      metrics: [
        Metric(
          name: "under_versions_not_approved", label: "statements decided under a version with an exception",
          share: share { $0.outcome == .failed }),
        Metric(
          name: "under_versions_not_known", label: "statements decided under no version that is known",
          share: share { $0 == .unknown }),
      ],
      tables: [
        AttributeTable(
          name: "standings", title: "Where the versions stand",
          columns: [
            Column("standing", .text, "Where the version stands."),
            Column("versions", .integer, "How many, with each change to one."),
            Column("statements", .integer, "Statements decided under them."),
          ],
          rows: Standing.allCases.map { standing in
            let count = standings[standing] ?? (0, 0)
            return [.text(standing.rawValue), .integer(count.versions), .integer(count.statements)]
          })
      ],
      limitations: [
        "A recorded change names who approved it, not when: that the approval came first is not tested."
      ]
        + unseen.map {
          "\($0.policy) \($0.version ?? "") is declared by its file only: no change and no decision of the period names it."
        },
      remedy: "Record each change of a policy with its approver and the SHA-256 of its file (`policy_change`).")
  }

  /// The versions, as thresholds name them, whose file is not the one that was approved.
  static func otherFiles(_ facts: EvidenceFacts) throws(AssayError) -> [String] {
    var names: [String] = []
    try Items(columns: query.columns, rows: facts[.t25].rows).forEach { item in
      if Standing(item, facts.plan) == .otherFile { names.append(item.versionName) }
    }
    return names.sortedExactly()
  }
}

extension Item {
  /// The policy and its version.
  fileprivate var versionName: String { "\(text("policy") ?? "") \(text("version") ?? "")" }
}
