import AuditTrail
import JSONReader

/// The fast path: a statement line's values go straight into a row and the batch's arena, and no String is made.
extension NativeReader {
  /// The values of a statement's keys, before they are checked.
  private struct Members {
    var session, sequence, time, sql, parameters, decision, approval, result, unit: JSONValue?
  }

  /// Reads a statement; what it left in the arena before it threw is the caller's to remove.
  mutating func readStatement(
    _ root: JSONValue, entry: Int64, into batch: inout RecordBatch
  ) throws(Rejection) -> Int64 {
    let members = statementMembers(root)
    guard let session = members.session else { throw .missing("session") }
    guard let sequence = members.sequence else { throw .missing("seq") }
    guard let time = members.time else { throw .missing("time") }
    guard let sql = members.sql else { throw .missing("sql") }
    guard let decision = members.decision else { throw .missing("decision") }
    var row = StatementRow()
    row.entry = entry
    row.session = try store(session, "session", &batch)
    row.sequence = try parser.integer(sequence, "seq")
    guard row.sequence >= 0 else { throw .illTyped("seq", expected: "whole number from 0 on") }
    row.time = try parser.time(time, "time").nanoseconds
    row.sql = try store(sql, "sql", &batch)
    if let parameters = members.parameters { row.parameters = try packParameters(parameters, &batch) }
    try packDecision(decision, &row, &batch)
    if let approval = members.approval { row.approval = try store(approval, "approval", &batch) }
    if let result = members.result { try readResult(result, &row, &batch) }
    if let unit = members.unit { try readUnit(unit, &row, &batch) }
    batch.statements.append(row)
    return row.time
  }

  private mutating func statementMembers(_ root: JSONValue) -> Members {
    var members = Members()
    var next = parser.firstMember(of: root)
    while let member = next {
      next = parser.member(after: member)
      let value = parser.isNull(member.value) ? nil : member.value
      switch parser.withKey(member, { $0.count }) {
      case 3 where parser.key(member, is: "seq"): members.sequence = value
      case 3 where parser.key(member, is: "sql"): members.sql = value
      case 4 where parser.key(member, is: "time"): members.time = value
      case 4 where parser.key(member, is: "unit"): members.unit = value
      case 4 where parser.key(member, is: "type"): break
      case 6 where parser.key(member, is: "params"): members.parameters = value
      case 6 where parser.key(member, is: "result"): members.result = value
      case 7 where parser.key(member, is: "session"): members.session = value
      case 8 where parser.key(member, is: "decision"): members.decision = value
      case 8 where parser.key(member, is: "approval"): members.approval = value
      default: unknownKeys.add("statement", parser.key(member))
      }
    }
    return members
  }

  private func store(_ value: JSONValue, _ key: String, _ batch: inout RecordBatch) throws(Rejection) -> ArenaSlice {
    let start = batch.arena.count
    guard parser.appendUTF8(value, to: &batch.arena) else { throw .illTyped(key, expected: "string") }
    return batch.slice(from: start)
  }

  /// A field of a packed value: a string, or none.
  private func pack(_ value: JSONValue?, _ key: String, _ batch: inout RecordBatch) throws(Rejection) {
    guard let value else { return batch.packAbsentField() }
    let mark = batch.beginField()
    guard parser.appendUTF8(value, to: &batch.arena) else { throw .illTyped(key, expected: "string") }
    batch.endField(mark)
  }

  private mutating func packParameters(
    _ value: JSONValue, _ batch: inout RecordBatch
  ) throws(Rejection) -> ArenaSlice {
    guard parser.kind(value) == .array else { throw .illTyped("params", expected: "array") }
    let start = batch.arena.count
    for element in parser.elements(of: value) {
      guard parser.kind(element) == .object else { throw .illTyped("params", expected: "array of objects") }
      var type, content: JSONValue?
      var next = parser.firstMember(of: element)
      while let member = next {
        next = parser.member(after: member)
        let value = parser.isNull(member.value) ? nil : member.value
        if parser.key(member, is: "type") {
          type = value
        } else if parser.key(member, is: "value") {
          content = value
        } else {
          unknownKeys.add("statement.params", parser.key(member))
        }
      }
      try pack(type, "params.type", &batch)
      try pack(content, "params.value", &batch)
    }
    return batch.slice(from: start)
  }

