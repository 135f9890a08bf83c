import AuditTrail
import PostgresShadows
import Replay
import SQLiteShadows

/// Reads one statement's tokens for what they say of columns' values.
struct PredicateReading {
  /// Tables in the order in which the text names them, by name and alias.
  var tables: [(name: String, table: TableModel)] = []
  /// Values by `table.column`, from `=` and IN.
  private(set) var equalities: [String: [SyntheticValue]] = [:]
  private(set) var assigned: [(String, SyntheticValue)] = []
  private(set) var bounds: [(String, SyntheticValue)] = []
  private(set) var lower: [(String, SyntheticValue)] = []
  private(set) var upper: [(String, SyntheticValue)] = []
  private(set) var inserted: [(String, SyntheticValue)] = []

  private let bytes: [UInt8]
  private let tokens: [SQLTokens.Token]
  private let parameters: [Parameter]
  private let model: ShadowModel
  private var usedParameters = 0
  private var isSet = false

  init(_ sql: String, _ parameters: [Parameter], model: ShadowModel) {
    bytes = Array(sql.utf8.prefix(1 << 16))
    tokens = Array(SQLTokens(bytes).prefix(20_000))
    self.parameters = parameters
    self.model = model
  }

  /// The one table that the statement names.
  var onlyTable: String? {
    let names = Set(tables.map(\.table.name))
    return names.count == 1 ? names.first : nil
  }

  /// Whether its recorded row count is the number of rows that its one equality meets. Reads are left out though theirs
  /// would be too: a shadow fitted to what reads returned could not be held against them any more.
  var countsItsRows: Bool {
    guard onlyTable != nil, ["update", "delete"].contains(tokens.first?.text) else { return false }
    let words = Set(tokens.lazy.filter { $0.kind == .word }.map(\.text))
    return words.isDisjoint(with: [
      "limit", "offset", "fetch", "group", "distinct", "join", "union", "or", "having", "count", "sum", "avg", "min",
      "max", "exists",
    ]) && bounds.isEmpty
  }

  /// Reads a whole statement.
  mutating func read() {
    findTables()
    guard !tables.isEmpty else { return }
    if tokens.first?.is("insert") == true { return readInsert() }
    readCondition()
  }

  private mutating func findTables() {
    var index = 0
    while index < tokens.count {
      let token = tokens[index]
      index += 1
      guard token.isName else { continue }
      let named =
        model.table(token.text).map { [$0] } ?? (model.views[token.text.nameKey] ?? []).compactMap(model.table)
      guard !named.isEmpty else { continue }
      // The name of a table before a point is a column's qualifier.
      if index < tokens.count, tokens[index].text == ".", index + 1 < tokens.count,
        model.table(tokens[index + 1].text) == nil
      {
        continue
      }
      var names = [token.text.nameKey]
      if index < tokens.count, tokens[index].is("as") { index += 1 }
      if index < tokens.count, tokens[index].kind == .word, tokens[index].text.count <= 3,
        !Self.isKeyword(tokens[index].text)
      {
        names.append(tokens[index].text)
      }
      for table in named where !tables.contains(where: { $0.table.name == table.name }) {
        tables += names.map { ($0, table) }
      }
    }
  }

  private static func isKeyword(_ word: String) -> Bool {
    ["on", "set", "as", "in", "or", "and", "for", "not", "is"].contains(word)
  }

  // MARK: Conditions

  /// Reads comparisons from the first token to the last.
  mutating func readCondition() {
    var index = 0
    while index < tokens.count {
      if tokens[index].is("set") { isSet = true }
      if tokens[index].is("where") || tokens[index].is("from") { isSet = false }
      guard let (key, next) = column(at: index) else {
        if literal(at: index) == nil { index += 1 } else { index = literal(at: index, consuming: true) }
        continue
      }
      index = comparison(of: key, at: next)
    }
  }

  /// A column that a comparison may begin with, and the place after it; casts and closing parentheses between are skipped.
  private func column(at index: Int) -> (String, Int)? {
    guard tokens[index].isName else { return nil }
    var (name, qualifier, next) = (tokens[index].text, String?.none, index + 1)
    if next + 1 < tokens.count, tokens[next].text == ".", tokens[next + 1].isName {
      (qualifier, name, next) = (name, tokens[next + 1].text, next + 2)
    }
    let candidates = tables.filter { qualifier == nil || $0.name == qualifier?.nameKey }
    guard let found = candidates.first(where: { $0.table.column(name) != nil }) else { return nil }
    while next < tokens.count, tokens[next].text == ")" { next += 1 }
    next = afterCast(next)
    return ("\(found.table.name).\(name)".nameKey, next)
  }

  private func afterCast(_ start: Int) -> Int {
    var index = start
    while index + 2 < tokens.count, tokens[index].text == ":", tokens[index + 1].text == ":" {
      index += 3
      while index < tokens.count, tokens[index].kind == .word, ["varying", "precision"].contains(tokens[index].text) {
        index += 1
      }
      while index + 1 < tokens.count, tokens[index].text == "[", tokens[index + 1].text == "]" { index += 2 }
    }
    return index
  }

