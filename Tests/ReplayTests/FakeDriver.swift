import AuditTrail
import Ledger
import SQLAnalysis

@testable import Replay

/// A database of tables that are numbers of rows, without any database: what the session engine does by itself.
///
/// A text is commands between semicolons: `insert TABLE N`, `delete TABLE N`, `empty TABLE`, `make TABLE`, `read TABLE`,
/// `fail`, `part TABLE N` (deletes, fails, and leaves what it did), `wait`, and transaction commands. On the engine `loose`
/// each command stands for itself.
final class FakeDriver: ShadowDriver {
  typealias Schema = [String]
  typealias Script = [Substring]
  typealias Command = Substring
  typealias Mark = Int

  /// Rows by table.
  private(set) var tables: [String: Int64]
  private let first: [String: Int64]
  /// What open scopes, transactions and savepoints go back to, the innermost last.
  private var saved: [(name: String, tables: [String: Int64])] = []
  /// A number that no rollback takes back.
  private(set) var sequence = 0
  /// How many commands ran.
  private(set) var ran = 0
  /// Production's rows.
  var production: [String: Int64] = [:]
  private var isLate = false
  private let failsAtEnd: Bool

  init(_ tables: [String: Int64], failsAtEnd: Bool = false) {
    (self.tables, first, self.failsAtEnd) = (tables, tables, failsAtEnd)
  }

  var basis: Basis { .copy }
  var mode: String { "session" }
  var baseline: CloneState<FakeDriver> {
    CloneState(rows: Dictionary(uniqueKeysWithValues: first.map { (TableIdentity($0.key), $0.value) }), schema: [])
  }

  func rules(for engine: String) -> TransactionRules {
    TransactionRules(failureAborts: engine == "strict", textIsWhole: engine != "loose")
  }

  // MARK: Sessions

  func prepare(_ start: SessionStart) {
    saved.removeAll()
    isLate = false
    if case .next = start { return }
    tables = first
  }

  func beginSession(_ session: inout Session<FakeDriver>) {}

  func endSession(_ session: inout Session<FakeDriver>) {
    if let open = saved.first { tables = open.tables }
    saved.removeAll()
  }

  func forgetTemporary(_ state: inout CloneState<FakeDriver>) {}

  func stopClock() -> Bool { isLate }

  // MARK: Texts

  func script(of text: inout TextRun, _ session: Session<FakeDriver>) -> [Substring] {
    text.statement.sql.split(separator: ";")
  }

  func nextCommand(
    in script: inout [Substring], _ text: inout TextRun, _ session: inout Session<FakeDriver>
  ) -> NextCommand<Substring> {
    guard !script.isEmpty else { return .none }
    let isAlone = text.statement.sql.split(separator: ";").count == 1
    let command = script.removeFirst()
    let words = command.split(separator: " ")
    switch words.first {
    case "begin": return .transaction(.begin, nil, isAlone: isAlone)
    case "commit": return .transaction(.commit(andChain: false), nil, isAlone: isAlone)
    case "rollback" where words.count > 1: return .transaction(.rollbackTo(String(words[1])), nil, isAlone: isAlone)
    case "rollback": return .transaction(.rollback(andChain: false), nil, isAlone: isAlone)
    case "savepoint": return .transaction(.savepoint(String(words[1])), nil, isAlone: isAlone)
    default: return .command(command)
    }
  }

