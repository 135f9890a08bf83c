import AuditTrail
import Ledger

/// A table of an incident for people: its title, columns and rows, the same in every rendering.
public struct IncidentTable: Sendable, Hashable {
  /// What stands above it.
  public let title: String
  /// The columns; numbers stand on the right.
  public let columns: [(name: String, isNumber: Bool)]
  /// The rows, as many cells each as there are columns.
  public let rows: [[String]]
  /// What is said where there is no row.
  public let none: String

  /// The same title and rows.
  public static func == (left: Self, right: Self) -> Bool { left.title == right.title && left.rows == right.rows }
  /// By title and rows.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(title)
    hasher.combine(rows)
  }
}

/// Sessions that differ in nothing but their time.
private struct SessionGroup {
  let entry: SessionEntry
  var count = 0
  var first: Timestamp
  var last: Timestamp
  var statements: Int64 = 0
}

extension Incident {
  /// Up to so many sessions stand one by one.
  private static let mostSessions = 8

  private var sessionGroups: [SessionGroup] {
    var groups: [SessionGroup] = []
    for session in sessions {
      let entry = session.entry
      let known = groups.firstIndex {
        sessions.count > Self.mostSessions && $0.entry.identity == entry.identity && $0.entry.actsFor == entry.actsFor
          && $0.entry.connection == entry.connection && $0.entry.client == entry.client
          && $0.entry.purpose == entry.purpose && $0.entry.agent?.task == entry.agent?.task
      }
      let index = known ?? groups.count
      if known == nil { groups.append(SessionGroup(entry: entry, first: session.first, last: session.last)) }
      groups[index].count += 1
      groups[index].first = min(groups[index].first, session.first)
      groups[index].last = max(groups[index].last, session.last)
      groups[index].statements += session.statements
    }
    return groups
  }

