import AuditTrail

/// Where a text of several commands may go back to, with the effect that it had there: what a script rolls back itself was
/// attempted, not done.
struct EffectMarks {
  private var marks: [(name: String?, effect: Effect)] = []
  /// The effect that a transaction opened by an earlier text, or what is committed by now, leaves when this one goes back.
  private var base: Effect
  /// The effect with what was undone.
  private var attempted: Effect?

  /// Marks of a text that has done nothing yet.
  init(_ effect: Effect) { base = effect }

  /// Follows a transaction command of the text.
  ///
  /// - Parameter isOpen: whether there is a transaction that it may end, opened by this text, an earlier one or the whole of it.
  mutating func follow(_ command: TransactionCommand, _ effect: inout Effect, isOpen: Bool) {
    switch command {
    case .begin: if !opened { marks.append((nil, effect)) }
    case .commit:
      marks.removeAll()
      base = effect
    case .rollback:
      guard opened || isOpen else { return }
      goBack(to: marks.first { $0.name == nil }?.effect ?? base, &effect)
      marks.removeAll()
      base = effect
    case .savepoint(let name): marks.append((name.lowercased(), effect))
    case .release(let name): if let index = index(of: name) { marks.removeSubrange(index...) }
    case .rollbackTo(let name):
      guard let index = index(of: name) else { return goBack(to: base, &effect) }
      goBack(to: marks[index].effect, &effect)
      marks.removeSubrange((index + 1)...)
    }
  }

  /// Ends the text: where nothing of what it did is left, its effect is what it attempted. A probe is judged by what it would
  /// have left.
  func finish(_ effect: inout Effect, isProbe: Bool) {
    guard !isProbe, let attempted, !effect.hasChanges else { return }
    effect.takeChanges(of: attempted)
    effect.kept = false
  }

  private var opened: Bool { marks.contains { $0.name == nil } }

  private func index(of name: String) -> Int? { marks.lastIndex { $0.name == name.lowercased() } }

  private mutating func goBack(to earlier: Effect, _ effect: inout Effect) {
    if effect.hasChanges, attempted?.rowsDestroyed ?? -1 < effect.rowsDestroyed { attempted = effect }
    effect.takeChanges(of: earlier)
  }
}

extension Effect {
  /// Whether rows, objects or rights changed.
  fileprivate var hasChanges: Bool {
    !tables.isEmpty || !dropped.isEmpty || !truncated.isEmpty || !altered.isEmpty || !escalated.isEmpty
  }

  /// Takes what another effect changed; what was read, seen and refused stays.
  mutating func takeChanges(of other: Effect) {
    (tables, dropped, truncated) = (other.tables, other.dropped, other.truncated)
    (altered, escalated) = (other.altered, other.escalated)
  }
}
