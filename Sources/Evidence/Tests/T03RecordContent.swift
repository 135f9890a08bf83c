import AuditTrail
import Ledger

extension TestID {
  /// Audit record content.
  public static let t03 = TestID("T-03")
}

/// T-03: does each audit record say what, when, where, from where, with what outcome and who?
enum RecordContent: DrawnTest {
  static let description = TestDescription(
    id: .t03, title: "Audit record content",
    objective: "Audit records hold what an investigation needs (AU-3 a to f), and the additions of AU-3(1).",
    procedure: """
      For each statement, session opening, approval, policy change and access change: check that type, time, place, source, \
      outcome and identity are there and are not placeholders. Any record that lacks one of them is an exception, grouped by \
      source and field. The additions of AU-3(1) are counted and do not decide the result.
      """,
    limitations: [
      "Bytes sent and received are in no format that is read.",
      "The source of an approval or a change is the system that recorded it, not a network address.",
      "The outcome of an opening, an approval or a change is that it was recorded: it is never missing.",
    ])

  static let query = PopulationQuery(
    id: "POP-03", title: "Audit events of the period", purpose: "Each event is one item of T-03.",
    sql: """
      SELECT 'statement' AS event, trim(ar.proxy || ' ' || coalesce(ar.instance, '')) AS source, v.session_key AS session,
        v.sequence, v.time, CASE v.kinds WHEN '[]' THEN NULL ELSE v.kinds END AS type, v.connection,
        c.address AS client, CASE WHEN v.outcome = 'unknown' AND v.has_result = 0 THEN NULL ELSE v.outcome END AS outcome,
        CASE WHEN i.recorded_basis <> 'login' THEN i.user END AS user, v.duration, v.parsed AS objects_known,
        v.completeness & 36 = 0 AS full_text, ar.path AS archive, ar.sha256 AS archive_sha256, v.entry,
        CASE WHEN i.recorded_basis = 'login' THEN i.user END AS mapped_user
      FROM statement_view v JOIN statements s ON s.id = v.id JOIN contexts x ON x.id = s.context
        JOIN clients c ON c.id = x.client JOIN archives ar ON ar.id = v.archive
        LEFT JOIN identities i ON i.id = x.identity
      WHERE v.time >= ?1 AND v.time < ?2
      UNION ALL
      SELECT 'session_open', trim(ar.proxy || ' ' || coalesce(ar.instance, '')), se.key, NULL, se.opened, 'session',
        cn.name, c.address, 'opened', CASE WHEN i.recorded_basis <> 'login' THEN i.user END, NULL, NULL, NULL, ar.path,
        ar.sha256, se.entry, CASE WHEN i.recorded_basis = 'login' THEN i.user END
      FROM counted_sessions se JOIN connections cn ON cn.id = se.connection JOIN clients c ON c.id = se.client
        LEFT JOIN identities i ON i.id = se.identity JOIN archives ar ON ar.id = se.archive
      WHERE se.opened >= ?1 AND se.opened < ?2
      UNION ALL
      SELECT 'approval', trim(ar.proxy || ' ' || coalesce(ar.instance, '')), a.session_key, NULL, a.requested_at,
        'approval', a.connection, 'recording system', a.status, a.requested_by, NULL, NULL, NULL, ar.path, ar.sha256, a.entry,
        NULL
      FROM approvals a JOIN archives ar ON ar.id = a.archive WHERE a.requested_at >= ?1 AND a.requested_at < ?2
      UNION ALL
      SELECT 'policy_change', trim(ar.proxy || ' ' || coalesce(ar.instance, '')), NULL, NULL, p.time, 'policy change',
        p.policy, 'recording system', 'changed', p.actor, NULL, NULL, NULL, ar.path, ar.sha256, p.entry, NULL
      FROM policy_changes p JOIN archives ar ON ar.id = p.archive WHERE p.time >= ?1 AND p.time < ?2
      UNION ALL
      SELECT 'access_change', trim(ar.proxy || ' ' || coalesce(ar.instance, '')), NULL, NULL, g.time, g.change,
        coalesce(g.connection, g.role), 'recording system', 'changed', g.actor, NULL, NULL, NULL, ar.path, ar.sha256, g.entry,
        NULL
      FROM access_changes g JOIN archives ar ON ar.id = g.archive WHERE g.time >= ?1 AND g.time < ?2
      ORDER BY 5, 2, 3, 4, 1, 16
      """,
    columns: [
      Column("event", .text, "statement, session_open, approval, policy_change or access_change."),
      Column("source", .text, "The proxy and its instance."),
      Column("session", .text, "The session's key."),
      Column("sequence", .integer, "The statement's number in the session."),
      Column("time", .time, "When it occurred (AU-3 b)."),
      Column("type", .text, "What type of event it is (AU-3 a)."),
      Column("connection", .text, "Where it occurred (AU-3 c)."),
      Column("client", .text, "Where it came from (AU-3 d)."),
      Column("outcome", .text, "What came of it (AU-3 e)."),
      Column("user", .text, "Who is associated with it (AU-3 f)."),
      Column("duration_us", .integer, "How long a statement took, in microseconds (AU-3(1))."),
      Column("objects_known", .flag, "Whether the objects acted on are known from the text (AU-3(1))."),
      Column("full_text", .flag, "Whether the text is whole, neither cut nor redacted (AU-3(1))."),
      Column("archive", .text, "The archive's path."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry in the archive, from 1."),
      Column("mapped_user", .text, "Whom the configuration says the login is, where the archive names nobody."),
    ], parameters: ["start of the period", "end of the period"])

  /// The required fields, by the letters of AU-3.
  static let required = [
    ("a", "type of event", "type"), ("b", "when it occurred", "time"), ("c", "where it occurred", "connection"),
    ("d", "source", "client"), ("e", "outcome", "outcome"), ("f", "identity", "user"),
  ]

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t03], context.bounds, sources: context.sources)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t03)
    var matrix = ContentMatrix()
    try Items(population).forEach { item in
      let source = item.text("source") ?? ""
      var isWhole = true
      for (letter, name, column) in required {
        let isThere = column == "time" ? item.time(column) != nil : item.meaningful(column) != nil
        matrix.count(source, "AU-3 \(letter)", name, isThere)
        guard !isThere else { continue }
        matrix.count(missing: name, of: item.text("user"), source)
        isWhole = false
        exceptions.note(
          item.reference("\(source) \(column)"), at: item.time("time"),
          Wording(
            criteria: "Each audit record states the \(name) (AU-3 \(letter)).",
            condition: { "\(counted($0, "record")) of \(source) \($0 == 1 ? "lacks" : "lack") the \(name)." },
            cause: "The source did not record it, or its export leaves it out.",
            effect: "For these records an investigation cannot tell the \(name)."))
      }
      if item.text("event") == "statement" {
        matrix.count(source, "AU-3(1)", "duration", item.integer("duration_us") != nil)
        matrix.count(source, "AU-3(1)", "object acted on", item.flag("objects_known"))
        matrix.count(source, "AU-3(1)", "full text of the command", item.flag("full_text"))
        matrix.count(source, "AU-3(1)", "individual behind a shared login", item.meaningful("user") != nil)
        matrix.count(source, "AU-3(1)", "bytes sent and received", false)
      }
      tally.add(isWhole ? .passed : .failed, at: item.time("time"))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "audit events",
      tables: [matrix.table, matrix.missingTable])
  }
}

