import AuditTrail
import Yams
import YAMLFiles

/// Reads a policy's `harm`: one block, or a list of blocks of which the first whose `when` matches counts.
struct HarmReader {
  let fields: YAMLFields
  let predicates: PredicateReader

  func harmRules(_ node: Node) -> HarmRules {
    guard node.sequence != nil else {
      let (when, harm) = entry(node, inList: false)
      return HarmRules(entries: [HarmRules.Entry(when: when, harm: harm, place: fields.place(node))])
    }
    return HarmRules(
      entries: fields.entries(node, "harm").map { node in
        let (when, harm) = entry(node, inList: true)
        return HarmRules.Entry(when: when, harm: harm, place: fields.place(node))
      })
  }

  private func entry(_ node: Node, inList: Bool) -> ([Condition], Harm) {
    let keys = (inList ? ["when"] : []) + ["destroys", "tables", "discloses", "escalates"]
    guard let values = fields.mapping(node, "harm", keys: keys) else { return ([], .standard) }
    var harm = Harm.standard
    if let node = values["destroys"] { harm.destroys = destruction(node) }
    if let node = values["tables"] { harm.tables = tables(node) }
    if let node = values["discloses"] { harm.discloses = disclosure(node) }
    if let node = values["escalates"], let flag = fields.flag(node, "escalates") { harm.escalates = flag }
    var when: [Condition] = []
    if let node = values["when"],
      let inner = fields.mapping(node, "the predicate", keys: ["connection"], required: ["connection"]),
      let connection = inner["connection"]
    {
      when = predicates.connectionConditions(connection, path: "harm.when.connection")
    }
    return (when, harm)
  }

  private func isNone(_ node: Node) -> Bool { node.scalar?.string == "none" }

  private func destruction(_ node: Node) -> Harm.Destruction? {
    if isNone(node) { return nil }
    let keys = ["rows", "share", "share_of_at_least", "session_rows"]
    guard let values = fields.mapping(node, "`destroys`", keys: keys) else { return nil }
    return Harm.Destruction(
      limit: limit(values),
      sessionRows: values["session_rows"].flatMap { fields.count($0, "`session_rows`") })
  }

  private func limit(_ values: [String: Node]) -> Harm.Limit {
    var limit = Harm.Limit(rows: values["rows"].flatMap { fields.count($0, "`rows`") })
    limit.share = values["share"].flatMap(share)
    if let node = values["share_of_at_least"] {
      limit.shareOfAtLeast = fields.count(node, "`share_of_at_least`", least: 0) ?? 0
      if values["share"] == nil { fields.complain(node, "`share_of_at_least` needs `share`") }
    }
    return limit
  }

  /// A share above 0 and at most 1, or such as `50 %`.
  private func share(_ node: Node) -> Double? {
    guard let text = node.scalar?.string, let value = Double(text), value > 0, value <= 1 else {
      fields.complain(node, "expected `share` as a number above 0 and at most 1")
      return nil
    }
    return value
  }

  private func tables(_ node: Node) -> [Harm.TableLimit] {
    guard let mapping = node.mapping else {
      fields.complain(node, "expected `tables` as a mapping such as { payments: { rows: 1 } }")
      return []
    }
    return mapping.compactMap { key, value in
      guard let name = fields.text(key, "a table") else { return nil }
      guard let parts = foldedNameParts(name), (1...2).contains(parts.count),
        let pattern = ColumnPattern(parts.count == 1 ? name : name + ".*")
      else {
        fields.complain(key, "cannot read the table `\(name)`; expected `table` or `schema.table`")
        return nil
      }
      guard let values = fields.mapping(value, "a table's limit", keys: ["rows", "share", "share_of_at_least"]) else {
        return nil
      }
      return Harm.TableLimit(table: parts.joined(separator: "."), pattern: pattern, limit: limit(values))
    }
  }

  private func disclosure(_ node: Node) -> Harm.Disclosure? {
    if isNone(node) { return nil }
    guard let values = fields.mapping(node, "`discloses`", keys: ["columns", "rows"]) else { return nil }
    var disclosure = Harm.Disclosure(columns: nil, rows: 1)
    if let columns = values["columns"], columns.scalar?.string != "sensitive" {
      disclosure.columns = predicates.columns(columns) ?? []
    }
    if let rows = values["rows"] { disclosure.rows = fields.count(rows, "`rows`") ?? 1 }
    return disclosure
  }
}
