import AuditTrail

extension Counterfactual {
  /// The first line: what would have ended otherwise.
  public var headline: String {
    guard sessionsDiffering > 0 else {
      return "Under \(policy) nothing would have been decided otherwise in \(counted(sessions, "session"))."
    }
    if sessionsWithoutShadow == sessionsDiffering { return "Under \(policy): no shadow to measure the difference on." }
    let saved = tables.reduce(Int64(0)) { $0 &+ max(0, $1.changeAsIf &- $1.recordedChange) }
    let lost = tables.reduce(Int64(0)) { $0 &+ max(0, $1.recordedChange &- $1.changeAsIf) }
    let kept = tables.reduce(Int64(0)) { $0 &+ max(0, $1.recordedOverwritten &- $1.overwrittenAsIf) }
    var parts: [String] = []
    if saved > 0 { parts.append("\(counted(saved, "row")) more would be there") }
    if lost > 0 { parts.append("\(counted(lost, "row")) fewer would be there") }
    if kept > 0 { parts.append("\(counted(kept, "row")) would not have been overwritten") }
    let others = tables.count { $0.contentsDiffer && $0.hasSameCounts }
    if others > 0 { parts.append("other values would be in \(counted(others, "table"))") }
    if !objectsKept.isEmpty { parts.append("\(counted(objectsKept.count, "object")) would not be gone") }
    if !objectsGone.isEmpty { parts.append("\(counted(objectsGone.count, "object")) would be gone or not made") }
    if !columnsHidden.isEmpty {
      parts.append("\(counted(columnsHidden.count, "sensitive column")) would not have been seen")
    }
    if !columnsShown.isEmpty {
      parts.append("\(counted(columnsShown.count, "sensitive column")) more would have been seen")
    }
    return "Under \(policy) " + (parts.isEmpty ? "the end would be the same" : enumerated(parts)) + "."
  }

  /// What becomes of statements, a line.
  public var countsLine: String {
    let parts = [
      (counts.blocked, "would have been blocked"), (counts.held, "held for approval"),
      (counts.approved, "covered by an approval on record"), (counts.masked, "masked otherwise"),
      (counts.released, "let through that did not run"), (counts.maybe, "decided on what is known only"),
      (counts.undecided, "taken as recorded (no version in force, or cut text)"),
    ].filter { $0.0 > 0 }.map { "\(grouped($0.0)) \($0.1)" }
    return "Of \(counted(counts.statements, "statement")) in \(counted(sessions, "session")): "
      + (parts.isEmpty ? "all decided as recorded" : parts.joined(separator: ", ")) + "."
  }

  /// Tables that end otherwise than as recorded.
  public var table: IncidentTable {
    IncidentTable(
      title: "How tables end",
      columns: [
        ("table", false), ("rows before", true), ("as recorded", true), ("under the policy", true),
        ("overwritten as recorded", true), ("under the policy", true), ("values", false),
      ],
      rows: tables.filter { !$0.isSame }.map { table in
        [
          connections > 1 ? "\(table.connection): \(table.table)" : table.table,
          table.before.map { grouped($0) } ?? "–", end(table, table.recordedChange), end(table, table.changeAsIf),
          grouped(table.recordedOverwritten), grouped(table.overwrittenAsIf),
          isCounted ? (table.contentsDiffer ? "differ" : "same") : "not compared",
        ]
      }, none: "Every table ends with as many rows as recorded, as many overwritten, and the same values.")
  }

  /// Objects and columns that differ, a line each.
  public var differenceLines: [String] {
    objectsKept.map { "would still be there: \($0.name)" } + objectsGone.map { "would be gone: \($0.name)" }
      + columnsHidden.map { "would not have been seen: \($0.name)" }
      + columnsShown.map { "would have been seen: \($0.name)" }
      + columnsSeenStill.map { "seen all the same: \($0.name)" }
  }

  /// What the figures rest on.
  public var noteLines: [String] {
    var lines = [
      isCounted
        ? "Rows were counted on a clone a session, run once as recorded and once under the policy."
        : "Rows are sums of measured effects: this shadow's engine does not count the end."
    ]
    lines.append(
      isCounted
        ? "Ends are compared by rows, by which values stand at which key of the tables touched, by objects and columns seen."
        : "Ends are compared by numbers of rows, objects and columns seen, not value by value.")
    if sessionsDiffering < sessions {
      lines.append(
        "Counted are the sessions in which something would have been decided otherwise: \(grouped(sessionsDiffering)) of "
          + "\(grouped(sessions)); the others end as they did.")
    }
    lines.append("It is assumed that the client would have sent the rest of the session all the same.")
    if sessionsDiffering > 1 { lines.append("Each session began on a fresh clone; changes are summed over them.") }
    if sessionsWithoutShadow > 0 {
      lines.append("\(counted(sessionsWithoutShadow, "session")) could not be measured: no shadow for the connection.")
    }
    return lines
  }

  private var connections: Int { Set(tables.map(\.connection)).count }

  /// The rows at the end, where one session was measured; else by how many they changed.
  private func end(_ table: TableEnd, _ change: Int64) -> String {
    if sessionsDiffering - sessionsWithoutShadow == 1, isCounted {
      return grouped((table.before ?? 0) &+ change)
    }
    return change > 0 ? "+\(grouped(change))" : grouped(change)
  }
}
