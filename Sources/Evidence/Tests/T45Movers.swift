import AuditTrail
import Ledger

extension TestID {
  /// Access of people who changed their role.
  public static let t45 = TestID("T-45")
}

/// T-45: did people who changed their role lose the access of the old one?
enum Movers: RegisterTest {
  static let description = TestDescription(
    id: .t45, title: "Access of people who changed their role is adjusted",
    objective: "Nobody collects the rights of all the roles that they ever had.",
    procedure: """
      For each person in the file of movers: when the limit after the change has passed by the end of the period, the closing \
      list must hold no entitlement of theirs by the old role. One that it holds is an exception.
      """,
    limitations: ["What they did with the access of the old role in the meantime is counted by no test."])

  static let register = "movers"
  static let sideFiles = ["movers", "entitlements_closing"]
  static let days = TestLimit("mover_days", 30, "days until the access of an old role is taken away")
  static let limits = [days]

  static let query = PopulationQuery(
    id: "POP-45", title: "People who changed their role",
    purpose: "Each change in the file of movers is one item of T-45.",
    sql: """
      SELECT m.value ->> 'user' AS user, m.value ->> 'at' AS at, m.value ->> 'at_time' AS time,
        m.value ->> 'old_role' AS old_role, m.value ->> 'new_role' AS new_role
      FROM json_each(?3) m ORDER BY m.key
      """,
    columns: [
      Column("user", .text, "Who changed their role."),
      Column("at", .text, "When, as the file says it."),
      Column("time", .time, "When; empty where the file says only the day."),
      Column("old_role", .text, "The role that they left."),
      Column("new_role", .text, "The role that they took."),
    ], parameters: ["start of the period", "end of the period", "the file of movers, as a JSON list"])

  private struct Held: Hashable {
    let person: String
    let role: String
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let files = facts.plan.sideFiles.references("entitlements_closing")
    var population = population(facts, context)
    population.sources += files
    let limit = context.limits[days.name] ?? days.standard
    let closing = Dictionary(grouping: context.plan.sideFiles.rows("entitlements_closing") ?? []) {
      Held(person: personKey($0.required("user")), role: $0.required("role"))
    }
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t45)
    try Items(population).forEach { item in
      let (user, role) = (item.text("user") ?? "", item.text("old_role") ?? "")
      guard context.plan.sideFiles.holds("entitlements_closing"), let moved = item.time("time") else {
        return tally.add(.inconclusive, at: item.time("time"))
      }
      let days = (context.period.end.seconds - moved.seconds) / 86_400
      let kept = closing[Held(person: personKey(user), role: role)] ?? []
      guard days > limit, !kept.isEmpty, role != item.text("new_role") else { return tally.add(.passed, at: moved) }
      tally.add(.failed, at: moved)
      exceptions.note(
        item.reference("\(user) \(role)"), at: moved,
        Wording(
          criteria: "The access of an old role is taken away within \(counted(limit, "day")).",
          condition: { _ in
            "\(user) left the role \(role) \(counted(days, "day")) before the period's end and still holds it on "
              + "\(kept.map { $0.required("connection") }.sorted().joined(separator: ", "))."
          },
          cause: "Not established. Find out how a change of role is reported to whoever gives access.",
          effect: "The person can do more than their role asks for."))
    }
    return result(context, population, tally, exceptions, noun: "changes of role")
  }
}
