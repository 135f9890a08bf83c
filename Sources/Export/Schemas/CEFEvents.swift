import AuditTrail
import JSONReader
import Ledger

/// Lines of the Common Event Format, version 0 (ArcSight's “Implementing CEF”, revision 25, with its dictionary of keys).
struct CEFEvents: EventSchema {
  let program: String

  let title = "CEF:0"
  let beginning = "CEF:0|Assay|"

  func encode(_ event: ExportEvent) -> [UInt8] {
    var line = "CEF:0"
    let (signature, name) = Self.name(event)
    for field in ["Assay", "assay", program, signature, name, String([1, 3, 6, 8, 10][event.gravity.rawValue])] {
      line += "|" + Self.escapedHeader(field)
    }
    let about =
      switch event.subject {
      case .statement(let statement): fields(statement)
      case .conclusion(let conclusion): fields(conclusion)
      }
    let fields =
      [
        Field("rt", String(event.time.nanoseconds.dividedFloor(by: 1_000_000).quotient)),
        Field("externalId", event.uid),
        Field("cat", event.kind.rawValue),
      ] + about + [Field("msg", event.message)]
    let shown = fields.compactMap { field -> String? in
      guard let text = field.text, !text.isEmpty else { return nil }
      return "\(field.key)=\(Self.escapedValue(TextPreparation.bounded(text, field.limit)))"
    }
    return Array((line + "|" + shown.joined(separator: " ")).utf8)
  }

  /// A key with its value, and how long the dictionary lets it be.
  private struct Field {
    let key: String
    let text: String?
    let limit: Int

    init(_ key: String, _ text: String?, limit: Int = 1_023) { (self.key, self.text, self.limit) = (key, text, limit) }

    /// One of the keys that are named by a label.
    static func labelled(_ key: String, _ label: String, _ text: String?) -> [Field] {
      guard let text, !text.isEmpty else { return [] }
      return [Field(key, text, limit: 4_000), Field("\(key)Label", label)]
    }
  }

  private func fields(_ statement: StatementEvent) -> [Field] {
    let verdict = statement.grade?.verdict
    let plain = [
      Field("suser", statement.identity?.user), Field("duser", statement.connection.databaseUser),
      Field("src", statement.ip), Field("shost", statement.host), Field("sproc", statement.application),
      Field("act", statement.decision.action.rawValue, limit: 63),
      Field("outcome", statement.outcome.rawValue, limit: 63),
      Field("reason", statement.result?.error?.sqlstate), Field("deviceExternalId", statement.proxy, limit: 255),
      Field("destinationServiceName", statement.connection.name),
    ]
    let texts: [(String, String, String?)] = [
      ("cs1", "verdict", verdict?.name.rawValue), ("cs2", "statement", statement.id),
      ("cs3", "rule", statement.decision.rule), ("cs4", "fate", verdict?.fate?.rawValue),
      ("cs5", "fingerprint", statement.text.fingerprint), ("cs6", "query", statement.text.shown),
      ("cn1", "rows", statement.result?.rows.map { String($0) }),
      ("cn2", "rowsDestroyed", statement.grade.map { String($0.effect.rowsDestroyed) }),
      ("cn3", "severity", verdict.map { String($0.severity.rawValue) }),
    ]
    return plain + texts.flatMap(Field.labelled)
  }

  private func fields(_ conclusion: ConclusionEvent) -> [Field] {
    let statement = conclusion.session.map { session in conclusion.sequence.map { "\(session)/\($0)" } ?? session }
    let plain = [
      Field("suser", conclusion.user), Field("destinationServiceName", conclusion.connection),
      Field("outcome", conclusion.status, limit: 63), Field("reason", conclusion.detail),
    ]
    let texts: [(String, String, String?)] = [
      ("cs1", "name", conclusion.name), ("cs2", "statement", statement),
      ("cs3", "controls", conclusion.controls.joined(separator: ", ")),
    ]
    return plain + texts.flatMap(Field.labelled)
  }

  private static func name(_ event: ExportEvent) -> (signature: String, name: String) {
    switch event.subject {
    case .statement(let statement):
      let verdict = statement.grade?.verdict.name
      return ("statement:\(verdict?.rawValue ?? "recorded")", verdict?.phrase ?? "Statement recorded")
    case .conclusion(let conclusion):
      return ("\(event.kind.rawValue):\(conclusion.name)", TextPreparation.bounded(conclusion.title, 512))
    }
  }

  /// What ends a line, steers a terminal, turns the direction of text or is not seen is a blank: there is no escape for it.
  private static func escapedHeader(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", "|": escaped += "\\\(scalar)"
      default: escaped.unicodeScalars.append(scalar.isUnseen ? " " : scalar)
      }
    }
    return escaped
  }

  private static func escapedValue(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", "=": escaped += "\\\(scalar)"
      case "\n": escaped += "\\n"
      case "\r": escaped += "\\r"
      default: escaped.unicodeScalars.append(scalar.isUnseen ? " " : scalar)
      }
    }
    return escaped
  }
}
