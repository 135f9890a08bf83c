import AuditTrail

/// Where a text of several commands may go back to, with what it had changed there: what a script rolls back itself was
/// attempted, not done.
package struct EffectMarks {
  private var marks: [(name: String?, changes: Changes)] = []
  /// What a transaction opened by an earlier text, or what is committed by now, leaves when this one goes back.
  private var base: Changes
  /// What the text has changed and committed itself.
  package var committed: Changes { base }
  /// What was changed and undone.
  private var attempted: Changes?

  /// Marks of a text that has done nothing yet.
  package init(_ changes: Changes) { base = changes }

  /// Follows a transaction command of the text.
  ///
  /// - Parameter isOpen: whether there is a transaction that it may end, opened by this text, an earlier one or the whole of it.
  package mutating func follow(_ command: TransactionCommand, _ changes: inout Changes, isOpen: Bool) {
    switch command {
    case .begin: if !opened, !isOpen { marks.append((nil, changes)) }
    case .commit:
      marks.removeAll()
      base = changes
    case .rollback:
      guard opened || isOpen else { return }
      goBack(to: marks.first { $0.name == nil }?.changes ?? base, &changes)
      marks.removeAll()
      base = changes
    case .savepoint(let name): marks.append((name, changes))
    case .release(let name): if let index = index(of: name) { marks.removeSubrange(index...) }
    case .rollbackTo(let name):
      guard let index = index(of: name) else { return goBack(to: base, &changes) }
      goBack(to: marks[index].changes, &changes)
      marks.removeSubrange((index + 1)...)
    }
  }

  /// Ends the text: where nothing of what it did is left, its changes are what it attempted, and true is given. A probe is
  /// judged by what it would have left.
  package func finish(_ changes: inout Changes, isProbe: Bool) -> Bool {
    guard !isProbe, let attempted, changes.isEmpty else { return false }
    changes = attempted
    return true
  }

  private var opened: Bool { marks.contains { $0.name == nil } }

  private func index(of name: String) -> Int? { marks.lastIndex { $0.name == name } }

  private mutating func goBack(to earlier: Changes, _ changes: inout Changes) {
    if !changes.isEmpty, attempted?.rowsDestroyed ?? -1 < changes.rowsDestroyed { attempted = changes }
    changes = earlier
  }
}
