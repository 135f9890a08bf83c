import AuditTrail
import Evidence

/// `tests/T-xx.md`: one test with everything that is needed to judge and to re-perform it.
struct TestPage {
  /// Exceptions shown on a page; the others are in the CSV, and the page says so.
  private static let shownExceptions = 50

  let model: EvidenceModel
  let test: TestResult

  /// The values of the test's shell.
  var values: [String: String] {
    [
      "id": test.id.rawValue, "title": test.title, "organization": model.organization, "period": model.period.sentence,
      "objective": test.objective, "procedure": test.procedure, "result": result, "controls": controls,
      "population": population, "exceptions": exceptions, "metrics": metrics, "daily": daily,
      "limitations": bullets(test.limitations, none: "None beyond those of the summary."), "recipe": recipe,
    ]
  }

  private var result: String {
    var page = MarkdownWriter()
    page.grid(
      ["", "Result", ""],
      [
        ["**Design**", test.design.status.phrase, MarkdownText.escaped(test.design.sentence)],
        ["**Operating**", test.operating.status.phrase, MarkdownText.escaped(test.operating.sentence)],
      ])
    page.grid(
      ["Population", "Tested", "Without exception", "With exceptions", "Undecided"],
      [[test.population.count, test.tested, test.passed, test.failed, test.inconclusive].map { grouped($0) }],
      rightAligned: Array(repeating: true, count: 5))
    let limits = test.limitWords
    if !limits.isEmpty {
      page.paragraph(
        "Limits that this result was judged by: \(limits.joined(separator: "; ")). A control with a limit of its own is judged "
          + "by that.")
    }
    if let remedy = test.remedy { page.paragraph("What would make it testable: \(MarkdownText.escaped(remedy))") }
    return page.text
  }

  private var controls: String {
    var page = MarkdownWriter()
    let rows = model.frameworks.flatMap { framework in
      framework.controls.compactMap { control -> [String]? in
        guard let mapping = control.mappings.first(where: { $0.test == test.id }) else { return nil }
        let limits = control.limits(mapping)
        return [
          "[\(MarkdownText.escaped(framework.title))](../report/\(fileName(framework.id)).md)",
          MarkdownText.escaped(control.control), MarkdownText.escaped(control.title),
          (control.conclusion(mapping)?.status ?? .notRun).phrase
            + (limits.isEmpty ? "" : ", by \(limits.joined(separator: ", "))"),
          "\(mapping.relation): \(MarkdownText.escaped(mapping.clause))", MarkdownText.escaped(mapping.reservations),
        ]
      }
    }
    if rows.isEmpty {
      page.paragraph(
        test.id.isToolAssurance
          ? "None. It is tool assurance: it shows whether this report can be relied on, and nothing of the organisation's "
            + "own controls." : "It supports no control of the frameworks reported.")
    }
    if !rows.isEmpty {
      page.grid(
        ["Framework", "Control", "Title (ours)", "Result for it", "What is to be shown", "In part, because"],
        rows)
    }
    return page.text
  }

  private var population: String {
    let population = test.population
    var page = MarkdownWriter()
    page.paragraph(
      "\(population.id), \(MarkdownText.escaped(population.title)): **\(grouped(population.count))** items "
        + "([all of them](../\(test.populationPath))). \(MarkdownText.escaped(population.purpose))")
    if let first = population.first, let last = population.last {
      page.paragraph("The first is of \(first), the last of \(last).")
    }
    let means = population.isDrawnBySQL ? "Drawn by this query over the ledger" : "Drawn by this rule"
    page.paragraph("\(means), SHA-256 of its text `\(population.querySHA256)`:")
    page.fenced(population.query, language: population.isDrawnBySQL ? "sql" : "text")
    if !population.parameters.isEmpty {
      page.grid(
        ["Parameter", "Meaning", "Value"],
        population.parameters.map {
          [MarkdownText.code($0.name), MarkdownText.escaped($0.meaning), MarkdownText.escaped($0.value.plain)]
        })
    }
    page.paragraph("Left out:")
    page.list(
      population.exclusions.isEmpty
        ? ["nothing"] : population.exclusions.map { "\(grouped($0.count)): \(MarkdownText.escaped($0.reason))" })
    page.paragraph("Drawn from:")
    if population.sources.isEmpty { page.list(["no file"]) }
    if !population.sources.isEmpty {
      page.grid(
        ["File", "Kind", "SHA-256"],
        population.sources.map {
          [MarkdownText.code(portable($0.path)), MarkdownText.escaped($0.kind), "`\($0.sha256)`"]
        })
    }
    page.paragraph("It ties out:")
    page.grid(
      ["Equation", "Left", "", "Right", "", "Difference"], tieOuts,
      rightAligned: [false, false, true, false, true, true])
    return page.text
  }

