import AuditTrail
import Digests
import Ledger
import Postgres
import Replay
import SQLAnalysis
import Synchronization

/// What all runs of sessions on clones of one shadow share: its catalog, what is known of texts, the sensitive columns.
final class PostgresWorld: Sendable {
  let catalog: PostgresCatalog
  let basis: Basis
  let production: ProductionRows
  let analyze: @Sendable (String, SQLDialect) -> Facts
  /// The sensitive columns that are there, sorted.
  let sensitive: [SensitiveColumn]
  /// Their values; `nil` where there are none.
  let values: PostgresSensitiveValues?
  /// What the server itself says of reads; `nil` where nothing is sensitive.
  let probe: PostgresReadProbe?
  private let known = Mutex<[ExactText: [PostgresCommand]]>([:])
  fileprivate let knownCanaries = Known<Int, CanaryIndex>()
  private let knownStart = Mutex<PostgresState?>(nil)
  private let knownReads = Mutex<[ExactText: CommandReads]>([:])
  private static let rememberedTexts = 65_536

  /// A column whose values must not reach a client.
  struct SensitiveColumn: Sendable, Hashable {
    let relation: UInt32
    let table: String
    let column: String
    /// Whether it was named; else it holds the values of one that was, through a key.
    var isNamed = true
    /// The name of a partition's or a view's column that it was given by.
    var givenName: String?
    /// `table.column`.
    var name: String { givenName ?? "\(table).\(column)" }
    /// The same in lower case.
    var key: String { name.nameKey }
  }

  /// Reads what is shared, as the measurer of a clone of the baseline.
  ///
  /// - Parameter probing: makes that clone the probe's.
  init(
    _ connection: borrowing PostgresConnection, probing: (PostgresClone, PostgresClonePool.Settings)? = nil,
    basis: Basis,
    production: ProductionRows, _ measuring: Measuring
  ) throws(PostgresError) {
    let catalog = try PostgresCatalog(of: connection)
    self.catalog = catalog
    self.basis = basis
    self.production = production
    analyze = measuring.analyze
    let sensitive = Self.sensitiveColumns(named: measuring.sensitive, in: catalog, measuring.analyze)
    self.sensitive = sensitive
    values = sensitive.isEmpty ? nil : try PostgresSensitiveValues(of: sensitive, in: catalog, connection)
    if let (clone, settings) = probing, !sensitive.isEmpty {
      probe = try PostgresReadProbe(clone, catalog, hiding: sensitive, settings)
    } else {
      probe = nil
    }
  }

  // MARK: Texts

  /// The commands of a text, split and analysed once: as the shadow reads it, whatever engine it was written for, since
  /// what is measured is what runs here.
  func commands(of statement: StatementEntry) -> [PostgresCommand] {
    let text = ExactText(statement.sql)
    if let commands = known.withLock({ $0[text] }) { return commands }
    let commands = PostgresCommand.all(in: statement.sql, analyze)
    known.withLock { known in
      if known.count >= Self.rememberedTexts { known.removeAll() }
      known[text] = commands
    }
    return commands
  }

  /// What a command reads, found out once a text.
  func reads(_ command: PostgresCommand) -> CommandReads {
    let text = ExactText(command.sql)
    if let reads = knownReads.withLock({ $0[text] }) { return reads }
    var reads = findReads(command.facts)
    reads.isCountable =
      command.isPlain && !reads.isOpaque && !command.words.contains { $0.contains("advisory") }
    if let probe, !reads.isOpaque, mayMeetSensitive(command, reads), let read = probe.columns(readBy: command) {
      reads.take(read)
    }
    reads.isRepeatable = !command.choosesByChance && catalog.volatileFunctions.isDisjoint(with: command.functionNames)
    reads.firesCode = command.facts.commands.flatMap(\.writes).contains { written in
      guard let target = catalog.relation(written.table)?.root else { return false }
      return catalog.referrers(of: target).contains { catalog.code[$0] != nil }
    }
    reads.carriesByCode =
      !sensitive.isEmpty && reads.firesCode
      && command.facts.commands.flatMap(\.writes).contains { written in
        guard let code = catalog.relation(written.table).flatMap({ catalog.code[$0.oid] }) else { return false }
        return code.isOpaque || code.words.contains { catalog.relation($0).map(showsSensitive) ?? false }
      }
    // What code may have undone of it is not among the counters: it never runs together with others.
    if reads.firesCode, catalog.hasHandlers { reads.isCountable = false }
    // What stood in a partitioned table's key is read before.
    if !catalog.partitionKeys(writtenBy: command).isEmpty { reads.isCountable = false }
    reads.blockStep = findBlockStep(command, reads)
    knownReads.withLock { known in
      if known.count >= Self.rememberedTexts { known.removeAll() }
      known[text] = reads
    }
    return reads
  }

