import AuditTrail
import Evidence
import JSONReader

extension PackageComparison {
  private static let columns = [
    Column("subject", .text, "What the row is about: test, control, exception, choice or version."),
    Column("name", .text, "Its name: of a kind of exceptions its id."),
    Column("title", .text, "What it is in words."),
    Column("test", .text, "The test."),
    Column("change", .text, "What changed: same, better, worse, changed, new, recurring or gone."),
    Column("then", .text, "Its status or value then; of a kind the ids of its exceptions."),
    Column("now", .text, "The same now."),
    Column("items_then", .integer, "Items of the test then."),
    Column("items_now", .integer, "Items of the test now."),
    Column("exceptions_then", .integer, "Exceptions then."),
    Column("exceptions_now", .integer, "Exceptions now."),
    Column("rating", .text, "The rating of the gravest."),
    Column("user", .text, "Who, where the exceptions name one."),
    Column("connection", .text, "Where."),
    Column("first_seen", .text, "When a kind was first seen, in the earlier package where it is there."),
    Column("proviso", .text, "Why it may be new or gone without anything having come about or been mended."),
  ]

  /// The comparison as a table: a row for each test, changed control, kind of exceptions, differing choice and version.
  package var csv: [UInt8] {
    var writer = CSVWriter(Self.columns)
    for test in tests {
      writer.append(
        [
          .text("test"), .text(test.id), .text(test.title), .text(test.id), .text(test.change.rawValue),
          .text(test.then?.status), .text(test.now?.status), .integer(test.then?.items), .integer(test.now?.items),
          .integer(test.then.map { Int64($0.exceptions) }), .integer(test.now.map { Int64($0.exceptions) }),
        ] + Self.empty(5))
    }
    for control in controls {
      writer.append(
        [
          .text("control"), .text("\(control.framework) \(control.control)"), .text(control.title), .empty,
          .text(control.change.rawValue), .text(control.then?.status), .text(control.now?.status),
        ] + Self.empty(9))
    }
    for kind in kinds {
      writer.append([
        .text("exception"), .text(kind.id), .text(kind.shown.condition), .text(kind.test), .text(kind.state.rawValue),
        .text(kind.then.map(\.id).joined(separator: " ")), .text(kind.now.map(\.id).joined(separator: " ")), .empty,
        .empty, .integer(kind.then.count), .integer(kind.now.count), .text(kind.shown.rating), .text(kind.shown.user),
        .text(kind.shown.connection), .text(kind.since), .text(kind.proviso),
      ])
    }
    for (subject, list) in [("choice", choices), ("version", versions)] {
      for difference in list {
        writer.append(
          [
            .text(subject), .text(difference.name), .empty, .empty, .text("changed"), .text(difference.then),
            .text(difference.now),
          ] + Self.empty(9))
      }
    }
    return writer.bytes
  }

  private static func empty(_ count: Int) -> [Cell] { Array(repeating: .empty, count: count) }

  /// Whether a file begins as one that a comparison is written to.
  package static func isOne(_ head: [UInt8]) -> Bool {
    let text = String(decoding: head, as: UTF8.self)
    return text.hasPrefix(pageStart) || text.hasPrefix("subject,name,title,test,change,then,now,")
  }

  /// Writes what `--json` prints of it, as an object's value.
  func write(_ files: [String], to json: inout JSONWriter) {
    json.beginObject()
    json.member("headline", headline)
    for (key, package) in [("then", then), ("now", now)] {
      json.key(key)
      json.beginObject()
      json.member("package", package.path)
      json.member("period", package.period)
      json.member("manifest_sha256", package.manifestSHA256)
      json.member("program", package.header.toolVersion)
      json.endObject()
    }
    json.member("checked", StatedPackage.checked)
    json.array("tests", tests) { json, test in
      json.member("id", test.id)
      json.member("change", test.change.rawValue)
      json.member("then", test.then?.status)
      json.member("now", test.now?.status)
      json.member("items_then", test.then?.items)
      json.member("items_now", test.now?.items)
      json.member("exceptions_then", test.then.map { Int64($0.exceptions) })
      json.member("exceptions_now", test.now.map { Int64($0.exceptions) })
    }
    json.array("controls", controls) { json, control in
      json.member("framework", control.framework)
      json.member("control", control.control)
      json.member("change", control.change.rawValue)
      json.member("then", control.then?.status)
      json.member("now", control.now?.status)
    }
    json.member("controls_same", sameControls)
    json.array("exceptions", kinds) { json, kind in
      json.member("kind", kind.id)
      json.member("about", kind.about)
      json.member("test", kind.test)
      json.member("change", kind.state.rawValue)
      json.member("rating", kind.shown.rating)
      json.member("condition", kind.shown.condition)
      json.member("user", kind.shown.user)
      json.member("connection", kind.shown.connection)
      json.member("first_seen", kind.since)
      json.member("then", kind.then.map(\.id))
      json.member("now", kind.now.map(\.id))
      json.member("proviso", kind.proviso)
    }
    for (key, list) in [("choices", choices), ("versions", versions)] {
      json.array(key, list) { json, difference in
        json.member("name", difference.name)
        json.member("then", difference.then)
        json.member("now", difference.now)
      }
    }
    json.member("files", files)
    json.endObject()
  }

  /// The comparison in tables of text, for a terminal: tests that changed, and kinds of exceptions.
  package var testRows: [[String]] {
    var rows: [[String]] = []
    for test in tests {
      let (then, now) = (Self.shown(test.then), Self.shown(test.now))
      if test.change == .same, then == now { continue }
      rows.append([test.id, test.change.rawValue, then.status, now.status, then.exceptions, now.exceptions, test.title])
    }
    return rows
  }

  /// A test's status and its exceptions; dashes where the package has no such test.
  private static func shown(_ test: StatedPackage.Test?) -> (status: String, exceptions: String) {
    guard let test else { return ("–", "–") }
    return (test.status, grouped(test.exceptions))
  }

  /// The kinds that are new or recur, then those that are gone.
  package var kindRows: [[String]] {
    kinds.map { kind in
      [
        kind.state.rawValue, kind.shown.rating, kind.test, String(kind.since?.prefix(10) ?? ""),
        grouped(kind.then.count),
        grouped(kind.now.count), kind.shown.condition,
      ]
    }
  }
}
