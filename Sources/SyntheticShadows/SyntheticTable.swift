import AuditTrail
import PostgresShadows
import Replay
import SQLiteShadows

/// Makes the rows of one table: keys that hold, references spread over the parents, values that recorded predicates ask
/// for, and a canary in every cell of a sensitive column.
struct SyntheticTable {
  private let table: TableModel
  private let numbers: SeededNumbers
  private let asOf: Timestamp
  private let predicates: RecordedPredicates
  /// The values that the parents' keys have, by their columns as `table.column`.
  private let parents: [String: [SyntheticValue]]
  /// The place of each parent row's own parent, by the parent table's name in lower case.
  private let grandparents: [String: [Int]]
  /// For each column the values that rows take in turn, and what is made where there are none.
  private var plans: [Plan] = []
  /// Columns that rows with several wanted values set, by row.
  private var overrides: [Int: [Int: SyntheticValue]] = [:]

  private enum Plan {
    case generated
    /// One value for each row, in an order of its own; where the list ends, values are made.
    case listed([SyntheticValue], isShuffled: Bool)
    /// The parent for each row, by its place in the key.
    case parent([SyntheticValue], [Int])
    case made
  }

  init(
    _ table: TableModel, _ predicates: RecordedPredicates, parents: [String: [SyntheticValue]],
    grandparents: [String: [Int]] = [:], seed: UInt64, asOf: Timestamp
  ) {
    self.table = table
    self.predicates = predicates
    self.parents = parents
    self.grandparents = grandparents
    self.asOf = asOf
    numbers = SeededNumbers(seed: seed)
    plans = table.columns.indices.map(plan)
    combine()
    differ()
  }

  /// The values of the row for one attempt; attempts after the first differ wherever values are made.
  func row(_ index: Int, attempt: Int) -> [SyntheticValue] {
    table.columns.indices.map { column in
      if attempt < 4, let value = overrides[index]?[column] { return value }
      switch plans[column] {
      case .generated: return .null
      case .listed(let values, let isShuffled):
        let place = isShuffled ? numbers.shuffled(index, of: max(table.rows, 1), key(column)) : index
        // Where a listed value is refused, one is made in its place.
        return attempt == 0 && place < values.count ? values[place] : made(column, index, attempt)
      case .parent(let values, let places):
        let shift =
          attempt == 0 ? 0 : Int(numbers.number(key(column), index &* 31 &+ attempt) % UInt64(max(1, values.count)))
        guard index < places.count, !values.isEmpty else { return .null }
        return places[index] < 0 ? .null : values[(places[index] + shift) % values.count]
      case .made: return made(column, index, attempt)
      }
    }
  }

  private func key(_ column: Int) -> String { "\(table.name).\(table.columns[column].name)".nameKey }

  // MARK: Plans

  private func plan(_ column: Int) -> Plan {
    let description = table.columns[column]
    if description.isGenerated { return .generated }
    let key = key(column)
    if let reference = table.foreignKeys.first(where: {
      $0.columns.contains { $0.nameKey == description.name.nameKey }
    }),
      reference.parent.nameKey != table.name.nameKey || !table.primaryKey.contains(description.name)
    {
      return parentPlan(column, reference)
    }
    let wanted = (predicates.wanted[key] ?? [:]).sorted { SyntheticValue.precedes($0.key, $1.key) }
    if table.isUnique(description.name) { return keyPlan(column, wanted.map(\.key)) }
    if description.isSensitive {
      // Planted values take the first places, each once or as often as was recorded; canaries the rest.
      return .listed(repeated(wanted, else: 1), isShuffled: true)
    }
    return valuePlan(column, wanted)
  }

  /// Distinct values: the wanted ones among those that are made, none that a recorded statement inserts itself.
  private func keyPlan(_ column: Int, _ wanted: [SyntheticValue]) -> Plan {
    let absent = predicates.inserted[key(column)] ?? []
    guard table.columns[column].kind == .integer else {
      return .listed(Array(wanted.filter { !absent.contains($0) }.prefix(table.rows)), isShuffled: false)
    }
    let planted = wanted.compactMap { value -> Int64? in
      if case .integer(let number) = value, !absent.contains(value) { return number }
      return nil
    }
    let outside = planted.filter { $0 < 1 || $0 > Int64(table.rows) }
    var values: [Int64] = []
    var next: Int64 = 1
    while values.count < max(0, table.rows - min(outside.count, table.rows)) {
      if !absent.contains(.integer(next)) { values.append(next) }
      next += 1
    }
    values += outside.sorted().prefix(table.rows - values.count)
    return .listed(values.map(SyntheticValue.integer), isShuffled: false)
  }