  /// Whether a command may ask for random numbers, by itself or in code.
  func mayAskChance(_ command: PostgresCommand) -> Bool {
    command.words.contains("random") || reads(command).isOpaque || reads(command).readsViews || reads(command).firesCode
  }

  /// Whether what a command does is decided by what a replay answers otherwise: by itself, in its code, in views, or where a
  /// policy shows or hides rows by who asks.
  func choosesByChance(_ command: PostgresCommand) -> Bool {
    if command.choosesByChance || catalog.codeWrites.decidesByChance(command) { return true }
    if !catalog.changingFunctions.isDisjoint(with: command.functionNames),
      DecidedByChance.rows(of: command.words, functions: catalog.changingFunctions)
    {
      return true
    }
    let written = command.facts.commands.flatMap(\.writes).compactMap { catalog.relation($0.table)?.oid }
    let read = written.isEmpty ? [] : command.facts.commands.flatMap(\.reads).compactMap { catalog.relation($0.table) }
    let views = read.map(\.oid).filter { catalog.views[$0] != nil }
    let isDecided = (written + views).contains { table in
      if let code = catalog.code[table] { return code.isDecidedByChance }
      return catalog.views[table].map { DecidedByChance.rows(of: PostgresWords.words(of: $0)) } ?? false
    }
    if isDecided { return true }
    if catalog.shownByRole.isEmpty { return false }
    return !catalog.shownByRole.isDisjoint(with: reads(command).tables.union(written))
  }

  /// Whether a statement asks which connection runs it.
  func asksOfConnection(_ statement: StatementEntry) -> Bool {
    commands(of: statement).contains { command in
      command.words.contains { ["pg_backend_pid", "pg_stat_activity", "pg_locks"].contains($0) }
    }
  }

  /// Whether a command can change nothing.
  func isReadOnly(_ command: PostgresCommand) -> Bool { reads(command).isReadOnly }

  /// Adds what a command reads to its text's effect.
  func addReads(_ command: PostgresCommand, to text: inout TextRun) {
    let reads = reads(command)
    text.effect.reads += reads.columns
    if !reads.isReadOnly { text.isReadOnly = false }
  }

  /// The tables without rows here of which production's rows decide what a command does.
  func emptyTables(_ command: PostgresCommand) -> Set<TableIdentity> {
    let read = reads(command).tables.subtracting(onlyInserted(by: command)).compactMap { catalog.relations[$0] }
    return empty(among: read).union(emptyTables(named: catalog.codeWrites.tables(of: command) + triggered(by: command)))
  }

  /// The tables to which a command only adds rows: what it returns of them are rows that it has added.
  private func onlyInserted(by command: PostgresCommand) -> Set<UInt32> {
    if command.words.contains("conflict"), command.words.contains("update") { return [] }
    var (inserted, others): (Set<UInt32>, Set<UInt32>) = ([], [])
    for part in command.facts.commands {
      let written = Set(part.writes.compactMap { catalog.relation($0.table)?.root })
      let read = Set(part.reads.compactMap { catalog.relation($0.table)?.root })
      let adds = part.kinds.contains(.insert) && part.kinds.isDisjoint(with: [.update, .delete, .merge])
      if adds { inserted.formUnion(written) } else { others.formUnion(written) }
      others.formUnion(adds ? read.subtracting(written) : read)
    }
    return inserted.subtracting(others).subtracting(sensitive.map(\.relation))
  }

  /// The tables of some names that hold no rows here.
  func emptyTables(named names: some Sequence<String>) -> Set<TableIdentity> {
    empty(among: names.compactMap { catalog.relation($0) }.compactMap { catalog.relations[$0.root] })
  }

  private func empty(among relations: [PostgresRelation]) -> Set<TableIdentity> {
    Set(relations.filter(isEmptyHere).map(\.table))
  }

  /// The tables from which triggers and rules delete that fire when a command writes, those of cascades included.
  private func triggered(by command: PostgresCommand) -> [String] {
    guard !catalog.code.isEmpty else { return [] }
    let written = command.facts.commands.flatMap(\.writes).compactMap { catalog.relation($0.table)?.root }
    return Set(written.flatMap(catalog.referrers)).flatMap { catalog.code[$0]?.deletes ?? [] }
  }

  /// Whether what a statement does with the table's rows cannot be known: none are here, and production may have some.
  func isEmptyHere(_ relation: PostgresRelation) -> Bool {
    catalog.baselineRows(of: relation) == 0 && production[catalog.displayName(relation)] != 0
  }

  /// The state of a clone before anything has run on it: materialized views may hold sensitive values from the start.
  func start() -> PostgresState {
    if let known = knownStart.withLock({ $0 }) { return known }
    var state = PostgresState(catalog)
    state.schema.tainted = Set(catalog.relations.values.filter { $0.kind == "m" && showsSensitive($0) }.map(\.oid))
    knownStart.withLock { $0 = state }
    return state
  }

