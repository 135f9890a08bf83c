import AuditTrail
import Ledger
import Postgres
import Replay

/// Blocks: plain statements and whole recorded transactions sent together, whose counters are read once.
///
/// What each statement changed is said by its own tag, and believed only where all tags of the block together are what the
/// server's counters say, table by table. Anything else, an error above all, undoes the block; its statements are then
/// measured one by one.
extension PostgresDriver {
  private static let savepoint = "assay_block"

  /// The statements from here on that may run in one block; none where the next one may not.
  ///
  /// It ends where the recorded transaction is as it was at its start: what begins inside ends inside.
  func block(
    _ statements: [StatementEntry], from position: Int, _ engine: SessionEngine<PostgresDriver>
  ) -> [PostgresBlockMember] {
    guard position >= together.carefulUntil, !together.avoidsBlocks else { return [] }
    let session = engine.session
    var members: [PostgresBlockMember] = []
    var (isOpen, whole, isPristine) = (false, 0, true)
    while position + members.count < statements.count, members.count < together.longestBlock {
      let next = position + members.count
      guard var member = blockMember(statements[next], next, isOpen, engine) else { break }
      if isPristine, case .reads = member.step, world.reads(member.command).isRepeatable,
        !world.mayReadSensitive(statements[next], session.state)
      {
        member.reading = engine.readingKey(of: statements[next], isOpen: isOpen || session.transaction.isOpen)
        member.known = member.reading.flatMap { engine.readings?[$0] }
      }
      if case .changes = member.step { isPristine = false }
      members.append(member)
      switch member.step {
      case .begin: isOpen = true
      case .commit: isOpen = false
      case .reads, .changes: break
      }
      if !isOpen { whole = members.count }
      if session.plan.isFirst, world.mayTaint(member.command, session.state) { break }
    }
    members.removeLast(members.count - whole)
    return members
  }

  private func blockMember(
    _ statement: StatementEntry, _ position: Int, _ isOpen: Bool, _ engine: SessionEngine<PostgresDriver>
  ) -> PostgresBlockMember? {
    guard let command = onlyCommand(of: statement, engine) else { return nil }
    switch command.transaction {
    case .begin?:
      let isPlain = !command.words.contains("only") && !engine.session.transaction.isOpen && !isOpen
      return isPlain ? PostgresBlockMember(command: command, values: [], step: .begin) : nil
    case .commit(andChain: false)?:
      return isOpen ? PostgresBlockMember(command: command, values: [], step: .commit) : nil
    case .some: return nil
    case nil: break
    }
    guard let step = world.blockStep(of: command), let values = values(of: command, statement, position, engine.session)
    else {
      return nil
    }
    if case .changes(let table) = step, meter.isMeasuredAlone(table) { return nil }
    return PostgresBlockMember(command: command, values: values, step: step)
  }

  /// Runs a block; false where it was undone and each of its statements has to be measured.
  func measureBlock(
    _ members: consuming [PostgresBlockMember], _ statements: [StatementEntry], from position: Int,
    _ engine: SessionEngine<PostgresDriver>
  ) throws -> Bool {
    let sequences = meter.sequences
    var ranOutOfTime = false
    guard let reading = try run(&members, engine.session.state, &ranOutOfTime),
      isExplained(reading, by: members, engine.session.state)
    else {
      try undoBlock(sequences, engine.session.state)
      together.longestBlock = max(StatementsTogether.blockLengths.lowerBound, together.longestBlock / 4)
      together.carefulUntil = position + members.count
      // One of them takes too long: a group would only wait for it once more.
      if ranOutOfTime { together.aloneUntil = together.carefulUntil }
      return false
    }
    try meter.script("RELEASE \(Self.savepoint)")
    for (sequence, last) in reading.sequences { meter.note(last, of: sequence) }
    for index in members.indices { try keep(members[index], statements[position + index], position + index, engine) }
    together.measuredInBlocks += members.count
    together.longestBlock = min(StatementsTogether.blockLengths.upperBound, together.longestBlock * 2)
    return true
  }

