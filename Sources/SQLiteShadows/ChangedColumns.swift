import AuditTrail
import Replay
package import SQLite

extension Perturbation {
  /// The image with the column changed, the same in every column that a foreign key joins to it; `nil` where the
  /// schema's keys and checks allow no such values.
  func image(of shadow: SQLiteShadow, changing column: SQLiteSensitiveColumns.Column) throws(SQLiteError) -> [UInt8]? {
    let family = shadow.catalog.joined(to: SQLiteCatalog.ColumnName(table: column.table, column: column.column))
    if family.count > 1, !keepsJoins { return nil }
    do {
      return try ChangedColumns(of: shadow, family).image(self)
    } catch  where Self.refusesValue(error) {
      return self == .sameShape ? try ChangedColumns(of: shadow, family).fittingImage() : nil
    }
  }

  /// Whether a constraint or a type refuses a value.
  fileprivate static func refusesValue(_ error: SQLiteError) -> Bool { [19, 20].contains(error.primaryCode) }
}

/// Changes the values of columns that keys join, in a copy of a shadow's image, by one map of distinct values.
struct ChangedColumns {
  /// A value as it is stored.
  struct Value: Hashable, ColumnValue {
    var bytes: [UInt8]
    let type: SQLiteType

    /// Whether it is a number.
    var isNumber: Bool { type == .integer || type == .double }
    var isBinary: Bool { type == .blob }
    /// How it is written, as far as a check may hold it to that.
    var form: ValueForm {
      switch bytes.first {
      case UInt8(ascii: "{"), UInt8(ascii: "["): .json
      case UInt8(ascii: "<"): .xml
      default: .plain
      }
    }
  }

  /// No more bytes of values are held at once: a generated column makes any number from nothing.
  private static let mostBytes = 1 << 30

  private let shadow: SQLiteShadow
  private let family: [SQLiteCatalog.ColumnName]

  init(of shadow: SQLiteShadow, _ family: [SQLiteCatalog.ColumnName]) {
    self.shadow = shadow
    self.family = family
  }

  /// The image in which each distinct value has become what the change says; what is empty stays. `nil` where the change
  /// needs other values and there are none.
  ///
  /// Values that change places would collide on the way, so each takes a mark's place first.
  func image(_ change: Perturbation) throws(SQLiteError) -> [UInt8]? {
    try SQLiteShadow.withCopy(of: shadow.image, foreignKeys: false) { (copy) throws(SQLiteError) in
      let values = try distinctValues(copy)
      let new = change.replacements(values)
      if change.isMissed(by: new, of: values) { return nil }
      return try image(in: copy, values, new, ofOneRow: change.changesOneRow)
    }
  }

  private func image(
    in database: borrowing SQLiteDatabase, _ values: [Value], _ new: [Value?], ofOneRow: Bool
  ) throws(SQLiteError) -> [UInt8] {
    let triggers = try database.dropTriggers()
    try database.execute("CREATE TEMP TABLE assay_map (old PRIMARY KEY, mark, new) WITHOUT ROWID")
    try database.execute("CREATE UNIQUE INDEX temp.assay_map_by_mark ON assay_map (mark)")
    let changesPlaces = !Set(values).isDisjoint(with: new.compactMap(\.self))
    var insert = try database.prepare("INSERT INTO assay_map VALUES (?, ?, ?)", persistent: true)
    for (index, (value, replacement)) in zip(values, new).enumerated() where value != replacement {
      try bind(&insert, 1, value)
      if value.isNumber {
        // Exact as a real number too.
        try insert.bind(2, -(1 << 52) - Int64(index))
      } else {
        try insert.bind(2, "assay mark \(index)")
      }
      if let replacement { try bind(&insert, 3, replacement) } else { try insert.bindNull(3) }
      try insert.run()
    }
    if changesPlaces {
      try database.execute("PRAGMA ignore_check_constraints = ON")
      try replace("old", by: "mark", database, ofOneRow: ofOneRow)
      try database.execute("PRAGMA ignore_check_constraints = OFF")
    }
    try replace(changesPlaces ? "mark" : "old", by: "new", database)
    try database.execute("DROP TABLE assay_map")
    for sql in triggers { try database.execute(sql) }
    try indexAgain(database)
    return try database.serialize()
  }

