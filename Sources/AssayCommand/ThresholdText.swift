import AuditTrail
import JSONReader
import Replay

extension ThresholdCounts.Row {
  fileprivate var name: String {
    if let rows { return "rows ≥ \(grouped(rows))" }
    return share.map { "share ≥ \(Int(($0 * 100).rounded())) %" } ?? "as graded"
  }
}

extension ThresholdCounts {
  /// For people: a row a threshold, a column for each verdict that occurs.
  var text: String {
    let names = VerdictName.allCases.filter { name in table.contains { $0.verdicts[name, default: 0] > 0 } }
    var lines = TextTable([("harm from", .left)] + names.map { ($0.rawValue, .right) })
    for row in table { lines.add([row.name] + names.map { grouped(row.verdicts[$0, default: 0]) }) }
    return lines.text
      + "\n\n\(counted(statements, "statement")) graded again from stored effects; nothing was replayed.\n"
      + names.map { "\($0.rawValue): \($0.phrase)" }.joined(separator: "\n")
  }

  /// What `replay --thresholds --json` prints.
  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("statements")
    json.integer(statements)
    json.key("thresholds")
    json.beginArray()
    for row in table {
      json.beginObject()
      json.key("rows")
      json.integer(row.rows)
      json.key("share")
      if let share = row.share { json.double(share) } else { json.null() }
      json.key("verdicts")
      json.beginObject()
      for name in VerdictName.allCases {
        json.key(name.rawValue)
        json.integer(row.verdicts[name, default: 0])
      }
      json.endObject()
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }
}