  private func keep(
    _ member: PostgresBlockMember, _ statement: StatementEntry, _ position: Int,
    _ engine: SessionEngine<PostgresDriver>
  ) throws {
    if let known = member.known { return engine.recordKnown(known) }
    let effect = try engine.record(statement, position) { text in
      switch member.step {
      case .begin:
        isReadOnlyTransaction = false
        engine.session.transaction.open(engine.session.state)
      case .commit: engine.session.transaction.commit()
      case .reads, .changes:
        world.addReads(member.command, to: &text)
        text.emptyTables.formUnion(world.emptyTables(member.command))
        add(member.answer, member.command, &text)
        if case .changes(let table) = member.step {
          (engine.session.isPristine, engine.session.isTouched) = (false, true)
          try addCounters(
            reading(of: member, table, engine.session.state), member.command, member.answer, &text,
            &engine.session.state)
        }
      }
    }
    if let reading = member.reading { engine.readings?[reading] = effect }
  }

  // MARK: On the server

  /// Sends the block and reads its answers; the counters at its end, or `nil` where something failed.
  private func run(
    _ members: inout [PostgresBlockMember], _ state: PostgresState, _ ranOutOfTime: inout Bool
  ) throws(PostgresError) -> CounterReading? {
    // All of it gets the time of one statement: what takes longer is undone, and each gets its own.
    meter.watchdog.arm()
    defer { meter.watchdog.disarm() }
    try meter.connection.enterPipeline()
    try meter.connection.send("SAVEPOINT \(Self.savepoint)")
    /// Whose answers come, in their order; `nil` for what is ours.
    var askers: [Int?] = [nil]
    for index in members.indices {
      switch members[index].step {
      case .begin, .commit: continue
      case .reads, .changes: if members[index].known != nil { continue }
      }
      if try meter.sendPrepared(members[index].command.sql, members[index].values) { askers.append(nil) }
      askers.append(index)
    }
    try meter.connection.send(prepared: meter.counters, meter.counterValues(state))
    try meter.connection.sync()
    let reading = try readAnswers(askers, &members, &ranOutOfTime)
    try meter.connection.exitPipeline()
    return reading
  }

  private func readAnswers(
    _ askers: [Int?], _ members: inout [PostgresBlockMember], _ ranOutOfTime: inout Bool
  ) throws(PostgresError) -> CounterReading? {
    var (number, isFine) = (0, true)
    var reading = CounterReading()
    while true {
      let member = number < askers.count ? askers[number] : nil
      if member != nil { meter.connection.setSingleRowMode() }
      guard let result = try meter.connection.nextResult() else {
        number += 1
        continue
      }
      switch result.status {
      case .pipelineSync:
        let (hasEvents, notices) = meter.takeNotices()
        // What notices tell is looked at where the statement runs alone.
        return isFine && !hasEvents && (notices.isEmpty || world.sensitive.isEmpty) ? reading : nil
      case .error, .pipelineAborted, .copyIn, .copyOut:
        isFine = false
        if result.error?.sqlstate == "57014" { ranOutOfTime = true }
      case .singleRow, .rows, .command, .empty:
        if let member {
          members[member].answer.rows += Int64(result.rowCount)
          if result.status != .singleRow {
            (members[member].answer.tag, members[member].answer.count) = (result.commandTag, result.commandCount)
          }
        } else if number == askers.count {
          reading = PostgresMeter.reading(result)
        }
      }
    }
  }

  /// Goes back to before the block: its rows, and what no rollback undoes.
  private func undoBlock(_ sequences: [UInt32: Int64], _ state: PostgresState) throws(PostgresError) {
    try meter.script("ROLLBACK TO \(Self.savepoint); RELEASE \(Self.savepoint)")
    meter.forgetTexts()
    try meter.rebase(state)
    try meter.restoreSequences(to: sequences)
  }

