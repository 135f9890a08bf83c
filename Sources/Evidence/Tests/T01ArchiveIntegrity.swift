import AuditTrail
import Ledger

/// T-01: is each archive as it was written?
enum ArchiveIntegrity {
  static let description = TestDescription(
    id: .t01, title: "Archive integrity",
    objective: "Records cannot be changed or taken away after they were written without it being seen.",
    procedure: """
      For each archive with records in the period: recompute its seal (Merkle root, counts, first and last time, signature \
      where there is one) and follow the chain to the segment before. A seal that does not hold, a damaged file or a broken \
      chain is an exception; an archive that carries no seal cannot be tested. The result is that of the worst archive.
      """,
    limitations: [
      "A seal shows that an archive is as its writer sealed it, not that the writer was honest.",
      "The segment before the first one of the period belongs to another period; that link is not tested here.",
    ])

  static let query = PopulationQuery(
    id: "POP-01", title: "Archives with records in the period", purpose: "Each archive is one item of T-01.",
    sql: """
      SELECT a.path AS archive, a.format, a.sha256 AS archive_sha256, a.proxy, a.instance, a.seal, a.seal_problems,
        a.root, a.previous,
        EXISTS (SELECT 1 FROM archives b WHERE b.root = a.previous) AS previous_known,
        NOT EXISTS (SELECT 1 FROM archives b WHERE b.proxy = a.proxy AND b.instance IS a.instance
          AND b.seal <> 'none' AND b.first < a.first) AS first_of_source,
        a.signature_key, a.damage, a.first AS time, a.last
      FROM archives a
      WHERE a.first IS NULL OR (a.first < ?2 AND a.last >= ?1)
      ORDER BY a.proxy, a.instance, a.first, a.sha256
      """,
    columns: [
      Column("archive", .text, "The file's path as it was given."),
      Column("format", .text, "The archive's format."),
      Column("archive_sha256", .text, "The SHA-256 of the file as stored."),
      Column("proxy", .text, "The proxy's product name."),
      Column("instance", .text, "The instance that wrote it, where recorded."),
      Column("seal", .text, "valid, broken or none."),
      Column("seal_problems", .text, "What does not hold, as a JSON list."),
      Column("root", .text, "The Merkle root that was recomputed."),
      Column("previous", .text, "The root of the segment before, as the archive states it."),
      Column("previous_known", .flag, "Whether that segment was read."),
      Column("first_of_source", .flag, "Whether no earlier sealed segment of the source was read."),
      Column("signature_key", .text, "The SHA-256 of the key that signed the seal."),
      Column("damage", .text, "The damage at which reading stopped."),
      Column("time", .time, "The least record time."),
      Column("last", .time, "The greatest record time."),
    ], parameters: ["start of the period", "end of the period"])

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    let outside = try ledger.count(
      "SELECT count(*) FROM archives WHERE NOT (first IS NULL OR (first < ?2 AND last >= ?1))", context.bounds)
    return try query.draw(
      ledger, context.bounds, exclusions: [Exclusion(reason: "no record in the period", count: outside)])
  }

  static func test(_ facts: EvidenceFacts, _ context: TestContext) -> TestResult {
    let population = query.population(facts[.t01], context.bounds, sources: context.sources)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t01)
    var unsealed = 0
    Items(population).forEach { item in
      let time = item.time("time").map { max($0, context.period.start) }
      if let problem = problem(of: item) {
        tally.add(.failed, at: time)
        let digest = item.text("archive_sha256") ?? ""
        exceptions.note(
          item.reference("archive \(digest)"), at: item.time("time"), severity: .s3,
          Wording(
            criteria: "An archive's seal, chain and container hold when they are recomputed.",
            condition: { _ in "\(item.text("archive") ?? ""): \(problem)" },
            cause:
              "The file was changed, cut short or replaced after it was written, or a segment was not handed over.",
            effect: "Records of this archive may have been changed, added or taken away."))
      } else if item.text("seal") == SealState.valid.rawValue {
        tally.add(.passed, at: time)
      } else {
        unsealed += 1
        tally.add(.inconclusive, at: time)
      }
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "archives",
      limitations: unsealed == 0
        ? []
        : ["\(counted(unsealed, "archive")) carry no integrity data of their own: nothing shows what was written."],
      remedy: "Have the source seal what it writes (“assay seal” on the day of collection shows changes from then on).")
  }

  private static func problem(of item: Item) -> String? {
    if item.text("seal") == SealState.broken.rawValue {
      return "the seal does not hold (\(item.text("seal_problems") ?? ""))."
    }
    if item.text("damage") != nil { return "the container is damaged; what follows the damage was not read." }
    if item.text("previous") != nil, !item.flag("previous_known"), !item.flag("first_of_source") {
      return "the segment that it names as the one before was not read: the chain is broken."
    }
    return nil
  }
}
