import AuditTrail
import Testing

@Suite struct ApprovalTests {
  /// An approval of the 1st of July 2026; times are hours of that day.
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var status = ApprovalStatus.approved
    var automatic = false
    /// Decision and hour, in order.
    var decisions: [(String, Int)] = [("approved", 9)]
    var from: Int?
    var until: Int?
    /// The hours at which it is in force, of those of the day.
    var inForce: ClosedRange<Int>?
  }

  static let cases = [
    Case(testDescription: "approved without a limit", inForce: 9...23),
    Case(testDescription: "approved until noon", until: 12, inForce: 9...12),
    Case(testDescription: "approved in the morning for the afternoon", from: 13, until: 15, inForce: 13...15),
    Case(testDescription: "valid from before it was approved", from: 7, inForce: 9...23),
    Case(
      testDescription: "approved twice: the last grants", decisions: [("approved", 9), ("approved", 11)],
      inForce: 11...23),
    Case(testDescription: "approved by rule", automatic: true, decisions: [], from: 8, until: 10, inForce: 8...10),
    Case(testDescription: "approved, and nobody says when", decisions: []),
    Case(testDescription: "pending", status: .pending, decisions: [], from: 8),
    Case(testDescription: "pending with one of two approvals", status: .pending),
    Case(testDescription: "rejected", status: .rejected, decisions: [("rejected", 9)]),
    Case(
      testDescription: "rejected after an approval", status: .rejected, decisions: [("approved", 9), ("rejected", 10)]),
    Case(testDescription: "expired since", status: .expired, until: 12, inForce: 9...12),
    Case(testDescription: "expired without ever being granted", status: .expired, decisions: [], until: 12),
    Case(
      testDescription: "revoked in the afternoon", status: .revoked, decisions: [("approved", 9), ("revoked", 14)],
      inForce: 9...13),
    Case(testDescription: "revoked at an unknown time", status: .revoked),
    Case(
      testDescription: "revoked after it had expired", status: .revoked, decisions: [("approved", 9), ("revoked", 14)],
      until: 11, inForce: 9...11),
  ]

  @Test(arguments: cases)
  func `an approval is in force from its grant to its end`(given: Case) throws {
    let midnight = try #require(Timestamp("2026-07-01T00:00:00Z"))
    func hour(_ hour: Int) -> Timestamp { midnight.adding(nanoseconds: Int64(hour) * 3_600_000_000_000) }
    let approval = Approval(
      id: "a1", connection: "clinic", session: nil, requestedBy: "ana@example.org", requestedAt: hour(6), reason: nil,
      status: given.status, automatic: given.automatic, rule: nil,
      decisions: given.decisions.map {
        ApprovalDecision(user: "bo@example.org", group: nil, decision: $0.0, time: hour($0.1), forced: false)
      },
      validFrom: given.from.map(hour), expiresAt: given.until.map(hour), unitSHA256: nil)
    let found = (0...23).filter { approval.isInForce(at: hour($0)) }
    #expect(found == given.inForce.map(Array.init) ?? [])
  }
}

@Suite struct EffectTests {
  @Test(arguments: [
    (deleted: Int64(0), restored: Int64(0), updated: Int64(0), unchanged: Int64(0), destroyed: Int64(0)),
    (deleted: 5, restored: 0, updated: 0, unchanged: 0, destroyed: 5),
    (deleted: 5, restored: 2, updated: 0, unchanged: 0, destroyed: 3),
    (deleted: 0, restored: 0, updated: 7, unchanged: 0, destroyed: 7),
    (deleted: 0, restored: 0, updated: 7, unchanged: 7, destroyed: 0),
    (deleted: 5, restored: 5, updated: 7, unchanged: 4, destroyed: 3),
    (deleted: 1, restored: 2, updated: 3, unchanged: 0, destroyed: 3),
  ])
  func `rows are destroyed when their old values are gone`(
    row: (deleted: Int64, restored: Int64, updated: Int64, unchanged: Int64, destroyed: Int64)
  ) {
    var table = TableEffect()
    table.inserted = 100
    table.deleted = row.deleted
    table.restored = row.restored
    table.updated = row.updated
    table.unchanged = row.unchanged
    #expect(table.destroyed == row.destroyed)
  }

  @Test func `what a session made itself is not destroyed`() {
    var effect = Effect(.ran)
    effect.tables["visits"] = TableEffect()
    effect.tables["visits"]?.deleted = 3
    effect.tables["scratch"] = TableEffect()
    effect.tables["scratch"]?.deleted = 40
    effect.tables["scratch"]?.isScratch = true
    #expect(effect.rowsDeleted == 43)
    #expect(effect.rowsDestroyed == 3)
  }

  @Test func `leaks are ordered by how much they show`() {
    #expect(Leak.allCases.sorted() == [.none, .predicate, .derived, .raw])
  }
}

@Suite struct CompletenessTests {
  @Test func `every flag has a name of its own, in the order of the bits`() {
    #expect(Set(Completeness.names).count == Completeness.names.count)
    for (bit, name) in Completeness.names.enumerated() {
      #expect(Completeness(rawValue: 1 << UInt32(bit)).flagNames == [name])
    }
    #expect(Completeness([.redacted, .noIdentity]).flagNames == ["no_identity", "redacted"])
    #expect(Completeness.statementLineMissing.rawValue == 1 << UInt32(Completeness.names.count - 1))
  }
}

@Suite struct PlaceTests {
  @Test(arguments: [
    (Place("a.yaml", line: 3, column: 7), "a.yaml:3:7"), (Place("a.yaml", line: 3), "a.yaml:3"),
    (Place("a.jsonl", entry: 7), "a.jsonl entry 7"), (Place("a.gz", byteOffset: 1024), "a.gz byte 1024"),
    (Place("a"), "a"),
  ])
  func `a place says as much as is known`(place: Place, text: String) {
    #expect(place.description == text)
  }
}
