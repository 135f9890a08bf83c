import AuditTrail
import JSONReader

extension PolicySuggestion {
  /// The proposals as a policy that Assay reads, with their figures in comments; without effects a comment alone.
  public var yaml: String {
    guard isMeasured else { return "# \(headline)\n" }
    var lines = ["# Proposed by `assay policy suggest`.", "# \(headline)", "# \(trafficLine)"]
    if !unstopped.isEmpty { lines.append("# No candidate stops \(names(unstopped)).") }
    lines += [
      "# Put the rules into your policy, and try them: assay diff OLD NEW.", "policy: suggested", "version: \"1\"",
      rules.isEmpty ? "rules: []" : "rules:",
    ]
    for rule in rules {
      lines += [
        "  # \(rule.sentence)", "  # \(rule.figures)", "  # Statements: \(names(rule.stopped)).",
        "  - id: \(quotedYAML(rule.id))", "    when: \(rule.when)", "    then: \(rule.action.rawValue)",
        "    because: \(quotedYAML(rule.sentence))",
      ]
    }
    for approval in approvals {
      lines += [
        "# \(approval.sentence)", "# Statements: \(names(approval.statements)).",
        "#   then: { review: […], auto_approve: { when: \(approval.when) } }",
      ]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func names(_ statements: [String]) -> String {
    let shown = statements.prefix(10).map { name in
      String(String.UnicodeScalarView(name.unicodeScalars.filter { !$0.isUnseen }))
    }
    let rest = statements.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more (--json has them all)" : "")
  }

  /// The first line.
  public var headline: String {
    guard isMeasured else { return "No effects were measured, so nothing is proposed: run `assay replay` first." }
    guard misses > 0 else { return "No statement that did harm was let through; there is nothing to stop." }
    let friction = rules.reduce(Int64(0)) { $0 + $1.friction }
    return "\(counted(rules.count, "rule")) would have stopped \(grouped(stopped)) of "
      + "\(grouped(misses)) statements that were let through and did harm, and held up \(grouped(friction)) harmless ones."
  }

  /// Which traffic.
  public var trafficLine: String {
    let share = statements > 0 ? Double(conclusive) / Double(statements) : 0
    let days = [first, last].compactMap { $0.map { String($0.description.prefix(10)) } }.joined(separator: " to ")
    return "Traffic: \(days), \(grouped(statements)) statements, \(percent(share)) with a verdict."
  }
}

extension SuggestedRule {
  /// What it would have done.
  public var sentence: String {
    "Stops \(counted(stopped.count, "statement")) that did harm (\(grouped(stoppedRows)) rows destroyed on the shadow) "
      + "and holds up \(grouped(friction)) harmless ones."
  }

  /// Its figures in words.
  public var figures: String {
    "Recall \(percent(recall)), precision \(percent(precision)), row-weighted recall "
      + (rowWeightedRecall.map(percent) ?? "not defined") + "."
  }
}

extension SuggestedApproval {
  /// What could be.
  public var sentence: String {
    "Every one of \(statements.count) reviews" + (rule.map { " by rule \($0)" } ?? "")
      + " was needless; they could approve themselves (at most \(percentageAtMost(upperLimit, decimals: 1)) % of such statements do more, at 95 %):"
  }
}

/// A share as people read it: `58.3 %`.
func percent(_ share: Double) -> String {
  "\(percentage(share)) %"
}
