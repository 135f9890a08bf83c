import AuditTrail
import Ledger

extension SessionEngine {
  /// Runs a text's commands; what was recorded as without effect is undone.
  package func perform(_ text: inout TextRun) throws {
    var before = session.state
    let (mark, wasOpen) = (driver.mark(), session.transaction.isOpen)
    if !text.keeps, !text.failedWhenRecorded, !session.isProbingScript { session.probed = ProbedTransaction(session) }
    defer { session.probed = nil }
    let end = try runCommands(&text, since: &before)
    var keeps = end != .stopped
    if driver.hasScope {
      let isFollowed = text.keeps || session.isProbingScript
      let keepsPart = end == .failed && !text.leaves.isEmpty && !session.rules.textIsWhole
      keeps = isFollowed && end == .done || keepsPart && (isFollowed || text.failedWhenRecorded)
      if end == .done, !session.isInTransaction {
        // What a commit would have found is found before it is undone.
        if let failure = try driver.settle(&text, &session) ?? (keeps ? nil : driver.checkDeferred()) {
          text.fail(failure)
          keeps = false
        }
      }
      if let failure = try driver.closeScope(keep: keeps, session) {
        text.fail(failure)
        session.state = before
      } else if !keeps {
        // A transaction that the statement's failure has ended has taken everything back already.
        if session.transaction.isOpen || !wasOpen { session.state = before }
        try driver.restore(text.keeps ? nil : mark, recounts: end == .failed, session)
      }
    } else if !keeps, session.transaction.isOpen || !wasOpen {
      session.state = before
      if session.probed != nil, text.marks != nil { try driver.restore(mark, recounts: false, session) }
    }
    if end == .failed { endFailed(&text) }
    try driver.reopenLostTransaction(&session)
  }

  /// Ends a text that failed: what stays of it is its effect, and what it had only attempted is said where nothing stays.
  private func endFailed(_ text: inout TextRun) {
    text.effect.kept = false
    guard case .failed = text.effect.execution, !text.leaves.isEmpty else { return }
    text.changes = text.leaves
    (text.effect.leavesChanges, text.effect.kept) = (true, text.keeps || text.failedWhenRecorded)
  }

  /// - Parameter before: the state to which a failure goes back; after a commit of the text that of the commit.
  private func runCommands(
    _ text: inout TextRun, since before: inout CloneState<Driver>
  ) throws -> CommandEnd {
    var script = driver.script(of: &text, session)
    while true {
      let wasOpen = session.transaction.isOpen
      // A recorded success shows that the transaction had not failed after all.
      let hasSucceeded = text.statement.result.map { $0.error == nil } ?? false
      let isAborted = transaction.isAborted && !session.isProbingScript && !hasSucceeded
      let end: CommandEnd
      switch try driver.nextCommand(in: &script, &text, &session) {
      case .none: return .done
      case .ended(let ended) where !isAborted: end = ended
      case .command(let command) where !isAborted: end = try execute(command, &text)
      case .transaction(let change, let command, let isAlone) where !isAborted || change.endsFailure:
        end = try follow(change, command, &text, isAlone: isAlone, since: &before)
      case .ended, .command, .transaction:
        text.fail(.failed(code: "25P02", missingObject: nil))
        return .failed
      }
      if end == .done {
        // Where each command stands for itself, those that ran stay.
        if !session.rules.textIsWhole { text.leaves = text.changes }
        continue
      }
      // A failure that ends the transaction undoes them, and a text that is one transaction keeps what it has committed.
      let hasLost = wasOpen && !session.transaction.isOpen
      if hasLost || text.leaves.isEmpty { text.leaves = text.marks?.committed ?? Changes() }
      return end
    }
  }

  /// Runs a command. Where each command of a text commits by itself, one that a commit would refuse fails, and those before it
  /// stay; in the text's scope no commit says so.
  private func execute(_ command: Driver.Command, _ text: inout TextRun) throws -> CommandEnd {
    let standsAlone =
      !session.rules.textIsWhole && driver.hasScope && !session.isInTransaction && !transaction.isOpen
      && !text.leaves.isEmpty
    guard standsAlone else { return try driver.execute(command, &text, &session) }
    let before = session.state
    try driver.setSavepoint(Self.part)
    var end = try driver.execute(command, &text, &session)
    if end == .done, let failure = try driver.checkDeferred() {
      try driver.rollBackToSavepoint(Self.part)
      session.state = before
      text.fail(failure)
      end = .failed
    }
    try driver.releaseSavepoint(Self.part)
    return end
  }

  private static var part: String { "assay_part" }