  /// Who, what, why and when: a session each, many sessions of one identity and purpose together.
  public var sessionTable: IncidentTable {
    IncidentTable(
      title: "Who, what, why, when",
      columns: [
        ("session", false), ("who", false), ("for", false), ("on", false), ("as", false), ("from", false),
        ("why", false),
        ("first", false), ("last", false), ("statements", true),
      ],
      rows: sessionGroups.map { group in
        let entry = group.entry
        let why = [entry.purpose?.ticket, entry.purpose?.reason, entry.agent?.task.map { "task: \($0)" }]
        let from = [entry.client.address, entry.client.application]
        return [
          group.count == 1 ? entry.key : counted(group.count, "session"), entry.who,
          entry.actsFor ?? "–",
          entry.connection.name + (entry.connection.environment.map { " (\($0))" } ?? ""),
          entry.identity == nil ? "" : entry.connection.databaseUser.map { "database user \($0)" } ?? "",
          from.compactMap(\.self).joined(separator: ", "),
          why.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: "; "), group.first.second,
          group.last.second, grouped(group.statements),
        ].map { $0.isEmpty ? "–" : $0 }
      }, none: "No session.")
  }

  /// Rows lost by table, as measured.
  public var lossTable: IncidentTable {
    IncidentTable(
      title: "Rows",
      columns: [
        ("table", false), ("rows before", true), ("deleted", true), ("overwritten", true), ("inserted", true),
        ("not by the statement itself", false), ("statements", true), ("measured on", false),
      ],
      rows: blast.tables.map { loss in
        [
          qualified(loss.connection, loss.table), loss.before.map { grouped($0) } ?? "–", grouped(loss.deleted),
          grouped(loss.overwritten), grouped(loss.inserted), loss.indirectCell, grouped(loss.steps.count),
          shadowWords(loss.basis, loss.asOf) + (loss.isEstimated ? ", with estimates" : ""),
        ]
      }, none: "No row changed.")
  }

  /// What was seen, and by whom.
  public var disclosureTable: IncidentTable {
    IncidentTable(
      title: "Sensitive columns seen",
      columns: [
        ("column", false), ("seen by", false), ("for", false), ("how", false), ("rows on the shadow", true),
        ("values", true), ("rows recorded", true), ("statements", false),
      ],
      rows: blast.disclosures.map { seen in
        [
          qualified(seen.connection, seen.column), seen.whom, seen.actsFor ?? "–",
          seen.leak == .raw ? "as it stands" : "derived", grouped(seen.rows),
          seen.values > 0 ? grouped(seen.values) : "–",
          seen.recordedRows.map { grouped($0) } ?? "not recorded", names(seen.steps),
        ]
      }, none: "No sensitive column reached a client.")
  }

  /// Objects gone, rights gained, escapes: a line each.
  public var actLines: [String] {
    blast.objects.map { loss in
      "\(loss.object.type) \(loss.object.name) is gone"
        + (loss.object.rows.map { ", with \(counted($0, "row"))" } ?? "")
        + " (\(name(loss.step)))"
    } + blast.escalated.map { "right gained: \($0.what) (\(name($0.step)))" }
      + blast.escapes.map {
        "an escape from the database was let through, the shadow refused it: \($0.what) (\(name($0.step)))"
      }
      + blast.altered.map { "\($0.what) (\(name($0.step)))" }
  }

  /// What was tried and is not there: stopped, failed or rolled back.
  public var undoneLines: [String] {
    blast.undone.filter { $0.destroyed > 0 || $0.inserted > 0 }.map { loss in
      "\(qualified(loss.connection, loss.table)): \(loss.phrase) (\(names(loss.steps)))"
    } + blast.objectsUndone.map { "\($0.object.type) \($0.object.name) dropped (\(name($0.step)))" }
      + blast.escapesStopped.map { "escape from the database: \($0.what) (\(name($0.step)))" }
  }

  /// Which rule of which policy would have stopped what.
  public var ruleTable: IncidentTable {
    IncidentTable(
      title: "Which rule would have stopped it",
      columns: [
        ("policy", false), ("which", false), ("statement", false), ("decides", false), ("rule", false),
        ("stops the harm", false), ("because", false), ("at", false),
      ],
      rows: judgements.flatMap { judgement in
        judgement.groups.map { group in
          [
            judgement.title, judgement.role.phrase, names(group.steps), group.step.verb,
            group.step.rule ?? "no rule matches", group.step.reachPhrase, group.step.because ?? "–",
            group.step.place?.description ?? "–",
          ]
        }
      }, none: "No policy was asked, or there was no harm to stop.")
  }

  /// The approvals that statements depend on.
  public var approvalTable: IncidentTable {
    IncidentTable(
      title: "Approvals",
      columns: [
        ("approval", false), ("asked by", false), ("asked", false), ("status", false), ("decided by", false),
        ("after", false), ("link", false), ("statements", false),
      ],
      rows: approvals.map { entry in
        let approval = entry.approval
        let who = approval.decisions.map { "\($0.user) \($0.decision)\($0.forced ? " (forced)" : "")" }
        return [
          approval.id, approval.requestedBy, approval.requestedAt.second, approval.status.rawValue,
          approval.automatic ? "a rule" : who.isEmpty ? "nobody yet" : who.joined(separator: ", "),
          approval.grantedAt.map { waited($0.seconds - approval.requestedAt.seconds) } ?? "–", entry.link.rawValue,
          names(entry.steps),
        ]
      }, none: "No statement depends on an approval.")
  }

  /// Findings, a line each.
  public var findingLines: [String] {
    findings.map { "\(Self.phrase(ofFinding: $0.kind)) (\($0.kind)), at \(name($0.step)): \($0.detail)" }
  }

  /// Where the figures come from, and what they cannot say.
  public var provenanceLines: [String] {
    var lines = shadows.map { shadow in
      "shadow: what statements of \(shadow.connection == "*" ? "any connection" : shadow.connection) did was measured on "
        + "\(shadowWords(shadow.basis, shadow.asOf)), \(shadow.source). "
        + "A shadow's number is not production's."
    }
    lines += Set(shadows.map(\.mode)).sorted().map(isolationSentence)
    lines.append("recorded: who, when, what was decided, and row counts so named, are the archive's.")
    if findings.contains(where: { $0.kind.contains("output") }) {
      lines.append("recorded_output: found in output that the archive itself holds; the client saw it.")
    }
    let unmeasured = totals.statements - totals.measured
    if unmeasured > 0 {
      lines.append(
        "\(counted(unmeasured, "statement")) of \(grouped(totals.statements)) "
          + "\(unmeasured == 1 ? "has" : "have") no measured effect; what they did is not in these figures.")
    }
    let flags = Set(steps.flatMap(\.completeness.flagNames)).sorted()
    if !flags.isEmpty { lines.append("The archive could not show: \(flags.joined(separator: ", ")).") }
    if totals.measured > 0 {
      let severities = Severity.allCases.map { "\($0.name) \($0.phrase)" }
      lines.append("severity: \(severities.joined(separator: "; ")). The policy in force says what harm is.")
    }
    return lines
  }

  /// `clinic visits` where connections differ, else `visits`.
  private func qualified(_ connection: String, _ name: String) -> String {
    sessions.map(\.entry.connection.name).sortedExactly().count > 1 ? "\(connection): \(name)" : name
  }
}
