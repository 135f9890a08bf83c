public import AuditTrail
public import Ledger

/// How long after a block a variant with the same effect counts as its bypass, in seconds.
public let bypassSeconds: Int64 = 60

/// Blocked statements after which the same identity got a variant with the same effect through on the same connection
/// within a minute: the finding `bypass_after_block`, at the variant.
///
/// Reads what the ledger holds of both, so a block of one session and a variant in another are found too; it is read in as
/// many parts at once as there are workers.
public func bypassFindings(
  _ ledger: borrowing Ledger, _ period: Period?, workers: Int = 1
) throws(AssayError) -> [Finding] {
  let parts = try parts(of: ledger, max(1, workers))
  let blocks = try statements(in: ledger, parts, letThrough: false, near: nil)
  guard !blocks.isEmpty else { return [] }
  let variants = try statements(in: ledger, parts, letThrough: true, near: blocks)
  var findings: [Finding] = []
  var found: Set<Int64> = []
  for who in blocks.keys.sorted() {
    let candidates = variants[who] ?? []
    for block in blocks[who] ?? [] {
      guard let stopped = try ledger.graded(statement: block.id), stopped.effect.tookEffect else { continue }
      for variant in candidates[after(block.time, in: candidates)...] {
        guard variant.isNear(block) else { break }
        if !variant.follows(block) || found.contains(variant.id) || !variant.mayInclude(block) { continue }
        if let period, !period.contains(variant.time) { continue }
        guard let passed = try ledger.graded(statement: variant.id), passed.effect.kept,
          passed.effect.includes(stopped.effect)
        else {
          continue
        }
        found.insert(variant.id)
        findings.append(
          Finding(
            kind: "bypass_after_block", session: variant.session, statement: variant.id,
            detail: "\(block.key)/\(block.sequence) was blocked; "
              + "\((variant.time.nanoseconds - block.time.nanoseconds) / 1_000_000_000) s later a variant was let "
              + "through that \(passed.effect.deed)"))
        break
      }
    }
  }
  return findings.sorted { $0.statement < $1.statement }
}

/// What the search needs of a statement.
private struct BypassStatement {
  let id: Int64
  let session: Int64
  let key: String
  let sequence: Int64
  let time: Timestamp
  let rowsDestroyed: Int64

  /// Whether it destroyed rows enough to have done what the block held back: cheap, so asked first.
  func mayInclude(_ block: BypassStatement) -> Bool {
    rowsDestroyed.multipliedReportingOverflow(by: 10).overflow || rowsDestroyed * 10 / 9 >= block.rowsDestroyed
  }

  /// Whether it came after the block.
  func follows(_ block: BypassStatement) -> Bool {
    time >= block.time && (session != block.session || sequence > block.sequence)
  }

  /// Whether no more time lies between than counts.
  func isNear(_ block: BypassStatement) -> Bool {
    let (distance, overflow) = time.nanoseconds.subtractingReportingOverflow(block.time.nanoseconds)
    return !overflow && distance <= bypassSeconds * 1_000_000_000
  }
}

/// The position of the first statement that is not before the time.
private func after(_ time: Timestamp, in statements: [BypassStatement]) -> Int {
  var (low, high) = (0, statements.count)
  while low < high {
    let middle = (low + high) / 2
    if statements[middle].time < time { low = middle + 1 } else { high = middle }
  }
  return low
}

/// The ids of the ledger's statements, cut into ranges of about one length.
private func parts(of ledger: borrowing Ledger, _ count: Int) throws(AssayError) -> [ClosedRange<Int64>] {
  var last: Int64 = 0
  try ledger.query("SELECT coalesce(max(id), 0) FROM statements", []) { row in last = row[0].integer ?? 0 }
  let length = max(1, last) / Int64(count) + 1
  return (0..<Int64(count)).compactMap { part in
    let (first, overflow) = (part * length).addingReportingOverflow(1)
    guard !overflow, first <= max(1, last) else { return nil }
    return first...max(first, min(last, first.addingReportingOverflow(length - 1).partialValue))
  }
}

/// Statements that did something on the shadow, by identity and connection, in order of time: those held back, or of the let
/// through those that follow one.
private func statements(
  in ledger: borrowing Ledger, _ parts: [ClosedRange<Int64>], letThrough: Bool,
  near blocks: [String: [BypassStatement]]?
) throws(AssayError) -> [String: [BypassStatement]] {
  var found: [String: [BypassStatement]] = [:]
  if parts.count == 1 {
    found = try statements(in: ledger, parts[0], letThrough: letThrough, near: blocks)
  } else {
    for part in try ledger.readAtOnce(
      parts.count,
      { (ledger, number) throws(AssayError) in
        try statements(in: ledger, parts[number], letThrough: letThrough, near: blocks)
      })
    { found.merge(part) { $0 + $1 } }
  }
  return found.mapValues { $0.sorted { ($0.time, $0.id) < ($1.time, $1.id) } }
}

