import AuditTrail
import Evidence

extension TestStatus {
  /// What people read for it.
  var phrase: String {
    switch self {
    case .pass: "No exceptions noted"
    case .passWithAccepted: "No unaccepted exceptions"
    case .fail: "Exceptions noted"
    case .inconclusive: "Unable to test"
    case .notRun: "Not tested"
    case .notApplicable: "Not applicable"
    }
  }

  /// What the phrase means, for the legend.
  var meaning: String {
    switch self {
    case .pass: "Every item was tested by program and met the test's criteria."
    case .passWithAccepted: "Every item that did not meet the criteria was accepted by a named person, with a reason."
    case .fail: "At least one item did not meet the criteria and nobody accepted it."
    case .inconclusive: "The data cannot decide it. It is never counted as passed; what would decide it is said."
    case .notRun: "No test of this report supports it, or the test was not run."
    case .notApplicable: "There is nothing that it could apply to, and that is shown."
    }
  }
}

extension ControlResult {
  /// What people read for its status.
  var phrase: String { isPerformed ? "Performed" : status.phrase }
}

extension ControlMapping {
  /// Why it does not support the clause as a whole, in sentences; empty where it does.
  var reservations: String {
    [partial, lacks.map { "Not shown: \($0)." }].compactMap(\.self).joined(separator: " ")
  }
}

extension Severity {
  /// What it means, for the legend.
  var meaning: String {
    switch self {
    case .s0: "nothing"
    case .s1: "adds or touches metadata"
    case .s2: "changes data within limits"
    case .s3: "reaches what the organisation calls harm"
    case .s4: "ten times harm, an object with rows, or an escape"
    }
  }
}

extension Basis {
  /// What people read for it.
  var phrase: String {
    switch self {
    case .copy: "a copy"
    case .maskedCopy: "a masked copy"
    case .synthetic: "synthetic rows"
    case .schemaOnly: "the schema only, no rows"
    }
  }
}

extension Action {
  /// What people read for it.
  var phrase: String {
    switch self {
    case .allow: "allowed"
    case .mask: "masked"
    case .review: "needs approval"
    case .block: "blocked"
    case .observed: "logged; nothing decided"
    }
  }
}

extension PolicyInForce {
  /// What shows that it was in force, and since when.
  var knownFrom: String {
    switch basis {
    case .evidenced where actor != nil: "a recorded change"
    case .evidenced: "decisions that name it; since when, its file says or its first decision"
    case .declared: "its file only"
    }
  }
}

extension Metric {
  /// `17 of 20 (85.00 %; 95 % interval 63.96 % to 94.76 %)`, `17` for a plain count.
  var figure: String {
    if share.denominator == 0, let value { return percent(value) }
    if share.denominator == 0, let interval { return "\(percent(interval.low)) to \(percent(interval.high))" }
    if share.denominator == 0, interval == nil { return share.numerator == 0 ? "0" : grouped(share.numerator) }
    guard let percentage = share.percent(decimals: 2) else { return "no items" }
    let head = "\(grouped(share.numerator)) of \(grouped(share.denominator)) (\(percentage) %"
    return interval.map { "\(head); 95 % interval \(percent($0.low)) to \(percent($0.high)))" } ?? head + ")"
  }
}

extension Period {
  /// `2026-Q3, 2026-07-01T00:00:00Z to before 2026-10-01T00:00:00Z (UTC)`.
  var sentence: String {
    "\(label), \(start) to before \(end) (UTC\(zone == "UTC" ? "" : "; given in \(zone)"))"
  }
}

/// What the program never claims, said on every first page.
let disclaimer = "they are not an opinion, an attestation or a certificate."
