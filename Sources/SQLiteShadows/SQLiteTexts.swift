import AuditTrail
import Ledger
import Replay
import SQLite

/// A prepared command with what SQLite's compiler says of it.
final class SQLiteCommand {
  var statement: SQLiteStatement
  let access: CommandAccess
  /// Whether it runs again for every statement of its text.
  let isReusable: Bool
  /// Whether it is one of several that ran as one transaction.
  let isPartOfWhole: Bool

  init(_ statement: consuming SQLiteStatement, _ access: CommandAccess, isReusable: Bool, isPartOfWhole: Bool) {
    self.statement = statement
    self.access = access
    self.isReusable = isReusable
    self.isPartOfWhole = isPartOfWhole
  }
}

/// What is left of a text.
struct SQLiteText {
  /// Its bytes, once something of it is prepared.
  fileprivate var bytes: [UInt8] = []
  fileprivate var offset = 0
  fileprivate var number = 0
  fileprivate var isFinished = false
  /// What is known of its commands.
  fileprivate let known: [CommandAccess]?
  /// What was learnt of them, as long as all of it may be used for the next statement of the text.
  fileprivate var learned: [CommandAccess]? = []

  fileprivate init(known: [CommandAccess]?) { self.known = known }

  /// Whether nothing came before the command that ends at `end`, and nothing comes after it.
  fileprivate func isAlone(_ end: Int) -> Bool { number == 1 && !holdsMore(bytes.span, from: end) }
}

/// Goes through a text as SQLite's parser splits it.
extension SQLiteDriver {
  /// How many texts' accesses are kept.
  private static let knownTexts = 65_536

  func script(of text: inout TextRun, _ session: Session<SQLiteDriver>) -> SQLiteText {
    usedParameters = 0
    emptyParents.removeAll(keepingCapacity: true)
    return SQLiteText(known: session.state.schema.isBaseline ? known[text.statement.textID] : nil)
  }

  func nextCommand(
    in script: inout SQLiteText, _ text: inout TextRun, _ session: inout Session<SQLiteDriver>
  ) throws -> NextCommand<SQLiteCommand> {
    if script.isFinished { return .none }
    let isBaseline = session.state.schema.isBaseline
    let knownAccess =
      isBaseline ? script.known.flatMap { $0.indices.contains(script.number) ? $0[script.number] : nil } : nil
    announce(text.statement, script.number, trackRowIdentity: knownAccess?.mayInsert ?? true)
    if isBaseline, script.number == 0, script.known?.count == 1, let command = ready[text.statement.textID] {
      command.statement.reset()
      addAccess(command.access, to: &text)
      script.isFinished = true
      return .command(command)
    }
    if script.number == 0 {
      script.bytes = Array(text.statement.sql.utf8)
      if !text.keeps { try rememberSettings(of: text.statement) }
    }
    let start = script.offset
    var failure: SQLiteError?
    let next = prepare(&script, &failure)
    if let failure { return try unprepared(failure, from: start, &script, &text, &session) }
    guard let prepared = consume next else {
      if isBaseline, script.number > 0, script.known == nil, let learned = script.learned {
        if known.count >= Self.knownTexts { known.removeAll(keepingCapacity: true) }
        known[text.statement.textID] = learned
      }
      return .none
    }
    let access =
      knownAccess
      ?? CommandAccess(of: clone, shadow: shadow, sensitive: columns, isExplain: prepared.isExplain)
    if isBaseline { script.learned?.append(access) } else { script.learned = nil }
    script.number += 1
    addAccess(access, to: &text)
    let isAlone = script.isAlone(script.offset)
    if access.transaction != nil, session.state.schema.hasNoJournal {
      script.isFinished = true
      text.fail(.notRun(.unsupported))
      return .ended(.failed)
    }
    if let transaction = access.transaction { return .transaction(transaction, nil, isAlone: isAlone) }
    // SQLite counts an EXPLAIN as running until it is reset.
    let isReusable = isBaseline && script.known?.count == 1 && access.isReusable && !prepared.isExplain
    if isReusable { script.isFinished = true }
    return .command(
      SQLiteCommand(
        prepared, access, isReusable: isReusable, isPartOfWhole: session.rules.textIsWhole && !isAlone))
  }

  /// Prepares what comes next in the text; nothing at its end, and where SQLite refuses it.
  private func prepare(_ script: inout SQLiteText, _ failure: inout SQLiteError?) -> SQLiteStatement? {
    do {
      var offset = script.offset
      let next = try clone.database.prepareNext(in: script.bytes.span, at: &offset)
      script.offset = offset
      return next
    } catch {
      failure = error
      return nil
    }
  }

  /// A command that SQLite cannot prepare: another engine's transaction command, a truncate, or a failure.
  private func unprepared(
    _ error: SQLiteError, from start: Int, _ script: inout SQLiteText, _ text: inout TextRun,
    _ session: inout Session<SQLiteDriver>
  ) throws -> NextCommand<SQLiteCommand> {
    let stop = endOfCommand(in: script.bytes.span, from: start)
    if session.isForeign, let foreign = TransactionCommand(foreign: script.bytes.span.extracting(start..<stop)) {
      (script.offset, script.learned) = (stop, nil)
      script.number += 1
      return .transaction(foreign, nil, isAlone: script.isAlone(stop))
    }
    script.isFinished = true
    if script.number == 0, try truncate(&text, &session) { return .ended(.done) }
    addError(error, &text, session)
    return .ended(.failed)
  }

  /// Tells the clone which command is coming: its time, and where its random numbers start.
  private func announce(_ statement: StatementEntry, _ number: Int, trackRowIdentity: Bool) {
    clone.beginStatement(
      unixMilliseconds: statement.time.nanoseconds / 1_000_000,
      seed: seed &+ statement.chance &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(number),
      trackRowIdentity: trackRowIdentity)
  }

  /// Takes the part of a command's access that belongs to the whole text.
  private func addAccess(_ access: CommandAccess, to text: inout TextRun) {
    if text.effect.reads.isEmpty { text.effect.reads = access.reads } else { text.effect.reads += access.reads }
    text.emptyTables.formUnion(access.emptyTables.map { TableIdentity($0.nameKey) })
    if !access.isRepeatable { text.isRepeatable = false }
    if access.changesSchema || access.setPragma != nil || access.mayWrite { text.isReadOnly = false }
    if access.setPragma != nil { text.isTransactional = false }
    if access.mayWrite { emptyParents += access.emptyParents }
  }
}

extension Session<SQLiteDriver> {
  /// Whether it was recorded on another engine than SQLite.
  var isForeign: Bool { engine != "sqlite" }
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
