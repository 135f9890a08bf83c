import AuditTrail
import Ledger

extension TestID {
  /// Strong authentication of people.
  public static let t08 = TestID("T-08")
}

/// T-08: did each person sign on with a second factor?
enum StrongAuthentication: DrawnTest {
  static let description = TestDescription(
    id: .t08, title: "Strong authentication of people",
    objective: "Each person signs on with a second factor, privileged or not.",
    procedure: """
      For each session of a person: look for the second factor that the archive records. A source that records one for some \
      of its sessions is taken to record it for all: a session without one is then an exception. A source that records none at \
      all leaves its sessions undecided. The file of accounts tells whose access is privileged.
      """,
    limitations: [
      "The archive names the factor; whether it was asked for in this very session is the sign-on's to show.",
      "Services and agents are not looked at: they have no second factor.",
    ])

  static let sideFiles = ["accounts"]

  static let query = PopulationQuery(
    id: "POP-08", title: "Sessions of people", purpose: "Each session of a person is one item of T-08.",
    sql: """
      WITH recording AS (
        SELECT ar.proxy, ar.instance FROM sessions se JOIN archives ar ON ar.id = se.archive
          JOIN identities i ON i.id = se.identity WHERE i.mfa IS NOT NULL GROUP BY 1, 2)
      SELECT se.proxy, ar.instance, se.key AS session, \(SessionColumns.time) AS time, cn.name AS connection, cn.environment, i.user,
        i.mfa AS factor, r.proxy IS NOT NULL AS source_records, ar.path AS archive, ar.sha256 AS archive_sha256, se.entry
      FROM counted_sessions se JOIN archives ar ON ar.id = se.archive JOIN identities i ON i.id = se.identity
        JOIN connections cn ON cn.id = se.connection
        LEFT JOIN recording r ON r.proxy = ar.proxy AND r.instance IS ar.instance
      WHERE \(SessionColumns.condition) AND i.kind = 'human'
      ORDER BY time, se.proxy, se.key
      """,
    columns: [
      Column("proxy", .text, "The proxy's product name."),
      Column("instance", .text, "Its instance."),
      Column("session", .text, "The session's key."),
      Column("time", .time, "When it was opened; where no archive says, its first statement in the period."),
      Column("connection", .text, "The connection."),
      Column("environment", .text, "Its environment."),
      Column("user", .text, "The person."),
      Column("factor", .text, "The second factor, as the archive names it; empty where it names none."),
      Column("source_records", .flag, "Whether the source records a second factor of any session."),
      Column("archive", .text, "The archive's path."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry in the archive, from 1."),
    ], parameters: ["start of the period", "end of the period"])

  /// What resists phishing: WebAuthn, FIDO keys and smart cards (NIST SP 800-63B, section 5.2.5).
  private static let resistant: Set<String> = [
    "webauthn", "fido2", "fido", "u2f", "passkey", "piv", "smartcard", "hwk",
  ]
  /// What is one factor, however it is called.
  private static let single: Set<String> = ["password", "pwd", "pin", "none"]

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t08], context.bounds, sources: context.sources)
    let accounts = context.plan.sideFiles.rows("accounts")
    let privileged = Set((accounts ?? []).filter { $0.flag("privileged") }.map { personKey($0.required("user")) })
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t08)
    var factors: [String: Int64] = [:]
    var ofPrivileged: Int64 = 0
    var resisting: Int64 = 0
    var silent: Int64 = 0
    try Items(population).forEach { item in
      let user = item.text("user") ?? ""
      let isPrivileged = privileged.contains(personKey(user))
      ofPrivileged += isPrivileged ? 1 : 0
      let factor = item.meaningful("factor")?.lowercased()
      factors[factor ?? "none recorded", default: 0] += 1
      if let factor, !single.contains(factor) {
        resisting += resistant.contains(factor) ? 1 : 0
        tally.add(.passed, at: item.time("time"))
      } else if factor == nil, !item.flag("source_records") {
        silent += 1
        tally.add(.inconclusive, at: item.time("time"))
      } else {
        tally.add(.failed, at: item.time("time"))
        exceptions.note(
          item.reference("\(user) on \(item.text("connection") ?? "")"), at: item.time("time"),
          wording(item, isPrivileged: isPrivileged))
      }
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "sessions of people",
      operating: tally.failed == 0 ? missing(context) : nil,
      metrics: [
        Metric(
          name: "phishing_resistant", label: "sessions with a factor that resists phishing",
          share: Share(resisting, of: population.count)),
        Metric(
          name: "privileged_sessions", label: "sessions of people whom the file of accounts calls privileged",
          share: Share(ofPrivileged, of: population.count)),
      ],
      tables: [
        AttributeTable(
          name: "factors", title: "Second factors by name",
          columns: [
            Column("factor", .text, "As the archive names it."), Column("sessions", .integer, "How many sessions."),
          ], rows: factors.sorted { $0.key < $1.key }.map { [.shown($0.key), .integer($0.value)] })
      ],
      limitations: silent == 0
        ? [] : ["\(counted(silent, "session")) come from sources that record no authentication at all."],
      remedy: remedyForMissing(context) ?? "Let the proxy record how people signed on, or test it at the sign-on.")
  }

  private static func wording(_ item: Item, isPrivileged: Bool) -> Wording {
    let factor = item.meaningful("factor")
    return Wording(
      criteria: "Each session of a person was signed on to with a second factor.",
      condition: { count in
        "\(counted(count, "session")) of \(item.text("user") ?? "")\(isPrivileged ? ", whose access is privileged," : "") on "
          + "\(item.text("connection") ?? "") \(count == 1 ? "shows" : "show") "
          + (factor.map { "only \($0)." } ?? "no second factor, which their source records of others.")
      },
      cause: "Not established. Find out whether the sign-on lets this person in with a password alone.",
      effect: "Whoever learns the password reaches the data.")
  }
}
