import AuditTrail
import Evidence

/// Holds the populations against one another: a statement that several tests looked at is the same in each of them.
struct PopulationsAgree {
  /// What names a statement.
  private static let key = ["archive_sha256", "session", "sequence"]
  /// What every population that shows statements says of them alike.
  private static let shared = ["time", "connection", "user", "archive", "entry"]

  let facts: EvidenceFacts

  /// One failure for each population that contradicts that of all audit events (T-03). Both are in order of time, so that
  /// what is of one moment is compared, and no more is kept than that.
  func failures() throws(AssayError) -> [VerificationFailure] {
    guard let all = columns(.t03) else { return [] }
    var failures: [VerificationFailure] = []
    for test in TestID.allCases where test != .t03 {
      guard let own = columns(test) else { continue }
      var events = EventsOfMoment(facts.drawn[.t03]?.rows ?? ItemRows(), all)
      var failure: VerificationFailure?
      var reader = ItemRows.Reader(facts.drawn[test]?.rows ?? ItemRows())
      while failure == nil, let row = try reader.next() {
        let key = own.key.map { row[$0] }
        let said = own.shared.map { row[$0] }
        let known = key.contains(.empty) ? nil : try events.said(of: key, at: said[0])
        if !key.contains(.empty), known != said { failure = self.failure(test, key, said, known) }
      }
      if let failure { failures.append(failure) }
    }
    return failures
  }

  /// Where the columns stand; `nil` for a population that shows no statements.
  private func columns(_ test: TestID) -> (key: [Int], shared: [Int])? {
    let names = drawnColumns(test)?.map(\.name) ?? []
    let (key, shared) = (
      Self.key.compactMap { names.firstIndex(of: $0) }, Self.shared.compactMap { names.firstIndex(of: $0) }
    )
    return key.count == Self.key.count && shared.count == Self.shared.count ? (key, shared) : nil
  }

  private func failure(_ test: TestID, _ key: [Cell], _ said: [Cell], _ known: [Cell]?) -> VerificationFailure {
    let statement = "\(key[1].plain)/\(key[2].plain)"
    func text(_ cells: [Cell]) -> String {
      zip(Self.shared, cells).map { "\($0) \($1.plain)" }.joined(separator: ", ")
    }
    return VerificationFailure(
      path: populationPath(test), problem: "contradicts",
      expected: known.map { "\(statement) as in \(populationPath(.t03)): \(text($0))" }
        ?? "\(statement) in \(populationPath(.t03)), where it is not", actual: "\(statement): \(text(said))")
  }
}

/// The audit events of one moment after another.
private struct EventsOfMoment {
  private let columns: (key: [Int], shared: [Int])
  private var reader: ItemRows.Reader
  private var coming: (key: [Cell], said: [Cell])?
  private var moment = Cell.empty
  private var events: [[Cell]: [Cell]] = [:]
  private var hasBegun = false

  init(_ rows: ItemRows, _ columns: (key: [Int], shared: [Int])) {
    (self.columns, reader) = (columns, ItemRows.Reader(rows))
  }

  /// What is said of the event of that key at that time, which is not before the last one asked for; `nil` where it is not
  /// among the events.
  mutating func said(of key: [Cell], at time: Cell) throws(AssayError) -> [Cell]? {
    if !hasBegun { try advance() }
    if time != moment {
      events.removeAll(keepingCapacity: true)
      moment = time
      while let event = coming, event.said[0].isBefore(time) { try advance() }
      while let event = coming, event.said[0] == time {
        events[event.key] = event.said
        try advance()
      }
    }
    return events[key]
  }

  private mutating func advance() throws(AssayError) {
    hasBegun = true
    coming = nil
    while let row = try reader.next() {
      let key = columns.key.map { row[$0] }
      guard !key.contains(.empty) else { continue }
      coming = (key, columns.shared.map { row[$0] })
      return
    }
  }
}

extension Cell {
  /// Whether both are times, and this is the earlier one.
  fileprivate func isBefore(_ other: Cell) -> Bool {
    if case .time(let own) = self, case .time(let its) = other { own < its } else { false }
  }
}
