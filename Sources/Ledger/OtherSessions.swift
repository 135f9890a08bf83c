import AuditTrail
import SQLite

/// Two sources may give two sessions one name: PostgreSQL names a session by its start second and its process. What
/// contradicts a session that the ledger holds belongs to another one, which is kept beside it under `NAME#2`, `NAME#3`, ….
extension ArchiveLoader {
  /// The session that an opening begins, where it contradicts the one of that name; `nil` where it does not.
  mutating func otherSession(
    than number: Int, opening: SessionOpening, _ digest: String, _ ledger: borrowing Ledger
  ) throws(SQLiteError) -> Int? {
    guard let known = sessions[number].openingDigest, known != digest,
      try ledger.contradicts(opening, session: sessions[number].id)
    else { return nil }
    return try otherSession(than: number, ledger) { (state) throws(SQLiteError) in
      guard let known = state.openingDigest, known != digest else { return true }
      return try !ledger.contradicts(opening, session: state.id)
    }
  }

  /// The session beside one in which a statement contradicts what the ledger holds.
  mutating func otherSession(
    than number: Int, _ ledger: borrowing Ledger, _ new: StoredStatement, _ row: StatementRow
  ) throws(SQLiteError) -> Int {
    let original = sessions[number]
    let other = try otherSession(than: number, ledger) { (state) throws(SQLiteError) in
      guard let known = try ledger.statement(state.id, row.sequence) else { return true }
      return try !Self.isOtherStatement(known, new, row, ledger)
    }
    if sessions[other].openingDigest == nil, original.openingDigest != nil {
      try ledger.copyOpening(from: original.id, to: sessions[other].id)
      sessions[other].openingDigest = original.openingDigest
      sessions[other].context = original.context
      sessions[other].dialect = original.dialect
    }
    return other
  }

  /// The first session of the name with a number that fits; what the archive says of the session goes there from now on.
  private mutating func otherSession(
    than number: Int, _ ledger: borrowing Ledger, fits: (SessionState) throws(SQLiteError) -> Bool
  ) throws(SQLiteError) -> Int {
    let name = try ledger.sessionName(sessions[number].id).unnumbered
    for attempt in 2... {
      attempts += 1
      let key = Array("\(name)#\(attempt)".utf8)
      let other = try sessionNumber(key.span)
      guard other != number, try fits(sessions[other]) else { continue }
      for (from, to) in otherSessions where to == number { otherSessions[from] = other }
      otherSessions[number] = other
      return other
    }
    return number
  }

  /// Whether a statement is another one than the ledger holds under its session and number.
  static func isOtherStatement(
    _ known: StoredStatement, _ new: StoredStatement, _ row: StatementRow, _ ledger: borrowing Ledger
  ) throws(SQLiteError) -> Bool {
    try isOtherText(known, row, text: new[.text] ?? 0, ledger) || known.contradicts(new)
  }

  /// A text that was cut is the same as one that begins with it; one whose literals or bytes were not kept cannot tell.
  private static func isOtherText(
    _ known: StoredStatement, _ row: StatementRow, text: Int64, _ ledger: borrowing Ledger
  ) throws(SQLiteError) -> Bool {
    guard known[.text] != text else { return false }
    let flags = Completeness(rawValue: UInt32(truncatingIfNeeded: known[.completeness] ?? 0)).union(row.completeness)
    if !flags.isDisjoint(with: [.redacted, .invalidUTF8]) { return false }
    guard flags.contains(.statementTruncated) else { return true }
    let (old, new) = (try ledger.text(known[.text] ?? 0).uncut, try ledger.text(text).uncut)
    return !old.hasPrefix(new) && !new.hasPrefix(old)
  }
}

extension ArchiveLoader {
  /// A statement was logged at the end of one file and its error at the beginning of the next: both are one record.
  mutating func complete(
    _ known: StoredStatement, with new: StoredStatement, _ row: StatementRow, _ ledger: borrowing Ledger
  ) throws(SQLiteError) {
    guard known[.hasResult] == 0 else { return }
    try ledger.insertSuperseded(
      session: known[.session] ?? 0, sequence: row.sequence, archive: archive, entry: row.entry, old: known.digest,
      new: new.digest, kept: "new")
    try ledger.write(
      "UPDATE statements SET has_result = 1, error = ?2, outcome = ?3, completeness = completeness & ~?4 WHERE id = ?1",
      [
        .optional(known[.id]), .optional(new[.error]), .optional(new[.outcome]),
        .integer(Int64(Completeness.resultsAbsent.rawValue)),
      ])
  }
}

extension String {
  /// A session's name without the number that tells it from another of its name.
  fileprivate var unnumbered: String {
    guard let mark = lastIndex(of: "#"), case let digits = self[index(after: mark)...], !digits.isEmpty,
      digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return self }
    return String(self[..<mark])
  }

  /// The text without the mark that a producer sets where it cut.
  fileprivate var uncut: Substring {
    let mark = "...[truncated]"
    return hasSuffix(mark) ? dropLast(mark.count) : self[...]
  }
}

extension Ledger {
  /// A session's name.
  borrowing func sessionName(_ session: Int64) throws(SQLiteError) -> String {
    var find = try database.prepare("SELECT key FROM sessions WHERE id = ?1")
    try find.bind(1, session)
    return try find.step() ? find.text(0) : ""
  }

  /// Gives a session the opening of another.
  borrowing func copyOpening(from: Int64, to: Int64) throws(SQLiteError) {
    try write(
      """
      UPDATE sessions SET (opened, identity, connection, client, ticket, reason, acts_for, agent_name, agent_model,
        agent_task, agent_tool_call, correlation, opening_digest, entry) = (SELECT opened, identity, connection, client,
        ticket, reason, acts_for, agent_name, agent_model, agent_task, agent_tool_call, correlation, opening_digest,
        entry FROM sessions WHERE id = ?1) WHERE id = ?2
      """, [.integer(from), .integer(to)])
  }

  /// A text.
  borrowing func text(_ id: Int64) throws(SQLiteError) -> String {
    var find = try database.prepare("SELECT sql FROM texts WHERE id = ?1")
    try find.bind(1, id)
    return try find.step() ? find.text(0) : ""
  }
}