/// The same of one part, in no particular order.
private func statements(
  in ledger: borrowing Ledger, _ part: ClosedRange<Int64>, letThrough: Bool, near blocks: [String: [BypassStatement]]?
) throws(AssayError) -> [String: [BypassStatement]] {
  var found: [String: [BypassStatement]] = [:]
  // Few statements are blocked, and few of the let through did something: each query starts where least is left over.
  let source =
    letThrough
    ? "measurements m CROSS JOIN statements s ON s.id = m.statement"
    : "statements s CROSS JOIN measurements m ON m.statement = s.id"
  let actions = letThrough ? "'allow', 'mask'" : "'block'"
  let outcomes = letThrough ? "name <> 'not_run'" : "1"
  try ledger.query(
    """
    SELECT s.id, s.session, se.key, s.sequence, s.time, c.identity, c.connection, m.rows_destroyed
    FROM \(source) JOIN contexts c ON c.id = s.context JOIN sessions se ON se.id = s.session
    WHERE \(letThrough ? "m.statement" : "s.id") BETWEEN ?1 AND ?2
      AND c.identity IS NOT NULL AND s.decision IN (SELECT id FROM decisions WHERE action IN (\(actions)))
      AND s.outcome IN (SELECT id FROM outcomes WHERE \(outcomes))
      AND (m.rows_destroyed > 0 OR m.leak IN ('derived', 'raw') OR instr(m.effect, '"dropped"') > 0
        OR instr(m.effect, '"escalated"') > 0)
    """, [.integer(part.lowerBound), .integer(part.upperBound)]
  ) { row in
    let who = "\(row[5].integer ?? 0) \(row[6].integer ?? 0)"
    let statement = BypassStatement(
      id: row[0].integer ?? 0, session: row[1].integer ?? 0, key: row[2].text ?? "", sequence: row[3].integer ?? 0,
      time: Timestamp(nanoseconds: row[4].integer ?? 0), rowsDestroyed: row[7].integer ?? 0)
    if let blocks {
      guard let own = blocks[who] else { return }
      // Of the blocks up to now, the last is the nearest.
      let last = after(
        Timestamp(nanoseconds: statement.time.nanoseconds.addingReportingOverflow(1).partialValue), in: own)
      guard last > 0, statement.isNear(own[last - 1]) else { return }
    }
    found[who, default: []].append(statement)
  }
  return found
}

extension Effect {
  /// Whether it did all that the other would have done: nine in ten of the rows, the same objects, columns and rights.
  fileprivate func includes(_ other: Effect) -> Bool {
    var isSomething = false
    for (name, table) in other.tables where !table.isScratch && table.destroyed > 0 {
      isSomething = true
      guard let own = tables[name], own.destroyed / 9 * 10 >= table.destroyed || own.destroyed >= table.destroyed else {
        return false
      }
    }
    for object in other.dropped where !object.isScratch {
      isSomething = true
      guard dropped.contains(where: { $0.type == object.type && $0.name == object.name }) else { return false }
    }
    if other.leak >= .derived {
      isSomething = true
      guard leak >= .derived, Set(leakedColumns).isSuperset(of: other.leakedColumns) else { return false }
    }
    if !other.escalated.isEmpty {
      isSomething = true
      guard Set(escalated).isSuperset(of: other.escalated) else { return false }
    }
    return isSomething
  }

  /// What it did, in words, without values.
  fileprivate var deed: String {
    var deeds: [String] = []
    let destroyed = tables.filter { !$0.value.isScratch && $0.value.destroyed > 0 }.keys.sorted()
    if !destroyed.isEmpty {
      deeds.append("destroyed \(counted(rowsDestroyed, "row")) of \(destroyed.joined(separator: ", "))")
    }
    let objects = dropped.filter { !$0.isScratch }.map { "\($0.type) \($0.name)" }
    if !objects.isEmpty { deeds.append("dropped \(objects.joined(separator: ", "))") }
    if leak >= .derived { deeds.append("disclosed \(leakedColumns.joined(separator: ", "))") }
    if !escalated.isEmpty { deeds.append("gained \(escalated.joined(separator: ", "))") }
    return deeds.joined(separator: " and ")
  }
}