  /// Whether a relation is a table with a sensitive column, or a view over one.
  private func showsSensitive(_ relation: PostgresRelation) -> Bool {
    if sensitive.isEmpty { return false }
    if let body = catalog.views[relation.oid] { return findReads(analyze(body, .postgreSQL)).isSensitive }
    return sensitive.contains { $0.relation == relation.oid || $0.relation == relation.root }
  }

  // MARK: Sensitive columns

  /// Whether a statement may read a sensitive column, or a table that holds values written from one.
  func mayReadSensitive(_ statement: StatementEntry, _ state: PostgresState) -> Bool {
    guard !sensitive.isEmpty else { return false }
    return !sensitiveCandidates(statement, state).isEmpty
  }

  /// The sensitive columns that it may read.
  func sensitiveCandidates(_ statement: StatementEntry, _ state: PostgresState) -> Set<Int> {
    guard !sensitive.isEmpty else { return [] }
    var found: Set<Int> = []
    for command in commands(of: statement) {
      let reads = reads(command)
      let isCursor = ["fetch", "execute", "table"].contains(command.verb)
      if isTainted(command, state) || isCursor || showsByRule(command, state)
        || (reads.isOpaque && command.transaction == nil)
      {
        return found.union(reads.sensitive).union(reads.unseen).union(
          sensitive.indices.filter { sensitive[$0].isNamed })
      }
      found.formUnion(reads.sensitive.union(reads.unseen))
    }
    return found
  }

  /// Whether a rule may answer the command with rows, which a client of the simple protocol gets.
  ///
  /// Source: PostgreSQL 15, 41.4 "Rules on INSERT, UPDATE, and DELETE"; 55.2.3 on statements that a rule adds.
  func showsByRule(_ command: PostgresCommand, _ state: PostgresState) -> Bool {
    let written = command.facts.commands.flatMap(\.writes)
    if written.isEmpty { return false }
    return state.schema.code.hasRule
      || written.contains { write in
        catalog.relation(write.table).map { catalog.code[$0.oid]?.selects == true } ?? false
      }
  }

  /// Whether a command may read values that earlier statements carried elsewhere, gave other names, or read by code of
  /// their own.
  func isTainted(_ command: PostgresCommand, _ state: PostgresState) -> Bool {
    if state.schema.isCarried || mayReadSensitive(state.schema.code, state) {
      return command.transaction == nil
        && (state.schema.hasNewCode || !ServerFigures.areAll(of: command, reads(command)))
    }
    if state.schema.tainted.isEmpty { return false }
    return !state.schema.tainted.isDisjoint(with: reads(command).tables)
      || command.facts.commands.flatMap(\.reads).contains { read in
        state.schema.relations.values.contains {
          $0.name.isExactly(read.table.name) && state.schema.tainted.contains($0.oid)
        }
      }
  }

  /// Whether code that the session has made may read sensitive values, or values written from them, by what it names.
  private func mayReadSensitive(_ code: SessionCode, _ state: PostgresState) -> Bool {
    guard code.isThere else { return false }
    if code.isOpaque
      || code.words.contains(where: {
        catalog.userFunctions.contains($0.nameKey) || Self.queryingFunctions.contains($0)
      })
    {
      return true
    }
    return code.words.contains { word in catalog.relation(word).map(showsSensitive) ?? false }
      || state.schema.tainted.contains { oid in
        state.schema.relations[oid].map { code.names($0.name) } ?? true
      }
  }

  /// Whether a command may carry values of sensitive columns to where others read them: they are known to be there only when
  /// it has run.
  func mayTaint(_ command: PostgresCommand, _ state: PostgresState) -> Bool {
    guard !sensitive.isEmpty else { return false }
    let reads = reads(command)
    return !reads.isReadOnly && (reads.isSensitive || reads.firesCode || isTainted(command, state))
  }

