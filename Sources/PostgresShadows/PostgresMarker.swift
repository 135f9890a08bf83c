package import AuditTrail
import Digests
package import Postgres
import Replay

/// The table `assay_shadow`, by which a database proves that it is a shadow: on this server, and this database.
///
/// It holds the server's system identifier and the database's oid besides what the rows are, so that a copy of the table
/// in a dump proves nothing where the dump is loaded.
package struct PostgresMarker: Sendable, Equatable {
  /// The table's name, in the schema `public`.
  package static let table = "assay_shadow"

  package var basis: Basis?
  package var asOf: Timestamp?
  package var server: String?

  /// What its owner runs to mark a disposable copy as a shadow, once and for this database only.
  package static func markingScript(basis: String, asOf: String?, server: String?, created: String?) -> String {
    func value(_ text: String?) -> String { text.map(literal) ?? "NULL" }
    return """
      CREATE TABLE IF NOT EXISTS public.assay_shadow (basis text, as_of text, server text, created text);
      ALTER TABLE public.assay_shadow ADD COLUMN IF NOT EXISTS system_identifier text,
        ADD COLUMN IF NOT EXISTS database_oid oid;
      DELETE FROM public.assay_shadow;
      INSERT INTO public.assay_shadow (basis, as_of, server, created, system_identifier, database_oid)
        SELECT \(value(basis)), \(value(asOf)), \(value(server)), \(value(created)), s.system_identifier::text, d.oid
        FROM pg_control_system() s, pg_database d WHERE d.datname = current_database();
      """
  }

  /// Reads what the table says, whether or not it proves anything; `nil` where there is none.
  package static func read(_ connection: borrowing PostgresConnection) throws(PostgresError) -> PostgresMarker? {
    guard let rows = try rows(connection) else { return nil }
    guard let row = rows.first else { return PostgresMarker() }
    return PostgresMarker(
      basis: row["basis"].flatMap(Basis.init(rawValue:)), asOf: row["as_of"].flatMap { Timestamp($0) },
      server: row["server"])
  }

  /// The SHA-256, in hex, of the table's row as `psql -At` prints it: basis, as_of, server, created, system_identifier and
  /// database_oid, with bars between them and a line feed; `nil` where there is no such row.
  static func digest(_ connection: borrowing PostgresConnection) throws(PostgresError) -> String? {
    guard let row = try rows(connection)?.first else { return nil }
    return SHA256Digest(of: Array((names.map { row[$0] ?? "" }.joined(separator: "|") + "\n").utf8)).hex
  }

  /// Whether the table proves that this database of this server is a shadow.
  package static func proves(_ connection: borrowing PostgresConnection) throws(PostgresError) -> Bool {
    let here = try connection.execute(
      """
      SELECT s.system_identifier::text, d.oid::text FROM pg_control_system() s, pg_database d
      WHERE d.datname = current_database()
      """)
    guard here.rowCount == 1 else { return false }
    let (server, database) = (here.text(0, 0), here.text(0, 1))
    let rows = try rows(connection) ?? []
    return rows.count { $0["system_identifier"] == server && $0["database_oid"] == database } == 1
  }

  private static let names = ["basis", "as_of", "server", "created", "system_identifier", "database_oid"]

  /// The table's rows by column, without NULLs; `nil` where there is no such table.
  ///
  /// They are copied, not selected: whoever made the table may have put code where the planner runs it, in an index's
  /// predicate, in statistics, in a table that inherits from it; and the one who reads may be a superuser. A copy of a table
  /// has no plan.
  ///
  /// Source: PostgreSQL 15, COPY: "copies the entire contents" of a table, without those that inherit from it.
  private static func rows(_ connection: borrowing PostgresConnection) throws(PostgresError) -> [[String: String]]? {
    let known = try columns(connection)
    let columns = names.filter(known.contains)
    guard !columns.isEmpty else { return nil }
    var rows: [[String: String]] = []
    try connection.send("COPY public.assay_shadow (\(columns.joined(separator: ", "))) TO STDOUT")
    while let result = try connection.nextResult() {
      if let error = result.error { throw error }
      guard result.status == .copyOut else { continue }
      while let line = try connection.nextCopyLine() {
        // One row proves; more than one says nothing.
        guard rows.count < 2 else { continue }
        let values = line.dropLast().split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
        rows.append(
          Dictionary(
            zip(columns, values).compactMap { name, value in text(value).map { (name, $0) } },
            uniquingKeysWith: { first, _ in first }))
      }
    }
    return rows
  }

  /// A value as COPY writes it; `nil` for NULL.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String? {
    if bytes.elementsEqual("\\N".utf8) { return nil }
    let escapes: [UInt8: UInt8] = [0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09, 0x76: 0x0B]
    var (plain, isEscaped): ([UInt8], Bool) = ([], false)
    for byte in bytes {
      if isEscaped {
        plain.append(escapes[byte] ?? byte)
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else {
        plain.append(byte)
      }
    }
    return String(decoding: plain, as: UTF8.self)
  }

  private static func columns(_ connection: borrowing PostgresConnection) throws(PostgresError) -> Set<String> {
    Set(
      try connection.execute(
        """
        SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname = 'assay_shadow' AND c.relkind = 'r'
          AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
          -- A type of the database's own may come with a cast or a way to print it, which is code.
          AND a.atttypid < 16384
        """
      ).firstColumn)
  }
}