  private mutating func packDecision(
    _ value: JSONValue, _ row: inout StatementRow, _ batch: inout RecordBatch
  ) throws(Rejection) {
    guard parser.kind(value) == .object else { throw .illTyped("decision", expected: "object") }
    var action, rule, policy, version, masked, message: JSONValue?
    var next = parser.firstMember(of: value)
    while let member = next {
      next = parser.member(after: member)
      let value = parser.isNull(member.value) ? nil : member.value
      switch parser.withKey(member, { $0.count }) {
      case 4 where parser.key(member, is: "rule"): rule = value
      case 6 where parser.key(member, is: "action"): action = value
      case 6 where parser.key(member, is: "policy"): policy = value
      case 6 where parser.key(member, is: "masked"): masked = value
      case 7 where parser.key(member, is: "message"): message = value
      case 14 where parser.key(member, is: "policy_version"): version = value
      default: unknownKeys.add("statement.decision", parser.key(member))
      }
    }
    guard let action else { throw .missing("decision.action") }
    row.action = try parser.name(action, "decision.action")
    let start = batch.arena.count
    try pack(action, "decision.action", &batch)
    try pack(rule, "decision.rule", &batch)
    try pack(policy, "decision.policy", &batch)
    try pack(version, "decision.policy_version", &batch)
    try pack(message, "decision.message", &batch)
    if let masked {
      for column in try parser.strings(masked, "decision.masked").sorted() { batch.packField(column) }
    }
    row.decision = batch.slice(from: start)
  }

  private mutating func readResult(
    _ value: JSONValue, _ row: inout StatementRow, _ batch: inout RecordBatch
  ) throws(Rejection) {
    guard parser.kind(value) == .object else { throw .illTyped("result", expected: "object") }
    row.hasResult = true
    var next = parser.firstMember(of: value)
    while let member = next {
      next = parser.member(after: member)
      if parser.isNull(member.value) { continue }
      switch parser.withKey(member, { $0.count }) {
      case 4 where parser.key(member, is: "rows"): row.rows = try parser.natural(member.value, "result.rows")
      case 5 where parser.key(member, is: "error"): row.error = try packError(member.value, &batch)
      case 9 where parser.key(member, is: "rows_kind"):
        row.rowsKind = try parser.name(member.value, "result.rows_kind")
      case 11 where parser.key(member, is: "duration_us"):
        row.duration = try parser.natural(member.value, "result.duration_us")
      default: unknownKeys.add("statement.result", parser.key(member))
      }
    }
  }

  private mutating func packError(_ value: JSONValue, _ batch: inout RecordBatch) throws(Rejection) -> ArenaSlice {
    let error = try NativeObject(value, "result.error", parser)
    countUnknown(error, in: "statement", ["sqlstate", "message"])
    let fields = [try error.text("sqlstate", parser), try error.text("message", parser)]
    return batch.pack(fields: fields)
  }

  private mutating func readUnit(
    _ value: JSONValue, _ row: inout StatementRow, _ batch: inout RecordBatch
  ) throws(Rejection) {
    let unit = try NativeObject(value, "unit", parser)
    countUnknown(unit, in: "statement", ["id", "sha256", "position", "of"])
    let fields = [try unit.requiredText("id", parser), try unit.text("sha256", parser)]
    row.unit = batch.pack(fields: fields)
    row.unitPosition = try unit.requiredNatural("position", parser)
    row.unitCount = try unit.requiredNatural("of", parser)
    guard row.unitPosition >= 1, row.unitPosition <= row.unitCount else {
      throw Rejection("bad_value", "The key unit.position does not lie between 1 and unit.of")
    }
  }
}