  /// The image in which each value has become one that its checks let through, those for which none is found left as they
  /// are; `nil` where that is all of them.
  func fittingImage() throws(SQLiteError) -> [UInt8]? {
    try SQLiteShadow.withCopy(of: shadow.image, foreignKeys: false) { (copy) throws(SQLiteError) in
      let triggers = try copy.dropTriggers()
      var pending = try distinctValues(copy)
      let count = pending.count
      var taken = Set(pending)
      for attempt in 0..<FittingValue.attempts where !pending.isEmpty {
        try copy.execute("CREATE TEMP TABLE assay_map (old PRIMARY KEY, new) WITHOUT ROWID")
        var insert = try copy.prepare("INSERT INTO assay_map VALUES (?, ?)", persistent: true)
        for value in pending {
          var new = value
          new.bytes = FittingValue.value(for: value.bytes, as: value.form, attempt: attempt)
          guard taken.insert(new).inserted else { continue }
          try bind(&insert, 1, value)
          try bind(&insert, 2, new)
          try insert.run()
        }
        insert.reset()
        try replace("old", by: "new", copy, orIgnore: true)
        try copy.execute("DROP TABLE assay_map")
        pending = Array(try Set(distinctValues(copy)).intersection(pending)).sorted {
          $0.bytes.lexicographicallyPrecedes($1.bytes)
        }
      }
      guard pending.count < count else { return nil }
      for sql in triggers { try copy.execute(sql) }
      try indexAgain(copy)
      return try copy.serialize()
    }
  }

  private func replace(
    _ from: String, by to: String, _ database: borrowing SQLiteDatabase, orIgnore: Bool = false, ofOneRow: Bool = false
  ) throws(SQLiteError) {
    for member in family {
      let (name, table) = (quoted(member.column), quoted(member.table))
      let mapped = "\(name) IN (SELECT \(from) FROM assay_map)"
      let key = ofOneRow ? shadow.catalog.rowKey(of: member.table) : ""
      let rows = ofOneRow ? "(\(key)) = (SELECT \(key) FROM \(table) WHERE \(mapped) ORDER BY \(key) LIMIT 1)" : mapped
      try database.execute(
        "UPDATE \(orIgnore ? "OR IGNORE " : "")\(table) SET \(name) = (SELECT \(to) FROM assay_map WHERE \(from) = \(name)) "
          + "WHERE \(rows)")
    }
  }

  /// Makes full-text indexes over the column's tables again, which show words of the old values.
  ///
  /// Source: sqlite.org/fts5.html 4.4.3 "External Content Tables", 6.8 "The 'rebuild' Command"; FTS4 has the same.
  private func indexAgain(_ database: borrowing SQLiteDatabase) throws(SQLiteError) {
    let tables = Set(family.map { $0.table.nameKey })
    for object in shadow.catalog.objects.sorted where object.isVirtual && !object.isTemporary {
      let words = wordsAsKeys(object.sql)
      guard words.contains(where: { $0.hasPrefix("fts") }), words.contains("content"),
        words.contains(where: { tables.contains(String($0)) })
      else { continue }
      let name = quoted(object.name)
      try database.execute("INSERT INTO \(name) (\(name)) VALUES ('rebuild')")
    }
  }

  private func distinctValues(_ database: borrowing SQLiteDatabase) throws(SQLiteError) -> [Value] {
    var values: [Value] = []
    let union = family.map { "SELECT \(quoted($0.column)) AS value FROM \(quoted($0.table))" }
    var rows = try database.prepare(
      "SELECT DISTINCT value FROM (\(union.joined(separator: " UNION ALL "))) "
        + "WHERE value NOTNULL AND value <> '' ORDER BY value")
    var size = 0
    while try rows.step() {
      // SQLite writes 15 digits of a real number, which need not be that number.
      let isReal = rows.type(0) == .double
      values.append(Value(bytes: isReal ? Array("\(rows.double(0))".utf8) : rows.bytes(0), type: rows.type(0)))
      size += values.last?.bytes.count ?? 0
      guard size <= Self.mostBytes else {
        throw SQLiteError(code: 7, message: "its values are too large to be changed")
      }
    }
    return values
  }

  private func bind(_ statement: inout SQLiteStatement, _ index: Int, _ value: Value) throws(SQLiteError) {
    let text = String(decoding: value.bytes, as: UTF8.self)
    if value.type == .blob {
      try statement.bind(index, blob: value.bytes.span)
    } else if value.type == .integer, let integer = Int64(text) {
      try statement.bind(index, integer)
    } else if value.isNumber, let real = Double(text) {
      try statement.bind(index, real)
    } else {
      try statement.bind(index, text: value.bytes.span)
    }
  }
}

extension SQLiteDatabase {
  /// Drops the triggers, which must not fire for rows of ours; gives what makes them again.
  package borrowing func dropTriggers() throws(SQLiteError) -> [String] {
    var found: [(name: String, sql: String)] = []
    var rows = try prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid")
    while try rows.step() { found.append((rows.text(0), rows.text(1))) }
    rows.reset()
    for object in found { try execute("DROP TRIGGER \(quoted(object.name))") }
    return found.map(\.sql)
  }
}
