/// What counts as harm, in words for a report.
extension Harm {
  /// One sentence a threshold.
  public var lines: [String] {
    var lines: [String] = []
    if let destroys {
      lines.append("destroys: \(destroys.limit.text), over all tables or in one of them; a dropped object always counts")
      if let rows = destroys.sessionRows { lines.append("a session destroys: \(rows) rows or more") }
    } else {
      lines.append("destruction of rows does not count")
    }
    for table in tables { lines.append("table \(table.table): \(table.limit.text)") }
    if let discloses {
      let columns = discloses.columns == nil ? "any sensitive column" : "one of the columns the policy names"
      lines.append("discloses: \(columns) in \(discloses.rows) row\(discloses.rows == 1 ? "" : "s") or more")
    } else {
      lines.append("disclosure does not count")
    }
    lines.append(escalates ? "gaining rights counts" : "gaining rights does not count")
    return lines
  }
}

extension Harm.Limit {
  fileprivate var text: String {
    var parts: [String] = []
    if let rows { parts.append("\(rows) row\(rows == 1 ? "" : "s") or more") }
    if let share {
      let percent = Int((share * 100).rounded())
      parts.append("\(percent) % or more of a table of at least \(shareOfAtLeast) rows")
    }
    return parts.isEmpty ? "no number of rows" : parts.joined(separator: ", or ")
  }
}

extension HarmRules {
  /// One sentence a threshold, the connections they hold on before them.
  public var lines: [String] {
    guard entries.count > 1 || entries.contains(where: { !$0.when.isEmpty }) else { return all.flatMap(\.lines) }
    return entries.flatMap { entry in
      let conditions = entry.when.map { "\($0.path.split(separator: ".").last ?? "") \($0.expected)" }
      let place = conditions.isEmpty ? "elsewhere" : "where " + conditions.joined(separator: " and ")
      return entry.harm.lines.map { "\(place): \($0)" }
    }
  }
}
