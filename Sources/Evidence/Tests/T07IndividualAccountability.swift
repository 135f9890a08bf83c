import AuditTrail
import Digests
import Ledger

extension TestID {
  /// Individual accountability, no shared accounts.
  public static let t07 = TestID("T-07")
}

/// T-07: is there one person, or one registered machine, behind each session?
enum IndividualAccountability: DrawnTest {
  static let description = TestDescription(
    id: .t07, title: "Individual accountability, no shared accounts",
    objective: "Each session can be traced to one person or to a machine that someone answers for.",
    procedure: """
      For each session opened or used in the period: look for an identity. A session that names none, or only the shared \
      database login, is an exception; so is a person's account with a generic name (\(genericNames.sorted().joined(separator: ", "))), unless the register of shared accounts \
      names it with an owner and a justification (then it is accepted). A service or an agent whose kind is only assumed and \
      that nobody answers for cannot be decided.
      """,
    limitations: ["A name that looks like a person's may still be used by several people."])

  static let query = PopulationQuery(
    id: "POP-07", title: "Sessions of the period", purpose: "Each session is one item of T-07.",
    sql: """
      SELECT se.proxy, se.key AS session, \(SessionColumns.time) AS time, cn.name AS connection, cn.database_user, i.user,
        i.kind AS identity_kind, i.kind_basis, i.owner, se.acts_for, c.address AS client, se.closed,
        (SELECT count(*) FROM statements s WHERE s.session = se.id) AS statements, se.declared_statements,
        se.counted_bytes, se.read_bytes,
        ar.path AS archive, ar.sha256 AS archive_sha256, CASE se.entry WHEN 0 THEN NULL ELSE se.entry END AS entry
      FROM counted_sessions se JOIN connections cn ON cn.id = se.connection JOIN clients c ON c.id = se.client
        LEFT JOIN identities i ON i.id = se.identity JOIN archives ar ON ar.id = se.archive
      WHERE \(SessionColumns.condition)
      ORDER BY 3, se.proxy, se.key
      """,
    columns: [
      Column("proxy", .text, "The proxy's product name."),
      Column("session", .text, "The session's key."),
      Column("time", .time, "When it was opened; where no archive says, its first statement in the period."),
      Column("connection", .text, "The connection."),
      Column("database_user", .text, "The login that the proxy used at the database."),
      Column("user", .text, "The identity."),
      Column("identity_kind", .text, "human, service or agent."),
      Column("kind_basis", .text, "Whether the kind is recorded, mapped by the configuration, or assumed."),
      Column("owner", .text, "Who answers for a service or an agent."),
      Column("acts_for", .text, "The person an agent works for."),
      Column("client", .text, "The client's address."),
      Column("closed", .time, "When it ended."),
      Column("statements", .integer, "Statements of it that were read, in any period."),
      Column("declared_statements", .integer, "Statements that it held by its own count."),
      Column(
        "counted_bytes", .integer, "Bytes of its recording by the source's own count, where they can be compared."),
      Column("read_bytes", .integer, "Bytes of its recording that were read."),
      Column("archive", .text, "The archive's path."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry of its opening, from 1."),
    ], parameters: ["start of the period", "end of the period"])

  /// Names that say a role rather than a person.
  private static let genericNames: Set<String> = [
    "admin", "administrator", "app", "application", "dba", "demo", "dev", "developer", "guest", "info", "it", "mysql",
    "operator", "ops", "oracle", "postgres", "readonly", "root", "sa", "service", "shared", "support", "system",
    "team", "test", "tester", "user",
  ]

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t07], context.bounds, sources: context.sources)
    let register = context.plan.sideFiles.sharedAccounts
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t07)
    var overlaps = SessionOverlaps()
    var loginOnly: Int64 = 0
    var kinds: [KindBasis: Int64] = [:]
    try Items(population).forEach { item in
      let time = item.time("time")
      guard let user = item.meaningful("user") else {
        let login = item.meaningful("database_user")
        loginOnly += login == nil ? 0 : 1
        tally.add(.failed, at: time)
        exceptions.note(
          item.reference("\(login.map { "login \($0)" } ?? "no identity") on \(item.text("connection") ?? "")"),
          at: time, acceptance: acceptance(of: login, register), anonymous(item, login))
        return
      }
      overlaps.add(user: user, item)
      if let basis = item.text("kind_basis").flatMap(KindBasis.init) { kinds[basis, default: 0] += 1 }
      let isHuman = item.text("identity_kind") == IdentityKind.human.rawValue
      let local = personKey(user).split(separator: "@").first.map(String.init) ?? user
      let registered = acceptance(of: user, register)
      if registered != nil || isHuman && genericNames.contains(local) {
        tally.add(.failed, at: time)
        exceptions.note(
          item.reference("account \(user)"), at: time, acceptance: registered, sharedName(user))
      } else if !isHuman, item.text("kind_basis") == KindBasis.assumed.rawValue, item.meaningful("owner") == nil,
        item.meaningful("acts_for") == nil
      {
        tally.add(.inconclusive, at: time)
      } else {
        tally.add(.passed, at: time)
      }
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "sessions",
      metrics: [
        Metric(
          name: "login_only_sessions", label: "sessions that name only the database login",
          share: Share(loginOnly, of: population.count)),
        Metric(
          name: "overlapping_sessions", label: "identities with overlapping sessions from different addresses",
          share: Share(overlaps.identities, of: overlaps.users),
          note:
            "One person may well use two machines; look at each. \(counted(overlaps.unplaced, "session")) without an "
            + "address, or without both ends, cannot be compared."),
        Metric(
          name: "assumed_kinds", label: "sessions whose kind of identity is assumed",
          share: Share(kinds[.assumed] ?? 0, of: population.count),
          note: "No archive and no configuration says whether it is a person, a service or an agent."),
        Metric(
          name: "mapped_kinds", label: "sessions whose kind of identity only the configuration says",
          share: Share(kinds[.mapped] ?? 0, of: population.count),
          note: "An account that is called a service passes, also where several people use it."),
      ], remedy: "Map services and agents to an owner under `identities:` in assay.yaml.")
  }

  private static func acceptance(of account: String?, _ register: [String: SharedAccount]) -> Acceptance? {
    guard let account, let entry = register[personKey(account)] else { return nil }
    return Acceptance(
      by: entry.approvedBy, on: entry.approvedOn, reason: "registered, \(entry.owner) answers: \(entry.justification)")
  }

  private static func anonymous(_ item: Item, _ login: String?) -> Wording {
    Wording(
      criteria: "Each session names one person, or one machine that someone answers for.",
      condition: { count in
        "\(counted(count, "session")) on \(item.text("connection") ?? "") \(count == 1 ? "names" : "name") "
          + (login == nil ? "nobody." : "only the shared database login.")
      },
      cause: "The session did not pass through the proxy's sign-on, or the source does not record it.",
      effect: "What was done in these sessions cannot be traced to anyone.")
  }

  private static func sharedName(_ user: String) -> Wording {
    Wording(
      criteria: "An account belongs to one person.",
      condition: { "\(counted($0, "session")) of \(user), an account that is shared or named for a role." },
      cause: "Several people may know how to sign on with it.",
      effect: "What was done in these sessions cannot be laid to one person.")
  }
}

