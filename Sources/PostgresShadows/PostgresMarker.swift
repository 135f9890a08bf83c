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
    let columns = try columns(connection)
    guard !columns.isEmpty else { return nil }
    func column(_ name: String) -> String { columns.contains(name) ? "\(name)::text" : "NULL" }
    let row = try connection.execute(
      "SELECT \(column("basis")), \(column("as_of")), \(column("server")) FROM public.assay_shadow LIMIT 1")
    guard row.rowCount == 1 else { return PostgresMarker() }
    return PostgresMarker(
      basis: row.optionalText(0, 0).flatMap(Basis.init(rawValue:)),
      asOf: row.optionalText(0, 1).flatMap { Timestamp($0) }, server: row.optionalText(0, 2))
  }

  /// The SHA-256, in hex, of the table's row as `psql -At` prints it: basis, as_of, server, created, system_identifier and
  /// database_oid, with bars between them and a line feed; `nil` where there is no such row.
  static func digest(_ connection: borrowing PostgresConnection) throws(PostgresError) -> String? {
    let known = try columns(connection)
    let names = ["basis", "as_of", "server", "created", "system_identifier", "database_oid"]
    let values = names.map { known.contains($0) ? "\($0)::text" : "NULL" }
    guard !known.isEmpty else { return nil }
    let row = try connection.execute("SELECT \(values.joined(separator: ", ")) FROM public.assay_shadow LIMIT 1")
    guard row.rowCount == 1 else { return nil }
    let line = names.indices.map { row.optionalText(0, $0) ?? "" }.joined(separator: "|") + "\n"
    return SHA256Digest(of: Array(line.utf8)).hex
  }

  /// Whether the table proves that this database of this server is a shadow.
  package static func proves(_ connection: borrowing PostgresConnection) throws(PostgresError) -> Bool {
    guard try columns(connection).isSuperset(of: ["basis", "system_identifier", "database_oid"]) else { return false }
    let found = try connection.execute(
      """
      SELECT count(*) FROM public.assay_shadow m, pg_control_system() s, pg_database d
      WHERE d.datname = current_database() AND m.system_identifier::text = s.system_identifier::text
        AND m.database_oid::text = d.oid::text
      """)
    return found.integer(0, 0) == 1
  }

  private static func columns(_ connection: borrowing PostgresConnection) throws(PostgresError) -> Set<String> {
    Set(
      try connection.execute(
        """
        SELECT a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname = 'assay_shadow' AND c.relkind = 'r'
          AND a.attnum > 0 AND NOT a.attisdropped
          -- A type of the database's own may come with a cast, which is code.
          AND a.atttypid < 16384
        """
      ).firstColumn)
  }
}
