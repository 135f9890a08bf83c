import AuditTrail
import Ledger

extension TestID {
  /// Archive integrity.
  public static let t01 = TestID("T-01")
}

/// T-01: is each archive as it was written?
enum ArchiveIntegrity: DrawnTest {
  static let description = TestDescription(
    id: .t01, title: "Archive integrity",
    objective:
      "Records are as they were when they were sealed. Who sealed them is shown only where a trusted key signed the seal.",
    procedure: """
      For each archive with records in the period: recompute its seal (Merkle root, counts, first and last time), check its \
      signature with the keys that the configuration trusts, and follow the chain to the segment before. A seal that does \
      not hold, a signature that is missing or of no trusted key where keys are named, a damaged file, a broken chain or \
      a segment with two that follow it is an exception; an archive that carries no seal cannot be tested. For each \
      checkpoint: look for the segment that it signs as the newest, and for all before it. The result is that of the worst \
      item.
      """,
    limitations: [
      "A seal shows that an archive is as its writer sealed it, not that the writer was honest.",
      "The segment before the first one of the period belongs to another period; that link is not tested here.",
      "That no newer segment was dropped is shown only where a checkpoint is given.",
    ])
  static let lasting = ["proxy", "instance"]

  static let outsideReason = "no record in the period"

  static let query = PopulationQuery(
    id: "POP-01", title: "Archives with records in the period, and checkpoints",
    purpose: "Each archive and each checkpoint is one item of T-01.",
    sql: """
      WITH RECURSIVE descends(start, root) AS (
        SELECT a.id, a.root FROM archives a
          WHERE a.previous IS NULL OR NOT EXISTS (SELECT 1 FROM archives b WHERE b.root = a.previous)
        UNION
        SELECT d.start, a.root FROM descends d JOIN archives a ON a.previous = d.root)
      SELECT a.path AS archive, a.format, a.sha256 AS archive_sha256, a.proxy, a.instance, a.seal, a.seal_problems,
        a.root, a.previous,
        EXISTS (SELECT 1 FROM archives b WHERE b.root = a.previous) AS previous_known,
        NOT EXISTS (SELECT 1 FROM archives b WHERE b.proxy = a.proxy AND b.instance IS a.instance AND b.id <> a.id
          AND (b.seal <> 'none' OR b.previous IS NOT NULL) AND b.root IS NOT a.root
          AND NOT EXISTS (SELECT 1 FROM descends d WHERE d.start = a.id AND d.root = b.root)) AS first_of_source,
        a.seal = 'none' AND EXISTS (SELECT 1 FROM archives b WHERE b.proxy = a.proxy AND b.instance IS a.instance
          AND b.seal = 'valid') AS source_seals,
        EXISTS (SELECT 1 FROM archives b WHERE b.previous = a.previous AND b.root <> a.root) AS forked,
        a.signature_key, coalesce(o.origin, 'not_proven') AS origin, o.reason AS origin_reason,
        NULL AS chain_problem, a.damage, a.first AS time, a.last
      FROM archives a LEFT JOIN archive_origins o ON o.archive = a.id
      WHERE a.first IS NULL OR (a.first < ?2 AND a.last >= ?1)
      UNION ALL
      SELECT c.path, 'assay.checkpoint/1', NULL, c.source, NULL, NULL, NULL, c.root, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, c.problem, NULL, c.last, c.last
      FROM checkpoints c
      ORDER BY 4, 5, 19, 3, 1
      """,
    columns: [
      Column("archive", .text, "The path of the archive or checkpoint as it was given."),
      Column("format", .text, "Its format."),
      Column("archive_sha256", .text, "The SHA-256 of the file as stored."),
      Column("proxy", .text, "The proxy's product name."),
      Column("instance", .text, "The instance that wrote it, where recorded."),
      Column("seal", .text, "valid, broken or none."),
      Column("seal_problems", .text, "What does not hold, as a JSON list."),
      Column("root", .text, "The Merkle root that was recomputed."),
      Column("previous", .text, "The root of the segment before, as the archive states it."),
      Column("previous_known", .flag, "Whether that segment was read."),
      Column("first_of_source", .flag, "Whether all segments of the source that were read go back to it."),
      Column("source_seals", .flag, "Whether it has no seal, and other archives of its source have one that holds."),
      Column("forked", .flag, "Whether another archive follows the same segment, and differs."),
      Column("signature_key", .text, "The SHA-256 of the key that signed the seal."),
      Column("origin", .text, "proven, not_proven, exempt or contradicted, by the trusted keys."),
      Column("origin_reason", .text, "Why."),
      Column("chain_problem", .text, "What a checkpoint does not find."),
      Column("damage", .text, "The damage at which reading stopped."),
      Column("time", .time, "The least record time."),
      Column("last", .time, "The greatest record time."),
    ], parameters: ["start of the period", "end of the period"])

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    let outside = try ledger.count(
      "SELECT count(*) FROM archives WHERE NOT (first IS NULL OR (first < ?2 AND last >= ?1))", context.bounds)
    return try query.draw(
      ledger, context.bounds, exclusions: [Exclusion(reason: outsideReason, count: outside)])
  }

  static func population(_ facts: EvidenceFacts, _ context: TestContext) -> Population {
    query.population(facts[.t01], context.bounds, sources: context.sources)
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = population(facts, context)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t01)
    var (unsealed, unproven, odd) = (0, 0, 0)
    var isTrustNamed = false
    try Items(population).forEach { item in
      isTrustNamed = isTrustNamed || !isCheckpoint(item) && item.text("origin") != "not_proven"
    }
    try Items(population).forEach { item in
      let time = item.time("time").map { max($0, context.period.start) }
      if let problem = problem(of: item) {
        tally.add(.failed, at: time)
        exceptions.note(
          item.reference(key(of: item)), at: item.time("time"),
          Wording(
            criteria: "An archive's seal, signature, chain and container hold when they are recomputed.",
            condition: { _ in "\(item.text("archive") ?? ""): \(problem)" },
            cause:
              "The file was changed, cut short or replaced after it was written, or a segment was not handed over.",
            effect: "Records of this archive may have been changed, added or taken away."))
      } else if isCheckpoint(item) || item.text("origin") == "proven" {
        tally.add(.passed, at: time)
      } else if item.text("seal") != SealState.valid.rawValue {
        unsealed += 1
        if item.flag("source_seals") { odd += 1 }
        tally.add(.inconclusive, at: time)
      } else {
        unproven += 1
        tally.add(isTrustNamed ? .inconclusive : .passed, at: time)
      }
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "archives",
      limitations: limitations(unsealed: unsealed, odd: odd, unproven: unproven),
      remedy: "Have the source seal what it writes (“assay seal” on the day of collection shows changes from then on).")
  }

  private static func limitations(unsealed: Int, odd: Int, unproven: Int) -> [String] {
    var sentences: [String] = []
    if unsealed > 0 {
      sentences.append(
        "\(counted(unsealed, "archive")) carry no integrity data of their own: nothing shows what was written.")
    }
    if odd > 0 {
      sentences.append(
        "\(counted(odd, "archive")) of them \(odd == 1 ? "is" : "are") of a source that seals its other archives "
          + "(column source_seals): find out who wrote \(odd == 1 ? "it" : "them"). A record in it may fill a gap.")
    }
    if unproven > 0 {
      sentences.append(
        "\(counted(unproven, "archive")): the seal holds, and no key that was checked signed it. Whoever could write the "
          + "file could have made all of it.")
    }
    return sentences
  }

  /// How many seals and checkpoints of the population hold, and of how many of them no key that was checked shows the maker.
  static func seals(in population: Population) throws(AssayError) -> (holding: Int64, unproven: Int64) {
    var counts: (holding: Int64, unproven: Int64) = (0, 0)
    try Items(population).forEach { item in
      let isSealed = isCheckpoint(item) || item.text("seal") == SealState.valid.rawValue
      guard isSealed, problem(of: item) == nil else { return }
      counts.holding += 1
      if !isCheckpoint(item), item.text("origin") != "proven" { counts.unproven += 1 }
    }
    return counts
  }

  private static func isCheckpoint(_ item: Item) -> Bool { item.text("format") == "assay.checkpoint/1" }

  /// What an exception is known by from quarter to quarter.
  private static func key(of item: Item) -> String {
    isCheckpoint(item)
      ? "checkpoint \(item.text("root") ?? "")" : "archive \(item.text("archive_sha256") ?? "")"
  }

  private static func problem(of item: Item) -> String? {
    if item.text("seal") == SealState.broken.rawValue {
      return "the seal does not hold (\(item.text("seal_problems") ?? ""))."
    }
    if let problem = item.text("chain_problem") { return problem }
    if item.text("origin") == "contradicted" { return item.text("origin_reason") }
    if item.text("damage") != nil { return "the container is damaged; what follows the damage was not read." }
    if item.text("previous") != nil, !item.flag("previous_known"), !item.flag("first_of_source") {
      return "the segment that it names as the one before was not read: the chain is broken."
    }
    if item.flag("forked") {
      return "another archive follows the same segment: one of the two was made instead of the other."
    }
    return nil
  }
}
