import AuditTrail

/// A session of hoop's gateway as its API spells it, typed and bounded; nothing is concluded from it yet.
struct HoopSession {
  var id: String
  var user: String?
  var userName: String?
  /// What names the account where the archive gives neither address nor name.
  var accountID: String?
  var isMachine: Bool?
  var connection: String
  var engine: Engine
  var tags: [String: String]
  var isExec: Bool
  var start: Timestamp
  var end: Timestamp?
  var exitCode: Int64?
  var script: String?
  var events: HoopEvents
  /// hoop's own count of the recording's bytes beside those that were read.
  var size: RecordedSize?
  var guardrails: [Hit]
  var review: HoopReview?
  var masking: Masking?
  var aiAction: String?
  var aiTitle: String?
  /// The analyzer's risk and its reasons.
  var aiReason: String?
  /// How much sensitive data of which kind the gateway's analyzer found.
  var analyzed: [String: Int64] = [:]
  /// What the session says that no record holds; counted for the archive.
  var remarks: Set<Remark> = []
  var isTruncated: Bool
  var purpose: Purpose?
  var correlation: String?
  /// Whether it is a row of the session list, which never holds statements.
  var isListRow: Bool

  /// An entry of `guardrails_info`.
  struct Hit {
    var rule: String?
    var isInput: Bool
    var words: [String]
    var message: String?
  }

  /// Something a session says beside its records.
  enum Remark: Hashable {
    case maskingError, outputAnalysis, analyzerSteps, timeWindow, fewApprovals
    case unknownKey(String)
  }

  /// What `metrics.data_masking` says of the whole session.
  struct Masking {
    var redactions: Int64
    var detectors: [String]
  }

  /// What the connection speaks.
  enum Engine: Equatable {
    /// SQL that can be read, with Assay's name of the engine.
    case sql(String)
    /// Printable runs of an Oracle client's packets.
    case oracle
    /// No SQL, with hoop's name of it.
    case other(String)

    var name: String {
      switch self {
      case .sql(let name): name
      case .oracle: "oracle"
      case .other(let name): name
      }
    }

    /// Whether agents call tools by it, with the Model Context Protocol.
    var isMCP: Bool { name.contains("mcp") }
  }
}

extension HoopSession {
  /// Reads a session object. Source: hoop's `gateway/api/openapi/types.go`, `Session`.
  init(_ value: JSONTree) throws(Rejection) {
    guard case .object = value else {
      throw Rejection("not_a_session", "The entry is not a JSON object; a session is expected")
    }
    if case .array = value["data"], !value.has("id") {
      throw Rejection(
        "list_envelope", "A list envelope stands among JSON lines; keep it in a file of its own, one envelope a file")
    }
    id = Self.normalised(try value.required("id"))
    user = value["user"].text
    userName = value["user_name"].text
    accountID = value["user_id"].text ?? value["machine_identity_id"].text
    connection = try value.required("connection")
    engine = Self.engine(type: value["type"].text, subtype: value["connection_subtype"].text)
    tags = [:]
    for member in value["connection_tags"].members {
      guard let text = member.value.string else { continue }
      guard tags.updateValue(text, forKey: member.key) == nil else {
        throw Rejection("duplicate_key", "The key connection_tags holds two keys that read alike")
      }
    }
    isExec = value["verb"].text != "connect"
    // On exec and MCP sessions the gateway writes `user` whoever it is.
    let isUserConstant = isExec || engine.isMCP
    isMachine = value["identity_type"].text.flatMap { $0 == "machine" ? true : isUserConstant ? nil : false }
    start = try value.requiredTime("start_date")
    end = try value.time("end_date")
    exitCode = value["exit_code"].integer
    isListRow = !value.has("script") && !value.has("event_stream")
    script = value["script"]["data"].text
    events = HoopEvents(value["event_stream"])
    if let counted = value["event_size"].integer?.asCount, let read = events.recordedBytes {
      // What is stored in place of a lost recording is counted, too, and nothing of the recording is read.
      size = RecordedSize(counted: events.isMissing ? max(1, counted) : counted, read: read)
    }
    guardrails = value["guardrails_info"].elements.map { Self.hit($0) }
    if guardrails.isEmpty, let refusal = events.refusal { guardrails = [refusal] }
    review = try HoopReview(value["review"])
    masking = Self.masking(value["metrics"]["data_masking"])
    isTruncated = value["metrics"]["truncated"].boolean ?? false
    aiAction = value["ai_analysis"]["action"].text
    aiTitle = value["ai_analysis"]["title"].text
    aiReason = Self.reason(value["ai_analysis"])
    for member in value["metrics"]["data_analyzer"].members { analyzed[member.key] = member.value.integer ?? 0 }
    remarks = Self.remarks(value, review)
    let metadata = value["metadata"]
    let ticket =
      metadata["ticket"].text ?? metadata["jira_issue_key"].text
      ?? value["integrations_metadata"]["jira_issue_key"].text
    let reasons = [metadata["reason"].text, Self.runbook(value["labels"])].compactMap(\.self)
    let stated = Purpose(ticket: ticket, reason: reasons.isEmpty ? nil : reasons.joined(separator: "; "))
    purpose = stated.isGiven ? stated : nil
    correlation = value["correlation_id"].text
  }