/// Identities whose sessions overlap in time from different addresses; sessions come in order of their opening.
private struct SessionOverlaps {
  /// What is known of one identity: the address whose session ends last, and when the last one of any other does.
  private struct Latest {
    var client = ""
    var closed = Timestamp(nanoseconds: .min)
    var others = Timestamp(nanoseconds: .min)

    /// When the last session from another address ends.
    func closed(exceptFrom other: String) -> Timestamp { client.isExactly(other) ? others : closed }

    mutating func add(_ new: Timestamp, from other: String) {
      if client.isExactly(other) {
        closed = max(closed, new)
      } else if new > closed {
        (client, closed, others) = (other, new, closed)
      } else {
        others = max(others, new)
      }
    }
  }

  private var latest: [ExactText: Latest] = [:]
  private var found: Set<ExactText> = []
  /// Sessions that cannot be compared.
  private(set) var unplaced: Int64 = 0

  var users: Int64 { Int64(latest.count) }
  var identities: Int64 { Int64(found.count) }

  mutating func add(user: String, _ item: Item) {
    let user = ExactText(user)
    var own = latest[user] ?? Latest()
    defer { latest[user] = own }
    guard let opened = item.time("time"), let closed = item.time("closed"), let client = item.meaningful("client")
    else {
      unplaced += 1
      return
    }
    if own.closed(exceptFrom: client) > opened { found.insert(user) }
    own.add(closed, from: client)
  }
}
