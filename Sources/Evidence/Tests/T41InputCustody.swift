import AuditTrail
import Ledger

extension TestID {
  /// Custody of the inputs.
  public static let t41 = TestID("T-41")
}

/// T-41: are the archives that were read still the archives on disk?
enum InputCustody: DrawnTest {
  static let description = TestDescription(
    id: .t41, title: "Custody of the inputs",
    objective: "Each archive that a figure rests on is named by its digest and has not changed since it was read.",
    procedure: """
      For each archive in the ledger: check that its digest was recorded when it was read, then hash the file again and \
      compare. The digests of the package's own files are in its manifest and are proved by “assay verify”.
      """,
    limitations: [
      "What happened to a file before it was first read is not shown here.",
      "Other inputs are named by their digests in custody/input-digests.csv and are not hashed again.",
      "The package's own files are not tested here but by “assay verify”.",
    ])
  static let lasting = ["format"]

  static let query = PopulationQuery(
    id: "POP-41", title: "Archives in the ledger", purpose: "Each archive is one item of T-41.",
    sql: """
      SELECT a.path AS archive, a.format, a.sha256 AS archive_sha256, a.bytes, a.first AS time, a.last
      FROM archives a ORDER BY a.path, a.sha256
      """,
    columns: [
      Column("archive", .text, "The file's path as it was given."),
      Column("format", .text, "The archive's format."),
      Column("archive_sha256", .text, "The SHA-256 of the file as stored, when it was read."),
      Column("bytes", .integer, "Its size as stored."),
      Column("time", .time, "The least record time."),
      Column("last", .time, "The greatest record time."),
    ], parameters: [])

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    try query.draw(ledger, [])
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t41], [], sources: context.allSources)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t41)
    try Items(population).forEach { item in
      let digest = item.text("archive_sha256") ?? ""
      switch context.plan.custody[digest] {
      case .matches: tally.add(.passed, at: nil)
      case .differs(let actual):
        tally.add(.failed, at: nil)
        exceptions.note(
          item.reference("archive \(digest)"), at: item.time("time"),
          Wording(
            criteria: "An archive's digest is the same when it is hashed again.",
            condition: { _ in
              "\(item.text("archive") ?? "") now has the digest \(actual); it was read with \(digest)."
            },
            cause: "The file was changed or replaced after it was read.",
            effect: "The figures cannot be derived again from this file."))
      case .unreadable, nil: tally.add(.inconclusive, at: nil)
      }
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "archives",
      remedy: "Keep the archives where they were read from, so that they can be hashed again.")
  }
}
