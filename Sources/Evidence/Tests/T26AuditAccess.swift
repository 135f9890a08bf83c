import AuditTrail
import Ledger

extension TestID {
  /// Access to audit records is restricted.
  public static let t26 = TestID("T-26")
}

/// T-26: did anybody change audit records, or read them who is watched by them?
enum AuditAccess: RegisterTest {
  static let description = TestDescription(
    id: .t26, title: "Access to audit records is restricted",
    objective: "Nobody changes audit records, and nobody who administers the databases keeps them.",
    procedure: """
      For each access in the file of accesses to the audit store: an alteration or a deletion is an exception. So is reading \
      or exporting by somebody whom the file of accounts calls privileged: they would look at the record of their own work. Every \
      export is listed.
      """,
    limitations: ["Whether the file holds every access is for the audit store to show."])

  static let register = "audit_access"

  static let query = PopulationQuery(
    id: "POP-26", title: "Accesses to the audit store", purpose: "Each access in the file is one item of T-26.",
    sql: """
      SELECT a.value ->> 'actor' AS actor, a.value ->> 'action' AS action, a.value ->> 'object' AS object,
        a.value ->> 'at' AS at
      FROM json_each(?3) a ORDER BY a.key
      """,
    columns: [
      Column("actor", .text, "Who."),
      Column("action", .text, "read, export, alter or delete."),
      Column("object", .text, "What they did it to."),
      Column("at", .time, "When."),
    ], parameters: ["start of the period", "end of the period", "the file of accesses, as a JSON list"])

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = population(facts, context)
    let accounts = context.plan.sideFiles.rows("accounts")
    let privileged = Set((accounts ?? []).filter { $0.flag("privileged") }.map { personKey($0.required("user")) })
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t26)
    var exports: [[Cell]] = []
    try Items(population).forEach { item in
      let (actor, action) = (item.text("actor") ?? "", item.text("action") ?? "")
      let at = item.time("at")
      if action == "export" { exports.append([item.cell("at"), .shown(actor), item.cell("object")]) }
      if action == "alter" || action == "delete" {
        tally.add(.failed, at: at)
        exceptions.note(item.reference("\(actor) \(action) \(item.text("object") ?? "")"), at: at, changed(item, actor))
      } else if privileged.contains(personKey(actor)) {
        tally.add(.failed, at: at)
        exceptions.note(item.reference("\(actor) privileged"), at: at, watched(actor))
      } else {
        tally.add(accounts == nil ? .inconclusive : .passed, at: at)
      }
    }
    return result(
      context, population, tally, exceptions, noun: "accesses to the audit store",
      tables: [
        AttributeTable(
          name: "exports", title: "Exports of audit records",
          columns: [
            Column("at", .time, "When."), Column("actor", .text, "Who."), Column("object", .text, "What was exported."),
          ], rows: exports)
      ],
      limitations: accounts == nil ? ["Without the file of accounts nobody is known to administer the databases."] : [],
      remedy: accounts == nil ? "Give the file of accounts (`side_files: { accounts: … }` in assay.yaml)." : nil)
  }

  private static func changed(_ item: Item, _ actor: String) -> Wording {
    Wording(
      criteria: "Nobody changes or deletes audit records.",
      condition: {
        "\(actor) \(item.text("action") == "delete" ? "deleted" : "altered") \(item.text("object") ?? "")"
          + ($0 == 1 ? "." : ", \(counted($0, "time")).")
      },
      cause: "Not established. Find out whether it was a deletion at the end of its retention.",
      effect: "What the records showed may be gone.")
  }

  private static func watched(_ actor: String) -> Wording {
    Wording(
      criteria: "Who administers the databases does not read the record of it.",
      condition: {
        "\(actor), whose access to databases is privileged, read or exported audit records \(counted($0, "time"))."
      },
      cause: "Not established. Find out who gives access to the audit store.",
      effect: "They can see what is known of their own work.")
  }
}
