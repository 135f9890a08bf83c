public import AuditTrail
import SQLite

/// What the configuration says that a source cannot: kinds and owners of identities, environments of connections.
///
/// Applied over the dictionaries, always from what was recorded: another configuration needs no new reading.
extension Ledger {
  /// Applies the mapping of identities; what it leaves out gets back what the archive recorded.
  public borrowing func map(identities mapping: (Identity) -> Identity) throws(AssayError) {
    do {
      var updates: [(Int64, Identity)] = []
      var find = try database.prepare(
        "SELECT id, user, recorded_kind, recorded_basis, mfa FROM identities ORDER BY id")
      while try find.step() {
        let recorded = Identity(
          user: find.text(1), kind: IdentityKind(rawValue: find.text(2)) ?? .human,
          kindBasis: KindBasis(rawValue: find.text(3)) ?? .assumed, mfa: find.optionalText(4))
        updates.append((find.int64(0), mapping(recorded)))
      }
      try database.begin()
      for (id, identity) in updates {
        try write(
          "UPDATE identities SET kind = ?2, kind_basis = ?3, owner = ?4 WHERE id = ?1",
          [.integer(id), .text(identity.kind.rawValue), .text(identity.kindBasis.rawValue), .optional(identity.owner)])
      }
      try database.commit()
    } catch {
      throw Ledger.failure(error, path: path)
    }
  }

  /// Applies environments by connection name; a connection without one gets back what the archive recorded.
  public borrowing func map(environments: [String: String]) throws(AssayError) {
    do {
      try database.begin()
      try write("UPDATE connections SET environment = recorded_environment", [])
      for (name, environment) in environments.sorted(by: { $0.key < $1.key }) {
        try write("UPDATE connections SET environment = ?2 WHERE name = ?1", [.text(name), .text(environment)])
      }
      try database.commit()
    } catch {
      throw Ledger.failure(error, path: path)
    }
  }
}