  private func valuePlan(_ column: Int, _ wanted: [(key: SyntheticValue, value: Int?)]) -> Plan {
    let given = (predicates.given[key(column)] ?? []).sorted(by: SyntheticValue.precedes)
    let fits = { (value: SyntheticValue) in isOfKind(value, table.columns[column].kind) }
    let counted = wanted.filter { $0.value != nil && fits($0.key) }
    let uncounted = wanted.filter { $0.value == nil && fits($0.key) }.map(\.key)
    var values = repeated(counted, else: 1)
    let others = uncounted + given.filter { value in fits(value) && !wanted.contains { $0.key == value } }
    if !others.isEmpty, others.count <= 64, isCategory(column) {
      var turn = 0
      while values.count < table.rows {
        values.append(others[turn % others.count])
        turn += 1
      }
    } else {
      values += uncounted
    }
    values = Array(values.prefix(table.rows))
    return values.isEmpty ? .made : .listed(values, isShuffled: true)
  }

  /// Whether a column takes one of few values: a text or a choice; numbers and times spread.
  private func isCategory(_ column: Int) -> Bool {
    switch table.columns[column].kind {
    case .text, .choice, .boolean: !looksLikeTime(column)
    default: false
    }
  }

  private func repeated(_ wanted: [(key: SyntheticValue, value: Int?)], else single: Int) -> [SyntheticValue] {
    var values: [SyntheticValue] = []
    for (value, rows) in wanted {
      let room = table.rows - values.count
      values += Array(repeating: value, count: min(max(0, rows ?? single), max(0, room)))
    }
    return values
  }

  /// Children spread evenly over the parents, or as unevenly as in the copy; a parent whose children were counted in a
  /// recorded statement has that many.
  private func parentPlan(_ column: Int, _ reference: TableModel.ForeignKey) -> Plan {
    let position = reference.columns.firstIndex { $0.nameKey == table.columns[column].name.nameKey } ?? 0
    let parentColumn = position < reference.parentColumns.count ? reference.parentColumns[position] : ""
    if reference.parent.nameKey == table.name.nameKey { return selfReference(column) }
    let values = parents["\(reference.parent).\(parentColumn)".nameKey] ?? []
    guard !values.isEmpty else { return .parent([], []) }
    let isNullable = !table.columns[column].isNotNull
    let nulls = isNullable ? Int(Double(table.rows) * (table.columns[column].nullShare ?? 0)) : 0
    let count = table.rows - nulls
    var places: [Int] = []
    if reference.fanOut.isEmpty {
      let fixed = fixedChildren(key(column), values)
      let left = count - fixed.reduce(0) { $0 + $1.count }
      let free = values.indices.filter { index in !fixed.contains { $0.parent == index } }
      for entry in fixed where places.count < count { places += Array(repeating: entry.parent, count: entry.count) }
      var turn = 0
      // The same number for each, and those that are left over in even steps.
      let open = free.isEmpty ? Array(values.indices) : free
      let (rounds, rest) = (left / open.count, left % open.count)
      while turn < rounds * open.count {
        places.append(open[turn % open.count])
        turn += 1
      }
      places += spread(open, reference.parent).prefix(max(0, rest))
    } else {
      for (rank, children) in reference.fanOut.enumerated() where places.count < count && rank < values.count {
        places += Array(repeating: numbers.shuffled(rank, of: values.count, key(column)), count: children)
      }
      while places.count < count { places.append(places.count % values.count) }
    }
    places = Array(places.prefix(count))
    let name = key(column)
    let ranks = places.indices.map { numbers.number(name, $0) }
    let order = places.indices.sorted { ranks[$0] < ranks[$1] }
    let spread = reference.fanOut.isEmpty && !places.isEmpty && fixedChildren(key(column), values).isEmpty
    return .parent(values, (spread ? places : order.map { places[$0] }) + Array(repeating: -1, count: nulls))
  }

  /// Parents in the order in which they get one child more: in turns, so that neither the children of one grandparent nor
  /// neighbours get many more than others.
  private func spread(_ open: [Int], _ parent: String) -> [Int] {
    let groups = grandparents[parent.nameKey] ?? []
    var members: [Int: Int] = [:]
    let ranks = open.map { index -> Int in
      let group = index < groups.count ? groups[index] : index
      defer { members[group, default: 0] += 1 }
      return members[group, default: 0]
    }
    let turns = zip(open, ranks).map { index, rank -> (turn: Int, order: UInt64, parent: Int) in
      let group = index < groups.count ? groups[index] : index
      let size = max(1, members[group] ?? 1)
      let shift = Int(numbers.number(parent, group) % UInt64(size))
      return ((rank + shift) % size, numbers.number(parent + "#", index), index)
    }
    return turns.sorted { ($0.turn, $0.order, $0.parent) < ($1.turn, $1.order, $1.parent) }.map(\.parent)
  }