  /// Notes the tables to which a command may have carried values of sensitive columns, and views that show some.
  func addTainted(
    by command: PostgresCommand, changed: Set<UInt32>, _ events: [PostgresEvent], to state: inout PostgresState
  ) {
    noteKin(by: command, events, in: &state)
    noteClock(by: command, changed: changed, events, in: &state)
    guard !sensitive.isEmpty else { return }
    let carries = reads(command).isSensitive || reads(command).carriesByCode || isTainted(command, state)
    if carries {
      // On a shadow without rows nothing changes, and the table holds such values all the same.
      let written = command.facts.commands.flatMap(\.writes).compactMap {
        state.relation($0.table.name, schema: $0.table.schema)?.root
      }
      state.schema.tainted.formUnion(changed.union(written))
    }
    if carries, catalog.codeWrites.carriesElsewhere(command) || command.verb == "do" && !events.isEmpty {
      state.schema.isCarried = true
    }
    for case .change(let change) in events {
      if command.verb == "alter", change.type == "schema" { state.schema.tainted.formUnion(sensitive.map(\.relation)) }
      guard let relation = change.relation else { continue }
      if carries && ["v", "m"].contains(relation.kind) || givesNewNames(command, to: relation) {
        state.schema.tainted.formUnion([relation.oid, relation.root])
      }
    }
    // What neither the text names nor a key leads to was written by a trigger's or a rule's code.
    let named = command.facts.commands.flatMap(\.writes).compactMap { catalog.relation($0.table)?.root }
    if !named.isEmpty, !changed.isSubset(of: named) {
      let reached = named.reduce(into: Set<UInt32>()) { $0.formUnion(catalog.referrers(of: $1)) }
      state.schema.tainted.formUnion(changed.subtracting(reached))
    }
    spreadTaint(in: &state.schema)
  }

  /// Notes views, and tables that the session makes parts or heirs of others: either side may be the one that shows the
  /// other's rows.
  private func noteKin(by command: PostgresCommand, _ events: [PostgresEvent], in state: inout PostgresState) {
    let joins = command.words.contains(where: ["attach", "inherit", "inherits"].contains)
    for case .change(let change) in events {
      guard let relation = change.relation else { continue }
      if relation.kind == "v" {
        state.schema.behindViews[relation.oid] = Set(command.words.compactMap { state.relation($0)?.root })
      }
      guard joins || relation.root != relation.oid else { continue }
      let named = command.words.compactMap { state.relation($0) } + [relation]
      let kin = Set(named.flatMap { [$0.oid, $0.root] })
      state.schema.kin.append(kin)
      if !sensitive.isEmpty, namesSensitive(command) { state.schema.tainted.formUnion(kin) }
    }
  }

  /// Takes in what shows rows of tainted tables: those that they inherit from, and what the session made their parts or heirs.
  private func spreadTaint(in schema: inout PostgresSchema) {
    if schema.tainted.isEmpty { return }
    let tainted = schema.tainted
    for kin in schema.kin where !kin.isDisjoint(with: tainted) { schema.tainted.formUnion(kin) }
    for (ancestor, heirs) in catalog.heirs where !heirs.isDisjoint(with: tainted) { schema.tainted.insert(ancestor) }
    if schema.tainted != tainted { spreadTaint(in: &schema) }
  }

  /// The sensitive columns of the tables that a command names, reads or writes.
  func sensitiveColumns(touchedBy command: PostgresCommand) -> Set<Int> {
    var tables = Set(reads(command).tables.map { catalog.relations[$0]?.root ?? $0 })
    for name in command.words { if let oid = catalog.relation(name)?.root { tables.insert(oid) } }
    return Set(sensitive.indices.filter { tables.contains(catalog.relations[sensitive[$0].relation]?.root ?? 0) })
  }

  /// Whether a command names a relation that shows sensitive values.
  func namesSensitive(_ command: PostgresCommand) -> Bool {
    command.words.contains { word in catalog.relation(word).map(showsSensitive) ?? false }
  }

  /// Whether a command gives a relation that shows sensitive values, or a column of it, a name that texts and masks do not
  /// know.
  private func givesNewNames(_ command: PostgresCommand, to relation: PostgresRelation) -> Bool {
    let ways: Set<String> = ["rename", "generated", "schema"]
    return command.verb == "alter" && !ways.isDisjoint(with: command.words) && showsSensitive(relation)
  }
}

extension PostgresWorld {
  /// The column that a mask names, as ``origin(_:_:)`` names it; where it names a schema, of that schema's table.
  func maskKey(_ mask: String) -> String {
    let parts = mask.nameKey.split(separator: ".").map(String.init)
    guard parts.count > 2, let column = parts.last else { return parts.joined(separator: ".") }
    let (schema, table) = (parts[parts.count - 3], parts[parts.count - 2])
    let named = catalog.relation(table, schema: schema).map(catalog.displayName)
    return "\((named ?? "\(schema).\(table)").nameKey).\(column)"
  }

  /// The table's column that a result column shows, as `table.column` in lower case.
  func origin(_ relation: UInt32, _ number: Int) -> String? { values?.origin(relation, number) }

  /// The values that a sensitive column holds in the baseline.
  func values(of position: Int) -> VerbatimIndex {
    guard let indexes = values?.indexes, indexes.indices.contains(position) else { return VerbatimIndex([]) }
    return indexes[position]
  }

  /// The same values in the forms that hide them, for naming a leak.
  func canaries(of position: Int) -> CanaryIndex {
    knownCanaries.value(of: position) { CanaryIndex(values(of: position).values) }
  }
}
