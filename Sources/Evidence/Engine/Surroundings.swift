import AuditTrail
import Digests
import Ledger

/// What the report says besides the tests, read from the ledger.
enum Surroundings {
  static func inputs(_ archives: [ArchiveEntry]) -> [ArchiveInput] {
    archives.map { entry in
      let summary = entry.summary
      return ArchiveInput(
        path: portable(summary.path), format: summary.format, sha256: summary.sha256, bytes: summary.bytes,
        entries: summary.entries, accepted: summary.accepted, rejected: summary.rejected, blank: summary.blank,
        duplicates: entry.duplicates,
        source: SourceDays.Source(
          proxy: summary.header?.proxyName ?? "", instance: summary.header?.instance
        ).name, seal: summary.seal, signatureKey: summary.signatureKey, flags: summary.flags, notes: summary.notes,
        first: summary.first, last: summary.last)
    }.sorted { ($0.path, $0.sha256) < ($1.path, $1.sha256) }
  }

  /// The files, besides archives, that a report follows from, images of shadows and files that were not read among them.
  static func files(_ facts: EvidenceFacts) -> [SourceReference] {
    var images: [SourceReference] = []
    for image in facts.shadows.flatMap(\.references) where !images.contains(image) { images.append(image) }
    let sidecars = facts.plan.sideFiles.extractions.compactMap { extraction in
      extraction.sidecarSHA256.map {
        SourceReference(path: "\(extraction.path).meta.yaml", kind: "sidecar", sha256: $0)
      }
    }
    let previous = facts.plan.previous.map {
      [SourceReference(path: $0.period, kind: "manifest of the package before", sha256: $0.manifestSHA256)]
    }
    let unread = (facts.unread ?? []).map {
      SourceReference(
        path: $0.path,
        kind: $0.isLeftOut
          ? "file that was left out" : $0.isNotIngested ? "file that was not read" : "file that could not be read",
        sha256: $0.sha256 ?? "")
    }
    return facts.plan.sideFiles.sources + sidecars + facts.plan.files + images + (previous ?? []) + unread
  }

  /// One digest over those of all inputs: each on a line of its own, in order.
  static func digest(_ inputs: [ArchiveInput], _ files: [SourceReference]) -> String {
    var hasher = SHA256Hasher()
    for digest in (inputs.map(\.sha256) + files.map(\.sha256)).sorted() { hasher.update(Array("\(digest)\n".utf8)) }
    return hasher.finish().hex
  }

  private static let connectionsSQL = """
    SELECT n.name, max(n.environment), sum(n.sessions), sum(n.statements), (
        SELECT json_group_array(r) FROM (SELECT DISTINCT recorded_environment AS r FROM connections
          WHERE name = n.name AND recorded_environment IS NOT NULL ORDER BY 1))
      FROM (
      SELECT cn.name, cn.environment, count(*) AS sessions, 0 AS statements
        FROM counted_sessions se JOIN connections cn ON cn.id = se.connection
        WHERE (se.opened >= ?1 AND se.opened < ?2) OR EXISTS (
          SELECT 1 FROM statements s WHERE s.session = se.id AND s.time >= ?1 AND s.time < ?2) GROUP BY cn.id
      UNION ALL
      SELECT v.connection, v.environment, 0, count(*) FROM statement_view v
        WHERE v.time >= ?1 AND v.time < ?2 GROUP BY 1, 2) n
    GROUP BY n.name ORDER BY n.name
    """

  static func connections(_ ledger: borrowing Ledger, _ period: Period) throws(AssayError) -> [ConnectionTraffic] {
    var traffic: [ConnectionTraffic] = []
    try ledger.query(connectionsSQL, bounds(period)) { row in
      let recorded = listedTexts(row[4].text ?? "")
      traffic.append(
        ConnectionTraffic(
          name: row[0].text ?? "", environment: row[1].text, recordedEnvironments: recorded.isEmpty ? nil : recorded,
          sessions: row[2].integer ?? 0, statements: row[3].integer ?? 0))
    }
    return traffic
  }

