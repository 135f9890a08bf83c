public import AuditTrail
public import Ledger

/// The sessions of the names, each a key, `PROXY/KEY`, or the beginning of one key alone.
///
/// - Throws: `missing_input` with the nearest names for one that the ledger does not hold, `usage` for one that several
///   sessions have.
public func resolveSessions(
  _ ledger: borrowing Ledger, named names: [String]
) throws(AssayError) -> [SessionEntry] {
  var sessions: [SessionEntry] = []
  for name in names {
    let found = try resolveSession(ledger, named: name)
    if !sessions.contains(where: { $0.id == found.id }) { sessions.append(found) }
  }
  return sessions
}

private func resolveSession(_ ledger: borrowing Ledger, named name: String) throws(AssayError) -> SessionEntry {
  var filter = SessionFilter()
  filter.keys = [name] + (name.firstIndex(of: "/").map { [String(name[name.index(after: $0)...])] } ?? [])
  var found: [SessionEntry] = []
  try ledger.forEachSession(filter) { session in
    if session.key.isExactly(name) || "\(session.proxy)/\(session.key)".isExactly(name) { found.append(session) }
  }
  if found.isEmpty {
    let keys = try ledger.rows(
      "SELECT key FROM sessions WHERE substr(key, 1, length(?1)) = ?1 ORDER BY id LIMIT 2", [.text(name)]
    ).compactMap { $0.first?.text }
    // A session of that very name, and none: what it names is gone.
    if keys.contains(where: { $0.isExactly(name) }) { throw Ledger.incomplete("a session", ledger.path) }
    if keys.count == 1, !name.isEmpty { return try resolveSession(ledger, named: keys[0]) }
    throw AssayError(
      .missingInput, try "The ledger holds no session \(name)." + suggestion(ledger, to: name, in: .sessions))
  }
  guard found.count == 1 else {
    throw AssayError(
      .usage,
      "Several proxies have a session of that name; put the proxy's name before it: "
        + found.map { "\($0.proxy)/\($0.key)" }.joined(separator: " or ") + ".")
  }
  return found[0]
}

/// Who is meant by a text: an identity by itself, by what stands before the `@`, or by a pattern in which `*` stands for any
/// text; where no identity is, a database login whose sessions name nobody.
///
/// - Throws: `missing_input` with the nearest names where nobody is meant.
public func resolveActors(_ ledger: borrowing Ledger, named text: String) throws(AssayError) -> Actors {
  let users = try ledger.rows("SELECT DISTINCT user FROM identities ORDER BY user").compactMap { $0.first?.text }
  if users.contains(text) { return Actors(users: [text]) }
  let wanted = text.lowercased()
  var found = users.filter { user in
    let lower = user.lowercased()
    return lower == wanted || lower.hasPrefix(wanted + "@")
  }
  if found.isEmpty, wanted.contains("*") { found = users.filter { glob($0.lowercased(), wanted) } }
  let logins = found.isEmpty ? try unnamedLogins(ledger).filter { glob($0.lowercased(), wanted) } : []
  if found.isEmpty, logins.isEmpty {
    throw AssayError(
      .missingInput,
      try "The ledger knows no identity \(text)." + suggestion(ledger, to: text, in: .identities))
  }
  return Actors(users: found, logins: logins)
}

/// The database logins of sessions in which nobody is named, sorted.
private func unnamedLogins(_ ledger: borrowing Ledger) throws(AssayError) -> [String] {
  try ledger.rows(
    """
    SELECT DISTINCT c.database_user FROM sessions se JOIN connections c ON c.id = se.connection
    WHERE se.identity IS NULL AND c.database_user IS NOT NULL ORDER BY 1
    """
  ).compactMap { $0.first?.text }
}

/// The names that are in a ledger.
enum KnownNames {
  case sessions, identities

  fileprivate var query: String {
    switch self {
    case .sessions: "SELECT key FROM sessions ORDER BY id"
    case .identities:
      """
      SELECT user FROM identities UNION SELECT c.database_user FROM sessions se JOIN connections c ON c.id = se.connection
      WHERE se.identity IS NULL AND c.database_user IS NOT NULL ORDER BY 1
      """
    }
  }
}

/// The question whether one of the ledger's names was meant, or where to find them.
private func suggestion(
  _ ledger: borrowing Ledger, to text: String, in known: KnownNames
) throws(AssayError) -> String {
  var nearest = NearestNames(to: text)
  try ledger.query(known.query) { row in
    if let name = row[0].text { nearest.consider(name) }
  }
  return nearest.question ?? " `assay find` lists what there is."
}

/// Whether a text matches a pattern in which `*` stands for any text.
func glob(_ text: String, _ pattern: String) -> Bool {
  let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
  guard parts.count > 1, let first = parts.first, let last = parts.last, text.hasPrefix(first) else {
    return text == pattern
  }
  var rest = text.dropFirst(first.count)
  for part in parts.dropFirst().dropLast() where !part.isEmpty {
    guard let found = rest.firstRange(of: part) else { return false }
    rest = rest[found.upperBound...]
  }
  return rest.hasSuffix(last)
}