  // MARK: What the counters say

  private func reading(
    of member: PostgresBlockMember, _ table: UInt32, _ state: PostgresState
  ) -> CounterReading {
    var reading = CounterReading()
    let counters = (meter.base[table] ?? RowCounters()) + Self.changes(member)
    reading.relations = [
      .init(
        oid: table, counters: counters, file: state.schema.files[table] ?? 0,
        unchanged: state.schema.unchanged[table] ?? 0)
    ]
    return reading
  }

  /// The rows that a statement changed, by its tag.
  private static func changes(_ member: PostgresBlockMember) -> RowCounters {
    let count = member.answer.count ?? 0
    return switch member.answer.tag.prefix(while: { $0 != " " }) {
    case "INSERT": RowCounters(inserted: count)
    case "UPDATE": RowCounters(updated: count)
    case "DELETE": RowCounters(deleted: count)
    default: RowCounters()
    }
  }

  /// Whether the block's tags are all that the counters counted: no cascade, no trigger, no row left as it was.
  private func isExplained(
    _ reading: CounterReading, by members: [PostgresBlockMember], _ state: PostgresState
  ) -> Bool {
    var expected: [UInt32: RowCounters] = [:]
    var insertsAll = true
    for member in members {
      guard case .changes(let table) = member.step else { continue }
      let changes = Self.changes(member)
      expected[table] = (expected[table] ?? RowCounters()) + changes
      if member.command.verb == "insert", changes.inserted == 0 { insertsAll = false }
    }
    var odd: Set<UInt32> = []
    for relation in reading.relations {
      let delta = relation.counters - (meter.base[relation.oid] ?? RowCounters())
      if delta != expected.removeValue(forKey: relation.oid) ?? RowCounters()
        || relation.file != state.schema.files[relation.oid] ?? 0
        || relation.unchanged != state.schema.unchanged[relation.oid] ?? 0
      {
        odd.insert(relation.oid)
      }
    }
    odd.formUnion(expected.filter { $0.value != RowCounters() }.keys)
    meter.noteOdd(odd, of: members.compactMap { if case .changes(let table) = $0.step { table } else { nil } })
    return odd.isEmpty && (reading.sequences.isEmpty || insertsAll)
  }
}

extension PostgresWorld {
  /// Whether the command is one that blocks know to change nothing.
  func onlyReads(_ command: PostgresCommand) -> Bool {
    if case .reads? = blockStep(of: command) { true } else { false }
  }

  /// What the command is in a block of statements.
  func blockStep(of command: PostgresCommand) -> PostgresBlockMember.Step? { reads(command).blockStep }

  /// Only what reads, or changes the rows of one table that holds them itself.
  func findBlockStep(
    _ command: PostgresCommand, _ reads: CommandReads
  ) -> PostgresBlockMember.Step? {
    guard reads.isCountable else { return nil }
    if reads.isReadOnly { return .reads }
    let targets = Set(command.facts.commands.flatMap(\.writes).map(\.table))
    let kinds = command.facts.kinds.subtracting([.select])
    guard catalog.volatileFunctions.isDisjoint(with: command.functionNames), kinds.count == 1, targets.count == 1,
      let target = targets.first, let relation = catalog.relation(target), relation.kind == "r",
      relation.root == relation.oid, kinds.first.map({ $0.rawValue == command.verb }) == true
    else { return nil }
    return .changes(relation.oid)
  }
}

/// A statement of a block.
struct PostgresBlockMember {
  enum Step {
    case reads
    /// Changes rows of this table and no other.
    case changes(UInt32)
    case begin, commit
  }

  let command: PostgresCommand
  let values: [PostgresValue]
  let step: Step
  var answer = PostgresAnswer()
  /// What it came to before on an unchanged clone: then it is not sent.
  var known: Effect?
  /// Under what it may be looked up and kept.
  var reading: ReadingKey?
}
