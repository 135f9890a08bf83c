import AuditTrail
import Foundation
import PostgresShadows
import Replay
import SQLite
import SQLiteShadows

/// Makes a synthetic shadow for SQLite.
struct SQLiteCreation {
  private let creation: ShadowCreation
  private let statements: RecordedStatements

  init(_ creation: ShadowCreation, _ statements: RecordedStatements) {
    self.creation = creation
    self.statements = statements
  }

  func create(asDatabase: Bool) throws(AssayError) -> CreatedShadow {
    // The schema is read as a shadow is, with the same refusals; a database here need not carry the marker.
    let schema = try SQLiteShadow(schemaOf: creation.schema)
    do {
      // Checks, defaults and generated columns are the schema's own code.
      var settings = SQLiteShadow.buildingSettings
      settings.secondLimit = creation.seconds
      let clone = try SQLiteShadowConnection(image: schema.image, settings: settings)
      return try create(in: clone, schema.catalog, asDatabase: asDatabase)
    } catch let error as SQLiteError {
      throw Self.failure(error, at: Place(creation.schema.path))
    } catch let error as AssayError {
      throw error
    } catch {
      throw AssayError(.internalFault, "The shadow could not be made; please report this.")
    }
  }

  private func create(
    in clone: borrowing SQLiteShadowConnection, _ catalog: SQLiteCatalog, asDatabase: Bool
  ) throws -> CreatedShadow {
    let asOf = creation.asOf ?? Timestamp(nanoseconds: 1_767_225_600_000_000_000)
    clone.beginStatement(unixMilliseconds: asOf.nanoseconds / 1_000_000, seed: 0)
    // Generated columns, and what indexes are made of, are worked out again for the rows that are read and deleted.
    var (model, triggers) = try clone.inTime { () throws(SQLiteError) in
      let model = try SQLiteModelReading(clone.database, catalog, creation).model
      try clone.setForeignKeys(false)
      let triggers = try clone.database.dropTriggers()
      for table in model.tables { try clone.database.execute("DELETE FROM \(table.sqlName)") }
      try clone.setForeignKeys(true)
      try clone.database.begin()
      return (model, triggers)
    }
    model.sortByReferences()
    let predicates = try statements.predicates(for: model)
    var generated = GeneratedRows()
    var rows: UInt64 = 0
    try generated.fill(model, predicates, seed: creation.seed, asOf: asOf, seconds: creation.seconds) {
      (table, row) throws(AssayError) in
      rows += 1
      clone.beginStatement(unixMilliseconds: asOf.nanoseconds / 1_000_000, seed: rows)
      do throws(SQLiteError) {
        return try clone.inTime { () throws(SQLiteError) in try insert(row, into: table, of: clone.database) }
      } catch {
        throw Self.failure(error, at: Place(table.name))
      }
    }
    clone.beginStatement(unixMilliseconds: asOf.nanoseconds / 1_000_000, seed: 0)
    let bytes = try clone.inTime { () throws(SQLiteError) in
      try clone.database.commit()
      for trigger in triggers { try clone.database.execute(trigger) }
      try mark(clone.database)
      try clone.database.execute("VACUUM")
      return asDatabase ? try clone.database.serialize() : Array(try SQLiteScript(of: clone.database).text.utf8)
    }
    return CreatedShadow(
      engine: "sqlite", bytes: bytes, tables: generated.tables.sorted { $0.name < $1.name },
      planted: generated.planted,
      omitted: creation.uncounted(among: model.tables.map(\.name) + catalog.views.values.map(\.name)))
  }

  /// Why SQLite ended the making: what was asked of it is its own commands on the schema.
  private static func failure(_ error: SQLiteError, at place: Place) -> AssayError {
    // The message may hold values: the schema's code makes it.
    MakingTime.failure(
      isBound: [7, 9, 13, 18].contains(error.primaryCode), at: place, cause: "SQLite's code \(error.code)")
  }