  /// The place of the row's parent in its first reference; `nil` where the table has none.
  func group(_ index: Int) -> Int? {
    for plan in plans {
      if case .parent(_, let places) = plan { return index < places.count ? places[index] : nil }
    }
    return nil
  }

  private func fixedChildren(_ key: String, _ values: [SyntheticValue]) -> [(parent: Int, count: Int)] {
    let even = table.rows / max(1, values.count)
    let places = Dictionary(values.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
    return (predicates.wanted[key] ?? [:]).compactMap { value, rows -> (parent: Int, count: Int)? in
      guard let rows, let parent = places[value], abs(rows - even) > 1, rows <= table.rows else { return nil }
      return (parent, rows)
    }.sorted { $0.parent < $1.parent }
  }

  /// A tree: the first rows stand by themselves where they may, the others under one before them.
  private func selfReference(_ column: Int) -> Plan {
    let own = table.primaryKey.first.flatMap(table.column)
    guard let own, case .listed(let values, false) = plan(own) else { return .parent([], []) }
    let isNullable = !table.columns[column].isNotNull
    return .parent(values, (0..<min(table.rows, values.count)).map { $0 == 0 ? (isNullable ? -1 : 0) : ($0 - 1) / 8 })
  }

  /// A row that a recorded UPDATE changed held something else before: another value that the column takes, or a made one.
  private mutating func differ() {
    for (position, column) in table.columns.enumerated() where table.isUnique(column.name) {
      guard let changes = predicates.changes[key(position)], case .listed(let values, false) = plans[position] else {
        continue
      }
      for (row, value) in values.enumerated() {
        for change in changes[value] ?? [] {
          guard let target = table.column(change.column), target != position else { continue }
          let avoided = Set((changes[value] ?? []).filter { $0.column == change.column }.map(\.value))
          let current = overrides[row]?[target] ?? self.row(row, attempt: 0)[target]
          guard avoided.contains(current) else { continue }
          let known = (predicates.given[key(target)] ?? []).union((predicates.wanted[key(target)] ?? [:]).keys)
          let others = known.subtracting(avoided).sorted(by: SyntheticValue.precedes)
          overrides[row, default: [:]][target] =
            others.isEmpty ? made(target, row, 1) : others[Int(numbers.number(key(target), row) % UInt64(others.count))]
        }
      }
    }
  }

  /// Rows that meet several recorded equalities at once.
  private mutating func combine() {
    var next = 0
    for combination in predicates.combinations where combination.table.nameKey == table.name.nameKey {
      var columns: [Int: SyntheticValue] = [:]
      for (name, value) in combination.values {
        guard let column = table.column(name), !table.columns[column].isGenerated else { continue }
        if case .parent(let values, _) = plans[column], !values.contains(value) { continue }
        columns[column] = value
      }
      if let unique = columns.keys.first(where: { table.isUnique(table.columns[$0].name) }) {
        guard case .listed(let values, false) = plans[unique], let row = values.firstIndex(of: columns[unique] ?? .null)
        else { continue }
        overrides[row, default: [:]].merge(columns) { _, new in new }
        continue
      }
      for _ in 0..<combination.rows where next < table.rows / 2 {
        overrides[next, default: [:]].merge(columns) { _, new in new }
        next += 1
      }
    }
  }
}

extension SyntheticTable {
  /// Whether a value may be in a column of the kind.
  private func isOfKind(_ value: SyntheticValue, _ kind: TableModel.Kind) -> Bool {
    switch (value, kind) {
    case (.integer, .integer), (.integer, .real), (.real, .real), (.text, .text): true
    case (.integer, .text), (.real, .text): false
    case (.text(let text), .choice(let labels)): labels.contains(text)
    case (.text(let text), .date), (.text(let text), .timestamp): Timestamp(text) != nil || CivilDate(text) != nil
    default: false
    }
  }

  private func looksLikeTime(_ column: Int) -> Bool { timeForm(table.columns[column]) != nil }

  /// How a text column writes moments, told by its name.
  private func timeForm(_ column: TableModel.Column) -> TableModel.Kind? {
    let name = column.name.lowercased()
    if name.hasSuffix("_on") || name.hasSuffix("_date") || ["date", "day"].contains(name) { return .date }
    if name.hasSuffix("_at") || name.hasSuffix("_time") || ["created", "updated", "timestamp"].contains(name) {
      return .timestamp
    }
    return nil
  }

