import AuditTrail
import Ledger
import Postgres
import Replay

/// Runs of plain statements sent together: each in a savepoint with its counters, none waiting for the answer of the one
/// before it.
extension PostgresDriver {
  private static let longestGroup = 64

  /// A statement of a group.
  private struct Member {
    let command: PostgresCommand
    let values: [PostgresValue]
    let counts: Bool
    var answer = PostgresAnswer()
    var reading = CounterReading()
  }

  /// How many statements from here on may run in one group; 1 where the next one runs alone.
  func groupLength(
    _ statements: [StatementEntry], from position: Int, _ engine: SessionEngine<PostgresDriver>
  ) -> Int {
    guard position >= together.aloneUntil else { return 1 }
    let session = engine.session
    var end = position
    while end < statements.count, end - position < Self.longestGroup,
      let member = member(statements[end], end, engine)
    {
      end += 1
      if session.plan.isFirst, world.mayTaint(member.command, session.state) { break }
    }
    return max(1, end - position)
  }

  private func member(
    _ statement: StatementEntry, _ position: Int, _ engine: SessionEngine<PostgresDriver>
  ) -> Member? {
    guard let command = onlyCommand(of: statement, engine), world.reads(command).isCountable,
      let values = values(of: command, statement, position, engine.session)
    else { return nil }
    return Member(command: command, values: values, counts: !world.isReadOnly(command))
  }

  /// Runs a group; gives how many of its statements are measured. One that fails is not: it runs again, alone.
  func measureGroup(
    _ statements: [StatementEntry], from position: Int, count: Int, _ engine: SessionEngine<PostgresDriver>
  ) throws -> Int {
    var members = (position..<(position + count)).compactMap { member(statements[$0], $0, engine) }
    // All of it gets the time of one statement: the one that is cancelled runs again, alone, with the same time of its own.
    meter.watchdog.arm()
    defer { meter.watchdog.disarm() }
    try meter.script("SAVEPOINT assay_group")
    try meter.connection.enterPipeline()
    let (counters, sequences) = (meter.counterValues(engine.session.state), meter.sequences)
    for member in members {
      try meter.connection.send("SAVEPOINT assay_probe")
      try meter.connection.send(member.command.sql, member.values)
      if member.counts { try meter.connection.send(prepared: meter.counters, counters) }
      try meter.connection.send("RELEASE assay_probe")
      try meter.connection.sync()
    }
    var (measured, mustRunAlone): (Int?, Bool) = (nil, false)
    for index in members.indices where try !readGroup(&members[index], &mustRunAlone) { measured = measured ?? index }
    try meter.connection.exitPipeline()
    if mustRunAlone {
      // It ran, and so did those after it.
      try meter.script("ROLLBACK TO assay_group; RELEASE assay_group")
      try meter.rebase(engine.session.state)
      try meter.restoreSequences(to: sequences)
      together.aloneUntil = position + members.count
      return 0
    }
    if measured != nil, meter.connection.transactionStatus == .failed {
      try meter.script("ROLLBACK TO assay_probe; RELEASE assay_probe")
    }
    try meter.script("RELEASE assay_group")
    let done = measured ?? members.count
    for index in 0..<done {
      let member = members[index]
      if member.counts { (engine.session.isPristine, engine.session.isTouched) = (false, true) }
      _ = try engine.record(statements[position + index], position + index) { text in
        world.addReads(member.command, to: &text)
        text.emptyTables.formUnion(world.emptyTables(member.command))
        add(member.answer, member.command, &text)
        if member.counts {
          try addCounters(member.reading, member.command, member.answer, &text, &engine.session.state)
        }
      }
    }
    if done < members.count {
      together.aloneUntil = position + done + 1
      try meter.rebase(engine.session.state)
    }
    return done
  }

  /// Reads one statement's answers up to the end of its part; `false` where something of it failed.
  ///
  /// - Parameter mustRunAlone: set where what it told, or did besides its rows, is looked at only when it runs alone.
  private func readGroup(_ member: inout Member, _ mustRunAlone: inout Bool) throws(PostgresError) -> Bool {
    var (number, isFine) = (0, true)
    while true {
      if number == 1 { meter.connection.setSingleRowMode() }
      guard let result = try meter.connection.nextResult() else {
        number += 1
        continue
      }
      switch result.status {
      case .pipelineSync: return isFine
      case .error, .pipelineAborted, .copyIn, .copyOut: isFine = false
      case .singleRow, .rows, .command, .empty:
        if number == 1 {
          member.answer.rows += Int64(result.rowCount)
          if result.status != .singleRow {
            (member.answer.tag, member.answer.count) = (result.commandTag, result.commandCount)
            let (hasEvents, notices) = meter.takeNotices()
            if hasEvents || !notices.isEmpty && !world.sensitive.isEmpty { mustRunAlone = true }
          }
        } else if number == 2, member.counts {
          member.reading = PostgresMeter.reading(result)
        }
      }
    }
  }
}
