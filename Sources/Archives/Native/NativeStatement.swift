import AuditTrail
import JSONReader

/// The keys of a statement line and of the objects in it, in the format's order.
struct StatementFields {
  var statement = JSONFields([
    "type", "session", "seq", "time", "sql", "params", "decision", "approval", "result", "unit",
  ])
  var parameter = JSONFields(["type", "value"])
  var decision = JSONFields(["action", "rule", "policy", "policy_version", "masked", "message"])
  var result = JSONFields(["rows", "rows_kind", "duration_us", "error"])
  /// The allowing decision read last, and as it was packed: most statements share few decisions.
  var lastAllowed = JSONSnapshot()
  var lastPacked: [UInt8] = []
}

/// The fast path: a statement line's values go straight into a row and the batch's arena, and no String is made.
extension NativeReader {
  /// Reads a statement; what it left in the arena before it threw is the caller's to remove.
  mutating func readStatement(
    _ root: JSONValue, entry: Int64, into batch: inout RecordBatch
  ) throws(Rejection) -> Int64 {
    if fields.statement.take(root, from: parser) > 0 { countUnknown(root, "statement", fields.statement) }
    guard let session = fields.statement[1] else { throw .missing("session") }
    guard let sequence = fields.statement[2] else { throw .missing("seq") }
    guard let time = fields.statement[3] else { throw .missing("time") }
    guard let sql = fields.statement[4] else { throw .missing("sql") }
    guard let decision = fields.statement[6] else { throw .missing("decision") }
    let (parameters, approval) = (fields.statement[5], fields.statement[7])
    let (result, unit) = (fields.statement[8], fields.statement[9])
    var row = StatementRow()
    row.entry = entry
    row.session = try store(session, "session", &batch)
    row.sequence = try parser.integer(sequence, "seq")
    guard row.sequence >= 0 else { throw .illTyped("seq", expected: "whole number from 0 on") }
    row.time = try parser.time(time, "time").nanoseconds
    row.sql = try store(sql, "sql", &batch)
    if let parameters { row.parameters = try packParameters(parameters, &batch) }
    try packDecision(decision, &row, &batch)
    if let approval { row.approval = try store(approval, "approval", &batch) }
    if let result { try readResult(result, &row, &batch) }
    if let unit { try readUnit(unit, &row, &batch) }
    batch.statements.append(row)
    return row.time
  }

  /// Counts the keys of an object that are none of these.
  private mutating func countUnknown(_ object: JSONValue, _ path: String, _ known: JSONFields) {
    var next = parser.firstMember(of: object)
    while let member = next {
      next = parser.member(after: member)
      if !known.hold(member, in: parser) { unknownKeys.add(path, parser.key(member)) }
    }
  }

  private func store(_ value: JSONValue, _ key: String, _ batch: inout RecordBatch) throws(Rejection) -> ArenaSlice {
    let start = batch.arena.count
    guard parser.appendUTF8(value, to: &batch.arena) else { throw .illTyped(key, expected: "string") }
    return batch.slice(from: start)
  }

  /// A field of a packed value: a string, or none.
  private func pack(_ value: JSONValue?, _ key: String, _ batch: inout RecordBatch) throws(Rejection) {
    guard let value else { return batch.packAbsentField() }
    guard parser.appendPrefixedUTF8(value, to: &batch.arena) else { throw .illTyped(key, expected: "string") }
  }

  private mutating func packParameters(
    _ value: JSONValue, _ batch: inout RecordBatch
  ) throws(Rejection) -> ArenaSlice {
    guard parser.kind(value) == .array else { throw .illTyped("params", expected: "array") }
    let start = batch.arena.count
    var next = parser.firstElement(of: value)
    while let element = next {
      next = parser.element(after: element)
      guard parser.kind(element.value) == .object else { throw .illTyped("params", expected: "array of objects") }
      if fields.parameter.take(element.value, from: parser) > 0 {
        countUnknown(element.value, "statement.params", fields.parameter)
      }
      try pack(fields.parameter[0], "params.type", &batch)
      try pack(fields.parameter[1], "params.value", &batch)
    }
    return batch.slice(from: start)
  }

  private mutating func packDecision(
    _ value: JSONValue, _ row: inout StatementRow, _ batch: inout RecordBatch
  ) throws(Rejection) {
    guard parser.kind(value) == .object else { throw .illTyped("decision", expected: "object") }
    if fields.lastAllowed.matches(value, in: parser) {
      let start = batch.arena.count
      batch.arena.append(contentsOf: fields.lastPacked)
      row.decision = batch.slice(from: start)
      row.action = .allow
      return
    }
    let unknown = fields.decision.take(value, from: parser)
    if unknown > 0 { countUnknown(value, "statement.decision", fields.decision) }
    guard let action = fields.decision[0] else { throw .missing("decision.action") }
    // Most statements are allowed: that name is not looked up among the others.
    row.action = parser.string(action, is: "allow") ? .allow : try parser.name(action, "decision.action")
    let start = batch.arena.count
    try pack(action, "decision.action", &batch)
    try pack(fields.decision[1], "decision.rule", &batch)
    try pack(fields.decision[2], "decision.policy", &batch)
    try pack(fields.decision[3], "decision.policy_version", &batch)
    try pack(fields.decision[5], "decision.message", &batch)
    if let masked = fields.decision[4] {
      for column in try parser.strings(masked, "decision.masked").sorted() { batch.packField(column) }
    }
    row.decision = batch.slice(from: start)
    // A blocked statement among allowed ones shall not make the next allowed one read in full.
    guard unknown == 0, row.action == .allow else { return }
    fields.lastAllowed.take(value, from: parser)
    fields.lastPacked = Array(batch.arena[row.decision.range])
  }

  private mutating func readResult(
    _ value: JSONValue, _ row: inout StatementRow, _ batch: inout RecordBatch
  ) throws(Rejection) {
    guard parser.kind(value) == .object else { throw .illTyped("result", expected: "object") }
    row.hasResult = true
    if fields.result.take(value, from: parser) > 0 { countUnknown(value, "statement.result", fields.result) }
    if let rows = fields.result[0] { row.rows = try parser.natural(rows, "result.rows") }
    if let kind = fields.result[1] {
      row.rowsKind = parser.string(kind, is: "returned") ? .returned : try parser.name(kind, "result.rows_kind")
    }
    if let duration = fields.result[2] { row.duration = try parser.natural(duration, "result.duration_us") }
    if let error = fields.result[3] { row.error = try packError(error, &batch) }
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