  /// Follows a transaction command of a text.
  private func follow(
    _ change: TransactionCommand, _ command: Driver.Command?, _ text: inout TextRun, isAlone: Bool,
    since before: inout CloneState<Driver>
  ) throws -> CommandEnd {
    if session.isProbingScript {
      try followHeld(change)
      return .done
    }
    if let failure = refusal(of: change) {
      text.fail(failure)
      return .failed
    }
    if session.probed != nil {
      try followProbed(change, &text, isAlone: isAlone)
      return .done
    }
    // What is sent as one text is one transaction, which a rollback ends though none was opened.
    let isWhole = session.rules.textIsWhole && driver.hasScope && !session.transaction.isOpen
    let isEnding = change.isCommit && (isWhole || session.transaction.isOpen) && !session.transaction.isAborted
    if isEnding, text.keeps || text.failedWhenRecorded, let failure = try driver.settle(&text, &session) {
      if isWhole {
        _ = try driver.closeScope(keep: false, session)
        session.state = before
      } else if session.rules.failedCommitEnds {
        if driver.hasScope { _ = try driver.closeScope(keep: false, session) }
        try rollBack()
      }
      text.fail(failure)
      return .failed
    }
    if !isAlone || isEnding && !text.changes.isEmpty {
      var marks = text.marks ?? EffectMarks(Changes())
      marks.follow(change, &text.changes, isOpen: session.transaction.isOpen || isWhole)
      text.marks = marks
    }
    if isWhole, case .rollback = change {
      _ = try driver.closeScope(keep: false, session)
      session.state = before
      try driver.restore(nil, recounts: true, session)
    }
    // A commit that failed when recorded ends its transaction all the same.
    guard text.keeps || (change.isCommit && text.failedWhenRecorded) else { return .done }
    if isWhole, case .begin = change {
      // What came before it in the text is part of the transaction.
      try driver.openTransactionOnScope(command)
      session.transaction.open(before)
      return .done
    }
    if driver.hasScope, let failure = try driver.closeScope(keep: true, session) {
      text.fail(failure)
      return .failed
    }
    // What the text did before its savepoint, going back to that does not undo.
    if case .savepoint = change, !text.changes.isEmpty { session.transaction.add(text.position) }
    guard let failure = try apply(change, command) else {
      if change.isCommit { before = session.state }
      return .done
    }
    text.effect.execution = failure
    return .failed
  }

  /// How a transaction command fails that does not fit the session's transaction; `nil` for one that fits.
  private func refusal(of change: TransactionCommand) -> Execution? {
    let (rules, transaction) = (session.rules, transaction)
    let isOpen = transaction.isOpen
    switch change {
    case .begin: return isOpen && rules.isStrict ? rules.noTransaction : nil
    case .commit(let andChain), .rollback(let andChain):
      return !isOpen && (rules.isStrict || andChain) ? rules.noTransaction : nil
    case .savepoint: return isOpen || rules.savepointOpens ? nil : rules.noTransaction
    case .release(let name), .rollbackTo(let name):
      guard isOpen else { return rules.noTransaction }
      return transaction.position(of: name) == nil ? rules.noSavepoint : nil
    }
  }

  /// The transaction that a text's commands meet.
  private var transaction: RecordedTransaction<CloneState<Driver>> {
    session.probed?.transaction ?? session.transaction
  }

  /// Follows a transaction command that fits on the clone; gives the execution of a commit that fails.
  private func apply(_ change: TransactionCommand, _ command: Driver.Command?) throws -> Execution? {
    switch change {
    case .begin:
      if !session.transaction.isOpen { try begin(command) }
    case .commit(let andChain):
      guard session.transaction.isOpen else { return nil }
      if session.transaction.isAborted {
        try rollBack()
      } else if let failure = try driver.commitTransaction(session) {
        // A constraint that waited does not hold.
        if session.rules.failedCommitEnds { try rollBack() }
        return failure
      } else {
        session.transaction.commit()
      }
      if andChain { try begin(command) }
    case .rollback(let andChain):
      guard session.transaction.isOpen else { return nil }
      try rollBack()
      if andChain { try begin(command) }
    case .savepoint(let name):
      if !session.transaction.isOpen {
        session.transaction.open(session.state, bySavepoint: true)
      }
      try driver.setSavepoint(name)
      session.transaction.mark(name, session.state)
    case .release(let name):
      guard let position = session.transaction.position(of: name) else { return nil }
      try driver.releaseSavepoint(name)
      session.transaction.release(position)
      if position == 0, session.transaction.isOpenedBySavepoint { session.transaction.commit() }
    case .rollbackTo(let name):
      guard let position = session.transaction.position(of: name) else { return nil }
      try driver.rollBackToSavepoint(name)
      let (undone, earlier) = session.transaction.rollBack(to: position)
      session.undo((undone, earlier))
    }
    return nil
  }

  private func begin(_ command: Driver.Command?) throws {
    try driver.beginTransaction(command, session)
    session.transaction.open(session.state)
  }

  private func rollBack() throws {
    try driver.rollBackTransaction(session)
    session.undo(session.transaction.rollBack())
  }
}