  /// UUIDs come in either case; one session must not become two.
  static func normalised(_ id: String) -> String {
    let isUUID = id.utf8.count == 36 && id.utf8.allSatisfy { $0 == 0x2D || isHexDigit($0) }
    return isUUID ? id.lowercased() : id
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }

  private static let engines = [
    "postgres": "postgresql", "postgresql": "postgresql", "mysql": "mysql", "mariadb": "mariadb", "mssql": "mssql",
    "sqlserver": "mssql", "sqlite": "sqlite", "cockroachdb": "cockroachdb", "redshift": "redshift",
    "bigquery": "bigquery", "snowflake": "snowflake", "clickhouse": "clickhouse",
  ]

  private static func engine(type: String?, subtype: String?) -> Engine {
    let name = (subtype ?? type ?? "unknown").lowercased()
    if let known = engines[name] { return .sql(known) }
    if name == "oracledb" || name == "oracle" { return .oracle }
    return .other(name)
  }

  private static func hit(_ value: JSONTree) -> Hit {
    let words = value["matched_words"].elements.compactMap(\.text)
    return Hit(
      rule: value["rule_name"].text ?? value["rule"]["type"].text, isInput: value["direction"].text == "input",
      words: words, message: value["message"].text)
  }

  private static func masking(_ value: JSONTree) -> Masking? {
    guard case .object = value else { return nil }
    let found = value["info_types"].members.filter { ($0.value.integer ?? 0) > 0 }.map(\.key).sorted()
    let counted = value["info_types"].members.reduce(Int64(0)) { sum, member in
      sum.addingReportingOverflow(max(0, member.value.integer ?? 0)).partialValue
    }
    return Masking(redactions: value["total_redact_count"].integer ?? counted, detectors: found)
  }

  /// Whether a person had to release the script before it ran.
  var hasOneTimeReview: Bool { review?.isOneTime ?? false }

  /// Who, as the archive says.
  var identity: Identity? {
    guard let name = user ?? userName ?? accountID else { return nil }
    return Identity(
      user: name, kind: isMachine == true ? .service : .human, kindBasis: isMachine == nil ? .assumed : .recorded)
  }

  /// The record of its opening.
  var opening: SessionOpening {
    SessionOpening(
      session: id, time: start, identity: identity, client: Client(),
      connection: Connection(name: connection, engine: engine.name, environment: tags["environment"], tags: tags),
      purpose: purpose, correlation: correlation)
  }

  /// When an event happened: `start_date` plus the seconds the event gives.
  ///
  /// The seconds count from the connect, which after a review comes hours after `start_date`; then the moment is bounded
  /// by the last review and the end, and approximate. Source: hoop's `OnConnect` against `Post`.
  func time(elapsed: Double?) -> (time: Timestamp, isApproximate: Bool) {
    let tenYears = 3.2e8
    let isUsable = elapsed.map { $0.isFinite && $0 >= 0 && $0 < tenYears } ?? true
    let nanoseconds = isUsable ? Int64(((elapsed ?? 0) * 1e9).rounded()) : 0
    var time = start.adding(nanoseconds: nanoseconds)
    guard hasOneTimeReview else { return (time, !isUsable) }
    if let decided = review?.lastDecision, time < decided { time = decided }
    if let end, time > end { time = end }
    return (time, true)
  }
}
