import AuditTrail
import JSONReader
import Ledger

extension DisclosureReport {
  /// The document of `report --disclosure --json`; its keys are a contract (docs/json.md). `files` are those that were written.
  public func json(_ files: [String]) -> [UInt8] {
    var json = JSONWriter(indented: true)
    json.object { json in
      json.member("headline", headline)
      json.key("subject")
      json.strings(subject)
      json.member("period", period?.label)
      for (name, count) in [
        ("sessions", sessions), ("statements", statements), ("measured", measured), ("not_known", unknownCount),
        ("outside", outside), ("assumed_run", assumedRun),
      ] { json.member(name, count) }
      json.key("complete")
      json.bool(isComplete)
      json.key("looked_for")
      json.strings(lookedFor)
      json.list("columns", columns) { json, column in
        json.object { json in
          json.member("column", column.column)
          json.member("connection", column.connection)
          json.member("whom", column.whom)
          json.member("acts_for", column.actsFor)
          json.member("leak", column.leak.rawValue)
          json.member("statements", column.statements)
          json.member("values_at_most", column.counted == 0 ? nil : column.valuesAtMost)
          json.key("bounded")
          json.bool(column.isBounded)
          json.member("rows", column.rows)
          json.member("rows_recorded", column.recordedRows)
          json.member("first", column.first.description)
          json.member("last", column.last.description)
        }
      }
      for (name, shapes) in [("shown_by", shapes), ("inferred_by", inferred), ("stopped", stopped)] {
        json.list(name, shapes) { json, shape in shape.write(to: &json) }
      }
      json.list("masked", masked.sorted { $0.key < $1.key }) { json, masked in
        json.object { json in
          json.member("column", masked.key)
          json.member("statements", masked.value)
        }
      }
      json.list("unknown", unknown) { json, group in
        json.object { json in
          json.member("reason", group.reason)
          json.key("columns")
          json.strings(group.columns.sorted())
          json.key("statements")
          json.strings(group.steps)
        }
      }
      json.list("recorded_output", recordedOutput) { json, found in
        json.object { json in
          json.member("session", found.session)
          json.member("detector", found.detector)
          json.member("count", found.count)
        }
      }
      json.key("provisos")
      json.strings(provisos)
      json.key("files")
      json.strings(files)
    }
    return json.bytes
  }
}

extension DisclosureReport.ShownShape {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("fingerprint", fingerprint)
      json.member("sql", text)
      json.member("connection", connection)
      json.member("whom", whom)
      json.member("acts_for", actsFor)
      json.key("columns")
      json.strings(columns)
      json.member("leak", leak.rawValue)
      json.member("decision", action.rawValue)
      json.member("severity", severity.name)
      json.member("basis", basis.rawValue)
      json.member("first", first.description)
      json.member("last", last.description)
      json.member("rows", rows)
      json.member("values", values)
      json.key("statements")
      json.strings(steps)
    }
  }
}
