import AuditTrail
import PolicyDiff

/// A diff for a terminal.
struct DiffText {
  let difference: PolicyDifference
  let tripped: [DiffGate]
  /// How many groups are listed; the rest is counted.
  static let listed = 50

  var text: String {
    var lines = [difference.headline, difference.trafficLine, ""]
    if difference.harmChanged { lines += harm + [""] }
    lines += [difference.totalsLine, "Of these: \(difference.figuresLine)"]
    if !difference.groups.isEmpty { lines += ["", table.text] }
    let rest = difference.groups.dropFirst(Self.listed)
    if !rest.isEmpty {
      let count = rest.reduce(Int64(0)) { $0 + $1.count }
      lines.append("… and \(grouped(rest.count)) rows more with \(grouped(count)) statements; --json has them all.")
    }
    if !tripped.isEmpty { lines += ["", "Tripped: \(tripped.map(\.rawValue).joined(separator: ", "))."] }
    return lines.joined(separator: "\n")
  }

  private var harm: [String] {
    guard !difference.harmFlips.isEmpty else {
      return ["What counts as harm differs between the two policies; no verdict flips."]
    }
    var table = TextTable([
      ("verdict", .left), ("would be", .left), ("statements", .right), ("example", .left), ("shape", .left),
    ])
    for flip in difference.harmFlips.prefix(Self.listed) {
      table.add([flip.from.rawValue, flip.to.rawValue, grouped(flip.count), flip.example, short(flip.sql)])
    }
    let rest = difference.harmFlips.count - Self.listed
    return ["What counts as harm differs between the two policies. Verdicts that flip:", "", table.text]
      + (rest > 0 ? ["… and \(grouped(rest)) rows more; --json has them all."] : [])
  }

  private var table: TextTable {
    var table = TextTable([
      ("severity", .left), ("change", .left), ("who", .left), ("statements", .right), ("no verdict", .right),
      ("rule before", .left), ("rule after", .left), ("example", .left), ("shape", .left),
    ])
    for group in difference.groups.prefix(Self.listed) {
      table.add([
        group.severityText, group.change.phrase + (group.reason.map { " (\($0))" } ?? ""), group.identityKind,
        grouped(group.count), grouped(group.figures.riskUnknown), group.oldRule ?? "–", group.newRule ?? "–",
        group.examples.first ?? "–", short(group.sql),
      ])
    }
    return table
  }

  private func short(_ sql: String) -> String { sql.count > 80 ? sql.prefix(79) + "…" : sql }
}
