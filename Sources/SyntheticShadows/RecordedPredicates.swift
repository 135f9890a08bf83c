import AuditTrail
import PostgresShadows
import Replay
import SQLiteShadows

/// What recorded statements, and the conditions of the schema, say of the values that columns hold.
///
/// Read from tokens, so that texts of every dialect count: `column = value`, comparisons, IN, BETWEEN, `SET column =`, and
/// the values of INSERT. A value stands for itself or for the parameter that was recorded with it.
struct RecordedPredicates: Sendable {
  /// Values that a statement asked for by `=` or IN, by `table.column` in lower case, with the rows that it met where the
  /// archive says so; `nil` where it does not.
  private(set) var wanted: [String: [SyntheticValue: Int?]] = [:]
  /// Values that a column was given, or was compared with.
  private(set) var given: [String: Set<SyntheticValue>] = [:]
  /// Lower and upper bounds, inclusive.
  private(set) var lower: [String: SyntheticValue] = [:]
  private(set) var upper: [String: SyntheticValue] = [:]
  /// Keys that a recorded INSERT brings itself, so that they must not be there before.
  private(set) var inserted: [String: Set<SyntheticValue>] = [:]
  /// Values that a recorded UPDATE gave to the row of a key, by `table.column` of the key: before it the row held others.
  private(set) var changes: [String: [SyntheticValue: [Change]]] = [:]
  /// Rows that meet several equalities at once, with how many.
  private(set) var combinations: [Combination] = []

  /// A row that must be there.
  struct Combination: Hashable, Sendable {
    var table: String
    var values: [String: SyntheticValue]
    var rows: Int
  }

  /// A column that an UPDATE gave a value.
  struct Change: Hashable, Sendable {
    var column: String
    var value: SyntheticValue
  }

  private static let capacity = 20_000
  private var knownCombinations: Set<Combination> = []

  /// Nothing said yet.
  init() {}

  /// Takes notice of a recorded statement; `rows` is what it returned or changed.
  mutating func add(_ sql: String, _ parameters: [Parameter], rows: Int64?, model: ShadowModel) {
    var reading = PredicateReading(sql, parameters, model: model)
    reading.read()
    let count = reading.countsItsRows ? rows.map { Int(clamping: $0) } : nil
    let equalities = reading.equalities
    for (key, value) in reading.assigned { note(key, value) }
    for (key, value) in reading.bounds { note(key, value) }
    for (key, value) in reading.inserted { inserted[key, default: []].insert(value) }
    for (key, values) in equalities {
      for value in values where inserted[key]?.contains(value) != true {
        want(key, value, equalities.count == 1 && values.count == 1 ? count : nil)
      }
    }
    if equalities.count == 1, let (key, values) = equalities.first, values.count == 1, let table = reading.onlyTable {
      for (assigned, value) in reading.assigned where changes[key]?.count ?? 0 < Self.capacity {
        let column = String(assigned.dropFirst(table.count + 1))
        changes[key, default: [:]][values[0], default: []].append(Change(column: column, value: value))
      }
    }
    guard equalities.count > 1, equalities.values.allSatisfy({ $0.count == 1 }), count != 0,
      let table = reading.onlyTable, combinations.count < Self.capacity
    else { return }
    let values = equalities.reduce(into: [String: SyntheticValue]()) { values, entry in
      if let column = entry.key.split(separator: ".").last, let value = entry.value.first {
        values[String(column)] = value
      }
    }
    let combination = Combination(table: table, values: values, rows: max(1, min(count ?? 1, 1000)))
    if knownCombinations.insert(combination).inserted { combinations.append(combination) }
  }

  /// Takes notice of a CHECK of a table.
  mutating func add(check: String, of table: TableModel) {
    var reading = PredicateReading(check, [], model: ShadowModel(tables: [table]))
    reading.tables = [(table.name.nameKey, table)]
    reading.readCondition()
    for (key, values) in reading.equalities { for value in values { note(key, value) } }
    for (key, value) in reading.lower { lower[key] = value }
    for (key, value) in reading.upper { upper[key] = value }
  }

  private mutating func want(_ key: String, _ value: SyntheticValue, _ rows: Int?) {
    guard wanted[key]?.count ?? 0 < Self.capacity else { return }
    let known = wanted[key]?[value]
    // The first count that was recorded stands: later ones saw what sessions in between had done.
    if let known, known != nil { return }
    wanted[key, default: [:]][value] = .some(rows)
  }

  private mutating func note(_ key: String, _ value: SyntheticValue) {
    guard given[key]?.count ?? 0 < 64 else { return }
    given[key, default: []].insert(value)
  }
}
