import AuditTrail
import Ledger

extension TestID {
  /// Rights that nobody uses.
  public static let t13 = TestID("T-13")
}

/// T-13: which rights were granted and not used?
enum UnusedRights: RegisterTest {
  static let description = TestDescription(
    id: .t13, title: "Rights that nobody uses",
    objective: "Everybody has the rights that their work needs, and no more.",
    procedure: """
      For each entitlement of the closing list: count the statements that its holder ran on its connection in the period, and \
      those that write or change the structure. An entitlement that was not used at all, and a right to write or change that was \
      used for reading only, is an exception.
      """,
    limitations: [
      "A right may be needed once a year. What to do about one that was not used is for its owner to decide.",
      "What was done past the proxy is not seen.",
    ])

  static let register = "entitlements_closing"

  static let query = PopulationQuery(
    id: "POP-13", title: "Entitlements", purpose: "Each entitlement of the closing list is one item of T-13.",
    sql: """
      WITH \(PersonColumn.folded(4))
      SELECT e.value ->> 'user' AS user, e.value ->> 'role' AS role, e.value ->> 'connection' AS connection,
        e.value ->> 'privilege' AS privilege, coalesce(u.statements, 0) AS statements, coalesce(u.writes, 0) AS writes,
        coalesce(u.changes, 0) AS changes, u.last AS last_used
      FROM json_each(?3) e LEFT JOIN (
        SELECT \(PersonColumn.key("v.user")) AS person, v.connection, count(*) AS statements, max(v.time) AS last,
          sum(k.writes) AS writes, sum(k.changes) AS changes
        FROM statement_view v JOIN (
          SELECT t.id, EXISTS (SELECT 1 FROM json_each(t.kinds) k WHERE k.value IN ('insert', 'update', 'delete', 'merge',
              'copy', 'truncate')) AS writes,
            EXISTS (SELECT 1 FROM json_each(t.kinds) k WHERE k.value IN ('create', 'alter', 'drop', 'grant', 'revoke',
              'truncate')) AS changes
          FROM texts t) k ON k.id = v.text
        WHERE v.time >= ?1 AND v.time < ?2 AND v.user IS NOT NULL GROUP BY 1, 2) u
        ON u.person = \(PersonColumn.key("(e.value ->> 'user')")) AND u.connection = e.value ->> 'connection'
      ORDER BY e.key
      """,
    columns: [
      Column("user", .text, "Who holds it."),
      Column("role", .text, "The role that gives it."),
      Column("connection", .text, "The connection it is for."),
      Column("privilege", .text, "The most that it allows: read, write, change or admin."),
      Column("statements", .integer, "Statements of the holder on that connection in the period."),
      Column("writes", .integer, "Those of them that write."),
      Column("changes", .integer, "Those of them that change structure or rights."),
      Column("last_used", .time, "When the last of them was sent."),
    ],
    parameters: [
      "start of the period", "end of the period", "the closing list, as a JSON list", PersonColumn.meaning,
    ])

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = population(facts, context)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t13)
    var (unused, tooWide): (Int64, Int64) = (0, 0)
    try Items(population).forEach { item in
      let isUnused = item.integer("statements") ?? 0 == 0
      let isTooWide = !isUnused && !isNeeded(item)
      guard isUnused || isTooWide else { return tally.add(.passed, at: item.time("last_used")) }
      unused += isUnused ? 1 : 0
      tooWide += isTooWide ? 1 : 0
      tally.add(.failed, at: item.time("last_used"))
      let user = item.text("user") ?? ""
      exceptions.note(
        item.reference("\(user) \(item.text("role") ?? "") on \(item.text("connection") ?? "")"),
        at: item.time("last_used"), wording(item, user, isUnused: isUnused))
    }
    return result(
      context, population, tally, exceptions, noun: "entitlements",
      metrics: [
        Metric(
          name: "unused", label: "entitlements that were not used in the period",
          share: Share(unused, of: population.count)),
        Metric(
          name: "too_wide", label: "entitlements of which only a smaller right was used",
          share: Share(tooWide, of: population.count)),
      ])
  }

  /// Whether what was done needed the privilege.
  private static func isNeeded(_ item: Item) -> Bool {
    let (writes, changes) = (item.integer("writes") ?? 0, item.integer("changes") ?? 0)
    return switch item.text("privilege") {
    case "write": writes + changes > 0
    case "change", "admin": changes > 0
    default: true
    }
  }

  private static func wording(_ item: Item, _ user: String, isUnused: Bool) -> Wording {
    let right = "\(item.text("privilege") ?? "") on \(item.text("connection") ?? "")"
    return Wording(
      criteria: "A right that is granted is used.",
      condition: { _ in
        isUnused
          ? "\(user) holds \(right) and sent no statement there in the period."
          : "\(user) holds \(right); of \(counted(item.integer("statements") ?? 0, "statement")), "
            + "\(item.text("privilege") == "write" ? "none wrote." : "none changed structure or rights.")"
      },
      cause: "Not established. Ask the owner whether the right is needed.",
      effect: "A right that nobody needs helps whoever takes the account over.")
  }
}
