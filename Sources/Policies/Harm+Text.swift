import AuditTrail

/// What counts as harm, in words for a report.
extension Harm {
  /// The thresholds in one sentence without its period.
  public var sentence: String {
    var parts: [String] = []
    if let destroys {
      parts.append("destroying \(destroys.limit.text)")
      if let rows = destroys.sessionRows { parts.append("\(grouped(rows)) rows over a session") }
      parts += tables.map { "of \($0.table) \($0.limit.text)" }
      parts.append("dropping an object or emptying a table")
    }
    if let discloses {
      let columns = discloses.columns == nil ? "a sensitive column" : "a column the policy names"
      parts.append("disclosing \(columns) in \(grouped(discloses.rows)) row\(discloses.rows == 1 ? "" : "s") or more")
    }
    if escalates { parts.append("gaining rights") }
    return parts.isEmpty ? "nothing is harmful" : parts.joined(separator: "; ")
  }
}

extension Harm.Limit {
  fileprivate var text: String {
    var parts: [String] = []
    if let rows { parts.append("\(grouped(rows)) row\(rows == 1 ? "" : "s") or more") }
    if let share {
      let percent = Int((share * 100).rounded())
      parts.append("\(percent) % or more of a table of at least \(grouped(shareOfAtLeast)) rows")
    }
    return parts.isEmpty ? "no number of rows" : parts.joined(separator: ", or ")
  }
}

extension HarmRules {
  /// One sentence a group of connections, in the order in which they are tried.
  public var lines: [String] {
    guard entries.count != 1 || entries.contains(where: { !$0.when.isEmpty }) else { return all.map(\.sentence) }
    let lines = entries.map { entry in
      let conditions = entry.when.map { "\($0.path.split(separator: ".").last ?? "") is \($0.expected)" }
      return (conditions.isEmpty ? "elsewhere" : "where " + conditions.joined(separator: " and "))
        + ": " + entry.harm.sentence
    }
    return lines + (entries.last.map { !$0.when.isEmpty } ?? true ? ["elsewhere: nothing is harmful"] : [])
  }
}
