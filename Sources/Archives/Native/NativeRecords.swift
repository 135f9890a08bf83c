import AuditTrail
import JSONReader

/// The records other than statements.
extension NativeReader {
  /// Counts the keys of an object that are none of these, and returns how many.
  @discardableResult
  mutating func countUnknown(_ object: NativeObject, in record: String, _ known: Set<String>) -> Int {
    var count = 0
    var next = parser.firstMember(of: object.value)
    while let member = next {
      next = parser.member(after: member)
      let key = parser.key(member)
      if !known.contains(key) {
        unknownKeys.add(object.path.isEmpty ? record : "\(record).\(object.path)", key)
        count += 1
      }
    }
    return count
  }

  mutating func readOpening(_ root: NativeObject) throws(Rejection) -> SessionOpening {
    countUnknown(root, in: "session_open", Self.openingKeys)
    guard let connection = try root.object("connection", parser) else { throw .missing("connection") }
    let identity = try root.object("identity", parser)
    let client = try root.object("client", parser)
    let purpose = try root.object("purpose", parser)
    let agent = try root.object("agent", parser)
    return SessionOpening(
      session: try root.requiredText("session", parser), time: try root.requiredTime("time", parser),
      identity: try readIdentity(identity), client: try readClient(client),
      connection: try readConnection(connection), purpose: try readPurpose(purpose),
      actsFor: try root.text("acts_for", parser), agent: try readAgent(agent),
      correlation: try root.text("correlation", parser))
  }

  private static let openingKeys: Set = [
    "type", "session", "time", "identity", "client", "connection", "purpose", "acts_for", "agent", "correlation",
  ]

  private mutating func readIdentity(_ object: NativeObject?) throws(Rejection) -> Identity? {
    guard let object else { return nil }
    countUnknown(object, in: "session_open", ["user", "kind", "groups", "mfa"])
    return Identity(
      user: try object.requiredText("user", parser), kind: try object.requiredName("kind", parser),
      groups: try object.strings("groups", parser), mfa: try object.text("mfa", parser))
  }

  private mutating func readClient(_ object: NativeObject?) throws(Rejection) -> Client {
    guard let object else { return Client() }
    countUnknown(object, in: "session_open", ["address", "application"])
    return Client(address: try object.text("address", parser), application: try object.text("application", parser))
  }

  private mutating func readConnection(_ object: NativeObject) throws(Rejection) -> Connection {
    countUnknown(object, in: "session_open", Self.connectionKeys)
    var tags: [String: String] = [:]
    if let object = try object.object("tags", parser) {
      var next = parser.firstMember(of: object.value)
      while let member = next {
        next = parser.member(after: member)
        guard let value = parser.string(member.value) else {
          throw .illTyped("connection.tags", expected: "map of strings")
        }
        guard tags.updateValue(value, forKey: parser.key(member)) == nil else {
          throw Rejection("duplicate_key", "The key connection.tags holds two keys that read alike")
        }
      }
    }
    return Connection(
      name: try object.requiredText("name", parser), engine: try object.requiredText("engine", parser).lowercased(),
      database: try object.text("database", parser), databaseUser: try object.text("database_user", parser),
      environment: try object.text("environment", parser) ?? header?.environment, tags: tags)
  }

  private static let connectionKeys: Set = ["name", "engine", "database", "database_user", "environment", "tags"]

  private mutating func readPurpose(_ object: NativeObject?) throws(Rejection) -> Purpose? {
    guard let object else { return nil }
    countUnknown(object, in: "session_open", ["ticket", "reason"])
    return Purpose(ticket: try object.text("ticket", parser), reason: try object.text("reason", parser))
  }

  private mutating func readAgent(_ object: NativeObject?) throws(Rejection) -> AgentDescription? {
    guard let object else { return nil }
    countUnknown(object, in: "session_open", ["name", "model", "task", "tool_call"])
    return AgentDescription(
      name: try object.text("name", parser), model: try object.text("model", parser),
      task: try object.text("task", parser), toolCall: try object.text("tool_call", parser))
  }

  mutating func readClosing(_ root: NativeObject) throws(Rejection) -> SessionClosing {
    countUnknown(root, in: "session_close", ["type", "session", "time", "statements"])
    return SessionClosing(
      session: try root.requiredText("session", parser), time: try root.requiredTime("time", parser),
      statements: try root.natural("statements", parser))
  }

