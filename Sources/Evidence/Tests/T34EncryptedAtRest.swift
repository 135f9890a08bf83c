import AuditTrail
import JSONReader
import Ledger

extension TestID {
  /// Audit records are encrypted at rest.
  public static let t34 = TestID("T-34")
}

/// T-34: are audit records encrypted where they are kept?
enum EncryptedAtRest: RegisterTest {
  static let description = TestDescription(
    id: .t34, title: "Audit records are encrypted at rest",
    objective: "Whoever gets at the place where audit records are kept cannot read them there.",
    procedure: """
      For each line of the inventory: compare how it says that the records are encrypted with what was found. Files that are \
      encrypted by themselves (`file`) pass where the file is there and has the form of an encrypted one. Records that \
      lie in plain text by the inventory's word (`none`), and those said to be encrypted as files that were read as plain text, \
      are an exception. Encryption of what lies below, such as a disk or a bucket (`storage`), is attested and not decided.
      """,
    limitations: [
      "A form is told by a file's first bytes; nothing is decrypted. How strong it is, and who holds the key, is not shown.",
      "What an archive is read from is plain text to whoever may read it; encryption below the files is not seen from here.",
      "The evidence package itself is plain text: encrypt the folder where it is kept.",
    ])

  static let register = "inventory"
  static let unlistedReason = "was read, and lies in no place of the inventory"

  /// Whether an archive that was read lies in a place of the inventory.
  private static func lies(_ archive: String, in place: String) -> String {
    "(\(archive) = rtrim(\(place), '/') OR substr(\(archive), 1, length(rtrim(\(place), '/')) + 1) = rtrim(\(place), '/') || '/')"
  }

  static let query = PopulationQuery(
    id: "POP-34", title: "Places where audit records are kept",
    purpose: "Each line of the inventory is one item of T-34.",
    sql: """
      SELECT g.value ->> 'archive' AS place, g.value ->> 'from' AS "from", g.value ->> 'to' AS "to", g.value ->> 'tier' AS tier,
        g.value ->> 'encryption' AS encryption,
        (SELECT s.value ->> 1 FROM json_each(?4) s WHERE s.value ->> 0 = g.value ->> 'archive') AS form,
        (SELECT count(*) FROM archives a WHERE \(lies("a.path", in: "(g.value ->> 'archive')"))) AS archives_read
      FROM json_each(?3) g ORDER BY g.key
      """,
    columns: [
      Column("place", .text, "The file or the store."),
      Column("from", .date, "The first day of which it holds records."),
      Column("to", .date, "The last day."),
      Column("tier", .text, "online: searched at once; archive: retrieved first."),
      Column(
        "encryption", .text,
        "How it is encrypted, by the inventory: file, storage or none; empty where it says nothing."),
      Column(
        "form", .text,
        "The form of the file that is there: that of an encrypted file, or plain; empty where none was found."),
      Column("archives_read", .integer, "Archives that lie there and were read as plain text."),
    ],
    parameters: [
      "start of the period", "end of the period", "the inventory, as a JSON list",
      "files that are encrypted by its word, with the form that was found, as a JSON list",
    ])

  private static func found(_ context: TestContext) -> Cell {
    var json = JSONWriter()
    json.beginArray()
    for archive in context.plan.stored ?? [] { json.strings([archive.place, archive.form ?? "plain"]) }
    json.endArray()
    return .text(json.text)
  }

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    guard let rows = context.plan.sideFiles.rows(register)?.json else { return DrawnPopulation() }
    let unlisted = try ledger.count(
      """
      SELECT count(*) FROM archives a
      WHERE NOT EXISTS (SELECT 1 FROM json_each(?1) g WHERE \(lies("a.path", in: "(g.value ->> 'archive')")))
      """, [.text(rows)])
    return try query.draw(
      ledger, context.bounds + [.text(rows), found(context)],
      exclusions: [Exclusion(reason: unlistedReason, count: unlisted)])
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let files = facts.plan.sideFiles.references(register)
    let population = query.population(
      facts[.t34], context.bounds + [SideFiles.shown(files), found(context)], sources: context.allSources + files)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t34)
    try Items(population).forEach { item in
      let isPlain = item.text("form") == "plain" || (item.integer("archives_read") ?? 0) > 0
      let isSaidToBePlain = item.text("encryption") == "none"
      let isEncryptedFile = item.text("encryption") == "file"
      guard isSaidToBePlain || isEncryptedFile && isPlain else {
        return tally.add(isEncryptedFile && item.text("form") != nil ? .passed : .inconclusive, at: nil)
      }
      tally.add(.failed, at: nil)
      let place = item.text("place") ?? ""
      exceptions.note(
        item.reference("\(place) from \(item.day("from")?.description ?? "")"), at: nil,
        Wording(
          criteria: "Audit records are encrypted where they are kept.",
          condition: { _ in
            isSaidToBePlain
              ? "The inventory says that the records in \(place) are not encrypted."
              : "The inventory says that the files in \(place) are encrypted, and they are plain text."
          },
          cause: "Not established. Find out who set up the place, and whether another copy is meant.",
          effect: "Whoever gets at the place reads what people did, and what statements held."))
    }
    let unlisted = facts[.t34].exclusions.first { $0.reason == unlistedReason }?.count ?? 0
    return result(
      context, population, tally, exceptions, noun: "places where audit records are kept",
      operating: unlisted > 0 && tally.failed == 0
        ? Conclusion(
          .inconclusive,
          "Unable to test: \(counted(unlisted, "archive")) that were read lie in no place of the inventory.") : nil,
      remedy:
        "Encrypt the files themselves, name each with its path, and say so (`file`); a disk's encryption is attested only."
    )
  }
}
