import AuditTrail
import Evidence
import Testing

/// T-34: what is said of encryption at rest is not enough, and plain text that was found is.
@Suite struct EncryptedAtRestTests {
  /// Archives that were read: `a.jsonl`, `b.jsonl`, …
  private static func read(_ names: String...) -> @Sendable () -> [SmallArchive] {
    { names.map { SmallArchive(name: $0, openings: [Small.opening($0)]) } }
  }

  private static func kept(_ rows: String..., found: StoredArchive...) -> @Sendable (inout EvidencePlan) -> Void {
    {
      $0.sideFiles.give("inventory", rows.map { $0.replacing(" as ", with: ",2026-07-01,2026-07-01,online,false,") })
      $0.stored = found
    }
  }

  private static let sealed = StoredArchive(place: "c.age", form: "age")

  @Test(
    arguments: [
      Expected(name: "no inventory", archives: read("a"), status: .inconclusive, population: 0),
      Expected(
        name: "an encrypted file that is there", archives: read(), change: kept("c.age as file", found: sealed),
        status: .pass, population: 1),
      Expected(
        name: "one that is not there", archives: read(), change: kept("c.age as file"), status: .inconclusive,
        population: 1),
      Expected(
        name: "one that is plain text", archives: read(),
        change: kept("c.age as file", found: StoredArchive(place: "c.age", form: nil)), status: .fail, exceptions: 1),
      Expected(
        name: "an archive that was read, though it is said to be encrypted", archives: read("a"),
        change: kept("a.jsonl as file"), status: .fail, exceptions: 1),
      Expected(
        name: "one in a folder", archives: read("f/a"), change: kept("f/ as file"), status: .fail, exceptions: 1),
      Expected(
        name: "attested below", archives: read("a"), change: kept("a.jsonl as storage"), status: .inconclusive,
        population: 1),
      Expected(name: "said to be plain", archives: read(), change: kept("x as none"), status: .fail, exceptions: 1),
      Expected(name: "nothing is said", archives: read("a"), change: kept("a.jsonl as "), status: .inconclusive),
      Expected(
        name: "an archive that the inventory does not list", archives: read("a"),
        change: kept("c.age as file", found: sealed), status: .inconclusive, population: 1),
      Expected(
        name: "a folder of which the name begins alike", archives: read("fa/a"),
        change: kept("f as file", "c.age as file", found: sealed), status: .inconclusive, population: 2),
    ]) func `T-34 passes nothing that is attested alone`(_ expected: Expected) throws
  { try check(expected, .t34) }
}