  /// Fidelity, as the replay counts it: where archive and shadow both count the same rows of a statement that ran on both,
  /// they may differ by 1 row or 5 %. Tables that are empty here or counted in production, and estimates, say nothing.
  private static let shadowsSQL = """
    SELECT replay, sum(measured), sum(counted IS NOT NULL AND comparable),
      sum(comparable AND (abs(rows - counted) <= 1 OR abs(rows - counted) * 20 <= rows))
    FROM (
      SELECT m.replay, s.rows, \(GuardrailEffectiveness.isMeasured) AS measured,
        CASE rk.name
          WHEN 'affected' THEN json_extract(m.effect, '$.own_count')
          WHEN 'returned' THEN coalesce(json_extract(m.effect, '$.returned'), 0)
          ELSE coalesce(json_extract(m.effect, '$.own_count'), json_extract(m.effect, '$.returned'), 0) END AS counted,
        s.rows IS NOT NULL AND s.error IS NULL AND json_extract(
            m.effect, '$.empty_tables', '$.counted_in_production', '$.estimate') = '[null,null,null]'
          AND (json_extract(m.effect, '$.execution') = 'ran'
            OR json_extract(m.effect, '$.execution.not_run') IN ('baseline_mismatch', 'poisoned')) AS comparable
      FROM measurements m JOIN statements s ON s.id = m.statement JOIN rows_kinds rk ON rk.id = s.rows_kind
      WHERE m.replay IS NOT NULL AND s.time >= ?1 AND s.time < ?2)
    GROUP BY replay ORDER BY replay
    """

  static func shadows(_ ledger: borrowing Ledger, _ period: Period) throws(AssayError) -> [ShadowUsed] {
    var counts: [Int64: (measured: Int64, comparable: Int64, equal: Int64)] = [:]
    try ledger.query(shadowsSQL, bounds(period)) { row in
      counts[row[0].integer ?? 0] = (row[1].integer ?? 0, row[2].integer ?? 0, row[3].integer ?? 0)
    }
    return try ledger.replays().map { replay in
      let count = counts[replay.id] ?? (0, 0, 0)
      return ShadowUsed(
        connection: replay.connection, engine: replay.engine, source: portable(replay.source),
        imageSHA256: replay.imageSHA256,
        mode: replay.mode, basis: replay.basis, asOf: replay.asOf, measured: count.measured,
        fidelity: Share(count.equal, of: count.comparable), markerSHA256: replay.markerSHA256)
    }.sorted {
      ($0.connection, $0.asOf?.nanoseconds ?? .min, $0.imageSHA256) < (
        $1.connection, $1.asOf?.nanoseconds ?? .min, $1.imageSHA256
      )
    }
  }

  static func findings(_ ledger: borrowing Ledger, _ period: Period) throws(AssayError) -> [FindingNoted] {
    var findings: [FindingNoted] = []
    try ledger.query(
      """
      SELECT f.kind, v.session_key, v.sequence, v.time, v.user, v.connection, f.detail
      FROM findings f JOIN statement_view v ON v.id = f.statement WHERE v.time >= ?1 AND v.time < ?2
      ORDER BY v.time, v.session_key, v.sequence, f.kind, f.detail
      """, bounds(period)
    ) { row in
      findings.append(
        FindingNoted(
          kind: row[0].text ?? "", session: row[1].text ?? "", sequence: row[2].integer ?? 0,
          time: Timestamp(nanoseconds: row[3].integer ?? 0), user: row[4].text, connection: row[5].text ?? "",
          detail: row[6].text ?? ""))
    }
    return findings
  }

  static func bounds(_ period: Period) -> [LedgerValue] {
    [.integer(period.start.nanoseconds), .integer(period.end.nanoseconds)]
  }
}

extension ShadowUsed {
  /// What tells the shadow from another: its image; of a running server's database its schema with row counts, and its
  /// marker.
  fileprivate var references: [SourceReference] {
    guard let markerSHA256 else {
      return [SourceReference(path: source, kind: "image of a shadow", sha256: imageSHA256)]
    }
    return [
      SourceReference(path: source, kind: "schema and row counts of a shadow", sha256: imageSHA256),
      SourceReference(path: source, kind: "marker of a shadow", sha256: markerSHA256),
    ]
  }
}

/// A week by ISO 8601: it starts on Monday and belongs to the year that holds its Thursday.
struct ISOWeek {
  /// The Monday, in days since 1970-01-01 (a Thursday).
  let monday: Int
  let year: Int
  let number: Int

  init(day: Int) {
    monday = day - ((day + 3) % 7 + 7) % 7
    let thursday = monday + 3
    year = CivilDate(daysSinceEpoch: thursday).year
    number = (thursday - CivilDate(year: year, month: 1, day: 1).daysSinceEpoch) / 7 + 1
  }

  /// Such as `2026-W07`.
  var label: String { "\(year)-W\(number < 10 ? "0" : "")\(number)" }
}
