import AuditTrail
import Evidence
import JSONReader
import Testing

@testable import Reporting

/// Every figure by a name of its own, as one rendering says it.
typealias Figures = [String: String]

@Suite struct FigureTests {
  private func written(_ model: EvidenceModel) throws -> Scratch {
    let scratch = try Scratch()
    _ = try writePackage(model, to: scratch.path)
    return scratch
  }

  /// What the model says.
  private func expected(_ model: EvidenceModel) -> Figures {
    var figures: Figures = [:]
    for test in model.tests {
      let id = test.id.rawValue
      figures["\(id) status"] = test.status.rawValue
      figures["\(id) population"] = String(test.population.count)
      figures["\(id) tested"] = String(test.tested)
      figures["\(id) exceptions"] = String(test.exceptions.count)
      figures["\(id) inconclusive"] = String(test.inconclusive)
    }
    for control in model.frameworks.flatMap(\.controls) {
      figures["\(control.framework) \(control.control)"] = control.status.rawValue
    }
    for exception in model.exceptions {
      figures[exception.id] = "\(exception.test.rawValue) \(exception.rating.rawValue) \(exception.status.rawValue)"
    }
    for equation in model.tieOuts {
      figures[equation.id] = "\(equation.leftValue) \(equation.rightValue) \(equation.difference)"
    }
    for count in model.grading.verdicts { figures[count.verdict.rawValue] = "\(count.statements) \(count.units)" }
    for source in model.coverage.sources {
      figures["coverage \(source.source)"] =
        "\(source.hours) \(source.active) \(source.nilProven) \(source.gap) \(source.unproven)"
    }
    return figures
  }

  /// What tables by file name say, whether they come from CSV or from sheets.
  private func read(_ table: (String) throws -> [[String: String]]) rethrows -> Figures {
    var figures: Figures = [:]
    for row in try table("metrics/results.csv") {
      let id = row["test"] ?? ""
      for figure in ["status", "population", "tested", "exceptions", "inconclusive"] {
        figures["\(id) \(figure)"] = row[figure]
      }
    }
    for row in try table("controls/control-matrix.csv") {
      figures["\(row["framework"] ?? "") \(row["control"] ?? "")"] = row["control_status"]
    }
    for row in try table("exceptions/exceptions.csv") {
      figures[row["exception"] ?? ""] = [row["test"], row["rating"], row["status"]].compactMap(\.self).joined(
        separator: " ")
    }
    for row in try table("tieout/control-totals.csv") {
      figures[row["equation"] ?? ""] = [row["left_value"], row["right_value"], row["difference"]].compactMap(\.self)
        .joined(separator: " ")
    }
    for row in try table("replay/verdicts.csv") where row["verdict"] != "not_replayed" {
      figures[row["verdict"] ?? ""] = [row["statements"], row["units"]].compactMap(\.self).joined(separator: " ")
    }
    for row in try table("coverage/hours.csv") {
      figures["coverage \(row["source"] ?? "")"] = ["hours", "active", "nil_proven", "gap", "unproven"].compactMap {
        row[$0]
      }.joined(separator: " ")
    }
    return figures
  }

  private func keyed(_ header: [String], _ rows: some Sequence<[String]>) -> [[String: String]] {
    rows.map { Dictionary(zip(header, $0), uniquingKeysWith: { first, _ in first }) }
  }

  @Test func `CSV says what the model says`() throws {
    let model = Sample.model()
    let scratch = try written(model)
    let figures = try read { file in
      let rows = readCSV(try scratch.bytes("2026-Q3/\(file)"))
      return keyed(rows[0], rows.dropFirst())
    }
    #expect(figures == expected(model))
    for test in model.tests {
      #expect(Int64(readCSV(try scratch.bytes("2026-Q3/\(test.populationPath)")).count - 1) == test.population.count)
    }
  }

  @Test func `the workbook says what the model says`() throws {
    let model = Sample.model()
    let scratch = try written(model)
    let sheets = try readWorkbook(try scratch.bytes("2026-Q3/workpaper.xlsx"))
    let names = [
      "metrics/results.csv": "Results", "controls/control-matrix.csv": "Control matrix",
      "exceptions/exceptions.csv": "Exceptions", "tieout/control-totals.csv": "Tie-out",
      "replay/verdicts.csv": "Verdicts",
      "coverage/hours.csv": "Coverage",
    ]
    let columns = Dictionary(
      model.evidenceFiles().map { ($0.path, $0.columns.map(\.name)) }, uniquingKeysWith: { first, _ in first })
    let figures = try read { file in
      let rows = try #require(sheets[names[file] ?? ""])
      // The sheet of the coverage holds its gaps below an empty line.
      return keyed(columns[file] ?? [], rows.dropFirst(EvidenceSheet.headerRow + 1).prefix { !$0.isEmpty })
    }
    #expect(figures == expected(model))
    for test in model.tests {
      let rows = try #require(sheets[test.sheetName]).dropFirst(EvidenceSheet.headerRow + 1)
      #expect(Int64(rows.count) == max(1, test.population.count), "\(test.id)")
    }
    let weeks = try #require(sheets["Decisions by week"]).first { $0.first == "Total" }
    let sums = Action.allCases.map { action in
      String(model.decisionsByWeek.flatMap(\.counts).filter { $0.action == action }.reduce(0) { $0 + $1.statements })
    }
    #expect(weeks.map { Array($0.dropFirst(2)) } == sums)
  }