  /// A value for a cell: distinct by row where the column asks for it, within the bounds of its checks.
  func made(_ column: Int, _ index: Int, _ attempt: Int) -> SyntheticValue {
    let description = table.columns[column]
    let key = key(column)
    let number = numbers.number(key, index &+ attempt &* 1_000_003)
    let isUnique = table.uniques.contains { $0.contains { $0.nameKey == description.name.nameKey } }
    if !description.isNotNull, !isUnique, !description.isSensitive,
      Double(number >> 11) / Double(1 << 53) < (description.nullShare ?? 0.125), attempt == 0
    {
      return .null
    }
    let place = UInt64(index &+ attempt &* 7_919)
    if description.isSensitive {
      return .text(limited(Canary.value(for: description.name, number, place), description))
    }
    switch description.kind {
    case .integer: return .integer(integer(key, number, place, isUnique))
    case .real: return .real(Double(integer(key, number, place, isUnique)))
    case .boolean: return .text(number & 1 == 0 ? "false" : "true")
    case .choice(let labels): return labels.isEmpty ? .null : .text(labels[Int(number % UInt64(labels.count))])
    case .date, .timestamp, .time: return .text(moment(description.kind, key, number))
    case .interval: return .text("\(number % 30 + 1) days")
    case .uuid: return .text(Canary.uuid(number, numbers.number(key + "#", index)))
    case .json: return .text("{}")
    case .bytes: return .text("\\x" + Canary.hex(number))
    case .address: return .text("192.0.2.\(number % 254 + 1)")
    case .other(let empty): return .text(empty)
    case .text:
      if let form = timeForm(description), !isUnique { return .text(moment(form, key, number)) }
      if let limit = description.length, limit < 12 { return .text(limited(String(place, radix: 36), description)) }
      return .text(limited("\(description.name) \(place + 1)", description))
    }
  }

  private func limited(_ text: String, _ column: TableModel.Column) -> String {
    column.length.map { String(text.suffix($0)) } ?? text
  }

  /// Within the bounds of the checks; without any, from 0 to twice the greatest value that statements compared with.
  private func integer(_ key: String, _ number: UInt64, _ place: UInt64, _ isUnique: Bool) -> Int64 {
    var (low, high): (Int64, Int64) = (0, 1000)
    for case .integer(let value) in predicates.given[key] ?? [] where value >= 0 && value < 1 << 40 {
      high = max(high, value &* 2)
    }
    if case .integer(let value) = predicates.lower[key] { (low, high) = (value, max(high, value &+ 1000)) }
    if case .integer(let value) = predicates.upper[key] { (low, high) = (min(low, value), value) }
    if case .integer(let value) = predicates.lower[key] { low = min(value, high) }
    if isUnique { return low &+ Int64(truncatingIfNeeded: place) }
    let (span, isTooLarge) = high.subtractingReportingOverflow(low)
    return isTooLarge || span <= 0 ? low : low + Int64(number % UInt64(span + 1))
  }

  /// Around the latest moment that statements compared with, or in the year before the shadow's own.
  private func moment(_ kind: TableModel.Kind, _ key: String, _ number: UInt64) -> String {
    let compared = (predicates.given[key] ?? []).compactMap { value -> Int64? in
      guard case .text(let text) = value else { return nil }
      return Timestamp(text)?.seconds ?? CivilDate(text)?.start.seconds
    }.max()
    let day: Int64 = 86_400
    let end = compared.map { $0 + 180 * day } ?? asOf.seconds
    let time = Timestamp(seconds: end - Int64(number % 360) * day - Int64(number >> 32) % day) ?? asOf
    switch kind {
    case .date: return "\(time.date)"
    case .time: return String("\(time)".dropFirst(11).prefix(8))
    default: return "\(time)"
    }
  }
}

/// Values that stand nowhere else: where one of them shows up, it came from that cell.
enum Canary {
  /// A value of the form that a column of the name holds.
  static func value(for column: String, _ number: UInt64, _ place: UInt64) -> String {
    let name = column.lowercased()
    if name.contains("mail") { return "c\(hex(number))@example.invalid" }
    if name.contains("ssn") || name.contains("social") {
      // 9xx is never a real number.
      return "9\(digits(place / 990_000, 2))-\(digits(place / 10_000 % 99 + 1, 2))-\(digits(place % 10_000, 4))"
    }
    if name.contains("phone") || name.contains("mobile") {
      return "+1-555-\(digits(place / 10_000 + 100, 3))-\(digits(place % 10_000, 4))"
    }
    return "canary-\(hex(number))"
  }

  static func hex(_ number: UInt64) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }

  static func uuid(_ high: UInt64, _ low: UInt64) -> String {
    let text = Array(hex(high) + hex(low))
    return String(text[0..<8]) + "-" + String(text[8..<12]) + "-4" + String(text[13..<16]) + "-8"
      + String(text[17..<20]) + "-"
      + String(text[20...])
  }

  private static func digits(_ number: UInt64, _ count: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, count - text.count)) + text.suffix(count)
  }
}
