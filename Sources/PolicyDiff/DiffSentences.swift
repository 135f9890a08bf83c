import AuditTrail

extension PolicyDifference {
  /// The one line that matters.
  public var headline: String {
    guard traffic.isMeasured else { return "No effects were measured: this diff shows decisions only." }
    var sentences: [String] = []
    if figures.risk > 0 {
      let rows = figures.riskRows
      let did = rows > 0 ? "destroyed \(grouped(rows)) rows on the shadow" : "did harm on the shadow"
      sentences.append("\(counted(figures.risk, "statement")) that \(did) would newly \(riskVerb)")
    }
    if figures.leak > 0 {
      sentences.append("\(counted(figures.leak, "statement")) would newly show sensitive data to the client")
    }
    if sentences.isEmpty { return "No newly allowed statement was harmful; " + unknownText }
    if figures.riskUnknown > 0 { sentences.append(unknownText) }
    return sentences.joined(separator: "; ") + "."
  }

  private var riskVerb: String {
    let changes = Set(groups.filter { $0.figures.risk > 0 }.map(\.change))
    if changes == [.newlyAllowed] { return "be allowed" }
    return changes == [.approvalRemoved] ? "run without approval" : "be allowed or run without approval"
  }

  private var unknownText: String {
    figures.riskUnknown == 0
      ? "every statement that would be less protected has a verdict."
      : "\(grouped(figures.riskUnknown)) \(figures.riskUnknown == 1 ? "has" : "have") no verdict"
  }

  /// Which traffic the diff is about.
  public var trafficLine: String {
    guard let first = traffic.first, let last = traffic.last, statements > 0 else {
      return "Traffic: no statement of the ledger is in this selection."
    }
    let dates = "\(first.description.prefix(10)) to \(last.description.prefix(10))"
    let age = traffic.ageInDays.map { $0 == 1 ? "the latest a day old, " : "the latest \($0) days old, " } ?? ""
    return "Traffic: \(counted(statements, "statement")) from \(dates), \(age)"
      + "\(percent(traffic.conclusive, of: statements)) with a verdict."
  }

  /// What becomes of every statement; the parts add up.
  public var totalsLine: String {
    var parts = ["\(grouped(unchanged)) unchanged"]
    for change in Change.allCases {
      guard let count = changes[change], count > 0 else { continue }
      guard change == .unreplayable else {
        parts.append("\(grouped(count)) \(change.phrase)")
        continue
      }
      let reasons = unreplayable.sorted { $0.key < $1.key }.map { "\(grouped($0.value)) \($0.key)" }
      parts.append("\(grouped(count)) unreplayable (\(reasons.joined(separator: ", ")))")
    }
    return "\(counted(statements, "statement")): \(parts.joined(separator: ", "))."
  }

  /// What the changes mean, as counts of statements.
  public var figuresLine: String {
    [
      ("risk", figures.risk), ("risk without a verdict", figures.riskUnknown), ("leak", figures.leak),
      ("friction", figures.friction), ("fixed misses", figures.fixedMiss),
      ("fixed friction", figures.fixedFriction), ("attempted and rolled back", figures.attempted),
    ].map { "\($0.0) \(grouped($0.1))" }.joined(separator: ", ") + "."
  }
}

extension Change {
  /// What people read.
  public var phrase: String {
    switch self {
    case .newlyBlocked: "newly blocked"
    case .newlyAllowed: "newly allowed"
    case .newlyMasked: "newly masked"
    case .unmasked: "unmasked"
    case .approvalAdded: "newly needing approval"
    case .approvalRemoved: "no longer needing approval"
    case .maybe: "changed perhaps"
    case .unreplayable: "unreplayable"
    }
  }
}

extension DiffSeverity {
  /// What people read.
  public var phrase: String {
    switch self {
    case .risk: "risk"
    case .leak: "leak"
    case .friction: "friction"
    case .fixedMiss: "fixed miss"
    case .fixedFriction: "fixed friction"
    case .none: "–"
    }
  }
}

extension DiffGroup {
  /// The severity, with how many of its statements it holds for where that is not all of them.
  public var severityText: String {
    let part: Int64
    switch severity {
    case .risk: part = figures.risk
    case .leak: part = figures.leak
    case .friction: part = figures.friction
    case .fixedMiss: part = figures.fixedMiss
    case .fixedFriction: part = figures.fixedFriction
    case .none: return severity.phrase
    }
    return part < count ? "\(severity.phrase) (\(grouped(part)) of \(grouped(count)))" : severity.phrase
  }
}

/// A share to a tenth of a percent, rounded down, so that 100 % means all.
private func percent(_ part: Int64, of whole: Int64) -> String {
  let (scaled, overflow) = part.multipliedReportingOverflow(by: 1000)
  let tenths = overflow ? part / max(1, whole / 1000) : scaled / max(1, whole)
  return "\(tenths / 10).\(tenths % 10) %"
}
