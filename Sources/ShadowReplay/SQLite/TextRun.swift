import AuditTrail
import Ledger
import SQLite

/// One statement's text while it runs, command by command.
struct TextRun {
  let statement: StatementEntry
  let position: Int
  /// Whether its effect stays on the clone.
  let keeps: Bool
  /// What is known of its commands.
  let known: [CommandAccess]?
  /// Whether its rows may be observed.
  let isObserved: Bool
  /// Sensitive columns whose values are looked for in other forms.
  let searched: [Int]
  var effect: Effect
  /// What was learnt of its commands, when all of it may be used for the next one.
  var learned: [CommandAccess]?
  /// Whether anything of the clone, its pragmas included, may have changed.
  var touchesClone = false
  var mayWrite = false
  /// Whether it would give the same again: it ran, only read, nothing sensitive, and called nothing that hangs on its time
  /// or name.
  var isRepeatable = true
  /// Whether nothing of it can change rows, objects or settings.
  var isReadOnly = true
  var readsSeveralLists = false
  var targets: [String] = []
  /// Empty tables that may be asked only whether a key is there.
  var emptyParents: [String] = []

  /// Where it may go back to; only for a text of several commands.
  var marks: EffectMarks?

  /// Whether it failed by a constraint.
  var failsByConstraint: Bool {
    if case .failed(let code, _) = effect.execution { code.hasPrefix("SQLITE_CONSTRAINT") } else { false }
  }

  init(
    statement: StatementEntry, position: Int, keeps: Bool, known: [CommandAccess]?, isObserved: Bool, searched: [Int],
    effect: Effect
  ) {
    self.statement = statement
    self.position = position
    self.keeps = keeps
    self.known = known
    self.isObserved = isObserved
    self.searched = searched
    self.effect = effect
  }

  /// Takes the part of a command's access that belongs to the whole text.
  mutating func add(_ access: CommandAccess) {
    if effect.reads.isEmpty {
      effect.reads = access.reads
    } else if !access.reads.isEmpty {
      effect.reads += access.reads
      readsSeveralLists = true
    }
    for table in access.emptyTables where !effect.emptyTables.contains(table) { effect.emptyTables.append(table) }
    if !access.isRepeatable { isRepeatable = false }
    if access.changesSchema || access.setPragma != nil { isReadOnly = false }
    guard access.mayWrite else { return }
    (mayWrite, isReadOnly) = (true, false)
    emptyParents += access.emptyParents
    for table in access.targets where !targets.contains(table) { targets.append(table) }
  }
}

/// Where a command's text ends, when SQLite could not say: at the next semicolon outside quotes and comments, or the end.
func endOfCommand(in text: Span<UInt8>, from start: Int) -> Int {
  var index = start
  var quote: UInt8?
  while index < text.count {
    let byte = text[index]
    if let open = quote {
      if byte == open { quote = nil }
    } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "`") {
      quote = byte
    } else if byte == UInt8(ascii: ";") {
      return index + 1
    }
    index += 1
  }
  return text.count
}

/// Whether anything but space and semicolons is left.
func holdsMore(_ text: Span<UInt8>, from start: Int) -> Bool {
  var index = start
  while index < text.count {
    if !" \t\r\n;".utf8.contains(text[index]) { return true }
    index += 1
  }
  return false
}
