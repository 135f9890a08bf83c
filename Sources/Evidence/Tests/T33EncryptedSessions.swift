import AuditTrail
import Ledger

extension TestID {
  /// Sessions are encrypted.
  public static let t33 = TestID("T-33")
}

/// T-33: was each leg of each session encrypted?
enum EncryptedSessions: DrawnTest {
  static let description = TestDescription(
    id: .t33, title: "Sessions are encrypted",
    objective: "What passes between a client, the proxy and the database cannot be read on the way.",
    procedure: """
      For each session of the period and each of its two legs, from the client to the proxy and from the proxy to the database: \
      find the protocol in the file of connections' encryption. Plain text, and a protocol older than TLS 1.2, is an exception. \
      A leg that the file does not hold is not decided.
      """,
    limitations: ["Archives do not record encryption: all of it is the file's own word."])

  static let sideFiles = ["tls"]

  static let query = PopulationQuery(
    id: "POP-33", title: "Legs of sessions", purpose: "Each leg of each session is one item of T-33.",
    sql: """
      WITH legs(leg) AS (VALUES ('client'), ('database')),
      given AS (
        SELECT value ->> 'session' AS session, value ->> 'leg' AS leg, value ->> 'version' AS version,
          value ->> 'cipher' AS cipher, count(*) OVER (PARTITION BY value ->> 'session', value ->> 'leg') AS entries,
          row_number() OVER (PARTITION BY value ->> 'session', value ->> 'leg' ORDER BY value ->> 'version') AS place
        FROM json_each(?3))
      SELECT se.proxy, se.key AS session, l.leg, \(SessionColumns.time) AS time, cn.name AS connection, i.user, g.version, g.cipher,
        coalesce(g.entries, 0) AS entries, ar.path AS archive, ar.sha256 AS archive_sha256, se.entry
      FROM counted_sessions se CROSS JOIN legs l JOIN archives ar ON ar.id = se.archive
        JOIN connections cn ON cn.id = se.connection LEFT JOIN identities i ON i.id = se.identity
        LEFT JOIN given g ON g.session = se.key AND g.leg = l.leg AND g.place = 1
      WHERE \(SessionColumns.condition)
      ORDER BY time, se.proxy, se.key, l.leg
      """,
    columns: [
      Column("proxy", .text, "The proxy's product name."),
      Column("session", .text, "The session's key."),
      Column("leg", .text, "client: to the proxy; database: from it."),
      Column("time", .time, "When the session was opened."),
      Column("connection", .text, "The connection."),
      Column("user", .text, "The identity."),
      Column("version", .text, "The protocol, as the file names it; the oldest of several entries."),
      Column("cipher", .text, "The cipher suite."),
      Column("entries", .integer, "How many entries the file holds of this leg."),
      Column("archive", .text, "The archive's path."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry in the archive, from 1."),
    ], parameters: ["start of the period", "end of the period", "the file of encryption, as a JSON list"])

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    try query.draw(ledger, context.bounds + [.text((context.plan.sideFiles.rows("tls") ?? []).json)])
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let files = facts.plan.sideFiles.references("tls")
    let population = query.population(
      facts[.t33], context.bounds + [SideFiles.shown(files)], sources: context.sources + files)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t33)
    var versions: [String: Int64] = [:]
    try Items(population).forEach { item in
      let time = item.time("time")
      let version = item.text("version")
      versions[version ?? "not in the file", default: 0] += 1
      guard let version else { return tally.add(.inconclusive, at: time) }
      guard !isCurrent(version) else { return tally.add(.passed, at: time) }
      tally.add(.failed, at: time)
      exceptions.note(
        item.reference("\(item.text("leg") ?? "") of \(item.text("connection") ?? "") by \(version)"), at: time,
        wording(item, version))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "legs of sessions",
      operating: tally.failed == 0 ? missing(context) : nil,
      tables: [
        AttributeTable(
          name: "versions", title: "Protocols by name",
          columns: [Column("version", .text, "As the file names it."), Column("legs", .integer, "How many legs.")],
          rows: versions.sorted { $0.key < $1.key }.map { [.shown($0.key), .integer($0.value)] })
      ], remedy: remedyForMissing(context) ?? "Give the encryption of every leg of every session.")
  }

  /// Whether the protocol is TLS 1.2 or 1.3 (NIST SP 800-52r2, section 3.1), however it is spelt.
  private static func isCurrent(_ version: String) -> Bool {
    let name = version.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "." }
    return ["tlsv1.2", "tls1.2", "tlsv12", "tlsv1.3", "tls1.3", "tlsv13"].contains(name)
  }

  private static func wording(_ item: Item, _ version: String) -> Wording {
    let leg = item.text("leg") == "client" ? "from the client to the proxy" : "from the proxy to the database"
    let isPlain = version.lowercased() == "none"
    return Wording(
      criteria: "Each leg of a session is encrypted with TLS 1.2 or later.",
      condition: {
        "\(counted($0, "session")) on \(item.text("connection") ?? ""): \(leg) "
          + (isPlain ? "in plain text." : "with \(version), which is older than TLS 1.2, or not known.")
      },
      cause: "Not established. Find out whether the server accepts connections without TLS.",
      effect: "Who is on the way can read, and change, what passes.")
  }
}