  /// Inserts a row; gives the constraint that refuses it.
  private func insert(
    _ row: [SyntheticValue], into table: TableModel, of database: borrowing SQLiteDatabase
  ) throws(SQLiteError) -> String? {
    let columns = table.columns.indices.filter { !table.columns[$0].isGenerated }
    let names = columns.map { quoted(table.columns[$0].name) }.joined(separator: ", ")
    let marks = columns.map { _ in "?" }.joined(separator: ", ")
    var command = try database.prepare("INSERT INTO \(table.sqlName) (\(names)) VALUES (\(marks))", persistent: true)
    for (position, column) in columns.enumerated() {
      switch row[column] {
      case .null: try command.bindNull(position + 1)
      case .integer(let value): try command.bind(position + 1, value)
      case .real(let value): try command.bind(position + 1, value)
      case .text(let value): try command.bind(position + 1, value)
      }
    }
    do {
      try command.run()
      return nil
    } catch  where error.primaryCode == 19 {
      // The message names the constraint or the column, never a value.
      return error.message
    }
  }

  private func mark(_ database: borrowing SQLiteDatabase) throws(SQLiteError) {
    try database.execute(
      """
      DROP TABLE IF EXISTS assay_shadow;
      CREATE TABLE assay_shadow (basis TEXT NOT NULL, as_of TEXT, server TEXT, created TEXT)
      """)
    var row = try database.prepare("INSERT INTO assay_shadow (basis, as_of) VALUES ('synthetic', ?)")
    try row.bind(1, creation.asOf?.description)
    try row.run()
    let id = CreatedShadow.applicationID.reduce(0) { $0 << 8 | Int($1) }
    try database.execute("PRAGMA application_id = \(id)")
  }
}

/// Reads the tables of a SQLite schema as the generator needs them.
struct SQLiteModelReading {
  private(set) var model = ShadowModel(tables: [])

  init(
    _ database: borrowing SQLiteDatabase, _ catalog: SQLiteCatalog, _ creation: ShadowCreation
  ) throws(SQLiteError) {
    let sensitive = Set(creation.sensitive.map(SQLiteSensitiveColumns.comparedName))
    for known in catalog.tables.values.sorted(by: { $0.name < $1.name }) where !known.isVirtual {
      var table = TableModel(name: known.name, sqlName: quoted(known.name), columns: [])
      table.primaryKey = known.primaryKey
      try readColumns(of: &table, database, sensitive)
      try readUniques(of: &table, database)
      table.foreignKeys = try Self.foreignKeys(of: known, catalog, database)
      table.checks = Self.checks(in: catalog.objects.byKey["main.table.\(known.name.nameKey)"]?.sql ?? "")
      let copied = creation.usesRows && known.rows > 0 ? Int(clamping: known.rows) : creation.defaultRows
      let wanted =
        creation.production[known.name].map { Int(clamping: $0) }
        ?? (creation.usesRows ? Int(clamping: known.rows) : copied)
      table.rows = min(wanted, creation.maximumRows)
      if creation.usesRows, known.rows > 0 { try profile(&table, database, known.rows) }
      model.tables.append(table)
    }
    for view in catalog.views.values {
      let words = Set(SQLTokens(Array(view.body.utf8)).filter(\.isName).map { $0.text.nameKey })
      model.views[view.name.nameKey] = model.tables.map(\.name).filter { words.contains($0.nameKey) }
    }
  }

  private func readColumns(
    of table: inout TableModel, _ database: borrowing SQLiteDatabase, _ sensitive: Set<String>
  ) throws(SQLiteError) {
    var rows = try database.prepare("SELECT name, type, \"notnull\", pk, hidden FROM pragma_table_xinfo(?)")
    try rows.bind(1, table.name)
    while try rows.step() {
      let name = rows.text(0)
      var column = TableModel.Column(name: name, kind: Self.kind(rows.text(1).lowercased()))
      column.isNotNull = rows.int64(2) != 0 || rows.int64(3) > 0
      column.isGenerated = rows.int64(4) != 0
      column.isSensitive =
        column.kind == .text
        && (sensitive.contains("\(table.name).\(name)".nameKey) || namesSensitiveColumn(name))
      table.columns.append(column)
    }
  }

