/// What one command drops besides what it names.
struct DroppedTogether {
  /// Tables and views.
  var relations: Set<UInt32> = []
  /// Of the tables those that go with others.
  var parts: [UInt32] = []
  /// The names of constraints that are dropped by name; the index of a key has the key's.
  var constraints: Set<String> = []
  var extensions: [UInt32] = []
  /// What the command names.
  var originals: [PostgresEvent.Drop] = []
  /// Columns, whether it names them or what they are made of.
  var columns: [PostgresEvent.Drop] = []

  init(_ events: [PostgresEvent]) {
    for case .drop(let drop) in events {
      if drop.isOriginal { originals.append(drop) }
      if ["table", "view"].contains(drop.type) { relations.insert(drop.oid) }
      if drop.type == "table", !drop.isOriginal { parts.append(drop.oid) }
      if drop.type == "extension", drop.isOriginal { extensions.append(drop.oid) }
      if drop.type == "table column" { columns.append(drop) }
      if drop.type == "table constraint", drop.isOriginal { constraints.insert(drop.lastName) }
    }
  }
}
