import AuditTrail
import Replay
import SQLite

/// What of a clone's schema SQLite undoes with a transaction, kept beside it.
struct SQLiteSchema: Sendable {
  /// The objects of the schema.
  var objects: SchemaObjects
  /// Whether no object was made, dropped or altered, so that what is known of texts still holds.
  var isBaseline = true
  /// Tables that hold values written from sensitive columns, by their names' keys.
  var tainted: Set<String> = []
  /// Whether a session before this one wrote such values, or their columns have other names by now: of which columns they
  /// are is not known here, so it may be any.
  var inheritsTaint = false
  /// Whether the session has put off the rollback journal, so that no rollback can be followed.
  var hasNoJournal = false
  /// Where the session keeps temporary tables, as `PRAGMA temp_store` numbers it.
  var temporaryStore = 0
  private var generations: [String: UInt32] = [:]

  /// A schema in which every table is the first of its name.
  init(_ objects: SchemaObjects) { self.objects = objects }

  /// The table of a name's key, `temp.name` for a temporary one.
  func table(_ key: String) -> TableIdentity {
    TableIdentity(key, generation: generations.isEmpty ? 0 : generations[key] ?? 0)
  }

  /// The table's name is free: the next one that gets it is another table.
  mutating func release(_ key: String) { generations[key, default: 0] += 1 }
}

extension SchemaObjects.Object {
  /// The object among those that the session made.
  var key: String { "\(isTemporary ? "temp." : "")\(type).\(name.nameKey)" }
  /// The name as ``SQLiteSchema/table(_:)`` takes it.
  var tableKey: String { (isTemporary ? "temp." : "") + name.nameKey }
}
