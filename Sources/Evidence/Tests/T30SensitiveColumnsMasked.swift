import AuditTrail
import Digests
import Ledger
import SQLAnalysis

extension TestID {
  /// Sensitive columns are masked.
  public static let t30 = TestID("T-30")
}

/// T-30: do sensitive columns leave the database masked?
enum SensitiveColumnsMasked: DrawnTest {
  static let description = TestDescription(
    id: .t30, title: "Sensitive columns are masked",
    objective: "Sensitive data reaches only those who may see it.",
    procedure: """
      For each statement that ran and reads a sensitive column (by its text, by what the shadow's authorizer saw, or because \
      the proxy masked it): look at what reached the client on the shadow. A sensitive value that is in the output \
      verbatim (raw) or that an output expression reads (derived) is an exception, unless an approved exemption covers \
      identity and column. A statement that was not measured cannot be decided. Exceptions are grouped by identity, \
      connection and shape.
      """,
    limitations: ["A column that only a predicate, join or order depends on is not counted as disclosed."])

  static let query = PopulationQuery(
    id: "POP-30", title: "Statements that read sensitive columns", purpose: "Each statement is one item of T-30.",
    sql: """
      \(StatementColumns.selection), v.verdict_reason, v.masked, v.leak,
        json_extract(m.effect, '$.leaked_columns') AS leaked_columns, v.basis,
        \(StatementColumns.source)
        LEFT JOIN measurements m ON m.statement = v.id
      WHERE v.time >= ?1 AND v.time < ?2 AND v.outcome <> 'not_run'
        AND (v.text IN (SELECT value FROM json_each(?4)) OR v.masked <> '[]' OR v.leak IN ('raw', 'derived')
          OR EXISTS (SELECT 1 FROM json_each(m.effect, '$.reads') r
            WHERE r.value IN (SELECT value FROM json_each(?3))))
      \(StatementColumns.order)
      """,
    columns: StatementColumns.with([
      Column("verdict_reason", .text, "Its reason."),
      Column("masked", .text, "The columns that the proxy masked, as a JSON list."),
      Column("leak", .text, "none, predicate, derived or raw; empty where nothing was measured."),
      Column("leaked_columns", .text, "The columns that leaked, as a JSON list."),
      Column("basis", .text, "What the shadow's rows are."),
    ]),
    parameters: [
      "start of the period", "end of the period", "sensitive columns, as a JSON list",
      "ids of the texts whose facts name a sensitive column, as a JSON list",
    ])

  private static func columns(_ context: TestContext) -> [String] {
    context.plan.sensitiveColumns.map { $0.lowercased() }.sorted()
  }

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    let columns = columns(context)
    let texts = "[\(try textsReading(columns, ledger).map(String.init).joined(separator: ","))]"
    var drawn = try query.draw(ledger, context.bounds + [.text(jsonList(columns)), .text(texts)])
    drawn.parameters = [texts]
    return drawn
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let columns = columns(context)
    let population = query.population(
      facts[.t30], context.bounds + [.text(jsonList(columns))], sources: context.sources)
    let exemptions = context.plan.sideFiles.exemptions
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t30)
    var exempt: Int64 = 0
    let recorded = facts.recordedOutput
    try Items(population).forEach { item in
      let verdict = item.text("verdict").flatMap(VerdictName.init)
      let leak = item.text("leak").flatMap(Leak.init)
      if verdict == .maskLeak || leak.map({ $0 >= .derived }) == true {
        guard !isExempt(item, exemptions) else {
          exempt += 1
          return tally.add(.passed, at: item.time("time"))
        }
        tally.add(.failed, at: item.time("time"))
        let key = "\(item.text("user") ?? "-") \(item.text("connection") ?? "-") \(item.text("fingerprint") ?? "-")"
        exceptions.note(
          item.reference(key), at: item.time("time"), severity: item.severity, isHarmful: true,
          wording(item, isInArchive: recorded.contains(ExactText(item.statementKey))))
      } else if leak == nil || verdict == nil || verdict == .inconclusive || verdict == .diverged {
        tally.add(.inconclusive, at: item.time("time"))
      } else {
        tally.add(.passed, at: item.time("time"))
      }
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions,
      noun: "statements that read sensitive columns",
      operating: columns.isEmpty && population.count == 0
        ? Conclusion(.inconclusive, "Unable to test: the scope names no sensitive column.") : nil,
      design: columns.isEmpty
        ? Conclusion(.inconclusive, "The scope names no sensitive column.")
        : Conclusion(
          .notRun, "Which columns are sensitive is declared by the scope; their completeness is not assessed."),
      metrics: [
        Metric(
          name: "exempt_statements", label: "statements covered by an approved exemption",
          share: Share(exempt, of: population.count))
      ],
      remedy: columns.isEmpty
        ? "Name the sensitive columns under `scope: { sensitive: … }` in assay.yaml."
        : "Replay the statements on a shadow of their connection.")
  }

  /// Ids of texts that read a sensitive column by their facts; a text whose facts cannot be read counts.
  private static func textsReading(_ columns: [String], _ ledger: borrowing Ledger) throws(AssayError) -> [Int64] {
    guard !columns.isEmpty else { return [] }
    let wanted = Set(columns)
    let tables = Set(columns.compactMap { $0.split(separator: ".").dropLast().last.map(String.init) })
    var texts: [Int64] = []
    try ledger.query("SELECT id, facts FROM texts ORDER BY id") { (row) throws(AssayError) in
      guard let id = row[0].integer, case .bytes(let bytes) = row[1] else { return }
      let facts = try Facts(encoded: bytes)
      let reads = facts.commands.lazy.flatMap(\.outputs)
      if reads.contains(where: { column in
        column.column == "*"
          ? tables.contains(column.table.name)
          : wanted.contains("\(column.table.name).\(column.column)") || wanted.contains(column.description)
      }) {
        texts.append(id)
      }
    }
    return texts
  }

  private static func isExempt(_ item: Item, _ exemptions: MaskExemptions) -> Bool {
    guard let user = item.text("user"), let time = item.time("time") else { return false }
    let leaked = item.text("leaked_columns") ?? "[]"
    return exemptions.cover(user, leaked.split { "[]\", ".contains($0) }.map(String.init), time)
  }

  private static func wording(_ item: Item, isInArchive: Bool) -> Wording {
    let user = item.text("user") ?? "an unnamed session"
    return Wording(
      criteria: "Sensitive columns reach a client masked, or an approved exemption covers them.",
      condition: {
        "\(counted($0, "statement")) of one shape by \(user) returned sensitive columns unmasked on the shadow."
          + (isInArchive ? GuardrailMiss.inArchive : "")
      },
      cause: item.text("masked") == "[]"
        ? "No mask was applied." : "The mask that was applied does not cover what the statement returns.",
      effect: isInArchive
        ? "\(user) saw sensitive data that no mask hid."
        : "If production held what the shadow does, \(user) saw sensitive data that no mask hid.")
  }
}
