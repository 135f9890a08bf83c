import AuditTrail
import Digests
import SQLite

/// How a client came to a database, where the archive names no person.
public struct Login: Sendable, Hashable {
  /// The login at the database.
  public let databaseUser: String?
  /// The client program's name.
  public let application: String?
  /// The client's address.
  public let address: String?

  /// What the ledger holds as the basis of an identity that no archive recorded: a login was mapped to it.
  static let basis = "login"
}

/// What mapping logins to identities changes.
struct LoginChanges {
  /// Identities that are new: id, digest and columns.
  var identities: [[LedgerValue]] = []
  /// Rows of `sessions` and `contexts`, each with the identity that it gets.
  var rows: [(table: String, id: Int64, identity: Int64?)] = []
  /// Identities that no login is mapped to any more.
  var unused: [Int64] = []

  var isEmpty: Bool { identities.isEmpty && rows.isEmpty && unused.isEmpty }
}

extension Ledger {
  /// What must change for each session without a recorded identity to have the one that its login is mapped to.
  borrowing func loginChanges(_ mapping: ((Login) -> Identity?)?) throws(SQLiteError) -> LoginChanges {
    var changes = LoginChanges()
    var known = try mappedIdentities()
    guard mapping != nil || !known.isEmpty else { return changes }
    let logins = try logins()
    var next = try DictionaryTable.nextID(of: "identities", database)
    var wanted: [Login: Int64] = [:]
    var used: Set<Int64> = []
    for table in ["sessions", "contexts"] {
      var find = try database.prepare(
        """
        SELECT x.id, x.identity, x.connection, x.client FROM \(table) x LEFT JOIN identities i ON i.id = x.identity
        WHERE x.identity IS NULL OR i.recorded_basis = '\(Login.basis)' ORDER BY x.id
        """)
      while try find.step() {
        let client = logins.clients[find.int64(3)]
        let login = Login(
          databaseUser: logins.users[find.int64(2)], application: client?.application, address: client?.address)
        var identity = wanted[login]
        if identity == nil, let mapped = mapping?(login) {
          let key = packed([Login.basis, mapped.user, mapped.kind.rawValue, mapped.owner])
          if known[key] == nil {
            known[key] = next
            changes.identities.append(Self.row(next, key, mapped))
            next += 1
          }
          identity = known[key]
          wanted[login] = identity
        }
        if let identity { used.insert(identity) }
        if identity != find.optionalInt64(1) { changes.rows.append((table, find.int64(0), identity)) }
      }
    }
    changes.unused = known.values.filter { !used.contains($0) }.sorted()
    return changes
  }

  private static func row(_ id: Int64, _ key: [UInt8], _ identity: Identity) -> [LedgerValue] {
    let (kind, mapped) = (LedgerValue.text(identity.kind.rawValue), LedgerValue.text(KindBasis.mapped.rawValue))
    return [
      .integer(id), .bytes(SHA256Digest(of: key).bytes), .text(identity.user), kind, mapped, kind, .text(Login.basis),
      .text("[]"), .null, .optional(identity.owner),
    ]
  }

  borrowing func apply(_ changes: LoginChanges) throws(SQLiteError) {
    for values in changes.identities {
      try write("INSERT INTO identities VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)", values)
    }
    for (table, id, identity) in changes.rows {
      try write(
        "UPDATE \(table) SET identity = ?2 WHERE id = ?1", [.integer(id), identity.map { .integer($0) } ?? .null])
    }
    for id in changes.unused { try write("DELETE FROM identities WHERE id = ?1", [.integer(id)]) }
  }

  /// The identities that logins are mapped to, by what was mapped.
  private borrowing func mappedIdentities() throws(SQLiteError) -> [[UInt8]: Int64] {
    var known: [[UInt8]: Int64] = [:]
    var find = try database.prepare(
      "SELECT id, user, kind, owner FROM identities WHERE recorded_basis = '\(Login.basis)' ORDER BY id")
    while try find.step() {
      known[packed([Login.basis, find.text(1), find.text(2), find.optionalText(3)])] = find.int64(0)
    }
    return known
  }

  private borrowing func logins() throws(SQLiteError) -> (
    users: [Int64: String], clients: [Int64: (address: String?, application: String?)]
  ) {
    var users: [Int64: String] = [:]
    var find = try database.prepare("SELECT id, database_user FROM connections WHERE database_user IS NOT NULL")
    while try find.step() { users[find.int64(0)] = find.text(1) }
    var clients: [Int64: (address: String?, application: String?)] = [:]
    var others = try database.prepare("SELECT id, address, application FROM clients")
    while try others.step() { clients[others.int64(0)] = (others.optionalText(1), others.optionalText(2)) }
    return (users, clients)
  }
}
