import SQLite

/// Makes the second world of the leak oracle: the baseline with other values in one sensitive column.
///
/// Each distinct value gets another of the same length and the same kind of character at each place, the same one
/// wherever a foreign key carries it, and none that the column held: so keys still join, unique stays unique, and only what
/// depends on the values themselves can differ. Where a check refuses such values, the column's own values change places.
enum Perturbation {
  /// The image with the column changed.
  static func image(of shadow: SQLiteShadow, changing column: SQLiteSensitiveColumns.Column) throws(SQLiteError)
    -> [UInt8]
  {
    let family = keyFamily(of: column, in: shadow.catalog)
    do {
      return try changed(shadow, family, fresh)
    } catch  where error.primaryCode == 19 {
      return try changed(shadow, family, { _, _ in nil })
    }
  }

  /// The column and every column that a foreign key joins it to.
  private static func keyFamily(
    of column: SQLiteSensitiveColumns.Column, in catalog: SQLiteCatalog
  ) -> [(table: String, column: String)] {
    var family = [(table: column.table, column: column.column)]
    var known = Set([column.key])
    var index = 0
    while index < family.count {
      let member = family[index]
      index += 1
      for table in catalog.tables.values.sorted(by: { $0.name < $1.name }) {
        for key in table.foreignKeys {
          let parent = catalog.tables[key.parentTable.lowercased()]
          let parentColumn = key.parentColumn ?? (parent?.primaryKey.count == 1 ? parent?.primaryKey.first : nil) ?? ""
          let child = (table: table.name, column: key.column)
          let target = (table: parent?.name ?? key.parentTable, column: parentColumn)
          for (from, to) in [(child, target), (target, child)]
          where from.table.lowercased() == member.table.lowercased()
            && from.column.lowercased() == member.column.lowercased() && !to.column.isEmpty
          {
            if known.insert("\(to.table).\(to.column)".lowercased()).inserted { family.append(to) }
          }
        }
      }
    }
    return family
  }

  /// Changes the family's columns by a map of distinct values; where `choose` gives none, each value takes the place of
  /// the next one.
  private static func changed(
    _ shadow: SQLiteShadow, _ family: [(table: String, column: String)],
    _ choose: ([UInt8], Set<[UInt8]>) -> [UInt8]?
  ) throws(SQLiteError) -> [UInt8] {
    let database = try SQLiteDatabase.inMemory()
    try database.deserialize(shadow.image)
    try database.execute("PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY")
    let triggers = try dropTriggers(database)
    try database.execute("CREATE TEMP TABLE assay_map (old PRIMARY KEY, new) WITHOUT ROWID")
    var values: [(bytes: [UInt8], isInteger: Bool, isBlob: Bool)] = []
    let union = family.map { "SELECT \(quoted($0.column)) AS value FROM \(quoted($0.table))" }
    var rows = try database.prepare(
      "SELECT DISTINCT value FROM (\(union.joined(separator: " UNION ALL "))) "
        + "WHERE value NOTNULL AND value <> '' ORDER BY value")
    while try rows.step() {
      values.append((rows.bytes(0), rows.type(0) == .integer, rows.type(0) == .blob))
    }
    rows.reset()
    var taken = Set(values.map(\.bytes))
    let isRotation = choose(values.first?.bytes ?? [], taken) == nil
    var insert = try database.prepare("INSERT INTO assay_map VALUES (?, ?)", persistent: true)
    for (index, value) in values.enumerated() {
      let new = choose(value.bytes, taken) ?? values[(index + 1) % values.count].bytes
      taken.insert(new)
      try bind(&insert, 1, value.bytes, value.isInteger, value.isBlob)
      try bind(&insert, 2, new, value.isInteger, value.isBlob)
      try insert.run()
    }
    // Values that change places collide on the way; the last state holds what held before.
    let indexes = isRotation ? try dropUniqueIndexes(database) : []
    for member in family {
      let name = quoted(member.column)
      try database.execute(
        "UPDATE \(quoted(member.table)) SET \(name) = (SELECT new FROM assay_map WHERE old = \(name)) "
          + "WHERE \(name) IN (SELECT old FROM assay_map)")
    }
    try database.execute("DROP TABLE assay_map")
    for sql in indexes + triggers { try database.execute(sql) }
    return try database.serialize()
  }

  private static func bind(
    _ statement: inout SQLiteStatement, _ index: Int, _ bytes: [UInt8], _ isInteger: Bool, _ isBlob: Bool
  ) throws(SQLiteError) {
    if isBlob {
      try statement.bind(index, blob: bytes.span)
    } else if isInteger, let value = Int64(String(decoding: bytes, as: UTF8.self)) {
      try statement.bind(index, value)
    } else {
      try statement.bind(index, text: bytes.span)
    }
  }

  private static func dropTriggers(_ database: borrowing SQLiteDatabase) throws(SQLiteError) -> [String] {
    try drop("TRIGGER", "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid", database)
  }

  private static func dropUniqueIndexes(_ database: borrowing SQLiteDatabase) throws(SQLiteError) -> [String] {
    try drop(
      "INDEX",
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql LIKE 'create unique%' ORDER BY rowid", database)
  }

  private static func drop(
    _ type: String, _ query: String, _ database: borrowing SQLiteDatabase
  ) throws(SQLiteError) -> [String] {
    var found: [(name: String, sql: String)] = []
    var rows = try database.prepare(query)
    while try rows.step() { found.append((rows.text(0), rows.text(1))) }
    rows.reset()
    for object in found { try database.execute("DROP \(type) \(quoted(object.name))") }
    return found.map(\.sql)
  }

  /// A value of the same length and kinds of characters that is not taken; `nil` when forty attempts find none.
  static func fresh(_ old: [UInt8], _ taken: Set<[UInt8]>) -> [UInt8]? {
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    for byte in old { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
    for _ in 0..<40 {
      var new = old
      var isFirstDigit = true
      for index in new.indices {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let draw = UInt8(truncatingIfNeeded: state >> 56)
        switch new[index] {
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
          // A number keeps its digits, so its first is no zero.
          new[index] = UInt8(ascii: "0") + (isFirstDigit ? 1 + draw % 9 : draw % 10)
          isFirstDigit = false
        case UInt8(ascii: "a")...UInt8(ascii: "z"): new[index] = UInt8(ascii: "a") + draw % 26
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): new[index] = UInt8(ascii: "A") + draw % 26
        default: break
        }
      }
      if !taken.contains(new) { return new }
    }
    return nil
  }
}
