import AuditTrail
import Ledger

/// What a disclosure comes to, in sentences that every rendering uses.
extension DisclosureReport {
  /// The first line. That nothing was disclosed is said only where everything was measured.
  public var headline: String {
    let who = enumerated(subject.count > 3 ? [counted(subject.count, "identity", "identities")] : subject)
    let time = period.map { " in \($0.label)" } ?? ""
    let all = counted(statements, "statement")
    if !columns.isEmpty {
      let names = Set(columns.map(\.column)).sorted()
      let recorded = recordedOutput.isEmpty ? "" : " The archive itself holds output with sensitive values."
      return "\(who)\(time) saw \(enumerated(names.count > 5 ? [counted(names.count, "sensitive column")] : names)), "
        + "measured on a shadow: \(grouped(shapes.reduce(0) { $0 + $1.steps.count })) of \(all) showed "
        + "\(names.count == 1 ? "it" : "them").\(recorded)\(unknownSentence.map { " \($0)" } ?? "")"
    }
    if !recordedOutput.isEmpty {
      return "\(who)\(time) saw sensitive values: the archive itself holds the output."
        + (unknownSentence.map { " \($0)" } ?? "")
    }
    if lookedFor.isEmpty {
      return "Not known what \(who) saw\(time): no column is named as sensitive, so nothing was looked for."
    }
    let none = "No value of a sensitive column reached \(who)\(time)"
    let inference =
      inferred.isEmpty
      ? "" : " \(counted(inferred.reduce(0) { $0 + $1.steps.count }, "statement")) let values be inferred, uncounted."
    if isComplete {
      return "\(none): \(statements == 1 ? "its one statement was" : "all \(all) were") measured.\(inference)"
    }
    return
      "Not known whether anything was disclosed to \(who)\(time): of \(all) \(grouped(measured)) were measured, and "
      + "none of them showed a value.\(inference)\(unknownSentence.map { " \($0)" } ?? "")"
  }

  /// What is not known; `nil` where everything is.
  private var unknownSentence: String? {
    var parts: [String] = []
    if unknownCount > 0 {
      parts.append("Of \(counted(unknownCount, "statement")) it is not known what they showed.")
    }
    if outside > 0 {
      parts.append(
        "\(counted(outside, "statement")) of the same sessions \(outside == 1 ? "is" : "are") outside of that time and "
          + "\(outside == 1 ? "was" : "were") not looked at.")
    }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  /// How the figures are to be read, a sentence each.
  public var provisos: [String] {
    var lines = [
      "People are notified, not rows. The ledger keeps counts and no values, so people are not counted one by one: the "
        + "figures are upper limits for each statement, added up. They are not a union: who was seen twice counts twice.",
      "“Values at most” counts values that stood in the output as they are. Of a statement that shows several columns it is "
        + "the figure of the column of which most were shown.",
    ]
    if columns.contains(where: { !$0.isBounded }) {
      lines.append(
        "Some statements showed a column only through an expression (a hash, a part, a sum): any number of people may be behind "
          + "such a value, and no limit is given.")
    }
    if assumedRun > 0 {
      lines.append(
        "Of \(counted(assumedRun, "statement")) that showed something the archive does not say whether they ran; they count as "
          + "run.")
    }
    if !inferred.isEmpty {
      lines.append(
        "What can be inferred from conditions, joins and orders on sensitive columns is listed and not counted.")
    }
    if !masked.isEmpty {
      lines.append("That a mask was put on is the archive's word; the shadow shows what the unmasked result holds.")
    }
    lines.append(
      lookedFor.isEmpty
        ? "No column is named as sensitive in the configuration, and no detector named one: nothing was looked for."
        : "Only these columns were looked for: \(lookedFor.joined(separator: ", ")).")
    lines.append(
      "“Measured” is what the statements returned on a shadow; rows “recorded” are production's own count, where the archive "
        + "holds one.")
    for shadow in shadows {
      lines.append("\(shadow.connection): \(shadow.source), \(shadowWords(shadow.basis, shadow.asOf)).")
    }
    if shadows.contains(where: { $0.basis != .copy }) {
      lines.append(
        "A shadow that is not a plain copy has other people in it, and other numbers of them, than production.")
    }
    return lines
  }

  /// Why statements are not known, in words.
  public static func phrase(_ reason: String) -> String {
    switch reason {
    case "not_replayed": "were not replayed"
    case "not_sampled": "were left out by the sample"
    case "diverged": "ended otherwise on the shadow than recorded"
    case InconclusiveReason.noRows.rawValue: "read tables without rows on the shadow"
    case InconclusiveReason.noShadow.rawValue: "have no shadow for their connection"
    default: "came to no result (\(reason))"
    }
  }
}

extension DisclosureReport.ShownColumn {
  /// `at most 59`, or why there is no limit.
  public var limit: String {
    if counted == 0 { return "no limit known" }
    return "at most \(grouped(valuesAtMost))" + (isBounded ? "" : ", and more by expressions")
  }
}
