import AuditTrail
import Ledger

extension TestID {
  /// Dormant accounts.
  public static let t11 = TestID("T-11")
}

/// T-11: is an account still enabled that nobody uses?
enum DormantAccounts: RegisterTest {
  static let description = TestDescription(
    id: .t11, title: "Dormant accounts",
    objective: "An account that nobody uses is disabled.",
    procedure: """
      For each enabled account in the file of accounts: find its last use, which is its last session in the whole ledger or \
      the last login that the file names, whichever is later; an account that was never used counts from when it was made. More \
      days than the limit before the end of the period are an exception. Disabled accounts pass.
      """,
    limitations: ["A login elsewhere, with no session through the proxy, is the file's own word."])

  static let register = "accounts"
  static let days = TestLimit("dormant_days", 90, "days without use until an account is disabled")
  static let limits = [days]

  static let query = PopulationQuery(
    id: "POP-11", title: "Accounts", purpose: "Each account in the file of accounts is one item of T-11.",
    sql: """
      WITH \(PersonColumn.folded(4))
      SELECT a.value ->> 'user' AS user, a.value ->> 'enabled' AS enabled, a.value ->> 'privileged' AS privileged,
        a.value ->> 'owner' AS owner, a.value ->> 'created' AS created, a.value ->> 'last_login' AS last_login,
        coalesce(u.sessions, 0) AS sessions, u.last AS last_session
      FROM json_each(?3) a LEFT JOIN (
        SELECT \(PersonColumn.key("i.user")) AS person, count(*) AS sessions, max(se.opened) AS last
        FROM sessions se JOIN identities i ON i.id = se.identity WHERE se.opened < ?2 GROUP BY 1) u
        ON u.person = \(PersonColumn.key("(a.value ->> 'user')"))
      ORDER BY a.key
      """,
    columns: [
      Column("user", .text, "The account."),
      Column("enabled", .flag, "Whether it can sign on."),
      Column("privileged", .flag, "Whether it can do more than read and write data."),
      Column("owner", .text, "Who answers for it."),
      Column("created", .text, "When it was made, as the file says it."),
      Column("last_login", .text, "When it last signed on, as the file says it."),
      Column("sessions", .integer, "Its sessions in the ledger, until the end of the period."),
      Column("last_session", .time, "When the last of them was opened."),
    ],
    parameters: [
      "start of the period", "end of the period", "the file of accounts, as a JSON list", PersonColumn.meaning,
    ])

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = population(facts, context)
    let limit = context.limits[days.name] ?? days.standard
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t11)
    var enabled: Int64 = 0
    try Items(population).forEach { item in
      guard item.flag("enabled") else { return tally.add(.passed, at: nil) }
      enabled += 1
      let used = [item.time("last_session"), moment(item.text("last_login"))].compactMap(\.self).max()
      guard let last = used ?? moment(item.text("created")) else { return tally.add(.inconclusive, at: nil) }
      let idle = (context.period.end.seconds - last.seconds) / 86_400
      guard idle > limit else { return tally.add(.passed, at: nil) }
      tally.add(.failed, at: nil)
      let user = item.text("user") ?? ""
      exceptions.note(
        item.reference("account \(user)"), at: last, wording(item, user, idle, limit, wasUsed: used != nil))
    }
    return result(
      context, population, tally, exceptions, noun: "accounts",
      metrics: [
        Metric(
          name: "enabled_accounts", label: "accounts that are enabled", share: Share(enabled, of: population.count))
      ])
  }

  /// A time, or the first moment of a day.
  private static func moment(_ text: String?) -> Timestamp? {
    text.flatMap { Timestamp($0) ?? CivilDate($0)?.start }
  }

  private static func wording(
    _ item: Item, _ user: String, _ idle: Int64, _ limit: Int64, wasUsed: Bool
  ) -> Wording {
    Wording(
      criteria: "An account is disabled after \(counted(limit, "day")) without use.",
      condition: { _ in
        "\(user)\(item.flag("privileged") ? ", a privileged account," : "") is enabled and was "
          + (wasUsed
            ? "last used \(counted(idle, "day")) before the period's end." : "never used in \(counted(idle, "day")).")
      },
      cause: "Not established. Find out who looks for accounts that nobody uses.",
      effect: "Somebody else could use the account, and nobody would miss it.")
  }
}
