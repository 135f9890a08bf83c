import AuditTrail
import Ledger

extension TestID {
  /// Data is deleted on request.
  public static let t39 = TestID("T-39")
}

/// T-39: was what had to be deleted deleted, in time, and nothing else with it?
enum Deletions: RegisterTest {
  static let description = TestDescription(
    id: .t39, title: "Data is deleted on request",
    objective:
      "Data that somebody asked to have deleted, or whose time is over, is gone in time, and nothing else with it.",
    procedure: """
      For each line of the file of deletions: find the statements in production that ran, did not fail and deleted from \
      its table, by their text or by what replay measured. A statement belongs to the request when its session names the \
      request as its ticket; where none does, when the subject is one of its values. Rows are the archive's own count, \
      else replay's. Nothing that was kept, fewer or more rows than were asked for, every row of the table where the file \
      counts none, rows of a table that the request does not name, or an end after the day that it was due is an exception. \
      What was not measured, and rows that the shadow does not hold, are not decided. What is not due yet passes.
      """,
    limitations: [
      "Whether the rows were the subject's is for a person to judge: which column holds a value is not looked at.",
      "What was deleted before the ledger's first record, in a backup or in another system is not seen.",
    ])

  static let register = "deletions"
  static let passing = ["request"]

  static let query = PopulationQuery(
    id: "POP-39", title: "Deletions that were asked for",
    purpose: "Each line of the file of deletions is one item of T-39.",
    sql: """
      WITH request AS MATERIALIZED (
        SELECT key AS place, value ->> 'request' AS request, value ->> 'subject' AS subject, value ->> 'due' AS due,
          value ->> 'table' AS name, value ->> 'rows' AS rows FROM json_each(?3)),
      matched AS MATERIALIZED (
        SELECT value ->> 0 AS place, value ->> 1 AS statement, value ->> 2 AS matched_by, value ->> 3 AS names_table
        FROM json_each(?4)),
      part AS (
        SELECT f.place, f.statement, t.value ->> 'deleted' - coalesce(t.value ->> 'restored', 0) AS deleted, t.value ->> 'before' AS before,
          max(coalesce(o.place = f.place, 0)) AS is_own, count(o.place) OR coalesce(t.value ->> 'scratch', 0) AS is_named
        FROM matched f JOIN request r ON r.place = f.place JOIN measurements m ON m.statement = f.statement,
          json_each(m.effect, '$.tables') t
          LEFT JOIN request o ON o.request = r.request AND \(DeletionMatches.sameTable("t.key", "o.name"))
        GROUP BY f.place, f.statement, t.key),
      lost AS MATERIALIZED (
        SELECT place, statement, sum(deleted) FILTER (WHERE is_own) AS deleted, max(before) FILTER (WHERE is_own) AS before,
          sum(deleted) FILTER (WHERE NOT is_named) AS elsewhere
        FROM part GROUP BY place, statement),
      deed AS MATERIALIZED (
        SELECT f.place, f.matched_by, v.*, l.deleted, l.before, l.elsewhere,
          coalesce(m.effect ->> '$.execution' <> 'ran', 1) OR coalesce(v.verdict, '') IN ('inconclusive', 'diverged')
            OR v.outcome = 'unknown' AND v.action = 'review' AS undecided,
          CASE WHEN f.names_table AND v.rows_kind = 'affected' THEN v.rows END AS recorded,
          row_number() OVER (
            PARTITION BY f.place ORDER BY coalesce(v.kept, 0) DESC, v.time DESC, v.id DESC) AS place_from_last
        FROM matched f JOIN statement_view v ON v.id = f.statement LEFT JOIN measurements m ON m.statement = v.id
          LEFT JOIN lost l ON l.place = f.place AND l.statement = f.statement),
      total AS (
        SELECT place, count(*) AS statements, sum(undecided) AS undecided, sum(kept = 1 AND NOT undecided) AS kept,
          CASE WHEN count(*) FILTER (WHERE kept = 1 AND recorded IS NULL) = 0 THEN sum(recorded) FILTER (WHERE kept = 1) END
            AS recorded,
          sum(deleted) FILTER (WHERE kept = 1) AS deleted, max(before) AS before,
          sum(elsewhere) FILTER (WHERE kept = 1) AS elsewhere
        FROM deed GROUP BY place)
      SELECT r.request, r.subject, r.due, r.name AS "table", r.rows, coalesce(t.statements, 0) AS statements, d.matched_by,
        coalesce(t.undecided, 0) AS undecided, coalesce(t.kept, 0) AS kept, t.recorded AS rows_recorded,
        t.deleted AS rows_deleted, t.before AS rows_before, t.elsewhere AS rows_elsewhere, d.proxy, d.session_key AS session,
        d.sequence, d.time AS done_at, d.connection, d.user, ar.path AS archive, ar.sha256 AS archive_sha256, d.entry
      FROM request r LEFT JOIN total t ON t.place = r.place LEFT JOIN deed d ON d.place = r.place AND d.place_from_last = 1
        LEFT JOIN archives ar ON ar.id = d.archive
      ORDER BY r.place
      """,
    columns: [
      Column("request", .text, "The request, or the rule by which data is deleted."),
      Column("subject", .text, "Whose data, or which."),
      Column("due", .date, "The day by whose end it must be gone."),
      Column("table", .text, "The table."),
      Column("rows", .integer, "How many rows were asked for; empty where the file counts none."),
      Column("statements", .integer, "How many statements deleted for it."),
      Column("matched_by", .text, "ticket: their session names the request; value: they hold the subject."),
      Column("undecided", .integer, "How many of them were not measured, or may not have run."),
      Column("kept", .integer, "How many of them were measured and kept."),
      Column(
        "rows_recorded", .integer, "Rows that these deleted, by the archive; empty where it does not count them all."),
      Column("rows_deleted", .integer, "Rows of the table that these deleted on the shadow."),
      Column("rows_before", .integer, "Rows that the table held there before."),
      Column("rows_elsewhere", .integer, "Rows that they deleted there of tables that the request does not name."),
      Column("proxy", .text, "The proxy of the last statement that was kept, else of the last one."),
      Column("session", .text, "Its session."),
      Column("sequence", .integer, "Its number in the session."),
      Column("done_at", .time, "When it was sent; it may be before the period."),
      Column("connection", .text, "The connection."),
      Column("user", .text, "The identity."),
      Column("archive", .text, "The archive's path."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry in the archive, from 1."),
    ],
    parameters: [
      "start of the period", "end of the period", "the file of deletions, as a JSON list",
      "lines, from 0, with the ids of their statements, what they were matched by, and whether the text names the table, as a JSON list",
    ])

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    guard let rows = context.plan.sideFiles.rows(register) else { return DrawnPopulation() }
    let matches = try DeletionMatches(rows, ledger, context).json
    var drawn = try query.draw(ledger, context.bounds + [.text(rows.json), .text(matches)])
    drawn.parameters = [matches]
    return drawn
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = population(facts, context)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t39)
    var notDue: Int64 = 0
    try Items(population).forEach { item in
      guard let due = item.day("due") else { return }
      let end = CivilDate(daysSinceEpoch: due.daysSinceEpoch + 1).start
      guard item.integer("undecided") == 0 else { return tally.add(.inconclusive, at: end) }
      if item.integer("kept") == 0 {
        if end > context.period.end {
          notDue += 1
          return tally.add(.passed, at: nil)
        }
        // What was due before may have been done before, where no record is.
        if end <= context.period.start { return tally.add(.inconclusive, at: end) }
      }
      let faults = Fault.of(item, end)
      let isShown = item.integer("rows_deleted").map { $0 > 0 } ?? false
      tally.add(faults.isEmpty ? isShown ? .passed : .inconclusive : .failed, at: end)
      for fault in faults {
        exceptions.note(
          item.reference("\(item.text("request") ?? "") \(item.text("table") ?? "") \(fault.key)"),
          at: item.time("done_at") ?? end, wording(fault, item, due))
      }
    }
    return result(
      context, population, tally, exceptions, noun: "deletions that were asked for",
      metrics: [
        Metric(
          name: "not_due", label: "deletions that were not done yet, and not due by the end of the period",
          share: Share(notDue, of: population.count))
      ],
      remedy: "Replay the deletions on a shadow of their connection, and read the records from before the period.")
  }

  /// What is wrong with a deletion.
  private enum Fault {
    case missing, undone, late
    case none, fewer, more(Int64), all(Int64), elsewhere(Int64)

    var key: String {
      switch self {
      case .missing: "not deleted"
      case .undone: "not kept"
      case .late: "late"
      case .none: "no row"
      case .fewer: "too few rows"
      case .more: "too many rows"
      case .all: "every row"
      case .elsewhere: "rows of other tables"
      }
    }

    /// All that is wrong with an item whose statements were measured.
    static func of(_ item: Item, _ end: Timestamp) -> [Fault] {
      guard item.integer("statements") != 0 else { return [.missing] }
      guard item.integer("kept") != 0 else { return [.undone] }
      let onShadow = item.integer("rows_deleted") ?? 0
      let rows = item.integer("rows_recorded") ?? onShadow
      var faults: [Fault] = []
      if rows == 0 {
        faults.append(.none)
      } else if let asked = item.integer("rows") {
        if rows != asked { faults.append(rows < asked ? .fewer : .more(rows)) }
      } else if let before = item.integer("rows_before"), before > 1, onShadow >= before {
        faults.append(.all(before))
      }
      if let elsewhere = item.integer("rows_elsewhere"), elsewhere > 0 { faults.append(.elsewhere(elsewhere)) }
      if let time = item.time("done_at"), time >= end { faults.append(.late) }
      return faults
    }
  }

  private static func wording(_ fault: Fault, _ item: Item, _ due: CivilDate) -> Wording {
    let request = item.text("request") ?? ""
    let table = item.text("table") ?? ""
    let asked = item.integer("rows").map { "\(counted($0, "row")) of \(table)" } ?? "rows of \(table)"
    let rows = item.integer("rows_recorded") ?? item.integer("rows_deleted") ?? 0
    let share = "\(grouped(item.integer("rows_deleted") ?? 0)) of \(counted(item.integer("rows_before") ?? 0, "row"))"
    let condition =
      switch fault {
      case .missing: "No statement deleted \(asked) for \(request), which was due on \(due)."
      case .undone: "The delete of \(asked) for \(request) was undone: nothing of it was kept."
      case .none: "The delete for \(request) took no row of \(table)."
      case .fewer: "The delete for \(request) took \(grouped(rows)) of \(asked)."
      case .more(let rows):
        "\(request) asks for \(asked), and \(grouped(rows)) were deleted; on the shadow \(share)."
      case .all: "The delete for \(request) took every row of \(table) on the shadow, \(share)."
      case .elsewhere(let rows):
        "The delete for \(request) also took \(counted(rows, "row")) of tables that it does not name, on the shadow."
      case .late:
        "The delete of \(asked) for \(request) ran on \(item.time("done_at")?.date ?? due), and was due on \(due)."
      }
    let effect =
      switch fault {
      case .missing, .undone, .none, .fewer: "Data is still there that should be gone."
      case .more, .all, .elsewhere: "Data is gone that nobody asked to have deleted."
      case .late: "Data was kept for longer than it may be."
      }
    return Wording(
      criteria: "The rows of a request, and no others, are deleted by the end of the day that it is due.",
      condition: { _ in condition },
      cause: "Not established. Find out how the request reached whoever deletes, and what they ran.", effect: effect)
  }
}