  func execute(
    _ command: Substring, _ text: inout TextRun, _ session: inout Session<FakeDriver>
  ) -> CommandEnd {
    ran += 1
    let words = command.split(separator: " ").map(String.init)
    if words[0] == "read" {
      text.effect.rowsReturned += tables[words[1]] ?? 0
      return .done
    }
    if session.rules.textIsWhole || !text.keeps { openScope(session) }
    (text.isReadOnly, text.isRepeatable, text.touchesClone) = (false, false, true)
    sequence += 1
    switch words[0] {
    case "fail":
      text.fail(.failed(code: "1", missingObject: nil))
      return .failed
    case "wait":
      isLate = true
      return .stopped
    case "make":
      tables[words[1]] = 0
      session.state.rows[TableIdentity(words[1])] = 0
      session.state.made.insert(TableIdentity(words[1]))
      text.changes.altered.append("create table \(words[1])")
    default:
      let rows = words[0] == "empty" ? tables[words[1]] ?? 0 : Int64(words[2]) ?? 0
      let gained = words[0] == "insert" ? rows : -rows
      let table = TableIdentity(words[1])
      let isScratch = session.state.made.contains(table)
      text.changes.note(table, words[1], before: tables[words[1]], isScratch: isScratch)
      text.changes.add(RowChange(inserted: max(0, gained), deleted: max(0, -gained)), to: table)
      text.effect.ownCount = (text.effect.ownCount ?? 0) + rows
      tables[words[1], default: 0] += gained
      session.state.rows[table] = tables[words[1]]
    }
    guard words[0] == "part" else { return .done }
    text.leaves = text.changes
    text.fail(.failed(code: "2", missingObject: nil))
    return .failed
  }

  func unboundedWrites(of text: TextRun) -> UnboundedWrites {
    var writes = UnboundedWrites()
    for command in text.statement.sql.split(separator: ";") where command.hasPrefix("empty ") {
      writes.deletes.insert(TableReference(name: String(command.split(separator: " ")[1])))
    }
    return writes
  }

  // MARK: Scopes and transactions

  var hasScope: Bool { saved.contains { $0.name == "scope" } }
  var isInTransaction: Bool { saved.contains { $0.name != "scope" } }

  func openScope(_ session: Session<FakeDriver>) {
    if !hasScope { saved.append(("scope", tables)) }
  }

  private func goBack(to name: String, keeps: Bool) {
    guard let index = saved.lastIndex(where: { $0.name == name }) else { return }
    tables = saved[index].tables
    saved.removeSubrange((keeps ? index + 1 : index)...)
  }

  func closeScope(keep: Bool, _ session: Session<FakeDriver>) -> Execution? {
    if keep { saved.removeAll { $0.name == "scope" } } else { goBack(to: "scope", keeps: false) }
    return nil
  }

  func settle(_ text: inout TextRun, _ session: inout Session<FakeDriver>) -> Execution? { nil }

  func checkDeferred() -> Execution? { failsAtEnd ? .failed(code: "end", missingObject: nil) : nil }

  func beginTransaction(_ command: Substring?, _ session: Session<FakeDriver>) { saved.append(("transaction", tables)) }

  func openTransactionOnScope(_ command: Substring?) {
    for index in saved.indices where saved[index].name == "scope" { saved[index].name = "transaction" }
  }

  func commitTransaction(_ session: Session<FakeDriver>) -> Execution? {
    if failsAtEnd { return .failed(code: "end", missingObject: nil) }
    saved.removeAll()
    return nil
  }

  func rollBackTransaction(_ session: Session<FakeDriver>) { goBack(to: "transaction", keeps: false) }
  func setSavepoint(_ name: String) { saved.append((name, tables)) }
  func releaseSavepoint(_ name: String) { saved.removeAll { $0.name == name } }
  func rollBackToSavepoint(_ name: String) { goBack(to: name, keeps: true) }
  func mark() -> Int { sequence }

  func restore(_ mark: Int?, recounts: Bool, _ session: Session<FakeDriver>) { if let mark { sequence = mark } }

  // MARK: Tables

  func table(named name: TableReference, in state: CloneState<FakeDriver>) -> TableIdentity? {
    tables[name.name] == nil ? nil : TableIdentity(name.name)
  }

  func name(of table: TableIdentity, in state: CloneState<FakeDriver>) -> String { table.name }
  func isEmptyHere(_ table: TableIdentity) -> Bool { first[table.name] == 0 }
  func productionRows(of table: TableIdentity) -> Int64? { production[table.name] }
  var knowsProduction: Bool { !production.isEmpty }
}
