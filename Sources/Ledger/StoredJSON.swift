public import AuditTrail
import JSONReader

/// Reads the JSON that the ledger itself wrote into its columns.
public struct StoredJSON: ~Copyable {
  private var parser = JSONParser()

  /// A reader with a parser of its own.
  public init() {}

  /// A list of texts; empty for what is none.
  public mutating func list(_ text: String) -> [String] {
    guard text.utf8.count > 2, let root = try? parser.parse(text) else { return [] }
    return parser.elements(of: root).compactMap { parser.string($0) }
  }

  /// An object of texts; empty for what is none.
  public mutating func object(_ text: String) -> [String: String] {
    guard text.utf8.count > 2, let root = try? parser.parse(text) else { return [:] }
    var object: [String: String] = [:]
    parser.forEachMember(of: root) { member in object[parser.key(member)] = parser.string(member.value) }
    return object
  }

  /// A measurement that ``encode(_:into:)`` wrote.
  mutating func measurement(_ text: String) -> StoredMeasurement? {
    guard let root = try? parser.parse(text), let execution = execution(root, "execution") else { return nil }
    var effect = Effect(execution)
    if let tables = parser.value(of: root, "tables") {
      parser.forEachMember(of: tables) { member in effect.tables[parser.key(member)] = table(member.value) }
    }
    if let dropped = parser.value(of: root, "dropped") {
      effect.dropped = parser.elements(of: dropped).map { object in
        DroppedObject(
          type: self.text(object, "type") ?? "", name: self.text(object, "name") ?? "", rows: integer(object, "rows"),
          isScratch: flag(object, "scratch"))
      }
    }
    effect.truncated = texts(root, "truncated")
    effect.altered = texts(root, "altered")
    effect.escalated = texts(root, "escalated")
    effect.refused = texts(root, "refused")
    effect.reads = texts(root, "reads")
    effect.leak = self.text(root, "leak").flatMap(Leak.init) ?? .none
    effect.leakedColumns = texts(root, "leaked_columns")
    effect.unmaskableColumns = texts(root, "unmaskable_columns")
    effect.maskedColumns = texts(root, "masked_columns")
    effect.valuesShown = integer(root, "values_shown") ?? 0
    effect.leakForm = self.text(root, "leak_form").flatMap(LeakForm.init)
    effect.rowsReturned = integer(root, "returned") ?? 0
    effect.ownCount = integer(root, "own_count")
    effect.kept = !flag(root, "undone")
    effect.leavesChanges = flag(root, "leaves_changes")
    effect.emptyTables = texts(root, "empty_tables")
    effect.countedInProduction = texts(root, "counted_in_production")
    effect.estimate = self.text(root, "estimate").flatMap(RowEstimate.init)
    effect.basis = self.text(root, "basis").flatMap(Basis.init) ?? .copy
    if let mode = self.text(root, "mode") { effect.mode = mode }
    return StoredMeasurement(
      effect: effect, measuredExecution: self.execution(root, "measured_execution"),
      isReadOnly: flag(root, "read_only"), sensitiveOutputs: texts(root, "sensitive_outputs"))
  }

  private func execution(_ root: JSONValue, _ key: StaticString) -> Execution? {
    guard let execution = parser.value(of: root, key) else { return nil }
    if parser.string(execution) == "ran" { return .ran }
    if let reason = text(execution, "not_run").flatMap(InconclusiveReason.init) { return .notRun(reason) }
    guard let code = text(execution, "failed") else { return nil }
    return .failed(code: code, missingObject: text(execution, "missing"))
  }

  private func table(_ value: JSONValue) -> TableEffect {
    var table = TableEffect()
    table.inserted = integer(value, "inserted") ?? 0
    table.updated = integer(value, "updated") ?? 0
    table.deleted = integer(value, "deleted") ?? 0
    table.unchanged = integer(value, "unchanged") ?? 0
    table.restored = integer(value, "restored") ?? 0
    table.indirect = integer(value, "indirect") ?? 0
    table.cascaded = integer(value, "cascaded") ?? 0
    table.coded = integer(value, "coded") ?? 0
    table.before = integer(value, "before")
    table.isScratch = flag(value, "scratch")
    return table
  }

  private func text(_ object: JSONValue, _ key: StaticString) -> String? {
    parser.value(of: object, key).flatMap { parser.string($0) }
  }

  private func integer(_ object: JSONValue, _ key: StaticString) -> Int64? {
    parser.value(of: object, key).flatMap { parser.int($0) }?.asCount
  }

  private func flag(_ object: JSONValue, _ key: StaticString) -> Bool {
    parser.value(of: object, key).flatMap { parser.bool($0) } ?? false
  }

  private func texts(_ object: JSONValue, _ key: StaticString) -> [String] {
    guard let value = parser.value(of: object, key) else { return [] }
    return parser.elements(of: value).compactMap { parser.string($0) }
  }
}

