import AuditTrail
import JSONReader

/// Reads hoop's security audit log, as `GET /api/audit/logs` gives it: who changed which guardrail, and whose access.
/// Source: hoop 1.148, `gateway/api/openapi/types.go`, and `gateway/audit`.
///
/// hoop names no approver, keeps no version of what was changed, and does not log each kind of change.
struct HoopAuditLogReader: ArchiveReader, ~Copyable {
  static let name = "hoop.audit_log"
  static let title = "hoop security audit log"
  static let detection = "objects with resource_type, action and actor_email: lines, an array, or pages with data"
  static let entries = "lines, JSON documents, or elements of a JSON array"
  static let shows: Set<ArchiveContent> = [.policyChanges, .accessChanges]
  static let producer: String? = "hoop"

  private var parser: JSONParser
  private let options: ReadOptions
  private var span = TimeSpan()
  private var isUnclosed = false
  private var hasNextPage = false
  private var refused = 0
  private var accessUpdates = 0
  private var others = NameCounts()

  static func tells(_ start: EntryStart) -> Bool {
    start.elements.contains { $0.keys.isSuperset(of: ["resource_type", "action", "actor_email"]) }
  }

  /// A reader of one archive.
  init(options: ReadOptions) {
    parser = JSONParser(maximumBytes: options.maximumEntryBytes)
    self.options = options
  }

  /// Reads the archive to its end.
  mutating func read(
    _ window: inout ContentWindow, into sink: inout RecordSink, _ deliver: Deliver
  ) throws(AssayError) {
    let limit = options.maximumEntryBytes
    var entries = try JSONEntries(&window, limit: limit)
    while let (entry, number) = try sink.next(
      &window, &entries, limit: limit, deliver,
      envelope: { bytes in
        let page = try? parser.document(bytes.span)
        if page?["has_next_page"].boolean == true { hasNextPage = true }
      })
    {
      let change = sink.take(entry, number) { () throws(Rejection) in
        try Change(try parser.object(window.bytes.span.extracting(entry.range)))
      }
      if let change { add(change, number, &sink.batch) }
    }
    isUnclosed = entries.isUnclosed
  }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    span.report(into: &summary)
    flags.insert("changes_not_audited")
    summary.notes.append(
      "hoop logs no change of access-request rules, attributes, rulepacks, AI analyzer rules and plugins, no approval and no "
        + "reading of a recording: keep a dated copy of the policies, see docs/collect-hoop.md")
    if refused > 0 { summary.notes.append("\(counted(refused, "change was", "changes were")) refused or failed") }
    if accessUpdates > 0 {
      flags.insert("access_updates")
      summary.notes.append(
        "\(counted(accessUpdates, "account was", "accounts were")) changed, and the log does not say from what: compare lists "
          + "of entitlements")
    }
    if others.total > 0 { summary.notes.append("Other changes are counted, and are not records: \(others)") }
    if hasNextPage {
      flags.insert("export_partial")
      summary.notes.append("A page says that another follows it: fetch all pages")
    }
    if isUnclosed {
      flags.insert("export_cut")
      summary.notes.append("The file ends inside a list: fetch it again")
    }
  }

  /// What an entry says.
  private struct Change {
    let time: Timestamp
    let actor: String?
    let resource: String
    let action: String
    let succeeded: Bool
    /// What the change is of, by its name or else by its id.
    let subject: String?
    let groups: [String]

    init(_ entry: JSONTree) throws(Rejection) {
      time = try entry.requiredTime("created_at")
      resource = try entry.required("resource_type")
      action = try entry.required("action")
      actor = entry["actor_email"].text ?? entry["actor_name"].text ?? entry["actor_subject"].text
      succeeded = entry["outcome"].boolean ?? (entry["http_status"].integer.map { $0 < 400 } ?? true)
      let payload = entry["request_payload_redacted"]
      let path = entry["http_path"].text?.split(separator: "/").last.map(String.init)
      subject =
        payload["email"].text ?? payload["name"].text ?? path.flatMap { $0 == entry["resource_type"].text ? nil : $0 }
      groups = payload["groups"].elements.compactMap(\.text)
    }
  }

  private static let policies: Set = ["guardrails", "datamasking-rules"]
  private static let accounts: Set = ["users", "service-accounts", "machine-identities", "api-keys", "ai-agents"]

  private mutating func add(_ change: Change, _ entry: Int64, _ batch: inout RecordBatch) {
    span.add(change.time)
    guard change.succeeded else {
      refused += 1
      return
    }
    if Self.policies.contains(change.resource) {
      let policy = PolicyChange(
        time: change.time, actor: change.actor, approvedBy: nil,
        policy: [change.resource, change.subject].compactMap(\.self).joined(separator: "/"), fromVersion: nil,
        toVersion: nil, sha256: nil)
      batch.policyChanges.append(Entered(policy, entry: entry))
    } else if Self.accounts.contains(change.resource), let subject = change.subject {
      // An update names the groups that are there now, and not those before.
      guard let verb = ["create": "grant", "delete": "revoke"][change.action] else {
        accessUpdates += 1
        return
      }
      for role in change.groups.isEmpty ? [nil] : change.groups.map(Optional.some) {
        let access = AccessChange(
          time: change.time, actor: change.actor, subject: subject, change: verb, role: role, connection: nil,
          approvedBy: nil, ticket: nil)
        batch.accessChanges.append(Entered(access, entry: entry))
      }
    } else {
      others.add("\(change.resource) \(change.action)")
    }
  }
}