  /// SQLite's own rules of affinity, told apart a little further.
  private static func kind(_ type: String) -> TableModel.Kind {
    if type.contains("int") { return .integer }
    if type.contains("bool") { return .integer }
    if type.contains("date") && !type.contains("time") { return .date }
    if type.contains("time") { return .timestamp }
    if type.contains("real") || type.contains("floa") || type.contains("doub") || type.contains("num")
      || type.contains("dec")
    {
      return .real
    }
    if type.contains("blob") { return .bytes }
    if type.contains("json") { return .json }
    return .text
  }

  private func readUniques(of table: inout TableModel, _ database: borrowing SQLiteDatabase) throws(SQLiteError) {
    if !table.primaryKey.isEmpty { table.uniques.append(table.primaryKey) }
    var indexes: [String] = []
    var list = try database.prepare("SELECT name FROM pragma_index_list(?) WHERE \"unique\" = 1 ORDER BY name")
    try list.bind(1, table.name)
    while try list.step() { indexes.append(list.text(0)) }
    for index in indexes {
      var columns: [String] = []
      var info = try database.prepare("SELECT name FROM pragma_index_info(?) ORDER BY seqno")
      try info.bind(1, index)
      while try info.step() { if let name = info.optionalText(0) { columns.append(name) } }
      if !columns.isEmpty, !table.uniques.contains(columns) { table.uniques.append(columns) }
    }
  }

  private static func foreignKeys(
    of table: SQLiteCatalog.Table, _ catalog: SQLiteCatalog, _ database: borrowing SQLiteDatabase
  ) throws(SQLiteError) -> [TableModel.ForeignKey] {
    var keys: [Int64: TableModel.ForeignKey] = [:]
    var rows = try database.prepare(
      "SELECT id, \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?) ORDER BY id, seq")
    try rows.bind(1, table.name)
    while try rows.step() {
      let parent = catalog.tables[rows.text(2).nameKey]
      var key = keys[rows.int64(0)] ?? .init(columns: [], parent: parent?.name ?? rows.text(2), parentColumns: [])
      let position = key.columns.count
      key.columns.append(rows.text(1))
      let implied = parent.flatMap { $0.primaryKey.indices.contains(position) ? $0.primaryKey[position] : nil }
      key.parentColumns.append(rows.optionalText(3) ?? implied ?? "")
      keys[rows.int64(0)] = key
    }
    return keys.sorted { $0.key < $1.key }.map(\.value)
  }

  /// What is in the parentheses of each CHECK.
  static func checks(in sql: String) -> [String] {
    let bytes = Array(sql.utf8)
    var checks: [String] = []
    var (depth, start, isNext) = (0, Int?.none, false)
    for token in SQLTokens(bytes) {
      if token.text == "(", token.kind == .symbol {
        if isNext, start == nil { (start, depth) = (token.range.upperBound, 0) }
        depth += 1
      } else if token.text == ")", token.kind == .symbol {
        depth -= 1
        if let from = start, depth == 0 {
          checks.append(String(decoding: bytes[from..<token.range.lowerBound], as: UTF8.self))
          start = nil
        }
      }
      isNext = token.is("check")
    }
    return checks
  }

  /// Shares of NULLs and children by parent: numbers of the copy, none of its values.
  private func profile(
    _ table: inout TableModel, _ database: borrowing SQLiteDatabase, _ count: Int64
  ) throws(SQLiteError) {
    for index in table.columns.indices {
      var nulls = try database.prepare(
        "SELECT count(*) FROM \(table.sqlName) WHERE \(quoted(table.columns[index].name)) IS NULL")
      table.columns[index].nullShare = try nulls.step() ? Double(nulls.int64(0)) / Double(count) : nil
    }
    for index in table.foreignKeys.indices where table.foreignKeys[index].columns.count == 1 {
      let column = quoted(table.foreignKeys[index].columns[0])
      var groups = try database.prepare(
        """
        SELECT count(*) FROM \(table.sqlName) WHERE \(column) IS NOT NULL GROUP BY \(column)
        ORDER BY 1 DESC LIMIT 100000
        """)
      while try groups.step() { table.foreignKeys[index].fanOut.append(Int(clamping: groups.int64(0))) }
    }
  }
}
