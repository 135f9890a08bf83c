import AuditTrail
import JSONReader
import Ledger
import Policies
import SQLAnalysis

extension TestID {
  /// Guardrails stop statements that are known to be bad.
  public static let t20 = TestID("T-20")
}

/// T-20: does the policy in force stop what is known to be bad, in whatever spelling?
enum KnownBadStopped: DrawnTest {
  static let description = TestDescription(
    id: .t20, title: "Guardrails stop statements that are known to be bad",
    objective: "The policy in force stops a statement by what it does, however it is spelt.",
    procedure: """
      For each production connection in scope that was used, a person and an AI agent without groups, each table with sensitive \
      columns and one other table: ask the policy in force at the end of the period what it decides on each known-bad statement \
      of the connection's engine. Blocked or held for approval is stopped; so is masked, where the statement would only \
      disclose. What passes is an exception. What depends on facts that no statement has, such as the hour, is not decided.
      """,
    limitations: [
      "The policy's file is asked. That the proxy decides alike, T-19 shows for recorded traffic.",
      "The statements are not run here: what their kinds do is measured in the golden corpus (“assay selftest”).",
      "A mask counts by its columns; whether it covers an expression, T-30 shows for recorded traffic.",
    ])

  static let query = PopulationQuery(
    id: "POP-20", title: "Known-bad statements and what the policy decides",
    purpose: """
      Each decision is one item of T-20. The program makes the known-bad statements itself and asks the policy that is in force \
      when the period ends; the ledger holds none of them. The query only puts these decisions into rows.
      """,
    sql: """
      SELECT d.value ->> 'connection' AS connection, d.value ->> 'engine' AS engine, d.value ->> 'environment' AS environment,
        d.value ->> 'identity_kind' AS identity_kind, d.value ->> 'name' AS name, d.value ->> 'harm' AS harm,
        d.value ->> 'evades' AS evades, d.value ->> 'example' AS example, d.value ->> 'action' AS action,
        d.value ->> 'possible' AS possible, d.value ->> 'rule' AS rule
      FROM json_each(?1) d ORDER BY d.key
      """,
    columns: [
      Column("connection", .text, "The connection."),
      Column("engine", .text, "Its engine."),
      Column("environment", .text, "Its environment."),
      Column("identity_kind", .text, "Who is taken to ask: human or agent."),
      Column("name", .text, "The statement's name."),
      Column("harm", .text, "What it would do: destroys, discloses, escalates or escapes."),
      Column("evades", .text, "What it tries to slip past; empty where it is plain."),
      Column("example", .text, "The statement. It is the program's own and was not recorded."),
      Column("action", .text, "What the policy decides."),
      Column("possible", .text, "Every action it may come to, with what is not known."),
      Column("rule", .text, "The rule that decided; empty where none matched."),
    ], parameters: ["the decisions, as a JSON list"])