  @Test func `Markdown says what the model says`() throws {
    let model = Sample.model()
    let scratch = try written(model)
    let statuses = Dictionary(uniqueKeysWithValues: TestStatus.allCases.map { ($0.phrase, $0.rawValue) })
    let summary = try scratch.text("2026-Q3/summary.md")
    var figures: Figures = [:]
    for row in MarkdownTable.with(
      ["Test", "What it tests", "Result", "Population", "Exceptions", "Undecided"], in: summary)
    {
      for (name, value) in zip(["population", "exceptions", "inconclusive"], row.dropFirst(3)) {
        figures["\(row[0]) \(name)"] = ungrouped(value)
      }
      figures["\(row[0]) status"] = statuses[row[2]]
    }
    for row in MarkdownTable.with(["Verdict", "What it means", "Statements", "Units"], in: summary)
    where !row[0].isEmpty {
      figures[row[0]] = ungrouped("\(row[2]) \(row[3])")
    }
    for framework in model.frameworks {
      let page = try scratch.text("2026-Q3/report/\(framework.id).md")
      for table in MarkdownTable.all(in: page) where table.header.first == "Control" && table.header.contains("Result")
      {
        for row in table.rows { figures["\(framework.id) \(row[0])"] = statuses[row[2]] }
      }
    }
    for test in model.tests {
      let page = try scratch.text("2026-Q3/\(test.pagePath)")
      for table in MarkdownTable.all(in: page) where table.header.prefix(3) == ["Rating", "Exception", "Status"] {
        for row in table.rows {
          figures[row[1]] = "\(test.id.rawValue) \(row[0]) \(row[2].hasPrefix("accepted") ? "accepted" : row[2])"
        }
      }
      let counts = try #require(
        MarkdownTable.with(["Population", "Tested", "Without exception", "With exceptions", "Undecided"], in: page)
          .first)
      figures["\(test.id.rawValue) tested"] = ungrouped(counts[1])
      #expect(
        counts == [test.population.count, test.tested, test.passed, test.failed, test.inconclusive].map { grouped($0) })
    }
    for row in MarkdownTable.with(
      ["Equation", "Left", "", "Right", "", "Difference"], in: try scratch.text("2026-Q3/tests/T-42.md"))
    where row[0].hasPrefix("TO-") {
      figures[String(row[0].prefix(5))] = ungrouped("\(row[2]) \(row[4]) \(row[5])")
    }
    for row in try MarkdownTable.all(in: scratch.text("2026-Q3/tests/T-02.md")).first(where: {
      $0.header.first == "Source"
    })?.rows ?? [] {
      figures["coverage \(row[0])"] = ungrouped(row[1...5].joined(separator: " "))
    }
    #expect(figures == expected(model))
  }

  @Test func `JSON says what the model says`() throws {
    let model = Sample.model()
    let scratch = try written(model)
    var parser = JSONParser()
    let root = try parser.parse(try scratch.bytes("2026-Q3/machine/evidence.json"))
    var figures: Figures = [:]
    for test in elements(parser, root, "tests") {
      let id = parser.text(test, "id") ?? ""
      figures["\(id) status"] = parser.text(test, "status")
      figures["\(id) population"] = try number(parser, member(parser, test, "population"), "count")
      figures["\(id) tested"] = try number(parser, test, "tested")
      figures["\(id) inconclusive"] = try number(parser, test, "inconclusive")
      figures["\(id) exceptions"] = String(elements(parser, test, "exceptions").count)
    }
    for framework in elements(parser, root, "frameworks") {
      for control in elements(parser, framework, "controls") {
        figures["\(parser.text(framework, "id") ?? "") \(parser.text(control, "control") ?? "")"] = parser.text(
          control, "status")
      }
    }
    for exception in elements(parser, root, "exceptions") {
      figures[parser.text(exception, "id") ?? ""] =
        [parser.text(exception, "test"), parser.text(exception, "rating"), parser.text(exception, "status")]
        .compactMap(\.self).joined(separator: " ")
    }
    for equation in elements(parser, root, "tie_outs") {
      figures[parser.text(equation, "id") ?? ""] =
        try
        "\(number(parser, equation, "left_value")) \(number(parser, equation, "right_value")) \(number(parser, equation, "difference"))"
    }
    let replay = try member(parser, root, "replay")
    for count in elements(parser, replay, "verdicts") {
      figures[parser.text(count, "verdict") ?? ""] = try
        "\(number(parser, count, "statements")) \(number(parser, count, "units"))"
    }
    for source in elements(parser, try member(parser, root, "coverage"), "sources") {
      figures["coverage \(parser.text(source, "source") ?? "")"] =
        try
        "\(number(parser, source, "hours")) \(number(parser, source, "active")) \(number(parser, source, "nil_proven")) \(number(parser, source, "gap")) \(number(parser, source, "unproven"))"
    }
    #expect(figures == expected(model))
  }

  private func elements(_ parser: borrowing JSONParser, _ object: JSONValue, _ name: StaticString) -> [JSONValue] {
    parser.value(of: object, name).map { parser.elements(of: $0) } ?? []
  }

  private func member(_ parser: borrowing JSONParser, _ object: JSONValue, _ name: StaticString) throws -> JSONValue {
    let value = parser.value(of: object, name)
    return try #require(value)
  }

  private func number(_ parser: borrowing JSONParser, _ object: JSONValue, _ name: StaticString) throws -> String {
    let value = parser.value(of: object, name).flatMap { parser.int($0) }
    return String(try #require(value))
  }
}

/// A figure without the commas between its thousands.
private func ungrouped(_ text: String) -> String { String(text.filter { $0 != "," }) }
