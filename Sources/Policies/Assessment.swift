public import AuditTrail

/// What an effect is, measured against harm.
public struct Assessment: Sendable, Hashable {
  /// How grave the changes are, disclosure aside.
  public var change: Severity
  /// How grave the disclosure is: `s0`, or `s3` and more where it reaches harm.
  public var disclosure: Severity
  /// Whether rows, objects or rights reach harm.
  public var destroysOrEscalates: Bool
  /// Whether rights gained count as harm, and some were.
  public var escalates: Bool
  /// Whether that holds whatever the rows are: an object dropped, a right gained.
  public var harmsWithoutRows: Bool

  /// The graver of both.
  public var severity: Severity { max(change, disclosure) }
  /// Whether disclosure reaches harm.
  public var discloses: Bool { disclosure >= .s3 }
}

/// How grave an effect is, by the harm that counts on its connection.
public func severity(of effect: Effect, harm: Harm) -> Severity { assess(effect, harm: harm).severity }

/// What an effect is, measured against harm.
public func assess(_ effect: Effect, harm: Harm) -> Assessment {
  let objects = lostObjects(effect)
  let rows = destruction(effect, harm)
  let escalates = harm.escalates && !effect.escalated.isEmpty
  let objectsHarm = harm.destroys != nil && objects != .none
  let destroys = objectsHarm || rows != .within || escalates

  let change: Severity
  if !effect.refused.isEmpty || harm.destroys != nil && objects == .withRows || rows == .tenfold {
    change = .s4
  } else if destroys {
    change = .s3
  } else if objects != .none || changesRows(effect) {
    change = .s2
  } else if addsOrTouchesMetadata(effect) {
    change = .s1
  } else {
    change = .s0
  }
  return Assessment(
    change: change, disclosure: disclosure(effect, harm), destroysOrEscalates: destroys, escalates: escalates,
    harmsWithoutRows: escalates || harm.destroys != nil && effect.dropped.contains { !$0.isScratch })
}

private enum LostObjects { case none, empty, withRows }

/// Objects dropped or emptied that the session did not make itself. A table dropped empty counts, one truncated empty
/// does not.
private func lostObjects(_ effect: Effect) -> LostObjects {
  var lost = LostObjects.none
  for object in effect.dropped where !object.isScratch {
    let table = object.type == "table" ? effect.tables[object.name] : nil
    let rows = object.rows ?? table.map { max($0.before ?? 0, $0.deleted) } ?? 0
    if rows > 0 { return .withRows }
    lost = .empty
  }
  for name in effect.truncated {
    guard let table = effect.tables[name], !table.isScratch else { continue }
    if table.destroyedRows > 0 { return .withRows }
  }
  return lost
}

private enum RowLoss { case within, harmful, tenfold }

/// Destroyed rows against the limits: tables with a limit of their own by theirs, all others together.
private func destruction(_ effect: Effect, _ harm: Harm) -> RowLoss {
  guard let destroys = harm.destroys else {
    return harm.tables.isEmpty ? .within : ownLimits(effect, harm)
  }
  var worst = ownLimits(effect, harm)
  var total: Int64 = 0
  for (name, table) in effect.tables where !table.isScratch && harm.ownLimit(of: name) == nil {
    total = total.addingSaturated(table.destroyedRows)
    if exceedsShare(table, destroys.limit), worst == .within { worst = .harmful }
  }
  worst = graver(worst, rowLoss(total, destroys.limit))
  return worst
}

private func ownLimits(_ effect: Effect, _ harm: Harm) -> RowLoss {
  var worst = RowLoss.within
  for (name, table) in effect.tables where !table.isScratch {
    guard let limit = harm.ownLimit(of: name) else { continue }
    if exceedsShare(table, limit), worst == .within { worst = .harmful }
    worst = graver(worst, rowLoss(table.destroyedRows, limit))
  }
  return worst
}

private func rowLoss(_ rows: Int64, _ limit: Harm.Limit) -> RowLoss {
  guard let least = limit.rows, rows >= least else { return .within }
  return rows / 10 >= least ? .tenfold : .harmful
}

private func exceedsShare(_ table: TableEffect, _ limit: Harm.Limit) -> Bool {
  guard let share = limit.share, let before = table.before, before > 0, before >= limit.shareOfAtLeast else {
    return false
  }
  return Double(table.destroyedRows) >= share * Double(before)
}

private func graver(_ left: RowLoss, _ right: RowLoss) -> RowLoss {
  if left == .tenfold || right == .tenfold { return .tenfold }
  return left == .harmful || right == .harmful ? .harmful : .within
}

/// Rows disclosed against the limit, or values where a row holds several; what leaks without a row, as in an error's text,
/// counts as one.
private func disclosure(_ effect: Effect, _ harm: Harm) -> Severity {
  guard effect.leak >= .derived, let discloses = harm.discloses else { return .s0 }
  if let columns = discloses.columns {
    let counts = effect.leakedColumns.contains { name in
      columns.contains { $0.matches(effectName: name, isColumn: true) }
    }
    guard counts else { return .s0 }
  }
  let rows = max(1, effect.rowsReturned, effect.valuesShown)
  guard rows >= discloses.rows else { return .s0 }
  return rows / 10 >= discloses.rows ? .s4 : .s3
}

/// Whether a row that the session did not make itself lost its old values.
private func changesRows(_ effect: Effect) -> Bool {
  effect.tables.values.contains { !$0.isScratch && $0.destroyedRows > 0 }
}

private func addsOrTouchesMetadata(_ effect: Effect) -> Bool {
  !effect.altered.isEmpty || !effect.dropped.isEmpty || !effect.escalated.isEmpty
    || effect.tables.values.contains { !$0.isScratch && $0.inserted > 0 }
}

extension Harm {
  /// The limit of a table that has one of its own.
  func ownLimit(of table: String) -> Limit? {
    tables.first { $0.pattern.matches(effectName: table, isColumn: false) }?.limit
  }

  /// The rows that count towards `session_rows`: those destroyed in tables without a limit of their own.
  public func sessionRows(destroyedBy effect: Effect) -> Int64 {
    effect.tables.reduce(0) { sum, entry in
      entry.value.isScratch || ownLimit(of: entry.key) != nil ? sum : sum.addingSaturated(entry.value.destroyedRows)
    }
  }

  /// The fewest rows that reach harm in the tables an effect touched; `nil` where no number of rows does.
  func fewestHarmfulRows(_ effect: Effect) -> Int64? {
    guard destroys != nil || !tables.isEmpty else { return nil }
    return effect.tables.compactMap { name, table -> Int64? in
      guard !table.isScratch else { return nil }
      if destroys != nil, effect.truncated.contains(name) { return 1 }
      guard let limit = ownLimit(of: name) ?? destroys?.limit else { return nil }
      var least = limit.rows
      if let share = limit.share, let before = table.before, before > 0, before >= limit.shareOfAtLeast {
        let rows = Int64(exactly: (share * Double(before)).rounded(.up)) ?? .max
        least = min(least ?? .max, rows)
      }
      return least
    }.min()
  }
}

extension TableEffect {
  /// Rows whose old values are gone, whatever the numbers.
  var destroyedRows: Int64 {
    let lost = deleted.subtractingReportingOverflow(restored)
    let changed = updated.subtractingReportingOverflow(unchanged)
    return max(0, lost.overflow ? .max : lost.partialValue)
      .addingSaturated(max(0, changed.overflow ? .max : changed.partialValue))
  }
}

extension Int64 {
  func addingSaturated(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }
}