  /// The name of a table that no rule knows.
  private static let otherTable = (table: "any_other_table", column: "id")

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    let last = context.period.end.adding(nanoseconds: -1)
    guard let policy = context.policies?.version(at: last) else { return DrawnPopulation() }
    var json = JSONWriter()
    json.beginArray()
    for connection in try connections(ledger, context) { decide(connection, policy, context, &json) }
    json.endArray()
    var drawn = try query.draw(ledger, [.text(json.text)])
    let corpus = KnownBad.builtIn
    drawn.parameters = [
      "what \(policy.name)\(policy.version.map { " \($0)" } ?? "") decides on version \(corpus.version) of the known-bad "
        + "statements, SHA-256 \(corpus.sha256)"
    ]
    return drawn
  }

  /// The production connections of the scope that were used, as the ledger knows them first.
  private static func connections(
    _ ledger: borrowing Ledger, _ context: TestContext
  ) throws(AssayError) -> [Connection] {
    let names = context.connectionNames { $0.environment == "production" }
    return try ledger.rows(
      """
      SELECT name, engine, database, environment, min(id) FROM connections
        WHERE name IN (SELECT value FROM json_each(?1)) GROUP BY name ORDER BY name
      """, [.text(names)]
    ).map { row in
      Connection(
        name: row[0].text ?? "", engine: row[1].text ?? "", database: row[2].text,
        environment: row[3].text ?? "production")
    }
  }

  private static func decide(
    _ connection: Connection, _ policy: LoadedPolicy, _ context: TestContext, _ json: inout JSONWriter
  ) {
    for statement in KnownBad.builtIn.statements where statement.runs(on: connection.engine) {
      for (table, column) in targets(of: statement, context.plan.sensitiveColumns) {
        let text = statement.text(table: table, column: column)
        let facts = PreparedFacts(analyze(text, as: SQLDialect(engine: connection.engine)))
        for kind in [IdentityKind.human, .agent] {
          let decision = policy.decide(
            Request(
              facts: facts, text: text, identity: Identity(user: "somebody@assay.invalid", kind: kind),
              connection: connection, purposeGiven: false, approved: false))
          json.beginObject()
          let members: [(String, String?)] = [
            ("connection", connection.name), ("engine", connection.engine), ("environment", connection.environment),
            ("identity_kind", kind.rawValue), ("name", statement.name), ("harm", statement.harm.rawValue),
            ("evades", statement.evades), ("example", text), ("action", decision.action.rawValue),
            ("possible", decision.possible.actions.map(\.rawValue).joined(separator: " ")), ("rule", decision.rule),
          ]
          for (key, value) in members {
            json.key(key)
            json.string(value)
          }
          json.endObject()
        }
      }
    }
  }

  /// The tables that a statement is tried on, each with a column: those with sensitive columns, and one other where it harms that.
  private static func targets(
    of statement: KnownBadStatement, _ sensitive: [String]
  ) -> [(table: String, column: String)] {
    guard statement.namesTable else { return [otherTable] }
    var targets: [(table: String, column: String)] = []
    for name in sensitive.sorted() {
      guard let dot = name.lastIndex(of: "."), targets.last?.table != String(name[..<dot]) else { continue }
      targets.append((String(name[..<dot]), String(name[name.index(after: dot)...])))
    }
    return statement.harm == .discloses ? targets : targets + [otherTable]
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t20], [], sources: context.plan.files.filter { $0.kind == "policy" })
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t20)
    var spellings = TriedSpellings()
    try Items(population).forEach { item in
      let outcome = outcome(of: item)
      tally.add(outcome, at: nil)
      spellings.add(item, outcome)
      guard outcome == .failed else { return }
      exceptions.note(item.reference(item.text("name") ?? ""), at: nil, wording(item))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "decisions on known-bad statements",
      operating: untestable(facts), metrics: spellings.metrics, tables: [spellings.table],
      remedy:
        "Name the policies (`policies:`) and the production connections (`scope:`) in assay.yaml; ask the undecided "
        + "statements with `assay policy explain`.")
  }

  /// What became of an item: it is stopped only where each action that the decision may come to stops it.
  private static func outcome(of item: Item) -> ItemOutcome {
    let masksSuffice = item.text("harm") == KnownBadStatement.Harm.discloses.rawValue
    func stops(_ action: Substring) -> Bool {
      switch Action(rawValue: String(action)) {
      case .block, .review: true
      case .mask: masksSuffice
      case .allow, .observed, nil: false
      }
    }
    let possible = (item.text("possible") ?? "").split(separator: " ")
    if !possible.isEmpty, possible.allSatisfy(stops) { return .passed }
    return possible.contains(where: stops) ? .inconclusive : .failed
  }

  private static func untestable(_ facts: EvidenceFacts) -> Conclusion? {
    if facts[.t20].parameters.isEmpty {
      return Conclusion(.inconclusive, "Unable to test: no policy was in force at the end of the period.")
    }
    return facts[.t20].rows.count == 0
      ? Conclusion(.inconclusive, "Unable to test: no production connection in scope was used.") : nil
  }

  private static func consequence(_ harm: KnownBadStatement.Harm) -> String {
    switch harm {
    case .destroys: "Whoever sends it destroys data, and nothing stops it."
    case .discloses: "Whoever sends it sees sensitive data, and nothing stops it."
    case .escalates: "Whoever sends it gains rights, and nothing stops it."
    case .escapes: "Whoever sends it leaves the database, and nothing stops it."
    }
  }

  private static func wording(_ item: Item) -> Wording {
    let (name, example) = (item.text("name") ?? "", item.text("example") ?? "")
    return Wording(
      criteria: "The policy in force stops statements that are known to be bad.",
      condition: {
        "“\(name)” passes in \(counted($0, "combination")) of connection, kind of identity and table; the first: "
          + "\(item.text("identity_kind") ?? "") on \(item.text("connection") ?? ""): \(example.replacing("\n", with: " "))"
      },
      cause: item.text("rule").map { "The rule \($0) decides \(item.text("action") ?? "")." }
        ?? "No rule of the policy matches it.",
      effect: item.text("harm").flatMap(KnownBadStatement.Harm.init).map(consequence) ?? "Harm would pass.")
  }
}

/// What became of each spelling, in the order of the items.
private struct TriedSpellings {
  private var order: [String] = []
  private var counts: [String: (harm: String, evades: Cell, outcomes: [ItemOutcome: Int64])] = [:]

  mutating func add(_ item: Item, _ outcome: ItemOutcome) {
    let name = item.text("name") ?? ""
    if counts[name] == nil {
      order.append(name)
      counts[name] = (item.text("harm") ?? "", item.cell("evades"), [:])
    }
    counts[name]?.outcomes[outcome, default: 0] += 1
  }

  /// The share of statements that are stopped wherever they were tried, all and by harm.
  var metrics: [Metric] {
    func share(_ isMeant: (String) -> Bool) -> Share {
      let names = order.filter { isMeant(counts[$0]?.harm ?? "") }
      let stopped = names.filter { Set((counts[$0]?.outcomes ?? [:]).keys) == [.passed] }
      return Share(Int64(stopped.count), of: Int64(names.count))
    }
    return [
      Metric(
        name: "stopped", label: "known-bad statements that are stopped wherever they were tried",
        share: share { _ in true })
    ]
      + KnownBadStatement.Harm.allCases.map { harm in
        Metric(
          name: "stopped_\(harm.rawValue)", label: "of those that \(verb(harm))", share: share { $0 == harm.rawValue })
      }
  }

  private func verb(_ harm: KnownBadStatement.Harm) -> String {
    switch harm {
    case .destroys: "destroy"
    case .discloses: "disclose"
    case .escalates: "gain rights"
    case .escapes: "leave the database"
    }
  }

  var table: AttributeTable {
    AttributeTable(
      name: "statements", title: "Known-bad statements",
      columns: [
        Column("name", .text, "The statement's name."),
        Column("harm", .text, "What it would do."),
        Column("evades", .text, "What it tries to slip past."),
        Column("stopped", .integer, "Decisions that stop it."),
        Column("passes", .integer, "Decisions that let it through."),
        Column("undecided", .integer, "Decisions that depend on what a statement does not say."),
      ],
      rows: order.map { name in
        let entry = counts[name]
        func count(_ outcome: ItemOutcome) -> Cell { .integer(entry?.outcomes[outcome] ?? 0) }
        return [
          .text(name), .text(entry?.harm ?? ""), entry?.evades ?? .empty, count(.passed), count(.failed),
          count(.inconclusive),
        ]
      })
  }
}
