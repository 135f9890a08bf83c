public import AuditTrail
import Digests
import SQLite

/// What the configuration says that a source cannot: kinds and owners of identities, environments of connections.
///
/// Applied over the dictionaries, always from what was recorded: another configuration needs no new reading.
extension Ledger {
  /// Applies the mapping of identities, and of logins to identities where the archive names nobody; what they leave out gets
  /// back what the archive recorded.
  public borrowing func map(
    identities mapping: (Identity) -> Identity, logins: ((Login) -> Identity?)? = nil
  ) throws(AssayError) {
    do {
      let updates = try identityUpdates(mapping)
      let changes = try loginChanges(logins)
      guard !updates.isEmpty || !changes.isEmpty else { return }
      try changing(changes.isEmpty ? ["identities"] : ["identities", "sessions", "contexts"]) {
        () throws(SQLiteError) in
        for values in updates {
          try write("UPDATE identities SET kind = ?2, kind_basis = ?3, owner = ?4 WHERE id = ?1", values)
        }
        try apply(changes)
      }
    } catch {
      throw Ledger.failure(error, path: path)
    }
  }

  private borrowing func identityUpdates(_ mapping: (Identity) -> Identity) throws(SQLiteError) -> [[LedgerValue]] {
    var updates: [[LedgerValue]] = []
    var find = try database.prepare(
      """
      SELECT id, user, recorded_kind, recorded_basis, mfa, kind, kind_basis, owner FROM identities
      WHERE recorded_basis <> '\(Login.basis)' ORDER BY id
      """)
    while try find.step() {
      let recorded = Identity(
        user: find.text(1), kind: IdentityKind(rawValue: find.text(2)) ?? .human,
        kindBasis: KindBasis(rawValue: find.text(3)) ?? .assumed, mfa: find.optionalText(4))
      let mapped = mapping(recorded)
      let values: [LedgerValue] = [
        .text(mapped.kind.rawValue), .text(mapped.kindBasis.rawValue), .optional(mapped.owner),
      ]
      guard values != (5...7).map({ Self.value(find, $0) }) else { continue }
      updates.append([.integer(find.int64(0))] + values)
    }
    return updates
  }

  /// Applies environments by connection name; a connection without one gets back what the archive recorded.
  public borrowing func map(environments: some Sequence<(key: String, value: String)>) throws(AssayError) {
    var byName = ExactNames<String>()
    for (name, environment) in environments { byName[name] = environment }
    do {
      var updates: [[LedgerValue]] = []
      var find = try database.prepare(
        "SELECT id, name, recorded_environment, environment FROM connections ORDER BY id")
      while try find.step() {
        let mapped = byName[find.text(1)] ?? find.optionalText(2)
        if mapped != find.optionalText(3) { updates.append([.integer(find.int64(0)), .optional(mapped)]) }
      }
      find.reset()
      try update("connections", "UPDATE connections SET environment = ?2 WHERE id = ?1", updates)
    } catch {
      throw Ledger.failure(error, path: path)
    }
  }

  /// Changes rows of a table.
  private borrowing func update(_ table: String, _ sql: String, _ updates: [[LedgerValue]]) throws(SQLiteError) {
    guard !updates.isEmpty else { return }
    try changing([table]) { () throws(SQLiteError) in
      for values in updates { try write(sql, values) }
    }
  }

  /// Changes what a configuration says, in one transaction; where we may not write, in copies that stand before the tables as
  /// long as the ledger is open.
  borrowing func changing(_ tables: [String], _ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
    guard mayWrite() else {
      try shadow(tables)
      for table in tables { try database.execute("INSERT INTO temp.\(table) SELECT * FROM main.\(table)") }
      return try body()
    }
    try begin()
    try body()
    try commit()
  }

  /// Puts an empty table of this connection's own before each of those, and before the view that reads them.
  borrowing func shadow(_ tables: [String]) throws(SQLiteError) {
    for name in tables + ["counted_sessions", "counted_statements", "statement_view"] {
      var find = try database.prepare("SELECT type, sql FROM main.sqlite_master WHERE name = ?1")
      try find.bind(1, name)
      guard try find.step() else { continue }
      let (type, sql) = (find.text(0).uppercased(), find.text(1))
      find.reset()
      try database.execute("DROP \(type) IF EXISTS temp.\(name); CREATE TEMP" + sql.dropFirst("CREATE".count))
    }
  }
}
