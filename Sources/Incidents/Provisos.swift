import AuditTrail
import Ledger

/// What a page says of figures that do not tell everything: what only the archive records, and how sessions were kept apart.
extension Incident {
  /// What stands where nothing was measured that was lost or seen.
  public var emptyBlast: String {
    if let recorded = recordedOnlyPhrase { return recorded.prefix(1).uppercased() + recorded.dropFirst() + "." }
    if totals.measured == 0 { return "Not measured: run `assay replay` first." }
    let unmeasured = totals.statements - totals.measured
    return "Nothing was lost, seen or gained in \(counted(totals.measured, "measured statement"))."
      + (unmeasured > 0 ? " \(counted(unmeasured, "statement")) could not be measured." : "")
  }

  /// `the archive records 8,715 rows deleted from t; the shadow has no rows there, so the loss could not be measured`.
  var recordedOnlyPhrase: String? {
    let recorded = totals.recordedOnly
    guard recorded.rows > 0 else { return nil }
    func told(_ tables: [String: Int64], _ verb: String) -> [String] {
      let sorted = tables.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      let rest = sorted.dropFirst(3).reduce(Int64(0)) { $0 &+ $1.value }
      return sorted.prefix(3).map { "\(counted($0.value, "row")) \(verb) \($0.key)" }
        + (rest > 0 ? ["\(counted(rest, "row")) \(verb) \(counted(sorted.count - 3, "more table"))"] : [])
    }
    let rows = told(recorded.deleted, "deleted from") + told(recorded.updated, "changed in")
    let why = enumerated(recorded.reasons.sorted().map(RecordedLoss.phrase))
    return "the archive records \(enumerated(rows)); \(why), so the loss could not be measured"
  }

  /// Whether the headline's rows are those of several sessions, each counted by itself.
  var isSummedOverSessions: Bool {
    shadows.contains { $0.mode != "history" } && blast.tables.contains { $0.destroyers.count > 1 }
  }
}

extension RecordedLoss {
  fileprivate static func phrase(_ reason: String) -> String {
    switch reason {
    case "no_rows": "the shadow has no rows there"
    case "no_shadow": "there is no shadow for the connection"
    case "not_replayed": "they were not replayed"
    case "diverged": "the shadow and the record disagree"
    case "shadow_too_late": "the shadow is a later copy"
    default: "the replay came to no result (\(reason))"
    }
  }
}

/// How sessions were kept apart in a replay, and what the other way would show.
public func isolationSentence(_ mode: String) -> String {
  mode == "history"
    ? "isolation `history`: sessions that touch the same tables ran one after another on one copy. "
      + "`assay replay --isolation session` measures each by itself."
    : "isolation `session`: each session ran on a fresh copy, as if no session had changed anything before it; what several "
      + "destroyed in turn is counted for each. `assay replay --isolation history` runs them in their order on one copy."
}

extension BlastRadius.TableLoss {
  /// `, 8,400 by cascade`.
  public var indirectSuffix: String { indirectPhrase(indirect, cascaded: cascaded, coded: coded, of: nil) }

  /// `8,400 by cascade`, without what the statements themselves did.
  var indirectCell: String {
    indirect > 0 ? String(indirectSuffix.dropFirst(2)) : "–"
  }
}
