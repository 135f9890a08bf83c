import Foundation
import Testing

/// A month of one session, with a shadow and a policy: enough for a package whose T-19 is decided.
enum SmallQuarter {
  static let configuration = """
    organization: Small Clinic
    period: 2026-07
    archives: [archives]
    policies: policy.yaml
    shadows:
      - { connection: clinic, source: "sqlite:shadow.sql", basis: synthetic, as_of: 2026-07-01T00:00:00Z }
    scope:
      connections:
        clinic: { environment: production, approval_required: false }
    frameworks: [soc2-2017]
    ledger: .assay/ledger.db
    output: reports

    """

  static let policy = """
    policy: guard
    version: "1"
    effective: 2026-07-01T00:00:00Z
    rules:
      - id: drops
        when: { statement: { kind: drop } }
        then: block
        because: A dropped table is gone.
    harm:
      destroys: { rows: 3 }

    """

  /// Reaches the policy's threshold, by rows and not by emptying the table.
  static let harmful = "DELETE FROM visits WHERE id > 4"

  /// A folder with `quarter/`: the archive, sealed, the policy, the shadow and the configuration.
  static func folder() throws -> Folder {
    let folder = try Folder()
    let statements = ["SELECT 1", harmful, "DELETE FROM visits WHERE id = 3", "SELECT name FROM visits"]
    let lines =
      [Archive.header, Archive.opening("s1")]
      + statements.enumerated().map { statement($0 + 1, $1) }
      + [Archive.closing("s1", statements: statements.count)]
    try folder.write("raw.jsonl", lines.joined(separator: "\n") + "\n")
    try folder.makeFolder("quarter/archives")
    try seal(in: folder)
    let rows = (1...10).map { "INSERT INTO visits VALUES (\($0), 'n\($0)');" }.joined(separator: "\n")
    try folder.write("quarter/shadow.sql", "CREATE TABLE visits (id INTEGER PRIMARY KEY, name TEXT);\n\(rows)\n")
    try folder.write("quarter/policy.yaml", policy)
    try folder.write("quarter/assay.yaml", configuration)
    return folder
  }

  /// A statement that ran.
  static func statement(_ sequence: Int, _ sql: String) -> String {
    Archive.statement("s1", sequence, sql: sql).dropLast()
      + #","result":{"rows":null,"rows_kind":"unknown","duration_us":900,"error":null}}"#
  }

  /// Seals `raw.jsonl` as the quarter's archive.
  static func seal(in folder: Folder) throws {
    try? folder.remove("quarter/archives/a.jsonl")
    let sealed = try assay("seal", "raw.jsonl", "--output", "quarter/archives/a.jsonl", in: folder)
    try #require(sealed.status == 0, "\(sealed)")
  }

  /// Runs the quarter, into `reports/2026-07` beside its configuration unless `more` says otherwise.
  @discardableResult
  static func run(in folder: Folder, _ more: String...) throws -> Finished {
    let finished = try assay(["run", "--config", "quarter/assay.yaml", "--json"] + more, in: folder)
    try #require(finished.status == 0, "\(finished)")
    return finished
  }

  /// Writes a key pair as `NAME.pem` and `NAME.pub` by openssl, and gives the key's id.
  @discardableResult
  static func makeKey(_ name: String, _ kind: [String], in folder: Folder) throws -> String {
    try openssl(["genpkey", "-out", "\(name).pem"] + kind, in: folder)
    try openssl(["pkey", "-in", "\(name).pem", "-pubout", "-out", "\(name).pub"], in: folder)
    try openssl(["pkey", "-pubin", "-in", "\(name).pub", "-outform", "DER", "-out", "\(name).der"], in: folder)
    let sum = try EndToEndTests.run(URL(filePath: "/usr/bin/sha256sum"), ["\(name).der"], in: folder)
    return String(sum.output.prefix(64))
  }

  static let ed25519 = ["-algorithm", "ed25519"]
  static let p256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]

  @discardableResult
  static func openssl(_ arguments: [String], in folder: Folder) throws -> Finished {
    let finished = try EndToEndTests.run(URL(filePath: "/usr/bin/openssl"), arguments, in: folder)
    try #require(finished.status == 0, "openssl \(arguments.joined(separator: " ")): \(finished)")
    return finished
  }
}
