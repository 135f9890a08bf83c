import AuditTrail
import Evidence

/// Holds the populations against one another: a statement that several tests looked at is the same in each of them.
struct PopulationsAgree {
  /// What names a statement.
  private static let key = ["archive_sha256", "session", "sequence"]
  /// What every population that shows statements says of them alike.
  private static let shared = ["time", "connection", "user", "archive", "entry"]

  let facts: EvidenceFacts

  /// One failure for each population that contradicts that of all audit events (T-03).
  var failures: [VerificationFailure] {
    guard let all = columns(.t03) else { return [] }
    var known: [[Cell]: [Cell]] = [:]
    for row in facts.drawn[.t03]?.rows ?? [] {
      let key = all.key.map { row[$0] }
      if !key.contains(.empty) { known[key] = all.shared.map { row[$0] } }
    }
    return TestID.allCases.compactMap { test in
      guard test != .t03, let own = columns(test) else { return nil }
      for row in facts.drawn[test]?.rows ?? [] {
        let key = own.key.map { row[$0] }
        let said = own.shared.map { row[$0] }
        if key.contains(.empty) || known[key] == said { continue }
        return failure(test, key, said, known[key])
      }
      return nil
    }
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
