import AuditTrail
import Digests
import Ledger

extension TestID {
  /// Exceptions do not come back.
  public static let t29 = TestID("T-29")
}

/// T-29: do exceptions come back, or stay beyond the day that was promised?
enum Recurrence: EvidenceTest {
  static let description = TestDescription(
    id: .t29, title: "Exceptions are followed up",
    objective: "What went wrong is corrected such that it does not come back.",
    procedure: """
      For each kind of exception that this package or one of the three before it notes: a kind that was noted before, is noted \
      again, is rated high and that nobody accepted is an exception. So is one that is noted still after the day that \
      management's answer promised. The packages before are those that `previous:` names, one by the other. Without one, \
      nothing is decided.
      """,
    limitations: [
      "A kind is about the same person, place or rule: a cause that shows elsewhere is another kind.",
      "That a kind is not noted again does not show that its cause was removed.",
    ])

  static let drawnColumns: [Column]? = nil
  static let judgesResults = true

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) -> DrawnPopulation { DrawnPopulation() }

  static let columns = [
    Column("kind", .text, "The kind of exception."),
    Column("about", .text, "What it is about: the test, then what of it lasts."),
    Column("test", .text, "The test."),
    Column("rating", .text, "The gravest rating of the kind, now or before."),
    Column("noted", .integer, "Exceptions of the kind in this period."),
    Column("open", .integer, "Those that nobody accepted."),
    Column("periods", .text, "The earlier periods in which it was noted, as a JSON list."),
    Column("first_seen", .time, "When one was first seen."),
    Column("due", .date, "The earliest day that an answer to one of them promised."),
    Column("quiet", .integer, "Packages since the last one that noted it; 0 where this one does."),
  ]

  /// A kind with what is known of it now and before.
  private struct Kind {
    let id: String
    let test: String
    let about: String
    var rating: Rating
    var earlier: EarlierKind?
    var now: [ExceptionNoted] = []

    var open: Int64 { Int64(now.count { $0.status == .open }) }
    var first: Timestamp? { ([earlier?.first] + now.map(\.firstSeen)).compactMap(\.self).min() }
    var due: CivilDate? { ([earlier?.due] + now.map { $0.response?.due }).compactMap(\.self).min() }
    var quiet: Int64 { now.isEmpty ? (earlier?.quiet ?? 0) &+ 1 : 0 }

    var row: [Cell] {
      [
        .text(id), .text(about), .text(test), .text(rating.rawValue), .integer(Int64(now.count)), .integer(open),
        .text(jsonList(earlier?.periods ?? [])), first.map(Cell.time) ?? .empty, due.map(Cell.date) ?? .empty,
        .integer(quiet),
      ]
    }
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let kinds = kinds(facts, context)
    let previous = facts.plan.previous
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t29)
    for (place, kind) in kinds.enumerated() {
      guard let previous, previous.kinds != nil else {
        tally.add(.inconclusive, at: nil)
        continue
      }
      let isBack = kind.earlier != nil && kind.rating == .high && kind.open > 0
      let isLate = kind.open > 0 && kind.due.map { $0.start < context.period.end } ?? false
      tally.add(isBack || isLate ? .failed : .passed, at: nil)
      guard isBack || isLate else { continue }
      let item = ItemReference(key: kind.about, row: place)
      exceptions.note(item, at: kind.first, isLate ? late(kind) : back(kind))
    }
    let population = Population(
      id: "POP-29", title: "Kinds of exceptions, of this period and before",
      purpose: "Each kind is one item of T-29.", sources: context.sources, query: source, querySHA256: digest,
      parameters: previous.map {
        [
          QueryParameter(name: "previous", meaning: "the package of the period before", value: .text($0.period)),
          QueryParameter(name: "manifest", meaning: "the SHA-256 of its manifest", value: .text($0.manifestSHA256)),
        ]
      } ?? [], columns: columns, rows: try ItemRows(kinds.map(\.row)), count: Int64(kinds.count))
    let isUnknown = previous?.kinds == nil
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "kinds of exceptions",
      operating: isUnknown
        ? Conclusion(.inconclusive, "Unable to test: the package of no earlier period was named.")
        : kinds.isEmpty
          ? Conclusion(.pass, "No exceptions noted; vacuous: neither this package nor the ones before it note any.")
          : nil,
      metrics: metrics(kinds, previous), tables: [ages(kinds, context)],
      remedy: isUnknown ? "Name the package of the period before (`previous: FOLDER` in assay.yaml)." : nil)
  }

  private static let source = """
    Each kind of the exceptions of this package (exceptions/exceptions.csv, column kind), and each that the package before it \
    notes or took over from those before it, unless three packages in a row did not note it.
    """
  private static var digest: String { SHA256Digest(of: Array(source.utf8)).hex }

  /// The kinds, by test and then by what they are about.
  private static func kinds(_ facts: EvidenceFacts, _ context: TestContext) -> [Kind] {
    var kinds: [String: Kind] = [:]
    for earlier in facts.plan.previous?.kinds ?? [] {
      let rating = Rating(rawValue: earlier.rating) ?? .moderate
      kinds[earlier.id] = Kind(
        id: earlier.id, test: earlier.test, about: earlier.about, rating: rating, earlier: earlier)
    }
    for exception in context.results.flatMap(\.exceptions) where exception.test != .t29 {
      guard let name = exception.kind else { continue }
      let rating = context.plan.ratings.rating(of: exception)
      var kind =
        kinds[name.id]
        ?? Kind(
          id: name.id, test: exception.test.rawValue, about: name.about.joined(separator: "; "), rating: rating)
      kind.rating = min(kind.rating, rating)
      kind.now.append(exception)
      kinds[name.id] = kind
    }
    return kinds.values.sorted { ($0.test, $0.about, $0.id) < ($1.test, $1.about, $1.id) }
  }

  private static func metrics(_ kinds: [Kind], _ previous: PreviousChoices?) -> [Metric] {
    guard previous?.kinds != nil else { return [] }
    let (now, before) = (kinds.filter { !$0.now.isEmpty }, kinds.filter { $0.earlier?.quiet == 0 })
    return [
      Metric(
        name: "recurring", label: "kinds noted now that were noted before",
        share: Share(Int64(now.count { $0.earlier != nil }), of: Int64(now.count))),
      Metric(
        name: "gone", label: "kinds of the period before that are not noted again",
        share: Share(Int64(before.count { $0.now.isEmpty }), of: Int64(before.count))),
    ]
  }

  /// Open kinds by how long they have been seen for.
  private static func ages(_ kinds: [Kind], _ context: TestContext) -> AttributeTable {
    let bounds: [Int64] = [30, 90, 180]
    let ages = kinds.filter { $0.open > 0 }.map { kind in
      kind.first.map { max(0, context.period.end.seconds - $0.seconds) / 86_400 }
    }
    var rows: [[Cell]] = []
    for (least, most) in zip([0] + bounds, bounds.map(Optional.init) + [nil]) {
      let count = ages.count { age in age.map { age in age >= least && most.map { age < $0 } ?? true } ?? false }
      rows.append([.text(most.map { "\(least) to \($0 - 1) days" } ?? "\(least) days or more"), .integer(Int64(count))])
    }
    rows.append([.text("not known: the exception has no time"), .integer(Int64(ages.count { $0 == nil }))])
    return AttributeTable(
      name: "age", title: "Open kinds of exceptions by the time since they were first seen, at the end of the period",
      columns: [Column("age", .text, "Since when."), Column("kinds", .integer, "Kinds.")], rows: rows)
  }

  private static func back(_ kind: Kind) -> Wording {
    Wording(
      criteria: "An exception that is rated high does not come back.",
      condition: { _ in
        "\(kind.about): noted in \((kind.earlier?.periods ?? []).joined(separator: ", ")), and "
          + "\(counted(kind.open, "open exception")) in this period."
      },
      cause: "Not established: find out why what was done about it did not last.",
      effect: "The same harm can come about again.")
  }

  private static func late(_ kind: Kind) -> Wording {
    Wording(
      criteria: "What management promises to correct is corrected by the day that it names.",
      condition: { _ in
        "\(kind.about): promised by \(kind.due?.description ?? ""), and \(counted(kind.open, "open exception")) in this period."
      },
      cause: "Not established: find out what holds it up.", effect: "The risk was kept longer than was accepted.")
  }
}
