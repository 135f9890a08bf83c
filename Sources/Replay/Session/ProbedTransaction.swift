import AuditTrail

/// The transaction of a text that is only probed, as its own commands open, mark and end it: what follows a rollback meets
/// what the rollback has left. All of it happens in the text's scope, which is undone in the end.
package struct ProbedTransaction<Driver: ShadowDriver> {
  /// The session's transaction as the text has it by now.
  package fileprivate(set) var transaction: RecordedTransaction<CloneState<Driver>>
  /// How many of its savepoints were there before the text, and cannot be gone back to within its scope.
  fileprivate var inherited: Int
  /// What a rollback goes back to.
  fileprivate var start: CloneState<Driver>
  /// Whether that is a savepoint in the text's scope, and not where the scope begins.
  fileprivate var isMarked = false

  /// Before the first command of a text.
  init(_ session: Session<Driver>) {
    transaction = session.transaction
    inherited = session.transaction.savepoints.count
    start = session.state
  }
}

private let startOfText = "assay_text"

extension SessionEngine {
  /// Follows a transaction command of a text that is only probed, and that it may give where it stands.
  func followProbed(_ change: TransactionCommand, _ text: inout TextRun, isAlone: Bool) throws {
    guard var probed = session.probed else { return }
    let isWhole = session.rules.textIsWhole && driver.hasScope && !probed.transaction.isOpen
    let isOpen = probed.transaction.isOpen || isWhole
    if !isAlone {
      var marks = text.marks ?? EffectMarks(Changes())
      marks.follow(change, &text.changes, isOpen: isOpen)
      text.marks = marks
    }
    switch change {
    case .begin: if !probed.transaction.isOpen { try open(&probed, isWhole: isWhole) }
    case .commit(let andChain): if isOpen { try commit(&probed, andChain: andChain) }
    case .rollback(let andChain):
      guard isOpen else { break }
      try goBack(&probed)
      _ = probed.transaction.rollBack()
      probed.inherited = 0
      if andChain { probed.transaction.open(session.state) }
    case .savepoint(let name):
      if !probed.transaction.isOpen { try open(&probed, isWhole: isWhole, bySavepoint: true) }
      try driver.openScope(session)
      try driver.setSavepoint(name)
      probed.transaction.mark(name, session.state)
    case .release(let name):
      guard let position = probed.transaction.position(of: name) else { break }
      if position >= probed.inherited { try driver.releaseSavepoint(name) }
      probed.transaction.release(position)
      probed.inherited = min(probed.inherited, position)
      if position == 0, probed.transaction.isOpenedBySavepoint { try commit(&probed, andChain: false) }
    case .rollbackTo(let name):
      guard let position = probed.transaction.position(of: name) else { break }
      let state = probed.transaction.rollBack(to: position).state
      if position >= probed.inherited {
        try driver.rollBackToSavepoint(name)
        session.state = state
        try driver.restore(nil, recounts: true, session)
      } else {
        probed.inherited = position + 1
        try goBack(&probed)
      }
    }
    session.probed = probed
  }

  /// Opens a transaction. What came before it in a text that is one transaction is part of it.
  private func open(
    _ probed: inout ProbedTransaction<Driver>, isWhole: Bool, bySavepoint: Bool = false
  ) throws {
    if !isWhole { try markStart(&probed) }
    probed.transaction.open(session.state, bySavepoint: bySavepoint)
    probed.inherited = 0
  }

  private func commit(_ probed: inout ProbedTransaction<Driver>, andChain: Bool) throws {
    try markStart(&probed)
    probed.transaction.commit()
    probed.inherited = 0
    if andChain { probed.transaction.open(session.state) }
  }

  /// From here on a rollback goes back to here.
  private func markStart(_ probed: inout ProbedTransaction<Driver>) throws {
    probed.start = session.state
    guard driver.hasScope else { return }
    if probed.isMarked { try driver.releaseSavepoint(startOfText) }
    try driver.setSavepoint(startOfText)
    probed.isMarked = true
  }

  /// Undoes what the text has done since its transaction began.
  private func goBack(_ probed: inout ProbedTransaction<Driver>) throws {
    if probed.isMarked {
      try driver.rollBackToSavepoint(startOfText)
    } else if driver.hasScope {
      _ = try driver.closeScope(keep: false, session)
    }
    session.state = probed.start
    try driver.restore(nil, recounts: true, session)
  }
}