  private mutating func comparison(of key: String, at start: Int) -> Int {
    var index = start
    var sign = ""
    while index < tokens.count, ["=", "<", ">", "!"].contains(tokens[index].text) {
      sign += tokens[index].text
      index += 1
    }
    if !sign.isEmpty {
      if index + 2 < tokens.count, tokens[index].is("any"), sign == "=" { return list(of: key, at: index + 1) }
      while index < tokens.count, tokens[index].text == "(" { index += 1 }
      guard let (value, next) = value(at: index) else { return max(index, start) }
      switch sign {
      case "=", "==": if isSet { assigned.append((key, value)) } else { equalities[key, default: []].append(value) }
      case ">", ">=": bound(key, value, isLower: true, isOpen: sign == ">")
      case "<", "<=": bound(key, value, isLower: false, isOpen: sign == "<")
      default: bounds.append((key, value))
      }
      return next
    }
    guard index < tokens.count else { return index }
    if tokens[index].is("in") { return list(of: key, at: index + 1) }
    if tokens[index].is("between"), let (low, middle) = value(at: index + 1), middle < tokens.count,
      tokens[middle].is("and"), let (high, next) = value(at: middle + 1)
    {
      bound(key, low, isLower: true, isOpen: false)
      bound(key, high, isLower: false, isOpen: false)
      return next
    }
    return index
  }

  private mutating func bound(_ key: String, _ value: SyntheticValue, isLower: Bool, isOpen: Bool) {
    bounds.append((key, value))
    var inclusive = value
    if isOpen, case .integer(let number) = value {
      inclusive = .integer(
        isLower ? number.addingReportingOverflow(1).partialValue : number.subtractingReportingOverflow(1).partialValue)
    }
    if isLower { lower.append((key, inclusive)) } else { upper.append((key, inclusive)) }
  }

  /// The values in parentheses, up to their end.
  private mutating func list(of key: String, at start: Int) -> Int {
    var (index, depth) = (start, 0)
    while index < tokens.count {
      if ["(", "["].contains(tokens[index].text) {
        depth += 1
      } else if [")", "]"].contains(tokens[index].text) {
        depth -= 1
        if depth <= 0 { return index + 1 }
      } else if tokens[index].is("select") {
        return index
      } else if let (value, next) = value(at: index) {
        equalities[key, default: []].append(value)
        index = next
        continue
      }
      index += 1
    }
    return index
  }

  // MARK: Values

  /// The value at a token, with the place after it. A `?` takes the next parameter.
  private mutating func value(at index: Int) -> (SyntheticValue, Int)? {
    guard let found = literal(at: index) else { return nil }
    if tokens[index].text == "?" { usedParameters += 1 }
    return (found.0, afterCast(found.1))
  }

  /// Steps over a value that is compared with nothing; its parameter is used all the same.
  private mutating func literal(at index: Int, consuming: Bool) -> Int { value(at: index)?.1 ?? index + 1 }

  private func literal(at index: Int) -> (SyntheticValue, Int)? {
    guard index < tokens.count else { return nil }
    let token = tokens[index]
    switch (token.kind, token.text) {
    case (.string, _): return (.text(Self.content(of: bytes[token.range])), index + 1)
    case (.symbol, "?"):
      return parameter(usedParameters).map { ($0, index + 1) }
    case (.symbol, "$"):
      guard index + 1 < tokens.count, let number = Int(tokens[index + 1].text), number > 0 else { return nil }
      return parameter(number - 1).map { ($0, index + 2) }
    case (.symbol, "-"):
      guard let (value, next) = number(at: index + 1) else { return nil }
      switch value {
      case .integer(let number): return (.integer(0 &- number), next)
      case .real(let number): return (.real(-number), next)
      default: return nil
      }
    default: return number(at: index)
    }
  }

  private func number(at index: Int) -> (SyntheticValue, Int)? {
    guard index < tokens.count, tokens[index].kind == .word, let whole = Int64(tokens[index].text) else { return nil }
    if index + 2 < tokens.count, tokens[index + 1].text == ".", tokens[index + 2].kind == .word,
      let real = Double("\(tokens[index].text).\(tokens[index + 2].text)")
    {
      return (.real(real), index + 3)
    }
    return (.integer(whole), index + 1)
  }

  private func parameter(_ index: Int) -> SyntheticValue? {
    guard parameters.indices.contains(index), let value = parameters[index].value else { return nil }
    let isText = ["text", "varchar", "string", "char", "date", "timestamp", "uuid"].contains(
      parameters[index].type ?? "")
    if !isText, let number = Int64(value) { return .integer(number) }
    return .text(value)
  }

  private static func content(of literal: ArraySlice<UInt8>) -> String {
    var text = String(decoding: literal, as: UTF8.self)[...]
    if text.first == "E" || text.first == "e" { text = text.dropFirst() }
    guard text.first == "'" else { return String(text) }
    let parts = text.dropFirst().dropLast().split(separator: "'", omittingEmptySubsequences: false)
    return parts.enumerated().filter { $0.offset == 0 || !$0.element.isEmpty || $0.offset % 2 == 0 }
      .map { String($0.element) }.joined(separator: parts.count > 1 ? "'" : "")
  }

  // MARK: Inserts

  private mutating func readInsert() {
    guard let into = tokens.firstIndex(where: { $0.is("into") }), into + 2 < tokens.count,
      let table = tables.first?.table
    else { return }
    guard let open = tokens[into...].firstIndex(where: { $0.text == "(" }),
      let close = tokens[open...].firstIndex(where: { $0.text == ")" }),
      let values = tokens[close...].firstIndex(where: { $0.is("values") })
    else { return }
    let columns = tokens[(open + 1)..<close].filter(\.isName).map(\.text)
    var (index, position) = (values + 1, 0)
    while index < tokens.count {
      switch tokens[index].text {
      case "(": position = 0
      case ",": position += 1
      default:
        if let (value, next) = value(at: index) {
          if position < columns.count {
            let key = "\(table.name).\(columns[position])".nameKey
            let isKey = table.isUnique(columns[position])
            if isKey { inserted.append((key, value)) } else { assigned.append((key, value)) }
          }
          index = next
          continue
        }
      }
      index += 1
    }
  }
}
