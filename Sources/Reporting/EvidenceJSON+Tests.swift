import AuditTrail
import Evidence
import JSONReader

extension EvidenceJSON {
  func write(_ test: TestResult, to json: inout JSONWriter) {
    json.member("id", test.id.rawValue)
    json.member("title", test.title)
    json.member("status", test.status.rawValue)
    json.member("objective", test.objective)
    json.member("procedure", test.procedure)
    json.member("limits", test.limitWords)
    Self.assessment("design", test.design, &json)
    Self.assessment("operating", test.operating, &json)
    population(test, &json)
    json.member("tested", test.tested)
    json.member("passed", test.passed)
    json.member("failed", test.failed)
    json.member("inconclusive", test.inconclusive)
    json.member("exceptions", test.exceptions.map(\.id))
    json.array("metrics", test.metrics, Self.metric)
    json.array("tables", test.tables) { json, table in
      json.member("name", table.name)
      json.member("title", table.title)
      json.member("columns", table.columns.map(\.name))
      json.key("rows")
      json.beginArray()
      for row in redacted(table.rows, table.columns) { Self.row(row, &json) }
      json.endArray()
    }
    json.array("daily", test.daily) { json, day in
      json.member("day", day.day)
      json.member("tested", day.tested)
      json.member("passed", day.passed)
      json.member("failed", day.failed)
      json.member("inconclusive", day.inconclusive)
    }
    json.member("limitations", test.limitations)
    json.member("recipe", test.recipe)
    json.member("remedy", test.remedy)
  }

  private func population(_ test: TestResult, _ json: inout JSONWriter) {
    let population = test.population
    json.key("population")
    json.beginObject()
    json.member("id", population.id)
    json.member("title", population.title)
    json.member("purpose", population.purpose)
    json.member("count", population.count)
    json.member("first", population.first)
    json.member("last", population.last)
    json.member("query", population.query)
    json.member("query_sha256", population.querySHA256)
    json.array("parameters", population.parameters) { json, parameter in
      json.member("name", parameter.name)
      json.member("meaning", parameter.meaning)
      json.key("value")
      Self.cell(parameter.value, &json)
    }
    json.array("exclusions", population.exclusions) { json, exclusion in
      json.member("reason", exclusion.reason)
      json.member("count", exclusion.count)
    }
    json.array("sources", population.sources, Self.source)
    json.array("columns", population.columns) { json, column in
      json.member("name", column.name)
      json.member("type", column.type.rawValue)
      json.member("meaning", column.meaning)
    }
    json.member("file", test.populationPath)
    json.member("file_sha256", files[test.populationPath]?.sha256)
    json.endObject()
  }

  static func framework(_ json: inout JSONWriter, _ framework: FrameworkResult) {
    json.member("id", framework.id)
    json.member("title", framework.title)
    json.member("version", framework.version)
    json.member("source", framework.source)
    json.member("date", framework.date)
    json.member("note", framework.note)
    json.array("controls", framework.controls) { json, control in
      json.member("control", control.control)
      json.member("title", control.title)
      json.member("status", control.status.rawValue)
      json.member("tests", control.tests.map(\.rawValue))
      json.member("relation", control.relation)
      json.member("annual_core", control.annualCore)
      json.member("reason", control.reason)
      json.array("mappings", control.mappings) { json, mapping in
        json.member("test", mapping.test.rawValue)
        json.member("shows", mapping.shows.rawValue)
        json.member("clause", mapping.clause)
        json.member("partial", mapping.partial)
        json.member("lacks", mapping.lacks)
        json.member("limits", control.limits(mapping))
        json.member("status", (control.conclusion(mapping)?.status ?? .notRun).rawValue)
      }
    }
    json.array("out_of_scope", framework.outOfScope) { json, control in
      json.member("control", control.control)
      json.member("title", control.title)
      json.member("reason", control.reason)
    }
  }

  static func exception(_ json: inout JSONWriter, _ exception: ExceptionNoted) {
    json.member("id", exception.id)
    json.member("test", exception.test.rawValue)
    json.array("controls", exception.controls) { json, control in
      json.member("framework", control.framework)
      json.member("control", control.control)
    }
    json.member("event", exception.event)
    json.member("kind", exception.kind?.id)
    json.member("noted_before", exception.notedBefore)
    json.member("rating", exception.rating.rawValue)
    json.member("severity", exception.severity?.name)
    json.member("status", exception.status.rawValue)
    json.member("criteria", exception.criteria)
    json.member("condition", exception.condition)
    json.member("cause", exception.cause)
    json.member("effect", exception.effect)
    json.key("item")
    json.beginObject()
    json.member("key", exception.item.key)
    json.member("session", exception.item.session)
    json.member("sequence", exception.item.sequence)
    json.member("user", exception.item.user)
    json.member("connection", exception.item.connection)
    json.member("archive", exception.item.archive.map(portable))
    json.member("archive_sha256", exception.item.archiveSHA256)
    json.member("entry", exception.item.entry)
    json.endObject()
    json.member("first_seen", exception.firstSeen)
    json.member("last_seen", exception.lastSeen)
    json.key("acceptance")
    if let acceptance = exception.acceptance {
      json.beginObject()
      json.member("by", acceptance.by)
      json.member("on", acceptance.on)
      json.member("reason", acceptance.reason)
      json.endObject()
    } else {
      json.null()
    }
    json.key("response")
    if let given = exception.response {
      json.beginObject()
      response(&json, given)
      json.endObject()
    } else {
      json.null()
    }
  }

  static func response(_ json: inout JSONWriter, _ response: ManagementResponse) {
    json.member("exception", response.exception)
    json.member("text", response.text)
    json.member("owner", response.owner)
    json.member("due", response.due)
  }

  static func source(_ json: inout JSONWriter, _ source: SourceReference) {
    json.member("path", portable(source.path))
    json.member("kind", source.kind)
    json.member("sha256", source.sha256)
  }

  static func metric(_ json: inout JSONWriter, _ metric: Metric) {
    json.member("name", metric.name)
    json.member("label", metric.label)
    json.member("numerator", metric.share.numerator)
    json.member("denominator", metric.share.denominator)
    json.key("low")
    metric.interval.map { json.double($0.low) } ?? json.null()
    json.key("high")
    metric.interval.map { json.double($0.high) } ?? json.null()
    json.member("note", metric.note)
  }

  static func share(_ name: String, _ share: Share, _ json: inout JSONWriter) {
    json.key(name)
    json.beginObject()
    json.member("numerator", share.numerator)
    json.member("denominator", share.denominator)
    json.endObject()
  }

  static func assessment(_ name: String, _ assessment: Conclusion, _ json: inout JSONWriter) {
    json.key(name)
    json.beginObject()
    json.member("status", assessment.status.rawValue)
    json.member("sentence", assessment.sentence)
    json.endObject()
  }

  private static func row(_ cells: [Cell], _ json: inout JSONWriter) {
    json.beginArray()
    for value in cells { cell(value, &json) }
    json.endArray()
  }

  static func cell(_ cell: Cell, _ json: inout JSONWriter) {
    switch cell {
    case .empty: json.null()
    case .integer(let value): json.integer(value)
    case .real(let value): json.double(value)
    case .flag(let value): json.bool(value)
    case .text, .time, .date: json.string(cell.plain)
    }
  }
}