/// How many records of each source hold each field.
struct ContentMatrix {
  private struct Key: Hashable, Comparable {
    let source, requirement, field: String
    static func < (left: Self, right: Self) -> Bool {
      (left.source, left.requirement, left.field) < (right.source, right.requirement, right.field)
    }
  }

  private var counts: [Key: (present: Int64, missing: Int64)] = [:]
  /// Records that lack a field, by who is named in them.
  private var missing: [Key: Int64] = [:]

  mutating func count(missing field: String, of user: String?, _ source: String) {
    missing[Key(source: source, requirement: user ?? "", field: field), default: 0] += 1
  }

  /// Whose records lack what.
  var missingTable: AttributeTable {
    AttributeTable(
      name: "missing_by_user", title: "Records that lack a required field, by user and field",
      columns: [
        Column("source", .text, "The proxy and its instance."),
        Column("user", .text, "The identity; empty where the record names none."),
        Column("field", .text, "What the record should state."),
        Column("missing", .integer, "Records that do not."),
      ],
      rows: missing.sorted { $0.key < $1.key }.map { key, count in
        [.text(key.source), .shown(key.requirement), .text(key.field), .integer(count)]
      })
  }

  mutating func count(_ source: String, _ requirement: String, _ field: String, _ isPresent: Bool) {
    let key = Key(source: source, requirement: requirement, field: field)
    if isPresent { counts[key, default: (0, 0)].present += 1 } else { counts[key, default: (0, 0)].missing += 1 }
  }

  var table: AttributeTable {
    AttributeTable(
      name: "au3_matrix", title: "Fields of AU-3 and AU-3(1) by source",
      columns: [
        Column("source", .text, "The proxy and its instance."),
        Column("requirement", .text, "The part of AU-3."),
        Column("field", .text, "What the record should state."),
        Column("present", .integer, "Records that state it."),
        Column("missing", .integer, "Records that do not."),
      ],
      rows: counts.sorted { $0.key < $1.key }.map { key, value in
        [
          .text(key.source), .text(key.requirement), .text(key.field), .integer(value.present),
          .integer(value.missing),
        ]
      })
  }
}