/// A statement's measurement as the ledger stores it.
public struct StoredMeasurement: Sendable {
  /// What was measured, as the session as a whole let it count.
  public let effect: Effect
  /// How it ended on the shadow, where the session as a whole let it count otherwise.
  let measuredExecution: Execution?
  /// Whether the statement can change nothing, as the shadow's own parser says.
  public let isReadOnly: Bool
  /// Sensitive columns that its output expressions read, as `table.column`, where the shadow's tables are empty.
  public let sensitiveOutputs: [String]

  /// What the shadow measured, before anything was concluded from the session as a whole.
  public var asMeasured: Effect {
    var effect = effect
    if let measuredExecution { effect.execution = measuredExecution }
    return effect
  }
}

/// Appends a measurement as JSON: whole, so that grades can be drawn again; what is empty or false is left out.
func encode(_ grade: GradedStatement, into bytes: inout [UInt8]) {
  let effect = grade.effect
  var json = JSONWriter(verbatim: true)
  json.beginObject()
  json.key("execution")
  encode(effect.execution, into: &json)
  if let measured = grade.measuredExecution {
    json.key("measured_execution")
    encode(measured, into: &json)
  }
  if !effect.tables.isEmpty {
    json.key("tables")
    json.beginObject()
    for (name, table) in effect.tables.sorted(by: { $0.key < $1.key }) {
      json.key(name)
      encode(table, into: &json)
    }
    json.endObject()
  }
  if !effect.dropped.isEmpty {
    json.key("dropped")
    json.beginArray()
    for object in effect.dropped { encode(object, into: &json) }
    json.endArray()
  }
  for (key, values) in [
    ("truncated", effect.truncated), ("altered", effect.altered), ("escalated", effect.escalated),
    ("refused", effect.refused), ("reads", effect.reads), ("leaked_columns", effect.leakedColumns),
    ("unmaskable_columns", effect.unmaskableColumns), ("masked_columns", effect.maskedColumns),
    ("empty_tables", effect.emptyTables), ("counted_in_production", effect.countedInProduction),
  ] where !values.isEmpty {
    json.key(key)
    json.strings(values)
  }
  if effect.leak != .none {
    json.key("leak")
    json.string(effect.leak.rawValue)
  }
  if let form = effect.leakForm {
    json.key("leak_form")
    json.string(form.rawValue)
  }
  if effect.valuesShown > 0 {
    json.key("values_shown")
    json.integer(effect.valuesShown)
  }
  if effect.rowsReturned > 0 {
    json.key("returned")
    json.integer(effect.rowsReturned)
  }
  if let count = effect.ownCount {
    json.key("own_count")
    json.integer(count)
  }
  if !effect.kept {
    json.key("undone")
    json.bool(true)
  }
  if effect.leavesChanges {
    json.key("leaves_changes")
    json.bool(true)
  }
  if grade.isReadOnly {
    json.key("read_only")
    json.bool(true)
  }
  if !grade.sensitiveOutputs.isEmpty {
    json.key("sensitive_outputs")
    json.strings(grade.sensitiveOutputs)
  }
  if let estimate = effect.estimate {
    json.key("estimate")
    json.string(estimate.rawValue)
  }
  json.key("basis")
  json.string(effect.basis.rawValue)
  if effect.mode != "session" {
    json.key("mode")
    json.string(effect.mode)
  }
  json.endObject()
  bytes.append(contentsOf: json.bytes)
}

private func encode(_ execution: Execution, into json: inout JSONWriter) {
  switch execution {
  case .ran: json.string("ran")
  case .notRun(let reason):
    json.beginObject()
    json.key("not_run")
    json.string(reason.rawValue)
    json.endObject()
  case .failed(let code, let missing):
    json.beginObject()
    json.key("failed")
    json.string(code)
    if let missing {
      json.key("missing")
      json.string(missing)
    }
    json.endObject()
  }
}

private func encode(_ table: TableEffect, into json: inout JSONWriter) {
  json.beginObject()
  for (key, value) in [
    ("inserted", table.inserted), ("updated", table.updated), ("deleted", table.deleted),
    ("unchanged", table.unchanged), ("restored", table.restored), ("indirect", table.indirect),
    ("cascaded", table.cascaded), ("coded", table.coded),
  ] where value != 0 {
    json.key(key)
    json.integer(value)
  }
  if let before = table.before {
    json.key("before")
    json.integer(before)
  }
  if table.isScratch {
    json.key("scratch")
    json.bool(true)
  }
  json.endObject()
}

private func encode(_ object: DroppedObject, into json: inout JSONWriter) {
  json.beginObject()
  json.key("type")
  json.string(object.type)
  json.key("name")
  json.string(object.name)
  if let rows = object.rows {
    json.key("rows")
    json.integer(rows)
  }
  if object.isScratch {
    json.key("scratch")
    json.bool(true)
  }
  json.endObject()
}
