import AuditTrail
import Ledger
import SQLAnalysis
import Sensitivity

/// Makes texts and names ready to leave: without literals, bounded, and each distinct one once.
struct TextPreparation {
  /// Whether statements are shown as they were sent.
  let showsLiterals: Bool
  private var texts: [Int64: PreparedText] = [:]
  private var textBytes = 0
  private var names: [String: String] = [:]

  /// A text is shown up to that many bytes: systems that take events cut or refuse longer fields.
  static let textLimit = 4_096
  /// Lists are shown up to that many entries.
  static let listLimit = 100
  /// A summary is that long at most, as OpenTelemetry asks for.
  private static let summaryLimit = 255
  /// Texts are kept up to that many bytes, names up to that many.
  private static let (keptBytes, keptNames) = (8 << 20, 16_384)

  init(showsLiterals: Bool) { self.showsLiterals = showsLiterals }

  /// The text of that id; `read` gives it where it is not known yet.
  mutating func text(
    _ id: Int64, read: () throws(AssayError) -> ExportedText
  ) throws(AssayError) -> PreparedText {
    if let known = texts[id] { return known }
    let text = try read()
    let facts = try Facts(encoded: text.facts)
    let shown = showsLiterals ? text.sql : redactingLiterals(in: text.normalized)
    let bounded = Self.bounded(shown, Self.textLimit)
    let prepared = PreparedText(
      shown: bounded, isCut: bounded.utf8.count < shown.utf8.count, fingerprint: text.fingerprint,
      kinds: Self.kinds(facts.commands), summary: summary(of: facts), reads: tables(facts, \.reads),
      writes: tables(facts, \.writes), commands: facts.commandCount)
    if textBytes > Self.keptBytes {
      texts.removeAll(keepingCapacity: true)
      textBytes = 0
    }
    texts[id] = prepared
    textBytes += bounded.utf8.count + 512
    return prepared
  }

  /// A name of a table, a column or an application, without what looks like a value.
  mutating func name(_ text: String) -> String {
    if let known = names[text] { return known }
    let shown = Self.bounded(redactingNames(in: text), 1_024)
    if names.count >= Self.keptNames { names.removeAll(keepingCapacity: true) }
    names[text] = shown
    return shown
  }

  mutating func names(_ texts: [String]) -> [String] { texts.prefix(Self.listLimit).map { name($0) } }

  /// An effect without what looks like a value, its lists bounded.
  mutating func effect(_ effect: Effect) -> Effect {
    var shown = effect
    shown.tables = [:]
    for (table, rows) in effect.tables.sorted(by: { $0.key < $1.key }).prefix(Self.listLimit) {
      shown.tables[name(table)] = rows
    }
    shown.dropped = effect.dropped.prefix(Self.listLimit).map {
      DroppedObject(type: $0.type, name: name($0.name), rows: $0.rows, isScratch: $0.isScratch)
    }
    (shown.truncated, shown.altered) = (names(effect.truncated), names(effect.altered))
    (shown.escalated, shown.refused) = (names(effect.escalated), names(effect.refused))
    shown.leakedColumns = names(effect.leakedColumns)
    return shown
  }

  /// Text of at most so many bytes, whole characters, with a mark where there was more.
  static func bounded(_ text: String, _ limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    var kept = String.UnicodeScalarView()
    var count = 3
    for scalar in text.unicodeScalars {
      count += UTF8.width(scalar)
      if count > limit { break }
      kept.append(scalar)
    }
    return String(kept) + "…"
  }

  /// Kinds from the gravest on.
  private static let order: [CommandKind] = [
    .drop, .truncate, .delete, .merge, .update, .insert, .grant, .revoke, .alter, .create, .copy, .call, .do, .select,
    .set, .explain, .transaction, .other,
  ]

  private static func kinds(_ commands: [CommandFacts]) -> [CommandKind] {
    let found = commands.reduce(into: Set<CommandKind>()) { $0.formUnion($1.kinds) }
    return order.filter(found.contains)
  }

  private mutating func tables(_ facts: Facts, _ columns: KeyPath<CommandFacts, [ColumnReference]>) -> [String] {
    var found: Set<String> = []
    for command in facts.commands { found.formUnion(command[keyPath: columns].map(\.table.description)) }
    return names(found.sorted())
  }

  /// Each command's kind with what it is done to, as OpenTelemetry summarises queries; whole words up to its limit.
  private mutating func summary(of facts: Facts) -> String {
    var words: [String] = []
    var length = 0
    for command in facts.commands {
      guard let kind = Self.kinds([command]).first else { continue }
      var targets: [String] = []
      let named =
        command.writes.map(\.table.description) + command.reads.map(\.table.description)
        + command.objects.map(\.name)
      for target in named where !targets.contains(target) && targets.count < Self.listLimit { targets.append(target) }
      for word in [kind.rawValue.uppercased()] + targets.map({ name($0) }) {
        length += word.utf8.count + 1
        if length > Self.summaryLimit { return words.joined(separator: " ") }
        words.append(word)
      }
    }
    return words.joined(separator: " ")
  }
}
