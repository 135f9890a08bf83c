package import AuditTrail

/// Rows of one table that a command changed.
package struct RowChange: Sendable, Equatable {
  /// Rows inserted.
  package var inserted: Int64 = 0
  /// Rows updated, whether their values changed or not.
  package var updated: Int64 = 0
  /// Rows deleted.
  package var deleted: Int64 = 0
  /// Of the updated rows, those whose values stayed the same.
  package var unchanged: Int64 = 0
  /// Of the deleted rows, those that the command put back.
  package var restored: Int64 = 0
  /// Of the changes, those that the command did not make itself.
  package var indirect: Int64 = 0
  /// What may have made those.
  package var cause = IndirectCause.unknown

  /// Rows that changed; without arguments none.
  package init(inserted: Int64 = 0, updated: Int64 = 0, deleted: Int64 = 0, unchanged: Int64 = 0) {
    self.inserted = inserted
    self.updated = updated
    self.deleted = deleted
    self.unchanged = unchanged
  }
}

/// What may have made changes that a command did not make itself.
package enum IndirectCause: Sendable {
  /// Only a foreign key.
  case cascade
  /// Only code: a trigger, a rule or a function.
  case code
  /// Either, as far as the schema tells.
  case unknown

  /// By what the schema allows; `unknown` where it allows neither.
  package init(mayCascade: Bool, mayBeCode: Bool) {
    self = mayCascade == mayBeCode ? .unknown : mayCascade ? .cascade : .code
  }
}

/// A table of a clone by identity: a table that takes the name of one that is gone is another.
///
/// One type for every database keeps the engine's own sums out of generic code, which cost a fifth of a replay.
package struct TableIdentity: Hashable, Sendable {
  /// The key of the name, as the driver qualifies it; empty where the number alone tells.
  package let name: String
  /// The database's number of the table; beside a name, how many tables of the name are gone.
  package let number: UInt32

  /// A table that a database numbers.
  package init(_ number: UInt32) { (name, self.number) = ("", number) }

  /// A table that is known by name.
  package init(_ name: String, generation: UInt32 = 0) { (self.name, number) = (name, generation) }
}

/// What a text has changed so far, by the identity of tables: names come last.
package struct Changes: Sendable {
  /// An object that is gone; `table` where it held rows.
  package struct Dropped: Sendable {
    package var object: DroppedObject
    package let table: TableIdentity?
  }

  /// What happened to tables.
  package private(set) var tables: [TableIdentity: TableEffect] = [:]
  /// What effects call those tables.
  package private(set) var names: [TableIdentity: String] = [:]
  /// Tables emptied by a statement that names no row.
  package var truncated: Set<TableIdentity> = []
  /// Objects that are gone.
  package var dropped: [Dropped] = []
  /// Objects made or altered, as effects say it.
  package var altered: [String] = []
  /// Rights gained.
  package var escalated: [String] = []

  /// Whether rows, objects or rights changed.
  package var isEmpty: Bool {
    tables.isEmpty && dropped.isEmpty && truncated.isEmpty && altered.isEmpty && escalated.isEmpty
  }

  /// Rows destroyed, over all tables that the session did not make itself.
  package var rowsDestroyed: Int64 { tables.values.reduce(0) { $0 + ($1.isScratch ? 0 : $1.destroyed) } }

  /// Takes a table in, unless it is known: the rows before anything of the text.
  package mutating func note(_ table: TableIdentity, _ name: String, before: Int64?, isScratch: Bool) {
    guard tables[table] == nil else { return }
    var effect = TableEffect()
    (effect.before, effect.isScratch) = (before, isScratch)
    tables[table] = effect
    names[table] = name
  }

  /// Adds rows that a command changed in a table that is known.
  package mutating func add(_ change: RowChange, to table: TableIdentity) {
    update(table) { effect in
      effect.inserted &+= change.inserted
      effect.updated &+= change.updated
      effect.deleted &+= change.deleted
      effect.unchanged &+= change.unchanged
      effect.restored &+= change.restored
      effect.indirect &+= change.indirect
      switch change.cause {
      case .cascade: effect.cascaded &+= change.indirect
      case .code: effect.coded &+= change.indirect
      case .unknown: break
      }
    }
  }

  /// Changes what is said of a table that is known.
  package mutating func update(_ table: TableIdentity, _ change: (inout TableEffect) -> Void) {
    if var effect = tables[table] {
      change(&effect)
      tables[table] = effect
    }
  }

  /// Adds an object that is gone, with the rows that went with it.
  package mutating func drop(_ object: DroppedObject, table: TableIdentity? = nil) {
    dropped.append(Dropped(object: object, table: table))
    guard let table, let rows = object.rows else { return }
    guard let earlier = tables[table] else {
      guard rows > 0 else { return }
      var lost = TableEffect()
      (lost.deleted, lost.before, lost.isScratch) = (rows, rows, object.isScratch)
      (tables[table], names[table]) = (lost, object.name)
      return
    }
    if object.isScratch, earlier.before == nil {
      // It came and went with the text.
      tables[table] = nil
      return
    }
    // SQLite may have told of these rows already.
    tables[table]?.deleted = min(earlier.deleted &+ rows, (earlier.before ?? 0) &+ earlier.inserted)
    names[table] = object.name
  }

  /// Forgets tables to which nothing happened.
  package mutating func removeUnchanged() {
    for (table, effect) in tables where effect.inserted == 0 && effect.updated == 0 && effect.deleted == 0 {
      if !truncated.contains(table) { tables[table] = nil }
    }
  }

  /// Whether all rows of a table are gone that the session did not make, though the table is still there.
  package func isEmptied(_ table: TableIdentity) -> Bool {
    guard let effect = tables[table], let before = effect.before, before > 0, !effect.isScratch else { return false }
    return effect.deleted >= before && !truncated.contains(table) && !dropped.contains { $0.table == table }
  }

  /// The effects by name. Tables that share one after all add up; what one of them lost is not scratch.
  package var namedTables: [String: TableEffect] {
    Dictionary(tables.map { (names[$0.key] ?? "", $0.value) }) { first, second in
      var sum = first.isScratch ? second : first
      let other = first.isScratch ? first : second
      sum.inserted &+= other.inserted
      sum.updated &+= other.updated
      sum.deleted &+= other.deleted
      sum.unchanged &+= other.unchanged
      sum.restored &+= other.restored
      sum.indirect &+= other.indirect
      sum.cascaded &+= other.cascaded
      sum.coded &+= other.coded
      return sum
    }
  }
}
