import Postgres

/// A table of the server in which large objects stand: no text names it, and functions change it.
///
/// Source: PostgreSQL 15, 53.30 "pg_largeobject" (pages of 2 kB), 53.31 "pg_largeobject_metadata" (a row an object).
struct LargeObjects: Sendable {
  /// The table of pages.
  static let pages: UInt32 = 2613
  /// The table of objects.
  static let objects: UInt32 = 2995

  let relation: PostgresRelation
  let file: UInt32
  /// How many there are; `nil` for pages, which only a superuser may count.
  let rows: Int64?

  /// Both tables; none where there is no large object.
  static func all(in connection: borrowing PostgresConnection) throws(PostgresError) -> [LargeObjects] {
    let found = try connection.execute(
      """
      SELECT (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata), pg_catalog.pg_relation_filenode(\(objects)),
        pg_catalog.pg_relation_filenode(\(pages))
      """)
    guard let rows = found.integer(0, 0), rows > 0 else { return [] }
    return [(objects, found.oid(0, 1), rows), (pages, found.oid(0, 2), nil)].map { oid, file, rows in
      LargeObjects(
        relation: PostgresRelation(
          oid: oid, schema: "pg_catalog", name: "pg_largeobject", kind: "r", root: oid, isTemporary: false),
        file: file, rows: rows)
    }
  }
}

extension [UInt32: RowCounters] {
  /// Counts an object that comes or goes once, and not its pages too.
  mutating func countLargeObjectsOnce() {
    if self[LargeObjects.objects] != nil { self[LargeObjects.pages] = nil }
  }
}
