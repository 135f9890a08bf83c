import AuditTrail

extension PolicyDifference {
  /// A comment on a pull request: what matters in its first line, which traffic in its second, then the changes from the
  /// gravest. It takes at most `limit` bytes; what does not fit is cut from the least grave, and counted.
  public func markdown(tripped: [DiffGate], limit: Int = 60_000) -> String {
    var lines = ["**\(escaped(headline))**", "", trafficLine, ""]
    if !tripped.isEmpty {
      lines += ["Tripped: \(tripped.map { "`\($0.rawValue)`" }.joined(separator: ", ")).", ""]
    }
    let totals = [totalsLine, "", "Of these: \(figuresLine)", ""]
    let room = limit - 1_000
    var size = (lines + totals).reduce(0) { $0 + $1.utf8.count + 1 }
    if harmChanged { addHarm(to: &lines, size: &size, room: room / 2) }
    lines += totals
    guard !groups.isEmpty else { return lines.joined(separator: "\n") }
    let head = [
      "| severity | change | who | statements | sessions | rule before | rule after | shape | examples |",
      "|---|---|---|---:|---:|---|---|---|---|",
    ]
    size += head.reduce(0) { $0 + $1.utf8.count + 1 }
    lines += head
    var shown = 0
    for group in groups {
      let row = row(group)
      guard size + row.utf8.count + 1 <= room else { break }
      size += row.utf8.count + 1
      lines.append(row)
      shown += 1
    }
    if shown < groups.count { lines += ["", cutText(groups[shown...])] }
    return lines.joined(separator: "\n") + "\n"
  }

  private func addHarm(to lines: inout [String], size: inout Int, room: Int) {
    var added = ["What counts as harm differs between the two policies. Verdicts that flip:", ""]
    if harmFlips.isEmpty { added = ["What counts as harm differs between the two policies; no verdict flips.", ""] }
    var left = harmFlips.count
    for flip in harmFlips {
      let line =
        "- \(counted(flip.count, "statement")): `\(flip.from.rawValue)` → `\(flip.to.rawValue)`, "
        + "\(code(flip.sql)), such as \(code(flip.example))"
      guard size + added.reduce(0, { $0 + $1.utf8.count + 1 }) + line.utf8.count < room else { break }
      added.append(line)
      left -= 1
    }
    if left > 0 { added.append("- \(left) more shapes were cut; `assay diff --json` has them all.") }
    added.append("")
    size += added.reduce(0) { $0 + $1.utf8.count + 1 }
    lines += added
  }

  private func row(_ group: DiffGroup) -> String {
    let unknown = group.figures.riskUnknown > 0 ? " (\(grouped(group.figures.riskUnknown)) without a verdict)" : ""
    let reason = group.reason.map { " (\($0))" } ?? ""
    let cells = [
      group.severityText + unknown, group.change.phrase + reason, group.identityKind, grouped(group.count),
      grouped(group.sessions), group.oldRule.map(code) ?? "–", group.newRule.map(code) ?? "–", code(group.sql),
      group.examples.map(code).joined(separator: " "),
    ]
    return "| \(cells.joined(separator: " | ")) |"
  }

  private func cutText(_ cut: ArraySlice<DiffGroup>) -> String {
    let severities = DiffSeverity.allCases.compactMap { severity -> String? in
      let groups = cut.filter { $0.severity == severity }
      guard !groups.isEmpty else { return nil }
      let count = groups.reduce(Int64(0)) { $0 + $1.count }
      return
        "\(severity == .none ? "no finding" : severity.phrase) \(counted(count, "statement")) in \(groups.count) rows"
    }
    return "Cut to fit: \(severities.joined(separator: "; ")). `assay diff --json` has them all."
  }
}

/// Text as inline code in a table's cell: at most 300 characters, its line ends as spaces, no backtick or bar left that
/// could end it.
private func code(_ text: String) -> String {
  var result = ""
  var length = 0
  for scalar in text.unicodeScalars {
    if length == 300 {
      result += "…"
      break
    }
    length += 1
    switch scalar {
    case "`": result += "'"
    case "|": result += "\\|"
    case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value): result += " "
    case _ where (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value): result += " "
    default: result.unicodeScalars.append(scalar)
    }
  }
  return "`\(result.isEmpty ? " " : result)`"
}

private func escaped(_ text: String) -> String {
  var result = ""
  for character in text {
    if "\\`*_[]<>|".contains(character) { result += "\\" }
    result.append(character)
  }
  return result
}
