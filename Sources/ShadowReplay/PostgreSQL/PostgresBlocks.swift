import AuditTrail
import Ledger
import Postgres

/// Blocks: plain statements and whole recorded transactions sent together, whose counters are read once.
///
/// What each statement changed is said by its own tag, and believed only where all tags of the block together are what the
/// server's counters say, table by table. Anything else, an error above all, undoes the block; its statements are then
/// measured one by one.
extension PostgresSessionRun {
  /// A block that had to be undone makes the next ones shorter, one that held longer.
  static let blockLengths = 8...256
  private static let savepoint = "assay_block"

  /// A statement of a block.
  struct BlockMember {
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
    var isKnown = false
    /// Where it may be looked up and kept.
    var reading: ReadingKey?
  }

  /// The statements from here on that may run in one block; none where the next one may not.
  ///
  /// It ends where the recorded transaction is as it was at its start: what begins inside ends inside.
  func block(_ statements: [StatementEntry], from position: Int) -> [BlockMember] {
    guard isolation == .rolledBack, !isForeign, !transaction.isAborted, !state.hasNewCode,
      position >= max(aloneUntil, carefulUntil)
    else { return [] }
    var members: [BlockMember] = []
    var (isOpen, whole) = (false, 0)
    var isPristine = isPristine && !transaction.isOpen
    while position + members.count < statements.count, members.count < longestBlock {
      let next = position + members.count
      guard var member = blockMember(statements[next], next, isOpen) else { break }
      if isPristine, !isOpen, case .reads = member.step, world.reads(member.command).isRepeatable {
        let reading = ReadingKey(statements[next], isForeign: isForeign)
        member.reading = reading
        if let known = meter.readings[reading] { (member.answer, member.isKnown) = (known, true) }
      }
      if case .changes = member.step { isPristine = false }
      members.append(member)
      switch member.step {
      case .begin: isOpen = true
      case .commit: isOpen = false
      case .reads, .changes: break
      }
      if !isOpen { whole = members.count }
      if plan.isFirst, world.mayTaint(member.command, state) { break }
    }
    members.removeLast(members.count - whole)
    return members
  }

  private func blockMember(_ statement: StatementEntry, _ position: Int, _ isOpen: Bool) -> BlockMember? {
    guard let command = onlyCommand(of: statement) else { return nil }
    switch command.transaction {
    case .begin?:
      let isPlain = !command.words.contains("only") && !transaction.isOpen && !isOpen
      return isPlain ? BlockMember(command: command, values: [], step: .begin) : nil
    case .commit(andChain: false)?:
      return isOpen ? BlockMember(command: command, values: [], step: .commit) : nil
    case .some: return nil
    case nil: break
    }
    guard let step = world.blockStep(of: command), let values = values(of: command, statement, position) else {
      return nil
    }
    if case .changes(let table) = step, meter.isMeasuredAlone(table) { return nil }
    return BlockMember(command: command, values: values, step: step)
  }

  /// Runs a block; false where it was undone and each of its statements has to be measured.
  func measureBlock(_ members: consuming [BlockMember], _ statements: [StatementEntry], from position: Int) throws
    -> Bool
  {
    let sequences = meter.sequences
    guard let reading = try run(&members), isExplained(reading, by: members) else {
      try undoBlock(sequences)
      longestBlock = max(Self.blockLengths.lowerBound, longestBlock / 4)
      carefulUntil = position + members.count
      // One of them takes too long: a group would only wait for it once more.
      if ranOutOfTime { aloneUntil = carefulUntil }
      ranOutOfTime = false
      return false
    }
    try meter.script("RELEASE \(Self.savepoint)")
    for (sequence, last) in reading.sequences { meter.note(last, of: sequence) }
    for index in members.indices { try keep(members[index], statements[position + index], position + index) }
    measuredInBlocks += members.count
    longestBlock = min(Self.blockLengths.upperBound, longestBlock * 2)
    return true
  }

  private func keep(_ member: BlockMember, _ statement: StatementEntry, _ position: Int) throws(PostgresError) {
    try record(statement, position) { (text) throws(PostgresError) in
      switch member.step {
      case .begin:
        isReadOnlyTransaction = false
        transaction.open(state)
      case .commit: transaction.commit()
      case .reads, .changes:
        world.addReads(member.command, to: &text)
        add(member.answer, member.command, &text)
        if let reading = member.reading, !member.isKnown { meter.readings[reading] = member.answer }
        if case .changes(let table) = member.step {
          isPristine = false
          try addCounters(reading(of: member, table), member.command, member.answer, &text)
        }
      }
    }
  }

  // MARK: On the server

  /// Sends the block and reads its answers; the counters at its end, or `nil` where something failed.
  private func run(_ members: inout [BlockMember]) throws(PostgresError) -> CounterReading? {
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
      case .reads, .changes: if members[index].isKnown { continue }
      }
      if try meter.sendPrepared(members[index].command.sql, members[index].values) { askers.append(nil) }
      askers.append(index)
    }
    try meter.connection.send(prepared: PostgresMeter.counters, meter.counterValues(state))
    try meter.connection.sync()
    let reading = try readAnswers(askers, &members)
    try meter.connection.exitPipeline()
    return reading
  }

  private func readAnswers(
    _ askers: [Int?], _ members: inout [BlockMember]
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
        let events = meter.takeEvents().events
        return isFine && events.isEmpty ? reading : nil
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
  private func undoBlock(_ sequences: [UInt32: Int64]) throws(PostgresError) {
    try meter.script("ROLLBACK TO \(Self.savepoint); RELEASE \(Self.savepoint)")
    meter.forgetTexts()
    try meter.rebase(state)
    try meter.restoreSequences(to: sequences)
  }

  // MARK: What the counters say

  private func reading(of member: BlockMember, _ table: UInt32) -> CounterReading {
    var reading = CounterReading()
    let counters = (meter.base[table] ?? RowCounters()) + Self.changes(member)
    reading.relations = [
      .init(oid: table, counters: counters, file: state.files[table] ?? 0, unchanged: state.unchanged[table] ?? 0)
    ]
    return reading
  }

  /// The rows that a statement changed, by its tag.
  private static func changes(_ member: BlockMember) -> RowCounters {
    let count = member.answer.count ?? 0
    return switch member.answer.tag.prefix(while: { $0 != " " }) {
    case "INSERT": RowCounters(inserted: count)
    case "UPDATE": RowCounters(updated: count)
    case "DELETE": RowCounters(deleted: count)
    default: RowCounters()
    }
  }

  /// Whether the block's tags are all that the counters counted: no cascade, no trigger, no row left as it was.
  private func isExplained(_ reading: CounterReading, by members: [BlockMember]) -> Bool {
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
        || relation.file != state.files[relation.oid] ?? 0
        || relation.unchanged != state.unchanged[relation.oid] ?? 0
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
  func blockStep(of command: PostgresCommand) -> PostgresSessionRun.BlockMember.Step? { reads(command).blockStep }

  /// Only what reads, or changes the rows of one table that holds them itself.
  func findBlockStep(
    _ command: PostgresCommand, _ reads: CommandReads
  ) -> PostgresSessionRun.BlockMember.Step? {
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
