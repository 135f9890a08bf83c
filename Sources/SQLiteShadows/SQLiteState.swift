import Replay
import SQLite

/// A table of a clone by identity: its name, and how many tables had the name before it.
struct SQLiteTable: Hashable, Sendable {
  /// The name in lower case; `temp.name` for a temporary table.
  let key: String
  /// How many tables of the name are gone.
  var generation = 0
}

/// What of a clone's schema SQLite undoes with a transaction, kept beside it.
struct SQLiteSchema: Sendable {
  /// The objects of the schema.
  var objects: SchemaObjects
  /// Whether no object was made, dropped or altered, so that what is known of texts still holds.
  var isBaseline = true
  /// Tables that hold values written from sensitive columns, in lower case.
  var tainted: Set<String> = []
  /// Whether a session before this one wrote such values, or their columns have other names by now: of which columns they
  /// are is not known here, so it may be any.
  var inheritsTaint = false
  private var generations: [String: Int] = [:]

  /// A schema in which every table is the first of its name.
  init(_ objects: SchemaObjects) { self.objects = objects }

  /// The table of a name, as ``SQLiteTable/key`` has it.
  func table(_ key: String) -> SQLiteTable {
    SQLiteTable(key: key, generation: generations.isEmpty ? 0 : generations[key] ?? 0)
  }

  /// The table's name is free: the next one that gets it is another table.
  mutating func release(_ key: String) { generations[key, default: 0] += 1 }
}

extension SchemaObjects.Object {
  /// The object among those that the session made.
  var key: String { "\(isTemporary ? "temp." : "")\(type).\(name.lowercased())" }
  /// The name as ``SQLiteTable/key`` has it.
  var tableKey: String { (isTemporary ? "temp." : "") + name.lowercased() }
}
