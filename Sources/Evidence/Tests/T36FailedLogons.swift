import AuditTrail
import Ledger

extension TestID {
  /// Failed sign-ons lead to a lockout.
  public static let t36 = TestID("T-36")
}

/// T-36: was an account locked after failed attempts?
enum FailedLogons: RegisterTest {
  static let description = TestDescription(
    id: .t36, title: "Failed sign-ons lead to a lockout",
    objective: "Nobody can go on guessing a password.",
    procedure: """
      For each attempt in the file of sign-ons, in the order of time and by user: as many failures as the limit within 15 \
      minutes, with no success between them, must lock the account with the last of them. An attempt that should have locked the \
      account and did not is an exception, and so is a success right after such a row.
      """,
    limitations: ["Attempts on many accounts from one place are not told: the file holds no addresses."])

  static let register = "logons"
  static let renamed = ["result": "outcome"]
  static let failures = TestLimit("failed_logons", 3, "failed attempts until an account is locked")
  static let limits = [failures]
  private static let window: Int64 = 15 * 60

  static let query = PopulationQuery(
    id: "POP-36", title: "Attempts to sign on", purpose: "Each attempt in the file is one item of T-36.",
    sql: """
      SELECT l.value ->> 'user' AS user, l.value ->> 'at' AS at, l.value ->> 'result' AS outcome,
        l.value ->> 'lockout' AS lockout
      FROM json_each(?3) l ORDER BY l.key
      """,
    columns: [
      Column("user", .text, "The user that was tried."),
      Column("at", .time, "When."),
      Column("outcome", .text, "What came of it: success or failure."),
      Column("lockout", .flag, "Whether the account was locked by it."),
    ], parameters: ["start of the period", "end of the period", "the file of sign-ons, as a JSON list"])

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = population(facts, context)
    let limit = context.limits[failures.name] ?? failures.standard
    var attempts: [Item] = []
    try Items(population).forEach { attempts.append($0) }
    var outcomes = Array(repeating: ItemOutcome.passed, count: attempts.count)
    var exceptions = ExceptionList(.t36)
    for (person, own) in Dictionary(grouping: attempts, by: { personKey($0.text("user") ?? "") }).sorted(by: {
      $0.key < $1.key
    }) {
      var row: ArraySlice<Timestamp> = []
      for item in own.sorted(by: {
        ($0.time("at")?.nanoseconds ?? 0, $0.row) < ($1.time("at")?.nanoseconds ?? 0, $1.row)
      }) {
        guard let at = item.time("at") else { continue }
        row = row.drop { at.seconds - $0.seconds > window }
        let isFull = row.count >= limit
        if item.text("outcome") == "success" {
          if isFull {
            outcomes[item.row] = .failed
            exceptions.note(item.reference("\(person) success \(at)"), at: at, guessed(item, row.count))
          }
          row = []
          continue
        }
        row.append(at)
        if item.flag("lockout") {
          row = []
        } else if row.count >= limit {
          outcomes[item.row] = .failed
          exceptions.note(item.reference("\(person) not locked \(at.date)"), at: at, open(item, limit))
        }
      }
    }
    var tally = Tally(context.period)
    for item in attempts { tally.add(outcomes[item.row], at: item.time("at")) }
    return result(
      context, population, tally, exceptions, noun: "attempts to sign on",
      metrics: [
        Metric(
          name: "failures", label: "attempts that failed",
          share: Share(Int64(attempts.count { $0.text("outcome") == "failure" }), of: population.count))
      ])
  }

  private static func open(_ item: Item, _ limit: Int64) -> Wording {
    Wording(
      criteria: "An account is locked after \(counted(limit, "failed attempt")) within 15 minutes.",
      condition: {
        "\(item.text("user") ?? "") could be tried on: \(counted($0, "attempt")) failed that should have locked the account."
      },
      cause: "Not established. Find out how the sign-on is configured.", effect: "Passwords can be guessed.")
  }

  private static func guessed(_ item: Item, _ count: Int) -> Wording {
    Wording(
      criteria: "No sign-on succeeds right after a row of failures.",
      condition: { _ in
        "\(item.text("user") ?? "") signed on after \(counted(count, "failed attempt")) within 15 minutes."
      },
      cause: "Not established. Ask the person whether it was they.",
      effect: "The password may have been guessed.")
  }
}
