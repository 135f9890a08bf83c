import Foundation
import Postgres
import PostgresShadows
import Testing
import ThrowAwayServers

/// A shadow on a running server among the inputs of a report.
@Suite(
  .disabled(
    if: ProcessInfo.processInfo.environment["ASSAY_TEST_WITHOUT_POSTGRESQL"] != nil,
    "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
struct RunningServerTests {
  private static let mark = """
    SELECT basis, as_of, server, created, system_identifier, database_oid FROM public.assay_shadow
    """

  private struct Digests: Equatable {
    let marker: String?
    let schema: String?
  }

  /// Runs the quarter on the database and gives the digests of it among the inputs.
  private func digests(in folder: Folder) throws -> Digests {
    try SmallQuarter.run(in: folder)
    let rows = try EvidenceChoiceTests.rows("custody/input-digests.csv", in: folder)
    func digest(_ kind: String) -> String? { rows.first { $0["format"] == "\(kind) of a shadow" }?["sha256"] }
    #expect(digest("image") == nil)
    let shadow = try #require(try EvidenceChoiceTests.rows("replay/shadows.csv", in: folder).first)
    let found = Digests(marker: digest("marker"), schema: digest("schema and row counts"))
    #expect(shadow["marker_sha256"] == found.marker && shadow["image_sha256"] == found.schema)
    #expect(try assay("verify", "quarter/reports/2026-07", in: folder).status == 0)
    return found
  }

  @Test func `its marker and its schema are inputs, each with a digest of its own`() throws {
    let cluster = try PostgresCluster.start()
    defer { cluster.stop() }
    let client = cluster.admin.with(["dbname": "clinic", "options": "-c timezone=UTC"])
    let server = try PostgresConnection(cluster.admin)
    try server.script("CREATE DATABASE clinic")
    // A database that somebody is connected to cannot be copied.
    func change(_ script: String) throws { try PostgresConnection(client).script(script) }
    try change(
      "CREATE TABLE visits (id integer PRIMARY KEY, name text); INSERT INTO visits SELECT i, 'n' FROM generate_series(1, 10) i;"
        + PostgresMarker.markingScript(basis: "copy", asOf: "2026-07-01T00:00:00Z", server: "clinic", created: nil))
    let folder = try SmallQuarter.folder()
    let address = "postgresql://\(PostgresCluster.superuser)@/clinic?host=\(cluster.folder.sockets)&port=5432"
    try folder.write(
      "quarter/assay.yaml",
      SmallQuarter.configuration.replacing(
        "source: \"sqlite:shadow.sql\", basis: synthetic,", with: "source: \"\(address)\", allow_superuser: true,"))
    let first = try digests(in: folder)
    func printedMarker() throws -> String {
      let row = try PostgresConnection(client).execute(Self.mark)
      return (0..<6).map { row.optionalText(0, $0) ?? "" }.joined(separator: "|") + "\n"
    }
    try folder.write("marker", try printedMarker())
    let sum = try run(URL(filePath: "/usr/bin/sha256sum"), ["marker"], in: folder)
    #expect(first.marker == String(sum.output.prefix(64)) && first.schema != nil)
    #expect(try digests(in: folder) == first)

    try change("UPDATE public.assay_shadow SET created = 'again'")
    let remarked = try digests(in: folder)
    #expect(remarked.marker != first.marker && remarked.schema == first.schema)

    let schemas = [
      "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
        + "CREATE TRIGGER quiet BEFORE DELETE ON visits FOR EACH ROW EXECUTE FUNCTION quiet()",
      "ALTER TABLE visits ADD CHECK (id > 0)", "INSERT INTO visits VALUES (11, 'n')",
    ]
    var known = [first.schema]
    for script in schemas {
      try change(script)
      let changed = try digests(in: folder)
      #expect(changed.marker == remarked.marker && !known.contains(changed.schema), "\(script)")
      known.append(changed.schema)
    }
  }

  /// Code that its owner put where a superuser's query of the marker would be planned.
  @Test func `a marker is read without anything that its table's owner put beside it`() throws {
    let cluster = try PostgresCluster.start()
    defer { cluster.stop() }
    let server = try PostgresConnection(cluster.admin)
    try server.script("CREATE ROLE tenant")
    try server.script("CREATE DATABASE clinic OWNER tenant")
    let client = cluster.admin.with(["dbname": "clinic", "options": ""])
    try PostgresConnection(client).script(
      PostgresMarker.markingScript(basis: "copy", asOf: nil, server: nil, created: nil)
        + """
        ALTER TABLE public.assay_shadow OWNER TO tenant;
        ALTER SCHEMA public OWNER TO tenant;
        SET SESSION AUTHORIZATION tenant;
        CREATE FUNCTION struck() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
          IF current_setting('is_superuser') = 'on' THEN CREATE ROLE struck; END IF; END $$;
        CREATE FUNCTION strike(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
          PERFORM public.struck(); RETURN $1; EXCEPTION WHEN OTHERS THEN RETURN $1; END $$;
        CREATE INDEX ON assay_shadow (basis) WHERE strike('a') IS NOT NULL;
        CREATE INDEX ON assay_shadow ((strike('a') || basis));
        CREATE STATISTICS told ON (strike('a') || basis), as_of FROM assay_shadow;
        CREATE TABLE heir () INHERITS (assay_shadow);
        CREATE INDEX ON heir (basis) WHERE strike('a') IS NOT NULL;
        """)
    let folder = try Folder()
    let address = "postgresql://\(PostgresCluster.superuser)@/clinic?host=\(cluster.folder.sockets)&port=5432"
    let checked = try assay("shadow", "check", address, "--allow-superuser", in: folder)
    #expect(checked.status == 0, "\(checked)")
    func isStruck() throws -> Bool {
      try server.execute("SELECT FROM pg_roles WHERE rolname = 'struck'").rowCount > 0
    }
    #expect(try !isStruck())
    _ = try PostgresConnection(client).execute("SELECT count(*) FROM public.assay_shadow")
    #expect(try isStruck())
  }
}
