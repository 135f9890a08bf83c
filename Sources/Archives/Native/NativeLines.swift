import AuditTrail
import JSONReader

/// The lines of the native format, each with its keys in the order of the format's description.
extension JSONWriter {
  mutating func write(_ header: ArchiveHeader) {
    beginLine("archive")
    key("format")
    string(NativeReader.name)
    key("proxy")
    beginObject()
    field("name", header.proxyName)
    field("version", header.proxyVersion)
    field("instance", header.instance)
    endObject()
    field("environment", header.environment)
    field("previous", header.previous)
    endObject()
  }

  mutating func write(_ opening: SessionOpening) {
    beginLine("session_open")
    field("session", opening.session)
    field("time", opening.time)
    key("identity")
    write(opening.identity)
    key("client")
    beginObject()
    field("address", opening.client.address)
    field("application", opening.client.application)
    endObject()
    key("connection")
    write(opening.connection)
    key("purpose")
    if let purpose = opening.purpose {
      beginObject()
      field("ticket", purpose.ticket)
      field("reason", purpose.reason)
      endObject()
    } else {
      null()
    }
    field("acts_for", opening.actsFor)
    key("agent")
    if let agent = opening.agent {
      beginObject()
      field("name", agent.name)
      field("model", agent.model)
      field("task", agent.task)
      field("tool_call", agent.toolCall)
      endObject()
    } else {
      null()
    }
    field("correlation", opening.correlation)
    endObject()
  }

  private mutating func write(_ identity: Identity?) {
    guard let identity else { return null() }
    beginObject()
    field("user", identity.user)
    field("kind", identity.kind.rawValue)
    key("groups")
    beginArray()
    for group in identity.groups { string(group) }
    endArray()
    field("mfa", identity.mfa)
    endObject()
  }

  private mutating func write(_ connection: Connection) {
    beginObject()
    field("name", connection.name)
    field("engine", connection.engine)
    field("database", connection.database)
    field("database_user", connection.databaseUser)
    field("environment", connection.environment)
    key("tags")
    beginObject()
    for (name, value) in connection.tags.sorted(by: { $0.key < $1.key }) { field(name, value) }
    endObject()
    endObject()
  }

  mutating func write(_ approval: Approval) {
    beginLine("approval")
    field("id", approval.id)
    field("connection", approval.connection)
    field("session", approval.session)
    field("requested_by", approval.requestedBy)
    field("requested_at", approval.requestedAt)
    field("reason", approval.reason)
    field("status", approval.status.rawValue)
    key("automatic")
    bool(approval.automatic)
    field("rule", approval.rule)
    key("decisions")
    beginArray()
    for decision in approval.decisions {
      beginObject()
      field("user", decision.user)
      field("group", decision.group)
      field("decision", decision.decision)
      field("time", decision.time)
      key("forced")
      bool(decision.forced)
      endObject()
    }
    endArray()
    field("valid_from", approval.validFrom)
    field("expires_at", approval.expiresAt)
    field("unit_sha256", approval.unitSHA256)
    endObject()
  }

  mutating func write(_ closing: SessionClosing) {
    beginLine("session_close")
    field("session", closing.session)
    field("time", closing.time)
    key("statements")
    integer(closing.statements)
    endObject()
  }

  mutating func write(_ change: PolicyChange) {
    beginLine("policy_change")
    field("time", change.time)
    field("actor", change.actor)
    field("approved_by", change.approvedBy)
    field("policy", change.policy)
    field("from_version", change.fromVersion)
    field("to_version", change.toVersion)
    field("sha256", change.sha256)
    endObject()
  }

  mutating func write(_ change: AccessChange) {
    beginLine("access_change")
    field("time", change.time)
    field("actor", change.actor)
    field("subject", change.subject)
    field("change", change.change)
    field("role", change.role)
    field("connection", change.connection)
    field("approved_by", change.approvedBy)
    field("ticket", change.ticket)
    endObject()
  }

  mutating func write(heartbeat time: Timestamp) {
    beginLine("heartbeat")
    field("time", time)
    endObject()
  }

  mutating func write(_ seal: SealStatement, signature: SealSignature?) {
    beginLine("seal")
    key("records")
    integer(seal.records)
    field("first", seal.first)
    field("last", seal.last)
    field("root", seal.root)
    key("signature")
    if let signature {
      beginObject()
      field("key", signature.key)
      field("value", signature.value)
      endObject()
    } else {
      null()
    }
    endObject()
  }

  /// A statement, from its row and the batch's arena.
  mutating func write(_ row: StatementRow, arena: [UInt8]) {
    beginLine("statement")
    key("session")
    string(row.session, arena)
    key("seq")
    integer(row.sequence)
    field("time", Timestamp(nanoseconds: row.time))
    key("sql")
    string(row.sql, arena)
    key("params")
    writeParameters(row.parameters, arena)
    key("decision")
    writeDecision(unpackFields(arena[row.decision.range]), action: row.action)
    key("approval")
    string(row.approval, arena)
    key("result")
    writeResult(row, arena)
    key("unit")
    writeUnit(row, arena)
    endObject()
  }

  private mutating func writeParameters(_ slice: ArenaSlice, _ arena: [UInt8]) {
    guard slice.isPresent else { return null() }
    beginArray()
    let fields = unpackFields(arena[slice.range])
    for index in stride(from: 0, to: fields.count - 1, by: 2) {
      beginObject()
      field("type", fields[index])
      field("value", fields[index + 1])
      endObject()
    }
    endArray()
  }

  private mutating func writeDecision(_ fields: [String?], action: Action) {
    func value(_ index: Int) -> String? { index < fields.count ? fields[index] : nil }
    beginObject()
    field("action", action.rawValue)
    field("rule", value(1))
    field("policy", value(2))
    field("policy_version", value(3))
    key("masked")
    beginArray()
    for column in fields.dropFirst(5) { string(column) }
    endArray()
    field("message", value(4))
    endObject()
  }

  private mutating func writeResult(_ row: StatementRow, _ arena: [UInt8]) {
    guard row.hasResult else { return null() }
    beginObject()
    key("rows")
    integer(row.rows < 0 ? nil : row.rows)
    field("rows_kind", row.rowsKind.rawValue)
    key("duration_us")
    integer(row.duration < 0 ? nil : row.duration)
    key("error")
    if row.error.isPresent {
      let fields = unpackFields(arena[row.error.range])
      beginObject()
      field("sqlstate", fields.first ?? nil)
      field("message", fields.dropFirst().first ?? nil)
      endObject()
    } else {
      null()
    }
    endObject()
  }

  private mutating func writeUnit(_ row: StatementRow, _ arena: [UInt8]) {
    guard row.unit.isPresent else { return null() }
    let fields = unpackFields(arena[row.unit.range])
    beginObject()
    field("id", fields.first ?? nil)
    field("sha256", fields.dropFirst().first ?? nil)
    key("position")
    integer(row.unitPosition)
    key("of")
    integer(row.unitCount)
    endObject()
  }

  private mutating func beginLine(_ type: String) {
    beginObject()
    field("type", type)
  }

  private mutating func field(_ name: String, _ value: String?) {
    key(name)
    string(value)
  }

  private mutating func field(_ name: String, _ time: Timestamp?) {
    key(name)
    string(time?.description)
  }

  private mutating func string(_ slice: ArenaSlice, _ arena: [UInt8]) {
    guard slice.isPresent else { return null() }
    string(String(decoding: arena[slice.range], as: UTF8.self))
  }
}
