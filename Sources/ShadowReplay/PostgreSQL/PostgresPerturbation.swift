import Postgres

/// Makes the other worlds of the leak oracle: a clone with other values in one sensitive column, or with its own values
/// written once more, so that rows stand in the same order in both.
enum PostgresPerturbation {
  /// Changes the column, or writes it as it was; `false` where the schema's rules refuse other values.
  static func apply(
    _ column: PostgresWorld.SensitiveColumn, changing: Bool, in catalog: PostgresCatalog,
    _ connection: borrowing PostgresConnection
  ) throws(PostgresError) -> Bool {
    let family = keyFamily(of: column, in: catalog)
    try connection.script("SET session_replication_role = replica; SET client_min_messages = error")
    guard changing else {
      for member in family {
        try connection.script("UPDATE \(member.table) SET \(member.column) = \(member.column)")
      }
      return true
    }
    for isRotation in [false, true] {
      do {
        try connection.script("BEGIN")
        try change(family, isRotation: isRotation, connection)
        try connection.script("COMMIT")
        return true
      } catch  where !error.isConnectionLost {
        try connection.script("ROLLBACK")
      }
    }
    return false
  }

  /// The column and every column that a foreign key joins it to.
  private static func keyFamily(
    of column: PostgresWorld.SensitiveColumn, in catalog: PostgresCatalog
  ) -> [(table: String, column: String)] {
    var family: [(relation: UInt32, column: String)] = [(relation: column.relation, column: column.column)]
    var index = 0
    while index < family.count {
      let member = family[index]
      index += 1
      for key in catalog.foreignKeys {
        let child = (relation: key.table, column: key.column)
        let parent = (relation: key.parent, column: key.parentColumn)
        for (from, to) in [(child, parent), (parent, child)] where from == member {
          if !family.contains(where: { $0 == to }) { family.append(to) }
        }
      }
    }
    return family.compactMap { member in
      catalog.relations[member.relation].map {
        (table: "\(quoted($0.schema)).\(quoted($0.name))", column: quoted(member.column))
      }
    }
  }

  private static func change(
    _ family: [(table: String, column: String)], isRotation: Bool, _ connection: borrowing PostgresConnection
  ) throws(PostgresError) {
    let union = family.map { "SELECT \($0.column)::text AS value FROM \($0.table)" }.joined(separator: " UNION ALL ")
    let found = try connection.execute(
      "SELECT DISTINCT value COLLATE \"C\" FROM (\(union)) AS v WHERE value <> '' ORDER BY 1")
    let values = (0..<found.rowCount).map { found.bytes($0, 0) }
    var taken = Set(values)
    try connection.script("CREATE TEMP TABLE assay_map (old text PRIMARY KEY, new text) ON COMMIT DROP")
    for (index, value) in values.enumerated() {
      let other = values[(index + 1) % values.count]
      let new = isRotation ? other : fresh(value, taken) ?? other
      taken.insert(new)
      _ = try connection.execute(
        "INSERT INTO assay_map VALUES ($1, $2)",
        [
          PostgresValue(String(decoding: value, as: UTF8.self)), PostgresValue(String(decoding: new, as: UTF8.self)),
        ])
    }
    for member in family {
      let type = try connection.execute(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = $1::regclass AND quote_ident(attname) = quote_ident($2)",
        [PostgresValue(member.table), PostgresValue(unquoted(member.column))]
      ).text(0, 0)
      try connection.script(
        "UPDATE \(member.table) SET \(member.column) = coalesce((SELECT new FROM assay_map WHERE old = \(member.column)::text), "
          + "\(member.column)::text)::\(type)")
    }
  }

  private static func unquoted(_ name: String) -> String {
    name.dropFirst().dropLast().split(separator: "\"\"", omittingEmptySubsequences: false).joined(separator: "\"")
  }
}
