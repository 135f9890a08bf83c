public import AuditTrail
import JSONReader
import Policies

extension PolicyDifference {
  /// The findings as SARIF 2.1.0 (OASIS): a result for each group with a finding, at the rule that decides or decided.
  ///
  /// - Parameters:
  ///   - places: where the rules stand, by name: the new side's, or the old side's where only that has it.
  ///   - policy: the new policy's path, where no rule's place is known.
  ///   - version: the program's version.
  public func sarif(places: [String: Place], policy: String, version: String) -> [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("$schema")
    json.string("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")
    json.key("version")
    json.string("2.1.0")
    json.key("runs")
    json.beginArray()
    json.beginObject()
    json.key("tool")
    json.beginObject()
    json.key("driver")
    json.beginObject()
    json.key("name")
    json.string("assay")
    json.key("version")
    json.string(version)
    json.key("rules")
    json.beginArray()
    for rule in SARIFRule.all { rule.write(&json) }
    json.endArray()
    json.endObject()
    json.endObject()
    json.key("columnKind")
    json.string("unicodeCodePoints")
    json.key("results")
    json.beginArray()
    for group in groups {
      guard let rule = SARIFRule.of(group) else { continue }
      let place = (group.newRule.flatMap { places[$0] } ?? group.oldRule.flatMap { places[$0] }) ?? Place(policy)
      write(group, rule, place, &json)
    }
    json.endArray()
    json.endObject()
    json.endArray()
    json.endObject()
    return json.bytes
  }

  private func write(_ group: DiffGroup, _ rule: SARIFRule, _ place: Place, _ json: inout JSONWriter) {
    json.beginObject()
    json.key("ruleId")
    json.string(rule.id)
    json.key("ruleIndex")
    json.integer(SARIFRule.all.firstIndex { $0.id == rule.id } ?? 0)
    json.key("level")
    json.string(rule.level)
    json.key("message")
    json.beginObject()
    json.key("text")
    json.string(
      "\(counted(group.count, "statement")) \(group.change.phrase) (\(group.identityKind), rule before "
        + "\(group.oldRule ?? "none"), after \(group.newRule ?? "none")): \(group.sql)")
    json.endObject()
    json.key("locations")
    json.beginArray()
    json.beginObject()
    json.key("physicalLocation")
    json.beginObject()
    json.key("artifactLocation")
    json.beginObject()
    json.key("uri")
    json.string(reference(place.path))
    json.endObject()
    if let line = place.line, line > 0 {
      json.key("region")
      json.beginObject()
      json.key("startLine")
      json.integer(line)
      json.endObject()
    }
    json.endObject()
    json.endObject()
    json.endArray()
    json.key("occurrenceCount")
    json.integer(group.count)
    json.key("partialFingerprints")
    json.beginObject()
    json.key("change/v1")
    json.string(
      [group.change.rawValue, group.identityKind, group.oldRule ?? "", group.newRule ?? "", group.fingerprint]
        .joined(separator: " "))
    json.endObject()
    json.endObject()
  }
}

/// What a result is an instance of.
private struct SARIFRule {
  var id: String
  var level: String
  var text: String

  static let all = [
    Self(id: "risk", level: "error", text: "Harmful statements that would run with less in their way."),
    Self(id: "leak", level: "error", text: "Statements that would show sensitive data to the client."),
    Self(id: "risk-unknown", level: "warning", text: "Statements with less in their way and no verdict."),
    Self(id: "friction", level: "warning", text: "Harmless statements that would be held up."),
  ]

  static func of(_ group: DiffGroup) -> Self? {
    switch group.severity {
    case .risk: all[0]
    case .leak: all[1]
    case .friction: all[3]
    default: group.figures.riskUnknown > 0 ? all[2] : nil
    }
  }

  func write(_ json: inout JSONWriter) {
    json.beginObject()
    json.key("id")
    json.string(id)
    json.key("shortDescription")
    json.beginObject()
    json.key("text")
    json.string(text)
    json.endObject()
    json.endObject()
  }
}

/// A path as a URI reference (RFC 3986): what is not unreserved or a slash is escaped.
private func reference(_ path: String) -> String {
  var result = path.hasPrefix("/") ? "file://" : ""
  for byte in path.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"), UInt8(ascii: "/"):
      result.unicodeScalars.append(Unicode.Scalar(byte))
    default:
      let hex = String(byte, radix: 16, uppercase: true)
      result += "%" + (hex.count == 1 ? "0" + hex : hex)
    }
  }
  return result
}