  /// The test's own equation, and the control totals that name its population.
  private var tieOuts: [[String]] {
    let own = TieOut(
      id: test.population.id, title: "population = results", left: "items of the population",
      leftValue: test.population.count, right: "without exception, with exceptions and undecided",
      rightValue: test.passed + test.failed + test.inconclusive)
    let named = model.tieOuts.filter { equation in
      test.id == .t42
        || [equation.title, equation.left, equation.right].contains {
          $0.contains(test.population.id) || $0.contains(test.id.rawValue)
        }
    }
    return ([own] + named).map { equation in
      [
        MarkdownText.escaped("\(equation.id) \(equation.title)"), MarkdownText.escaped(equation.left),
        grouped(equation.leftValue), MarkdownText.escaped(equation.right), grouped(equation.rightValue),
        grouped(equation.difference),
      ]
    }
  }

  private var exceptions: String {
    var page = MarkdownWriter()
    if test.exceptions.isEmpty { page.paragraph("None noted in \(grouped(test.tested)) items tested.") }
    let shown = test.exceptions.prefix(Self.shownExceptions)
    if !shown.isEmpty {
      page.grid(
        ["Rating", "Exception", "Status", "What was found", "What was expected", "Who and where"],
        shown.map { exception in
          [
            exception.rating.rawValue, "`\(exception.id)`", status(exception),
            MarkdownText.escaped(exception.condition),
            MarkdownText.escaped(exception.criteria), MarkdownText.escaped(exception.whoAndWhere),
          ]
        })
      page.grid(
        ["Exception", "Cause", "Effect"],
        shown.map { ["`\($0.id)`", MarkdownText.escaped($0.cause), MarkdownText.escaped($0.effect)] })
      page.paragraph(
        "\(grouped(Int64(shown.count))) of \(grouped(Int64(test.exceptions.count))) shown, gravest first; "
          + "[all with their places in the archives](../exceptions/exceptions.csv).")
    }
    return page.text
  }

  private func status(_ exception: ExceptionNoted) -> String {
    let before =
      exception.notedBefore.isEmpty ? "" : "; noted before in \(exception.notedBefore.joined(separator: ", "))"
    guard let acceptance = exception.acceptance else { return MarkdownText.escaped("open\(before)") }
    return MarkdownText.escaped("accepted by \(acceptance.by) on \(acceptance.on): \(acceptance.reason)\(before)")
  }

  private var metrics: String {
    var page = MarkdownWriter()
    if test.metrics.isEmpty && test.tables.isEmpty && test.id != .t02 { page.paragraph("None.") }
    if test.id == .t02 {
      page.table(model.coverageHours)
      page.table(model.coverageGaps, none: "No hour without records is unaccounted for.")
    }
    if !test.metrics.isEmpty {
      page.grid(
        ["Figure", "Value", "Note"],
        test.metrics.map {
          [MarkdownText.escaped($0.label), MarkdownText.escaped($0.figure), MarkdownText.escaped($0.note ?? "")]
        })
    }
    for table in test.tables {
      page.paragraph("**\(MarkdownText.escaped(table.title))**")
      page.table(Table(table.columns, redacted(table.rows, table.columns)))
    }
    return page.text
  }

  private var daily: String {
    var page = MarkdownWriter()
    let days = test.daily.filter { $0.tested > 0 }
    page.paragraph(
      "\(counted(days.count, "day")) with items, \(grouped(Int64(test.daily.count - days.count))) without "
        + "([every day](../metrics/daily.csv)).")
    if !days.isEmpty {
      page.grid(
        ["Day (UTC)", "Items", "Without exception", "With exceptions", "Undecided"],
        days.map { [$0.day.description] + [$0.tested, $0.passed, $0.failed, $0.inconclusive].map { grouped($0) } },
        rightAligned: [false, true, true, true, true])
    }
    return page.text
  }

  private var recipe: String {
    var page = MarkdownWriter()
    if test.recipe.isEmpty { page.paragraph("No recipe is recorded.") }
    if !test.recipe.isEmpty {
      let lines = test.recipe.map { line in
        line.split(separator: " ", omittingEmptySubsequences: false).map { portable(String($0)) }.joined(separator: " ")
      }
      page.fenced(lines.joined(separator: "\n"), language: "sh")
    }
    return page.text
  }
}

/// Sentences as a list, or what stands for none.
func bullets(_ sentences: [String], none: String) -> String {
  var page = MarkdownWriter()
  page.list(sentences.map(MarkdownText.escaped))
  if sentences.isEmpty { page.paragraph(none) }
  return page.text
}