  mutating func readApproval(_ root: NativeObject) throws(Rejection) -> Approval {
    countUnknown(root, in: "approval", Self.approvalKeys)
    var decisions: [ApprovalDecision] = []
    if let list = root.find("decisions", parser) {
      guard parser.kind(list) == .array else { throw .illTyped("decisions", expected: "array") }
      for element in parser.elements(of: list) { decisions.append(try readApprovalDecision(element)) }
    }
    return Approval(
      id: try root.requiredText("id", parser), connection: try root.requiredText("connection", parser),
      session: try root.text("session", parser), requestedBy: try root.requiredText("requested_by", parser),
      requestedAt: try root.requiredTime("requested_at", parser), reason: try root.text("reason", parser),
      status: try root.requiredName("status", parser), automatic: try root.flag("automatic", parser),
      rule: try root.text("rule", parser), decisions: decisions, validFrom: try root.time("valid_from", parser),
      expiresAt: try root.time("expires_at", parser), unitSHA256: try root.text("unit_sha256", parser))
  }

  private static let approvalKeys: Set = [
    "type", "id", "connection", "session", "requested_by", "requested_at", "reason", "status", "automatic", "rule",
    "decisions", "valid_from", "expires_at", "unit_sha256",
  ]

  private mutating func readApprovalDecision(_ value: JSONValue) throws(Rejection) -> ApprovalDecision {
    let object = try NativeObject(value, "decisions", parser)
    countUnknown(object, in: "approval", ["user", "group", "decision", "time", "forced"])
    return ApprovalDecision(
      user: try object.requiredText("user", parser), group: try object.text("group", parser),
      decision: try object.requiredText("decision", parser), time: try object.requiredTime("time", parser),
      forced: try object.flag("forced", parser))
  }

  mutating func readPolicyChange(_ root: NativeObject) throws(Rejection) -> PolicyChange {
    countUnknown(root, in: "policy_change", Self.policyChangeKeys)
    return PolicyChange(
      time: try root.requiredTime("time", parser), actor: try root.text("actor", parser),
      approvedBy: try root.text("approved_by", parser), policy: try root.requiredText("policy", parser),
      fromVersion: try root.text("from_version", parser), toVersion: try root.text("to_version", parser),
      sha256: try root.text("sha256", parser))
  }

  private static let policyChangeKeys: Set = [
    "type", "time", "actor", "approved_by", "policy", "from_version", "to_version", "sha256",
  ]

  mutating func readAccessChange(_ root: NativeObject) throws(Rejection) -> AccessChange {
    countUnknown(root, in: "access_change", Self.accessChangeKeys)
    return AccessChange(
      time: try root.requiredTime("time", parser), actor: try root.text("actor", parser),
      subject: try root.requiredText("subject", parser), change: try root.requiredText("change", parser),
      role: try root.text("role", parser), connection: try root.text("connection", parser),
      approvedBy: try root.text("approved_by", parser), ticket: try root.text("ticket", parser))
  }

  private static let accessChangeKeys: Set = [
    "type", "time", "actor", "subject", "change", "role", "connection", "approved_by", "ticket",
  ]

  mutating func readHeartbeat(_ root: NativeObject) throws(Rejection) -> Timestamp {
    countUnknown(root, in: "heartbeat", ["type", "time"])
    return try root.requiredTime("time", parser)
  }

  mutating func readHeader(_ root: NativeObject) throws(Rejection) -> ArchiveHeader {
    try requireKnown(root, ["type", "format", "proxy", "environment", "previous"], in: "archive")
    guard try root.requiredText("format", parser) == NativeReader.name else {
      throw .unexpected("format", expected: NativeReader.name)
    }
    guard let proxy = try root.object("proxy", parser) else { throw .missing("proxy") }
    try requireKnown(proxy, ["name", "version", "instance"], in: "archive")
    return ArchiveHeader(
      proxyName: try proxy.requiredText("name", parser), proxyVersion: try proxy.text("version", parser),
      instance: try proxy.text("instance", parser), environment: try root.text("environment", parser),
      previous: try root.text("previous", parser))
  }

  mutating func readSeal(_ root: NativeObject) throws(Rejection) -> (SealStatement, SealSignature?) {
    try requireKnown(root, ["type", "records", "first", "last", "root", "signature"], in: "seal")
    var signature: SealSignature?
    if let object = try root.object("signature", parser) {
      try requireKnown(object, ["key", "value"], in: "seal")
      signature = SealSignature(
        key: try object.requiredText("key", parser), value: try object.requiredText("value", parser))
    }
    let statement = SealStatement(
      records: try root.requiredNatural("records", parser), first: try root.text("first", parser),
      last: try root.text("last", parser), root: try root.requiredText("root", parser))
    return (statement, signature)
  }

  /// In the archive and the seal line an unknown key breaks the seal: it would be protected by nothing.
  private mutating func requireKnown(_ object: NativeObject, _ known: Set<String>, in line: String) throws(Rejection) {
    if countUnknown(object, in: line, known) > 0 {
      seal.note("The \(line) line holds keys that the format does not know.")
    }
  }
}
